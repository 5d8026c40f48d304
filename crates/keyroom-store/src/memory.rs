//! A store that lives in memory and ends with the process.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use keyroom_types::{Digest, EnvelopeId, Header, Incarnation, RoomId, Seq, Timestamp};

use crate::checks::{self, Refused};
use crate::{
    Body, Head, RecordKey, RoomError, RoomState, RoomSummary, Store, StoreError, Stored, Write, WriteError,
};

/// A [`Store`] that lives in memory and ends with the process. Every one made is a new incarnation.
///
/// Bodies, records and blobs are shared with who wrote and who reads them, never copied.
#[derive(Debug)]
pub struct MemoryStore {
    incarnation: Incarnation,
    /// Ordered, for [`Store::rooms`]. Each room has a lock of its own, so that rooms do not wait for one another.
    rooms: RwLock<BTreeMap<RoomId, Arc<Mutex<Room>>>>,
}

impl MemoryStore {
    /// A store without any room.
    ///
    /// # Errors
    /// The system gives no randomness for the incarnation.
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self { incarnation: checks::draw_incarnation()?, rooms: RwLock::default() })
    }

    /// The store as it is now, of the same incarnation: what a backup of a relay's disk would be.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn copy(&self) -> Self {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let copies = rooms.iter().map(|(id, room)| (*id, Arc::new(Mutex::new(lock(room).clone()))));
        Self { incarnation: self.incarnation, rooms: RwLock::new(copies.collect()) }
    }

    fn get(&self, room: &RoomId) -> Option<Arc<Mutex<Room>>> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(room).cloned()
    }

    fn apply(&self, write: &Write) -> Result<(), WriteError> {
        match self.get(&write.room) {
            Some(_) if write.create => Err(WriteError::RoomExists),
            None if !write.create => Err(WriteError::NoRoom),
            Some(room) => lock(&room).apply(write),
            None => {
                let mut room = Room::new(write.head);
                room.apply(write)?;
                let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
                rooms.insert(write.room, Arc::new(Mutex::new(room)));
                Ok(())
            }
        }
    }
}

impl Store for MemoryStore {
    fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    fn commit(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, StoreError> {
        let mut refused = Refused::default();
        Ok(writes.iter().map(|write| refused.unless(write, |write| self.apply(write))).collect())
    }

    fn room(&self, room: &RoomId) -> Result<Option<RoomState>, RoomError> {
        Ok(self.get(room).map(|room| {
            let room = lock(&room);
            let records = room.records.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            RoomState { head: room.head, records }
        }))
    }

    fn read(&self, room: &RoomId, after: Seq, count: usize, bytes: usize) -> Result<Vec<Stored>, RoomError> {
        let Some(room) = self.get(room) else { return Ok(Vec::new()) };
        let room = lock(&room);
        let from = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let behind = room.entries.get(from..).unwrap_or_default();
        let (mut taken, mut full) = (0, false);
        let within = |entry: &&Stored| {
            taken += entry.body.len();
            !mem::replace(&mut full, taken >= bytes)
        };
        Ok(behind.iter().take(count).take_while(within).cloned().collect())
    }

    fn find(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<Option<Header>, RoomError> {
        let Some(room) = self.get(room) else { return Ok(None) };
        let room = lock(&room);
        Ok(room.places.get(envelope).and_then(|&place| room.entries.get(place)).map(|entry| entry.header))
    }

    fn blob(&self, room: &RoomId, blob: &Digest) -> Result<Option<Bytes>, RoomError> {
        let bytes = self.get(room).and_then(|room| lock(&room).blobs.get(blob).cloned());
        match bytes {
            Some(bytes) if Digest::of(&bytes) != *blob => Err(RoomError::Damaged { at: Seq::ZERO }),
            bytes => Ok(bytes),
        }
    }

    fn drop_bodies(&self, room: &RoomId, before: Timestamp, count: usize) -> Result<usize, RoomError> {
        Ok(self.get(room).map_or(0, |room| lock(&room).drop_bodies(before, count)))
    }

    fn rooms(&self, after: Option<&RoomId>, count: usize) -> Result<Vec<RoomSummary>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let behind = rooms.range::<RoomId, _>((from, Bound::Unbounded)).take(count);
        Ok(behind.map(|(&id, room)| RoomSummary { room: id, head: lock(room).head }).collect())
    }

    fn remove(&self, room: &RoomId) -> Result<(), StoreError> {
        self.rooms.write().unwrap_or_else(PoisonError::into_inner).remove(room);
        Ok(())
    }

    fn is_volatile(&self) -> bool {
        true
    }
}

#[derive(Clone, Debug)]
struct Room {
    head: Head,
    /// The envelope `seq` stands at `seq - 1`.
    entries: Vec<Stored>,
    /// Where in `entries` each envelope stands.
    places: HashMap<EnvelopeId, usize>,
    records: BTreeMap<RecordKey, Bytes>,
    blobs: HashMap<Digest, Bytes>,
    /// Everything in `entries` before it is dropped or stays.
    retained_from: usize,
}

impl Room {
    fn new(head: Head) -> Self {
        Self {
            head: Head { seq: Seq::ZERO, bytes: 0, ..head },
            entries: Vec::new(),
            places: HashMap::new(),
            records: BTreeMap::new(),
            blobs: HashMap::new(),
            retained_from: 0,
        }
    }

    /// Checks the whole write before it changes anything.
    fn apply(&mut self, write: &Write) -> Result<(), WriteError> {
        checks::dense(self.head.seq, write)?;
        checks::ids_differ(write)?;
        if write.entries.iter().any(|entry| self.places.contains_key(&entry.header.envelope)) {
            return Err(WriteError::Repeated);
        }
        for entry in &write.entries {
            self.places.insert(entry.header.envelope, self.entries.len());
            self.entries.push(Stored {
                header: entry.header,
                body: Body::Kept(entry.body.clone()),
                blob: entry.blob,
            });
        }
        for (key, value) in &write.records {
            match value {
                Some(value) => self.records.insert(key.clone(), value.clone()),
                None => self.records.remove(key),
            };
        }
        for (digest, blob) in &write.blobs {
            match blob {
                Some(blob) => self.blobs.insert(*digest, blob.clone()),
                None => self.blobs.remove(digest),
            };
        }
        let bytes = self.head.bytes.saturating_add(checks::body_bytes(write));
        self.head = Head { bytes, ..write.head };
        Ok(())
    }

    fn drop_bodies(&mut self, before: Timestamp, count: usize) -> usize {
        let mut dropped = 0;
        while let Some(entry) = self.entries.get_mut(self.retained_from) {
            if entry.header.time >= before {
                break;
            }
            if let (false, Body::Kept(body)) = (entry.header.kind.is_commit(), &entry.body) {
                if dropped == count {
                    break;
                }
                self.head.bytes = self.head.bytes.saturating_sub(body.len() as u64);
                entry.body = Body::Dropped(Digest::of(body));
                dropped += 1;
            }
            self.retained_from += 1;
        }
        dropped
    }
}

/// A panic elsewhere cannot leave a room half changed: nothing between a room's first change and its last can fail.
fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_memory_store_is_a_life_of_its_own() {
        let (one, other) = (MemoryStore::new().unwrap(), MemoryStore::new().unwrap());
        assert_ne!(one.incarnation(), other.incarnation());
        assert!(one.is_volatile());
    }
}
