//! The rooms that are served now, and the links in them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Instant;

use keyroom_link::relay::Session;
use keyroom_store::{RoomError, Store};
use keyroom_types::{PassKey, RoomId, Seq};
use keyroom_wire::{Answer, Code, Refusal, Who};

use super::lock;
use crate::counts::Counts;
use crate::room::Room;

/// Rooms in memory.
#[derive(Default)]
pub(super) struct Rooms {
    map: Mutex<HashMap<RoomId, Arc<RoomCell>>>,
    /// Rooms with something to see to at the next tick.
    pub(super) touched: Mutex<Vec<Arc<RoomCell>>>,
}

/// A room's place in memory.
pub(crate) struct RoomCell {
    pub(crate) id: RoomId,
    /// `None` once it was put away: who still holds the cell looks it up again.
    pub(crate) served: Mutex<Option<Served>>,
    /// Where the log ends on disk, for links that only want to know whether they are behind.
    durable: AtomicU64,
    /// Whether it waits for the next tick.
    touched: AtomicBool,
}

/// A room and its links.
pub(crate) struct Served {
    pub(crate) room: Room,
    pub(crate) links: HashMap<u64, Arc<LinkCell>>,
    pub(crate) by_pass: HashMap<PassKey, u64>,
    /// Since when no link is there.
    pub(crate) empty_since: Option<Instant>,
    /// Its state could not be made or read again: it is put away at the next tick, and nobody enters before.
    pub(crate) lost: bool,
}

/// One link, as its room and its driver share it.
pub(crate) struct LinkCell {
    pub(crate) id: u64,
    session: Mutex<Session>,
    wake: Waker,
    /// Whether there may be knocks that its admin was not told of.
    knocks: AtomicBool,
    /// Whether it was told something without being woken.
    told: AtomicBool,
}

/// Why a room cannot be served.
pub(super) enum Missing {
    NoRoom,
    Code(Code),
}

impl Rooms {
    /// The room, loaded if need be. Whoever asked may not be let in: the next ticks see whether anybody was.
    pub(super) fn get(
        &self,
        now: Instant,
        store: &dyn Store,
        counts: &Counts,
        id: RoomId,
    ) -> Result<Arc<RoomCell>, Missing> {
        let mut map = lock(&self.map);
        if let Some(cell) = map.get(&id) {
            return Ok(Arc::clone(cell));
        }
        let state =
            store.room(&id).map_err(|error| Missing::Code(unreadable(&error)))?.ok_or(Missing::NoRoom)?;
        let room = Room::load(id, &state).map_err(|_| Missing::Code(Code::Damaged))?;
        let cell = RoomCell::new(id, room, Some(now));
        map.insert(id, Arc::clone(&cell));
        counts.rooms_served.add(1);
        self.touch(&cell);
        Ok(cell)
    }

    /// The room, if it is in memory.
    pub(super) fn there(&self, id: &RoomId) -> Option<Arc<RoomCell>> {
        lock(&self.map).get(id).cloned()
    }

    /// Gives a room that is being made its place; `None` if there is one of this id.
    pub(super) fn insert(&self, counts: &Counts, id: RoomId, room: Room) -> Option<Arc<RoomCell>> {
        let mut map = lock(&self.map);
        if map.contains_key(&id) {
            return None;
        }
        let cell = RoomCell::new(id, room, None);
        map.insert(id, Arc::clone(&cell));
        counts.rooms_served.add(1);
        Some(cell)
    }

    /// Takes the room out of memory if `may` says so of it.
    pub(super) fn put_away(&self, counts: &Counts, cell: &Arc<RoomCell>, may: impl FnOnce(&Served) -> bool) {
        let mut map = lock(&self.map);
        let mut served = lock(&cell.served);
        if served.as_ref().is_some_and(may) {
            *served = None;
            if map.get(&cell.id).is_some_and(|there| Arc::ptr_eq(there, cell)) {
                map.remove(&cell.id);
                counts.rooms_served.sub(1);
            }
        }
    }

    /// Makes sure that the next tick looks at the room.
    pub(super) fn touch(&self, cell: &Arc<RoomCell>) {
        if !cell.touched.swap(true, Ordering::AcqRel) {
            lock(&self.touched).push(Arc::clone(cell));
        }
    }

