//! The two long passes over a token's bytes. Each does two things that do not wait for each other, a hash block
//! at a time, so that the processor overlaps them: a quarter less time than one after the other
//! (`docs/performance.md`, "Fernet codec").

use crate::hash::{BLOCK as HASH_BLOCK, Hash};
use crate::token::{BLOCK, HEADER};
use cbc::cipher::array::Array;
use cbc::cipher::consts::U16;
use cbc::cipher::{BlockModeEncBackend, BlockModeEncClosure, BlockSizeUser};

/// Encrypts the body in place, and signs header and body: for `cbc::Encryptor::encrypt_with_backend`.
///
/// `raw` is the header and the padded body, whole blocks.
pub(crate) struct EncryptAndSign<'a> {
    pub(crate) raw: &'a mut [u8],
    pub(crate) signer: &'a mut Hash,
}

impl BlockSizeUser for EncryptAndSign<'_> {
    type BlockSize = U16;
}

impl BlockModeEncClosure for EncryptAndSign<'_> {
    #[inline(always)]
    fn call<B: BlockModeEncBackend<BlockSize = U16>>(self, backend: &mut B) {
        let Self { raw, signer } = self;
        let mut hashed = 0;
        let mut start = HEADER;
        while start < raw.len() {
            let (done, rest) = raw.split_at_mut(start);
            let chunk = rest.len().min(HASH_BLOCK);
            let (blocks, _) = rest[..chunk].as_chunks_mut::<BLOCK>();
            for block in blocks {
                backend.encrypt_block(<&mut Array<u8, U16>>::from(block).into());
            }
            // Hash blocks are aligned to the token's first byte, and one behind the encryption.
            let ready = done.len() / HASH_BLOCK * HASH_BLOCK;
            if ready > hashed {
                signer.update(&done[hashed..ready]);
                hashed = ready;
            }
            start += chunk;
        }
        signer.update(&raw[hashed..]);
    }
}

/// Feeds the HMAC, and hashes the identity.
pub(crate) fn sign_and_identify(signed: &[u8], signer: &mut Hash, id: &mut Hash) {
    for block in signed.chunks(HASH_BLOCK) {
        signer.update(block);
        id.update(block);
    }
}
