//! The store on disk: what is its own, besides the suite.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use keyroom_store::conformance::{self, Room};
use keyroom_store::{DiskStore, OpenError, Pace, Store};
use keyroom_types::{Kind, Seq, Timestamp};

use crate::model::{Model, steps};
use crate::support::{Dir, copy_as_killed};
use proptest::prelude::*;

#[test]
fn the_store_on_disk_passes_the_suite() {
    let (dir, mut number) = (Dir::new(), 0);
    conformance::suite(&mut || {
        number += 1;
        Box::new(DiskStore::open(dir.join(number.to_string())).unwrap())
    });
}

#[test]
fn what_was_committed_is_there_when_it_is_opened_again() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let incarnation = store.incarnation();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    for round in 0..3 {
        assert_eq!(store.incarnation(), incarnation);
        let writes: Vec<_> =
            rooms.iter_mut().map(|room| room.append(&[Kind::Commit, Kind::Follower])).collect();
        assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok), "round {round}");
    }
    drop(store);
    let store = DiskStore::open(dir.join("data")).unwrap();
    assert_eq!(store.incarnation(), incarnation);
    rooms.iter().for_each(|room| room.is_held_by(&store));
    assert!(store.commit(&[rooms[0].messages(1)]).unwrap()[0].is_ok());
    rooms[0].is_held_by(&store);
    assert!(!store.is_volatile());
}

#[test]
fn each_directory_has_an_incarnation_of_its_own() {
    let dir = Dir::new();
    let (one, other) = (DiskStore::open(dir.join("1")).unwrap(), DiskStore::open(dir.join("2")).unwrap());
    assert_ne!(one.incarnation(), other.incarnation());
}

#[test]
fn one_directory_is_open_once() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    assert!(matches!(DiskStore::open(dir.join("data")), Err(OpenError::InUse)));
    drop(store);
    DiskStore::open(dir.join("data")).unwrap();
}

#[test]
fn only_the_owner_can_look_inside() {
    let dir = Dir::new();
    let data = std::env::var_os("KEYROOM_TEST_DIR")
        .map_or_else(|| dir.join("data"), |dir| Path::new(&dir).join("data"));
    let store = DiskStore::open(&data).unwrap();
    Room::made(1, &store);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 5, "database, write-ahead log, journal and lock");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn the_umask_changes_no_mode() {
    for umask in ["000", "022", "177"] {
        let dir = Dir::new();
        let script = format!("umask {umask}; exec \"$0\" --exact disk::only_the_owner_can_look_inside");
        let mut shell = std::process::Command::new("sh");
        // Made here: under a mask that takes the owner's own rights the test could not enter what it made.
        let made = dir.join("made");
        std::fs::create_dir(&made).unwrap();
        shell.args(["-c", &script]).arg(std::env::current_exe().unwrap()).env("KEYROOM_TEST_DIR", &made);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{umask}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }
}

#[test]
fn newer_data_is_left_alone() {
    let dir = Dir::new();
    drop(DiskStore::open(dir.join("data")).unwrap());
    let path = dir.join("data/rooms.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(&path).unwrap();
    let error = DiskStore::open(dir.join("data")).unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema { found: 99, known: 4 }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn data_of_the_first_version_opens_with_all_it_holds() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let incarnation = store.incarnation();
    let mut room = Room::made(1, &store);
    assert!(store.commit(&[room.append(&[Kind::Commit, Kind::Follower])]).unwrap()[0].is_ok());
    drop(store);
    // The first version has the same tables.
    let path = dir.join("data/rooms.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("ALTER TABLE store DROP COLUMN settled; PRAGMA user_version = 1;").unwrap();
    drop(db);
    assert_eq!(keyroom_store::copy_store(dir.join("data"), dir.join("copy")).unwrap().envelopes, 2);
    let store = DiskStore::open(dir.join("data")).unwrap();
    assert_eq!(store.incarnation(), incarnation);
    room.is_held_by(&store);
    drop(store);
    let db = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).unwrap(), 4);
}

#[test]
fn what_is_no_store_is_said_to_be_none() {
    let dir = Dir::new();
    std::fs::write(dir.join("file"), "text").unwrap();
    assert!(matches!(DiskStore::open(dir.join("file")), Err(OpenError::NotADirectory)));
    assert!(matches!(DiskStore::open(dir.join("file/inside")), Err(OpenError::NotADirectory)));
    std::fs::create_dir(dir.join("data")).unwrap();
    std::fs::write(dir.join("data/rooms.db"), "text that is no database, for longer than a header").unwrap();
    assert!(matches!(DiskStore::open(dir.join("data")), Err(OpenError::Damaged)));
    // Some other program's database.
    let path = dir.join("other/rooms.db");
    std::fs::create_dir(dir.join("other")).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA application_id = 5").unwrap();
    assert!(matches!(DiskStore::open(dir.join("other")), Err(OpenError::Damaged)));
}

