//! A relay with a service that tests can look into, and a client that can misbehave.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;
use keyroom_relay::{Config, Ground, Link, Metrics, Now, Quotas, Refused, Running, Service, Tickets, serve};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;

/// Echoes; gives out as much as is asked for after `flood`; pushes a word to every link when told to.
#[derive(Default)]
pub(crate) struct Scripted {
    pub(crate) open: Arc<AtomicU32>,
    /// Bytes that `transmit` gave out.
    pub(crate) given: Arc<AtomicUsize>,
    pub(crate) wakers: Mutex<Vec<Waker>>,
    pub(crate) draining: Arc<AtomicBool>,
    /// For whichever link is asked first.
    pub(crate) news: Arc<Mutex<Vec<Bytes>>>,
    /// Refuse every link.
    pub(crate) full: AtomicBool,
}

pub(crate) struct ScriptedLink {
    waiting: Vec<Bytes>,
    flooding: bool,
    open: Arc<AtomicU32>,
    given: Arc<AtomicUsize>,
    news: Arc<Mutex<Vec<Bytes>>>,
    draining: Arc<AtomicBool>,
    deadline: Option<Instant>,
    over: bool,
}

impl Service for Scripted {
    type Link = ScriptedLink;

    fn open(&self, now: Now, _peer: IpAddr, wake: Waker) -> Result<ScriptedLink, Refused> {
        if self.full.load(Ordering::Relaxed) {
            return Err(Refused::TooMany);
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        self.wakers.lock().unwrap().push(wake);
        Ok(ScriptedLink {
            waiting: Vec::new(),
            flooding: false,
            open: self.open.clone(),
            given: self.given.clone(),
            news: self.news.clone(),
            draining: self.draining.clone(),
            deadline: Some(now.mono + std::time::Duration::from_secs(3600)),
            over: false,
        })
    }

    fn drain(&self, _now: Now) {
        self.draining.store(true, Ordering::Relaxed);
        self.wakers.lock().unwrap().drain(..).for_each(Waker::wake);
    }
}

impl Link for ScriptedLink {
    fn frame_limit(&self) -> usize {
        FRAME_LIMIT
    }

    fn receive(&mut self, now: Now, frame: Bytes) {
        match &frame[..] {
            b"flood" => self.flooding = true,
            b"soon" => self.deadline = Some(now.mono + std::time::Duration::from_millis(50)),
            _ => self.waiting.push(frame),
        }
    }

    fn transmit(&mut self, _now: Now, budget: usize, out: &mut Vec<Bytes>) {
        if self.draining.load(Ordering::Relaxed) && !self.over {
            self.over = true;
            self.waiting.push(Bytes::from_static(b"goodbye"));
        }
        self.waiting.append(&mut self.news.lock().unwrap());
        if self.flooding {
            self.waiting.extend((0..budget / 1000).map(|_| Bytes::from_static(&[7; 1000])));
        }
        self.given.fetch_add(self.waiting.iter().map(Bytes::len).sum(), Ordering::Relaxed);
        out.append(&mut self.waiting);
    }

    fn timeout(&self) -> Option<Instant> {
        self.deadline
    }

    fn handle_timeout(&mut self, _now: Now) {
        self.deadline = None;
        self.waiting.push(Bytes::from_static(b"time"));
    }

    fn is_over(&self) -> bool {
        self.over
    }
}

impl Drop for ScriptedLink {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) const FRAME_LIMIT: usize = 4096;

/// A relay on loopback.
pub(crate) struct Relay {
    pub(crate) running: Option<Running<Scripted>>,
    pub(crate) service: Arc<Scripted>,
    pub(crate) tickets: Option<Arc<Tickets>>,
    pub(crate) metrics: Metrics,
    pub(crate) at: SocketAddr,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) data: Option<PathBuf>,
}

impl Relay {
    pub(crate) async fn in_memory() -> Self {
        Self::start(Config { memory: true, ..Config::default() }).await
    }

    pub(crate) async fn with(quotas: Quotas) -> Self {
        Self::start(Config { memory: true, quotas, ..Config::default() }).await
    }

    pub(crate) async fn on_disk(name: &str, quotas: Quotas) -> Self {
        let dir = std::env::temp_dir().join(format!("keyroom-relay-net-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        Self::start(Config { data: Some(dir), quotas, ..Config::default() }).await
    }

    pub(crate) async fn start(mut config: Config) -> Self {
        config.listen = vec!["127.0.0.1:0".parse().unwrap()];
        let ground = Ground::open(&config).unwrap();
        let (tickets, metrics) = (ground.tickets(), ground.metrics().clone());
        let (service, ready) = (Arc::new(Scripted::default()), Arc::new(AtomicBool::new(true)));
        let is_ready = ready.clone();
        let running =
            serve(&config, ground, service.clone(), move || is_ready.load(Ordering::Relaxed)).await.unwrap();
        let at = running.addresses()[0];
        Self { running: Some(running), service, tickets, metrics, at, ready, data: config.data }
    }

    pub(crate) async fn tls(&self) -> TlsStream<TcpStream> {
        tls(self.at).await
    }

    pub(crate) async fn link(&self) -> WebSocketStream<TlsStream<TcpStream>> {
        let (link, _) =
            tokio_tungstenite::client_async("wss://relay/v1/link", self.tls().await).await.unwrap();
        link
    }

    /// A link of which only the opening handshake is done for the test.
    pub(crate) async fn raw_link(&self) -> TlsStream<TcpStream> {
        let mut stream = self.tls().await;
        stream.write_all(UPGRADE).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
        stream
    }

    /// One request on a connection of its own.
    pub(crate) async fn request(&self, head: &str, body: &[u8]) -> Answer {
        let mut stream = self.tls().await;
        let head =
            format!("{head}\r\nHost: relay\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        // A relay that refuses answers before it has read the body.
        let _ = stream.write_all(body).await;
        Answer::read(&mut stream).await
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(data) = &self.data {
            let _ = std::fs::remove_dir_all(data);
        }
    }
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(stream: &mut TlsStream<TcpStream>) -> Self {
        let mut all = Vec::new();
        // A relay that refuses may close before all was sent to it.
        let _ = stream.read_to_end(&mut all).await;
        let end = all
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {all:?}"));
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: all[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    pub(crate) fn offset(&self) -> Option<u64> {
        self.header("keyroom-offset").map(|offset| offset.parse().unwrap())
    }

    /// The name of the refusal.
    pub(crate) fn error(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert!(body["message"].is_string());
        body["error"].as_str().unwrap().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(crate) const UPGRADE: &[u8] = b"GET /v1/link HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A masked frame, with the mask of zeros.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut bytes = vec![first, 0x80 | 126];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

pub(crate) async fn tls(at: SocketAddr) -> TlsStream<TcpStream> {
    try_tls(at).await.unwrap()
}

pub(crate) async fn try_tls(at: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    let socket = TcpStream::connect(at).await?;
    let name = ServerName::try_from("relay").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

/// Takes every certificate: what clients check is tested with the client.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
