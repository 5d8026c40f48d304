//! A link that is open: whole binary messages both ways (RFC 6455).

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use keyroom_types::{KeyPin, limits};
use rustls::{ClientConnection, NamedGroup, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::tap::OuterLog;
use super::{ConnectError, LinkError};
use crate::inspect::Outer;

/// An open link.
pub struct Transport {
    socket: Socket,
    negotiated: Option<Negotiated>,
    outer: Option<OuterLog>,
}

type Socket = WebSocketStream<Box<dyn Stream>>;

/// Whatever carries bytes both ways.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin> Stream for IO {}

/// What TLS agreed on, for the inspector and for login.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Negotiated {
    /// SHA-256 of the SubjectPublicKeyInfo that the relay showed. Login signs it.
    pub spki: KeyPin,
    /// The group of the key exchange, such as `X25519MLKEM768`.
    pub group: String,
    /// Whether that group withstands a quantum computer.
    pub is_post_quantum: bool,
    /// The cipher suite, such as `TLS13_AES_256_GCM_SHA384`.
    pub suite: String,
    /// The version; `TLSv1.3`.
    pub version: String,
}

impl Negotiated {
    pub(super) fn read(tls: &ClientConnection, spki: Option<KeyPin>) -> Option<Self> {
        let group = tls.negotiated_key_exchange_group()?.name();
        let version = tls.protocol_version()?;
        debug_assert_eq!(version, ProtocolVersion::TLSv1_3, "nothing else is offered");
        Some(Self {
            spki: spki?,
            group: format!("{group:?}"),
            is_post_quantum: matches!(group, NamedGroup::X25519MLKEM768 | NamedGroup::MLKEM768),
            suite: format!("{:?}", tls.negotiated_cipher_suite()?.suite()),
            version: words(version),
        })
    }
}

/// A version as tools of the field write it, in one word.
fn words(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

impl Transport {
    /// Opens a link over a stream that is no socket of ours: the one to a relay in the same process. There is no TLS.
    ///
    /// # Errors
    /// The other end is no relay, or takes nobody.
    pub async fn over<IO>(stream: IO) -> Result<Self, ConnectError>
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::open(stream, "keyroom.invalid".to_owned(), None).await
    }

    pub(super) async fn open<IO>(
        stream: IO,
        authority: String,
        negotiated: Option<Negotiated>,
    ) -> Result<Self, ConnectError>
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let stream: Box<dyn Stream> = Box::new(stream);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(WRITE_BYTES)
            .max_frame_size(Some(limits::FRAME_BYTES))
            .max_message_size(Some(limits::FRAME_BYTES));
        let url = format!("wss://{authority}/v1/link");
        let opened = timeout(UPGRADE, client_async_with_config(url, stream, Some(config))).await;
        match opened.map_err(|_| ConnectError::TimedOut)? {
            Ok((socket, _)) => Ok(Self { socket, negotiated, outer: None }),
            Err(Error::Http(answer)) => Err(match answer.status().as_u16() {
                429 | 503 => ConnectError::Unavailable,
                status => ConnectError::NotARelay { status: Some(status) },
            }),
            Err(Error::Io(_) | Error::ConnectionClosed) => Err(ConnectError::Broken),
            Err(_) => Err(ConnectError::NotARelay { status: None }),
        }
    }

    /// Notes where what was around each message is found.
    pub(super) fn with_outer(self, log: OuterLog) -> Self {
        Self { outer: Some(log), ..self }
    }

    /// What TLS agreed on; `None` where there is none.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    /// Sends one message. When it returns, the message is with the system. Not to be given up half way.
    ///
    /// # Errors
    /// The link is over.
    pub async fn send(&mut self, message: Bytes) -> Result<(), LinkError> {
        self.socket.send(Message::Binary(message)).await.map_err(lost)
    }

    /// Waits for the next message. May be given up at any time without losing one.
    ///
    /// # Errors
    /// The link is over.
    pub async fn next(&mut self) -> Result<Bytes, LinkError> {
        next(&mut self.socket).await
    }

    /// Both ways apart, so that one can be waited for while the other is at work.
    pub fn split(self) -> (Outgoing, Incoming) {
        let (outgoing, incoming) = self.socket.split();
        (Outgoing(outgoing), Incoming { stream: incoming, outer: self.outer })
    }

    /// Ends the link well: says goodbye and waits a moment for the answer.
    pub async fn close(mut self) {
        let farewell = async {
            // A link that is over already needs none.
            if self.socket.close(None).await.is_ok() {
                while next(&mut self.socket).await.is_ok() {}
            }
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

/// The sending half of a link.
pub struct Outgoing(SplitSink<Socket, Message>);

impl Outgoing {
    /// Sends these messages, in their order. When it returns, they are with the system. Not to be given up half way.
    ///
    /// # Errors
    /// The link is over.
    pub async fn send(&mut self, messages: impl IntoIterator<Item = Bytes> + Send) -> Result<(), LinkError> {
        for message in messages {
            self.0.feed(Message::Binary(message)).await.map_err(lost)?;
        }
        self.0.flush().await.map_err(lost)
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        // A link that is over already needs none.
        let _ = timeout(FAREWELL, self.0.close()).await;
    }
}

/// The receiving half of a link.
pub struct Incoming {
    stream: SplitStream<Socket>,
    outer: Option<OuterLog>,
}

impl Incoming {
    /// Waits for the next message. May be given up at any time without losing one.
    ///
    /// # Errors
    /// The link is over.
    pub async fn next(&mut self) -> Result<Bytes, LinkError> {
        next(&mut self.stream).await
    }

    /// The same, and what was around the message where that is listened for and proven.
    pub(super) async fn next_with_outer(&mut self) -> Result<(Bytes, Option<Outer>), LinkError> {
        let message = self.next().await?;
        let outer = self.outer.as_ref().and_then(|outer| outer.take(&message));
        Ok((message, outer))
    }
}

async fn next(
    stream: &mut (impl futures_util::Stream<Item = Result<Message, Error>> + Unpin),
) -> Result<Bytes, LinkError> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Binary(message))) => return Ok(message),
            // Answered by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(LinkError::RelayFault),
            Some(Ok(Message::Close(said))) => {
                let (code, reason) = said.map_or((None, String::new()), |said| {
                    (Some(said.code.into()), said.reason.as_str().to_owned())
                });
                return Err(LinkError::Closed { code, reason });
            }
            Some(Err(error)) => return Err(lost(error)),
            None => return Err(LinkError::Broken),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn lost(error: Error) -> LinkError {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) | Error::Utf8(_) => LinkError::RelayFault,
        Error::Protocol(fault) if !is_end(&fault) => LinkError::RelayFault,
        _ => LinkError::Broken,
    }
}

/// Whether a "fault" is a stream that ended without a goodbye.
fn is_end(fault: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(fault, ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing)
}

/// How long the upgrade may take.
const UPGRADE: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(2);
const READ_BYTES: usize = 16 << 10;
const WRITE_BYTES: usize = 16 << 10;
