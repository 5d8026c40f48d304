//! Appends that are durable in the journal, and on the way from there to their rooms.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use keyroom_store::conformance::{Room, body};
use keyroom_store::{DiskStore, OpenError, Pace, RoomError, Store, Write, WriteError};
use keyroom_types::{Digest, Kind, Seq, Timestamp};

use crate::support::{Dir, JOURNAL, JOURNAL_HEADER, copy_as_killed};

/// Nothing is moved by itself.
const STAYS: Pace = Pace { checkpoint_pages: usize::MAX, wal_pages: usize::MAX, tail_bytes: usize::MAX };

/// Something is always being moved.
const MOVES: Pace = Pace { checkpoint_pages: 64, wal_pages: 128, tail_bytes: 0 };

fn count(db: &Path, table: &str) -> u64 {
    let db = rusqlite::Connection::open(db).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// What a killed process leaves of the store in `data`.
fn killed(dir: &Dir, to: &str) -> PathBuf {
    let to = dir.join(to);
    let _ = std::fs::remove_dir_all(&to);
    copy_as_killed(&dir.join("data"), &to);
    to
}

/// How long both files of the journal are.
fn journal_bytes(data: &Path) -> u64 {
    JOURNAL.iter().map(|name| std::fs::metadata(data.join(name)).unwrap().len()).sum()
}

fn append_to_all(store: &DiskStore, rooms: &mut [Room]) {
    let writes: Vec<Write> = rooms
        .iter_mut()
        .map(|room| {
            let append = room.messages(2);
            let records = room.record(1, b"author", Some(b"last")).records;
            Write { records, ..append }
        })
        .collect();
    assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok));
}

#[test]
fn a_commit_to_many_rooms_changes_no_table_and_is_read_like_any_other() {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=50).map(|number| Room::made(number, &store)).collect();
    (0..3).for_each(|_| append_to_all(&store, &mut rooms));
    let db = dir.join("data/rooms.db");
    assert_eq!((journal_bytes(&dir.join("data")) > 0, count(&db, "log")), (true, 0));
    for room in &rooms {
        room.is_held_by(&store);
        assert_eq!(store.room(&room.id).unwrap().unwrap().records.len(), 1);
        for (after, count, bytes) in [(0, 1, 1_000), (1, 3, 1_000), (2, 100, 150), (5, 9, 0), (6, 9, 1_000)] {
            let read = store.read(&room.id, Seq::new(after), count, bytes).unwrap();
            let behind = room.behind(after);
            let expected = if bytes == 150 { 2 } else { count.min(behind.len()) };
            assert_eq!(read, behind[..expected], "{after} {count} {bytes}");
        }
    }
    let listed = store.rooms(None, 100).unwrap();
    assert!(listed.iter().all(|room| room.head.seq == Seq::new(6)));
    let mut again = rooms[0].messages(1);
    again.entries[0].header.envelope = rooms[0].log[0].header.envelope;
    assert_eq!(store.commit(&[again]).unwrap(), [Err(WriteError::Repeated)]);
}

#[test]
fn closing_moves_all_of_it() {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=5).map(|number| Room::made(number, &store)).collect();
    (0..4).for_each(|_| append_to_all(&store, &mut rooms));
    drop(store);
    let db = dir.join("data/rooms.db");
    assert_eq!((count(&db, "log"), count(&db, "ids")), (40, 40));
    let store = DiskStore::open(dir.join("data")).unwrap();
    rooms.iter().for_each(|room| room.is_held_by(&store));
}

#[test]
fn what_a_killed_process_left_in_the_tail_is_there_at_the_next_start() {
    let dir = Dir::new();
    for pace in [STAYS, MOVES] {
        let _ = std::fs::remove_dir_all(dir.join("data"));
        let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
        let mut rooms: Vec<Room> = (1..=5).map(|number| Room::made(number, &store)).collect();
        for round in 0..20 {
            append_to_all(&store, &mut rooms);
            let left = DiskStore::open_at_pace(killed(&dir, "left"), STAYS).unwrap();
            rooms.iter().for_each(|room| room.is_held_by(&left));
            let mut next = rooms[round % 5].clone();
            assert!(left.commit(&[next.messages(1)]).unwrap()[0].is_ok());
            next.is_held_by(&left);
        }
    }
}

