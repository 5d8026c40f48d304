//! Who the relay is: its certificate and key, and what it accepts of TLS.

mod own;
mod sources;

use std::sync::{Arc, PoisonError, RwLock};

use keyroom_types::{Digest, KeyPin};
use rustls::server::{ClientHello, NoServerSessionStorage, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};

use crate::StartError;

pub(crate) use sources::{identity, read};

/// The relay's certificate with its key.
pub(crate) struct Identity {
    pub(crate) certified: Arc<CertifiedKey>,
    pub(crate) pin: KeyPin,
    /// From files, so that clients check it by its name rather than by the pin.
    pub(crate) by_name: bool,
    /// When it ends, in seconds since 1970; `None` for one that the relay makes anew at each start.
    pub(crate) ends: Option<i64>,
}

/// The certificate that new handshakes show.
#[derive(Debug)]
pub(crate) struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    pub(crate) fn new(identity: &Identity) -> Arc<Self> {
        Arc::new(Self(RwLock::new(identity.certified.clone())))
    }

    /// Shows this one from now on. Connections that are there keep theirs.
    pub(crate) fn set(&self, identity: &Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identity.certified.clone();
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// SHA-256 of the DER SubjectPublicKeyInfo of a certificate (RFC 5280, 4.1).
fn pin_of(certified: &CertifiedKey) -> Result<KeyPin, StartError> {
    let end = certified.end_entity_cert().map_err(|error| StartError::certificate(error.to_string()))?;
    let parsed =
        ParsedCertificate::try_from(end).map_err(|error| StartError::certificate(error.to_string()))?;
    Ok(KeyPin::from_bytes(*Digest::of(&parsed.subject_public_key_info()).as_bytes()))
}

/// TLS 1.3 only, X25519MLKEM768 first, nothing remembered of a session: a ticket would cost a client nothing and the
/// relay memory, and its resumption would skip the certificate that the client's pin is about.
pub(crate) fn server_config(shown: Arc<Shown>) -> Result<Arc<ServerConfig>, StartError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .map_err(|error| StartError::certificate(error.to_string()))?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // Half a flight of the handshake is worth nothing to us, and early data could be replayed.
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
    Ok(Arc::new(config))
}
