//! Opens connections, says a word on each, and holds them.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use futures_util::{SinkExt as _, StreamExt as _};

pub(crate) fn hold(address: &str, count: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let connector = TlsConnector::from(Arc::new(trusting()));
        let at_once = Arc::new(Semaphore::new(32));
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..count {
            let (address, connector, at_once) = (address.to_owned(), connector.clone(), at_once.clone());
            opening.spawn(async move {
                let _turn = at_once.acquire().await.unwrap();
                let socket = TcpStream::connect(&address).await.unwrap();
                let name = ServerName::try_from("localhost").unwrap();
                let tls = Box::pin(connector.connect(name, socket)).await.unwrap();
                let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
                let url = "wss://localhost/v1/link";
                let opened = tokio_tungstenite::client_async_with_config(url, tls, Some(config));
                let (mut link, _) = Box::pin(opened).await.unwrap();
                link.send(Message::binary(vec![7; 200])).await.unwrap();
                assert_eq!(link.next().await.unwrap().unwrap().into_data().len(), 200);
                link
            });
        }
        let links = opening.join_all().await;
        super::say("connected");
        std::future::pending::<()>().await;
        drop(links);
    });
}

/// Takes every certificate: what is measured is the other end.
fn trusting() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth()
}

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
        Err(Error::General("TLS 1.3 only".into()))
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
