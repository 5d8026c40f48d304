//! A person's long-lived identity on one device, and Ed25519 as Keyroom uses it everywhere.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use keyroom_types::{IdentityKey, Signature};

/// A person's long-lived Ed25519 identity on one device. Wiped on drop; `Debug` hides it.
pub struct Identity(SigningKey);

impl Identity {
    /// The identity of 32 bytes that the caller drew from the system's random source once.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half, which others know it by.
    pub fn key(&self) -> IdentityKey {
        IdentityKey::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs one of the protocol's texts, each of which begins with a label of its own.
    pub(crate) fn sign(&self, text: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(text).to_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, ..)", self.key())
    }
}

/// Whether `signature` is by `key` over `text`: the strict rules, under which all who check agree.
pub(crate) fn is_signed(key: &[u8; 32], text: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(key)
        .and_then(|key| key.verify_strict(text, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_text_only() {
        let (anna, ben) = (Identity::from_seed(&[1; 32]), Identity::from_seed(&[2; 32]));
        let signature = anna.sign(b"text");
        assert!(is_signed(anna.key().as_bytes(), b"text", &signature));
        assert!(!is_signed(anna.key().as_bytes(), b"other", &signature));
        assert!(!is_signed(ben.key().as_bytes(), b"text", &signature));
        assert!(!is_signed(&[0xff; 32], b"text", &signature));
    }

    #[test]
    fn debug_shows_the_public_half_only() {
        let anna = Identity::from_seed(&[1; 32]);
        assert_eq!(format!("{anna:?}"), format!("Identity({}, ..)", anna.key()));
    }
}