#[test]
fn a_half_made_store_is_made_on_the_next_start() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("data")).unwrap();
    std::fs::write(dir.join("data/rooms.db"), "").unwrap();
    let store = DiskStore::open(dir.join("data")).unwrap();
    Room::made(1, &store).is_held_by(&store);
}

#[test]
fn a_big_room_is_thinned_and_removed_in_steps() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let (mut room, other) = (Room::made(1, &store), Room::made(2, &store));
    let writes: Vec<_> = (0..20).map(|_| room.messages(50)).collect();
    assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok));
    let last = Timestamp::from_millis(u64::MAX);
    assert_eq!(store.drop_bodies(&room.id, last, 700).unwrap(), 700);
    assert_eq!(store.drop_bodies(&room.id, last, 700).unwrap(), 300);
    assert_eq!(store.room(&room.id).unwrap().unwrap().head.bytes, 0);
    let read = store.read(&room.id, Seq::ZERO, usize::MAX, usize::MAX).unwrap();
    assert!(read.iter().zip(&room.log).all(|(read, made)| read.body.digest() == made.body.digest()));
    store.remove(&room.id).unwrap();
    drop(store);
    let db = rusqlite::Connection::open(dir.join("data/rooms.db")).unwrap();
    for table in ["log", "ids", "records", "blobs", "removed"] {
        let left: u64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
    other.is_held_by(&DiskStore::open(dir.join("data")).unwrap());
}

#[test]
fn the_write_ahead_log_is_bounded_under_load() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let mut room = Room::made(1, &store);
    let mut longest = 0;
    for number in 0..300 {
        let body = conformance::body(number, 1 << 20);
        let entries = vec![room.entry(Kind::Commit, body, None)];
        room.log.clear();
        let write = keyroom_store::Write { entries, ..room.nothing() };
        assert!(store.commit(&[write]).unwrap()[0].is_ok());
        longest = longest.max(std::fs::metadata(dir.join("data/rooms.db-wal")).unwrap().len());
    }
    assert!(longest < 160 << 20, "300 MiB went through a log of {longest} bytes");
}

#[test]
fn readers_and_short_appends_wait_for_no_change_of_tables() {
    let dir = Dir::new();
    let store = DiskStore::open(dir.join("data")).unwrap();
    let (mut room, mut other) = (Room::made(1, &store), Room::made(2, &store));
    // Somebody else's open transaction: no change of tables can end before it does.
    let foreign = rusqlite::Connection::open(dir.join("data/rooms.db")).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..20 {
        assert!(store.commit(&[room.messages(1)]).unwrap()[0].is_ok());
        room.is_held_by(&store);
    }
    let before = other.clone();
    let write = keyroom_store::Write {
        entries: vec![other.entry(Kind::Application, conformance::body(1, 5_000), None)],
        ..other.nothing()
    };
    std::thread::scope(|scope| {
        let commit = scope.spawn(|| store.commit(&[write]));
        for _ in 0..20 {
            before.is_held_by(&store);
        }
        assert!(!commit.is_finished());
        foreign.execute_batch("ROLLBACK").unwrap();
        assert!(commit.join().unwrap().unwrap()[0].is_ok());
    });
    room.is_held_by(&store);
    other.is_held_by(&store);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn the_store_on_disk_does_what_the_model_does(
        steps in steps(),
        reopen in 0..20_usize,
        tail_bytes in prop_oneof![Just(0), 1..4_000_usize, Just(usize::MAX)],
    ) {
        let (dir, mut model) = (Dir::new(), Model::default());
        let pace = Pace { tail_bytes, ..Pace::default() };
        let mut store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
        for (number, step) in steps.iter().enumerate() {
            model.step(&store, step);
            if number == reopen {
                // As it is, and as a killed process leaves it.
                copy_as_killed(&dir.join("data"), &dir.join("left"));
                model.is_held_by(&DiskStore::open_at_pace(dir.join("left"), pace).unwrap());
                drop(store);
                store = DiskStore::open_at_pace(dir.join("data"), pace).unwrap();
            }
        }
        model.is_held_by(&store);
        drop(store);
        model.is_held_by(&DiskStore::open(dir.join("data")).unwrap());
    }
}
