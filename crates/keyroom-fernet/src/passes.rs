//! The two long passes over a token's bytes. Each does two things that do not wait for each other, a hash block
//! at a time, so that the processor overlaps them: a quarter less time than one after the other
//! (`docs/performance.md`, "Fernet codec").

use crate::hash::{BLOCK as HASH_BLOCK, Hasher, Signer};
use crate::token::{BLOCK, HEADER};
use cbc::cipher::array::Array;
use cbc::cipher::consts::U16;
use cbc::cipher::{BlockModeEncBackend, BlockModeEncClosure, BlockSizeUser};

/// Encrypts the body in place, and takes into the HMAC what is ready before the last step: for
/// `cbc::Encryptor::encrypt_with_backend`.
///
/// `raw` is the header and the padded body, whole blocks.
pub(crate) struct EncryptAndSign<'a> {
    pub(crate) raw: &'a mut [u8],
    pub(crate) signer: &'a mut Signer,
}

impl BlockSizeUser for EncryptAndSign<'_> {
    type BlockSize = U16;
}

impl BlockModeEncClosure for EncryptAndSign<'_> {
    #[inline(always)]
    fn call<B: BlockModeEncBackend<BlockSize = U16>>(self, backend: &mut B) {
        let Self { raw, signer } = self;
        let mut start = HEADER;
        while start < raw.len() {
            let (done, rest) = raw.split_at_mut(start);
            let chunk = rest.len().min(HASH_BLOCK);
            let (blocks, _) = rest[..chunk].as_chunks_mut::<BLOCK>();
            for block in blocks {
                backend.encrypt_block(<&mut Array<u8, U16>>::from(block).into());
            }
            // One step behind the encryption, so that neither waits for the other.
            signer.advance(done);
            start += chunk;
        }
    }
}

/// Takes the whole blocks of header and body into the HMAC and into the identity.
pub(crate) fn sign_and_identify(signed: &[u8], signer: &mut Signer, id: &mut Hasher) {
    for end in (HASH_BLOCK..=signed.len()).step_by(HASH_BLOCK) {
        signer.advance(&signed[..end]);
        id.advance(&signed[..end]);
    }
}
