//! The profile as the engine and the faces share it, and its timelines as a [`History`].

mod details;
mod doors;
mod muted;
mod reach;
mod roster;
mod summary;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use keyroom_history::{Choices, Entry as Stored, EntryBody, Hit, Profile, RoomRecord, State};
use keyroom_types::{IdentityKey, Seq};
use keyroom_wire::Code;

use crate::command::RoomId;
use crate::history::matching::Query;
use crate::history::{
    Body, Details, Entry, Found, FoundIn, History, HistoryError, MemoryHistory, Message, MessageId,
    MessageState, Notice, PeerId, Person, Position, SendFailure, Sender,
};
use crate::inspect::{CaptureLimits, InspectedEnvelope, RoomReport};
use crate::sealed_room::{decode_notice, peer_of};

pub(crate) use doors::{note_key, other_keys};
pub use reach::reach;
pub use roster::{Roster, RosterDoor, RosterMember};
pub use summary::{LastLine, RoomSummary};

/// A profile that the engine writes to and faces read from.
#[derive(Clone)]
pub struct SharedProfile(Arc<Shared>);

struct Shared {
    profile: Mutex<Profile>,
    /// Where the relay of hosted rooms keeps its data.
    relay_dir: Option<PathBuf>,
}

impl SharedProfile {
    /// Shares a profile. `relay_dir` is where a relay in this process keeps the rooms that it hosts; `None`: in memory.
    pub fn new(profile: Profile, relay_dir: Option<PathBuf>) -> Self {
        Self(Arc::new(Shared { profile: Mutex::new(profile), relay_dir }))
    }

    /// The rooms in it.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn rooms(&self) -> Result<Vec<RoomRecord>, keyroom_history::DbError> {
        self.lock().begin_at_once()?.rooms()
    }

    /// Messages of all rooms that a text is about, newest first.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn search(&self, text: &str, at_most: usize) -> Result<Vec<Hit>, keyroom_history::DbError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once()?;
        let hits = tx.search(text, None, at_most)?;
        // The search put what was new into the index first: kept, so that the next one need not do it again.
        tx.commit()?;
        Ok(hits)
    }

    /// What this person prefers, by name; `None` where nothing was said.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn preference(&self, name: &str) -> Result<Option<String>, keyroom_history::DbError> {
        self.lock().begin_at_once()?.setting(&preferred(name))
    }

    /// Notes what this person prefers.
    ///
    /// # Errors
    /// The profile cannot be written.
    pub fn set_preference(&self, name: &str, value: &str) -> Result<(), keyroom_history::DbError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once()?;
        tx.set_setting(&preferred(name), value)?;
        tx.commit()
    }

    /// When the newest line of a room's timeline is from; `None` where it has none.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn last_activity(
        &self,
        room: &keyroom_types::RoomId,
    ) -> Result<Option<SystemTime>, keyroom_history::DbError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once()?;
        let Some(last) = tx.len(room)?.checked_sub(1) else { return Ok(None) };
        let at = tx.entry(room, last)?.map(|entry| entry.at);
        Ok(at.map(|at| SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis())))
    }

    /// The profile itself, for as long as the answer is held.
    pub fn lock(&self) -> MutexGuard<'_, Profile> {
        // A transaction that panicked was rolled back.
        self.0.profile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a relay in this process keeps the rooms that it hosts; `None`: in memory.
    pub fn relay_dir(&self) -> Option<PathBuf> {
        self.0.relay_dir.clone()
    }
}

/// The timelines of sealed rooms from the profile, and those of Fernet rooms in memory.
pub struct ProfileHistory {
    profile: SharedProfile,
    me: IdentityKey,
    sealed: RwLock<HashMap<RoomId, keyroom_types::RoomId>>,
    /// Fernet rooms; and of sealed rooms those who are in them now.
    memory: MemoryHistory,
}

impl ProfileHistory {
    /// The history of a profile.
    pub fn new(profile: SharedProfile) -> Self {
        let me = keyroom_mls::Identity::from_seed(&profile.lock().identity_seed()).key();
        // Where the setting cannot be read, what goes without saying.
        let memory = MemoryHistory::capturing(profile.capture_limits().unwrap_or_default());
        Self { profile, me, sealed: RwLock::default(), memory }
    }

    /// The profile.
    pub fn profile(&self) -> &SharedProfile {
        &self.profile
    }

    /// This person, as sealed rooms name their members.
    pub fn myself(&self) -> PeerId {
        peer_of(&self.me)
    }

    /// From now on `room` of this process is that room of the profile.
    pub fn is_sealed(&self, room: RoomId, id: keyroom_types::RoomId) {
        self.sealed.write().unwrap_or_else(PoisonError::into_inner).insert(room, id);
    }

