//! Both ends of relay links under virtual time: real clients, a real hub, a store in memory, and between them wires that
//! delay, cut and lose, and a disk that takes its time and crashes.
//!
//! Nothing waits: [`Pair::run_for`] moves the clock from one event to the next. The same seed and the same calls make
//! the same run.

mod dice;
mod disk;
mod mind;
mod person;
mod wire;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::relay::{Terms, UploadBudget};
use keyroom_link::{Link, LogSecret};
use keyroom_relay::hub::{Hub, HubConfig};
use keyroom_relay::{Now, Quotas};
use keyroom_store::{MemoryStore, Store, Stored};
use keyroom_types::{KeyPin, RoomId, Seq, Timestamp};
use keyroom_wire::Binding;

pub use self::dice::Dice;
use self::disk::Disk;
pub use self::mind::{JOIN, Mind, number_of};
pub use self::person::{Person, Who};
use self::wire::Wire;

/// The room that all are in.
pub const ROOM: RoomId = RoomId::from_bytes([1; 16]);

/// A relay, people, and the wires between them. What the people want and know is `W`.
pub struct Pair<W = Mind> {
    room: RoomId,
    now: Now,
    dice: Dice,
    store: Arc<MemoryStore>,
    disk: Disk,
    /// `None` between a crash and the restart.
    hub: Option<Hub>,
    next_tick: Instant,
    people: Vec<Person<W>>,
    wires: Vec<Wire>,
    latency: Duration,
    /// Where new wires are cut, in bytes from their beginning, in either direction.
    cut_at: Option<u64>,
    /// Most bytes that ever waited in the relay for one link.
    worst_backlog: usize,
    /// Bytes that ever went over wires.
    bytes: u64,
}

impl Pair<Mind> {
    /// A relay without rooms, and people without groups. Latency of the wires is up to `latency`, drawn for each piece.
    pub fn new(seed: u64, latency: Duration) -> Self {
        Self::with(ROOM, seed, latency)
    }

    /// Adds the room's founder, who makes it at once and publishes a blob with each commit.
    pub fn founder(&mut self) -> usize {
        self.add(|number, now, seed| Mind::founder(ROOM, number, now.mono, seed))
    }

    /// Adds somebody with the door's key, who wants to enter.
    pub fn newcomer(&mut self) -> usize {
        self.add(|number, now, seed| Mind::newcomer(ROOM, number, now.mono, seed))
    }
}

impl<W: Who> Pair<W> {
    /// A relay without rooms, and the people of one room.
    pub fn with(room: RoomId, seed: u64, latency: Duration) -> Self {
        let now = Now { mono: Instant::now(), wall: Timestamp::from_millis(1_800_000_000_000) };
        let store = Arc::new(MemoryStore::new().expect("memory has no errors"));
        let mut pair = Self {
            room,
            now,
            dice: Dice::new(seed),
            store,
            disk: Disk::default(),
            hub: None,
            next_tick: now.mono,
            people: Vec::new(),
            wires: Vec::new(),
            latency,
            cut_at: None,
            worst_backlog: 0,
            bytes: 0,
        };
        pair.start_relay();
        pair
    }

    /// Adds somebody: what is made from its number, the time and a seed.
    pub fn add(&mut self, make: impl FnOnce(usize, Now, u64) -> (W, Link)) -> usize {
        let number = self.people.len();
        let (mind, link) = make(number, self.now, self.dice.number());
        self.people.push(Person::new(number, mind, link));
        number
    }

    /// What is the time.
    pub fn now(&self) -> Now {
        self.now
    }

    /// Somebody's process is killed: its wires are cut, and what made it is made again, from what it kept.
    pub fn restart(&mut self, number: usize, begin: impl FnOnce(&mut W, Now, u64) -> Link) {
        self.cut(number);
        for wire in self.wires.iter_mut().filter(|wire| wire.person == number) {
            wire.hang_up();
        }
        let seed = self.dice.number();
        let person = &mut self.people[number];
        let link = begin(&mut person.mind, self.now, seed);
        person.begin_again(link);
    }

    /// Somebody.
    pub fn person(&mut self, number: usize) -> &mut Person<W> {
        &mut self.people[number]
    }

    /// What somebody wants and knows.
    pub fn who(&self, number: usize) -> &W {
        self.people[number].mind()
    }

    /// Somebody's link.
    pub fn link(&self, number: usize) -> &Link {
        self.people[number].link()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.people.len()
    }

    /// The dice, for schedules that draw from the same sequence.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// The room's log as the store has it.
    pub fn log(&self) -> Vec<Stored> {
        self.store.read(&self.room, Seq::ZERO, usize::MAX, usize::MAX).expect("memory has no errors")
    }

    /// Most bytes that ever waited in the relay for one link.
    pub fn worst_backlog(&self) -> usize {
        self.worst_backlog
    }

    /// Bytes that went over all wires so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// From now on every new wire is cut after so many bytes in either direction; `None`: never.
    pub fn cut_new_wires_at(&mut self, bytes: Option<u64>) {
        self.cut_at = bytes;
    }

