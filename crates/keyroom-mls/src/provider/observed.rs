//! The library's cryptography, with a memory for which keys it used: for tests that no key, nonce or generation comes twice.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};
use sha2::{Digest as _, Sha256};

use super::Crypto;
use crate::bytes::Reader;

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

type Sealed<T> = Result<T, CryptoError>;
type Secret = openmls::prelude::tls_codec::SecretVLBytes;

/// For what need not be looked at.
impl Deref for Observed {
    type Target = RustCrypto;

    fn deref(&self) -> &RustCrypto {
        &self.inner
    }
}

impl OpenMlsCrypto for Observed {
    fn supports(&self, ciphersuite: Ciphersuite) -> Sealed<()> {
        self.inner.supports(ciphersuite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.inner.supported_ciphersuites()
    }

    fn hkdf_extract(&self, hash: HashType, salt: &[u8], ikm: &[u8]) -> Sealed<Secret> {
        self.inner.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], message: &[u8]) -> Sealed<Secret> {
        self.inner.hmac(hash, key, message)
    }

    fn hkdf_expand(&self, hash: HashType, prk: &[u8], info: &[u8], length: usize) -> Sealed<Secret> {
        self.inner.hkdf_expand(hash, prk, info, length)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Sealed<Vec<u8>> {
        self.inner.hash(hash, data)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Sealed<(Vec<u8>, Vec<u8>)> {
        self.inner.signature_key_gen(alg)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Sealed<Vec<u8>> {
        self.inner.sign(alg, data, key)
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        sk: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Sealed<Vec<u8>> {
        self.inner.hpke_open(config, input, sk, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        pk: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Sealed<(KemOutput, ExporterSecret)> {
        self.inner.hpke_setup_sender_and_export(config, pk, info, context, length)
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        sk: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Sealed<ExporterSecret> {
        self.inner.hpke_setup_receiver_and_export(config, enc, sk, info, context, length)
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Sealed<HpkeKeyPair> {
        self.inner.derive_hpke_keypair(config, ikm)
    }

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

    fn verify_signature(&self, alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> Sealed<()> {
        self.inner.verify_signature(alg, data, pk, signature)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        pk: &[u8],
        info: &[u8],
        aad: &[u8],
        text: &[u8],
    ) -> Sealed<HpkeCiphertext> {
        self.inner.hpke_seal(config, pk, info, aad, text)
    }
}
