//! Why a relay does not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use crate::ConfigError;

/// Why a relay does not start: what happened, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration does not say what can be done.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot listen there.
    #[error("the relay cannot listen at {at}: {why}")]
    Listen {
        /// Where.
        at: SocketAddr,
        /// What the system said, and what to do.
        why: String,
    },
    /// The data directory cannot be used.
    #[error("{0}")]
    Data(String),
    /// The certificate or its key cannot be used.
    #[error("{0}")]
    Certificate(String),
    /// The system gives no random numbers.
    #[error("the system's random source does not answer")]
    NoRandomness,
}

impl StartError {
    pub(crate) fn certificate(what: impl fmt::Display) -> Self {
        Self::Certificate(what.to_string())
    }

    pub(crate) fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::Data(format!(
            "the relay cannot {verb} {}: {error}. Choose a directory that it may write to with --data DIR",
            path.display()
        ))
    }

    pub(crate) fn listen(at: SocketAddr, error: &io::Error) -> Self {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "Another program listens there: choose another port with --listen",
            io::ErrorKind::AddrNotAvailable => {
                "It is no address of this computer: choose another one with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                "Ports below 1024 need a right of their own: choose another one with --listen"
            }
            _ => "Choose another address with --listen",
        };
        Self::Listen { at, why: format!("{error}. {advice}") }
    }
}
