//! What works: messages both ways with a real relay.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use keyroom_client::relay_link::{LinkError, Roots, Transport, Trust, connect};
use keyroom_types::Address;

use crate::support::{Server, certificate, classical, reach, relay};

/// Attack matrix row 1: the client's end. The relay's own tests look at the other one.
#[tokio::test]
async fn with_a_pin_the_group_is_hybrid_and_the_key_is_the_one_of_the_pin() {
    let relay = relay().await;
    let link = reach(&relay).await;
    let negotiated = link.negotiated().unwrap();
    assert_eq!(negotiated.group, "X25519MLKEM768");
    assert!(negotiated.is_post_quantum);
    assert_eq!(negotiated.version, "TLSv1.3");
    assert_eq!(negotiated.spki, relay.pin());
}

#[tokio::test]
async fn messages_of_every_length_class_come_back_as_they_were() {
    let relay = relay().await;
    let mut link = reach(&relay).await;
    for length in [0, 1, 125, 126, 127, 16_383, 16_384, 65_535, 65_536, 100_000, 1 << 20] {
        let message = Bytes::from((0..length).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<_>>());
        link.send(message.clone()).await.unwrap();
        assert_eq!(link.next().await.unwrap(), message, "{length}");
    }
}

#[tokio::test]
async fn both_halves_work_at_the_same_time() {
    let relay = relay().await;
    let (mut outgoing, mut incoming) = reach(&relay).await.split();
    let sender = tokio::spawn(async move {
        for batch in 0..50_u8 {
            outgoing.send((0..20).map(|at| Bytes::from(vec![batch; 1000 + at]))).await.unwrap();
        }
        outgoing
    });
    for batch in 0..50_u8 {
        for at in 0..20 {
            assert_eq!(incoming.next().await.unwrap(), vec![batch; 1000 + at]);
        }
    }
    sender.await.unwrap().close().await;
}

#[tokio::test]
async fn a_link_that_the_relay_ends_says_so_with_its_code() {
    let relay = relay().await;
    let mut link = reach(&relay).await;
    link.send(Bytes::from_static(b"bye")).await.unwrap();
    assert_eq!(link.next().await.unwrap(), "bye");
    assert_eq!(link.next().await, Err(LinkError::Closed { code: Some(1000), reason: String::new() }));
}

#[tokio::test]
async fn a_message_over_the_relays_limit_ends_the_link() {
    let relay = relay().await;
    let mut link = reach(&relay).await;
    let sent = link.send(vec![0; (1 << 20) + 1].into()).await;
    // Whether the goodbye is read depends on how much of the message is under way.
    if sent.is_ok() {
        let ended = link.next().await.unwrap_err();
        let too_big = LinkError::Closed { code: Some(1009), reason: "message_too_big".into() };
        assert!(ended == too_big || ended == LinkError::Broken, "{ended:?}");
    }
}

#[tokio::test]
async fn a_relay_that_ends_tells_its_links() {
    let relay = relay().await;
    let mut link = reach(&relay).await;
    let ending = tokio::spawn(relay.shutdown(Duration::from_millis(200)));
    let said = LinkError::Closed { code: Some(1001), reason: "draining".into() };
    assert_eq!(link.next().await, Err(said));
    link.close().await;
    ending.await.unwrap();
}

#[tokio::test]
async fn a_relay_in_the_same_process_is_reached_without_a_socket() {
    let relay = relay().await;
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    relay.attach(theirs, IpAddr::from(Ipv4Addr::LOCALHOST)).unwrap();
    let mut link = Transport::over(ours).await.unwrap();
    assert_eq!(link.negotiated(), None);
    link.send(vec![7; 300_000].into()).await.unwrap();
    assert_eq!(link.next().await.unwrap(), vec![7; 300_000]);
    link.close().await;
}

/// Attack matrix row 4: behind a name a classical group is accepted, and reported. There is no relay behind this
/// server, so the attempt ends after TLS.
#[tokio::test]
async fn by_name_a_classical_group_gets_as_far_as_the_request() {
    let known = certificate();
    let trust = Trust::Name(Roots::from_pem(known.pem.as_bytes()));
    let (at, received) = Server { provider: classical(), ..Server::with(known) }.start().await;
    let address: Address = format!("localhost:{}", at.port()).parse().unwrap();
    assert!(connect(&address, &trust).await.is_err(), "there is no relay behind it");
    assert!(received.await.unwrap() > 0, "the request was sent");
}
