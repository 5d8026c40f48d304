//! One sealed room under virtual time: the wires, the hub and the disk of [`crate::pair`], and people who have the
//! client's own machine, with a profile in memory.
//!
//! The same seed makes the same schedule. Keys are drawn by the MLS library, so that ciphertexts, and with them the ties
//! that a hash decides, differ between two runs of a seed.

mod evil;
mod member;

use std::time::Duration;

use bytes::Bytes;
use keyroom_client::testing::{SealedRoom, Wish, room_id};
use keyroom_client::{Act, KnockId};
use keyroom_history::Secret32;
use keyroom_mls::Body as Said;
use keyroom_store::{Body, Stored};
use keyroom_types::{Cursor, Header, Key, RoomId};
use keyroom_wire::Answer;

use self::evil::Filter;
pub use self::evil::{EvilRelay, Trick};
pub use self::member::{Line, Member};
use crate::pair::Pair;

/// A relay, and people of one sealed room.
pub struct Sealed {
    /// The network between them.
    pub net: Pair<Member>,
    /// The key of the first door.
    pub key: Key,
    max_members: u32,
    approval: bool,
}

impl Sealed {
    /// A relay without rooms. Rooms to a hundred members are hybrid, which costs more time.
    pub fn new(seed: u64, latency: Duration, max_members: u32) -> Self {
        let mut key = [5; Key::BYTES];
        key[..8].copy_from_slice(&seed.to_be_bytes());
        let key = Key::from_bytes(key);
        Self { net: Pair::with(room_id(&key), seed, latency), key, max_members, approval: false }
    }

    /// From its beginning on, newcomers ask and wait for an admin.
    #[must_use]
    pub fn with_approval(self) -> Self {
        Self { approval: true, ..self }
    }

    /// The room.
    pub fn room(&self) -> RoomId {
        room_id(&self.key)
    }

    /// Adds the founder, who makes the room.
    pub fn founder(&mut self) -> usize {
        let (key, most, approval) = (self.key.clone(), self.max_members, self.approval);
        self.net.add(|number, now, seed| Member::founder(number, now, seed, key, most, approval))
    }

    /// Adds somebody with a key of the room, who wants to enter.
    pub fn newcomer(&mut self, key: &Key) -> usize {
        let room = self.room();
        self.net.add(|number, now, seed| Member::newcomer(number, now, seed, room, key))
    }

    /// Somebody.
    pub fn member(&self, who: usize) -> &Member {
        self.net.who(who)
    }

    /// How many there are, or were.
    pub fn count(&self) -> usize {
        self.net.count()
    }

    /// Says something.
    pub fn say(&mut self, who: usize, text: &str) {
        let now = self.net.now();
        let (member, link) = self.net.person(who).both();
        member.with(now, link, |machine, desk| machine.say(desk, text));
    }

    /// Does something about a message.
    pub fn act(&mut self, who: usize, act: Act) {
        let now = self.net.now();
        let (member, link) = self.net.person(who).both();
        member.with(now, link, |machine, desk| machine.act(desk, act));
    }

    /// Turns somebody away who knocks.
    pub fn decline(&mut self, who: usize, knock: KnockId) {
        let now = self.net.now();
        let (member, link) = self.net.person(who).both();
        member.with(now, link, |machine, desk| machine.decline(desk, knock));
    }

    /// Sends a content that no face would send so.
    pub fn send_any(&mut self, who: usize, body: Said) {
        let now = self.net.now();
        let (member, link) = self.net.person(who).both();
        member.with(now, link, |machine, desk| machine.send_any(desk, body));
    }

    /// Asks for a commit.
    pub fn wish(&mut self, who: usize, wish: Wish) {
        let now = self.net.now();
        let (member, link) = self.net.person(who).both();
        member.with(now, link, |machine, desk| machine.wish(desk, wish));
    }

    /// Somebody's process is killed and starts again from its profile. Returns whether there was a room in it; somebody who
    /// was not in yet begins anew at the door.
    pub fn restart(&mut self, who: usize) {
        let room = self.room();
        self.net.restart(who, |member, now, seed| member.reopen(now, seed, room));
    }

    /// The same, from an older copy of the profile.
    pub fn restore(&mut self, who: usize) -> bool {
        let restored = self.net.person(who).tell().restore();
        if restored {
            self.restart(who);
        }
        restored
    }

    /// Enters again, visibly, as a new leaf for the old one.
    pub fn enter_again(&mut self, who: usize, key: &Key) {
        let (room, key) = (self.room(), key.clone());
        self.net.restart(who, |member, now, seed| member.enter(now, seed, room, key));
    }

