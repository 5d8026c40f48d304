//! A pinned TLS connection to a relay and single requests over it, as small as they can be, for tests that say strange
//! things or look at pages.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
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
    let ip = way.address.ip().ok_or(io::ErrorKind::InvalidInput)?;
    let stream = TcpStream::connect_timeout(&SocketAddr::new(ip, way.address.port()), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Connects to the relay, and makes sure that it is the right one.
///
/// # Errors
/// It is not, or what the system says.
pub fn tls(way: &Way) -> io::Result<Stream> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(way.pin)))
        .with_no_client_auth();
    config.enable_sni = false;
    let name = ServerName::try_from("relay.invalid").map_err(io::Error::other)?;
    let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(client, tcp(way)?);
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
    let mut stream = tls(way)?;
    stream.write_all(
        b"GET /v1/link HTTP/1.1\r\nhost: relay\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )?;
    stream.flush()?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    if start == *b"HTTP/1.1 101" { Ok(stream) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
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
