//! The library's cryptography with something changed: what stays the same is handed on.

pub(crate) use openmls_traits::crypto::OpenMlsCrypto;
pub(crate) use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};

use crate::{Provider, Storage};

/// A provider with another cryptography.
pub(crate) struct Watched<'a, 'b, S: Storage, C> {
    pub(crate) inner: &'a Provider<'b, S>,
    pub(crate) crypto: &'a C,
}

impl<S: Storage, C: OpenMlsCrypto> openmls_traits::OpenMlsProvider for Watched<'_, '_, S, C> {
    type CryptoProvider = C;
    type RandProvider = openmls_rust_crypto::RustCrypto;
    type StorageProvider = S;

    fn storage(&self) -> &S {
        self.inner.storage
    }

    fn crypto(&self) -> &C {
        self.crypto
    }

    fn rand(&self) -> &openmls_rust_crypto::RustCrypto {
        &self.inner.crypto.0
    }
}

pub(crate) type Sealed<T> = Result<T, CryptoError>;
pub(crate) type Secret = openmls::prelude::tls_codec::SecretVLBytes;

/// Hands on to `self.inner` what a cryptography leaves as it is: `rest`, which all do, and those of `aead`, `verify_signature` and
/// `hpke_seal` that are named.
macro_rules! delegate {
    ($first:ident, $($more:ident),+) => {
        $crate::delegate::delegate!($first);
        $crate::delegate::delegate!($($more),+);
    };
    (aead) => {
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
    };
    (verify_signature) => {
        fn verify_signature(
            &self,
            alg: SignatureScheme,
            data: &[u8],
            pk: &[u8],
            signature: &[u8],
        ) -> Sealed<()> {
            self.inner.verify_signature(alg, data, pk, signature)
        }
    };
    (hpke_seal) => {
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
    };
    (rest) => {
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
    };
}

pub(crate) use delegate;
