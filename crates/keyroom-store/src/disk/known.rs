//! Which envelopes a room may have. Nearly every append is new, and a look into the tables that finds nothing costs more than
//! the rest of the append: a reader's page cache begins anew with each commit.
//!
//! A room's ids are read into a filter when they are asked for first, by the keeper's thread; until then, and where the filter
//! says that an id may be there, the tables are asked.

use std::collections::HashMap;

use keyroom_types::{EnvelopeId, RoomId};
use rusqlite::Connection;

use super::fault::Fault;
use super::filter::Filter;
use super::read;
use super::schema::Identity;
use super::tail::{Tail, TailRoom};

/// Filters of rooms, all of them together no larger than [`WORDS`].
#[derive(Debug, Default)]
pub(super) struct Known {
    rooms: HashMap<RoomId, State>,
    /// Rooms whose ids somebody asked for and that were not read yet.
    wanted: Vec<RoomId>,
    words: usize,
}

#[derive(Debug)]
enum State {
    Wanted,
    /// Its ids are being read. What it got since that began may not be among them.
    Read(Vec<EnvelopeId>),
    /// All its ids; and whether anybody asked since filters had to go.
    Filtered {
        number: u64,
        filter: Filter,
        used: bool,
    },
    /// It has too many, or they cannot be read.
    Unknown,
}

impl Known {
    /// Whether the room may have this envelope; false is certain.
    pub(super) fn may_have(&mut self, identity: &Identity, room: &RoomId, envelope: &EnvelopeId) -> bool {
        match self.rooms.get_mut(room) {
            Some(State::Filtered { number, filter, used }) => {
                *used = true;
                filter.may_have(identity.index(*number, envelope))
            }
            Some(_) => true,
            None => {
                self.want(*room);
                true
            }
        }
    }

    /// Whether there are rooms to be read.
    pub(super) fn has_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The room gets this envelope: to be called before anybody can find that it has.
    pub(super) fn add(&mut self, identity: &Identity, room: &RoomId, envelope: &EnvelopeId) {
        match self.rooms.get_mut(room) {
            Some(State::Read(came)) => came.push(*envelope),
            Some(State::Filtered { number, filter, .. }) => {
                if !filter.add(identity.index(*number, envelope)) {
                    self.forget(room);
                    self.want(*room);
                }
            }
            Some(State::Wanted | State::Unknown) | None => {}
        }
    }

    /// Forgets a room.
    pub(super) fn forget(&mut self, room: &RoomId) {
        if let Some(State::Filtered { filter, .. }) = self.rooms.remove(room) {
            self.words -= filter.words();
        }
    }

    /// Rooms that are to be read next, each with how many ids it is known to have besides those in the tables. Nothing may be
    /// written between this and the look into `tail`, which has what the tables do not have yet; a snapshot that is taken
    /// behind it has the rest.
    pub(super) fn begin(&mut self, tail: &Tail) -> Vec<(RoomId, usize)> {
        let chosen = self.wanted.split_off(self.wanted.len().saturating_sub(ROOMS));
        let mut begun = Vec::with_capacity(chosen.len());
        for room in chosen {
            // One that was forgotten meanwhile is asked for again.
            if let Some(state @ State::Wanted) = self.rooms.get_mut(&room) {
                let came: Vec<_> = tail.room(&room).into_iter().flat_map(TailRoom::ids).copied().collect();
                begun.push((room, came.len()));
                *state = State::Read(came);
            }
        }
        begun
    }

    /// Takes what was read of a room.
    pub(super) fn end(&mut self, identity: &Identity, room: &RoomId, read: Result<Option<Ids>, Fault>) {
        let Some(State::Read(came)) = self.rooms.get_mut(room) else { return };
        let came = std::mem::take(came);
        match read {
            Ok(Some(Ids::All { number, mut filter })) => {
                self.make_way(filter.words());
                if came.iter().all(|envelope| filter.add(identity.index(number, envelope))) {
                    self.words += filter.words();
                    self.rooms.insert(*room, State::Filtered { number, filter, used: false });
                } else {
                    self.want(*room);
                }
            }
            // Removed meanwhile.
            Ok(None) => self.forget(room),
            Ok(Some(Ids::TooMany)) | Err(_) => {
                self.rooms.insert(*room, State::Unknown);
            }
        }
    }

    fn want(&mut self, room: RoomId) {
        self.rooms.insert(room, State::Wanted);
        self.wanted.push(room);
    }

    /// Forgets rooms nobody asked for lately, and then all, until so many words more are within the bound.
    fn make_way(&mut self, more: usize) {
        for _ in 0..2 {
            if self.words + more <= WORDS {
                return;
            }
            let words = &mut self.words;
            self.rooms.retain(|_, state| {
                let State::Filtered { filter, used, .. } = state else { return true };
                let stays = std::mem::take(used);
                if !stays {
                    *words -= filter.words();
                }
                stays
            });
        }
    }
}

/// The ids of a room as the tables have them.
pub(super) enum Ids {
    All { number: u64, filter: Filter },
    TooMany,
}

