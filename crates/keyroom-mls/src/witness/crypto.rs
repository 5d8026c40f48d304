//! The library's cryptography, with a memory for what was signed.

use std::sync::Mutex;

use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};

use crate::Crypto;
use crate::bytes::Reader;

/// Remembers the last framed content whose signature was right.
pub(super) struct Witness<'a> {
    inner: &'a RustCrypto,
    signed: Mutex<Option<(Vec<u8>, Vec<u8>)>>,
}

impl<'a> Witness<'a> {
    pub(super) fn new(crypto: &'a Crypto) -> Self {
        Self { inner: &crypto.0, signed: Mutex::new(None) }
    }

    /// The signed content and its signature.
    pub(super) fn signed(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.signed.lock().ok()?.take()
    }
}

/// The content in RFC 9420's `SignContent` (5.1.2), if it is a framed one (6.1).
fn framed(signed: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(signed);
    if reader.vector()? != b"MLS 1.0 FramedContentTBS" {
        return None;
    }
    let content = reader.vector()?;
    reader.is_empty().then_some(content)
}

type Sealed<T> = Result<T, CryptoError>;
type Secret = openmls::prelude::tls_codec::SecretVLBytes;

/// What is the same whoever watches.
macro_rules! delegate {
    () => {
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

        fn aead_encrypt(
            &self,
            alg: AeadType,
            key: &[u8],
            data: &[u8],
            nonce: &[u8],
            aad: &[u8],
        ) -> Sealed<Vec<u8>> {
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
            self.inner.aead_decrypt(alg, key, sealed, nonce, aad)
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
    };
}

impl OpenMlsCrypto for Witness<'_> {
    fn verify_signature(&self, alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> Sealed<()> {
        self.inner.verify_signature(alg, data, pk, signature)?;
        if let (Some(content), Ok(mut signed)) = (framed(data), self.signed.lock()) {
            *signed = Some((content.to_vec(), signature.to_vec()));
        }
        Ok(())
    }

    delegate!();

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

/// Seals junk to one public key: a member who leaves another out. Attack matrix row 49.
#[cfg(test)]
pub(crate) struct Spoiler<'a> {
    inner: &'a RustCrypto,
    victim: Vec<u8>,
}

#[cfg(test)]
impl<'a> Spoiler<'a> {
    pub(crate) fn new(crypto: &'a Crypto, victim: Vec<u8>) -> Self {
        Self { inner: &crypto.0, victim }
    }
}

#[cfg(test)]
impl OpenMlsCrypto for Spoiler<'_> {
    delegate!();

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
        let junk = vec![0; text.len()];
        self.inner.hpke_seal(config, pk, info, aad, if pk == self.victim { &junk } else { text })
    }
}
