//! Newcomers who knock, and welcomes that wait for who was let in. Spec: `docs/protocol.md`, "Knocking".
//!
//! Their bytes are blobs in the store, under names that several of them, or a commit, may share: a blob is removed when
//! nothing names it any more.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::relay::Blob;
use keyroom_store::Write;
use keyroom_types::{Cursor, Digest, DoorId, DoorKey, PassKey, Timestamp, limits};
use keyroom_wire::{Answered, Code, PassRole, Refusal};

use super::admit::slow_down;
use super::{Asker, Closed, Pending, RETRY_MS, Reply, Room, records};
use crate::Quotas;
use crate::bucket::Rate;

/// A knock that waits for its answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Knock {
    /// Rises with each knock of the room.
    pub(crate) number: u64,
    pub(crate) door: DoorId,
    pub(crate) time: Timestamp,
    /// Name and length of its bytes.
    pub(crate) blob: Digest,
    pub(super) size: u32,
}

/// A welcome that waits for its pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Waiting {
    pub(super) answered: Answered,
    pub(super) size: u32,
}

/// All knocks and welcomes of a room.
#[derive(Debug, Default)]
pub(super) struct Knocks {
    waiting: HashMap<PassKey, Knock>,
    welcomes: HashMap<PassKey, Waiting>,
    /// The last number that was given.
    given: u64,
    /// The last one that is on disk.
    durable: u64,
}

/// What became of a request about a knock.
#[derive(Debug)]
pub(crate) enum Knocking {
    /// To be written.
    Write(Box<Write>),
    /// It is on its way to the disk already.
    UnderWay,
    /// There is nothing to write.
    Done,
}

impl Knocks {
    pub(super) fn load_knock(&mut self, pass: PassKey, knock: Knock) {
        self.given = self.given.max(knock.number);
        self.durable = self.given;
        self.waiting.insert(pass, knock);
    }

    pub(super) fn load_welcome(&mut self, pass: PassKey, waiting: Waiting) {
        self.welcomes.insert(pass, waiting);
    }

    /// No number is given twice while links are there that were told of it.
    pub(super) fn number_on_from(&mut self, before: &Self) {
        self.given = self.given.max(before.given);
        self.durable = self.durable.max(before.durable);
    }

    pub(super) fn written(&mut self, number: u64) {
        self.durable = self.durable.max(number);
    }

    pub(super) fn get(&self, pass: &PassKey, time: Timestamp) -> Option<&Knock> {
        self.waiting.get(pass).filter(|knock| !is_old(knock.time, time))
    }

    fn names(&self, name: &Digest) -> bool {
        self.waiting.values().any(|knock| knock.blob == *name)
            || self.welcomes.values().any(|waiting| waiting.answered.welcome == *name)
    }

    /// Bytes of all of them, each blob once.
    fn bytes(&self) -> u64 {
        let knocks = self.waiting.values().map(|knock| (knock.blob, knock.size));
        let welcomes = self.welcomes.values().map(|waiting| (waiting.answered.welcome, waiting.size));
        let sizes: HashMap<Digest, u32> = knocks.chain(welcomes).collect();
        sizes.values().copied().map(u64::from).sum()
    }

    fn remove(&mut self, pass: &PassKey, left: &mut Left) {
        if let Some(knock) = self.waiting.remove(pass) {
            left.records.push(records::knock(pass, None));
            left.gone.push(knock.blob);
        }
    }

    pub(super) fn remove_welcome(&mut self, pass: &PassKey, left: &mut Left) {
        if let Some(waiting) = self.welcomes.remove(pass) {
            left.records.push(records::welcome(pass, None));
            left.gone.push(waiting.answered.welcome);
        }
    }

    fn remove_if(&mut self, left: &mut Left, over: impl Fn(&PassKey, &Knock) -> bool) {
        let passes: Vec<PassKey> =
            self.waiting.iter().filter(|(pass, knock)| over(pass, knock)).map(|(pass, _)| *pass).collect();
        passes.iter().for_each(|pass| self.remove(pass, left));
    }

    fn remove_welcomes_if(&mut self, left: &mut Left, over: impl Fn(&PassKey, &Waiting) -> bool) {
        let passes: Vec<PassKey> =
            self.welcomes.iter().filter(|(pass, one)| over(pass, one)).map(|(pass, _)| *pass).collect();
        passes.iter().for_each(|pass| self.remove_welcome(pass, left));
    }
}

