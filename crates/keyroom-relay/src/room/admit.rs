//! Decides about an append: repeated, refused, or next in the log.

use std::time::{Duration, Instant};

use keyroom_link::relay::Blob;
use keyroom_store::{Entry, Head, Write};
use keyroom_types::{Cursor, Digest, DoorId, Header, Kind, PassKey, Timestamp};
use keyroom_wire::{
    Append, Appended, Change, Code, Content, Door, Envelope, PassRole, Refusal, encode_deliver,
};

use super::changes::{Changed, Draft};
use super::{Asker, Candidates, Pending, RETRY_MS, Reply, Room, records};
use crate::Quotas;
use crate::bucket::Rate;

/// An append as its link brought it.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) asker: Asker,
    pub(crate) author: Author,
    pub(crate) append: Append,
    pub(crate) blob: Option<Blob>,
    /// Those that its answers to knocks name.
    pub(crate) welcomes: Vec<Blob>,
}

/// Who appends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Author {
    /// A member.
    Pass(PassKey),
    /// A newcomer, and whether it is its turn.
    Newcomer { door: Door, pass: PassKey, has_turn: bool },
}

impl Author {
    /// The pass that its headers name.
    pub(crate) fn pass(&self) -> PassKey {
        match self {
            Self::Pass(pass) | Self::Newcomer { pass, .. } => *pass,
        }
    }
}

/// What became of an append.
#[derive(Debug)]
pub(crate) enum Admission {
    /// To be written; it counts as taken.
    Write(Box<Write>),
    /// It is on its way to the disk already: its asker is answered together with the first one.
    UnderWay,
    /// It is in the log already.
    Repeated(Appended),
}

