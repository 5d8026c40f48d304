//! A relay that echoes, servers that are none, and what a client sent them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;
use keyroom_client::relay_link::{ConnectError, Transport, Trust, connect};
use keyroom_relay::{Config, Ground, Link, Now, Refused, Running, Service, serve};
use keyroom_types::{Address, Digest, KeyPin};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData as _, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Gives back every message; closes at `bye`.
pub(crate) struct Echo;

pub(crate) struct EchoLink {
    waiting: Vec<Bytes>,
    over: bool,
}

impl Service for Echo {
    type Link = EchoLink;

    fn open(&self, _now: Now, _peer: IpAddr, _wake: Waker) -> Result<EchoLink, Refused> {
        Ok(EchoLink { waiting: Vec::new(), over: false })
    }

    fn drain(&self, _now: Now) {}
}

impl Link for EchoLink {
    fn frame_limit(&self) -> usize {
        1 << 20
    }

    fn receive(&mut self, _now: Now, frame: Bytes) {
        self.over |= frame == "bye";
        self.waiting.push(frame);
    }

    fn transmit(&mut self, _now: Now, _budget: usize, out: &mut Vec<Bytes>) {
        out.append(&mut self.waiting);
    }

    fn timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _now: Now) {}

    fn is_over(&self) -> bool {
        self.over && self.waiting.is_empty()
    }
}

/// A real relay on loopback, in memory.
pub(crate) async fn relay() -> Running<Echo> {
    let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], memory: true, ..Config::default() };
    let ground = Ground::open(&config).unwrap();
    serve(&config, ground, Arc::new(Echo), || true).await.unwrap()
}

/// A certificate for `localhost`, and the pin of its key.
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
    pub(crate) pin: KeyPin,
}

pub(crate) fn certificate() -> Certificate {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let pin = KeyPin::from_bytes(*Digest::of(&key.subject_public_key_info()).as_bytes());
    Certificate { der: made.der().clone(), pem: made.pem(), key, pin }
}

/// A certificate for these names by an authority of ours, which is returned in PEM form with it. It ends with that year.
pub(crate) fn issued(names: &[&str], last_year: i32) -> (String, Certificate) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = names.iter().copied().map(str::to_owned).collect::<Vec<_>>();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_after = date_time_ymd(last_year, 12, 31);
    let made = params.signed_by(&key, &authority).unwrap();
    let pin = KeyPin::from_bytes(*Digest::of(&key.subject_public_key_info()).as_bytes());
    (authority.pem(), Certificate { der: made.der().clone(), pem: made.pem(), key, pin })
}

/// How a server presents itself.
pub(crate) struct Server {
    pub(crate) shows: CertificateDer<'static>,
    pub(crate) signs_with: KeyPair,
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) provider: CryptoProvider,
}

impl Server {
    pub(crate) fn with(certificate: Certificate) -> Self {
        Self {
            shows: certificate.der,
            signs_with: certificate.key,
            versions: rustls::ALL_VERSIONS,
            provider: default_provider(),
        }
    }

    /// What takes its connections.
    pub(crate) fn acceptor(self) -> TlsAcceptor {
        let signer = default_provider()
            .key_provider
            .load_private_key(PrivateKeyDer::try_from(self.signs_with.serialize_der()).unwrap())
            .unwrap();
        let certified = CertifiedKey::new(vec![self.shows], signer);
        let config = ServerConfig::builder_with_provider(Arc::new(self.provider))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        TlsAcceptor::from(Arc::new(config))
    }

    /// Serves one connection. The task ends with how many bytes of application data came.
    pub(crate) async fn start(self) -> (SocketAddr, JoinHandle<usize>) {
        let acceptor = self.acceptor();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            if let Ok(mut stream) = acceptor.accept(socket).await {
                // A client that refuses resets: what came before is what counts. One that does not has sent its request.
                while !bytes.ends_with(b"\r\n\r\n")
                    && stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0)
                {}
            }
            bytes.len()
        });
        (at, task)
    }
}

/// The provider with the groups of before.
pub(crate) fn classical() -> CryptoProvider {
    CryptoProvider { kx_groups: vec![kx_group::X25519, kx_group::SECP256R1], ..default_provider() }
}

/// Connects, and says why not.
pub(crate) async fn refusal(at: SocketAddr, trust: &Trust) -> ConnectError {
    match connect(&Address::from(at), trust).await {
        Ok(_) => panic!("the client accepted it"),
        Err(error) => error,
    }
}

pub(crate) async fn reach(relay: &Running<Echo>) -> Transport {
    connect(&Address::from(relay.addresses()[0]), &Trust::Pin(relay.pin())).await.unwrap()
}

/// A directory of one test's own.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(test: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("keyroom-link-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
