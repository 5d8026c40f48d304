//! A history for tests of faces: it keeps what the test lays into it, as a profile would.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use keyroom_history::{Choices, Stage};

use super::{
    Body, Details, Entry, Found, FoundIn, History, HistoryError, MemoryHistory, PeerId, Person, Position,
};
use crate::command::{Listen, RoomId};
use crate::inspect::{CaptureLimits, InspectedEnvelope, RoomReport};
use crate::profile::{RoomSummary, Roster};

/// Timelines in memory, with what only a profile has beside them.
#[derive(Debug, Default)]
pub struct StagedHistory {
    memory: MemoryHistory,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rooms: Vec<RoomSummary>,
    bound: HashMap<RoomId, keyroom_types::RoomId>,
    details: BTreeMap<(RoomId, Position), Details>,
    rosters: HashMap<RoomId, Roster>,
    choices: HashMap<RoomId, Choices>,
    lines_read: HashMap<RoomId, u64>,
    found: Vec<Found>,
    verified: HashSet<PeerId>,
    preferences: HashMap<String, String>,
    captured: BTreeMap<(RoomId, Position), InspectedEnvelope>,
    reports: HashMap<RoomId, RoomReport>,
    wires: BTreeMap<(RoomId, Position), Arc<[u8]>>,
    muted: HashMap<RoomId, Vec<PeerId>>,
}

impl StagedHistory {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These rooms are kept.
    pub fn keep(&self, rooms: Vec<RoomSummary>) {
        self.lock().rooms = rooms;
    }

    /// This belongs to a message.
    pub fn lay(&self, room: RoomId, position: Position, details: Details) {
        self.lock().details.insert((room, position), details);
    }

    /// These are in the room.
    pub fn gather(&self, room: RoomId, roster: Roster) {
        self.lock().rosters.insert(room, roster);
    }

    /// This was chosen for a room.
    pub fn choose(&self, room: RoomId, choices: Choices) {
        self.lock().choices.insert(room, choices);
    }

    /// So many lines were read.
    pub fn was_read(&self, room: RoomId, lines: u64) {
        self.lock().lines_read.insert(room, lines);
    }

    /// This is found, whatever is searched for, besides what is in memory.
    pub fn finds(&self, found: Vec<Found>) {
        self.lock().found = found;
    }

    /// This was captured of a message of a sealed room. Its place in the log is its position.
    pub fn capture(&self, room: RoomId, position: Position, envelope: InspectedEnvelope) {
        self.lock().captured.insert((room, position), envelope);
    }

    /// So the room is seen in the inspector.
    pub fn report(&self, room: RoomId, report: RoomReport) {
        self.lock().reports.insert(room, report);
    }

    /// Which kept room a room of this process is.
    pub fn bound(&self, room: RoomId) -> Option<keyroom_types::RoomId> {
        self.lock().bound.get(&room).copied()
    }
}

/// A room that is kept, with nothing said in it.
pub fn kept_room(room: keyroom_types::RoomId, name: &str, stage: Stage) -> RoomSummary {
    RoomSummary {
        room,
        name: name.to_owned(),
        me: "Anna".to_owned(),
        stage,
        hosted: false,
        listen: Listen::Everywhere,
        volatile: false,
        broken: false,
        last: None,
        unread: 0,
        choices: Choices::default(),
        draft: String::new(),
        knocks: 0,
    }
}

impl History for StagedHistory {
    fn append(&self, room: RoomId, at: SystemTime, body: Body) -> Result<Position, HistoryError> {
        self.memory.append(room, at, body)
    }

    fn replace(&self, room: RoomId, position: Position, body: Body) -> Result<(), HistoryError> {
        self.memory.replace(room, position, body)
    }

    fn len(&self, room: RoomId) -> Result<u64, HistoryError> {
        self.memory.len(room)
    }

    fn page(&self, room: RoomId, from: Position, at_most: usize) -> Result<Vec<Entry>, HistoryError> {
        let mut page = self.memory.page(room, from, at_most)?;
        let kept = self.lock();
        for entry in &mut page {
            entry.seq = kept.captured.contains_key(&(room, entry.position)).then_some(entry.position.0);
        }
        Ok(page)
    }

    fn details(&self, room: RoomId, position: Position) -> Result<Details, HistoryError> {
        Ok(self.lock().details.get(&(room, position)).cloned().unwrap_or_default())
    }

    fn kept(&self) -> Result<Vec<RoomSummary>, HistoryError> {
        Ok(self.lock().rooms.clone())
    }

