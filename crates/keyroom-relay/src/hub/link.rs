//! One link as its driver has it: frames in, frames out, timeouts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::relay::{Ask, Asked, Blob};
use keyroom_types::{Header, RoomId, Seq, limits};
use keyroom_wire::{Answer, Append, Code, Refusal, ToClient, Who};

use super::finish::{promote, tell_news};
use super::knock::look_for_knocks;
use super::rooms::{LinkCell, RoomCell, Served, unreadable};
use super::{Shared, lock};
use crate::Now;
use crate::bucket::{Bucket, Rate};
use crate::room::queue::Place;
use crate::room::{Admission, Asker, Author, Proposal, RETRY_MS};

/// One link of a hub. Dropping it is losing the connection.
pub struct HubLink {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: IpAddr,
    pub(super) cell: Arc<LinkCell>,
    /// The room it is logged in to.
    pub(super) room: Option<Arc<RoomCell>>,
    /// The room that it may make.
    pub(super) founding: Option<RoomId>,
    pub(super) is_door: bool,
    /// The last knock that its admin was told of.
    pub(super) told_knock: u64,
    hints: Option<Bucket>,
}

impl HubLink {
    pub(super) fn new(shared: Arc<Shared>, peer: IpAddr, cell: Arc<LinkCell>) -> Self {
        Self { shared, peer, cell, room: None, founding: None, is_door: false, told_knock: 0, hints: None }
    }

    /// Longest frame that it takes now, in bytes.
    pub fn frame_limit(&self) -> usize {
        self.cell.with(|session| session.frame_limit())
    }

    /// Takes one whole frame.
    pub fn receive(&mut self, now: Now, frame: Bytes) {
        let asked = self.cell.with(|session| session.receive(now.mono, &self.shared.terms, frame));
        self.count();
        if let Some(Asked { request, ask }) = asked {
            self.ask(now, request, ask);
        }
    }

    fn count(&self) {
        if let Some(code) = self.cell.with(|session| session.take_noted()) {
            self.shared.counts.refused(code).add(1);
        }
    }

    fn ask(&mut self, now: Now, request: u64, ask: Ask) {
        match ask {
            Ask::Login { room, who } => self.login(now, request, room, who),
            Ask::Create { doors, blob } => self.create(now, request, &doors, blob.as_ref()),
            Ask::Ephemeral(bytes) => self.ephemeral(now, bytes),
            ask => {
                let shared = Arc::clone(&self.shared);
                if let Err(refusal) = self.ask_room(now, request, ask) {
                    self.cell.refuse(&shared.counts, request, refusal);
                }
            }
        }
    }

    fn ask_room(&mut self, now: Now, request: u64, ask: Ask) -> Result<(), Refusal> {
        let room = self.room.clone().ok_or(Refusal::new(Code::OutOfTurn))?;
        let mut served = lock(&room.served);
        let served = served.as_mut().filter(|served| !served.lost);
        let served = served.ok_or(Refusal::later(Code::Busy, RETRY_MS))?;
        match ask {
            Ask::Append { append, blob, welcomes } => {
                self.append(now, request, &room, served, append, (blob, welcomes))
            }
            Ask::Republish { based_on, blob } => self.republish(now, request, &room, served, based_on, &blob),
            Ask::Subscribe { after, credit } => self.subscribe(request, &room, served, after, credit),
            Ask::Fetch { after, through } => self.fetch(request, &room, after, through),
            Ask::GetBlob { blob, offset } => self.get_blob(now, request, &room, served, (&blob, offset)),
            Ask::ListBlobs => {
                self.cell.answer(request, Answer::Blobs(served.room.blobs()));
                Ok(())
            }
            Ask::TakeTurn => self.take_turn(now, request, served),
            Ask::Knock(bytes) => self.knock(now, request, &room, served, bytes),
            Ask::ListKnocks { after } => self.list_knocks(now, request, &room, served, after),
            Ask::DropKnock(pass) => self.drop_knock(now, request, &room, served, pass),
            Ask::FileTicket { file, purpose, size } => {
                self.pass()?;
                let make = self.shared.tickets.as_ref().ok_or(Refusal::new(Code::Files))?;
                let (token, expires) = make(purpose, room.id, file, size, now.wall).map_err(Refusal::new)?;
                self.cell.answer(request, Answer::Ticket { token, expires });
                Ok(())
            }
            Ask::Login { .. } | Ask::Create { .. } | Ask::Ephemeral(_) => Err(Refusal::new(Code::OutOfTurn)),
        }
    }

