//! Signatures that were found right: a newcomer checks the tree when it opens a blob, and the library checks all of it once
//! more when it joins with it. The second time only what was not seen before costs anything.
//!
//! A signature is known by a hash of everything that its check reads, so nothing but the very same check is left out. What
//! was wrong is not remembered.

use std::collections::HashSet;
use std::sync::Mutex;

use openmls_rust_crypto::RustCrypto;
use sha2::{Digest as _, Sha256};

use crate::delegate::*;

/// The signatures of one blob's tree, by hash. No secrets.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashSet<[u8; 32]>>);

/// The library's cryptography, which adds to what is known and does not check that again.
pub(crate) struct Knowing<'a> {
    pub(crate) inner: &'a RustCrypto,
    pub(crate) known: &'a Known,
}

impl OpenMlsCrypto for Knowing<'_> {
    fn verify_signature(&self, alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> Sealed<()> {
        let name = name(alg, data, pk, signature);
        if self.known.0.lock().is_ok_and(|known| known.contains(&name)) {
            return Ok(());
        }
        self.inner.verify_signature(alg, data, pk, signature)?;
        if let Ok(mut known) = self.known.0.lock() {
            known.insert(name);
        }
        Ok(())
    }

    delegate!(rest, aead, hpke_seal);
}

/// All that a check reads, each part with its length in front, so that no two checks have one name.
fn name(alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update((alg as u16).to_be_bytes());
    for part in [pk, signature, data] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use openmls_traits::types::SignatureScheme::{ECDSA_SECP256R1_SHA256, ED25519};

    use super::*;

    /// A right signature, with its key.
    fn signed(crypto: &RustCrypto, data: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (secret, public) = crypto.signature_key_gen(ED25519).unwrap();
        let signature = crypto.sign(ED25519, data, &secret).unwrap();
        (public, signature)
    }

    #[test]
    fn a_signature_that_was_right_is_known_and_no_other_is() {
        let (crypto, known) = (RustCrypto::default(), Known::default());
        let (key, signature) = signed(&crypto, b"data");
        let (other_key, other) = signed(&crypto, b"data");
        let knowing = Knowing { inner: &crypto, known: &known };
        let count = || known.0.lock().unwrap().len();
        assert!(knowing.verify_signature(ED25519, b"data", &key, &signature).is_ok());
        assert!(knowing.verify_signature(ED25519, b"data", &key, &signature).is_ok());
        assert_eq!(count(), 1);
        let wrong = [
            (ED25519, &b"date"[..], &key, &signature),
            (ED25519, b"data", &other_key, &signature),
            (ED25519, b"data", &key, &other),
            (ECDSA_SECP256R1_SHA256, b"data", &key, &signature),
            (ED25519, b"dat", &[&key[..], b"a"].concat(), &signature),
            (ED25519, b"", &key, &[&signature[..], b"data"].concat()),
        ];
        for (alg, data, key, signature) in wrong {
            assert!(knowing.verify_signature(alg, data, key, signature).is_err());
            assert!(
                knowing.verify_signature(alg, data, key, signature).is_err(),
                "not the second time either"
            );
        }
        assert_eq!(count(), 1);
        assert!(knowing.verify_signature(ED25519, b"data", &other_key, &other).is_ok());
        assert_eq!(count(), 2);
    }
}
