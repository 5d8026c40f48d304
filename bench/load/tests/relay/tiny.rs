//! A relay of a few lines: a task for each connection between its WebSocket and the hub.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt as _, StreamExt as _};
use keyroom_link::LogSecret;
use keyroom_link::relay::{Terms, UploadBudget};
use keyroom_relay::hub::{Hub, HubConfig};
use keyroom_relay::{Now, Quotas};
use keyroom_store::MemoryStore;
use keyroom_types::{Digest, KeyPin, Timestamp};
use rcgen::PublicKeyData as _;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep_until;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;

/// A relay on loopback, until it is dropped.
pub(crate) struct Tiny {
    pub(crate) address: SocketAddr,
    pub(crate) pin: KeyPin,
    accepting: JoinHandle<()>,
}

impl Tiny {
    pub(crate) async fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let spki = own.signing_key.subject_public_key_info();
        let pin = KeyPin::from_bytes(*Digest::of(&spki).as_bytes());
        let hub = hub(pin);
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.into()], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                tokio::spawn(serve(hub.clone(), tls.clone(), stream, peer));
            }
        });
        Self { address, pin, accepting }
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn hub(pin: KeyPin) -> Hub {
    let log_secret = LogSecret::from_bytes(&[7; 32]);
    let quotas = Quotas { appends_per_pass: 1 << 20, ..Quotas::default() };
    let terms = Terms {
        log_key: log_secret.public(),
        pins: vec![pin],
        names: Vec::new(),
        login_within: Duration::from_secs(10),
        silence: Duration::from_secs(90),
        uploads: UploadBudget::new(quotas.uploading_bytes),
    };
    Hub::new(HubConfig {
        store: Arc::new(MemoryStore::new().unwrap()),
        writer: None,
        terms,
        log_secret,
        quotas,
        random: Box::new(|| [3; 32]),
        tickets: None,
        retention: None,
    })
    .unwrap()
}

/// Wakes the task of one connection.
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

async fn serve(hub: Hub, tls: TlsAcceptor, stream: TcpStream, peer: SocketAddr) {
    // A client with another pin goes in the middle of the handshake.
    let Ok(stream) = tls.accept(stream).await else { return };
    let mut stream = tokio_tungstenite::accept_async(stream).await.unwrap();
    let bell = Arc::new(Bell(Notify::new()));
    let mut link = hub.open(now(), peer.ip(), Waker::from(Arc::clone(&bell))).unwrap();
    loop {
        let mut frames = Vec::new();
        link.transmit(now(), 64 << 10, &mut frames);
        let wrote = !frames.is_empty();
        for frame in frames {
            if stream.feed(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        if stream.flush().await.is_err() || link.is_over() {
            return;
        }
        if wrote {
            continue;
        }
        let due = link.timeout().unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
        tokio::select! {
            () = bell.0.notified() => {}
            () = sleep_until(due.into()) => link.handle_timeout(now()),
            message = stream.next() => match message {
                Some(Ok(Message::Binary(frame))) => link.receive(now(), frame),
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

fn now() -> Now {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Now { mono: Instant::now(), wall: Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap()) }
}