    fn sealed(&self, room: RoomId) -> Option<keyroom_types::RoomId> {
        self.sealed.read().unwrap_or_else(PoisonError::into_inner).get(&room).copied()
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&keyroom_history::Tx<'_>) -> Result<T, keyroom_history::DbError>,
    ) -> Result<T, HistoryError> {
        let mut profile = self.profile.lock();
        let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
        read(&tx).map_err(|_| HistoryError::Store)
    }

    fn shown(&self, room: RoomId, stored: Stored) -> Entry {
        Entry {
            position: Position(stored.position),
            at: SystemTime::UNIX_EPOCH + Duration::from_millis(stored.at.as_millis()),
            seq: stored.seq.map(Seq::get),
            body: match stored.body {
                EntryBody::Notice { kind, data } => {
                    Body::Notice(decode_notice(kind, &data).unwrap_or(Notice::Unknown))
                }
                EntryBody::Message { author, name, id, text, state, .. } => {
                    self.remember(room, &author, &name);
                    Body::Message(Message {
                        id: MessageId::Sealed(id),
                        from: if author == self.me { Sender::Me } else { Sender::Peer(peer_of(&author)) },
                        text: text.as_deref().unwrap_or(GONE).into(),
                        state: shown_state(state),
                    })
                }
            },
        }
    }

    /// Whoever wrote something and is not in the room any more still has the name that it had then.
    fn remember(&self, room: RoomId, author: &IdentityKey, name: &str) {
        let peer = peer_of(author);
        if matches!(self.memory.person(room, peer), Ok(None))
            && let Ok(label) = name.parse()
        {
            // Memory takes everybody.
            let _ = self.memory.set_person(room, Person { peer, label, here: false, address: None });
        }
    }
}

fn shown_state(state: State) -> MessageState {
    match state {
        State::Received => MessageState::Received,
        State::Waiting => MessageState::Waiting,
        State::Sent => MessageState::Sent { to: 0 },
        State::Stored => MessageState::Stored,
        State::Delivered => MessageState::Delivered,
        State::Failed(code) => MessageState::Failed(
            Code::from_number(code.into()).map_or(SendFailure::Other, SendFailure::Relay),
        ),
    }
}

impl History for ProfileHistory {
    fn append(&self, room: RoomId, at: SystemTime, body: Body) -> Result<Position, HistoryError> {
        // Lines of sealed rooms are written by the engine, in the transaction of what they tell.
        self.memory.append(room, at, body)
    }

    fn replace(&self, room: RoomId, position: Position, body: Body) -> Result<(), HistoryError> {
        self.memory.replace(room, position, body)
    }

    fn len(&self, room: RoomId) -> Result<u64, HistoryError> {
        match self.sealed(room) {
            Some(id) => self.read(|tx| tx.len(&id)),
            None => self.memory.len(room),
        }
    }

    fn page(&self, room: RoomId, from: Position, at_most: usize) -> Result<Vec<Entry>, HistoryError> {
        match self.sealed(room) {
            Some(id) => {
                let page = self.read(|tx| tx.page(&id, from.0, at_most))?;
                Ok(page.into_iter().map(|stored| self.shown(room, stored)).collect())
            }
            None => self.memory.page(room, from, at_most),
        }
    }

    fn details(&self, room: RoomId, position: Position) -> Result<Details, HistoryError> {
        match self.sealed(room) {
            Some(id) => self.read(|tx| self.details_of(tx, &id, position.0)),
            None => self.memory.details(room, position),
        }
    }

    fn details_page(
        &self,
        room: RoomId,
        from: Position,
        at_most: usize,
    ) -> Result<Vec<Details>, HistoryError> {
        match self.sealed(room) {
            Some(id) => self.read(|tx| self.details_from(tx, &id, from.0, at_most)),
            None => self.memory.details_page(room, from, at_most),
        }
    }

    fn kept(&self) -> Result<Vec<RoomSummary>, HistoryError> {
        self.profile.summaries().map_err(|_| HistoryError::Store)
    }

    fn bind(&self, room: RoomId, id: keyroom_types::RoomId) {
        self.is_sealed(room, id);
    }

    fn lines_read(&self, room: RoomId) -> Result<u64, HistoryError> {
        match self.sealed(room) {
            Some(id) => self.read(|tx| tx.read(&id)),
            None => Ok(0),
        }
    }

