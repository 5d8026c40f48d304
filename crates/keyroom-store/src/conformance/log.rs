//! Appending and reading.

use bytes::Bytes;
use keyroom_types::{Digest, EnvelopeId, Kind, Seq};

use super::make::{Room, body, commit_one, room_id};
use crate::{Head, Store, Write};

super::facts![
    a_new_room_is_empty_and_stands_where_it_was_made,
    what_is_not_there_reads_as_nothing,
    envelopes_come_back_as_they_were_written,
    a_room_can_be_made_with_its_first_envelopes,
    reading_begins_behind_the_cursor,
    reading_ends_at_the_count,
    reading_ends_when_the_bytes_are_reached,
    one_envelope_is_read_however_few_bytes_are_asked_for,
    the_store_counts_the_bytes_of_bodies_itself,
    bodies_of_every_size_come_back_whole,
    an_envelope_is_found_by_its_id_in_its_own_room_only,
    a_write_without_envelopes_moves_no_log,
    the_incarnation_stays,
];

fn a_new_room_is_empty_and_stands_where_it_was_made(store: &dyn Store) {
    let room = Room::made(1, store);
    let state = store.room(&room.id).unwrap().unwrap();
    assert_eq!((state.head, state.records), (room.head, Vec::new()));
    assert!(store.read(&room.id, Seq::ZERO, 10, 1_000).unwrap().is_empty());
}

fn what_is_not_there_reads_as_nothing(store: &dyn Store) {
    let room = room_id(1);
    let digest = Digest::from_bytes([1; 32]);
    assert!(store.room(&room).unwrap().is_none());
    assert!(store.read(&room, Seq::ZERO, 10, 1_000).unwrap().is_empty());
    assert!(store.find(&room, &EnvelopeId::from_bytes([1; 16])).unwrap().is_none());
    assert!(store.blob(&room, &digest).unwrap().is_none());
    let made = Room::made(1, store);
    assert!(store.find(&made.id, &EnvelopeId::from_bytes([1; 16])).unwrap().is_none());
    assert!(store.blob(&made.id, &digest).unwrap().is_none());
}

fn envelopes_come_back_as_they_were_written(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let blob = Digest::of(b"blob");
    let commit = room.entry(Kind::Commit, body(1, 300), Some(blob));
    let follower = room.entry(Kind::Follower, body(2, 200), None);
    let write = Write { entries: vec![commit, follower], ..room.nothing() };
    commit_one(store, write).unwrap();
    commit_one(store, room.append(&[Kind::Join])).unwrap();
    commit_one(store, room.messages(3)).unwrap();
    assert_eq!(room.head.newest_commit, Seq::new(3));
    room.is_held_by(store);
}

fn a_room_can_be_made_with_its_first_envelopes(store: &dyn Store) {
    let mut room = Room::new(1);
    let write = Write { create: true, ..room.append(&[Kind::Commit, Kind::Follower]) };
    commit_one(store, write).unwrap();
    room.is_held_by(store);
}

fn reading_begins_behind_the_cursor(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(5)).unwrap();
    for after in 0..=5 {
        assert_eq!(store.read(&room.id, Seq::new(after), 10, 10_000).unwrap(), room.behind(after));
    }
    assert!(store.read(&room.id, Seq::new(6), 10, 10_000).unwrap().is_empty());
    assert!(store.read(&room.id, Seq::new(u64::MAX), usize::MAX, usize::MAX).unwrap().is_empty());
}

fn reading_ends_at_the_count(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(5)).unwrap();
    assert_eq!(store.read(&room.id, Seq::new(1), 3, 10_000).unwrap(), room.behind(1)[..3]);
    assert!(store.read(&room.id, Seq::ZERO, 0, 10_000).unwrap().is_empty());
}

fn reading_ends_when_the_bytes_are_reached(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(5)).unwrap();
    for (bytes, count) in [(1, 1), (100, 1), (101, 2), (200, 2), (201, 3), (1_000, 5)] {
        assert_eq!(store.read(&room.id, Seq::ZERO, 10, bytes).unwrap(), room.behind(0)[..count], "{bytes}");
    }
}

fn one_envelope_is_read_however_few_bytes_are_asked_for(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let entries = (0..2).map(|_| room.entry(Kind::Application, Bytes::new(), None)).collect();
    commit_one(store, Write { entries, ..room.nothing() }).unwrap();
    assert_eq!(store.read(&room.id, Seq::ZERO, 10, 0).unwrap(), room.behind(0)[..1]);
    assert_eq!(store.read(&room.id, Seq::ZERO, 10, 1).unwrap(), room.behind(0));
}

fn the_store_counts_the_bytes_of_bodies_itself(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let write = room.messages(2);
    let lie = Head { bytes: 77, ..write.head };
    commit_one(store, Write { head: lie, ..write }).unwrap();
    assert_eq!(store.room(&room.id).unwrap().unwrap().head, Head { bytes: 200, ..room.head });
    let mut other = Room::new(2);
    let write = Write { create: true, ..other.messages(1) };
    commit_one(store, Write { head: Head { bytes: 77, ..write.head }, ..write }).unwrap();
    assert_eq!(store.room(&other.id).unwrap().unwrap().head.bytes, 100);
}

fn bodies_of_every_size_come_back_whole(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let sizes = [0, 1, 199, 200, 1_000, 4_000, 5_000, 64 << 10, 1 << 20];
    let entries = sizes.iter().map(|&len| room.entry(Kind::Commit, body(len as u64, len), None)).collect();
    commit_one(store, Write { entries, ..room.nothing() }).unwrap();
    room.is_held_by(store);
}

fn an_envelope_is_found_by_its_id_in_its_own_room_only(store: &dyn Store) {
    let (mut room, other) = (Room::made(1, store), Room::made(2, store));
    commit_one(store, room.messages(3)).unwrap();
    let header = room.log[1].header;
    assert_eq!(store.find(&room.id, &header.envelope).unwrap(), Some(header));
    assert!(store.find(&other.id, &header.envelope).unwrap().is_none());
    // Alike in its beginning only.
    let mut alike = *header.envelope.as_bytes();
    alike[15] ^= 1;
    assert!(store.find(&room.id, &EnvelopeId::from_bytes(alike)).unwrap().is_none());
}

fn a_write_without_envelopes_moves_no_log(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(2)).unwrap();
    commit_one(store, room.nothing()).unwrap();
    room.is_held_by(store);
}

fn the_incarnation_stays(store: &dyn Store) {
    let before = store.incarnation();
    Room::made(1, store);
    store.remove(&room_id(1)).unwrap();
    assert_eq!(store.incarnation(), before);
}
