//! What ends a run. A benchmark goes on after none of them.

use std::io;

use keyroom_wire::{Code, Refusal, WireError};
use tokio_tungstenite::tungstenite;

/// Why a run ended without a figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A file, a socket or a process.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The WebSocket, or the upgrade to it.
    #[error("the WebSocket failed: {0}")]
    WebSocket(Box<tungstenite::Error>),
    /// A certificate or the configuration of TLS.
    #[error("TLS: {0}")]
    Tls(String),
    /// The relay's frame is not a valid message.
    #[error("what the relay sent is not valid: {0}")]
    Wire(#[from] WireError),
    /// The relay refused a request; with [`Code::Rate`] the load is above a quota.
    #[error("the relay refused a request: {}", .0.code)]
    Refused(Refusal),
    /// The relay ended the link.
    #[error("the relay ended the link: {0}")]
    Goodbye(Code),
    /// The relay answered what was not asked.
    #[error("the relay's answer has no place at that moment: {0}")]
    OutOfTurn(&'static str),
    /// `nats-server` said so, or what it said cannot be read.
    #[error("nats-server: {0}")]
    Nats(String),
    /// `mosquitto` said so, or what it said cannot be read.
    #[error("mosquitto: {0}")]
    Mqtt(String),
    /// `ejabberd` said so, or what it said cannot be read.
    #[error("ejabberd: {0}")]
    Xmpp(String),
    /// The connection was closed by the server.
    #[error("the server closed the connection")]
    Closed,
    /// Something did not come about in the time that it has.
    #[error("{0} did not come about in time")]
    Late(&'static str),
    /// What the run needs is not there.
    #[error("{0}")]
    Setup(String),
}

impl From<tungstenite::Error> for Fault {
    fn from(error: tungstenite::Error) -> Self {
        Self::WebSocket(Box::new(error))
    }
}
