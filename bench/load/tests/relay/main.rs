//! The load's own clients, against a relay in this process: its hub behind TLS and a WebSocket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tiny;

use std::time::Duration;

use bytes::Bytes;
use keyroom_bench_load::{Client, Crowd, Event, Fault, Pace, Part, Room, Server};
use keyroom_types::KeyPin;

use crate::tiny::Tiny;

async fn next(client: &mut Client) -> Event {
    tokio::time::timeout(Duration::from_secs(10), client.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_message_is_acknowledged_to_its_author_and_delivered_to_a_listener() {
    let relay = Tiny::start().await;
    let server = Server::at(relay.address, relay.pin).unwrap();
    // More members than one commit admits.
    let room = Room::prepare(&server, 0, 100).await.unwrap();
    let mut listener = room.enter(&server, 0, Part::Listens).await.unwrap();
    let mut author = room.enter(&server, 99, Part::Publishes).await.unwrap();

    let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let first = author.feed(&one).await.unwrap();
    let second = author.feed(&two).await.unwrap();
    author.flush().await.unwrap();
    assert_eq!(next(&mut author).await, Event::Acked(first));
    assert_eq!(next(&mut author).await, Event::Acked(second));
    assert_eq!(next(&mut listener).await, Event::Message(one));
    listener.ping().await.unwrap();
    assert_eq!(next(&mut listener).await, Event::Message(two));
}

#[tokio::test]
async fn a_crowd_gets_all_that_is_sent_at_a_pace_and_flat_out() {
    let relay = Tiny::start().await;
    let server = Server::at(relay.address, relay.pin).unwrap();
    let mut crowd = Crowd::gather(server, 3, 2, true).await.unwrap();
    let pace = Pace { rate: 100, time: Duration::from_millis(200), bytes: 200 };
    let ran = crowd.paced(pace).await.unwrap();
    assert!(ran.deliveries > 0 && ran.deliveries.is_multiple_of(3));
    assert_eq!(crowd.times().len() as u64, ran.deliveries);
    assert!(crowd.flat_out(Duration::from_millis(100), 200).await.unwrap().deliveries > 0);
    // The authors' windows are whole again.
    assert!(crowd.flat_out(Duration::from_millis(100), 200).await.unwrap().deliveries > 0);
}

#[tokio::test]
async fn a_relay_with_another_key_is_not_spoken_to() {
    let relay = Tiny::start().await;
    let server = Server::at(relay.address, KeyPin::from_bytes([0; 32])).unwrap();
    let Err(Fault::Io(error)) = Room::prepare(&server, 0, 1).await else { panic!("another key") };
    assert!(error.to_string().contains("another key"), "{error}");
}
