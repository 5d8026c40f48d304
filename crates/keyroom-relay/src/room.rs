//! One room as the relay has it: who may do what, and what comes next in its log. Spec: `docs/protocol.md`, "Rooms".
//!
//! No I/O, no clock, no links: [`Room::admit`] decides about an append and says what to write; once that is on disk,
//! [`Room::written`] says what follows from it. Between the two it counts as taken, so that the next append can be
//! decided at once and one sync serves both.

mod admit;
mod blobs;
mod changes;
mod doors;
mod knocks;
mod passes;
pub(crate) mod queue;
mod recent;
mod records;

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;
use keyroom_link::relay::Blob;
use keyroom_store::{Head, RoomState, Write};
use keyroom_types::{Chain, Digest, DoorId, DoorKey, EnvelopeId, PassKey, RoomId, Seq, Timestamp};
use keyroom_wire::{Answered, Appended, Blobs, Code, Door, PassRole, Refusal, SignedHead};

pub(crate) use self::admit::{Admission, Author, Proposal};
use self::blobs::Candidates;
pub(crate) use self::doors::OpenDoor;
use self::knocks::Knocks;
pub(crate) use self::knocks::{Knock, Knocking};
pub(crate) use self::passes::Pass;
use self::queue::Queue;
pub(crate) use self::recent::Recent;
use self::records::Record;

/// A room that is served.
#[derive(Debug)]
pub(crate) struct Room {
    id: RoomId,
    founder: PassKey,
    /// Where the log ends, with all that was admitted.
    tail: Head,
    /// Where the log ends on disk.
    durable: Head,
    passes: HashMap<PassKey, Pass>,
    doors: HashMap<DoorId, OpenDoor>,
    candidates: Candidates,
    knocks: Knocks,
    /// Admitted, and not yet on disk, oldest first.
    pending: VecDeque<Pending>,
    /// A write failed: nothing is admitted until all that was under way has failed too.
    failed: Option<Code>,
    pub(crate) queue: Queue,
    pub(crate) recent: Recent,
    pub(crate) heads: Heads,
    /// The blob that was read last: a newcomer reads it in parts.
    pub(crate) last_blob: Option<Blob>,
    /// The knock that was read last, encoded: all admins are told of it.
    pub(crate) last_knock: Option<(u64, Bytes)>,
}

/// The relay's newest word on the room.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    pub(crate) signed: Option<SignedHead>,
    pub(crate) signed_at: Option<Instant>,
    /// When something was last written.
    pub(crate) written_at: Option<Instant>,
}

/// A change of the room that is on its way to the disk.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Who is to be answered, and what with. More than one where an author sent it again over another link.
    pub(crate) askers: Vec<Asker>,
    pub(crate) reply: Reply,
    pub(crate) author: PassKey,
    ids: Vec<EnvelopeId>,
    /// Place, length of the body, and the encoded delivery of each envelope.
    pub(crate) frames: Vec<(Seq, usize, Bytes)>,
    head: Head,
    /// Whether its first envelope is a member's commit.
    commits: bool,
    /// Passes and doors that it closed.
    pub(crate) closed: Closed,
    /// It took these blobs, which its link had uploaded.
    pub(crate) took: Vec<Digest>,
    /// The door's link that goes on as this pass.
    pub(crate) joined: Option<PassKey>,
    /// It is the knock of this number.
    knock: Option<u64>,
    /// It declines the knock of this pass.
    pub(crate) declined: Option<PassKey>,
    /// It lets in these passes, which had knocked.
    pub(crate) answered: Vec<(PassKey, Answered)>,
}

/// What its asker is told when a change is on disk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// The room is made.
    Created,
    /// The envelopes are in the log.
    Appended(Appended),
    /// The blob is kept.
    Done,
}

/// A link's request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Asker {
    pub(crate) link: u64,
    pub(crate) request: u64,
}

impl Pending {
    fn new(asker: Asker, reply: Reply, author: PassKey, head: Head) -> Self {
        Self {
            askers: vec![asker],
            reply,
            author,
            ids: Vec::new(),
            frames: Vec::new(),
            head,
            commits: false,
            closed: Closed::default(),
            took: Vec::new(),
            joined: None,
            knock: None,
            declined: None,
            answered: Vec::new(),
        }
    }

