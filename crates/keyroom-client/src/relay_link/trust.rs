//! By what a relay is recognised, and the TLS that follows from it.

use std::fmt;
use std::sync::Arc;

use keyroom_history::Trust as StoredTrust;
use keyroom_types::KeyPin;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore, version};

use super::ConnectError;
use super::error::CertificateFault;
use super::verifier::{Check, Verifier};

/// By what a relay is recognised.
#[derive(Clone, Debug)]
pub enum Trust {
    /// By the key that the invite pins. The key exchange must be X25519MLKEM768.
    Pin(KeyPin),
    /// Not yet: who has a bare key pinned nothing. Whoever answers is talked to as far as needed to get the room's blob, which
    /// only the key opens, and which says whom to trust; nothing else is done before that is compared with the key that
    /// was seen. The login is bound to that key, so that it cannot be passed on. The key exchange must be X25519MLKEM768.
    FirstContact,
    /// By the name that is dialled, for which one of these vouches. What the key exchange was is reported.
    Name(Roots),
}

impl Trust {
    /// Each way in which a room recognises its relay.
    pub(crate) fn of_record(stored: &StoredTrust) -> Vec<Self> {
        match stored {
            StoredTrust::Pins(pins) => pins.iter().copied().map(Self::Pin).collect(),
            StoredTrust::Name => vec![Self::Name(Roots::of_this_computer())],
        }
    }

    pub(super) fn is_pin(&self) -> bool {
        matches!(self, Self::Pin(_) | Self::FirstContact)
    }

    /// What TLS is to do, and who remembers what it saw. Made anew for every connection.
    pub(super) fn client(&self) -> Result<(Arc<ClientConfig>, Arc<Verifier>), ConnectError> {
        let mut provider = default_provider();
        if self.is_pin() {
            provider.kx_groups = vec![kx_group::X25519MLKEM768];
        }
        let provider = Arc::new(provider);
        let check = match self {
            Self::Pin(pin) => Check::Pin(*pin),
            Self::FirstContact => Check::Remember,
            Self::Name(roots) => {
                let names = WebPkiServerVerifier::builder_with_provider(roots.0.clone(), provider.clone());
                // It fails only without any root.
                Check::Name(
                    names.build().map_err(|_| ConnectError::Certificate(CertificateFault::UnknownIssuer))?,
                )
            }
        };
        let verifier = Arc::new(Verifier::new(check, provider.signature_verification_algorithms));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .map_err(|_| ConnectError::NotTls13)?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session shows no certificate, and login signs the one that was seen.
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Ok((Arc::new(config), verifier))
    }
}

/// Who is trusted to vouch for names.
#[derive(Clone)]
pub struct Roots(Arc<RootCertStore>);

impl Roots {
    /// Those whom this computer trusts. Reads files: to be called once, not for every connection.
    pub fn of_this_computer() -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self(Arc::new(store))
    }

    /// Those in this PEM text: an organisation's own.
    pub fn from_pem(pem: &[u8]) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten());
        Self(Arc::new(store))
    }

    /// How many they are; with none no relay is accepted.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}
