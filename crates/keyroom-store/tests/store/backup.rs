//! Copies of a store that goes on.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use keyroom_store::conformance::Room;
use keyroom_store::{CopyError, DiskStore, Pace, Store, copy_store};
use keyroom_types::{Kind, Seq};

use crate::support::{Dir, copy_as_killed};

#[test]
fn a_copy_of_a_store_that_goes_on_is_that_store_at_one_moment() {
    let moves = Pace { checkpoint_pages: 64, wal_pages: 128, tail_bytes: 4 << 10 };
    for pace in [Pace::default(), moves] {
        copies_of_a_store_that_goes_on(pace);
    }
}

fn copies_of_a_store_that_goes_on(pace: Pace) {
    let dir = Dir::new();
    let store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    // Every commit goes to all rooms: a copy of one moment has them all at the same place.
    let commit = |rooms: &mut Vec<Room>| {
        let writes: Vec<_> =
            rooms.iter_mut().map(|room| room.append(&[Kind::Commit, Kind::Follower])).collect();
        assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok));
    };
    (0..20).for_each(|_| commit(&mut rooms));
    let before = rooms[0].head.seq;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                commit(&mut rooms);
            }
        });
        for number in 0..5 {
            let copied = copy_store(dir.join("data"), dir.join(format!("copy{number}"))).unwrap();
            assert_eq!(copied.rooms, 3);
            assert_eq!(copied.envelopes % 6, 0, "two in each of three rooms");
        }
        stop.store(true, Ordering::Relaxed);
        writing.join().unwrap();
    });
    for number in 0..5 {
        let copy = DiskStore::open(dir.join(format!("copy{number}"))).unwrap();
        assert_eq!(copy.incarnation(), store.incarnation());
        let heads: Vec<Seq> = copy.rooms(None, 10).unwrap().iter().map(|room| room.head.seq).collect();
        assert!(heads.iter().all(|head| *head == heads[0] && *head >= before), "{heads:?}");
        for room in &rooms {
            let read = copy.read(&room.id, Seq::ZERO, usize::MAX, usize::MAX).unwrap();
            assert_eq!(read, room.log[..read.len()]);
            let newest = read.last().unwrap().header.envelope;
            assert!(copy.find(&room.id, &newest).unwrap().is_some(), "the index is in the copy");
        }
        // And it goes on.
        Room::made(9, &copy).is_held_by(&copy);
    }
}

#[test]
fn a_copy_is_its_owners_alone_and_holds_what_a_killed_process_had_acknowledged() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let mut room = Room::made(1, &store);
    assert!(store.commit(&[room.messages(7)]).unwrap()[0].is_ok());
    // What a killed process leaves: the log is not moved to the database.
    copy_as_killed(&dir.join("data"), &dir.join("left"));
    let copied = copy_store(dir.join("left"), dir.join("copy")).unwrap();
    assert_eq!((copied.rooms, copied.envelopes), (1, 7));
    room.is_held_by(&DiskStore::open(dir.join("copy")).unwrap());
    let mode = |name: &str| std::fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("copy"), mode("copy/rooms.db")), (0o700, 0o600));
    drop(store);
    assert_eq!(copy_store(dir.join("data"), dir.join("closed")).unwrap().envelopes, 7);
}

#[test]
fn what_is_no_store_or_is_damaged_is_not_copied() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("empty")).unwrap();
    assert!(matches!(copy_store(dir.join("empty"), dir.join("1")), Err(CopyError::NoStore)));
    std::fs::create_dir(dir.join("other")).unwrap();
    rusqlite::Connection::open(dir.join("other/rooms.db"))
        .unwrap()
        .execute_batch("PRAGMA application_id = 5")
        .unwrap();
    assert!(matches!(copy_store(dir.join("other"), dir.join("2")), Err(CopyError::Damaged(_))));
    let store = DiskStore::open(dir.join("data")).unwrap();
    let mut room = Room::made(1, &store);
    assert!(store.commit(&[room.messages(50)]).unwrap()[0].is_ok());
    drop(store);
    let db = dir.join("data/rooms.db");
    let version = rusqlite::Connection::open(&db).unwrap();
    version.pragma_update(None, "user_version", 99).unwrap();
    drop(version);
    assert!(matches!(copy_store(dir.join("data"), dir.join("3")), Err(CopyError::NewerSchema)));
    let mut bytes = std::fs::read(&db).unwrap();
    // Pages behind the first: rows that SQLite cannot walk through.
    let len = bytes.len();
    bytes[4096..len].fill(0x5a);
    bytes[60..64].copy_from_slice(&2_u32.to_be_bytes());
    std::fs::write(&db, bytes).unwrap();
    assert!(matches!(copy_store(dir.join("data"), dir.join("4")), Err(CopyError::Damaged(_))));
}
