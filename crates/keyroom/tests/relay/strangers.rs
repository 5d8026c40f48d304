//! Strangers fill the relay with connections that say nothing, or not enough.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use keyroom_testkit::crowd::Crowd;
use keyroom_testkit::https::{self, Stream};
use keyroom_testkit::relay::Way;
use keyroom_testkit::scratch::Scratch;

use crate::abuse::{TICK, is_long};
use crate::measure::{Latency, descriptors, kib, turn};
use crate::{UNBOUND, relay};

/// Attack matrix row 45.
#[test]
fn two_thousand_half_open_connections_do_not_slow_a_room_down() {
    let scratch = Scratch::new("strangers");
    let mut relay = relay(scratch.path(), UNBOUND);
    let mut crowd = Crowd::new(relay.way(), 45);
    let room = crowd.found(5);
    let (pid, quiet_memory) = (relay.id(), kib(relay.id(), "VmRSS:"));

    let mut quiet = Vec::new();
    (0..TURNS).for_each(|_| turn(&crowd, &room, &mut quiet));

    let (tell, full) = channel();
    let (stop, stopped) = channel();
    let way = relay.way().clone();
    let strangers = thread::spawn(move || besiege(&way, &tell, &stopped));
    let wave = full.recv().expect("the strangers are there");
    let mut held = descriptors(pid);
    let mut crowded = Vec::new();
    // Until the relay has had enough of most of them and others have come: a generation of strangers lives for 10 s.
    while full.try_recv().is_err() || crowded.len() < quiet.len() {
        turn(&crowd, &room, &mut crowded);
        held = held.max(descriptors(pid));
    }
    drop(stop);
    strangers.join().expect("the strangers are done");

    let memory = kib(pid, "VmHWM:") - quiet_memory;
    let (quiet, crowded) = (Latency::of(quiet), Latency::of(crowded));
    println!("quiet {quiet:?}, crowded {crowded:?}, {held} descriptors, {memory} KiB more at most");
    // On a machine that takes longer to bring them, the first were sent away before the last came.
    let millis = usize::try_from(wave.max(PATIENCE_OF_THE_RELAY).as_millis()).unwrap_or(usize::MAX);
    let expected = STRANGERS * 6_000 / millis;
    assert!(
        held >= expected,
        "the relay held {held} of {STRANGERS} connections at once, which took {wave:?}"
    );
    assert!(crowded.p99 < Duration::from_secs(1), "{crowded:?}");
    assert!(crowded.median < quiet.median * 20 + Duration::from_millis(50), "{crowded:?} after {quiet:?}");
    if is_long() {
        assert!(crowded.p99 <= 3 * quiet.p99.max(TICK), "{crowded:?} after {quiet:?}");
    }
    assert!(memory < CEILING_KIB, "{memory} KiB for {STRANGERS} connections");

    let text = https::get(relay.way(), "/metrics").body;
    let count = |name: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("the count is there");
        line.trim().parse().expect("it is a number")
    };
    assert!(count("keyroom_tls_handshakes_failed_total") > 500, "those without TLS were sent away");
    assert!(count("keyroom_refused_total{code=\"silent\"}") > 50, "those without a login were sent away");
    let until = Instant::now() + PATIENCE;
    while descriptors(pid) > 100 {
        assert!(Instant::now() < until, "the relay still holds {} descriptors", descriptors(pid));
        thread::yield_now();
    }
    crowd.settle(&room);
    assert_eq!(relay.end(), Some(0));
}

/// Says on `tell`, with the time since the beginning, when as many strangers are there as can be, and again when as many were sent away and replaced.
fn besiege(way: &Way, tell: &Sender<Duration>, stopped: &Receiver<()>) {
    let begun = Instant::now();
    let come = |number: usize| Stranger::come(way, number).expect("the relay takes connections");
    let mut strangers: Vec<Stranger> = (0..STRANGERS).map(come).collect();
    let mut replaced = 0;
    let _ = tell.send(begun.elapsed());
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        for (number, stranger) in strangers.iter_mut().enumerate() {
            if stranger.was_sent_away() {
                *stranger = come(number);
                replaced += 1;
            }
        }
        if replaced >= STRANGERS / 2 {
            replaced = 0;
            let _ = tell.send(begun.elapsed());
        }
    }
}

/// Somebody who came so far and no further.
enum Stranger {
    Tcp(TcpStream),
    Tls(Box<Stream>),
}

impl Stranger {
    fn come(way: &Way, number: usize) -> std::io::Result<Self> {
        let stranger = match number % 10 {
            0..=3 => Self::Tcp(https::tcp(way)?),
            // The beginning of a ClientHello (RFC 8446, 5.1).
            4..=7 => {
                let mut stream = https::tcp(way)?;
                stream.write_all(&[22, 3, 1, 2, 0, 1, 0])?;
                Self::Tcp(stream)
            }
            // TLS, and nothing or not all of a request.
            8 => {
                let mut stream = https::tls(way)?;
                if number % 20 == 8 {
                    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: ")?;
                    stream.flush()?;
                }
                Self::Tls(Box::new(stream))
            }
            // A link without a login.
            _ => Self::Tls(Box::new(https::websocket(way)?)),
        };
        stranger.socket().set_nonblocking(true)?;
        Ok(stranger)
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn was_sent_away(&self) -> bool {
        let mut some = [0; 4096];
        loop {
            match self.socket().read(&mut some) {
                Ok(0) => return true,
                // The relay's first words on TLS and on the link.
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

const STRANGERS: usize = 2_000;

/// Rounds in which everybody says something.
const TURNS: usize = 50;

/// How much more memory the relay may need for all strangers: 64 KiB each, as its own bounds say.
const CEILING_KIB: u64 = 64 * STRANGERS as u64;

/// How long the relay waits for a handshake, a request, a login.
const PATIENCE_OF_THE_RELAY: Duration = Duration::from_secs(10);

/// How often the strangers look whether they were sent away.
const LOOK: Duration = Duration::from_millis(100);

const PATIENCE: Duration = Duration::from_secs(60);
