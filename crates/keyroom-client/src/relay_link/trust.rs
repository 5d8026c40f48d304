//! What makes a relay the right one: its pinned key, or its name.

use std::sync::{Arc, Mutex, PoisonError};

use keyroom_types::{Digest, KeyPin};
use keyroom_wire::Binding;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// How a client knows that it speaks to the right relay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trust {
    /// By the key of its certificate, whoever signed that, whatever its name and dates.
    Pin(KeyPin),
    /// By a DNS name, a certificate for it, and the system's certificate authorities.
    Name(String),
}

impl Trust {
    /// What a login over such a connection is bound to; `seen` is the key that the handshake was signed with.
    pub(super) fn binding(&self, seen: KeyPin) -> Binding {
        match self {
            Self::Pin(_) => Binding::SeenKey(seen),
            Self::Name(name) => Binding::DialledName(name.to_ascii_lowercase()),
        }
    }
}

/// Judges a relay's certificate, and remembers the key that it saw. One for each connection.
#[derive(Debug)]
pub(super) struct Judge {
    trust: Judgement,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Option<KeyPin>>,
}

#[derive(Debug)]
enum Judgement {
    Pin(KeyPin),
    Authorities(Arc<WebPkiServerVerifier>),
}

impl Judge {
    pub(super) fn new(
        trust: &Trust,
        provider: &Arc<CryptoProvider>,
        roots: &Arc<RootCertStore>,
    ) -> Option<Self> {
        let judgement = match trust {
            Trust::Pin(pin) => Judgement::Pin(*pin),
            Trust::Name(_) => {
                let builder =
                    WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider));
                Judgement::Authorities(builder.build().ok()?)
            }
        };
        let algorithms = provider.signature_verification_algorithms;
        Some(Self { trust: judgement, algorithms, seen: Mutex::new(None) })
    }

    /// The key of the certificate that was shown, whatever became of the handshake.
    pub(super) fn seen(&self) -> Option<KeyPin> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let key = KeyPin::from_bytes(*Digest::of(&key).as_bytes());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        match &self.trust {
            Judgement::Pin(pin) if *pin == key => Ok(ServerCertVerified::assertion()),
            Judgement::Pin(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
            Judgement::Authorities(verifier) => {
                verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
            }
        }
    }

    /// TLS 1.2 is not spoken, so nothing signed in it is valid.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    /// A pin alone proves nothing: anybody can show a certificate. That the relay holds its key, this proves.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
