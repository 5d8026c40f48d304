//! People and raw peers for these tests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use keyroom_client::{
    Body, Command, Config, Connection, DEFAULT_PACE, Engine, Event, Events, HostOptions, JoinOptions, Listen,
    MessageState, Notice, Opened, PeerId, Position, RoomEvent, RoomId, Sender,
};
use keyroom_fernet::{Cipher, Policy};
use keyroom_types::Key;

/// Far beyond what a busy machine needs: reached only by a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn key() -> Key {
    Key::from_bytes([7; 32])
}

/// A token of the room's key.
pub(crate) fn token(text: &[u8], number: u128) -> Vec<u8> {
    Cipher::new(&key()).seal(text, 1_700_000_000, number.to_be_bytes()).unwrap().into_bytes()
}

pub(crate) fn opened(wire: &[u8]) -> String {
    let opened = Cipher::new(&key()).open(wire, &Policy::lenient()).unwrap();
    String::from_utf8(opened.plaintext.to_vec()).unwrap()
}

/// Somebody with an engine, in one room.
pub(crate) struct Person {
    pub(crate) engine: Engine,
    pub(crate) events: Events,
    pub(crate) room: RoomId,
}

impl Person {
    /// Hosts a room on loopback.
    pub(crate) fn host() -> (Self, Opened) {
        Self::host_at("127.0.0.1:0".parse().unwrap())
    }

    pub(crate) fn host_at(at: SocketAddr) -> (Self, Opened) {
        Self::host_with(at, DEFAULT_PACE)
    }

    pub(crate) fn host_with(at: SocketAddr, pace: Duration) -> (Self, Opened) {
        let (engine, mut events) = Engine::start_with_events(Config::in_memory()).unwrap();
        let listen = Listen::At(vec![at]);
        let mut options = HostOptions::new("room".parse().unwrap(), "Emil".parse().unwrap(), listen);
        options.key = Some(key());
        options.pace = pace;
        let room = engine.host(options);
        let opened = events.wait_for(PATIENCE, |event| match event {
            Event::Room { event: RoomEvent::Opened(opened), .. } => Some(opened.clone()),
            Event::Room { event: RoomEvent::Closed(why), .. } => panic!("{why}"),
            _ => None,
        });
        (Self { engine, events, room }, opened.unwrap())
    }

    /// Joins a room and waits until the host is reached.
    pub(crate) fn join(at: SocketAddr, key: Key) -> Self {
        let (engine, events) = Engine::start_with_events(Config::in_memory()).unwrap();
        let options =
            JoinOptions::new("room".parse().unwrap(), "Anna".parse().unwrap(), vec![at.into()], key);
        let room = engine.join(options);
        let mut person = Self { engine, events, room };
        person.connected();
        person
    }

    pub(crate) fn connected(&mut self) {
        self.event(|event| {
            matches!(event, RoomEvent::Connection(Connection::Connected { .. })).then_some(())
        });
    }

    /// Waits for an event of the room.
    pub(crate) fn event<T>(&mut self, mut pick: impl FnMut(&RoomEvent) -> Option<T>) -> T {
        let picked = self.events.wait_for(PATIENCE, |event| match event {
            Event::Room { event, .. } => pick(event),
            _ => None,
        });
        picked.unwrap_or_else(|| panic!("nothing of that kind; the timeline: {:#?}", self.bodies()))
    }

    /// Waits until the timeline is as it should be.
    pub(crate) fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let next = self.events.next_within(PATIENCE);
            assert!(next.is_some(), "nothing more happens; the timeline: {:#?}", self.bodies());
        }
    }

    pub(crate) fn say(&self, text: &str) {
        self.engine.say(self.room, text);
    }

    pub(crate) fn leave(&self) {
        self.engine.send(Command::Leave { room: self.room });
    }

    pub(crate) fn bodies(&self) -> Vec<Body> {
        let page = self.engine.history().page(self.room, Position(0), usize::MAX).unwrap();
        page.into_iter().map(|entry| entry.body).collect()
    }

    /// What others said, in order.
    pub(crate) fn heard(&self) -> Vec<(Sender, String)> {
        let message = |body| match body {
            Body::Message(message) if message.state == MessageState::Received => {
                Some((message.from, message.text.to_string()))
            }
            _ => None,
        };
        self.bodies().into_iter().filter_map(message).collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.heard().into_iter().map(|(_, text)| text).collect()
    }

    /// States of own messages, in order.
    pub(crate) fn states(&self) -> Vec<MessageState> {
        let state = |body| match body {
            Body::Message(message) if message.from == Sender::Me => Some(message.state),
            _ => None,
        };
        self.bodies().into_iter().filter_map(state).collect()
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        let notice = |body| if let Body::Notice(notice) = body { Some(notice) } else { None };
        self.bodies().into_iter().filter_map(notice).collect()
    }

    /// Waits until so many guests have come, counting those who left.
    pub(crate) fn guests(&mut self, count: usize) {
        self.until(|person| {
            person.notices().iter().filter(|notice| matches!(notice, Notice::Joined(_))).count() >= count
        });
    }
}

/// A peer that is nothing but a socket.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

impl Raw {
    pub(crate) fn connect(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads exactly so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        self.stream.read_exact(&mut read).unwrap();
        read
    }

    /// Reads until the other side closes, in whatever way.
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        // A reset is an end as well.
        let _ = self.stream.read_to_end(&mut read);
        read
    }
}

/// The guest that came as number `number`, from 1.
pub(crate) fn guest(number: u64) -> PeerId {
    PeerId(number)
}