/// Reads all ids of a room, into a filter with a place for `more`; `None` if there is no such room.
pub(super) fn read_ids(db: &Connection, room: &RoomId, more: usize) -> Result<Option<Ids>, Fault> {
    let Some(row) = read::room_row(db, room)? else { return Ok(None) };
    let mut find = db.prepare_cached("SELECT hash FROM ids WHERE room = ?1 LIMIT ?2")?;
    let hashes = find.query_map((row.number, MOST_IDS + 1), |row| row.get(0))?;
    let hashes: Vec<i64> = hashes.collect::<Result<_, _>>()?;
    if hashes.len() + more > MOST_IDS {
        return Ok(Some(Ids::TooMany));
    }
    let mut filter = Filter::new(hashes.len() + more);
    hashes.into_iter().for_each(|hash| {
        filter.add(hash);
    });
    Ok(Some(Ids::All { number: row.number, filter }))
}

/// All filters together: 16 MiB, for at least four million ids.
const WORDS: usize = 2 << 20;

/// Ids of one room. Reading so many takes a tenth of a second, of nobody's time but the keeper's.
const MOST_IDS: usize = 1 << 20;

/// Rooms that are read together before the keeper turns to something else.
const ROOMS: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::lock;
    use super::*;
    use crate::conformance::Room;
    use crate::{DiskStore, Store};

    /// A store in a directory of its own, which is deleted with it.
    struct Open(Option<DiskStore>, std::path::PathBuf);

    impl Open {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("keyroom-known-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&dir);
            Self(Some(DiskStore::open(&dir).unwrap()), dir)
        }
    }

    impl std::ops::Deref for Open {
        type Target = DiskStore;

        fn deref(&self) -> &DiskStore {
            self.0.as_ref().unwrap()
        }
    }

    impl Drop for Open {
        fn drop(&mut self) {
            self.0.take();
            let _ = std::fs::remove_dir_all(&self.1);
        }
    }

    fn is_filtered(known: &Known, room: &RoomId) -> bool {
        matches!(known.rooms.get(room), Some(State::Filtered { .. }))
    }

    #[test]
    fn the_tables_are_not_asked_for_an_envelope_that_is_new() {
        let store = Open::new("new");
        let mut room = Room::made(1, &*store);
        store.commit(&[room.messages(3)]).unwrap();
        let new = EnvelopeId::from_bytes([0xEE; 16]);
        // Asked for the first time it is looked for in the tables, and the keeper hears of it.
        assert_eq!(store.find(&room.id, &new).unwrap(), None);
        while !is_filtered(&lock(&store.known), &room.id) {
            std::thread::yield_now();
        }
        lock(&store.readers).clear();
        assert_eq!(store.find(&room.id, &new).unwrap(), None);
        store.commit(&[room.messages(3)]).unwrap();
        assert!(lock(&store.readers).is_empty());
        room.is_held_by(&*store);
        store.remove(&room.id).unwrap();
        assert!(!lock(&store.known).rooms.contains_key(&room.id));
    }

    #[test]
    fn filters_stay_within_their_bound_and_those_in_use_go_last() {
        let store = Open::new("bound");
        let room = |number| RoomId::from_bytes([number; 16]);
        let envelope = EnvelopeId::from_bytes([1; 16]);
        let mut known = Known::default();
        for number in 1..=9 {
            assert!(known.may_have(&store.identity, &room(number), &envelope));
            assert_eq!(known.begin(&Tail::default()), [(room(number), 0)]);
            let all = Ids::All { number: number.into(), filter: Filter::new(MOST_IDS) };
            known.end(&store.identity, &room(number), Ok(Some(all)));
            assert!(!known.may_have(&store.identity, &room(1), &envelope));
            assert!(known.words <= WORDS && is_filtered(&known, &room(number)));
        }
        for number in 1..=9 {
            known.forget(&room(number));
        }
        assert_eq!(known.words, 0);
    }

    #[test]
    fn a_room_that_outgrows_its_filter_or_whose_ids_cannot_be_read_is_asked_for_in_the_tables() {
        let store = Open::new("outgrown");
        let (room, envelope) = (RoomId::from_bytes([1; 16]), |number| EnvelopeId::from_bytes([number; 16]));
        let mut known = Known::default();
        let learn = |known: &mut Known, read| {
            known.may_have(&store.identity, &room, &envelope(0));
            known.begin(&Tail::default());
            known.end(&store.identity, &room, read);
        };
        learn(&mut known, Ok(Some(Ids::All { number: 1, filter: Filter::new(0) })));
        let fits = (1..).take_while(|number| {
            known.add(&store.identity, &room, &envelope(*number));
            is_filtered(&known, &room)
        });
        assert_eq!(fits.count(), 32);
        assert!(known.has_wanted() && known.may_have(&store.identity, &room, &envelope(0)));
        learn(&mut known, Err(Fault::Broken));
        assert!(!known.has_wanted() && known.may_have(&store.identity, &room, &envelope(0)));
    }
}
