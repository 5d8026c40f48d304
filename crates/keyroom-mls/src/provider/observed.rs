//! The library's cryptography, with a memory for which keys it used: for tests that no key, nonce or generation comes twice.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use openmls_rust_crypto::RustCrypto;
use sha2::{Digest as _, Sha256};

use super::Crypto;
use crate::bytes::Reader;
use crate::delegate::*;

/// What was done with a message's keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// A message was sealed with this key and nonce, of which these are the hashes.
    Sealed {
        /// Hash of the key.
        key: [u8; 32],
        /// Hash of key and nonce.
        nonce: [u8; 32],
    },
    /// A message was opened.
    Opened {
        /// Hash of the key.
        key: [u8; 32],
        /// Hash of what was opened.
        message: [u8; 32],
    },
    /// The sender data of a message was opened (RFC 9420, 6.3.2).
    Sender {
        /// The epoch.
        epoch: u64,
        /// 1 application, 3 commit: they have ratchets of their own.
        content: u8,
        /// The sender's leaf.
        leaf: u32,
        /// Its place in the ratchet.
        generation: u32,
        /// Hash of what was opened: another one means another message.
        message: [u8; 32],
    },
}

/// The library's cryptography. Remembers nothing until it is asked to.
#[derive(Debug, Default)]
pub struct Observed {
    inner: RustCrypto,
    seen: Mutex<Option<Vec<Seen>>>,
}

impl Crypto {
    /// From now on remembers which keys are used.
    pub fn observe(&self) {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// What was done since then, oldest first.
    pub fn observed(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}

impl Observed {
    fn note(&self, seen: impl FnOnce() -> Option<Seen>) {
        if let Some(all) = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            all.extend(seen());
        }
    }
}

/// The associated data of a message (6.3.1) or of its sender data (6.3.2): epoch and kind of content.
fn content(aad: &[u8], of_message: bool) -> Option<(u64, u8)> {
    let mut reader = Reader::new(aad);
    reader.vector()?;
    let (epoch, content) = (reader.u64()?, reader.u8()?);
    if of_message {
        reader.vector()?;
    }
    reader.is_empty().then_some((epoch, content))
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// For what need not be looked at.
impl Deref for Observed {
    type Target = RustCrypto;

    fn deref(&self) -> &RustCrypto {
        &self.inner
    }
}

impl OpenMlsCrypto for Observed {
    delegate!(rest, verify_signature, hpke_seal);

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Sealed<Vec<u8>> {
        self.note(|| {
            content(aad, true)?;
            Some(Seen::Sealed { key: hash(&[key]), nonce: hash(&[key, nonce]) })
        });
        self.inner.aead_encrypt(alg, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        sealed: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Sealed<Vec<u8>> {
        let plain = self.inner.aead_decrypt(alg, key, sealed, nonce, aad)?;
        self.note(|| {
            if content(aad, true).is_some() {
                return Some(Seen::Opened { key: hash(&[key]), message: hash(&[sealed]) });
            }
            let (epoch, content) = content(aad, false)?;
            let mut reader = Reader::new(&plain);
            let (leaf, generation) = (reader.u32()?, reader.u32()?);
            // The reuse guard, and nothing behind it.
            reader.array::<4>()?;
            let message = hash(&[sealed]);
            reader.is_empty().then_some(Seen::Sender { epoch, content, leaf, generation, message })
        });
        Ok(plain)
    }
}
