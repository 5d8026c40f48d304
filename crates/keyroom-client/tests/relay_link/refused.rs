//! What a client refuses, each with an error of its own.

use keyroom_client::LostReason;
use keyroom_client::relay_link::{CertificateFault, ConnectError, Roots, Trust, connect};
use keyroom_types::{Address, KeyPin};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::support::{Server, certificate, classical, refusal, relay};

/// Attack matrix row 2.
#[tokio::test]
async fn another_key_is_a_pin_mismatch_and_gets_no_byte_of_application_data() {
    let (genuine, other) = (certificate(), certificate());
    let (expected, seen) = (genuine.pin, other.pin);
    let (at, received) = Server::with(other).start().await;
    assert_eq!(refusal(at, &Trust::Pin(expected)).await, ConnectError::PinMismatch { expected, seen });
    assert_eq!(received.await.unwrap(), 0);
}

/// Attack matrix row 3.
#[tokio::test]
async fn the_genuine_certificate_without_its_key_is_a_bad_signature() {
    let (genuine, thief) = (certificate(), certificate());
    let pin = genuine.pin;
    let (at, received) = Server { shows: genuine.der, ..Server::with(thief) }.start().await;
    assert_eq!(refusal(at, &Trust::Pin(pin)).await, ConnectError::BadSignature);
    assert_eq!(received.await.unwrap(), 0);
}

/// Attack matrix row 3, by name.
#[tokio::test]
async fn a_vouched_for_certificate_without_its_key_is_a_bad_signature() {
    let (genuine, thief) = (certificate(), certificate());
    let trust = Trust::Name(Roots::from_pem(genuine.pem.as_bytes()));
    let (at, received) = Server { shows: genuine.der, ..Server::with(thief) }.start().await;
    let address: Address = format!("localhost:{}", at.port()).parse().unwrap();
    assert_eq!(connect(&address, &trust).await.err(), Some(ConnectError::BadSignature));
    assert_eq!(received.await.unwrap(), 0);
}

/// Attack matrix row 4.
#[tokio::test]
async fn tls_1_2_is_refused_without_another_attempt() {
    let genuine = certificate();
    let pin = genuine.pin;
    for trust in [Trust::Pin(pin), Trust::Name(Roots::from_pem(genuine.pem.as_bytes()))] {
        let old = Server { versions: ONLY_TLS12, ..Server::with(certificate()) };
        // It takes one connection and stops listening: a second attempt would be refused by the system instead.
        let (at, received) = old.start().await;
        assert_eq!(refusal(at, &trust).await, ConnectError::NotTls13);
        assert_eq!(received.await.unwrap(), 0);
    }
}

/// Attack matrix row 4.
#[tokio::test]
async fn with_a_pin_a_classical_key_exchange_is_refused_without_another_attempt() {
    let genuine = certificate();
    let pin = genuine.pin;
    let (at, received) = Server { provider: classical(), ..Server::with(genuine) }.start().await;
    assert_eq!(refusal(at, &Trust::Pin(pin)).await, ConnectError::ClassicalOnly);
    assert_eq!(received.await.unwrap(), 0);
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_for_the_name_is_refused_with_the_reason() {
    let trusted = certificate();
    let trust = Trust::Name(Roots::from_pem(trusted.pem.as_bytes()));
    let (at, _) = Server::with(trusted).start().await;
    assert_eq!(refusal(at, &trust).await, ConnectError::Certificate(CertificateFault::WrongName));
    let (at, received) = Server::with(certificate()).start().await;
    let address: Address = format!("localhost:{}", at.port()).parse().unwrap();
    let unknown = ConnectError::Certificate(CertificateFault::UnknownIssuer);
    assert_eq!(connect(&address, &trust).await.err(), Some(unknown));
    assert_eq!(received.await.unwrap(), 0);
}

#[tokio::test]
async fn without_any_trusted_root_no_name_is_accepted() {
    let (at, _) = Server::with(certificate()).start().await;
    let unknown = ConnectError::Certificate(CertificateFault::UnknownIssuer);
    assert_eq!(refusal(at, &Trust::Name(Roots::from_pem(b""))).await, unknown);
}

#[tokio::test]
async fn a_server_that_is_no_relay_is_named_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"220 mail.example.org ESMTP ready, what do you want of me?\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let pin = Trust::Pin(KeyPin::from_bytes([1; 32]));
    assert_eq!(refusal(at, &pin).await, ConnectError::NotARelay { status: None });
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let at = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let pin = Trust::Pin(KeyPin::from_bytes([1; 32]));
    assert_eq!(refusal(at, &pin).await, ConnectError::Unreachable(LostReason::Refused));
}

#[tokio::test(start_paused = true)]
async fn who_accepts_and_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let pin = Trust::Pin(KeyPin::from_bytes([1; 32]));
    assert_eq!(refusal(at, &pin).await, ConnectError::TimedOut);
}

#[tokio::test]
async fn the_pin_of_another_relay_is_refused_by_a_real_one_too() {
    let (relay, other) = (relay().await, relay().await);
    let error = refusal(relay.addresses()[0], &Trust::Pin(other.pin())).await;
    assert_eq!(error, ConnectError::PinMismatch { expected: other.pin(), seen: relay.pin() });
}

const ONLY_TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];
