//! Writes that are refused, and what they leave.

use bytes::Bytes;
use keyroom_types::{Digest, Kind, Seq};

use super::make::{Room, body, commit_one};
use crate::{Head, RecordKey, Store, Write, WriteError};

super::facts![
    a_room_is_made_once,
    a_room_that_is_not_there_cannot_change,
    a_gap_before_the_first_envelope_is_refused,
    a_gap_between_envelopes_is_refused,
    an_envelope_that_was_written_before_is_a_gap,
    a_head_that_is_not_the_last_envelope_is_refused,
    an_envelope_id_comes_once_in_a_log,
    an_envelope_id_comes_once_in_a_write,
    other_rooms_may_use_the_same_envelope_id,
    a_refused_write_changes_nothing_at_all,
    later_writes_to_the_same_room_fall_with_a_refused_one,
    the_next_call_starts_afresh,
    a_room_whose_making_was_refused_is_not_there,
];

fn a_room_is_made_once(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(1)).unwrap();
    assert_eq!(commit_one(store, Room::new(1).create()), Err(WriteError::RoomExists));
    room.is_held_by(store);
}

fn a_room_that_is_not_there_cannot_change(store: &dyn Store) {
    let mut room = Room::new(1);
    assert_eq!(commit_one(store, room.nothing()), Err(WriteError::NoRoom));
    assert_eq!(commit_one(store, room.messages(1)), Err(WriteError::NoRoom));
    assert!(store.room(&room.id).unwrap().is_none());
}

fn a_gap_before_the_first_envelope_is_refused(store: &dyn Store) {
    let mut room = Room::made(1, store);
    room.messages(1);
    let gap = WriteError::Gap { head: Seq::ZERO, first: Seq::new(2) };
    assert_eq!(commit_one(store, room.messages(1)), Err(gap));
    let mut new = Room::new(2);
    new.messages(1);
    assert_eq!(commit_one(store, Write { create: true, ..new.messages(1) }), Err(gap));
    Room::new(1).is_held_by(store);
}

fn a_gap_between_envelopes_is_refused(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let mut write = room.messages(3);
    write.entries.remove(1);
    let gap = WriteError::Gap { head: Seq::new(1), first: Seq::new(3) };
    assert_eq!(commit_one(store, write), Err(gap));
    Room::new(1).is_held_by(store);
}

fn an_envelope_that_was_written_before_is_a_gap(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let write = room.messages(2);
    commit_one(store, write.clone()).unwrap();
    let gap = WriteError::Gap { head: Seq::new(2), first: Seq::new(1) };
    assert_eq!(commit_one(store, write), Err(gap));
    room.is_held_by(store);
}

fn a_head_that_is_not_the_last_envelope_is_refused(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let write = room.messages(2);
    let head = Head { seq: Seq::new(3), ..write.head };
    let gap = WriteError::Gap { head: Seq::new(2), first: Seq::new(3) };
    assert_eq!(commit_one(store, Write { head, ..write }), Err(gap));
    let head = Head { seq: Seq::new(1), ..Room::new(1).head };
    let gap = WriteError::Gap { head: Seq::ZERO, first: Seq::new(1) };
    assert_eq!(commit_one(store, Write { head, ..Room::new(1).nothing() }), Err(gap));
    Room::new(1).is_held_by(store);
}

fn an_envelope_id_comes_once_in_a_log(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(3)).unwrap();
    let before = room.clone();
    let mut write = room.messages(2);
    write.entries[1].header.envelope = before.log[0].header.envelope;
    assert_eq!(commit_one(store, write), Err(WriteError::Repeated));
    before.is_held_by(store);
}

fn an_envelope_id_comes_once_in_a_write(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let mut write = room.messages(3);
    write.entries[2].header.envelope = write.entries[0].header.envelope;
    assert_eq!(commit_one(store, write), Err(WriteError::Repeated));
    Room::new(1).is_held_by(store);
}

fn other_rooms_may_use_the_same_envelope_id(store: &dyn Store) {
    let (mut one, mut other) = (Room::made(1, store), Room::made(2, store));
    commit_one(store, one.messages(1)).unwrap();
    let mut write = other.messages(1);
    write.entries[0].header.envelope = one.log[0].header.envelope;
    commit_one(store, write).unwrap();
    one.is_held_by(store);
}

fn a_refused_write_changes_nothing_at_all(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(1)).unwrap();
    commit_one(store, room.record(1, b"old", Some(b"1"))).unwrap();
    let (before, state) = (room.clone(), store.room(&room.id).unwrap());
    let mut write = room.messages(2);
    write.entries[1].header.envelope = before.log[0].header.envelope;
    let old = RecordKey { table: 1, key: Bytes::from_static(b"old") };
    let new = RecordKey { table: 1, key: Bytes::from_static(b"new") };
    write.records = vec![(old, None), (new, Some(Bytes::from_static(b"2")))];
    write.blobs = vec![(Digest::of(b"blob"), Some(Bytes::from_static(b"blob")))];
    assert_eq!(commit_one(store, write), Err(WriteError::Repeated));
    before.is_held_by(store);
    assert_eq!(store.room(&room.id).unwrap(), state);
    assert!(store.blob(&room.id, &Digest::of(b"blob")).unwrap().is_none());
    assert!(store.find(&room.id, &room.log[1].header.envelope).unwrap().is_none());
}

fn later_writes_to_the_same_room_fall_with_a_refused_one(store: &dyn Store) {
    let (mut one, mut other) = (Room::made(1, store), Room::made(2, store));
    let first = one.messages(1);
    let before = one.clone();
    let mut refused = one.messages(1);
    refused.entries[0].header.envelope = before.log[0].header.envelope;
    let calls = [
        first,
        other.messages(1),
        refused,
        one.messages(1),
        other.messages(1),
        before.record(1, b"key", Some(b"value")),
    ];
    let after = Err(WriteError::AfterRefused);
    let results = store.commit(&calls).unwrap();
    assert_eq!(results, [Ok(()), Ok(()), Err(WriteError::Repeated), after, Ok(()), after]);
    before.is_held_by(store);
    other.is_held_by(store);
    assert!(store.room(&before.id).unwrap().unwrap().records.is_empty());
}

fn the_next_call_starts_afresh(store: &dyn Store) {
    let mut room = Room::made(1, store);
    assert_eq!(commit_one(store, room.create()), Err(WriteError::RoomExists));
    commit_one(store, room.messages(1)).unwrap();
    room.is_held_by(store);
}

fn a_room_whose_making_was_refused_is_not_there(store: &dyn Store) {
    let mut room = Room::new(1);
    let first = room.entry(Kind::Commit, body(1, 10), None);
    let mut twice = room.entry(Kind::Application, body(2, 10), None);
    twice.header.envelope = first.header.envelope;
    let write = Write { create: true, entries: vec![first, twice], ..room.nothing() };
    let again = Room::new(1).create();
    let results = store.commit(&[write, again]).unwrap();
    assert_eq!(results, [Err(WriteError::Repeated), Err(WriteError::AfterRefused)]);
    assert!(store.room(&room.id).unwrap().is_none());
    assert!(store.rooms(None, 10).unwrap().is_empty());
}
