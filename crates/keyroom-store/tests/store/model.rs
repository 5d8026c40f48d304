//! Random writes against a model that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use keyroom_store::conformance::{Room, body, envelope, room_id};
use keyroom_store::{Body, Head, MemoryStore, RecordKey, Store, Write, WriteError};
use keyroom_types::{Digest, EnvelopeId, Kind, Seq, Timestamp};
use proptest::prelude::*;

/// One random step. Rooms, keys and blobs are few, so that steps meet.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Commit(Vec<Change>),
    DropBodies { room: u64, back_s: u64, count: usize },
    Remove { room: u64 },
}

/// One random write, right or wrong.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    room: u64,
    create: bool,
    kinds: Vec<(u8, u16)>,
    fault: Fault,
    record: Option<(u8, Option<u8>)>,
    blob: Option<(u8, Option<u16>)>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Gap,
    Repeat,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (
        0..4_u64,
        prop::bool::weighted(0.3),
        prop::collection::vec((1..=4_u8, prop_oneof![4 => 0..400_u16, 1 => 0..9_000_u16]), 0..4),
        prop_oneof![8 => Just(Fault::None), 1 => Just(Fault::Gap), 1 => Just(Fault::Repeat)],
        prop::option::of((0..3_u8, prop::option::of(any::<u8>()))),
        prop::option::weighted(0.2, (0..3_u8, prop::option::of(0..6_000_u16))),
    )
        .prop_map(|(room, create, kinds, fault, record, blob)| Change {
            room,
            create,
            kinds,
            fault,
            record,
            blob,
        });
    let step = prop_oneof![
        8 => prop::collection::vec(change, 0..6).prop_map(Step::Commit),
        2 => (0..4_u64, 0..20_u64, 0..5_usize)
            .prop_map(|(room, back_s, count)| Step::DropBodies { room, back_s, count }),
        1 => (0..4_u64).prop_map(|room| Step::Remove { room }),
    ];
    prop::collection::vec(step, 0..40)
}

/// Rooms as they must be.
#[derive(Clone, Default)]
pub(crate) struct Model {
    rooms: BTreeMap<u64, Held>,
    /// Numbers the envelopes, so that no two have one id by chance.
    drawn: u64,
}

