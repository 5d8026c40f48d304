//! SHA-256 and HMAC-SHA256 over the block function of `sha2`.
//!
//! By hand, because short messages are the common ones: at 100 bytes the generic crates spend more on copying and
//! wiping their buffers than on two hash blocks, and the splitter asks for a tag without ending the hash.
//! Measured in `docs/performance.md`; held to RFC 4231 and to the `hmac` crate by the tests below.

use sha2::block_api::compress256;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The states of both hashes behind their key block. They are the key: wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct SigningKey {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl SigningKey {
    /// RFC 2104: both hashes begin with the key, padded with zeros to a block, under a mask each.
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        let mut block = [0_u8; BLOCK];
        block[..key.len()].copy_from_slice(key);
        let mut states = [INITIAL; 2];
        for (state, mask) in states.iter_mut().zip([0x36, 0x5C]) {
            let mut masked = block.map(|byte| byte ^ mask);
            compress256(state, &[masked]);
            masked.zeroize();
        }
        block.zeroize();
        let [inner, outer] = states;
        states.zeroize();
        Self { inner, outer }
    }

    /// A signer that has taken nothing.
    pub(crate) fn signer(&self) -> Hash {
        Hash { state: self.inner, taken: BLOCK as u64, partial: [0; BLOCK] }
    }

    /// The tag of all that the signer has taken; it can go on afterwards.
    pub(crate) fn tag(&self, signer: &Hash) -> [u8; 32] {
        let inner = signer.digest();
        let mut outer = self.outer;
        finish(&mut outer, &inner, (BLOCK + inner.len()) as u64);
        bytes(outer)
    }

    /// Compares in constant time. A tag of another length is wrong.
    pub(crate) fn verify(&self, signer: &Hash, tag: &[u8]) -> bool {
        let own = self.tag(signer);
        let ((own, _), (tag, rest)) = (own.as_chunks::<8>(), tag.as_chunks::<8>());
        if tag.len() != own.len() || !rest.is_empty() {
            return false;
        }
        // In words: `subtle` hides each comparison from the optimiser, and 32 of them take as long as a hash block.
        let differ = own
            .iter()
            .zip(tag)
            .fold(0, |differ, (own, tag)| differ | (u64::from_ne_bytes(*own) ^ u64::from_ne_bytes(*tag)));
        differ.ct_eq(&0).into()
    }
}

/// A hash under way, plain or keyed. Wiped on drop but for what it was given, which is ciphertext.
#[derive(Clone, ZeroizeOnDrop)]
pub(crate) struct Hash {
    state: [u32; 8],
    /// Bytes taken, a key's block included.
    #[zeroize(skip)]
    taken: u64,
    #[zeroize(skip)]
    partial: [u8; BLOCK],
}

impl Hash {
    /// Plain SHA-256.
    pub(crate) fn new() -> Self {
        Self { state: INITIAL, taken: 0, partial: [0; BLOCK] }
    }

    /// The hash of all that was taken.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut state = self.state;
        finish(&mut state, self.pending(), self.taken);
        bytes(state)
    }

    #[inline]
    pub(crate) fn update(&mut self, mut text: &[u8]) {
        let held = self.pending().len();
        self.taken += text.len() as u64;
        if held > 0 {
            let (head, rest) = text.split_at(text.len().min(BLOCK - held));
            self.partial[held..held + head.len()].copy_from_slice(head);
            if held + head.len() < BLOCK {
                return;
            }
            compress256(&mut self.state, &[self.partial]);
            text = rest;
        }
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        if !blocks.is_empty() {
            compress256(&mut self.state, blocks);
        }
        self.partial[..rest.len()].copy_from_slice(rest);
    }

    #[inline]
    fn pending(&self) -> &[u8] {
        let held = usize::try_from(self.taken % BLOCK as u64).expect("less than a block");
        &self.partial[..held]
    }
}

/// FIPS 180-4, section 5.1.1: a one bit, zeros, and the length in bits, to the end of a block.
#[inline]
fn finish(state: &mut [u32; 8], rest: &[u8], taken: u64) {
    let mut block = [0_u8; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block[rest.len()] = 0x80;
    if rest.len() >= LENGTH {
        compress256(state, &[block]);
        block = [0; BLOCK];
    }
    block[LENGTH..].copy_from_slice(&(taken.wrapping_mul(8)).to_be_bytes());
    compress256(state, &[block]);
}

fn bytes(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    bytes
}

/// What SHA-256 takes at once.
pub(crate) const BLOCK: usize = 64;
/// Where the length stands in the last block.
const LENGTH: usize = BLOCK - 8;
/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn tag(key: &[u8; 16], parts: &[Vec<u8>]) -> [u8; 32] {
        let key = SigningKey::new(key);
        let mut signer = key.signer();
        for part in parts {
            signer.update(part);
        }
        key.tag(&signer)
    }

    /// RFC 4231, section 4.3, whose key `Jefe` is here padded with zeros, as HMAC itself does.
    #[test]
    fn vector_of_the_rfc() {
        let expected = [
            0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E, 0x6A, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xC7,
            0x5A, 0x00, 0x3F, 0x08, 0x9D, 0x27, 0x39, 0x83, 0x9D, 0xEC, 0x58, 0xB9, 0x64, 0xEC, 0x38, 0x43,
        ];
        let key = *b"Jefe\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(tag(&key, &[b"what do ya want for nothing?".to_vec()]), expected);
    }

    #[test]
    fn every_short_length_has_the_tag_of_the_hmac_crate() {
        for len in 0..300 {
            let text = vec![0xA5; len];
            let mut theirs = Hmac::<Sha256>::new_from_slice(&[9; 16]).unwrap();
            theirs.update(&text);
            assert_eq!(tag(&[9; 16], &[text])[..], theirs.finalize().into_bytes()[..], "{len}");
        }
    }

    #[test]
    fn only_the_whole_tag_is_right() {
        let key = SigningKey::new(&[9; 16]);
        let right = key.tag(&key.signer());
        assert!(key.verify(&key.signer(), &right));
        assert!(!key.verify(&key.signer(), &right[..31]));
        assert!(!key.verify(&key.signer(), &right[..24]));
        assert!(!key.verify(&key.signer(), &[]));
        assert!(!key.verify(&key.signer(), &[&right[..], &[0]].concat()));
        for bit in 0..256 {
            let mut wrong = right;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.verify(&key.signer(), &wrong), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_parts_has_the_tag_of_the_hmac_crate(
            key in any::<[u8; 16]>(),
            parts in vec(vec(any::<u8>(), 0..200), 0..12),
        ) {
            let mut theirs = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            parts.iter().for_each(|part| theirs.update(part));
            prop_assert_eq!(&tag(&key, &parts)[..], &theirs.finalize().into_bytes()[..]);
            let mut plain = Hash::new();
            parts.iter().for_each(|part| plain.update(part));
            prop_assert_eq!(plain.digest(), <[u8; 32]>::from(Sha256::digest(parts.concat())));
        }
    }
}