    /// Whether it is a knock.
    pub(crate) const fn is_knock(&self) -> bool {
        self.knock.is_some()
    }

    /// The delivery of a member's commit, without what follows it.
    pub(crate) fn commit(&self) -> &[(Seq, usize, Bytes)] {
        &self.frames[..usize::from(self.commits).min(self.frames.len())]
    }
}

/// Passes and doors that an append closed: their links end.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    pub(crate) passes: Vec<PassKey>,
    pub(crate) doors: Vec<DoorKey>,
    door_ids: Vec<DoorId>,
}

/// The room's stored state cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unreadable;

impl Room {
    /// A new room, and what to write to make it. The founder's pass is its first admin.
    pub(crate) fn found(
        id: RoomId,
        asker: Asker,
        founder: PassKey,
        doors: &[Door],
        blob: Option<&Blob>,
        time: Timestamp,
    ) -> Result<(Self, Write), Code> {
        let head =
            Head { seq: Seq::ZERO, time, chain: Chain::start(&id), newest_commit: Seq::ZERO, bytes: 0 };
        let candidates = Candidates { own: blob.map(|blob| blob.name), offered: Vec::new() };
        let mut room = Self::empty(id, founder, head, candidates);
        let admin = Pass::new(PassRole::Admin, None);
        let mut records = vec![
            records::founder(&founder),
            records::pass(&founder, Some(&admin)),
            records::candidates(&room.candidates),
        ];
        room.passes.insert(founder, admin);
        for door in doors {
            let open = OpenDoor::new(*door, 0);
            if room.doors.insert(door.id, open).is_some() {
                return Err(Code::Change);
            }
            records.push(records::door(&door.id, Some(&open)));
        }
        let blobs = blob.map(|blob| (blob.name, Some(blob.bytes.clone()))).into_iter().collect();
        let took = blob.iter().map(|blob| blob.name).collect();
        room.pending.push_back(Pending { took, ..Pending::new(asker, Reply::Created, founder, head) });
        let write = Write { room: id, create: true, entries: Vec::new(), head, records, blobs };
        Ok((room, write))
    }

    /// A room as the store has it.
    pub(crate) fn load(id: RoomId, state: &RoomState) -> Result<Self, Unreadable> {
        let mut founder = None;
        let mut room = Self::empty(id, PassKey::from_bytes([0; 32]), state.head, Candidates::default());
        for (key, value) in &state.records {
            match records::read(key, value).ok_or(Unreadable)? {
                Record::Founder(pass) => founder = Some(pass),
                Record::Pass(name, pass) => drop(room.passes.insert(name, pass)),
                Record::Door(door) => drop(room.doors.insert(door.door.id, door)),
                Record::Candidates(candidates) => room.candidates = candidates,
                Record::Knock(pass, knock) => room.knocks.load_knock(pass, knock),
                Record::Welcome(pass, waiting) => room.knocks.load_welcome(pass, waiting),
            }
        }
        room.founder = founder.ok_or(Unreadable)?;
        Ok(room)
    }

    fn empty(id: RoomId, founder: PassKey, head: Head, candidates: Candidates) -> Self {
        Self {
            id,
            founder,
            tail: head,
            durable: head,
            passes: HashMap::new(),
            doors: HashMap::new(),
            candidates,
            knocks: Knocks::default(),
            pending: VecDeque::new(),
            failed: None,
            queue: Queue::default(),
            recent: Recent::default(),
            heads: Heads::default(),
            last_blob: None,
            last_knock: None,
        }
    }

    /// Takes the stored state again after a failed write. Whoever waits for a turn goes on waiting.
    pub(crate) fn reload(&mut self, state: &RoomState) -> Result<(), Unreadable> {
        let mut fresh = Self::load(self.id, state)?;
        fresh.knocks.number_on_from(&self.knocks);
        let queue = std::mem::take(&mut self.queue);
        *self = Self { queue, ..fresh };
        Ok(())
    }

    /// Its name.
    pub(crate) fn id(&self) -> RoomId {
        self.id
    }

    /// Who made it.
    pub(crate) fn founder(&self) -> &PassKey {
        &self.founder
    }

    /// Where the log ends on disk.
    pub(crate) fn durable(&self) -> &Head {
        &self.durable
    }

