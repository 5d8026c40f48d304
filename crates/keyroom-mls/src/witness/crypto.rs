//! The library's cryptography, with a memory for what was signed.

use std::sync::Mutex;

use openmls_rust_crypto::RustCrypto;

use crate::Crypto;
use crate::bytes::Reader;
use crate::delegate::*;

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

impl OpenMlsCrypto for Witness<'_> {
    fn verify_signature(&self, alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> Sealed<()> {
        self.inner.verify_signature(alg, data, pk, signature)?;
        if let (Some(content), Ok(mut signed)) = (framed(data), self.signed.lock()) {
            *signed = Some((content.to_vec(), signature.to_vec()));
        }
        Ok(())
    }

    delegate!(rest, aead, hpke_seal);
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
    delegate!(rest, aead, verify_signature);

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
