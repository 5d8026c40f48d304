//! A write-ahead log and a journal that end anywhere. Attack matrix row 47.

use std::path::Path;

use keyroom_store::conformance::{Room, body};
use keyroom_store::{DiskStore, OpenError, Store, Write};
use keyroom_types::{Kind, Seq};

use crate::support::{Dir, JOURNAL_HEADER};

/// Every byte with `KEYROOM_TORN=all` (a minute or two); else every byte around the ends of its parts, and some between.
#[test]
fn a_write_ahead_log_cut_at_any_byte_keeps_what_was_whole() {
    let dir = Dir::in_memory();
    let (store, mut room) = opened_again(&dir);
    let wal = dir.join("data/rooms.db-wal");
    // The log's length at each acknowledgement, and what the room was then.
    let mut acked = vec![(0, room.clone())];
    for count in [1, 3, 2, 1] {
        let write = long(&mut room, count);
        assert!(store.commit(&[write]).unwrap()[0].is_ok());
        acked.push((std::fs::metadata(&wal).unwrap().len(), room.clone()));
    }
    let database = std::fs::read(dir.join("data/rooms.db")).unwrap();
    let log = std::fs::read(&wal).unwrap();
    assert_eq!(log.len() as u64, acked[4].0, "the log grew with each commit");
    let all = std::env::var_os("KEYROOM_TORN").is_some();
    for len in (0..=log.len()).filter(|len| all || len % 97 == 0 || near_a_part(*len)) {
        let torn = Dir::in_memory();
        cut(&torn.join("data"), &database, &log[..len]);
        let store = DiskStore::open(torn.join("data")).unwrap();
        let head = store.room(&room.id).unwrap().unwrap().head;
        let (_, whole) = acked.iter().rev().find(|(end, _)| *end <= len as u64).unwrap();
        assert_eq!(head.seq, whole.head.seq, "cut at {len}");
        whole.is_held_by(&store);
        // What was torn off is gone for good, and its places are free.
        let mut again = whole.clone();
        assert!(store.commit(&[again.messages(1)]).unwrap()[0].is_ok());
        again.is_held_by(&store);
    }
}

/// Junk behind the log's end, as a file system may leave it, is not taken for commits.
#[test]
fn junk_behind_the_log_is_no_commit() {
    let dir = Dir::in_memory();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let mut room = Room::made(1, &store);
    assert!(store.commit(&[long(&mut room, 2)]).unwrap()[0].is_ok());
    let database = std::fs::read(dir.join("data/rooms.db")).unwrap();
    let mut log = std::fs::read(dir.join("data/rooms.db-wal")).unwrap();
    let frame = log[log.len() - FRAME..].to_vec();
    for junk in [vec![0; 3 * FRAME], vec![0xff; FRAME + 5], frame] {
        let torn = Dir::in_memory();
        let end = log.len();
        log.extend(junk);
        cut(&torn.join("data"), &database, &log);
        log.truncate(end);
        let store = DiskStore::open(torn.join("data")).unwrap();
        room.is_held_by(&store);
        assert_eq!(store.read(&room.id, Seq::new(2), 10, 1_000).unwrap(), []);
    }
}

/// Every byte, whatever the file system leaves behind it.
#[test]
fn a_journal_cut_at_any_byte_keeps_what_was_whole() {
    let dir = Dir::in_memory();
    let (store, mut room) = opened_again(&dir);
    let journal = || std::fs::read(dir.join("data/journal-0")).unwrap();
    // Where its frames end at each acknowledgement, and what the room was then.
    let mut acked = vec![(0, room.clone())];
    for count in [1, 3, 2, 1] {
        assert!(store.commit(&[room.messages(count)]).unwrap()[0].is_ok());
        let end = journal().iter().rposition(|byte| *byte != 0).unwrap() + 1;
        acked.push((end, room.clone()));
    }
    let database = std::fs::read(dir.join("data/rooms.db")).unwrap();
    let log = std::fs::read(dir.join("data/rooms.db-wal")).unwrap();
    let (journal, end) = (journal(), acked[4].0);
    // A frame that stood there once, by its number.
    let stale = journal[JOURNAL_HEADER..acked[1].0].to_vec();
    for len in 0..=end {
        let behind = [vec![], vec![0; 3_000], vec![0xff; 1_000], stale.clone()];
        let torn = Dir::in_memory();
        cut(&torn.join("data"), &database, &log);
        let behind = if len < JOURNAL_HEADER { &behind[0] } else { &behind[len % 4] };
        std::fs::write(torn.join("data/journal-0"), [&journal[..len], behind].concat()).unwrap();
        let opened = DiskStore::open(torn.join("data"));
        if (1..JOURNAL_HEADER).contains(&len) {
            // It is written with a frame behind it, in one sector, after the file was made of zeros.
            assert!(matches!(opened, Err(OpenError::Damaged)), "cut at {len}");
            continue;
        }
        let store = opened.unwrap();
        let (_, whole) = acked.iter().rev().find(|(end, _)| *end <= len).unwrap();
        whole.is_held_by(&store);
        let mut again = whole.clone();
        assert!(store.commit(&[again.messages(1)]).unwrap()[0].is_ok());
        again.is_held_by(&store);
        drop(store);
        again.is_held_by(&DiskStore::open(torn.join("data")).unwrap());
    }
}

/// A store that was closed with an empty room in it, so that its logs have nothing but what is written from now on.
fn opened_again(dir: &Dir) -> (DiskStore, Room) {
    let room = Room::made(1, &DiskStore::open(dir.join("data")).unwrap());
    (DiskStore::open(dir.join("data")).unwrap(), room)
}

/// A write that is not short, and so not for the journal.
fn long(room: &mut Room, count: usize) -> Write {
    let entries = (0..count).map(|_| {
        let bytes = body(room.head.seq.get(), 1_100);
        room.entry(Kind::Application, bytes, None)
    });
    let entries = entries.collect();
    Write { entries, ..room.nothing() }
}

fn cut(data: &Path, database: &[u8], log: &[u8]) {
    std::fs::create_dir(data).unwrap();
    std::fs::write(data.join("rooms.db"), database).unwrap();
    std::fs::write(data.join("rooms.db-wal"), log).unwrap();
}

/// Near the end of the log's header, of a frame's header, or of a frame.
fn near_a_part(len: usize) -> bool {
    let in_frame = len.saturating_sub(HEADER) % FRAME;
    len < HEADER + 40 || !(40..=FRAME - 8).contains(&in_frame)
}

/// SQLite, "WAL File Format": 32 bytes, then frames of a header of 24 and a page.
const HEADER: usize = 32;
const FRAME: usize = 24 + 4_096;
