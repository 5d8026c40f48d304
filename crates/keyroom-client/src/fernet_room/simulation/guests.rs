//! What a guest does, fact by fact.

use super::*;
use crate::event::{CloseReason, Connection, LostReason};
use crate::fernet_room::{Guest, GuestSetup};
use crate::history::SendFailure;
use keyroom_fernet::JUNK_BYTES;
use keyroom_types::Address;

const HOST: PeerId = PeerId(1);

struct Joined {
    clock: Clock,
    guest: Guest,
    pages: Pages,
    written: Vec<String>,
    events: Vec<RoomEvent>,
    ivs: Box<dyn FnMut() -> Option<[u8; 16]>>,
}

impl Joined {
    fn new(addresses: &[&str]) -> Self {
        let pages = Pages::new();
        let guest = Guest::new(GuestSetup {
            room: pages.room,
            me: "Emil".parse().unwrap(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            key: &key(),
            pace: PACE,
            history: pages.history.clone(),
            seed: 1,
        });
        let clock = Clock::new();
        Self { clock, guest, pages, written: Vec::new(), events: Vec::new(), ivs: Box::new(ivs()) }
    }

    fn connect(&mut self) {
        assert!(self.guest.poll_connect().is_some());
        self.guest.handle_connected(self.clock.now(), "10.0.0.1:9999".parse().unwrap());
        self.turn();
    }

    fn say(&mut self, text: &str) {
        self.guest.say(self.clock.now(), text, None, &mut *self.ivs);
        self.turn();
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.guest.handle_bytes(self.clock.now(), bytes);
        self.turn();
    }

    fn lose(&mut self) {
        self.guest.handle_lost(self.clock.now(), LostReason::Closed);
        self.turn();
    }

    fn pass(&mut self, time: Duration) {
        let end = self.clock.passed + time;
        while let Some(at) = self.guest.poll_timeout() {
            let at = at.saturating_duration_since(self.clock.start).max(self.clock.passed);
            if at > end {
                break;
            }
            self.clock.passed = at;
            self.guest.handle_timeout(self.clock.now());
            self.turn();
            if self.guest.has_flushed(self.clock.now()) {
                break;
            }
        }
        self.clock.passed = end;
    }

    fn turn(&mut self) {
        let now = self.clock.now();
        while let Some(wire) = self.guest.poll_write(now.instant) {
            self.written.push(opened(&wire));
            self.guest.handle_written(now);
        }
        self.events.extend(std::iter::from_fn(|| self.guest.poll_event()));
    }

    fn connections(&self) -> Vec<Connection> {
        let connection = |event: &RoomEvent| match event {
            RoomEvent::Connection(connection) => Some(connection.clone()),
            _ => None,
        };
        self.events.iter().filter_map(connection).collect()
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn addresses_are_tried_in_order_and_the_most_telling_reason_is_shown() {
    let mut room = Joined::new(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    let reasons = [LostReason::Unreachable, LostReason::Refused, LostReason::TimedOut];
    for (place, reason) in reasons.into_iter().enumerate() {
        assert_eq!(room.guest.poll_connect(), Some(address(&format!("10.0.0.{}", place + 1))));
        assert_eq!(room.guest.poll_connect(), None, "asked for once");
        room.guest.handle_connect_failed(room.clock.now(), reason);
    }
    room.turn();
    let shown = room.connections();
    assert_eq!(shown[0], Connection::Connecting { address: address("10.0.0.1"), attempt: 1 });
    assert!(
        matches!(shown[3], Connection::Waiting { reason: LostReason::Refused, attempt: 2, .. }),
        "{shown:?}"
    );
}

#[test]
fn what_is_said_without_a_connection_waits_and_is_sent_in_order() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.say("one");
    room.say("two");
    assert_eq!(room.pages.state(0), MessageState::Waiting);
    room.connect();
    room.pass(PACE);
    assert_eq!(room.written, ["one", "two"]);
    assert_eq!(room.pages.state(0), MessageState::Sent { to: 1 });
}

#[test]
fn a_lost_connection_is_made_again_and_the_host_stays_the_same_person() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.connect();
    room.guest.rename(HOST, "Anna".parse().unwrap());
    room.lose();
    let waits = room.connections();
    let Some(Connection::Waiting { reason: LostReason::Closed, retry_in, .. }) = waits.last() else {
        panic!("{waits:?}")
    };
    room.say("are you there?");
    assert!(room.guest.poll_connect().is_none());
    room.pass(*retry_in);
    room.connect();
    assert_eq!(room.written, ["are you there?"]);
    let people = room.pages.history.people(room.pages.room).unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].label.as_str(), people[0].here), ("Anna", true));
    let expected = [Notice::Connected, Notice::Disconnected(LostReason::Closed), Notice::Connected];
    assert_eq!(room.pages.notices(), expected);
}

