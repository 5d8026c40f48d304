//! Blobs of a room.

use bytes::Bytes;
use keyroom_types::{Digest, Kind, Seq};

use super::make::{Room, body, commit_one};
use crate::{RecordKey, RoomError, Store, Write, WriteError};

super::facts![
    blobs_are_put_and_removed,
    a_room_has_blobs_of_its_own,
    a_blob_that_is_put_again_stays,
    blobs_and_records_change_together_or_not_at_all,
    many_blobs_with_their_records_come_and_go,
    blobs_of_every_size_come_back_whole,
    an_envelope_names_its_blob_after_it_is_gone,
    a_blob_that_is_not_what_its_name_says_is_damaged,
];

fn put(room: &Room, blobs: &[(Digest, Option<Bytes>)]) -> Write {
    Write { blobs: blobs.to_vec(), ..room.nothing() }
}

fn blobs_are_put_and_removed(store: &dyn Store) {
    let room = Room::made(1, store);
    let (one, other) = (body(1, 3_000), body(2, 3_000));
    let (first, second) = (Digest::of(&one), Digest::of(&other));
    commit_one(store, put(&room, &[(first, Some(one.clone())), (second, Some(other.clone()))])).unwrap();
    assert_eq!(store.blob(&room.id, &first).unwrap(), Some(one));
    commit_one(store, put(&room, &[(first, None)])).unwrap();
    assert!(store.blob(&room.id, &first).unwrap().is_none());
    assert_eq!(store.blob(&room.id, &second).unwrap(), Some(other));
    // Removing what is not there is no error.
    commit_one(store, put(&room, &[(first, None)])).unwrap();
}

fn a_room_has_blobs_of_its_own(store: &dyn Store) {
    let (one, other) = (Room::made(1, store), Room::made(2, store));
    let blob = body(1, 100);
    let name = Digest::of(&blob);
    commit_one(store, put(&one, &[(name, Some(blob.clone()))])).unwrap();
    assert!(store.blob(&other.id, &name).unwrap().is_none());
    commit_one(store, put(&other, &[(name, Some(blob.clone()))])).unwrap();
    commit_one(store, put(&other, &[(name, None)])).unwrap();
    assert_eq!(store.blob(&one.id, &name).unwrap(), Some(blob));
}

fn a_blob_that_is_put_again_stays(store: &dyn Store) {
    let room = Room::made(1, store);
    let blob = body(1, 100);
    let name = Digest::of(&blob);
    commit_one(store, put(&room, &[(name, Some(blob.clone()))])).unwrap();
    commit_one(store, put(&room, &[(name, Some(blob.clone())), (name, Some(blob.clone()))])).unwrap();
    assert_eq!(store.blob(&room.id, &name).unwrap(), Some(blob));
}

/// A knock, or a welcome: a record that names a blob.
fn named(room: &Room, number: u8, blob: Option<&Bytes>, name: Digest) -> Write {
    let key = RecordKey { table: 5, key: Bytes::from(vec![number; 32]) };
    let value = blob.map(|_| Bytes::copy_from_slice(name.as_bytes()));
    Write { records: vec![(key, value)], blobs: vec![(name, blob.cloned())], ..room.nothing() }
}

fn blobs_and_records_change_together_or_not_at_all(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let blob = body(1, 16 << 10);
    let name = Digest::of(&blob);
    let mut skipping = room.clone();
    skipping.messages(1);
    let gap = Write { entries: skipping.messages(1).entries, ..named(&skipping, 1, Some(&blob), name) };
    assert!(matches!(commit_one(store, gap), Err(WriteError::Gap { .. })));
    assert!(store.blob(&room.id, &name).unwrap().is_none());
    assert!(store.room(&room.id).unwrap().unwrap().records.is_empty());
    let entries = room.append(&[Kind::Commit]).entries;
    commit_one(store, Write { entries, ..named(&room, 1, Some(&blob), name) }).unwrap();
    assert_eq!(store.blob(&room.id, &name).unwrap(), Some(blob));
    assert_eq!(store.room(&room.id).unwrap().unwrap().records.len(), 1);
    room.is_held_by(store);
}

fn many_blobs_with_their_records_come_and_go(store: &dyn Store) {
    let room = Room::made(1, store);
    let blobs: Vec<Bytes> = (0..64).map(|number| body(number, 16 << 10)).collect();
    for (number, blob) in (0..).zip(&blobs) {
        commit_one(store, named(&room, number, Some(blob), Digest::of(blob))).unwrap();
    }
    assert_eq!(store.room(&room.id).unwrap().unwrap().records.len(), 64);
    for (number, blob) in (0..).zip(&blobs) {
        assert_eq!(store.blob(&room.id, &Digest::of(blob)).unwrap().as_ref(), Some(blob));
        commit_one(store, named(&room, number, None, Digest::of(blob))).unwrap();
        assert!(store.blob(&room.id, &Digest::of(blob)).unwrap().is_none());
    }
    assert!(store.room(&room.id).unwrap().unwrap().records.is_empty());
}

fn blobs_of_every_size_come_back_whole(store: &dyn Store) {
    let room = Room::made(1, store);
    for len in [0, 1, 4_096, 100_000, 4 << 20] {
        let blob = body(len as u64, len);
        let name = Digest::of(&blob);
        commit_one(store, put(&room, &[(name, Some(blob.clone()))])).unwrap();
        assert_eq!(store.blob(&room.id, &name).unwrap(), Some(blob), "{len}");
    }
}

fn an_envelope_names_its_blob_after_it_is_gone(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let blob = body(9, 500);
    let name = Digest::of(&blob);
    let entries = vec![room.entry(Kind::Commit, body(1, 100), Some(name))];
    let write = Write { entries, blobs: vec![(name, Some(blob))], ..room.nothing() };
    commit_one(store, write).unwrap();
    commit_one(store, put(&room, &[(name, None)])).unwrap();
    assert!(store.blob(&room.id, &name).unwrap().is_none());
    room.is_held_by(store);
}

fn a_blob_that_is_not_what_its_name_says_is_damaged(store: &dyn Store) {
    let room = Room::made(1, store);
    let name = Digest::of(b"this");
    commit_one(store, put(&room, &[(name, Some(Bytes::from_static(b"that")))])).unwrap();
    assert!(matches!(store.blob(&room.id, &name), Err(RoomError::Damaged { at: Seq::ZERO })));
    room.is_held_by(store);
}