    fn append(
        &mut self,
        now: Now,
        request: u64,
        cell: &Arc<RoomCell>,
        served: &mut Served,
        append: Append,
        (blob, welcomes): (Option<Blob>, Vec<Blob>),
    ) -> Result<(), Refusal> {
        let shared = Arc::clone(&self.shared);
        let author = match self.who()? {
            Who::Pass(pass) => Author::Pass(pass),
            Who::Door { door, newcomer, .. } => {
                let open = served.room.door(&door).ok_or(Refusal::new(Code::NoDoor))?;
                let has_turn = served.room.queue.is_turn(self.cell.id);
                Author::Newcomer { door: open.door, pass: newcomer, has_turn }
            }
            Who::Founder(_) => return Err(Refusal::new(Code::OutOfTurn)),
        };
        if !shared.may_write() {
            return Err(Refusal::later(Code::Busy, RETRY_MS));
        }
        let find = |id| shared.store.find(&cell.id, id).map_err(|error| Refusal::new(unreadable(&error)));
        let stored: Vec<Option<Header>> =
            append.entries.iter().map(|entry| find(&entry.id)).collect::<Result<_, _>>()?;
        let asker = Asker { link: self.cell.id, request };
        let proposal = Proposal { asker, author, append, blob, welcomes };
        match served.room.admit(now.mono, now.wall, &shared.quotas.get(), &stored, proposal)? {
            Admission::Write(write) => shared.write(now, cell, served, *write),
            Admission::UnderWay => {}
            Admission::Repeated(what) => {
                shared.counts.repeated.add(1);
                // A join that came over an earlier link: this one goes on as the pass that it let in.
                if let Author::Newcomer { pass, .. } = author {
                    promote(&shared, now, served, &[asker], pass);
                }
                self.cell.answer(request, Answer::Appended(what));
            }
        }
        Ok(())
    }

    fn republish(
        &mut self,
        now: Now,
        request: u64,
        cell: &Arc<RoomCell>,
        served: &mut Served,
        based_on: Seq,
        blob: &Blob,
    ) -> Result<(), Refusal> {
        let Who::Pass(pass) = self.who()? else { return Err(Refusal::new(Code::Role)) };
        if !self.shared.may_write() {
            return Err(Refusal::later(Code::Busy, RETRY_MS));
        }
        let asker = Asker { link: self.cell.id, request };
        match served.room.republish(asker, &pass, based_on, blob)? {
            Some(write) => self.shared.write(now, cell, served, write),
            None => self.cell.answer(request, Answer::Done),
        }
        Ok(())
    }

    fn subscribe(
        &self,
        request: u64,
        cell: &RoomCell,
        served: &Served,
        after: Seq,
        credit: u64,
    ) -> Result<(), Refusal> {
        let durable = served.room.durable();
        if after > durable.seq {
            return Err(Refusal::at(Code::CursorAhead, durable.seq));
        }
        if matches!(self.who()?, Who::Door { .. }) {
            let first = self.door_begins(cell, durable.newest_commit)?;
            if after < first {
                return Err(Refusal::at(Code::Role, first));
            }
        }
        self.cell.with(|session| session.subscribe(request, after, credit, durable.seq));
        look_for_knocks(served, &self.cell);
        self.cell.wake();
        Ok(())
    }

    /// Where a newcomer may begin to read: what the newest commit is based on. The blob of that commit was made at a
    /// place from there on, and the newcomer computes the chain from that place.
    fn door_begins(&self, cell: &RoomCell, newest_commit: Seq) -> Result<Seq, Refusal> {
        let Some(before) = newest_commit.get().checked_sub(1).map(Seq::new) else { return Ok(Seq::ZERO) };
        let commit = self.shared.store.read(&cell.id, before, 1, 1);
        let commit = commit.map_err(|error| Refusal::new(unreadable(&error)))?;
        Ok(commit.first().map_or(newest_commit, |stored| stored.header.based_on))
    }

    fn take_turn(&mut self, now: Now, request: u64, served: &mut Served) -> Result<(), Refusal> {
        let Who::Door { door, .. } = self.who()? else { return Err(Refusal::new(Code::Role)) };
        let open = served.room.door(&door).ok_or(Refusal::new(Code::NoDoor))?;
        open.check(now.wall).map_err(Refusal::new)?;
        let mut news = Vec::new();
        let place = Place { link: self.cell.id, request };
        served.room.queue.enter(now.mono, place, &mut news).map_err(|code| Refusal::later(code, RETRY_MS))?;
        // The request is answered by its first place; later places are more about it.
        self.cell.with(|session| session.settle());
        tell_news(served, &news);
        Ok(())
    }

