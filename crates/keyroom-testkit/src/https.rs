//! A pinned TLS connection to a relay and single requests over it, as small as they can be, for tests that say strange
//! things or look at pages.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use keyroom_types::{Digest, KeyPin};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    StreamOwned, version,
};

use socket2::{Domain, Socket, Type};

use crate::relay::Way;

/// A connection that TLS protects.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// An answer to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All that stands before the body.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Connects without TLS, to say something else.
///
/// # Errors
/// What the system says.
pub fn tcp(way: &Way) -> io::Result<TcpStream> {
    tcp_from(way, None)
}

/// As [`tcp`], from one of the loopback's addresses: to the relay that is another stranger.
///
/// # Errors
/// As for [`tcp`].
pub fn tcp_from(way: &Way, source: Option<Ipv4Addr>) -> io::Result<TcpStream> {
    let ip = way.address.ip().ok_or(io::ErrorKind::InvalidInput)?;
    let socket = Socket::new(Domain::for_address(SocketAddr::new(ip, 0)), Type::STREAM, None)?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect_timeout(&SocketAddr::new(ip, way.address.port()).into(), PATIENCE)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Connects to the relay, and makes sure that it is the right one.
///
/// # Errors
/// It is not, or what the system says.
pub fn tls(way: &Way) -> io::Result<Stream> {
    tls_from(way, None)
}

/// As [`tls`], from one of the loopback's addresses.
///
/// # Errors
/// As for [`tls`].
pub fn tls_from(way: &Way, source: Option<Ipv4Addr>) -> io::Result<Stream> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(way.pin)))
        .with_no_client_auth();
    config.enable_sni = false;
    let name = ServerName::try_from("relay.invalid").map_err(io::Error::other)?;
    let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(client, tcp_from(way, source)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Reads a page.
pub fn get(way: &Way, path: &str) -> Answer {
    request(way, format!("GET {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap_or_else(|error| panic!("{path} is answered: {error}"))
}

/// Writes these bytes and reads the answer until the relay ends the connection.
///
/// # Errors
/// The connection ended before an answer.
pub fn request(way: &Way, bytes: &[u8]) -> io::Result<Answer> {
    let mut stream = tls(way)?;
    stream.write_all(bytes)?;
    stream.flush()?;
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        // A relay that had enough does not always say goodbye.
        Err(error) if text.is_empty() => return Err(error),
        _ => {}
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Opens a WebSocket for a link, and leaves it to others to speak on it.
///
/// # Errors
/// The relay opens none.
pub fn websocket(way: &Way) -> io::Result<Stream> {
    websocket_from(way, None)
}

/// As [`websocket`], from one of the loopback's addresses.
///
/// # Errors
/// As for [`websocket`].
pub fn websocket_from(way: &Way, source: Option<Ipv4Addr>) -> io::Result<Stream> {
    let mut stream = tls_from(way, source)?;
    stream.write_all(
        b"GET /v1/link HTTP/1.1\r\nhost: relay\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )?;
    stream.flush()?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    if start == *b"HTTP/1.1 101" { Ok(stream) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
}

/// Asks on an open WebSocket whether the relay is there, and reads until it says so.
///
/// # Errors
/// The connection ended.
pub fn ping(stream: &mut Stream) -> io::Result<()> {
    // RFC 6455, 5.5.2, with the mask of zeros.
    stream.write_all(&[0x89, 0x84, 0, 0, 0, 0, b'p', b'i', b'n', b'g'])?;
    stream.flush()?;
    let mut read = Vec::new();
    while !read.ends_with(&[0x8A, 4, b'p', b'i', b'n', b'g']) {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        read.push(byte[0]);
    }
    Ok(())
}

/// Takes a certificate by its key alone.
#[derive(Debug)]
struct Pinned(KeyPin);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        if Digest::of(&key).as_bytes() == self.0.as_bytes() {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &default_provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
