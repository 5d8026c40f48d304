//! Why a relay could not be reached, or must not be used.

use std::io;

use keyroom_types::KeyPin;
use rustls::{AlertDescription, CertificateError, PeerIncompatible};

/// Why there is no connection to a relay. Those that say that somebody else answers are never followed by another try
/// with less care.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody answers at that address.
    #[error("the relay cannot be reached: {0}")]
    Unreachable(io::Error),
    /// Connection or handshake took too long.
    #[error("the relay did not answer in time")]
    TimedOut,
    /// Another key than the pinned one: another relay, or somebody in between. Nothing was sent to it.
    #[error("the relay has another key than the one that was expected: it may be somebody else")]
    PinMismatch {
        /// The pin.
        expected: KeyPin,
        /// The key that was shown.
        seen: KeyPin,
    },
    /// The right certificate without its key: somebody copied it.
    #[error("the relay could not prove that it holds its key: it is somebody else")]
    BadSignature,
    /// No TLS 1.3.
    #[error("the relay does not speak TLS 1.3")]
    NotTls13,
    /// With a pin: no key exchange with ML-KEM.
    #[error("the relay does not speak the post-quantum key exchange that a pinned relay must speak")]
    ClassicalOnly,
    /// The certificate is not good for that name.
    #[error("the certificate of the relay is not accepted: {0}")]
    Certificate(CertificateError),
    /// The system has no certificate authorities to check a name with.
    #[error("this system has no certificate authorities to check the relay's certificate with")]
    NoAuthorities,
    /// TLS failed in another way.
    #[error("the connection could not be secured: {0}")]
    Tls(rustls::Error),
    /// What answers is not a relay, or turns links away now.
    #[error("what answers at that address is not a relay, or takes no connections now")]
    NotARelay,
}

impl ConnectError {
    /// What an error of the handshake means. `pin` is what was expected and what was seen, where both are known.
    pub(super) fn of_handshake(error: io::Error, pin: Option<(KeyPin, KeyPin)>) -> Self {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).cloned();
        let Some(tls) = tls else { return Self::Unreachable(error) };
        match (tls, pin) {
            (rustls::Error::InvalidCertificate(CertificateError::BadSignature), _) => Self::BadSignature,
            (rustls::Error::InvalidCertificate(_), Some((expected, seen))) if expected != seen => {
                Self::PinMismatch { expected, seen }
            }
            (rustls::Error::InvalidCertificate(why), _) => Self::Certificate(why),
            (rustls::Error::AlertReceived(AlertDescription::ProtocolVersion), _)
            | (
                rustls::Error::PeerIncompatible(
                    PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
                ),
                _,
            ) => Self::NotTls13,
            (rustls::Error::AlertReceived(AlertDescription::HandshakeFailure), _) => Self::ClassicalOnly,
            (other, _) => Self::Tls(other),
        }
    }
}