/// What a change leaves to be written: records, and blobs that may have lost their last name.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) records: Vec<records::Change>,
    pub(super) gone: Vec<Digest>,
}

impl Room {
    /// Keeps the knock of a newcomer.
    pub(crate) fn knock(
        &mut self,
        now: Instant,
        wall: Timestamp,
        quotas: &Quotas,
        asker: Asker,
        (door, newcomer): (&DoorKey, PassKey),
        bytes: Bytes,
    ) -> Result<Knocking, Refusal> {
        if let Some(code) = self.failed {
            return Err(Refusal::later(code, RETRY_MS));
        }
        let time = self.tail.time.max(wall);
        let open = self.doors.values_mut().find(|open| open.door.key == *door);
        let open = open.ok_or(Refusal::new(Code::NoDoor))?;
        open.check(time).map_err(Refusal::new)?;
        if self.passes.contains_key(&newcomer) {
            return Err(Refusal::new(Code::Change));
        }
        let blob = Digest::of(&bytes);
        let before = self.knocks.get(&newcomer, time);
        if let Some(same) = before.filter(|before| before.blob == blob && before.door == open.door.id) {
            let number = same.number;
            let under_way = self.pending.iter_mut().find(|pending| pending.knock == Some(number));
            return Ok(under_way.map_or(Knocking::Done, |pending| {
                pending.askers.push(asker);
                Knocking::UnderWay
            }));
        }
        let others = self.knocks.waiting.iter();
        let others = others.filter(|(pass, knock)| **pass != newcomer && !is_old(knock.time, time)).count();
        if others >= limits::KNOCKS_PER_ROOM {
            return Err(Refusal::new(Code::Knocks));
        }
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let kept = self.knocks.bytes().saturating_add(self.tail.bytes);
        if kept.saturating_add(size.into()) > quotas.room_bytes {
            return Err(Refusal::new(Code::RoomFull));
        }
        let rate = Rate { burst: quotas.joins_per_door, each: quotas.joins_per_door_per_minute, per: MINUTE };
        open.knocks(now).take(now, rate, 1).map_err(slow_down)?;
        let door = open.door.id;

        let mut left = self.forget_old(time);
        self.knocks.remove(&newcomer, &mut left);
        self.knocks.given += 1;
        let number = self.knocks.given;
        let knock = Knock { number, door, time, blob, size };
        left.records.push(records::knock(&newcomer, Some(&knock)));
        self.knocks.waiting.insert(newcomer, knock);
        let pending =
            Pending { knock: Some(number), ..Pending::new(asker, Reply::Done, newcomer, self.tail) };
        Ok(self.write_knock(pending, left, vec![Blob { name: blob, bytes }]))
    }

    /// Declines a knock; one that is not there is declined already.
    pub(crate) fn drop_knock(
        &mut self,
        now: Instant,
        wall: Timestamp,
        quotas: &Quotas,
        asker: Asker,
        admin: &PassKey,
        newcomer: PassKey,
    ) -> Result<Knocking, Refusal> {
        if let Some(code) = self.failed {
            return Err(Refusal::later(code, RETRY_MS));
        }
        let pass = self.passes.get_mut(admin).ok_or(Refusal::new(Code::NoPass))?;
        if pass.role < PassRole::Admin {
            return Err(Refusal::new(Code::Role));
        }
        if !self.knocks.waiting.contains_key(&newcomer) {
            return Ok(Knocking::Done);
        }
        let rate =
            Rate { burst: quotas.appends_per_pass, each: quotas.appends_per_pass_per_second, per: SECOND };
        pass.appends(now).take(now, rate, 1).map_err(slow_down)?;
        let mut left = self.forget_old(self.tail.time.max(wall));
        self.knocks.remove(&newcomer, &mut left);
        let pending =
            Pending { declined: Some(newcomer), ..Pending::new(asker, Reply::Done, *admin, self.tail) };
        Ok(self.write_knock(pending, left, Vec::new()))
    }

    fn write_knock(&mut self, pending: Pending, left: Left, put: Vec<Blob>) -> Knocking {
        let (room, head) = (self.id, self.tail);
        self.pending.push_back(pending);
        let blobs = self.blob_changes(&left.gone, put);
        Knocking::Write(Box::new(Write {
            room,
            create: false,
            entries: Vec::new(),
            head,
            records: left.records,
            blobs,
        }))
    }

