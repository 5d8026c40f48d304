//! Blobs of a room.

use bytes::Bytes;
use keyroom_types::{Digest, Kind, Seq};

use super::make::{Room, body, commit_one};
use crate::{RoomError, Store, Write};

super::facts![
    blobs_are_put_and_removed,
    a_room_has_blobs_of_its_own,
    a_blob_that_is_put_again_stays,
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