impl Room {
    /// Decides about an append. The repeated one is looked for first, then all else; so an author who asks again
    /// after a lost answer learns the first answer, however old its `based_on` is.
    ///
    /// `stored` is where the store has the append's envelopes, in their order.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        wall: Timestamp,
        quotas: &Quotas,
        stored: &[Option<Header>],
        proposal: Proposal,
    ) -> Result<Admission, Refusal> {
        if let Some(repeated) = self.repeated(stored, &proposal)? {
            return Ok(repeated);
        }
        if let Some(code) = self.failed {
            return Err(Refusal::later(code, RETRY_MS));
        }
        let (role, join) = self.check_author(wall, &proposal)?;
        if proposal.append.based_on != self.tail.newest_commit {
            return Err(Refusal::at(Code::Stale, self.tail.newest_commit));
        }
        let added = proposal.append.entries.iter().map(|entry| entry.body.len() as u64).sum::<u64>();
        if self.tail.bytes.saturating_add(added) > quotas.room_bytes {
            return Err(Refusal::new(Code::RoomFull));
        }
        let mut draft = Draft::new(self, self.tail.time.max(wall));
        for change in &proposal.append.changes {
            draft.apply(&proposal.author.pass(), role, change).map_err(Refusal::new)?;
        }
        if join.is_some() {
            draft.admit(proposal.author.pass()).map_err(Refusal::new)?;
        }
        let changed = draft.finish().map_err(Refusal::new)?;
        if !changed.answered.is_empty() && !self.may_keep(quotas, added, &proposal.welcomes) {
            return Err(Refusal::new(Code::RoomFull));
        }
        self.rates(now, quotas, &proposal, join)?;
        Ok(Admission::Write(Box::new(self.take(wall, proposal, join, changed))))
    }

    fn repeated(
        &mut self,
        stored: &[Option<Header>],
        proposal: &Proposal,
    ) -> Result<Option<Admission>, Refusal> {
        let entries = &proposal.append.entries;
        let author = proposal.author.pass();
        let Some(first) = entries.first() else { return Err(Refusal::new(Code::Malformed)) };
        if let Some(pending) = self.pending_mut(&first.id) {
            let same =
                pending.author == author && pending.ids.iter().eq(entries.iter().map(|entry| &entry.id));
            if !same {
                return Err(Refusal::new(Code::EnvelopeId));
            }
            pending.askers.push(proposal.asker);
            return Ok(Some(Admission::UnderWay));
        }
        if stored.iter().all(Option::is_none) {
            let taken = self
                .pending
                .iter()
                .any(|pending| entries.iter().any(|entry| pending.ids.contains(&entry.id)));
            let twice =
                entries.iter().enumerate().any(|(at, entry)| entries[..at].iter().any(|e| e.id == entry.id));
            return if taken || twice { Err(Refusal::new(Code::EnvelopeId)) } else { Ok(None) };
        }
        let headers: Option<Vec<Header>> = stored.iter().copied().collect();
        let whole = headers.filter(|headers| {
            headers.iter().all(|header| header.pass == author)
                && headers.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq)
        });
        match whole.as_deref() {
            Some([first, ..]) => {
                let last = first.seq.plus(entries.len() as u64 - 1);
                let time = first.time;
                Ok(Some(Admission::Repeated(Appended { first: first.seq, last, time, repeated: true })))
            }
            _ => Err(Refusal::new(Code::EnvelopeId)),
        }
    }

    /// Whether who appends may append this. Returns the role to judge its changes by, and the door of a newcomer.
    fn check_author(
        &self,
        wall: Timestamp,
        proposal: &Proposal,
    ) -> Result<(PassRole, Option<DoorId>), Refusal> {
        let kind = proposal.append.entries.first().map(|entry| entry.kind);
        match proposal.author {
            Author::Pass(pass) => {
                if proposal.append.changes.iter().any(|change| matches!(change, Change::Succeed { .. })) {
                    return Err(Refusal::new(Code::Role));
                }
                let role = self.passes.get(&pass).ok_or(Refusal::new(Code::NoPass))?.role;
                match kind {
                    Some(Kind::Application) => Ok((role, None)),
                    Some(Kind::Commit) if role >= PassRole::Member => Ok((role, None)),
                    _ => Err(Refusal::new(Code::Role)),
                }
            }
            Author::Newcomer { door, has_turn, .. } => {
                let open = self.doors.get(&door.id).filter(|open| open.door.key == door.key);
                let open = open.ok_or(Refusal::new(Code::NoDoor))?;
                open.check(self.tail.time.max(wall)).map_err(Refusal::new)?;
                let lawful = matches!(proposal.append.changes.as_slice(), [] | [Change::Succeed { .. }]);
                if kind != Some(Kind::Join) || !lawful {
                    return Err(Refusal::new(Code::Role));
                }
                if !has_turn {
                    return Err(Refusal::new(Code::NotYourTurn));
                }
                Ok((PassRole::Provisional, Some(door.id)))
            }
        }
    }

    /// Takes from the buckets last, so that what is refused for another reason costs no token.
    fn rates(
        &mut self,
        now: Instant,
        quotas: &Quotas,
        proposal: &Proposal,
        join: Option<DoorId>,
    ) -> Result<(), Refusal> {
        if let Some(door) = join.and_then(|id| self.doors.get_mut(&id)) {
            let rate =
                Rate { burst: quotas.joins_per_door, each: quotas.joins_per_door_per_minute, per: MINUTE };
            return door.joins(now).take(now, rate, 1).map_err(slow_down);
        }
        let Some(pass) = self.passes.get_mut(&proposal.author.pass()) else { return Ok(()) };
        let count = u32::try_from(proposal.append.entries.len()).unwrap_or(u32::MAX);
        let rate =
            Rate { burst: quotas.appends_per_pass, each: quotas.appends_per_pass_per_second, per: SECOND };
        pass.appends(now).take(now, rate, count).map_err(slow_down)?;
        if proposal.append.entries.iter().any(|entry| entry.kind.is_commit()) {
            let rate = Rate {
                burst: quotas.commits_per_pass,
                each: quotas.commits_per_pass_per_minute,
                per: MINUTE,
            };
            pass.commits(now).take(now, rate, 1).map_err(slow_down)?;
        }
        Ok(())
    }

    /// Puts the append at the end of the log.
    fn take(&mut self, wall: Timestamp, proposal: Proposal, join: Option<DoorId>, changed: Changed) -> Write {
        let Proposal { asker, author, append, blob, welcomes } = proposal;
        let author = author.pass();
        let mut head = Head { time: self.tail.time.max(wall), ..self.tail };
        let first = head.seq.next();
        let mut commit = None;
        let mut entries = Vec::with_capacity(append.entries.len());
        let mut frames = Vec::with_capacity(append.entries.len());
        let mut ids = Vec::with_capacity(append.entries.len());
        for new in append.entries {
            head.seq = head.seq.next();
            let header = Header {
                seq: head.seq,
                time: head.time,
                kind: new.kind,
                // A follower's author had processed its own commit; only its place was not known before.
                based_on: if new.kind == Kind::Follower { head.newest_commit } else { append.based_on },
                envelope: new.id,
                pass: author,
            };
            head.chain = head.chain.then(&header, &Digest::of(&new.body), new.blob.as_ref());
            if new.kind.is_commit() {
                head.newest_commit = head.seq;
                let Head { seq, time, chain, newest_commit, .. } = head;
                commit = Some(Cursor { seq, chain, time, newest_commit });
            }
            head.bytes = head.bytes.saturating_add(new.body.len() as u64);
            let content = Content::Body(new.body.clone());
            frames.push((
                head.seq,
                new.body.len(),
                encode_deliver(&Envelope { header, content, blob: new.blob }),
            ));
            ids.push(new.id);
            entries.push(Entry { header, body: new.body, blob: new.blob });
        }
        let mut left = self.forget_old(head.time);
        self.knocks.remove_welcome(&author, &mut left);
        if commit.is_some() {
            left.gone.extend(self.candidates.names());
            self.candidates = Candidates { own: blob.as_ref().map(|blob| blob.name), offered: Vec::new() };
            left.records.push(records::candidates(&self.candidates));
        }
        let closed = self.change(changed.passes, changed.doors, join, &mut left.records);
        let answered = self.answer(changed.answered, commit, &welcomes, &closed, &mut left);
        let put: Vec<Blob> = blob.into_iter().chain(welcomes).collect();
        let took = put.iter().map(|blob| blob.name).collect();
        let blobs = self.blob_changes(&left.gone, put);
        let mut records = left.records;
        if let (Some(pass), Some(id)) = (self.passes.get_mut(&author), ids.last()) {
            pass.last = Some((*id, head.seq));
            records.push(records::pass(&author, Some(pass)));
        }
        let reply = Reply::Appended(Appended { first, last: head.seq, time: head.time, repeated: false });
        let joined = join.map(|_| author);
        self.pending.push_back(Pending {
            ids,
            frames,
            commits: commit.is_some() && join.is_none(),
            closed,
            took,
            joined,
            answered,
            ..Pending::new(asker, reply, author, head)
        });
        self.tail = head;
        Write { room: self.id, create: false, entries, head, records, blobs }
    }
}

pub(super) fn slow_down(wait: Duration) -> Refusal {
    Refusal::later(Code::Rate, u32::try_from(wait.as_millis().max(1)).unwrap_or(u32::MAX))
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