    fn ephemeral(&mut self, now: Now, bytes: Bytes) {
        let (Ok(Who::Pass(_)), Some(room)) = (self.who(), self.room.clone()) else { return };
        let bucket = self.hints.get_or_insert_with(|| Bucket::full(now.mono));
        if bucket.take(now.mono, HINTS, 1).is_err() {
            return;
        }
        if let Some(served) = lock(&room.served).as_ref() {
            let frame = ToClient { request: 0, body: Answer::Ephemeral(bytes) }.encode();
            for link in served.links.values().filter(|link| link.id != self.cell.id) {
                let member = link.with(|session| {
                    let member = matches!(session.who(), Some(Who::Pass(_)));
                    if member {
                        session.hint(&frame);
                    }
                    member
                });
                if member {
                    link.wake();
                }
            }
        }
    }

    pub(super) fn who(&self) -> Result<Who, Refusal> {
        self.cell.with(|session| session.who()).ok_or(Refusal::new(Code::OutOfTurn))
    }

    /// Refuses whoever is not logged in by a pass.
    pub(super) fn pass(&self) -> Result<(), Refusal> {
        if matches!(self.who()?, Who::Pass(_)) { Ok(()) } else { Err(Refusal::new(Code::Role)) }
    }

    /// Frames to write now, oldest first: about `budget` bytes at most. Where the link is behind, they are read from
    /// the room's memory or its store.
    pub fn transmit(&mut self, now: Now, budget: usize, out: &mut Vec<Bytes>) {
        let mut left = budget;
        loop {
            let from = out.len();
            let wants = self.cell.with(|session| {
                session.transmit(left, out);
                session.wants()
            });
            left = left.saturating_sub(out[from..].iter().map(Bytes::len).sum());
            let Some(room) = self.room.clone().filter(|_| left > 0) else { return };
            let told = self.tell_knock(now, &room);
            let behind = wants.filter(|after| *after < room.durable());
            let delivered = behind.is_some_and(|after| self.catch_up(&room, after, left));
            if !told && !delivered {
                return;
            }
        }
    }

    /// Bytes that wait to be written.
    pub fn backlog(&self) -> usize {
        self.cell.with(|session| session.backlog())
    }

    /// When [`HubLink::handle_timeout`] is due; ask again after every wake.
    pub fn timeout(&self) -> Option<Instant> {
        let own = self.cell.with(|session| session.timeout(&self.shared.terms));
        let turn = match &self.room {
            Some(room) if self.is_door => {
                lock(&room.served).as_ref().and_then(|served| served.room.queue.timeout(self.cell.id))
            }
            _ => None,
        };
        own.into_iter().chain(turn).min()
    }

    /// Ends what is late.
    pub fn handle_timeout(&mut self, now: Now) {
        self.cell.with(|session| session.handle_timeout(now.mono, &self.shared.terms));
        self.count();
        if let Some(room) = self.room.as_ref().filter(|_| self.is_door)
            && let Some(served) = lock(&room.served).as_mut()
        {
            let mut news = Vec::new();
            served.room.queue.handle_timeout(now.mono, &mut news);
            tell_news(served, &news);
        }
    }

    /// Whether the link is to be closed once all that it gave was written.
    pub fn is_over(&self) -> bool {
        self.cell.with(|session| session.is_over())
    }

    fn leave(&mut self, now: Instant) {
        let Some(room) = self.room.take() else { return };
        if let Some(served) = lock(&room.served).as_mut() {
            served.links.remove(&self.cell.id);
            served.by_pass.retain(|_, link| *link != self.cell.id);
            let mut news = Vec::new();
            served.room.queue.leave(now, self.cell.id, &mut news);
            tell_news(served, &news);
            if served.links.is_empty() {
                served.empty_since = Some(now);
            }
        }
        self.shared.rooms.touch(&room);
    }
}

impl Drop for HubLink {
    fn drop(&mut self) {
        self.leave(Instant::now());
        self.shared.counts.links.sub(1);
    }
}

impl std::fmt::Debug for HubLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HubLink({})", self.cell.id)
    }
}

/// Ephemeral messages of one link; what is more is dropped.
const HINTS: Rate = Rate { burst: 20, each: 10, per: Duration::from_secs(1) };

/// A page of what a link is behind by.
pub(super) const PAGE_ENVELOPES: usize = limits::RANGE_ENVELOPES;