#[test]
fn a_message_whose_write_was_cut_is_sent_again_with_the_same_token() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.connect();
    room.guest.say(room.clock.now(), "half", None, &mut ivs());
    let first = room.guest.poll_write(room.clock.now().instant).unwrap();
    room.lose();
    room.guest.reconnect();
    assert!(room.guest.poll_connect().is_some());
    room.guest.handle_connected(room.clock.now(), "10.0.0.1:9999".parse().unwrap());
    assert_eq!(room.guest.poll_write(room.clock.now().instant).unwrap(), first);
}

#[test]
fn the_back_off_grows_while_connections_do_not_hold() {
    let mut room = Joined::new(&["10.0.0.1"]);
    for _ in 0..6 {
        room.connect();
        room.lose();
        room.pass(Duration::from_secs(30));
    }
    let attempts = room.connections().into_iter().filter_map(|connection| match connection {
        Connection::Waiting { attempt, retry_in, .. } => Some((attempt, retry_in)),
        _ => None,
    });
    let (attempts, waits): (Vec<_>, Vec<_>) = attempts.unzip();
    assert_eq!(attempts, [2, 3, 4, 5, 6, 7]);
    assert!(waits[5] >= Duration::from_secs(15));
    // One message of this room proves the host: the next wait is short again.
    room.connect();
    room.hear(&token("hello", 1));
    room.lose();
    assert!(matches!(room.connections().last(), Some(Connection::Waiting { attempt: 1, .. })));
}

#[test]
fn a_wrong_key_is_a_line_and_keeps_the_connection() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.connect();
    let other = Key::from_bytes([8; 32]);
    for number in 0..50 {
        room.hear(&sealed(&other, b"canary", number));
    }
    room.pass(Duration::from_secs(1));
    assert_eq!(room.pages.notices(), [Notice::Connected, Notice::NotOpened(HOST, 50)]);
    assert!(room.pages.messages().is_empty());
    assert!(!room.guest.poll_disconnect());
}

/// Attack matrix row 45.
#[test]
fn a_host_that_speaks_something_else_is_left() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.connect();
    for _ in 0..30 {
        room.hear(&b"220 mail.example ESMTP\r\n".repeat(JUNK_BYTES / 20));
    }
    assert!(room.guest.poll_disconnect());
    let last = room.connections().pop();
    assert!(
        matches!(last, Some(Connection::Waiting { reason: LostReason::NotARoom, attempt: 2, .. })),
        "{last:?}"
    );
    assert!(room.pages.notices().contains(&Notice::Disconnected(LostReason::NotARoom)));
}

#[test]
fn leaving_does_not_wait_for_a_host_out_of_reach() {
    let mut room = Joined::new(&["10.0.0.1"]);
    room.say("x");
    room.guest.leave(room.clock.now());
    assert!(!room.guest.has_flushed(room.clock.now()), "the first try is under way");
    assert!(room.guest.poll_connect().is_some());
    room.guest.handle_connect_failed(room.clock.now(), LostReason::Refused);
    assert!(room.guest.has_flushed(room.clock.now()));
    room.guest.close(room.clock.now());
    room.turn();
    assert_eq!(room.pages.state(0), MessageState::Failed(SendFailure::Left));
    assert!(matches!(room.events.last(), Some(RoomEvent::Closed(CloseReason::Left))));
}
