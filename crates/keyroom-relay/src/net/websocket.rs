//! WebSocket framing (RFC 6455) of the server's end: no I/O. The header's codec is tungstenite's.

mod reader;
mod writer;

pub(crate) use reader::{Event, Reader};
pub(crate) use writer::Writer;

/// How the other side broke the protocol, and what it is told (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("protocol_error")]
    Protocol,
    #[error("only_binary")]
    Text,
    #[error("message_too_big")]
    TooBig,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Protocol, Self::Text, Self::TooBig];

    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Text => 1003,
            Self::TooBig => 1009,
        }
    }
}
