//! Somebody with the client's machine of a sealed room, and a profile in memory.

use std::time::{Duration, Instant};

use keyroom_client::testing::{Desk, EnterSetup, FoundDesk, FoundSetup, SealedRoom, Trouble, Vice};
use keyroom_client::{Alarm, CloseReason, Connection, Knock, PeerId, Profile, RoomEvent, RoomRecord, Stage};
use keyroom_history::{EntryBody, State, Trust};
use keyroom_link::{Event, Link, Lost};
use keyroom_mls::{Crypto, Identity, Seen};
use keyroom_relay::Now;
use keyroom_types::{Address, IdentityKey, Key, Label, MessageId, RoomId, Seq, Timestamp};

use super::copy_of;
use crate::pair::{Dice, PIN, Who};

/// Somebody in a sealed room.
pub struct Member {
    number: usize,
    profile: Profile,
    /// An older copy of the profile.
    backup: Option<Profile>,
    crypto: Crypto,
    machine: Option<SealedRoom>,
    /// When its disk has what it syncs.
    synced: Option<Instant>,
    /// Whether its disk syncs nothing.
    stalled: bool,
    /// How far its clock is from the true time, in milliseconds.
    skew: i64,
    dice: Dice,
    key: Key,
    alarms: Vec<Alarm>,
    /// Alarms that are over.
    over: Vec<Alarm>,
    knocks: Vec<Knock>,
    typing: Vec<PeerId>,
    knocking: bool,
    entered: Option<Seq>,
    refused: Vec<String>,
    closed: Option<CloseReason>,
    /// How often its profile was restored.
    restored: usize,
    /// How often it lost the link because the relay broke the rules.
    faults: usize,
}

/// A message of a timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Where it stands in the log, once it does.
    pub seq: Option<Seq>,
    /// Who wrote it.
    pub author: IdentityKey,
    /// Its id.
    pub id: MessageId,
    /// What it says.
    pub text: String,
    /// How far it has come.
    pub state: State,
}

impl Member {
    pub(super) fn founder(
        number: usize,
        now: Now,
        seed: u64,
        key: Key,
        max_members: u32,
        approval: bool,
    ) -> (Self, Link) {
        let mut member = Self::new(number, seed, key.clone());
        let setup = FoundSetup {
            name: Label::from_word("Room"),
            me: name_of(number),
            key,
            addresses: addresses(),
            trust: Trust::Pins(vec![PIN]),
            hosted: false,
            approval,
            max_members,
        };
        let begun = member.begin(now, seed, |desk, identity| SealedRoom::found(desk, identity, &setup));
        let link = member.begun(begun);
        (member, link)
    }

    pub(super) fn newcomer(number: usize, now: Now, seed: u64, room: RoomId, key: &Key) -> (Self, Link) {
        let mut member = Self::new(number, seed, key.clone());
        let link = member.enter(now, seed, room, key.clone());
        (member, link)
    }

    fn new(number: usize, seed: u64, key: Key) -> Self {
        let crypto = Crypto::new();
        crypto.observe();
        Self {
            number,
            profile: Profile::ephemeral().expect("memory has no errors"),
            backup: None,
            crypto,
            machine: None,
            synced: None,
            stalled: false,
            skew: 0,
            dice: Dice::new(seed ^ 0x5ea1_ed00),
            key,
            alarms: Vec::new(),
            over: Vec::new(),
            knocks: Vec::new(),
            typing: Vec::new(),
            knocking: false,
            entered: None,
            refused: Vec::new(),
            closed: None,
            restored: 0,
            faults: 0,
        }
    }

    /// Goes to the door; with the pass that it had before, if its profile knows the room.
    pub(super) fn enter(&mut self, now: Now, seed: u64, room: RoomId, key: Key) -> Link {
        self.key = key.clone();
        let replaces = self.record(room).map(|record| copy_of(&record.pass));
        let setup = EnterSetup {
            room,
            me: name_of(self.number),
            key,
            addresses: addresses(),
            trust: Trust::Pins(vec![PIN]),
            log_key: None,
            inviter: None,
            first_contact: false,
            replaces,
        };
        let begun = self.begin(now, seed, |desk, identity| SealedRoom::enter(desk, identity, setup));
        let link = self.begun(begun);
        if let Some(machine) = &mut self.machine {
            machine.relay_seen(PIN);
        }
        link
    }

    /// Starts again from the profile; at the door, if it knows no room.
    pub(super) fn reopen(&mut self, now: Now, seed: u64, room: RoomId) -> Link {
        match self.record(room) {
            Some(record) if record.stage != Stage::Joining => {
                let begun =
                    self.begin(now, seed, |desk, identity| SealedRoom::reopen(desk, identity, record));
                self.begun(begun)
            }
            _ => self.enter(now, seed, room, self.key.clone()),
        }
    }

