//! The servers that are measured. Each echoes.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use keyroom_relay::{Config, Ground, Link, Now, Quotas, Refused, Running, Service};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

pub(crate) fn serve(layer: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if layer == "own-unbuffered" {
            let running = relay().await;
            super::say(&running.addresses()[0].to_string());
            std::future::pending::<()>().await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        super::say(&listener.local_addr().unwrap().to_string());
        let acceptor = TlsAcceptor::from(Arc::new(config()));
        match layer {
            "axum" => axum(listener, acceptor).await,
            "tungstenite" => tungstenite(listener, acceptor).await,
            "own-buffered" => own_buffered(listener, acceptor).await,
            other => panic!("no such layer: {other}"),
        }
    });
}

/// axum's own WebSocket, over hyper's upgrade and tokio-rustls.
async fn axum(listener: TcpListener, acceptor: TlsAcceptor) {
    use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
    async fn echo(mut socket: WebSocket) {
        while let Some(Ok(message)) = socket.recv().await {
            if let Message::Binary(bytes) = message {
                socket.send(Message::Binary(bytes)).await.unwrap();
            }
        }
    }
    let route = axum::routing::any(|upgrade: WebSocketUpgrade| async {
        upgrade.read_buffer_size(4096).write_buffer_size(0).on_upgrade(echo)
    });
    let app = axum::Router::new().route("/v1/link", route);
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (acceptor, app) = (acceptor.clone(), app.clone());
        tokio::spawn(async move {
            let tls = Box::pin(acceptor.accept(socket)).await.unwrap();
            let service = hyper_util::service::TowerToHyperService::new(app);
            let mut http = hyper::server::conn::http1::Builder::new();
            let connection = http
                .max_buf_size(16 << 10)
                .serve_connection(hyper_util::rt::TokioIo::new(tls), service)
                .with_upgrades();
            let _ = connection.await;
        });
    }
}

/// tokio-tungstenite with a small buffer, over tokio-rustls, without an HTTP layer.
async fn tungstenite(listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let tls = Box::pin(acceptor.accept(socket)).await.unwrap();
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
            let accepted = Box::pin(tokio_tungstenite::accept_async_with_config(tls, Some(config)));
            let mut socket = accepted.await.unwrap();
            tokio::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_binary() {
                        socket.send(message).await.unwrap();
                    }
                }
            });
        });
    }
}

/// The relay's link loop, over tokio-rustls.
async fn own_buffered(listener: TcpListener, acceptor: TlsAcceptor) {
    let running = Arc::new(relay().await);
    loop {
        let (socket, peer): (TcpStream, _) = listener.accept().await.unwrap();
        let (acceptor, running) = (acceptor.clone(), running.clone());
        tokio::spawn(async move {
            let tls = Box::pin(acceptor.accept(socket)).await.unwrap();
            running.attach(tls, peer.ip()).unwrap();
        });
    }
}

/// The relay as it is shipped, around an echo.
async fn relay() -> Running<Echo> {
    let config = Config {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        memory: true,
        quotas: Quotas { links_per_address: 20_000, ..Quotas::default() },
        ..Config::default()
    };
    let ground = Ground::open(&config).unwrap();
    keyroom_relay::serve(&config, ground, Arc::new(Echo), || true).await.unwrap()
}

fn config() -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    config.send_tls13_tickets = 0;
    config
}

struct Echo;

struct EchoLink(Vec<Bytes>);

impl Service for Echo {
    type Link = EchoLink;

    fn open(&self, _now: Now, _peer: IpAddr, _wake: Waker) -> Result<EchoLink, Refused> {
        Ok(EchoLink(Vec::new()))
    }

    fn drain(&self, _now: Now) {}
}

impl Link for EchoLink {
    fn frame_limit(&self) -> usize {
        1 << 20
    }

    fn receive(&mut self, _now: Now, frame: Bytes) {
        self.0.push(frame);
    }

    fn transmit(&mut self, _now: Now, _budget: usize, out: &mut Vec<Bytes>) {
        out.append(&mut std::mem::take(&mut self.0));
    }

    fn timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _now: Now) {}

    fn is_over(&self) -> bool {
        false
    }
}
