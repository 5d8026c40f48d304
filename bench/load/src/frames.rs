//! Frames of the link over a connection: TLS by pin, then a WebSocket (RFC 6455).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::Fault;

/// A connection that carries frames of the link.
pub trait Frames: Send {
    /// Takes a frame to send; it may wait until [`Frames::flush`].
    fn feed(&mut self, frame: Bytes) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Sends what was taken.
    fn flush(&mut self) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The next frame from the relay. Nothing is lost when the wait is given up.
    fn next(&mut self) -> impl Future<Output = Result<Bytes, Fault>> + Send;
}

/// Frames over TLS and a WebSocket.
pub struct WebSocket {
    stream: WebSocketStream<TlsStream<TcpStream>>,
}

impl WebSocket {
    /// Dials the relay from the loopback address `source` and upgrades at `/v1/link`.
    ///
    /// # Errors
    /// The connection, TLS or the upgrade failed.
    pub async fn dial(at: SocketAddr, source: Ipv4Addr, tls: Arc<ClientConfig>) -> Result<Self, Fault> {
        let stream = secure(dial(at, source).await?, at, tls).await?;
        let config = WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(16 << 10);
        let url = format!("wss://{at}/v1/link");
        let (stream, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
        Ok(Self { stream })
    }
}

impl Frames for WebSocket {
    async fn feed(&mut self, frame: Bytes) -> Result<(), Fault> {
        Ok(self.stream.feed(Message::Binary(frame)).await?)
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        Ok(self.stream.flush().await?)
    }

    async fn next(&mut self) -> Result<Bytes, Fault> {
        loop {
            match self.stream.next().await.ok_or(Fault::Closed)?? {
                Message::Binary(frame) => return Ok(frame),
                Message::Close(_) => return Err(Fault::Closed),
                // Pings are answered inside.
                _ => {}
            }
        }
    }
}

/// A TCP connection from one of the loopback addresses.
///
/// # Errors
/// Nobody listens there, or there is no port left at `source`.
pub async fn dial(at: SocketAddr, source: Ipv4Addr) -> Result<TcpStream, Fault> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((source, 0)))?;
    let stream = socket.connect(at).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub(crate) async fn secure(
    stream: TcpStream,
    at: SocketAddr,
    tls: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, Fault> {
    let name = ServerName::IpAddress(at.ip().into());
    Ok(TlsConnector::from(tls).connect(name, stream).await?)
}