    /// All links in all rooms.
    pub(super) fn links(&self) -> Vec<Arc<LinkCell>> {
        let cells: Vec<Arc<RoomCell>> = lock(&self.map).values().cloned().collect();
        let links = |cell: Arc<RoomCell>| match lock(&cell.served).as_ref() {
            Some(served) => served.links.values().cloned().collect(),
            None => Vec::new(),
        };
        cells.into_iter().flat_map(links).collect()
    }
}

impl RoomCell {
    fn new(id: RoomId, room: Room, empty_since: Option<Instant>) -> Arc<Self> {
        let durable = AtomicU64::new(room.durable().seq.get());
        let served =
            Served { room, links: HashMap::new(), by_pass: HashMap::new(), empty_since, lost: false };
        let touched = AtomicBool::new(false);
        Arc::new(Self { id, served: Mutex::new(Some(served)), durable, touched })
    }

    /// Where the log ends on disk.
    pub(super) fn durable(&self) -> Seq {
        Seq::new(self.durable.load(Ordering::Acquire))
    }

    pub(super) fn set_durable(&self, seq: Seq) {
        self.durable.store(seq.get(), Ordering::Release);
    }

    /// A tick looks at it now.
    pub(super) fn untouch(&self) {
        self.touched.store(false, Ordering::Release);
    }
}

impl Served {
    /// Adds a link. The link that had its pass before ends.
    pub(super) fn add(&mut self, counts: &Counts, link: &Arc<LinkCell>, who: Who) {
        if let Who::Pass(pass) = who
            && let Some(before) = self.by_pass.insert(pass, link.id)
            && before != link.id
            && let Some(before) = self.links.get(&before)
        {
            before.end(counts, Code::Replaced, 0);
        }
        self.links.insert(link.id, Arc::clone(link));
        self.empty_since = None;
    }

    /// The link of a pass.
    pub(super) fn link_of(&self, pass: &PassKey) -> Option<&Arc<LinkCell>> {
        self.by_pass.get(pass).and_then(|id| self.links.get(id))
    }
}

impl LinkCell {
    pub(super) fn new(id: u64, session: Session, wake: Waker) -> Arc<Self> {
        Arc::new(Self {
            id,
            session: Mutex::new(session),
            wake,
            knocks: AtomicBool::new(false),
            told: AtomicBool::new(false),
        })
    }

    /// Does something with the session, without waking the driver.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Session) -> T) -> T {
        act(&mut lock(&self.session))
    }

    /// Whether there may be knocks to tell of.
    pub(super) fn looks_for_knocks(&self) -> bool {
        self.knocks.load(Ordering::Acquire)
    }

    /// Set and cleared by who holds the room.
    pub(super) fn look_for_knocks(&self, look: bool) {
        self.knocks.store(look, Ordering::Release);
    }

    /// Wakes the driver.
    pub(super) fn wake(&self) {
        self.wake.wake_by_ref();
    }

    /// Its session has something new, and [`Self::wake_if_told`] will follow.
    pub(super) fn told(&self) {
        self.told.store(true, Ordering::Release);
    }

    /// Wakes the driver if the session was told something.
    pub(super) fn wake_if_told(&self) {
        if self.told.swap(false, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Answers a request without waking the driver.
    pub(super) fn add_answer(&self, request: u64, answer: Answer) {
        self.with(|session| session.answer(request, answer));
        self.told();
    }

    /// Answers a request, and wakes the driver.
    pub(super) fn answer(&self, request: u64, answer: Answer) {
        self.with(|session| session.answer(request, answer));
        self.wake();
    }

    /// Refuses a request, counts it, and wakes the driver.
    pub(super) fn refuse(&self, counts: &Counts, request: u64, refusal: Refusal) {
        self.with(|session| {
            session.refuse(request, refusal);
            session.take_noted();
        });
        counts.refused(refusal.code).add(1);
        self.wake();
    }

    /// Ends the link, counts it, and wakes the driver.
    pub(super) fn end(&self, counts: &Counts, code: Code, retry_ms: u32) {
        let ended = self.with(|session| {
            session.end(code, retry_ms);
            session.take_noted()
        });
        if let Some(code) = ended {
            counts.refused(code).add(1);
        }
        self.wake();
    }
}

/// What a room that cannot be read means to its members.
pub(super) fn unreadable(error: &RoomError) -> Code {
    match error {
        RoomError::Damaged { .. } => Code::Damaged,
        _ => Code::Store,
    }
}
