//! Whether the other side of a TLS connection is the relay: by the pin of its key or by its name, and always by its
//! signature under this very handshake (RFC 8446, section 4.4.3).

use std::sync::{Arc, OnceLock};

use keyroom_types::{Digest, KeyPin};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerIncompatible, SignatureScheme};

/// Checks one connection, and remembers what it saw.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Check,
    algorithms: WebPkiSupportedAlgorithms,
    seen: OnceLock<KeyPin>,
    bad_signature: OnceLock<()>,
}

/// By what the certificate is recognised.
#[derive(Debug)]
pub(super) enum Check {
    /// Exactly this key, whatever else the certificate says: names, dates and issuers are not looked at.
    Pin(KeyPin),
    /// Any key: it is remembered, and compared later.
    Remember,
    /// Somebody trusted vouches for the name.
    Name(Arc<WebPkiServerVerifier>),
}

impl Verifier {
    pub(super) fn new(trust: Check, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { trust, algorithms, seen: OnceLock::new(), bad_signature: OnceLock::new() }
    }

    /// SHA-256 of the SubjectPublicKeyInfo that was shown.
    pub(super) fn seen(&self) -> Option<KeyPin> {
        self.seen.get().copied()
    }

    /// The pin that was wanted and not shown, if that is why the handshake failed.
    pub(super) fn mismatch(&self) -> Option<(KeyPin, KeyPin)> {
        match (&self.trust, self.seen()) {
            (Check::Pin(expected), Some(seen)) if *expected != seen => Some((*expected, seen)),
            _ => None,
        }
    }

    /// Whether the certificate was accepted and the signature was not.
    pub(super) fn saw_bad_signature(&self) -> bool {
        self.bad_signature.get().is_some()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let spki = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let seen = *self.seen.get_or_init(|| KeyPin::from_bytes(*Digest::of(&spki).as_bytes()));
        match &self.trust {
            Check::Pin(pin) if *pin == seen => Ok(ServerCertVerified::assertion()),
            Check::Remember => Ok(ServerCertVerified::assertion()),
            Check::Pin(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
            Check::Name(names) => {
                names.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
        }
    }

    /// Never called: TLS 1.2 is not offered.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let result = verify_tls13_signature(message, cert, dss, &self.algorithms);
        if result.is_err() {
            self.bad_signature.get_or_init(|| ());
        }
        result
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
