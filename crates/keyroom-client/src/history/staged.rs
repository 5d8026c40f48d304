//! A history for tests of faces: it keeps what the test lays into it, as a profile would.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use keyroom_history::{Choices, Stage};

use super::{Body, Details, Entry, Found, History, HistoryError, MemoryHistory, PeerId, Person, Position};
use crate::command::{Listen, RoomId};
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

    /// This is found, whatever is searched for.
    pub fn finds(&self, found: Vec<Found>) {
        self.lock().found = found;
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
        self.memory.page(room, from, at_most)
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

    fn erase(&self, room: RoomId) -> Result<(), HistoryError> {
        let mut kept = self.lock();
        let id = kept.bound.get(&room).copied();
        kept.rooms.retain(|summary| Some(summary.room) != id);
        Ok(())
    }

    fn search(&self, _text: &str, room: Option<RoomId>, at_most: usize) -> Result<Vec<Found>, HistoryError> {
        let kept = self.lock();
        let only = room.map(|room| kept.bound.get(&room).copied());
        let here = |found: &&Found| only.is_none_or(|only| Some(found.room) == only);
        Ok(kept.found.iter().filter(here).take(at_most).cloned().collect())
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

    fn forget(&self, room: RoomId) -> Result<(), HistoryError> {
        self.memory.forget(room)
    }
}
