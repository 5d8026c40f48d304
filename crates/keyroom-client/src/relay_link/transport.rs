//! A connection to a relay: whole frames in both directions, and how it is secured.

use std::fmt;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use keyroom_types::KeyPin;
use keyroom_wire::Binding;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A stream of bytes that a WebSocket can run over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Socket = WebSocketStream<Box<dyn Stream>>;

/// A connection on which the relay has not said anything yet.
pub struct Transport {
    /// Writes frames.
    pub sender: Sender,
    /// Reads frames.
    pub receiver: Receiver,
    /// How it is secured; `None` within one process.
    pub security: Option<Security>,
    /// What a login over it is bound to.
    pub binding: Binding,
}

/// How a connection is secured, for whoever wants to look.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Security {
    /// The version of TLS, as RFC 8446 writes it.
    pub version: String,
    /// The group of the key exchange.
    pub group: String,
    /// The cipher suite.
    pub suite: String,
    /// The relay's key.
    pub key: KeyPin,
}

impl Transport {
    pub(super) fn new(socket: Socket, security: Option<Security>, binding: Binding) -> Self {
        let (sink, stream) = socket.split();
        Self { sender: Sender(sink), receiver: Receiver(stream), security, binding }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transport({:?})", self.security)
    }
}

/// The writing half.
pub struct Sender(SplitSink<Socket, Message>);

impl Sender {
    /// Writes one frame, and waits until the system has it.
    ///
    /// # Errors
    /// The connection is over.
    pub async fn send(&mut self, frame: Bytes) -> Result<(), Over> {
        self.0.send(Message::Binary(frame)).await.map_err(|_| Over)
    }

    /// Takes a frame to be written with the next ones; waits while too much waits.
    ///
    /// # Errors
    /// The connection is over.
    pub async fn feed(&mut self, frame: Bytes) -> Result<(), Over> {
        self.0.feed(Message::Binary(frame)).await.map_err(|_| Over)
    }

    /// Writes what was fed.
    ///
    /// # Errors
    /// The connection is over.
    pub async fn flush(&mut self) -> Result<(), Over> {
        self.0.flush().await.map_err(|_| Over)
    }

    /// Closes it as the WebSocket protocol says.
    pub async fn close(&mut self) {
        // Who is gone already does not hear it.
        let _ = self.0.close().await;
    }
}

/// The reading half.
pub struct Receiver(SplitStream<Socket>);

impl Receiver {
    /// The next whole frame; `None` when the connection is over, however it ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.0.next().await? {
                Ok(Message::Binary(frame)) => return Some(frame),
                // Answered by the library.
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(_) | Err(Error::ConnectionClosed) => return None,
                Err(_) => return None,
            }
        }
    }
}

/// The connection is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the connection is over")]
pub struct Over;
