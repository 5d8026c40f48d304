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

use std::collections::{HashMap, HashSet};
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
use keyroom_types::{Incarnation, KeyPin, RoomId, Seq, Timestamp};
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
    /// A second log of the same relay, which it shows to some.
    fork: Option<Fork>,
    next_tick: Instant,
    people: Vec<Person<W>>,
    /// Who stands between somebody and the relay.
    between: HashMap<usize, Box<dyn Between>>,
    wires: Vec<Wire>,
    latency: Duration,
    /// Where new wires are cut, in bytes from their beginning, in either direction.
    cut_at: Option<u64>,
    /// Most bytes that ever waited in the relay for one link.
    worst_backlog: usize,
    /// Bytes that ever went over wires.
    bytes: u64,
}

/// Another log of the same room, with the same keys: who is in `people` sees this one.
struct Fork {
    store: Arc<MemoryStore>,
    disk: Disk,
    hub: Hub,
    people: HashSet<usize>,
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
            fork: None,
            next_tick: now.mono,
            people: Vec::new(),
            between: HashMap::new(),
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

    /// From now on somebody stands between this person and the relay. Nothing should be under way then.
    pub fn put_between(&mut self, person: usize, between: impl Between + 'static) {
        self.between.insert(person, Box::new(between));
    }

    /// Nobody stands there any more.
    pub fn leave_alone(&mut self, person: usize) {
        self.between.remove(&person);
    }

    /// The relay's disk as it is now, as a backup would be.
    pub fn back_up_relay(&self) -> MemoryStore {
        self.store.copy()
    }

    /// The relay's process is killed, and starts from that backup.
    pub fn restore_relay(&mut self, backup: MemoryStore) {
        self.kill_relay();
        self.store = Arc::new(backup);
        self.start_relay();
    }

    /// From now on the relay keeps two logs of the room, alike so far, and signs both: these people see the second one.
    /// Attack matrix row 10.
    pub fn split(&mut self, people: &[usize]) {
        let (store, disk) = (Arc::new(self.store.copy()), Disk::new(self.now.mono));
        let hub = self.hub_over(store.clone(), &disk);
        let people: HashSet<usize> = people.iter().copied().collect();
        people.iter().for_each(|person| self.cut(*person));
        self.fork = Some(Fork { store, disk, hub, people });
    }

    /// From now on somebody sees the other one of the two logs.
    pub fn change_sides(&mut self, person: usize) {
        if let Some(Fork { people, .. }) = &mut self.fork
            && !people.remove(&person)
        {
            people.insert(person);
        }
        self.cut(person);
    }

    /// The dice, for schedules that draw from the same sequence.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// The room's log as the store has it.
    pub fn log(&self) -> Vec<Stored> {
        log_of(&self.store, &self.room)
    }

    /// The log that somebody is shown.
    pub fn log_shown_to(&self, person: usize) -> Vec<Stored> {
        let fork = self.fork.as_ref().filter(|fork| fork.people.contains(&person));
        log_of(fork.map_or(&self.store, |fork| &fork.store), &self.room)
    }

    /// The blob of the newest commit, once there is one.
    pub fn blob(&self) -> Option<Bytes> {
        let digest = self.log().iter().rev().find_map(|stored| stored.blob)?;
        self.store.blob(&self.room, &digest).expect("memory has no errors")
    }

    /// Which life of the relay's store this is.
    pub fn incarnation(&self) -> Incarnation {
        self.store.incarnation()
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
        let disk = self.disk.clone();
        self.hub = Some(self.hub_over(self.store.clone(), &disk));
    }

    fn hub_over(&mut self, store: Arc<dyn Store>, disk: &Disk) -> Hub {
        let log_secret = log_secret();
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
        let writer = Some(disk.writer());
        let config =
            HubConfig { store, writer, terms, log_secret, quotas, random, tickets: None, retention: None };
        Hub::new(config).expect("memory has no errors")
    }

    /// Runs for so long.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now.mono + time;
        loop {
            self.settle();
            let Some(next) = self.next_event().filter(|next| *next <= until) else { break };
            self.move_to(next.max(self.now.mono));
            self.disk.turn(self.now.mono, &*self.store);
            if let Some(fork) = &self.fork {
                fork.disk.turn(self.now.mono, &*fork.store);
            }
            if self.next_tick <= self.now.mono {
                self.next_tick = self.now.mono + Duration::from_secs(1);
                let hubs = self.hub.iter().chain(self.fork.as_ref().map(|fork| &fork.hub));
                hubs.for_each(|hub| hub.tick(self.now));
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
        if let Some(fork) = &self.fork {
            fork.disk.set_now(mono);
        }
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
                let between = self.between.get_mut(&wire.person).map(Box::as_mut);
                moved |= wire.carry(self.now, person, between, &mut self.dice, self.latency, &mut self.bytes);
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
            let fork = self.fork.as_ref().filter(|fork| fork.people.contains(&person.number));
            let hub = fork.map(|fork| &fork.hub).or(self.hub.as_ref());
            let opened = hub.and_then(|hub| hub.open(self.now, peer, Waker::noop().clone()).ok());
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
        let disks = [Some(&self.disk), self.fork.as_ref().map(|fork| &fork.disk)];
        let disks = disks.into_iter().flatten().filter_map(Disk::next_event);
        people.chain(wires).chain(disks).chain([self.next_tick]).min()
    }
}

fn log_of(store: &MemoryStore, room: &RoomId) -> Vec<Stored> {
    store.read(room, Seq::ZERO, usize::MAX, usize::MAX).expect("memory has no errors")
}

/// Stands between somebody and the relay, and sees and changes what both say. Behind TLS that is the relay itself, or nobody.
pub trait Between {
    /// The client says something: what goes on to the relay.
    fn up(&mut self, frame: Bytes) -> Bytes;

    /// The relay says something: what goes on to the client.
    fn down(&mut self, frame: Bytes) -> Vec<Bytes>;
}

/// The key of the relay's heads.
pub fn log_secret() -> LogSecret {
    LogSecret::from_bytes(&[7; 32])
}

/// Frames on a wire: 4 bytes of length, big-endian, and the frame.
fn framed(frame: &Bytes) -> Vec<u8> {
    let length = u32::try_from(frame.len()).expect("a frame has a bound");
    [&length.to_be_bytes()[..], frame].concat()
}

/// The relay's key, as those see it who connect.
pub const PIN: KeyPin = KeyPin::from_bytes([9; 32]);
const STEP: Duration = Duration::from_millis(100);
