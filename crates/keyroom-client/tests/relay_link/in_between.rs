//! A relay in between, and relays by name: what a login is bound to.

use std::net::SocketAddr;
use std::sync::Arc;

use keyroom_client::relay_link::{CertificateFault, ConnectError, Roots, Trust, connect};
use keyroom_link::Stop;
use keyroom_relay::{Config, Relay};
use keyroom_types::{Address, KeyPin};
use keyroom_wire::Code;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use crate::people::{Person, Room, at, config, dial};
use crate::support::{Certificate, Scratch, Server, certificate, issued, refusal};

/// A relay with this certificate, which is dialled by these names.
async fn named(test: &str, names: &[&str], certificate: &Certificate) -> Relay {
    let dir = Scratch::new(test);
    let (pem, key) = (dir.path().join("relay.pem"), dir.path().join("relay.key"));
    std::fs::write(&pem, &certificate.pem).unwrap();
    std::fs::write(&key, certificate.key.serialize_pem()).unwrap();
    let names = names.iter().copied().map(str::to_owned).collect();
    Relay::start(&Config { names, certificate: Some(pem), key: Some(key), ..config() }).await.unwrap()
}

fn localhost(at: SocketAddr) -> Address {
    format!("localhost:{}", at.port()).parse().unwrap()
}

/// Attack matrix row 2: the client trusts somebody who passes its login on to the real relay, over a connection of its
/// own. The relay sees that the login was meant for another.
#[tokio::test]
async fn a_login_that_another_relay_passes_on_is_refused_by_the_real_one() {
    let (genuine, other) = (certificate(), certificate());
    let relay = named("passed-on", &["localhost"], &genuine).await;
    let real = relay.started();
    assert_eq!(real.pin, genuine.pin);
    let others_pin = other.pin;

    let mut roots = RootCertStore::empty();
    roots.add(genuine.der.clone()).unwrap();
    let onward = TlsConnector::from(Arc::new(
        ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
            .with_root_certificates(roots)
            .with_no_client_auth(),
    ));
    let acceptor = Server::with(other).acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = listener.local_addr().unwrap();
    let relay_at = at(&relay);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let mut client = acceptor.accept(client).await.unwrap();
            let socket = TcpStream::connect(relay_at).await.unwrap();
            let mut relay = onward.connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap();
            // How a connection ends is of no interest here.
            let _ = copy_bidirectional(&mut client, &mut relay).await;
        }
    });

    let address = Address::from(between);
    let dialled = move || dial(address.clone(), Trust::Pin(others_pin));
    let mut cheated = Person::founder(Room(1), dialled);
    cheated.until("the login is refused", |person| person.stopped.is_some()).await;
    assert_eq!(cheated.stopped, Some(Stop::Refused(Code::Binding)));
    assert!(cheated.not_connected.is_empty(), "the one in between was trusted: {:?}", cheated.not_connected);
    assert_eq!((relay.counts().refused(Code::Binding).get(), relay.counts().rooms.get()), (1, 0));

    // The same login to the relay itself is accepted.
    let address = Address::from(relay_at);
    let mut direct = Person::founder(Room(1), move || dial(address.clone(), Trust::Pin(real.pin)));
    direct.until("the room is made", |person| person.is_made).await;
}

/// Attack matrix row 2: an authority vouches for the one in between, and a pin does not care.
#[tokio::test]
async fn a_certificate_that_an_authority_vouches_for_is_no_pinned_key() {
    let (authority, other) = issued(&["localhost"], 4000);
    let (expected, seen) = (KeyPin::from_bytes([9; 32]), other.pin);
    // The certificate is good: by its name it is accepted.
    let relay = named("vouched", &["localhost"], &other).await;
    let by_name = Trust::Name(Roots::from_pem(authority.as_bytes()));
    connect(&localhost(at(&relay)), &by_name).await.unwrap();

    let (server, received) = Server::with(other).start().await;
    let error = connect(&localhost(server), &Trust::Pin(expected)).await.err();
    assert_eq!(error, Some(ConnectError::PinMismatch { expected, seen }));
    assert_eq!(received.await.unwrap(), 0);
}

#[tokio::test]
async fn a_relay_that_is_dialled_by_its_name_takes_the_login() {
    let (authority, certificate) = issued(&["localhost"], 4000);
    let relay = named("by-name", &["localhost"], &certificate).await;
    let trust = Trust::Name(Roots::from_pem(authority.as_bytes()));
    let address = localhost(at(&relay));
    let mut founder = Person::founder(Room(1), move || dial(address.clone(), trust.clone()));
    founder.until("the room is made", |founder| founder.is_made).await;
}

#[tokio::test]
async fn a_relay_refuses_a_login_to_a_name_that_is_not_its_own() {
    // Whoever has the certificate of two relays must not be one of them to the clients of the other.
    let (authority, certificate) = issued(&["relay.example.org", "localhost"], 4000);
    let relay = named("other-name", &["relay.example.org"], &certificate).await;
    let trust = Trust::Name(Roots::from_pem(authority.as_bytes()));
    let address = localhost(at(&relay));
    let mut founder = Person::founder(Room(1), move || dial(address.clone(), trust.clone()));
    founder.until("the login is refused", |founder| founder.stopped.is_some()).await;
    assert_eq!(founder.stopped, Some(Stop::Refused(Code::Binding)));
}

#[tokio::test]
async fn an_expired_certificate_is_refused_before_a_byte_is_sent() {
    let (authority, certificate) = issued(&["localhost"], 2020);
    let (server, received) = Server::with(certificate).start().await;
    let trust = Trust::Name(Roots::from_pem(authority.as_bytes()));
    let error = connect(&localhost(server), &trust).await.err();
    assert_eq!(error, Some(ConnectError::Certificate(CertificateFault::Expired)));
    assert_eq!(received.await.unwrap(), 0);
}

#[tokio::test]
async fn a_web_server_is_no_relay_and_a_busy_relay_is_not_available() {
    for (answer, expected) in [
        ("404 Not Found", ConnectError::NotARelay { status: Some(404) }),
        ("200 OK", ConnectError::NotARelay { status: Some(200) }),
        ("503 Service Unavailable", ConnectError::Unavailable),
    ] {
        let certificate = certificate();
        let pin = certificate.pin;
        let acceptor = Server::with(certificate).acceptor();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            stream
                .write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes())
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
        });
        assert_eq!(refusal(server, &Trust::Pin(pin)).await, expected);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_no_relay() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        // Open until the client has gone, so that nothing but the answer ends it.
        let _ = socket.read_to_end(&mut Vec::new()).await;
    });
    let error = refusal(server, &Trust::Pin(KeyPin::from_bytes([1; 32]))).await;
    assert_eq!(error, ConnectError::NotARelay { status: None });
}
