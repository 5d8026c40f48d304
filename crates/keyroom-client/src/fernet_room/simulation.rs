//! Whole rooms under virtual time: one host machine, peers that are scripts, no socket.

mod guests;
mod hosts;
mod schedules;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use keyroom_fernet::{Cipher, Policy};
use keyroom_types::Key;

use super::{Host, HostSetup, Moment};
use crate::command::RoomId;
use crate::event::RoomEvent;
use crate::history::{Body, Entry, History, MemoryHistory, MessageState, Notice, PeerId, Position, Sender};
use crate::inspect::CaptureLimits;

const PACE: Duration = Duration::from_millis(10);

fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn ivs() -> impl FnMut() -> Option<[u8; 16]> {
    let mut next = 0_u128;
    move || {
        next += 1;
        Some(next.to_be_bytes())
    }
}

/// A token of the room's key: what a simple peer would send.
fn token(text: &str, number: u8) -> Vec<u8> {
    sealed(&key(), text.as_bytes(), number)
}

fn sealed(key: &Key, text: &[u8], number: u8) -> Vec<u8> {
    Cipher::new(key).seal(text, 1_700_000_000, [number; 16]).unwrap().into_bytes()
}

fn opened(wire: &[u8]) -> String {
    let opened = Cipher::new(&key()).open(wire, &Policy::lenient()).unwrap();
    String::from_utf8(opened.plaintext.to_vec()).unwrap()
}

/// A clock that goes only when the test says so.
#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    passed: Duration,
}

impl Clock {
    fn new() -> Self {
        Self { start: Instant::now(), passed: Duration::ZERO }
    }

    fn now(&self) -> Moment {
        Moment {
            instant: self.start + self.passed,
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + self.passed,
        }
    }
}

/// What a room's history holds, for comparing.
struct Pages {
    room: RoomId,
    history: Arc<MemoryHistory>,
}

impl Pages {
    fn new() -> Self {
        // The simulated clock is years behind.
        let limits = CaptureLimits { keep: Duration::from_secs(1 << 32), ..CaptureLimits::default() };
        Self { room: RoomId::fresh(), history: Arc::new(MemoryHistory::capturing(limits)) }
    }

    fn entries(&self) -> Vec<Entry> {
        self.history.page(self.room, Position(0), usize::MAX).unwrap()
    }

    /// The bytes of each message as they went over the network, in order.
    fn wires(&self) -> Vec<Arc<[u8]>> {
        let positions = self.entries().into_iter().map(|entry| entry.position);
        positions.filter_map(|position| self.history.wire(self.room, position)).collect()
    }

    /// Who said what, in order.
    fn messages(&self) -> Vec<(Sender, String)> {
        let entries = self.entries().into_iter();
        let message = |entry: Entry| match entry.body {
            Body::Message(message) => Some((message.from, message.text.to_string())),
            Body::Notice(_) => None,
        };
        entries.filter_map(message).collect()
    }

    fn notices(&self) -> Vec<Notice> {
        let entries = self.entries().into_iter();
        let notice = |entry: Entry| if let Body::Notice(notice) = entry.body { Some(notice) } else { None };
        entries.filter_map(notice).collect()
    }

    fn state(&self, position: u64) -> MessageState {
        match self.history.page(self.room, Position(position), 1).unwrap().remove(0).body {
            Body::Message(message) => message.state,
            Body::Notice(notice) => panic!("{notice:?} is no message"),
        }
    }
}

/// How a scripted peer takes what is written to it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Reads {
    AtOnce,
    Never,
}

/// When a token was written, and the token.
type Write = (Duration, Arc<[u8]>);

/// A host machine with scripted peers, driven as the real driver does it.
struct Hosted {
    clock: Clock,
    host: Host,
    pages: Pages,
    reads: BTreeMap<PeerId, Reads>,
    /// Every write to each peer, with its time.
    writes: BTreeMap<PeerId, Vec<Write>>,
    dropped: Vec<PeerId>,
    events: Vec<RoomEvent>,
    ivs: Box<dyn FnMut() -> Option<[u8; 16]>>,
}

impl Hosted {
    fn new() -> Self {
        let pages = Pages::new();
        let host = Host::new(HostSetup {
            room: pages.room,
            me: "Emil".parse().unwrap(),
            key: &key(),
            pace: PACE,
            history: pages.history.clone(),
        });
        Self {
            clock: Clock::new(),
            host,
            pages,
            reads: BTreeMap::new(),
            writes: BTreeMap::new(),
            dropped: Vec::new(),
            events: Vec::new(),
            ivs: Box::new(ivs()),
        }
    }

    fn come(&mut self, reads: Reads) -> PeerId {
        let count = self.reads.len();
        let address = SocketAddr::from(([10, 0, 0, u8::try_from(count % 250).unwrap()], 1_000));
        let peer = self.host.handle_connected(self.clock.now(), address).unwrap();
        self.reads.insert(peer, reads);
        self.turn();
        peer
    }

    fn go(&mut self, peer: PeerId) {
        self.host.handle_closed(self.clock.now(), peer);
        self.turn();
    }

    fn hear(&mut self, peer: PeerId, bytes: &[u8]) {
        self.host.handle_bytes(self.clock.now(), peer, bytes);
        self.turn();
    }

    fn say(&mut self, text: &str) {
        self.host.say(self.clock.now(), text, None, &mut *self.ivs);
        self.turn();
    }

    /// Lets time pass, stopping wherever the machine wants to.
    fn pass(&mut self, time: Duration) {
        let end = self.clock.passed + time;
        while let Some(at) = self.host.poll_timeout() {
            let at = at.saturating_duration_since(self.clock.start).max(self.clock.passed);
            if at > end {
                break;
            }
            self.clock.passed = at;
            self.host.handle_timeout(self.clock.now());
            self.turn();
            if self.host.has_flushed(self.clock.now()) {
                break;
            }
        }
        self.clock.passed = end;
    }

    fn turn(&mut self) {
        let now = self.clock.now();
        while let Some((peer, wire)) = self.host.poll_write(now.instant) {
            if self.reads.get(&peer) == Some(&Reads::AtOnce) {
                self.writes.entry(peer).or_default().push((self.clock.passed, wire));
                self.host.handle_written(now, peer);
            } else {
                self.host.handle_blocked(now, peer);
            }
        }
        self.dropped.extend(std::iter::from_fn(|| self.host.poll_drop()));
        self.events.extend(std::iter::from_fn(|| self.host.poll_event()));
    }

    /// The texts of all tokens that were written to a peer.
    fn got(&self, peer: PeerId) -> Vec<String> {
        self.writes.get(&peer).into_iter().flatten().map(|(_, wire)| opened(wire)).collect()
    }
}
