//! Reaching a relay.

use std::time::Duration;

use keyroom_types::Address;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{CertificateFault, of_handshake};
use super::tap::{OuterLog, RecordTap, Tapped};
use super::transport::{Negotiated, Transport};
use super::{ConnectError, Trust};
use crate::LostReason;
use crate::net::connection::set_options;
use crate::net::dial::dial;

/// Connects to the relay at this address and opens a link there. Nothing of ours is sent before the relay has proved
/// who it is.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(address: &Address, trust: &Trust) -> Result<Transport, ConnectError> {
    let socket = reach(address).await?;
    let (stream, negotiated) =
        timeout(HANDSHAKE, handshake(socket, address, trust)).await.map_err(|_| ConnectError::TimedOut)??;
    Transport::open(stream, authority(address), Some(negotiated)).await
}

/// The same, with an ear on the connection: what was around each message comes with it, for the inspector.
pub(crate) async fn connect_tapped(address: &Address, trust: &Trust) -> Result<Transport, ConnectError> {
    let socket = RecordTap::new(reach(address).await?);
    let (stream, negotiated) =
        timeout(HANDSHAKE, handshake(socket, address, trust)).await.map_err(|_| ConnectError::TimedOut)??;
    let log = OuterLog::default();
    let transport =
        Transport::open(Tapped::new(stream, log.clone()), authority(address), Some(negotiated)).await?;
    Ok(transport.with_outer(log))
}

async fn reach(address: &Address) -> Result<TcpStream, ConnectError> {
    let (socket, _) = dial(address.clone()).await.map_err(|reason| match reason {
        LostReason::TimedOut => ConnectError::TimedOut,
        reason => ConnectError::Unreachable(reason),
    })?;
    set_options(&socket);
    Ok(socket)
}

async fn handshake<IO: AsyncRead + AsyncWrite + Unpin>(
    socket: IO,
    address: &Address,
    trust: &Trust,
) -> Result<(TlsStream<IO>, Negotiated), ConnectError> {
    let (config, verifier) = trust.client()?;
    let stream = TlsConnector::from(config).connect(server_name(address, trust)?, socket).await;
    let stream = stream.map_err(|error| match verifier.mismatch() {
        Some((expected, seen)) => ConnectError::PinMismatch { expected, seen },
        None if verifier.saw_bad_signature() => ConnectError::BadSignature,
        None => of_handshake(&error, trust.is_pin()),
    })?;
    let (_, tls) = stream.get_ref();
    let negotiated = Negotiated::read(tls, verifier.seen()).ok_or(ConnectError::Broken)?;
    Ok((stream, negotiated))
}

/// What the certificate has to be for. With a pin nobody looks at it, and no name is told to the network.
fn server_name(address: &Address, trust: &Trust) -> Result<ServerName<'static>, ConnectError> {
    let nameless = || ServerName::from(std::net::IpAddr::from([0, 0, 0, 0]));
    match (trust, address.ip()) {
        (Trust::Pin(_) | Trust::FirstContact, ip) => Ok(ip.map_or_else(nameless, ServerName::from)),
        (Trust::Name(_), Some(ip)) => Ok(ServerName::from(ip)),
        (Trust::Name(_), None) => ServerName::try_from(address.host().to_owned())
            .map_err(|_| ConnectError::Certificate(CertificateFault::WrongName)),
    }
}

/// Host and port as HTTP has them: an IPv6 scope means nothing to the other side.
fn authority(address: &Address) -> String {
    let host = address.host().split('%').next().unwrap_or_default();
    if host.contains(':') {
        format!("[{host}]:{}", address.port())
    } else {
        format!("{host}:{}", address.port())
    }
}

/// How long TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