#[test]
fn no_envelope_is_taken_twice_while_it_is_learned_which_there_are() {
    let dir = Dir::in_memory();
    for pace in [STAYS, MOVES, Pace::default()] {
        let _ = std::fs::remove_dir_all(dir.join("data"));
        let mut rooms: Vec<Room> = Vec::new();
        for start in 0..5_usize {
            let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
            rooms.extend((0..3).map(|number| Room::made((start * 3 + number + 1) as u64, &store)));
            for round in 0..30_usize {
                append_to_all(&store, &mut rooms);
                let room = &rooms[round % rooms.len()];
                let there = room.log[(round * 7) % room.log.len()].header;
                let mut again = room.clone().messages(1);
                again.entries[0].header.envelope = there.envelope;
                assert_eq!(store.commit(&[again]).unwrap(), [Err(WriteError::Repeated)], "{start} {round}");
                assert_eq!(store.find(&room.id, &there.envelope).unwrap(), Some(there));
            }
            rooms.iter().for_each(|room| room.is_held_by(&store));
        }
    }
}

#[test]
fn a_write_that_is_not_for_the_tail_comes_behind_what_is_in_it() {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let (mut room, mut other) = (Room::made(1, &store), Room::made(2, &store));
    assert!(store.commit(&[room.messages(2), other.messages(1)]).unwrap().iter().all(Result::is_ok));
    let (small, blob) = (room.messages(1), body(1, 90));
    let with_blob = Write { blobs: vec![(Digest::of(&blob), Some(blob.clone()))], ..room.messages(1) };
    let another = room.messages(1);
    let entries = vec![room.entry(Kind::Application, body(7, 5_000), None)];
    let long = Write { entries, ..room.nothing() };
    let writes = [small, with_blob, another, long, room.messages(1)];
    assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok));
    assert!(store.commit(&[room.messages(1)]).unwrap()[0].is_ok());
    room.is_held_by(&store);
    other.is_held_by(&store);
    assert_eq!(store.blob(&room.id, &Digest::of(&blob)).unwrap(), Some(blob));
    let left = DiskStore::open(killed(&dir, "left")).unwrap();
    room.is_held_by(&left);
    other.is_held_by(&left);
}

#[test]
fn bodies_are_dropped_and_rooms_removed_wherever_they_stand() {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let (mut room, mut gone) = (Room::made(1, &store), Room::made(2, &store));
    for _ in 0..7 {
        assert!(store.commit(&[room.messages(100), gone.messages(10)]).unwrap().iter().all(Result::is_ok));
    }
    assert_eq!(store.drop_bodies(&room.id, Timestamp::from_millis(u64::MAX), 650).unwrap(), 650);
    assert_eq!(store.room(&room.id).unwrap().unwrap().head.bytes, 50 * 100);
    store.remove(&gone.id).unwrap();
    assert!(store.room(&gone.id).unwrap().is_none());
    // One of the same name that is made anew has nothing of it, after a kill neither.
    let mut again = Room::made(2, &store);
    assert!(store.commit(&[again.messages(1)]).unwrap()[0].is_ok());
    again.is_held_by(&store);
    again.is_held_by(&DiskStore::open(killed(&dir, "left")).unwrap());
}

#[test]
fn what_is_dropped_or_removed_is_in_no_file_of_the_journal_either() {
    let dir = Dir::in_memory();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    append_to_all(&store, &mut rooms);
    let has = |room: &Room| {
        let id = room.log[0].header.envelope;
        let files = JOURNAL.map(|name| std::fs::read(dir.join("data").join(name)).unwrap());
        files.iter().any(|file| file.windows(16).any(|bytes| bytes == id.as_bytes()))
    };
    assert!(rooms.iter().all(has));
    assert_eq!(store.drop_bodies(&rooms[0].id, Timestamp::from_millis(u64::MAX), 10).unwrap(), 2);
    while has(&rooms[0]) {
        std::thread::yield_now();
    }
    // Both files, in turn, while the store goes on.
    for round in 0..4 {
        append_to_all(&store, &mut rooms[1..]);
        let mut again = Room::made(9, &store);
        append_to_all(&store, std::slice::from_mut(&mut again));
        store.remove(&again.id).unwrap();
        while has(&again) {
            std::thread::yield_now();
        }
        let left = DiskStore::open_at_pace(killed(&dir, "left"), STAYS).unwrap();
        rooms[1..].iter().for_each(|room| room.is_held_by(&left));
        assert!(left.room(&again.id).unwrap().is_none(), "{round}");
    }
    drop(store);
    let store = DiskStore::open(dir.join("data")).unwrap();
    rooms[1..].iter().for_each(|room| room.is_held_by(&store));
}

