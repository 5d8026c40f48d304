//! Links that behave: both ways, wakes, timeouts, backpressure, the end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{FRAME_LIMIT, Relay, UPGRADE, frame};

/// Attack matrix row 1: the relay's end takes the hybrid group first, and nothing but TLS 1.3.
#[tokio::test]
async fn the_group_is_hybrid_and_nothing_is_remembered_of_the_session() {
    let relay = Relay::in_memory().await;
    let stream = relay.tls().await;
    let (_, tls) = stream.get_ref();
    let group = tls.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    assert_eq!(tls.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    assert_eq!(tls.tls13_tickets_received(), 0);
}

#[tokio::test]
async fn messages_come_back_whole_and_in_order() {
    let relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    for length in [0, 1, 125, 126, 1000, FRAME_LIMIT] {
        link.feed(Message::binary(vec![7; length])).await.unwrap();
    }
    link.flush().await.unwrap();
    for length in [0, 1, 125, 126, 1000, FRAME_LIMIT] {
        assert_eq!(link.next().await.unwrap().unwrap(), Message::binary(vec![7; length]));
    }
    link.send(Message::Ping(vec![1, 2, 3].into())).await.unwrap();
    assert_eq!(link.next().await.unwrap().unwrap(), Message::Pong(vec![1, 2, 3].into()));
}

#[tokio::test]
async fn a_timeout_of_the_link_is_kept() {
    let relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    link.send(Message::binary(&b"soon"[..])).await.unwrap();
    assert_eq!(link.next().await.unwrap().unwrap(), Message::binary(&b"time"[..]));
}

#[tokio::test]
async fn a_link_ends_with_its_connection_and_gives_its_place_back() {
    let relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    link.send(Message::binary(vec![1])).await.unwrap();
    link.next().await.unwrap().unwrap();
    assert_eq!(relay.service.open.load(Ordering::Relaxed), 1);
    link.close(None).await.unwrap();
    while link.next().await.is_some() {}
    until(|| relay.service.open.load(Ordering::Relaxed) == 0).await;
    drop(relay.link().await);
    until(|| relay.service.open.load(Ordering::Relaxed) == 0).await;
}

/// Attack matrix row 45: a reader that does not read costs one batch, however much there is for it.
#[tokio::test]
async fn a_slow_reader_is_never_ahead_of_its_socket_by_more_than_a_batch() {
    let relay = Relay::in_memory().await;
    let mut link = relay.raw_link().await;
    link.write_all(&frame(0x82, b"flood")).await.unwrap();
    // What the kernel's buffers take on both sides is not the relay's: wait until nothing moves any more.
    let given = &relay.service.given;
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = given.load(Ordering::Relaxed);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    let mut read = vec![0; 64 << 10];
    let mut total = 0;
    // Reading on, all that was given out comes, and only then more.
    while total < before {
        total += timeout(Duration::from_secs(10), link.read(&mut read)).await.unwrap().unwrap();
    }
    until(|| given.load(Ordering::Relaxed) > before).await;
}

/// Attack matrix row 45: requests whose answers are not read are not taken without end.
#[tokio::test]
async fn who_reads_no_answers_is_not_listened_to() {
    let relay = Relay::in_memory().await;
    let mut link = relay.raw_link().await;
    let request = frame(0x82, &[1; FRAME_LIMIT]);
    let mut sent = 0;
    // The system's buffers take some megabytes; an unbounded queue would take all of it.
    let flood = async {
        while sent < 256 << 20 {
            link.write_all(&request).await.unwrap();
            sent += request.len();
        }
    };
    assert!(timeout(Duration::from_secs(5), flood).await.is_err(), "{sent} bytes were taken");
}

#[tokio::test]
async fn a_link_that_is_refused_is_told_why() {
    let relay = Relay::in_memory().await;
    relay.service.full.store(true, Ordering::Relaxed);
    let mut link = relay.link().await;
    let Some(Ok(Message::Close(Some(said)))) = link.next().await else { panic!("no goodbye") };
    assert_eq!((u16::from(said.code), said.reason.as_str()), (1013, "too_many_links"));
}

#[tokio::test]
async fn a_relay_that_ends_lets_its_links_say_goodbye() {
    let mut relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    link.send(Message::binary(vec![1])).await.unwrap();
    link.next().await.unwrap().unwrap();
    let ending = tokio::spawn(relay.running.take().unwrap().shutdown(Duration::from_secs(20)));
    assert_eq!(link.next().await.unwrap().unwrap(), Message::binary(&b"goodbye"[..]));
    assert!(matches!(link.next().await, Some(Ok(Message::Close(_)))));
    while link.next().await.is_some() {}
    timeout(Duration::from_secs(5), ending).await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(relay.at).await.is_err(), "nobody listens any more");
}

/// Attack matrix row 45, with the clock held: a message that begins and stands still, over a stream in memory.
#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_go_on_for_half_a_minute_ends_the_link() {
    let relay = Relay::in_memory().await;
    let (mut ours, theirs) = tokio::io::duplex(1 << 20);
    relay.running.as_ref().unwrap().attach(theirs, [127, 0, 0, 1].into()).unwrap();
    ours.write_all(UPGRADE).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(ours.read_u8().await.unwrap());
    }
    let whole = frame(0x82, &[1; 100]);
    ours.write_all(&whole[..50]).await.unwrap();
    let started = tokio::time::Instant::now();
    let mut said = Vec::new();
    ours.read_to_end(&mut said).await.unwrap();
    assert_eq!(&said[2..], [&1008_u16.to_be_bytes()[..], b"stalled"].concat());
    assert_eq!(started.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_link_that_is_woken_from_another_thread_is_asked() {
    let relay = Relay::in_memory().await;
    let mut link = relay.link().await;
    link.send(Message::binary(vec![1])).await.unwrap();
    link.next().await.unwrap().unwrap();
    relay.service.news.lock().unwrap().push(b"news"[..].into());
    let service = relay.service.clone();
    std::thread::spawn(move || service.wakers.lock().unwrap().iter().for_each(std::task::Waker::wake_by_ref));
    assert_eq!(link.next().await.unwrap().unwrap(), Message::binary(&b"news"[..]));
}

/// Waits until a fact holds.
pub(crate) async fn until(fact: impl Fn() -> bool) {
    let waiting = async {
        while !fact() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), waiting).await.unwrap();
}
