//! Dropping old bodies.

use keyroom_types::{Kind, Timestamp};

use super::make::{Room, commit_one};
use crate::{Body, Store, Write};

super::facts![
    dropping_leaves_headers_hashes_and_the_chain,
    commits_and_joins_are_never_dropped,
    only_what_is_older_is_dropped,
    the_oldest_are_dropped_first_and_no_more_than_asked_for,
    what_is_dropped_no_longer_counts,
    a_room_that_is_not_there_has_nothing_to_drop,
    the_log_goes_on_after_dropping,
];

const ALL: Timestamp = Timestamp::from_millis(u64::MAX);

/// Drops in the store and in the room's own picture of it.
fn drop_bodies(store: &dyn Store, room: &mut Room, before: Timestamp, count: usize) -> usize {
    let dropped = store.drop_bodies(&room.id, before, count).unwrap();
    let mut left = count;
    for stored in &mut room.log {
        if left > 0
            && !stored.header.kind.is_commit()
            && stored.header.time < before
            && let Body::Kept(bytes) = &stored.body
        {
            room.head.bytes -= bytes.len() as u64;
            stored.body = Body::Dropped(stored.body.digest());
            left -= 1;
        }
    }
    assert_eq!(dropped, count - left);
    dropped
}

fn mixed(store: &dyn Store) -> Room {
    let mut room = Room::made(1, store);
    let kinds = [Kind::Commit, Kind::Follower, Kind::Application, Kind::Join, Kind::Application];
    commit_one(store, room.append(&kinds)).unwrap();
    room
}

fn dropping_leaves_headers_hashes_and_the_chain(store: &dyn Store) {
    let mut room = mixed(store);
    assert_eq!(drop_bodies(store, &mut room, ALL, 10), 3);
    assert!(matches!(room.log[2].body, Body::Dropped(_)));
    room.is_held_by(store);
}

fn commits_and_joins_are_never_dropped(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.append(&[Kind::Commit, Kind::Join, Kind::Commit])).unwrap();
    assert_eq!(drop_bodies(store, &mut room, ALL, 10), 0);
    room.is_held_by(store);
}

fn only_what_is_older_is_dropped(store: &dyn Store) {
    let mut room = mixed(store);
    let time = room.log[2].header.time;
    assert_eq!(drop_bodies(store, &mut room, time, 10), 1);
    room.is_held_by(store);
    assert_eq!(drop_bodies(store, &mut room, time.plus_millis(1), 10), 1);
    room.is_held_by(store);
}

fn the_oldest_are_dropped_first_and_no_more_than_asked_for(store: &dyn Store) {
    let mut room = Room::made(1, store);
    commit_one(store, room.messages(5)).unwrap();
    assert_eq!(drop_bodies(store, &mut room, ALL, 0), 0);
    for count in [2, 2, 1, 0] {
        assert_eq!(drop_bodies(store, &mut room, ALL, 2), count);
        room.is_held_by(store);
    }
}

fn what_is_dropped_no_longer_counts(store: &dyn Store) {
    let mut room = mixed(store);
    assert_eq!(store.room(&room.id).unwrap().unwrap().head.bytes, 500);
    drop_bodies(store, &mut room, ALL, 2);
    assert_eq!(store.room(&room.id).unwrap().unwrap().head.bytes, 300);
    // What reads after it counts what is kept.
    let read = store.read(&room.id, keyroom_types::Seq::ZERO, 10, 101).unwrap();
    assert_eq!(read, room.log[..4]);
}

fn a_room_that_is_not_there_has_nothing_to_drop(store: &dyn Store) {
    assert_eq!(store.drop_bodies(&Room::new(1).id, ALL, 10).unwrap(), 0);
}

fn the_log_goes_on_after_dropping(store: &dyn Store) {
    let mut room = mixed(store);
    drop_bodies(store, &mut room, ALL, 10);
    let records = room.record(1, b"key", Some(b"value")).records;
    let write = Write { records, ..room.messages(2) };
    commit_one(store, write).unwrap();
    room.is_held_by(store);
    assert_eq!(drop_bodies(store, &mut room, ALL, 10), 2);
    room.is_held_by(store);
}
