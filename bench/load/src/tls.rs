//! TLS 1.3 by pin, as Keyroom's clients do it; the peer's server gets a certificate that is pinned alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyroom_types::{Digest, KeyPin};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Fault;

/// Client side of TLS 1.3 that trusts this key alone. `alpn` is empty where the protocol has no name.
///
/// # Errors
/// rustls does not take the configuration.
pub(crate) fn pinned(pin: KeyPin, alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(ByPin { pin, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| Fault::Tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    // Each connection stands for another client, which has never been here.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// A certificate in files, and its pin.
pub(crate) struct OwnCertificate {
    /// The certificate, PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, PEM.
    pub(crate) key: PathBuf,
    /// SHA-256 of its public key.
    pub(crate) pin: KeyPin,
}

/// Makes a certificate of the kind that a relay makes for itself (ECDSA P-256), in `dir`.
///
/// # Errors
/// The files cannot be written.
pub(crate) fn own_certificate(dir: &Path) -> Result<OwnCertificate, Fault> {
    let refused = |error: rcgen::Error| Fault::Tls(error.to_string());
    let key_pair = KeyPair::generate().map_err(refused)?;
    let mut params = CertificateParams::new(["localhost".to_owned()]).map_err(refused)?;
    // ejabberd sets a timer for the end, which must not be too far away.
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2035, 1, 1));
    let own = params.self_signed(&key_pair).map_err(refused)?;
    let (certificate, key) = (dir.join("certificate.pem"), dir.join("key.pem"));
    fs::write(&certificate, own.pem())?;
    fs::write(&key, key_pair.serialize_pem())?;
    let pin = pin_of(own.der()).map_err(|error| Fault::Tls(error.to_string()))?;
    Ok(OwnCertificate { certificate, key, pin })
}

/// SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 5280, 4.1).
fn pin_of(certificate: &CertificateDer<'_>) -> Result<KeyPin, Error> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::General("the certificate cannot be read".to_owned()))?;
    Ok(KeyPin::from_bytes(*Digest::of(parsed.tbs_certificate.subject_pki.raw).as_bytes()))
}

/// Compares the pin and verifies the handshake's signature. Nothing else of the certificate counts.
#[derive(Debug)]
struct ByPin {
    pin: KeyPin,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByPin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if pin_of(end_entity)? == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("the server has another key than the pinned one".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
