//! Making a connection: TCP, TLS, WebSocket.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use keyroom_types::limits::FRAME_BYTES;
use keyroom_types::{Address, KeyPin};
use keyroom_wire::Binding;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, version};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::transport::{Security, Stream, Transport};
use super::trust::Judge;
use super::{ConnectError, Trust};

/// Connects to the relay at `address`, which must be what `trust` says.
///
/// # Errors
/// See [`ConnectError`]. Where the relay is not the right one, not a byte of ours was sent over the connection that TLS
/// protects.
pub async fn connect(address: &Address, trust: &Trust) -> Result<Transport, ConnectError> {
    let made = timeout(PATIENCE, async {
        let (stream, security) = secured(address, trust).await?;
        let binding = trust.binding(security.key);
        websocket(Box::new(stream), &address.to_string(), Some(security), binding).await
    });
    made.await.unwrap_or(Err(ConnectError::TimedOut))
}

/// A connection over a stream within this process, to a relay whose key is `pin`.
///
/// # Errors
/// What is at the other end is not a relay, or it takes no links now.
pub async fn over(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    pin: KeyPin,
) -> Result<Transport, ConnectError> {
    let made = websocket(Box::new(stream), "localhost", None, Binding::SeenKey(pin));
    timeout(PATIENCE, made).await.unwrap_or(Err(ConnectError::TimedOut))
}

async fn secured(address: &Address, trust: &Trust) -> Result<(TlsStream<TcpStream>, Security), ConnectError> {
    let provider = provider(trust);
    let roots = match trust {
        Trust::Pin(_) => Arc::new(RootCertStore::empty()),
        Trust::Name(_) => authorities(),
    };
    let judge = Judge::new(trust, &provider, &roots).map(Arc::new).ok_or(ConnectError::NoAuthorities)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .map_err(ConnectError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(judge.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A pinned relay is known by its key: its name is nobody's business.
    config.enable_sni = matches!(trust, Trust::Name(_));
    // A resumed session would show no certificate.
    config.resumption = rustls::client::Resumption::disabled();
    let name = match trust {
        Trust::Pin(_) => "relay.invalid".to_owned(),
        Trust::Name(name) => name.clone(),
    };
    let name = ServerName::try_from(name).map_err(|_| ConnectError::NotARelay)?;
    let host = address.host();
    let stream = TcpStream::connect((host, address.port())).await.map_err(ConnectError::Unreachable)?;
    stream.set_nodelay(true).map_err(ConnectError::Unreachable)?;
    let tls = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| {
        let pin = match trust {
            Trust::Pin(pin) => judge.seen().map(|seen| (*pin, seen)),
            Trust::Name(_) => None,
        };
        ConnectError::of_handshake(error, pin)
    })?;
    let security = security(&tls, &judge).ok_or(ConnectError::NotARelay)?;
    Ok((tls, security))
}

fn security(tls: &TlsStream<TcpStream>, judge: &Judge) -> Option<Security> {
    let (_, session) = tls.get_ref();
    Some(Security {
        version: format!("{:?}", session.protocol_version()?),
        group: format!("{:?}", session.negotiated_key_exchange_group()?.name()),
        suite: format!("{:?}", session.negotiated_cipher_suite()?.suite()),
        key: judge.seen()?,
    })
}

async fn websocket(
    stream: Box<dyn Stream>,
    host: &str,
    security: Option<Security>,
    binding: Binding,
) -> Result<Transport, ConnectError> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES))
        .max_frame_size(Some(FRAME_BYTES))
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(BUFFER_BYTES + 2 * FRAME_BYTES);
    let request = format!("wss://{host}/v1/link");
    let upgraded = client_async_with_config(request, stream, Some(config)).await;
    let (socket, _) = upgraded.map_err(|_| ConnectError::NotARelay)?;
    Ok(Transport::new(socket, security, binding))
}

/// With a pin both ends are ours, and ours speak X25519MLKEM768: anything less is somebody's doing.
fn provider(trust: &Trust) -> Arc<CryptoProvider> {
    let provider = default_provider();
    Arc::new(match trust {
        Trust::Pin(_) => CryptoProvider { kx_groups: vec![kx_group::X25519MLKEM768], ..provider },
        Trust::Name(_) => provider,
    })
}

/// The certificate authorities of this system, read once.
fn authorities() -> Arc<RootCertStore> {
    static AUTHORITIES: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let read = || {
        let mut roots = RootCertStore::empty();
        // A certificate that cannot be read is one authority less.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    };
    Arc::clone(AUTHORITIES.get_or_init(read))
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// How long connecting may take in all.
const PATIENCE: Duration = Duration::from_secs(20);
const BUFFER_BYTES: usize = 8 << 10;
