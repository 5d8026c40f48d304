//! Keys that an epoch exports: the lobby key, under which newcomers come, and the ephemeral key, for typing hints; and the
//! AEAD that both use. Spec: "Joining".

use keyroom_types::{RoomId, Seq};
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::random::OpenMlsRand as _;
use openmls_traits::types::AeadType;
use zeroize::Zeroizing;

use crate::bytes::Reader;
use crate::claim::JOIN_LABEL;
use crate::{Crypto, padding};

/// A key for AES-256-GCM. Each use draws a random nonce: an epoch's uses stay far under the 2^32 that this bears.
pub(crate) type SealKey = Zeroizing<[u8; 32]>;

/// Seals a newcomer's external commit, so that the relay does not see who comes.
pub(crate) fn seal_join(
    crypto: &Crypto,
    lobby: &SealKey,
    room: &RoomId,
    based_on: Seq,
    commit: &[u8],
) -> Option<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(commit.len() + STEP));
    text.extend_from_slice(commit);
    padding::to_multiple(&mut text, STEP);
    let sealed = seal(crypto, lobby, &text, &join_data(room, based_on))?;
    Some([&[VERSION][..], &sealed].concat())
}

pub(crate) fn open_join(
    crypto: &Crypto,
    lobby: &SealKey,
    room: &RoomId,
    based_on: Seq,
    body: &[u8],
) -> Option<Vec<u8>> {
    let (&[VERSION], sealed) = body.split_first_chunk::<1>()? else { return None };
    let mut padded = open(crypto, lobby, sealed, &join_data(room, based_on))?;
    let length = padding::strip(&padded)?.len();
    padded.truncate(length);
    Some(padded)
}

fn join_data(room: &RoomId, based_on: Seq) -> Vec<u8> {
    [JOIN_LABEL, room.as_bytes(), &based_on.get().to_be_bytes()].concat()
}

/// Nonce ‖ ciphertext ‖ tag.
pub(crate) fn seal(crypto: &Crypto, key: &SealKey, text: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE] = crypto.0.random_array().ok()?;
    let sealed = crypto.0.aead_encrypt(AeadType::Aes256Gcm, key.as_ref(), text, &nonce, data).ok()?;
    Some([&nonce[..], &sealed].concat())
}

pub(crate) fn open(crypto: &Crypto, key: &SealKey, sealed: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(sealed);
    let nonce: [u8; NONCE] = reader.array()?;
    crypto.0.aead_decrypt(AeadType::Aes256Gcm, key.as_ref(), reader.rest(), &nonce, data).ok()
}

pub(crate) const LOBBY: &str = "keyroom lobby v1";
pub(crate) const EPHEMERAL: &str = "keyroom ephemeral v1";
pub(crate) const NONCE: usize = 12;
const VERSION: u8 = 1;
const STEP: usize = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_join_opens_at_its_place_only() {
        let crypto = Crypto::new();
        let (room, key) = (RoomId::from_bytes([1; 16]), Zeroizing::new([2; 32]));
        let body = seal_join(&crypto, &key, &room, Seq::new(3), b"commit").unwrap();
        assert_eq!(body.len(), 1 + NONCE + 1024 + 16);
        let opened = |room: &RoomId, seq, key: [u8; 32], body: &[u8]| {
            open_join(&crypto, &Zeroizing::new(key), room, Seq::new(seq), body)
        };
        assert_eq!(opened(&room, 3, [2; 32], &body).as_deref(), Some(&b"commit"[..]));
        assert_eq!(opened(&room, 4, [2; 32], &body), None);
        assert_eq!(opened(&room, 3, [3; 32], &body), None);
        let elsewhere = RoomId::from_bytes([9; 16]);
        assert_eq!(opened(&elsewhere, 3, [2; 32], &body), None);
        assert_eq!(opened(&room, 3, [2; 32], &[&[2][..], &body[1..]].concat()), None);
        assert_eq!(opened(&room, 3, [2; 32], &body[..5]), None);
    }
}
