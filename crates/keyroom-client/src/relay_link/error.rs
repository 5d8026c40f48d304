//! Why there is no link, or no more.

use keyroom_types::KeyPin;

use crate::LostReason;

/// Why a relay was not reached, or not trusted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody answers at this address.
    #[error("the relay cannot be reached")]
    Unreachable(LostReason),
    /// It took longer than a relay takes.
    #[error("the relay does not answer in time")]
    TimedOut,
    /// Somebody answers, with another key than the invite says: the wrong computer, or one in between. Never to be
    /// overridden.
    #[error("this is not the relay of the invite: its key is {seen}, the invite says {expected}")]
    PinMismatch {
        /// The pin.
        expected: KeyPin,
        /// SHA-256 of the SubjectPublicKeyInfo that was shown.
        seen: KeyPin,
    },
    /// Somebody shows the right certificate and has not its key.
    #[error("the relay cannot prove that its certificate is its own")]
    BadSignature,
    /// The other side speaks only older versions of TLS.
    #[error("the relay does not speak TLS 1.3")]
    NotTls13,
    /// A relay with a pin must do a hybrid key exchange (X25519MLKEM768), and this one does not.
    #[error("the relay does not do the post-quantum key exchange that its invite requires")]
    ClassicalOnly,
    /// The certificate does not hold for the name that was dialled.
    #[error("the relay's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke while it was being set up.
    #[error("the connection to the relay broke")]
    Broken,
    /// It is a relay, and takes nobody now.
    #[error("the relay is not available now")]
    Unavailable,
    /// Something else answers at this address.
    #[error("there is no relay at this address")]
    NotARelay {
        /// What it answered to the request, where it speaks HTTP.
        status: Option<u16>,
    },
}

impl ConnectError {
    /// Whether something answered there that is not the relay that was meant, or cannot prove that it is.
    pub fn is_distrust(&self) -> bool {
        !matches!(self, Self::Unreachable(_) | Self::TimedOut | Self::Broken | Self::Unavailable)
    }
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come, or this computer's clock is wrong.
    #[error("it is not valid yet; is the clock of this computer right?")]
    NotYetValid,
    /// It is for another name.
    #[error("it is for another name")]
    WrongName,
    /// Nobody whom this computer trusts vouches for it.
    #[error("nobody whom this computer trusts vouches for it")]
    UnknownIssuer,
    /// It was taken back.
    #[error("it was revoked")]
    Revoked,
    /// Something else about it.
    #[error("it is not well made")]
    Other,
}

/// Why a link ended.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The relay closed it.
    #[error("the relay closed the connection")]
    Closed {
        /// Why, as a number (RFC 6455, section 7.4).
        code: Option<u16>,
        /// Why, as the relay's name for it; at most 123 bytes of somebody else's text.
        reason: String,
    },
    /// It broke.
    #[error("the connection to the relay broke")]
    Broken,
    /// The relay sent what no relay sends: text, or a message over the limit.
    #[error("the relay does not keep to the protocol")]
    RelayFault,
}

/// What a failed handshake means. `pinned`: the relay was to prove a key rather than a name.
pub(super) fn of_handshake(error: &std::io::Error, pinned: bool) -> ConnectError {
    use rustls::{AlertDescription as Alert, CertificateError as Bad, Error, PeerIncompatible as Cannot};
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<Error>()) else {
        return match error.kind() {
            std::io::ErrorKind::TimedOut => ConnectError::TimedOut,
            _ => ConnectError::Broken,
        };
    };
    let fault = |fault| ConnectError::Certificate(fault);
    match error {
        Error::InvalidCertificate(bad) => fault(match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => CertificateFault::Expired,
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => CertificateFault::NotYetValid,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => CertificateFault::WrongName,
            // Also one whose issuer has a trusted name and another key.
            Bad::UnknownIssuer | Bad::BadSignature => CertificateFault::UnknownIssuer,
            Bad::Revoked => CertificateFault::Revoked,
            _ => CertificateFault::Other,
        }),
        Error::AlertReceived(Alert::ProtocolVersion)
        | Error::PeerIncompatible(
            Cannot::ServerTlsVersionIsDisabledByOurConfig | Cannot::ServerDoesNotSupportTls12Or13,
        ) => ConnectError::NotTls13,
        // With a pin we offer one group and every common suite: what there is to fail over is the group. A server
        // that picks a group that was not offered does the same.
        Error::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity)
        | Error::PeerMisbehaved(_)
            if pinned =>
        {
            ConnectError::ClassicalOnly
        }
        Error::InvalidMessage(_) => ConnectError::NotARelay { status: None },
        _ => ConnectError::Broken,
    }
}