    fn roster(&self, room: RoomId) -> Result<Option<Roster>, HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(None) };
        self.profile.roster(&id).map_err(|_| HistoryError::Store)
    }

    fn choices(&self, room: RoomId) -> Result<Choices, HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(Choices::default()) };
        self.profile.choices(&id).map_err(|_| HistoryError::Store)
    }

    fn set_verified(&self, room: RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        let id = self.sealed(room).ok_or(HistoryError::NoEntry)?;
        self.profile.set_verified(&id, peer, on)
    }

    fn muted(&self, room: RoomId) -> Result<Vec<PeerId>, HistoryError> {
        match self.sealed(room) {
            Some(id) => self.profile.muted(&id),
            None => Ok(Vec::new()),
        }
    }

    fn set_muted(&self, room: RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        match self.sealed(room) {
            Some(id) => self.profile.set_muted(&id, peer, on),
            None => Ok(()),
        }
    }

    fn erase(&self, room: RoomId) -> Result<(), HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(()) };
        self.profile.erase(&id).map_err(|_| HistoryError::Store)
    }

    fn search(&self, text: &str, room: Option<RoomId>, at_most: usize) -> Result<Vec<Found>, HistoryError> {
        let Some(query) = Query::of(text) else { return Ok(Vec::new()) };
        let kept = room.and_then(|room| self.sealed(room));
        if room.is_some() && kept.is_none() {
            return self.memory.search(text, room, at_most);
        }
        let hits = {
            let mut profile = self.profile.lock();
            let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
            let hits = tx.search(text, kept.as_ref(), at_most).map_err(|_| HistoryError::Store)?;
            // What the search put into the index first is kept.
            tx.commit().map_err(|_| HistoryError::Store)?;
            hits
        };
        let found = hits.into_iter().map(|hit| Found {
            room: FoundIn::Kept(hit.room),
            position: Position(hit.position),
            at: details::time(hit.at),
            from: self.sender(&hit.author),
            name: hit.name.into(),
            marks: query.marks(&hit.text).unwrap_or_default(),
            text: hit.text.into(),
        });
        let mut found: Vec<Found> = found.collect();
        if room.is_none() {
            found.extend(self.memory.search(text, None, at_most)?);
            found.sort_by_key(|found| std::cmp::Reverse(found.at));
            found.truncate(at_most);
        }
        Ok(found)
    }

    fn preference(&self, name: &str) -> Result<Option<String>, HistoryError> {
        self.profile.preference(name).map_err(|_| HistoryError::Store)
    }

    fn set_preference(&self, name: &str, value: &str) -> Result<(), HistoryError> {
        self.profile.set_preference(name, value).map_err(|_| HistoryError::Store)
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
        match self.sealed(room) {
            Some(id) => self.read(|tx| tx.draft(&id)),
            None => self.memory.draft(room),
        }
    }

    fn set_draft(&self, room: RoomId, draft: &str) -> Result<(), HistoryError> {
        let Some(id) = self.sealed(room) else { return self.memory.set_draft(room, draft) };
        let mut profile = self.profile.lock();
        let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
        let set = tx.set_draft(&id, draft).and_then(|()| tx.commit());
        set.map_err(|_| HistoryError::Store)
    }

    fn keep_wire(&self, room: RoomId, position: Position, at: SystemTime, wire: &[u8]) {
        self.memory.keep_wire(room, position, at, wire);
    }

    fn wire(&self, room: RoomId, position: Position) -> Option<Arc<[u8]>> {
        self.memory.wire(room, position)
    }

    fn inspect(&self, room: RoomId, seq: u64) -> Result<Option<InspectedEnvelope>, HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(None) };
        self.profile.inspect(&id, seq).map_err(|_| HistoryError::Store)
    }

    fn inspect_room(&self, room: RoomId) -> Result<Option<RoomReport>, HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(None) };
        self.profile.inspect_room(&id).map_err(|_| HistoryError::Store)
    }

    fn capture_limits(&self) -> Result<CaptureLimits, HistoryError> {
        self.profile.capture_limits().map_err(|_| HistoryError::Store)
    }

    fn set_capture_limits(&self, limits: &CaptureLimits, now: SystemTime) -> Result<(), HistoryError> {
        self.profile.set_capture_limits(limits, now.into()).map_err(|_| HistoryError::Store)?;
        self.memory.set_capture_limits(limits, now)
    }

    fn forget(&self, room: RoomId) -> Result<(), HistoryError> {
        // What the profile keeps of a room outlives the room on the screen.
        self.memory.forget(room)
    }
}

/// The setting of the profile that a preference is.
fn preferred(name: &str) -> String {
    format!("preference {name}")
}

/// Stands where a text was deleted, or its time is over.
const GONE: &str = "(deleted)";