    /// A pass, if the room knows it.
    pub(crate) fn pass(&self, name: &PassKey) -> Option<&Pass> {
        self.passes.get(name)
    }

    /// The open door of that key.
    pub(crate) fn door(&self, key: &DoorKey) -> Option<&OpenDoor> {
        self.doors.values().find(|open| open.door.key == *key)
    }

    /// Whether it is not on disk yet.
    pub(crate) fn is_being_made(&self) -> bool {
        self.pending.front().is_some_and(|pending| matches!(pending.reply, Reply::Created))
    }

    /// Whether something is on its way to the disk.
    pub(crate) fn is_writing(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The blobs of the newest commit. While that commit is on its way to the disk, they cannot be read yet.
    pub(crate) fn blobs(&self) -> Blobs {
        Blobs { newest_commit: self.tail.newest_commit, blobs: self.candidates.names() }
    }

    /// Whether the newest commit has a blob of that name.
    pub(crate) fn has_blob(&self, name: &Digest) -> bool {
        self.candidates.names().contains(name)
    }

    /// An append of the same pass that is on its way to the disk and begins with this envelope.
    pub(crate) fn pending_mut(&mut self, first: &EnvelopeId) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.ids.contains(first))
    }

    /// The oldest change is on disk.
    pub(crate) fn written(&mut self) -> Option<Pending> {
        let pending = self.pending.pop_front()?;
        let bytes = self.durable.bytes;
        self.durable = Head { bytes, ..pending.head };
        pending.knock.iter().for_each(|number| self.knocks.written(*number));
        for (seq, body, frame) in &pending.frames {
            self.recent.push(*seq, *body, frame);
        }
        Some(pending)
    }

    /// The oldest change could not be written. Returns it, and why it failed: what was under way behind a change that
    /// failed has no place to go to, and fails for the same reason.
    pub(crate) fn failed(&mut self, code: Code) -> (Option<Pending>, Code) {
        let first = *self.failed.get_or_insert(code);
        (self.pending.pop_front(), first)
    }

    /// The newest change was not taken by the writer.
    pub(crate) fn not_taken(&mut self, code: Code) -> Option<Pending> {
        self.failed = Some(code);
        self.pending.pop_back()
    }

    /// Why the stored state must be taken again: something failed, and nothing is under way any more.
    pub(crate) fn needs_reload(&self) -> Option<Code> {
        self.failed.filter(|_| self.pending.is_empty())
    }

    /// Gives a blob of another than its author to the newest commit. Returns what to write.
    pub(crate) fn republish(
        &mut self,
        asker: Asker,
        pass: &PassKey,
        based_on: Seq,
        blob: &Blob,
    ) -> Result<Option<Write>, Refusal> {
        if let Some(code) = self.failed {
            return Err(Refusal::later(code, RETRY_MS));
        }
        let role = self.passes.get(pass).ok_or(Refusal::new(Code::NoPass))?.role;
        if role < PassRole::Member {
            return Err(Refusal::new(Code::Role));
        }
        if based_on != self.tail.newest_commit {
            return Err(Refusal::at(Code::Stale, self.tail.newest_commit));
        }
        if self.has_blob(&blob.name) {
            return Ok(None);
        }
        self.candidates.check(pass).map_err(Refusal::new)?;
        self.candidates.offered.push((*pass, blob.name));
        let records = vec![records::candidates(&self.candidates)];
        let blobs = vec![(blob.name, Some(blob.bytes.clone()))];
        let (room, head) = (self.id, self.tail);
        let took = vec![blob.name];
        self.pending.push_back(Pending { took, ..Pending::new(asker, Reply::Done, *pass, head) });
        Ok(Some(Write { room, create: false, entries: Vec::new(), head, records, blobs }))
    }

    /// Retention dropped bodies: this is what is left.
    pub(crate) fn shrunk_to(&mut self, bytes: u64) {
        let pending = self.tail.bytes.saturating_sub(self.durable.bytes);
        self.durable.bytes = bytes;
        self.tail.bytes = bytes.saturating_add(pending);
    }
}

/// When to try again what failed on the relay's side, in milliseconds.
pub(crate) const RETRY_MS: u32 = 2_000;