    fn begin(
        &mut self,
        now: Now,
        seed: u64,
        work: impl FnOnce(&mut FoundDesk<'_>, Identity) -> Result<(SealedRoom, Link), Trouble>,
    ) -> Result<(SealedRoom, Link), Trouble> {
        self.machine = None;
        self.synced = None;
        self.closed = None;
        self.knocks.clear();
        self.knocking = false;
        let identity = Identity::from_seed(&self.profile.identity_seed());
        let dice = &mut self.dice;
        let mut desk = FoundDesk {
            now: now.mono,
            wall: skewed(now.wall, self.skew),
            seed,
            profile: &mut self.profile,
            crypto: &self.crypto,
            random: &mut |bytes: &mut [u8]| bytes.fill_with(|| dice.number().to_le_bytes()[0]),
        };
        work(&mut desk, identity)
    }

    fn begun(&mut self, begun: Result<(SealedRoom, Link), Trouble>) -> Link {
        let (machine, link) = begun.unwrap_or_else(|trouble| panic!("{}: {trouble}", self.number));
        self.machine = Some(machine);
        self.hear();
        link
    }

    /// Gives the machine something to do.
    pub fn with<T>(
        &mut self,
        now: Now,
        link: &mut Link,
        work: impl FnOnce(&mut SealedRoom, &mut Desk<'_>) -> T,
    ) -> Option<T> {
        let dice = &mut self.dice;
        let mut desk = Desk {
            now: now.mono,
            wall: skewed(now.wall, self.skew),
            link,
            profile: &mut self.profile,
            crypto: &self.crypto,
            random: &mut |bytes: &mut [u8]| bytes.fill_with(|| dice.number().to_le_bytes()[0]),
        };
        let machine = self.machine.as_mut()?;
        let done = work(machine, &mut desk);
        if machine.begin_sync() {
            self.synced = Some(now.mono + Duration::from_millis(self.dice.below(SLOWEST_SYNC)));
        }
        self.hear();
        Some(done)
    }

    /// Takes what the machine says.
    fn hear(&mut self) {
        while let Some(event) = self.machine.as_mut().and_then(SealedRoom::poll_event) {
            match event {
                RoomEvent::Alarm(alarm) => self.alarms.push(alarm),
                RoomEvent::AlarmOver(alarm) => self.over.push(alarm),
                RoomEvent::Knocks(knocks) => self.knocks = knocks,
                RoomEvent::Connection(Connection::Unconfirmed) => {
                    let cursor = self.machine.as_ref().and_then(|machine| machine.record().cursor);
                    self.entered = cursor.map(|cursor| cursor.seq);
                }
                RoomEvent::ActRefused(refusal) => self.refused.push(refusal.to_string()),
                RoomEvent::Typing(peer) => self.typing.push(peer),
                RoomEvent::Connection(Connection::Knocking { .. }) => self.knocking = true,
                RoomEvent::Closed(reason) => self.closed = Some(reason),
                RoomEvent::Connection(Connection::Lost { why: Lost::Fault(_), .. }) => self.faults += 1,
                RoomEvent::WishRefused(refusal) => self.refused.push(refusal.to_string()),
                RoomEvent::SendRefused(refusal) => self.refused.push(refusal.to_string()),
                _ => {}
            }
        }
    }

    /// From now on it does wrong, until its process is killed.
    pub fn misbehave(&mut self, vice: Vice) {
        if let Some(machine) = &mut self.machine {
            machine.misbehave(Some(vice));
        }
    }

    /// Which keys it used, since it is there.
    pub fn keys_used(&self) -> Vec<Seen> {
        self.crypto.observed()
    }

    /// Its machine.
    pub fn machine(&self) -> Option<&SealedRoom> {
        self.machine.as_ref()
    }

    /// What its profile knows of the room.
    pub fn record(&mut self, room: RoomId) -> Option<RoomRecord> {
        let tx = self.profile.begin().expect("memory has no errors");
        tx.room(&room).expect("memory has no errors")
    }

    /// The messages of its timeline, as it is shown.
    pub fn lines(&mut self, room: RoomId) -> Vec<Line> {
        let tx = self.profile.begin().expect("memory has no errors");
        let entries = tx.page(&room, 0, usize::MAX / 2).unwrap_or_default();
        let lines = entries.into_iter().filter_map(|entry| match entry.body {
            EntryBody::Message { author, id, text, state, .. } => {
                Some(Line { seq: entry.seq, author, id, text: text.unwrap_or_default(), state })
            }
            EntryBody::Notice { .. } => None,
        });
        lines.collect()
    }

    /// The kinds of the other lines, with where they stand.
    pub fn notices(&mut self, room: RoomId) -> Vec<(u16, Option<Seq>)> {
        let tx = self.profile.begin().expect("memory has no errors");
        let entries = tx.page(&room, 0, usize::MAX / 2).unwrap_or_default();
        let notices = entries.into_iter().filter_map(|entry| match entry.body {
            EntryBody::Notice { kind, .. } => Some((kind, entry.seq)),
            EntryBody::Message { .. } => None,
        });
        notices.collect()
    }

    /// Keeps a copy of the profile as it is now.
    pub fn back_up(&mut self) {
        self.backup = Some(self.profile.copy().expect("memory has no errors"));
    }

    /// Goes back to the copy, if there is one. Its process starts anew then.
    pub(super) fn restore(&mut self) -> bool {
        let Some(backup) = &self.backup else { return false };
        self.profile = backup.copy().expect("memory has no errors");
        self.restored += 1;
        true
    }

    /// Sets its clock wrong by so many milliseconds.
    pub fn skew(&mut self, millis: i64) {
        self.skew = millis;
    }

    /// From now on its disk syncs nothing, or does again.
    pub fn stall_disk(&mut self, on: bool) {
        self.stalled = on;
    }

    /// What it was warned of, oldest first.
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// What it was told to be over, oldest first.
    pub fn alarms_over(&self) -> &[Alarm] {
        &self.over
    }

    /// Forgets what it was warned of.
    pub fn clear_alarms(&mut self) {
        self.alarms.clear();
    }

    /// What it asked for in vain.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Why its room is over, since it was begun last.
    pub fn closed(&self) -> Option<&CloseReason> {
        self.closed.as_ref()
    }

    /// Whether nothing is sent any more, or not until it enters again.
    pub fn is_stopped(&self) -> bool {
        let unsure = self.machine.as_ref().is_some_and(|machine| machine.record().unsure.is_some());
        unsure || self.alarms.iter().any(|alarm| alarm.stops())
    }

    /// How often its profile was restored.
    pub fn restored(&self) -> usize {
        self.restored
    }

    /// How often its link told that the relay broke the rules.
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// Who asks to be let in, as it was told last.
    pub fn knocks(&self) -> &[Knock] {
        &self.knocks
    }

    /// Whether it waits to be let in now.
    pub fn waits_to_be_let_in(&self) -> bool {
        let newcomer = self.machine.as_ref().is_some_and(SealedRoom::is_newcomer);
        self.knocking && newcomer && self.closed.is_none()
    }

    /// Where it came in, for the last time.
    pub fn entered(&self) -> Option<Seq> {
        self.entered
    }

    /// Who was said to write, each time.
    pub fn typing(&self) -> &[PeerId] {
        &self.typing
    }

    /// Its profile.
    pub fn profile(&mut self) -> &mut Profile {
        &mut self.profile
    }

    /// Whether it was told that it waits to be let in.
    pub fn was_told_to_wait(&self) -> bool {
        self.knocking
    }

    /// Who it is.
    pub fn identity(&self) -> IdentityKey {
        Identity::from_seed(&self.profile.identity_seed()).key()
    }

    /// One line, for a test that fails.
    pub fn state(&self) -> String {
        let machine = self.machine.as_ref().map(|machine| {
            let record = machine.record();
            format!(
                "{:?} at {:?}, unsure {}, newcomer {}, {}, {:?}",
                record.stage,
                record.cursor.map(|cursor| cursor.seq),
                record.unsure.is_some(),
                machine.is_newcomer(),
                machine.doing(),
                machine.group(),
            )
        });
        format!(
            "{}, restored {}, closed {:?}, alarms {:?}, refused {:?}",
            machine.unwrap_or_default(),
            self.restored,
            self.closed,
            self.alarms,
            self.refused
        )
    }
}

impl Who for Member {
    fn take(&mut self, now: Now, link: &mut Link, told: Vec<Event>) {
        self.with(now, link, |machine, desk| machine.take(desk, told));
    }

    fn act(&mut self, now: Now, link: &mut Link, _: &mut Dice) -> bool {
        if !self.stalled && self.synced.take_if(|synced| *synced <= now.mono).is_some() {
            self.with(now, link, |machine, desk| machine.synced(desk));
            return true;
        }
        if self.machine.as_ref().and_then(SealedRoom::poll_timeout).is_some_and(|due| due <= now.mono) {
            self.with(now, link, |machine, desk| machine.handle_timeout(desk));
            let due = self.machine.as_ref().and_then(SealedRoom::poll_timeout);
            assert!(due.is_none_or(|due| due > now.mono), "what is due was done: {}", self.state());
            return true;
        }
        false
    }

    fn next_event(&self) -> Option<Instant> {
        let due = self.machine.as_ref().and_then(SealedRoom::poll_timeout);
        due.into_iter().chain(self.synced.filter(|_| !self.stalled)).min()
    }
}

/// How long its disk may take, in milliseconds, and a bit.
const SLOWEST_SYNC: u64 = 100;

fn name_of(number: usize) -> Label {
    format!("person {number}").parse().expect("a name that is one")
}

fn addresses() -> Vec<Address> {
    vec!["127.0.0.1:7000".parse().expect("an address that is one")]
}

fn skewed(wall: Timestamp, skew: i64) -> Timestamp {
    Timestamp::from_millis(wall.as_millis().saturating_add_signed(skew))
}