#[test]
fn readers_miss_nothing_while_it_moves() {
    let dir = Dir::in_memory();
    let store = DiskStore::open_at_pace(dir.join("data"), MOVES).unwrap();
    let mut rooms: Vec<Room> = (1..=4).map(|number| Room::made(number, &store)).collect();
    let ids: Vec<_> = rooms.iter().map(|room| room.id).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut looked, mut heads) = (0, vec![Seq::ZERO; ids.len()]);
            while !done.load(Ordering::Relaxed) || looked == 0 {
                for (id, before) in ids.iter().zip(&mut heads) {
                    let head = store.room(id).unwrap().unwrap().head;
                    assert!(head.seq >= *before, "a room does not become shorter");
                    *before = head.seq;
                    let read = store.read(id, Seq::ZERO, usize::MAX, usize::MAX).unwrap();
                    assert!(read.len() as u64 >= head.seq.get());
                    assert!((1..).zip(&read).all(|(seq, stored)| stored.header.seq == Seq::new(seq)));
                    if let Some(newest) = read.last() {
                        assert_eq!(store.find(id, &newest.header.envelope).unwrap(), Some(newest.header));
                    }
                    looked += 1;
                }
            }
            looked
        });
        for _ in 0..300 {
            append_to_all(&store, &mut rooms);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reading.join().unwrap() > 4);
    });
    rooms.iter().for_each(|room| room.is_held_by(&store));
    drop(store);
    let db = dir.join("data/rooms.db");
    assert_eq!(count(&db, "log"), 2_400);
}

#[test]
fn the_journal_stays_short_under_load() {
    let dir = Dir::in_memory();
    let pace = Pace { tail_bytes: 64 << 10, ..Pace::default() };
    let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
    let mut rooms: Vec<Room> = (1..=100).map(|number| Room::made(number, &store)).collect();
    (0..200).for_each(|_| append_to_all(&store, &mut rooms));
    // Some 12 MiB went through it. It grows by 256 KiB.
    let bytes = journal_bytes(&dir.join("data"));
    assert!(bytes <= 4 * (256 << 10), "{bytes}");
    rooms.iter().for_each(|room| room.is_held_by(&store));
}

#[test]
fn the_write_ahead_log_is_bounded_while_the_tail_never_comes_to_rest() {
    let dir = Dir::in_memory();
    let pace = Pace { checkpoint_pages: 64, wal_pages: 128, tail_bytes: 16 << 10 };
    let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
    let mut rooms: Vec<Room> = (1..=50).map(|number| Room::made(number, &store)).collect();
    let mut longest = 0;
    for _ in 0..150 {
        append_to_all(&store, &mut rooms);
        longest = longest.max(std::fs::metadata(dir.join("data/rooms.db-wal")).unwrap().len());
    }
    // Some 15 MiB went through it.
    assert!(longest < 6 << 20, "{longest}");
    rooms.iter().for_each(|room| room.is_held_by(&store));
}

#[test]
fn a_room_whose_pages_are_damaged_keeps_no_other_in_the_tail_and_says_so_ever_after() {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    append_to_all(&store, &mut rooms);
    // A record in the tables that is not what was written: the room's next one cannot be counted with it.
    drop(store);
    let db = rusqlite::Connection::open(dir.join("data/rooms.db")).unwrap();
    db.execute("UPDATE records SET value = x'00' WHERE room = 2", []).unwrap();
    drop(db);
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    append_to_all(&store, &mut rooms);
    drop(store);
    assert_eq!(count(&dir.join("data/rooms.db"), "log"), 10);
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    rooms[0].is_held_by(&store);
    rooms[2].is_held_by(&store);
    let error = store.read(&rooms[1].id, Seq::new(2), 10, 1_000).unwrap_err();
    assert!(matches!(error, RoomError::Damaged { at } if at == Seq::new(3)), "{error}");
    assert_eq!(store.read(&rooms[1].id, Seq::ZERO, 10, 1_000).unwrap(), rooms[1].log[..2]);
}

