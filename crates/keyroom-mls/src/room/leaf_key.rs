//! The key that signs in a leaf's name.

use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::SignatureScheme;
use openmls::prelude::tls_codec::Serialize as _;
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::signatures::{Signer, SignerError};
use zeroize::Zeroizing;

use crate::Storage;

/// A leaf's Ed25519 key, ready to sign: the library's key pair works out its public half anew at each signature, which takes
/// as long as the signature itself. Wiped on drop.
pub(super) struct LeafKey(Option<SigningKey>);

impl LeafKey {
    /// The stored key of that public half, if there is one.
    pub(super) fn read<S: Storage>(storage: &S, public: &[u8]) -> Option<Self> {
        let pair = SignatureKeyPair::read(storage, public, SignatureScheme::ED25519)?;
        // The pair does not hand out its private half, but its TLS form (RFC 8446, section 3) begins with it: one byte of
        // length (RFC 9420, section 2.1.2), then the seed's 32 (RFC 8032, section 5.1.5).
        let form = Zeroizing::new(pair.tls_serialize_detached().ok()?);
        let seed = form.strip_prefix(&[32])?.first_chunk::<32>()?;
        let key = SigningKey::from_bytes(seed);
        (key.verifying_key().as_bytes() == public).then_some(Self(Some(key)))
    }

    /// What is left in a room that we were removed from: it signs nothing.
    pub(super) fn gone() -> Self {
        Self(None)
    }

    /// Forgets the stored key of that public half.
    pub(super) fn delete<S: Storage>(storage: &S, public: &[u8]) -> Result<(), S::Error> {
        SignatureKeyPair::delete(storage, public, SignatureScheme::ED25519)
    }

    /// Its public half; empty where it is gone.
    pub(super) fn public(&self) -> Vec<u8> {
        self.0.as_ref().map(|key| key.verifying_key().to_bytes().to_vec()).unwrap_or_default()
    }
}

impl Signer for LeafKey {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        let key = self.0.as_ref().ok_or(SignerError::SigningError)?;
        Ok(key.sign(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStorage;

    #[test]
    fn it_signs_as_the_librarys_pair_does() {
        let storage = MemoryStorage::default();
        let pair = SignatureKeyPair::new(SignatureScheme::ED25519).unwrap();
        pair.store(&storage).unwrap();
        let key = LeafKey::read(&storage, pair.public()).unwrap();
        assert_eq!(key.public(), pair.public());
        assert_eq!(key.sign(b"text").unwrap(), pair.sign(b"text").unwrap());
    }

    #[test]
    fn a_key_that_is_not_stored_or_is_another_signs_nothing() {
        let storage = MemoryStorage::default();
        let pair = SignatureKeyPair::new(SignatureScheme::ED25519).unwrap();
        assert!(LeafKey::read(&storage, pair.public()).is_none());
        let other = SignatureKeyPair::from_raw(SignatureScheme::ED25519, vec![7; 32], pair.public().to_vec());
        other.store(&storage).unwrap();
        assert!(LeafKey::read(&storage, pair.public()).is_none());
        pair.store(&storage).unwrap();
        LeafKey::delete(&storage, pair.public()).unwrap();
        assert!(LeafKey::read(&storage, pair.public()).is_none());
        assert!(LeafKey::gone().sign(b"text").is_err());
    }
}