    /// The key of a door that is open now, if somebody knows it.
    pub fn open_key(&self) -> Option<Key> {
        self.open_key_of(0..self.count())
    }

    /// The same, as the first of these sees the room.
    pub fn open_key_of(&self, who: impl IntoIterator<Item = usize>) -> Option<Key> {
        who.into_iter().find_map(|who| {
            let machine = self.member(who).machine()?;
            let key = machine.record().key.clone()?;
            let door = keyroom_types::DoorSeeds::of(&key).id;
            let newest = machine.group().is_some_and(|group| {
                group.is_active() && group.policy().doors.iter().any(|open| open.door.id == door)
            });
            (newest && machine.record().cursor.map(|cursor| cursor.newest_commit) == self.newest_commit())
                .then_some(key)
        })
    }

    /// The log: headers and bodies.
    pub fn log(&self) -> Vec<(Header, Bytes)> {
        self.net.log().into_iter().map(kept).collect()
    }

    /// The log that somebody is shown, where the relay keeps two.
    pub fn log_shown_to(&self, who: usize) -> Vec<(Header, Bytes)> {
        self.net.log_shown_to(who).into_iter().map(kept).collect()
    }

    /// From now on the relay lies to somebody who has read the log to its end; to nobody else.
    pub fn lie_to(&mut self, who: usize, evil: EvilRelay) {
        self.net.put_between(who, evil);
    }

    /// From now on what the relay says to somebody is shown to `pass` first, which may change it; `false`: it is left out.
    pub fn filter(&mut self, who: usize, pass: impl FnMut(&mut Answer) -> bool + 'static) {
        self.net.put_between(who, Filter::new(pass));
    }

    /// What lies to somebody later, from where it stands now.
    pub fn evil(&self, who: usize) -> EvilRelay {
        let machine = self.member(who).machine();
        let cursor = machine.and_then(|machine| machine.record().cursor);
        let start = Cursor::start(&self.room());
        EvilRelay::new(self.room(), self.net.incarnation(), cursor.unwrap_or(start))
    }

    fn newest_commit(&self) -> Option<keyroom_types::Seq> {
        let log = self.net.log();
        Some(
            log.iter()
                .rev()
                .find(|stored| stored.header.kind.is_commit())
                .map_or(keyroom_types::Seq::ZERO, |stored| stored.header.seq),
        )
    }

    /// Runs for so many milliseconds.
    pub fn run(&mut self, millis: u64) {
        self.net.run_for(Duration::from_millis(millis));
    }

    /// Whether somebody is in the room, has read its log to the end and has nothing under way.
    pub fn is_quiet(&self, who: usize) -> bool {
        let end = self.net.log_shown_to(who).last().map_or(0, |stored| stored.header.seq.get());
        let member = self.member(who);
        member.machine().is_some_and(|machine| {
            machine.group().is_some()
                && !machine.is_newcomer()
                && (machine.has_flushed() || (machine.has_said_all() && !self.somebody_can_commit()))
                && machine.record().cursor.is_some_and(|cursor| cursor.seq.get() == end)
        }) && self.net.link(who).is_live()
    }

    /// Whether the relay takes commits of anybody. It does not when the only ones who were members lost their state before they
    /// confirmed somebody: then all are newcomers to it, and wishes wait for ever.
    pub fn somebody_can_commit(&self) -> bool {
        let on = |who: &usize| !self.member(*who).is_stopped() && self.member(*who).closed().is_none();
        let can = |who: usize| self.member(who).machine().is_some_and(SealedRoom::can_commit);
        (0..self.count()).filter(on).any(can)
    }

    /// Runs until those are quiet who are to be. Returns whether they are.
    pub fn settle(&mut self, seconds: u64, who: impl Fn(&Member) -> bool) -> bool {
        let step = Duration::from_millis(500);
        let mut calm = 0;
        for _ in 0..seconds * 2 {
            self.net.run_for(step);
            let all = (0..self.count()).all(|one| !who(self.member(one)) || self.is_quiet(one));
            calm = if all { calm + 1 } else { 0 };
            // Receipts wait for ten seconds.
            if calm == 30 {
                return true;
            }
        }
        false
    }

    /// One line on somebody, for a test that fails.
    pub fn state(&self, who: usize) -> String {
        format!("{who}: live {}, {}", self.net.link(who).is_live(), self.member(who).state())
    }
}

fn kept(stored: Stored) -> (Header, Bytes) {
    match stored.body {
        Body::Kept(body) => (stored.header, body),
        Body::Dropped(_) => panic!("retention is off"),
    }
}

/// A pass that was used before.
pub(crate) fn copy_of(pass: &Secret32) -> Secret32 {
    Secret32::from_bytes(*pass.as_bytes())
}