#[test]
fn damage_in_the_journal_keeps_a_store_closed_rather_than_make_rooms_shorter() {
    // Attack matrix row 47.
    let dir = Dir::in_memory();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    append_to_all(&store, &mut rooms);
    let first = frame_len(&std::fs::read(dir.join("data/journal-0")).unwrap(), JOURNAL_HEADER);
    append_to_all(&store, &mut rooms);
    let left = killed(&dir, "left");
    let journal = std::fs::read(left.join("journal-0")).unwrap();
    for at in [
        0,
        20,
        JOURNAL_HEADER - 1,
        JOURNAL_HEADER,
        JOURNAL_HEADER + 17,
        100,
        first / 2,
        JOURNAL_HEADER + first - 1,
    ] {
        let mut changed = journal.clone();
        changed[at] ^= 0x10;
        std::fs::write(left.join("journal-0"), changed).unwrap();
        let error = DiskStore::open(&left).unwrap_err();
        assert!(matches!(error, OpenError::Damaged), "byte {at}: {error}");
    }
    std::fs::write(left.join("journal-0"), &journal).unwrap();
    let left = DiskStore::open(&left).unwrap();
    rooms.iter().for_each(|room| room.is_held_by(&left));
    drop(left);
    // Closed, it has all in its tables, and no file of the journal is missed; one of another store is no journal of it.
    std::fs::write(dir.join("left/journal-1"), &journal).unwrap();
    rooms.iter().for_each(|room| room.is_held_by(&DiskStore::open(dir.join("left")).unwrap()));
    drop(DiskStore::open(dir.join("other")).unwrap());
    std::fs::write(dir.join("other/journal-1"), &journal).unwrap();
    assert!(matches!(DiskStore::open(dir.join("other")), Err(OpenError::Damaged)));
}

#[test]
fn frames_that_are_missing_keep_a_store_closed() {
    let dir = Dir::in_memory();
    // The other file's turn comes at a quarter of it, and nothing is moved before all of it is there.
    let pace = Pace { tail_bytes: 64 << 10, checkpoint_pages: usize::MAX, wal_pages: usize::MAX };
    let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    while dir.join("data/journal-1").metadata().unwrap().len() == 0 {
        append_to_all(&store, &mut rooms);
    }
    let left = killed(&dir, "left");
    // The older file is gone, and its frames are missed.
    std::fs::write(left.join("journal-0"), "").unwrap();
    assert!(matches!(DiskStore::open(&left), Err(OpenError::Damaged)));
}

#[test]
fn data_of_the_version_with_a_table_in_place_of_the_journal_opens_and_is_copied() {
    let dir = Dir::in_memory();
    let store = DiskStore::open_at_pace(dir.join("data"), STAYS).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    (0..4).for_each(|_| append_to_all(&store, &mut rooms));
    let left = killed(&dir, "left");
    let journal = std::fs::read(left.join("journal-0")).unwrap();
    std::fs::remove_file(left.join("journal-0")).unwrap();
    let db = rusqlite::Connection::open(left.join("rooms.db")).unwrap();
    db.execute_batch(
        "ALTER TABLE store DROP COLUMN settled; PRAGMA user_version = 3;
         CREATE TABLE tail (number INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;",
    )
    .unwrap();
    let mut at = JOURNAL_HEADER;
    for number in 1..=4 {
        let len = frame_len(&journal, at);
        let content = &journal[at + 20..at + len - 4];
        let row = [content, &crc32fast::hash(content).to_be_bytes()].concat();
        db.execute("INSERT INTO tail VALUES (?1, ?2)", (number, row)).unwrap();
        at += len;
    }
    drop(db);
    assert_eq!(keyroom_store::copy_store(&left, dir.join("copy")).unwrap().envelopes, 24);
    for data in ["copy", "left"] {
        let store = DiskStore::open(dir.join(data)).unwrap();
        rooms.iter().for_each(|room| room.is_held_by(&store));
        let mut room = rooms[0].clone();
        assert!(store.commit(&[room.messages(1)]).unwrap()[0].is_ok());
        room.is_held_by(&store);
    }
}

/// How long the frame at that place is (`journal_file.rs`).
fn frame_len(journal: &[u8], at: usize) -> usize {
    let len = u32::from_be_bytes(journal[at + 16..at + 20].try_into().unwrap());
    20 + len as usize + 4
}
