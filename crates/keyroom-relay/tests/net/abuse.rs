//! Attack matrix row 45: strangers that break the protocol, or keep it too slowly.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use keyroom_relay::Quotas;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::links::until;
use crate::support::{FRAME_LIMIT, Relay, frame, try_tls};

/// What a link is told after these bytes: the code of the close frame. The connection ends behind it.
async fn told(relay: &Relay, bytes: &[u8]) -> u16 {
    let mut link = relay.raw_link().await;
    link.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), link.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer[0], 0x88, "a close frame: {answer:?}");
    u16::from_be_bytes([answer[2], answer[3]])
}

#[tokio::test]
async fn what_breaks_the_protocol_is_told_so_and_cut_off() {
    let relay = Relay::in_memory().await;
    let huge = [&[0x82, 0xFF][..], &(1_u64 << 63).to_be_bytes(), &[0; 4]].concat();
    assert_eq!(told(&relay, &huge).await, 1009, "a length of 2^63");
    assert_eq!(told(&relay, &frame(0x82, &[0; FRAME_LIMIT + 1])).await, 1009);
    let fragments = [frame(0x02, &[0; FRAME_LIMIT]), frame(0x00, &[0; 1])].concat();
    assert_eq!(told(&relay, &fragments).await, 1009, "fragments count together");
    assert_eq!(told(&relay, &[0x82, 0x01, b'x']).await, 1002, "not masked");
    assert_eq!(told(&relay, &frame(0x81, b"text")).await, 1003);
    let endless = [frame(0x02, &[]), frame(0x00, &[]).repeat(2000)].concat();
    assert_eq!(told(&relay, &endless).await, 1002, "a message that never ends");
    until(|| relay.service.open.load(Ordering::Relaxed) == 0).await;
}

#[tokio::test]
async fn a_healthy_link_answers_while_500_connections_stand_half_open() {
    let relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    let mut idle = Vec::new();
    for number in 0..500 {
        let mut socket = TcpStream::connect(relay.at).await.unwrap();
        // Some say nothing, some the beginning of a TLS record.
        if number % 2 == 0 {
            socket.write_all(&[0x16, 0x03, 0x01, 0x02]).await.unwrap();
        }
        idle.push(socket);
    }
    let started = Instant::now();
    for _ in 0..100 {
        link.send(Message::binary(vec![1; 100])).await.unwrap();
        timeout(Duration::from_secs(5), link.next()).await.unwrap().unwrap().unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// The limits of time are 10 s each; what is measured is that they are there.
#[tokio::test]
async fn who_does_not_finish_a_handshake_or_a_head_is_cut_off() {
    let relay = Relay::in_memory().await;
    let mut silent = TcpStream::connect(relay.at).await.unwrap();
    let mut slow = relay.tls().await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n").await.unwrap();
    let (mut slow_read, mut slow_write) = tokio::io::split(slow);
    // One header line a second never ends a head.
    let dripping = tokio::spawn(async move {
        while slow_write.write_all(b"X-Slow: 1\r\n").await.is_ok() && slow_write.flush().await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let mut rest = Vec::new();
    let ends = async {
        let _ = silent.read(&mut [0; 10]).await;
        let _ = slow_read.read_to_end(&mut rest).await;
    };
    timeout(Duration::from_secs(20), ends).await.unwrap();
    dripping.abort();
    assert!(
        relay.metrics.text().contains("keyroom_tls_handshakes_failed_total 1"),
        "{}",
        relay.metrics.text()
    );
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let relay = Relay::in_memory().await;
    let long = format!("GET /healthz HTTP/1.1\r\nX-Long: {}", "a".repeat(20_000));
    assert!(matches!(relay.request(&long, b"").await.status, 400 | 431));
    let many = (0..100).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    let many = format!("GET /healthz HTTP/1.1\r\n{}", many.trim_end());
    assert!(matches!(relay.request(&many, b"").await.status, 400 | 431));
}

#[tokio::test]
async fn connections_over_the_quota_are_closed_before_tls() {
    let relay = Relay::with(Quotas { links_per_address: 2, ..Quotas::default() }).await;
    let first = relay.tls().await;
    let _second = relay.tls().await;
    let mut third = TcpStream::connect(relay.at).await.unwrap();
    let closed = timeout(Duration::from_secs(5), third.read(&mut [0; 10])).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    drop(first);
    until(|| relay.metrics.text().contains("reason=\"too_many_from_address\"")).await;
    // The place of the first is free once the relay has seen it go.
    let again = async { while try_tls(relay.at).await.is_err() {} };
    timeout(Duration::from_secs(10), again).await.unwrap();
}

/// 64 connections that send noise: none of it reaches a link, and the relay goes on.
#[tokio::test]
async fn noise_instead_of_tls_and_behind_it_is_refused() {
    let relay = Relay::in_memory().await;
    for seed in 0..64_u8 {
        let noise: Vec<u8> =
            (0..2000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1] ^ seed).collect();
        let mut socket = TcpStream::connect(relay.at).await.unwrap();
        let _ = socket.write_all(&noise).await;
        if seed % 8 == 0 {
            let mut inside = relay.tls().await;
            let _ = inside.write_all(&noise).await;
        }
    }
    assert_eq!(relay.request("GET /healthz HTTP/1.1", b"").await.status, 200);
}