#[derive(Clone)]
struct Held {
    room: Room,
    records: BTreeMap<RecordKey, Bytes>,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Model {
    /// Does the step in both and compares the answers.
    pub(crate) fn step(&mut self, store: &dyn Store, step: &Step) {
        match step {
            Step::Commit(changes) => {
                let mut refused = BTreeSet::new();
                let (writes, expected): (Vec<_>, Vec<_>) =
                    changes.iter().map(|change| self.change(change, &mut refused)).unzip();
                assert_eq!(store.commit(&writes).unwrap(), expected);
            }
            Step::DropBodies { room, back_s, count } => {
                let newest = self.rooms.get(room).map_or(0, |held| held.room.head.time.as_millis());
                let before = Timestamp::from_millis(newest.saturating_sub(back_s * 1_000));
                let expected = self.drop_bodies(*room, before, *count);
                assert_eq!(store.drop_bodies(&room_id(*room), before, *count).unwrap(), expected);
            }
            Step::Remove { room } => {
                self.rooms.remove(room);
                store.remove(&room_id(*room)).unwrap();
            }
        }
    }

    /// Makes the write and says how it must end; the model holds it if it must end well.
    fn change(&mut self, change: &Change, refused: &mut BTreeSet<u64>) -> (Write, Result<(), WriteError>) {
        let there = self.rooms.get(&change.room).cloned();
        let mut held = there.clone().unwrap_or_else(|| Held {
            room: Room::new(change.room),
            records: BTreeMap::new(),
            blobs: BTreeMap::new(),
        });
        let head = held.room.head.seq;
        let first_id = held.room.log.first().map(|stored| stored.header.envelope);
        let mut expected = match (&there, change.create) {
            (Some(_), true) => Err(WriteError::RoomExists),
            (None, false) => Err(WriteError::NoRoom),
            _ => Ok(()),
        };
        let mut write = self.write(&mut held, change);
        match (change.fault, write.entries.first_mut()) {
            (Fault::Gap, Some(first)) => {
                first.header.seq = Seq::new(first.header.seq.get() + 1);
                expected = expected.and(Err(WriteError::Gap { head, first: first.header.seq }));
            }
            (Fault::Repeat, Some(first)) => {
                if let Some(id) = first_id {
                    first.header.envelope = id;
                    expected = expected.and(Err(WriteError::Repeated));
                } else if write.entries.len() > 1 {
                    write.entries[1].header.envelope = write.entries[0].header.envelope;
                    expected = expected.and(Err(WriteError::Repeated));
                }
            }
            _ => {}
        }
        if refused.contains(&change.room) {
            return (write, Err(WriteError::AfterRefused));
        }
        match expected {
            Ok(()) => {
                self.rooms.insert(change.room, held);
            }
            Err(_) => {
                refused.insert(change.room);
            }
        }
        (write, expected)
    }

    fn write(&mut self, held: &mut Held, change: &Change) -> Write {
        let mut entries = Vec::new();
        for &(kind, len) in &change.kinds {
            self.drawn += 1;
            let kind = Kind::from_number(kind).unwrap();
            let mut entry = held.room.entry(kind, body(self.drawn, len.into()), None);
            // Not by place: a room that was removed and made again has the same places.
            let id: EnvelopeId = envelope(&room_id(u64::MAX), self.drawn);
            entry.header.envelope = id;
            held.room.log.last_mut().unwrap().header.envelope = id;
            entries.push(entry);
        }
        let records = change.record.map(|(table, value)| {
            let key = RecordKey { table, key: Bytes::from(vec![table; 3]) };
            let value = value.map(|value| Bytes::from(vec![value; value.into()]));
            match &value {
                Some(value) => held.records.insert(key.clone(), value.clone()),
                None => held.records.remove(&key),
            };
            (key, value)
        });
        let blobs = change.blob.map(|(number, len)| {
            let blob = body(number.into(), usize::from(len.unwrap_or(50)));
            let digest = Digest::of(&blob);
            let kept = len.map(|_| blob);
            match &kept {
                Some(blob) => held.blobs.insert(digest, blob.clone()),
                None => held.blobs.remove(&digest),
            };
            (digest, kept)
        });
        Write {
            create: change.create,
            entries,
            records: records.into_iter().collect(),
            blobs: blobs.into_iter().collect(),
            ..held.room.nothing()
        }
    }

    fn drop_bodies(&mut self, room: u64, before: Timestamp, count: usize) -> usize {
        let Some(held) = self.rooms.get_mut(&room) else { return 0 };
        let droppable = |stored: &&mut keyroom_store::Stored| {
            matches!(stored.body, Body::Kept(_))
                && !stored.header.kind.is_commit()
                && stored.header.time < before
        };
        let mut dropped = 0;
        for stored in held.room.log.iter_mut().filter(droppable).take(count) {
            held.room.head.bytes -= stored.body.len() as u64;
            stored.body = Body::Dropped(stored.body.digest());
            dropped += 1;
        }
        dropped
    }

    /// Compares all that can be read.
    pub(crate) fn is_held_by(&self, store: &dyn Store) {
        assert_eq!(self.difference(store), None);
    }

    /// What of all that can be read is not as it must be.
    pub(crate) fn difference(&self, store: &dyn Store) -> Option<String> {
        let heads: Vec<(_, Head)> = self.rooms.values().map(|held| (held.room.id, held.room.head)).collect();
        let listed = store.rooms(None, usize::MAX).unwrap();
        let listed: Vec<_> = listed.iter().map(|room| (room.room, room.head)).collect();
        if listed != heads {
            return Some(format!("rooms are {listed:?}, not {heads:?}"));
        }
        self.rooms.values().find_map(|held| held.difference(store))
    }
}

impl Held {
    fn difference(&self, store: &dyn Store) -> Option<String> {
        let id = &self.room.id;
        let state = store.room(id).unwrap().unwrap();
        let read = store.read(id, Seq::ZERO, usize::MAX, usize::MAX).unwrap();
        let lost = |stored: &&keyroom_store::Stored| {
            store.find(id, &stored.header.envelope).unwrap() != Some(stored.header)
        };
        let missing = |blob: &(&Digest, &Bytes)| store.blob(id, blob.0).unwrap().as_ref() != Some(blob.1);
        if state.records != self.records.clone().into_iter().collect::<Vec<_>>() {
            Some(format!("records of {id}"))
        } else if read != self.room.log {
            Some(format!("log of {id}"))
        } else if let Some(stored) = self.room.log.iter().find(lost) {
            Some(format!("envelope {} of {id} is not found", stored.header.seq))
        } else {
            self.blobs.iter().find(missing).map(|(digest, _)| format!("blob {digest} of {id}"))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_store_in_memory_does_what_the_model_does(steps in steps()) {
        let (store, mut model) = (MemoryStore::new().unwrap(), Model::default());
        for step in &steps {
            model.step(&store, step);
        }
        model.is_held_by(&store);
    }
}
