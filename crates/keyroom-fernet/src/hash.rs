//! HMAC-SHA256 by the `hmac` crate and SHA-256 by `sha2`, taken by the block where a token lies in one piece.
//!
//! The crates' buffered interface copies what it is given and wipes its buffer: at 100 bytes that takes as long as a
//! hash block (`docs/performance.md`, "Fernet codec"). Where text comes in parts, the splitter takes it all the same.

use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Block, Buffer, CoreProxy, FixedOutputCore};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// HMAC-SHA256 over whole blocks: a state for each of its two hashes, which the crate wipes on drop.
pub(crate) type Signer = Blocks<HmacCore<Sha256>>;
/// SHA-256 over whole blocks.
pub(crate) type Hasher = Blocks<<Sha256 as CoreProxy>::Core>;

/// The half of a key that signs, made ready. It is as secret as the key; the crate wipes it on drop.
#[derive(Clone)]
pub(crate) struct SigningKey(HmacCore<Sha256>);

impl SigningKey {
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        Self(HmacCore::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// For a text in one piece.
    #[inline]
    pub(crate) fn signer(&self) -> Signer {
        Blocks { core: self.0.clone(), taken: 0 }
    }

    /// For a text in parts.
    pub(crate) fn buffered_signer(&self) -> Hmac<Sha256> {
        Hmac::compose(self.0.clone(), Buffer::<HmacCore<Sha256>>::default())
    }
}

/// A hash under way over a text that lies in one piece and need not be complete yet.
pub(crate) struct Blocks<C> {
    core: C,
    /// Bytes taken, whole blocks.
    taken: usize,
}

impl Hasher {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { core: <Sha256 as CoreProxy>::Core::default(), taken: 0 }
    }
}

impl<C: FixedOutputCore> Blocks<C> {
    /// Takes the whole blocks of the text that it has not taken yet, and returns what is left of it.
    #[inline(always)]
    pub(crate) fn advance<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let (blocks, rest) = Block::<C>::slice_as_chunks(text.get(self.taken..).unwrap_or_default());
        if !blocks.is_empty() {
            self.core.update_blocks(blocks);
            self.taken += blocks.len() * BLOCK;
        }
        rest
    }

    /// The hash of the text, which is now complete.
    #[inline(always)]
    pub(crate) fn finish(mut self, text: &[u8]) -> Output<C> {
        let mut rest = Buffer::<C>::new(self.advance(text));
        let mut hash = Output::<C>::default();
        self.core.finalize_fixed_core(&mut rest, &mut hash);
        hash
    }
}

/// Whether an HMAC in parts has this tag as it stands. It can go on afterwards.
pub(crate) fn has_tag(signer: &Hmac<Sha256>, tag: &[u8]) -> bool {
    is_same(signer.clone().finalize().as_bytes(), tag)
}

/// Compares in constant time. A tag of another length is wrong.
pub(crate) fn is_same(own: &[u8], tag: &[u8]) -> bool {
    let ((own, own_rest), (tag, rest)) = (own.as_chunks::<8>(), tag.as_chunks::<8>());
    if tag.len() != own.len() || !own_rest.is_empty() || !rest.is_empty() {
        return false;
    }
    // In words: `subtle` hides each comparison from the optimiser, and 32 of them take as long as a hash block.
    let differ = own
        .iter()
        .zip(tag)
        .fold(0, |differ, (own, tag)| differ | (u64::from_ne_bytes(*own) ^ u64::from_ne_bytes(*tag)));
    differ.ct_eq(&0).into()
}

/// What SHA-256 takes at once.
pub(crate) const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use sha2::Digest as _;

    use super::*;

    /// RFC 4231, section 4.3, whose key `Jefe` is here padded with zeros, as HMAC itself does.
    #[test]
    fn both_signers_give_the_tag_of_the_rfc() {
        let expected = [
            0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E, 0x6A, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xC7,
            0x5A, 0x00, 0x3F, 0x08, 0x9D, 0x27, 0x39, 0x83, 0x9D, 0xEC, 0x58, 0xB9, 0x64, 0xEC, 0x38, 0x43,
        ];
        let key = SigningKey::new(b"Jefe\0\0\0\0\0\0\0\0\0\0\0\0");
        let text = b"what do ya want for nothing?";
        assert_eq!(key.signer().finish(text)[..], expected);
        let signer = key.buffered_signer().chain_update(text);
        assert!(has_tag(&signer, &expected));
    }

    #[test]
    fn only_the_whole_tag_is_right() {
        let key = SigningKey::new(&[9; 16]);
        let signer = key.buffered_signer();
        let right: [u8; 32] = key.signer().finish(&[]).into();
        assert!(has_tag(&signer, &right));
        assert!(!has_tag(&signer, &right[..31]));
        assert!(!has_tag(&signer, &right[..24]));
        assert!(!has_tag(&signer, &[]));
        assert!(!has_tag(&signer, &[&right[..], &[0]].concat()));
        for bit in 0..256 {
            let mut wrong = right;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!has_tag(&signer, &wrong), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn blocks_give_the_hash_of_the_whole_text_whenever_they_are_taken(
            key in any::<[u8; 16]>(),
            text in vec(any::<u8>(), 0..700),
            steps in vec(0_usize..700, 0..8),
        ) {
            let key = SigningKey::new(&key);
            let (mut signer, mut hasher) = (key.signer(), Hasher::new());
            for step in steps {
                let come = &text[..step.min(text.len())];
                signer.advance(come);
                hasher.advance(come);
            }
            prop_assert!(has_tag(&key.buffered_signer().chain_update(&text), &signer.finish(&text)));
            prop_assert_eq!(hasher.finish(&text), Sha256::digest(&text));
        }
    }
}