    /// Whether these welcomes may be kept, with so many bytes more in the log.
    pub(super) fn may_keep(&self, quotas: &Quotas, added: u64, welcomes: &[Blob]) -> bool {
        let more = welcomes.iter().map(|blob| blob.bytes.len() as u64).sum::<u64>();
        let kept = self.tail.bytes.saturating_add(self.knocks.bytes());
        kept.saturating_add(added).saturating_add(more) <= quotas.room_bytes
    }

    /// What the changes of an append mean to knocks and welcomes. Returns the passes that were let in by an answer.
    pub(super) fn answer(
        &mut self,
        answered: Vec<(PassKey, Digest)>,
        commit: Option<Cursor>,
        welcomes: &[Blob],
        closed: &Closed,
        left: &mut Left,
    ) -> Vec<(PassKey, Answered)> {
        let mut entered = Vec::new();
        for (pass, welcome) in answered {
            let door = self.knocks.waiting.get(&pass).and_then(|knock| self.doors.get_mut(&knock.door));
            if let Some(door) = door {
                door.used = door.used.saturating_add(1);
                left.records.push(records::door(&door.door.id, Some(door)));
            }
            let blob = welcomes.iter().find(|blob| blob.name == welcome);
            let (Some(cursor), Some(blob), true) = (commit, blob, self.passes.contains_key(&pass)) else {
                continue;
            };
            let size = u32::try_from(blob.bytes.len()).unwrap_or(u32::MAX);
            let waiting = Waiting { answered: Answered { cursor, welcome }, size };
            left.records.push(records::welcome(&pass, Some(&waiting)));
            self.knocks.welcomes.insert(pass, waiting);
            entered.push((pass, waiting.answered));
        }
        let passes = &self.passes;
        let over = |pass: &PassKey, knock: &Knock| {
            passes.contains_key(pass) || closed.door_ids.contains(&knock.door)
        };
        self.knocks.remove_if(left, over);
        closed.passes.iter().for_each(|pass| self.knocks.remove_welcome(pass, left));
        entered
    }

    /// Forgets what has waited too long.
    pub(super) fn forget_old(&mut self, time: Timestamp) -> Left {
        let mut left = Left::default();
        self.knocks.remove_if(&mut left, |_, knock| is_old(knock.time, time));
        self.knocks.remove_welcomes_if(&mut left, |_, one| is_old(one.answered.cursor.time, time));
        left
    }

    /// What to write of blobs: those to keep, and away with those that nothing names any more.
    pub(super) fn blob_changes(&self, gone: &[Digest], put: Vec<Blob>) -> Vec<(Digest, Option<Bytes>)> {
        let named = |name: &Digest| self.has_blob(name) || self.knocks.names(name);
        let gone = gone.iter().filter(|name| !named(name)).map(|name| (*name, None));
        let put = put.into_iter().filter(|blob| named(&blob.name)).map(|blob| (blob.name, Some(blob.bytes)));
        gone.chain(put).collect()
    }

    /// The answer that waits for this pass, once it is on disk.
    pub(crate) fn answered(&self, pass: &PassKey, wall: Timestamp) -> Option<Answered> {
        let answered = self.knocks.welcomes.get(pass)?.answered;
        let cursor = &answered.cursor;
        let there = cursor.seq <= self.durable.seq && !is_old(cursor.time, self.durable.time.max(wall));
        there.then_some(answered)
    }

    /// Whether a knock of this pass waits.
    pub(crate) fn has_knock(&self, pass: &PassKey, wall: Timestamp) -> bool {
        self.knocks.get(pass, self.durable.time.max(wall)).is_some()
    }

    /// The knocks on disk behind a number, in order.
    pub(crate) fn knocks_after(&self, after: u64, wall: Timestamp) -> Vec<(PassKey, Knock)> {
        let time = self.durable.time.max(wall);
        let numbers = after.saturating_add(1)..=self.knocks.durable;
        let there = |knock: &Knock| numbers.contains(&knock.number) && !is_old(knock.time, time);
        let mut knocks: Vec<(PassKey, Knock)> = self
            .knocks
            .waiting
            .iter()
            .filter(|(_, knock)| there(knock))
            .map(|(pass, k)| (*pass, *k))
            .collect();
        knocks.sort_unstable_by_key(|(_, knock)| knock.number);
        knocks
    }
}

fn is_old(since: Timestamp, time: Timestamp) -> bool {
    since.plus_millis(limits::KNOCK_MS) <= time
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
