//! The profile's key, wrapped by a passphrase.
//!
//! The file: "KRpk", version (1 byte), memory in KiB, passes, lanes of Argon2id (4 bytes each, big-endian), salt (16),
//! nonce (12), the key sealed with ChaCha20-Poly1305 (RFC 8439; 32 and the tag's 16) with all before it as associated
//! data, and the first 8 bytes of the SHA-256 of all that. The last tells a damaged file from a wrong passphrase; it is no
//! protection, and needs none, against whoever can write the file.

use std::path::Path;

use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce, Tag};
use keyroom_types::Digest;

use crate::locked::Locked;
use crate::{Cost, KeyFileError, ProfileError, files};

/// Writes the key, wrapped, in place of what is there.
pub(crate) fn write(path: &Path, key: &Locked, passphrase: &str, cost: Cost) -> Result<(), ProfileError> {
    let bytes = wrap(key, passphrase, cost)?;
    Ok(files::replace(path, &bytes)?)
}

/// Reads the key, and what the passphrase cost.
pub(crate) fn read(path: &Path, passphrase: &str) -> Result<(Locked, Cost), ProfileError> {
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyFileError::Missing.into());
        }
        other => other?,
    };
    let mut bytes = Vec::with_capacity(BYTES);
    std::io::Read::read_to_end(&mut std::io::Read::take(file, BYTES as u64 + 1), &mut bytes)?;
    unwrap(&bytes, passphrase)
}

fn wrap(key: &Locked, passphrase: &str, cost: Cost) -> Result<Vec<u8>, ProfileError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    getrandom::fill(&mut salt).map_err(std::io::Error::from)?;
    getrandom::fill(&mut nonce).map_err(std::io::Error::from)?;
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend(MAGIC);
    bytes.push(VERSION);
    for number in [cost.memory_kib, cost.passes, cost.lanes] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(salt);
    bytes.extend(nonce);
    let wrapping = cost.stretch(passphrase, &salt).ok_or(KeyFileError::Cost)?;
    let mut sealed = Locked::zeros();
    sealed.as_mut().copy_from_slice(key.bytes());
    let tag = ChaCha20Poly1305::new(wrapping.as_ref().into())
        .encrypt_in_place_detached(&Nonce::from(nonce), &bytes, sealed.as_mut())
        .map_err(|_| KeyFileError::Damaged)?;
    bytes.extend(sealed.bytes());
    bytes.extend(tag);
    let check = Digest::of(&bytes);
    bytes.extend(&check.as_bytes()[..CHECK]);
    Ok(bytes)
}

fn unwrap(bytes: &[u8], passphrase: &str) -> Result<(Locked, Cost), ProfileError> {
    // Asked before the length, which may be another in a newer version.
    if bytes.starts_with(MAGIC) && bytes.get(MAGIC.len()).is_some_and(|&version| version > VERSION) {
        return Err(KeyFileError::Newer.into());
    }
    let parts = Parts::of(bytes).ok_or(KeyFileError::Damaged)?;
    let wrapping = parts.cost.stretch(passphrase, &parts.salt).ok_or(KeyFileError::Cost)?;
    let mut key = Locked::copy_of(&parts.sealed);
    ChaCha20Poly1305::new(wrapping.as_ref().into())
        .decrypt_in_place_detached(&parts.nonce, parts.head, key.as_mut(), &parts.tag)
        .map_err(|_| ProfileError::WrongPassphrase)?;
    Ok((key, parts.cost))
}

/// A file whose checksum fits.
struct Parts<'a> {
    head: &'a [u8],
    cost: Cost,
    salt: [u8; 16],
    nonce: Nonce,
    sealed: [u8; 32],
    tag: Tag,
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (body, check) = bytes.split_at_checked(BYTES - CHECK)?;
        if check != &Digest::of(body).as_bytes()[..CHECK] {
            return None;
        }
        let (head, sealed) = body.split_at_checked(HEAD)?;
        let mut rest = head.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
        let mut number = || take::<4>(&mut rest).map(u32::from_be_bytes);
        let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
        let (salt, nonce) = (take(&mut rest)?, take::<12>(&mut rest)?.into());
        let mut rest = sealed;
        Some(Self { head, cost, salt, nonce, sealed: take(&mut rest)?, tag: take::<16>(&mut rest)?.into() })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

const MAGIC: &[u8] = b"KRpk";
const VERSION: u8 = 1;
const HEAD: usize = 4 + 1 + 3 * 4 + 16 + 12;
const CHECK: usize = 8;
const BYTES: usize = HEAD + 32 + 16 + CHECK;

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    fn error(bytes: &[u8], passphrase: &str) -> String {
        unwrap(bytes, passphrase).unwrap_err().to_string()
    }

    #[test]
    fn a_wrapped_key_opens_with_its_passphrase_only() {
        let key = Locked::copy_of(&[7; 32]);
        let bytes = wrap(&key, "right", CHEAP).unwrap();
        assert_eq!(bytes.len(), BYTES);
        let (opened, cost) = unwrap(&bytes, "right").unwrap();
        assert_eq!((opened.bytes(), cost), (key.bytes(), CHEAP));
        assert!(matches!(unwrap(&bytes, "wrong"), Err(ProfileError::WrongPassphrase)));
        assert!(matches!(unwrap(&bytes, ""), Err(ProfileError::WrongPassphrase)));
    }

    #[test]
    fn every_changed_byte_and_every_length_shows_as_damage_not_as_a_wrong_passphrase() {
        let bytes = wrap(&Locked::zeros(), "right", CHEAP).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << (place % 8);
            let answer = unwrap(&changed, "right");
            assert!(matches!(answer, Err(ProfileError::KeyFile(_))), "{place}: {answer:?}");
        }
        for length in 0..bytes.len() {
            assert!(error(&bytes[..length], "right").contains("damaged"), "{length}");
        }
        assert!(error(&[&bytes[..], &[0]].concat(), "right").contains("damaged"));
    }

    #[test]
    fn a_hostile_key_file_cannot_ask_for_all_memory_or_for_hours() {
        let bytes = wrap(&Locked::zeros(), "right", CHEAP).unwrap();
        for (place, number) in [(5, 100 << 20), (9, u32::MAX), (13, u32::MAX), (5, 0), (9, 0), (13, 0)] {
            let mut hostile = bytes[..BYTES - CHECK].to_vec();
            hostile[place..place + 4].copy_from_slice(&u32::to_be_bytes(number));
            let check = Digest::of(&hostile);
            hostile.extend(&check.as_bytes()[..CHECK]);
            assert!(matches!(unwrap(&hostile, "right"), Err(ProfileError::KeyFile(KeyFileError::Cost))));
        }
    }

    #[test]
    fn a_newer_key_file_says_so() {
        let mut bytes = wrap(&Locked::zeros(), "right", CHEAP).unwrap();
        bytes[4] = VERSION + 1;
        assert!(matches!(unwrap(&bytes, "right"), Err(ProfileError::KeyFile(KeyFileError::Newer))));
    }
}