    /// Cuts all wires of somebody: what is under way arrives up to a random byte. Either end notices at a time of its own,
    /// the relay perhaps long after the client has come back.
    pub fn cut(&mut self, person: usize) {
        for wire in self.wires.iter_mut().filter(|wire| wire.person == person) {
            wire.cut(self.now.mono, &mut self.dice);
        }
    }

    /// The relay's process is killed: of what was on its way to the disk, a random part arrives.
    pub fn kill_relay(&mut self) {
        self.hub = None;
        self.disk.crash(&*self.store, &mut self.dice);
        for wire in &mut self.wires {
            wire.relay = None;
            wire.cut(self.now.mono, &mut self.dice);
        }
    }

    /// The relay starts over its store, if it is not running.
    pub fn start_relay(&mut self) {
        if self.hub.is_some() {
            return;
        }
        self.disk = Disk::new(self.now.mono);
        let log_secret = LogSecret::from_bytes(&[7; 32]);
        let quotas = Quotas {
            appends_per_pass: 1_000_000,
            appends_per_pass_per_second: 1_000_000,
            commits_per_pass: 1_000_000,
            commits_per_pass_per_minute: 1_000_000,
            ..Quotas::default()
        };
        let terms = Terms {
            log_key: log_secret.public(),
            pins: vec![PIN],
            names: Vec::new(),
            login_within: Duration::from_secs(10),
            silence: Duration::from_secs(90),
            uploads: UploadBudget::new(quotas.uploading_bytes),
        };
        let dice = std::sync::Mutex::new(Dice::new(self.dice.number()));
        let random = Box::new(move || dice.lock().map_or([0; 32], |mut dice| dice.bytes()));
        let shared: Arc<dyn Store> = self.store.clone();
        let writer = Some(self.disk.writer());
        let config = HubConfig {
            store: shared,
            writer,
            terms,
            log_secret,
            quotas,
            random,
            tickets: None,
            retention: None,
        };
        self.hub = Some(Hub::new(config).expect("memory has no errors"));
    }

    /// Runs for so long.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now.mono + time;
        loop {
            self.settle();
            let Some(next) = self.next_event().filter(|next| *next <= until) else { break };
            self.move_to(next.max(self.now.mono));
            self.disk.turn(self.now.mono, &*self.store);
            if self.next_tick <= self.now.mono {
                self.next_tick = self.now.mono + Duration::from_secs(1);
                if let Some(hub) = &self.hub {
                    hub.tick(self.now);
                }
            }
        }
        self.move_to(until);
    }

    /// Runs until `done` says so, at most for so long. Returns whether it did.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let until = self.now.mono + limit;
        while self.now.mono < until {
            if done(self) {
                return true;
            }
            self.run_for(STEP);
        }
        done(self)
    }

    fn move_to(&mut self, mono: Instant) {
        let passed = mono.saturating_duration_since(self.now.mono);
        self.now.wall = self.now.wall.plus_millis(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
        self.now.mono = mono;
        self.disk.set_now(mono);
    }

    /// Does all that can be done now, until nothing moves any more.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for person in &mut self.people {
                moved |= person.act(self.now, &mut self.dice);
            }
            self.dial();
            for wire in &mut self.wires {
                let person = &mut self.people[wire.person];
                moved |= wire.carry(self.now, person, &mut self.dice, self.latency, &mut self.bytes);
                if let Some(relay) = &wire.relay {
                    self.worst_backlog = self.worst_backlog.max(relay.backlog());
                }
            }
            self.wires.retain(|wire| !wire.is_gone());
            if !moved {
                return;
            }
        }
    }

    fn dial(&mut self) {
        for person in &mut self.people {
            let Some(connection) = person.link.poll_connect() else { continue };
            person.dialled(connection);
            let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let opened =
                self.hub.as_ref().and_then(|hub| hub.open(self.now, peer, Waker::noop().clone()).ok());
            match opened {
                Some(relay) => {
                    person.link.handle_connected(connection, Binding::SeenKey(PIN));
                    self.wires.push(Wire::new(person.number, connection, relay, self.cut_at));
                }
                None => person.link.handle_disconnected(self.now.mono, connection),
            }
        }
    }

    fn next_event(&self) -> Option<Instant> {
        let people = self.people.iter().filter_map(Person::next_event);
        let wires = self.wires.iter().filter_map(Wire::next_event);
        people.chain(wires).chain(self.disk.next_event()).chain([self.next_tick]).min()
    }
}

/// Frames on a wire: 4 bytes of length, big-endian, and the frame.
fn framed(frame: &Bytes) -> Vec<u8> {
    let length = u32::try_from(frame.len()).expect("a frame has a bound");
    [&length.to_be_bytes()[..], frame].concat()
}

/// The relay's key, as those see it who connect.
pub const PIN: KeyPin = KeyPin::from_bytes([9; 32]);
const STEP: Duration = Duration::from_millis(100);