    fn bind(&self, room: RoomId, id: keyroom_types::RoomId) {
        self.lock().bound.insert(room, id);
    }

    fn lines_read(&self, room: RoomId) -> Result<u64, HistoryError> {
        Ok(self.lock().lines_read.get(&room).copied().unwrap_or(0))
    }

    fn roster(&self, room: RoomId) -> Result<Option<Roster>, HistoryError> {
        let kept = self.lock();
        let mut roster = kept.rosters.get(&room).cloned();
        for member in roster.iter_mut().flat_map(|roster| &mut roster.members) {
            member.verified |= kept.verified.contains(&member.peer);
        }
        Ok(roster)
    }

    fn choices(&self, room: RoomId) -> Result<Choices, HistoryError> {
        Ok(self.lock().choices.get(&room).copied().unwrap_or_default())
    }

    fn set_verified(&self, _room: RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        let verified = &mut self.lock().verified;
        if on {
            verified.insert(peer)
        } else {
            verified.remove(&peer)
        };
        Ok(())
    }

    fn muted(&self, room: RoomId) -> Result<Vec<PeerId>, HistoryError> {
        Ok(self.lock().muted.get(&room).cloned().unwrap_or_default())
    }

    fn set_muted(&self, room: RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        let mut kept = self.lock();
        let muted = kept.muted.entry(room).or_default();
        muted.retain(|known| *known != peer);
        if on {
            muted.push(peer);
        }
        Ok(())
    }

    fn erase(&self, room: RoomId) -> Result<(), HistoryError> {
        let mut kept = self.lock();
        let id = kept.bound.get(&room).copied();
        kept.rooms.retain(|summary| Some(summary.room) != id);
        Ok(())
    }

    fn search(&self, text: &str, room: Option<RoomId>, at_most: usize) -> Result<Vec<Found>, HistoryError> {
        let kept = self.lock();
        let here = |found: &&Found| match (room, found.room) {
            (None, _) => true,
            (Some(only), FoundIn::Kept(id)) => kept.bound.get(&only) == Some(&id),
            (Some(only), FoundIn::Open(room)) => only == room,
        };
        let mut found: Vec<Found> = kept.found.iter().filter(here).cloned().collect();
        found.extend(self.memory.search(text, room, at_most)?);
        found.sort_by_key(|found| std::cmp::Reverse(found.at));
        found.truncate(at_most);
        Ok(found)
    }

    fn preference(&self, name: &str) -> Result<Option<String>, HistoryError> {
        Ok(self.lock().preferences.get(name).cloned())
    }

    fn set_preference(&self, name: &str, value: &str) -> Result<(), HistoryError> {
        self.lock().preferences.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn set_person(&self, room: RoomId, person: Person) -> Result<(), HistoryError> {
        self.memory.set_person(room, person)
    }

    fn people(&self, room: RoomId) -> Result<Vec<Person>, HistoryError> {
        self.memory.people(room)
    }

    fn person(&self, room: RoomId, peer: PeerId) -> Result<Option<Person>, HistoryError> {
        self.memory.person(room, peer)
    }

    fn draft(&self, room: RoomId) -> Result<String, HistoryError> {
        self.memory.draft(room)
    }

    fn set_draft(&self, room: RoomId, draft: &str) -> Result<(), HistoryError> {
        self.memory.set_draft(room, draft)
    }

    fn keep_wire(&self, room: RoomId, position: Position, _at: SystemTime, wire: &[u8]) {
        // Without an age: the times of a test are not those of the clock.
        self.lock().wires.insert((room, position), wire.into());
    }

    fn wire(&self, room: RoomId, position: Position) -> Option<Arc<[u8]>> {
        self.lock().wires.get(&(room, position)).cloned()
    }

    fn inspect(&self, room: RoomId, seq: u64) -> Result<Option<InspectedEnvelope>, HistoryError> {
        Ok(self.lock().captured.get(&(room, Position(seq))).cloned())
    }

    fn inspect_room(&self, room: RoomId) -> Result<Option<RoomReport>, HistoryError> {
        Ok(self.lock().reports.get(&room).cloned())
    }

    fn capture_limits(&self) -> Result<CaptureLimits, HistoryError> {
        self.memory.capture_limits()
    }

    fn set_capture_limits(&self, limits: &CaptureLimits, now: SystemTime) -> Result<(), HistoryError> {
        self.memory.set_capture_limits(limits, now)
    }

    fn forget(&self, room: RoomId) -> Result<(), HistoryError> {
        self.memory.forget(room)
    }
}
