//! Small records of a room.

use bytes::Bytes;

use super::make::{Room, commit_one};
use crate::{RecordKey, Store, Write};

super::facts![
    records_are_set_changed_and_removed,
    records_come_ordered_by_table_and_key,
    records_change_together_with_the_log,
    a_room_has_records_of_its_own,
    the_last_word_on_a_record_counts,
    records_may_be_empty_and_keys_as_long_as_the_limit,
];

fn keys(store: &dyn Store, room: &Room) -> Vec<(u8, Bytes, Bytes)> {
    let records = store.room(&room.id).unwrap().unwrap().records;
    records.into_iter().map(|(key, value)| (key.table, key.key, value)).collect()
}

fn plain(table: u8, key: &'static [u8], value: &'static [u8]) -> (u8, Bytes, Bytes) {
    (table, Bytes::from_static(key), Bytes::from_static(value))
}

fn records_are_set_changed_and_removed(store: &dyn Store) {
    let room = Room::made(1, store);
    commit_one(store, room.record(1, b"key", Some(b"one"))).unwrap();
    commit_one(store, room.record(2, b"key", Some(b"two"))).unwrap();
    assert_eq!(keys(store, &room), [plain(1, b"key", b"one"), plain(2, b"key", b"two")]);
    commit_one(store, room.record(1, b"key", Some(b"three"))).unwrap();
    assert_eq!(keys(store, &room), [plain(1, b"key", b"three"), plain(2, b"key", b"two")]);
    commit_one(store, room.record(1, b"key", None)).unwrap();
    assert_eq!(keys(store, &room), [plain(2, b"key", b"two")]);
    // Removing what is not there is no error.
    commit_one(store, room.record(1, b"key", None)).unwrap();
}

fn records_come_ordered_by_table_and_key(store: &dyn Store) {
    let room = Room::made(1, store);
    for (table, key) in
        [(2, &b"a"[..]), (1, b"b"), (255, b""), (1, b"a"), (0, b"z"), (1, b"ab"), (1, b"\xff")]
    {
        commit_one(store, room.record(table, key, Some(b""))).unwrap();
    }
    let order = [(0, &b"z"[..]), (1, b"a"), (1, b"ab"), (1, b"b"), (1, b"\xff"), (2, b"a"), (255, b"")];
    assert_eq!(keys(store, &room), order.map(|(table, key)| plain(table, key, b"")));
}

fn records_change_together_with_the_log(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let records = room.record(1, b"key", Some(b"value")).records;
    let write = Write { records, ..room.messages(1) };
    commit_one(store, write).unwrap();
    room.is_held_by(store);
    assert_eq!(keys(store, &room), [plain(1, b"key", b"value")]);
}

fn a_room_has_records_of_its_own(store: &dyn Store) {
    let (one, other) = (Room::made(1, store), Room::made(2, store));
    commit_one(store, one.record(1, b"key", Some(b"one"))).unwrap();
    assert!(keys(store, &other).is_empty());
    commit_one(store, other.record(1, b"key", None)).unwrap();
    assert_eq!(keys(store, &one), [plain(1, b"key", b"one")]);
}

fn the_last_word_on_a_record_counts(store: &dyn Store) {
    let room = Room::made(1, store);
    let mut write = room.record(1, b"key", Some(b"one"));
    write.records.extend(room.record(1, b"key", Some(b"two")).records);
    write.records.extend(room.record(2, b"key", Some(b"one")).records);
    write.records.extend(room.record(2, b"key", None).records);
    commit_one(store, write).unwrap();
    assert_eq!(keys(store, &room), [plain(1, b"key", b"two")]);
}

fn records_may_be_empty_and_keys_as_long_as_the_limit(store: &dyn Store) {
    let room = Room::made(1, store);
    let key = RecordKey { table: 3, key: Bytes::from(vec![9; RecordKey::MAX_BYTES]) };
    let value = Bytes::from(vec![1; 10_000]);
    let records = vec![(key.clone(), Some(value.clone()))];
    commit_one(store, Write { records, ..room.nothing() }).unwrap();
    commit_one(store, room.record(1, b"", Some(b""))).unwrap();
    assert_eq!(keys(store, &room), [plain(1, b"", b""), (3, key.key, value)]);
}
