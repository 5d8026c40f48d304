//! Bytes that change on the disk. Attack matrix row 47.

use keyroom_store::conformance::{Room, body};
use keyroom_store::{DiskStore, OpenError, RoomError, Store, Write, WriteError};
use keyroom_types::{Digest, Kind, Seq};

use crate::support::Dir;

/// A store with three rooms of forty envelopes, closed, as its one file.
fn made(dir: &Dir) -> (Vec<Room>, Vec<u8>) {
    let store = DiskStore::open(dir.join("data")).unwrap();
    let mut rooms: Vec<Room> = (1..=3).map(|number| Room::made(number, &store)).collect();
    for round in 0..40 {
        let writes: Vec<Write> = rooms
            .iter_mut()
            .map(|room| {
                let bytes = body(room.head.seq.get() ^ u64::from(room.id.as_bytes()[7]) << 32, 400);
                let entries = vec![room.entry(Kind::Application, bytes, None)];
                let records = room.record(1, b"key", Some(b"the value of a record")).records;
                Write { entries, records, ..room.nothing() }
            })
            .collect();
        assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok), "{round}");
    }
    drop(store);
    (rooms, std::fs::read(dir.join("data/rooms.db")).unwrap())
}

/// The store with one byte changed.
fn flipped(dir: &Dir, file: &[u8], at: usize) -> Result<DiskStore, OpenError> {
    all_flipped(dir, file, &[at])
}

/// The store with these bytes changed.
fn all_flipped(dir: &Dir, file: &[u8], places: &[usize]) -> Result<DiskStore, OpenError> {
    let mut bytes = file.to_vec();
    places.iter().for_each(|&at| bytes[at] ^= 0x10);
    let _ = std::fs::remove_dir_all(dir.join("data"));
    std::fs::create_dir(dir.join("data")).unwrap();
    std::fs::write(dir.join("data/rooms.db"), bytes).unwrap();
    DiskStore::open(dir.join("data"))
}

fn all(file: &[u8], part: &[u8]) -> impl Iterator<Item = usize> {
    (0..=file.len() - part.len()).filter(move |&at| file[at..].starts_with(part))
}

fn find(file: &[u8], part: &[u8]) -> usize {
    all(file, part).next().unwrap()
}

#[test]
fn a_changed_envelope_damages_its_room_from_there_on_and_no_other() {
    let dir = Dir::in_memory();
    let (mut rooms, file) = made(&dir);
    let damaged = rooms[1].log[20].clone();
    let keyroom_store::Body::Kept(bytes) = &damaged.body else { panic!("all bodies are kept") };
    // Its body, and its id, wherever a copy was left when it moved from one table to another.
    let bodies: Vec<usize> = all(&file, bytes).map(|at| at + 200).collect();
    let ids: Vec<usize> = all(&file, damaged.header.envelope.as_bytes()).collect();
    for places in [bodies, ids] {
        let store = all_flipped(&dir, &file, &places).unwrap();
        let id = rooms[1].id;
        assert_eq!(store.read(&id, Seq::ZERO, 100, usize::MAX).unwrap(), rooms[1].log[..20]);
        let error = store.read(&id, Seq::new(20), 100, usize::MAX).unwrap_err();
        assert!(matches!(error, RoomError::Damaged { at } if at == Seq::new(21)), "{error}");
        assert_eq!(store.read(&id, Seq::new(21), 100, usize::MAX).unwrap(), rooms[1].log[21..]);
        let error = store.find(&id, &damaged.header.envelope).unwrap_err();
        assert!(matches!(error, RoomError::Damaged { at } if at == Seq::new(21)), "{error}");
        rooms[0].is_held_by(&store);
        rooms[2].is_held_by(&store);
        // Head and records stand apart from it, and the log goes on.
        let mut again = rooms[1].clone();
        assert_eq!(store.room(&id).unwrap().unwrap().head, again.head);
        assert!(store.commit(&[again.messages(1)]).unwrap()[0].is_ok());
    }
    rooms.truncate(0);
}

#[test]
fn a_changed_head_damages_its_room_and_no_other() {
    let dir = Dir::in_memory();
    let (mut rooms, file) = made(&dir);
    let store = flipped(&dir, &file, find(&file, rooms[1].head.chain.as_bytes())).unwrap();
    let id = rooms[1].id;
    let damaged = |error: RoomError| matches!(error, RoomError::Damaged { at: Seq::ZERO });
    assert!(damaged(store.room(&id).unwrap_err()));
    assert!(damaged(store.read(&id, Seq::ZERO, 10, 1_000).unwrap_err()));
    assert!(damaged(store.find(&id, &rooms[1].log[0].header.envelope).unwrap_err()));
    assert!(damaged(store.blob(&id, &Digest::of(b"blob")).unwrap_err()));
    assert!(damaged(store.drop_bodies(&id, rooms[1].head.time, 10).unwrap_err()));
    let listed: Vec<_> = store.rooms(None, 10).unwrap().iter().map(|room| room.room).collect();
    assert_eq!(listed, [rooms[0].id, rooms[2].id]);
    // Writing to it is refused, and others' writes in the same call go on.
    let writes: Vec<Write> = rooms.iter_mut().map(|room| room.messages(1)).collect();
    let results = store.commit(&writes).unwrap();
    assert_eq!(results, [Ok(()), Err(WriteError::Damaged), Ok(())]);
    rooms[0].is_held_by(&store);
    rooms[2].is_held_by(&store);
    // It can be removed.
    store.remove(&id).unwrap();
    assert!(store.room(&id).unwrap().is_none());
    rooms[0].is_held_by(&store);
    rooms[2].is_held_by(&store);
}

#[test]
fn a_changed_record_damages_its_room_and_no_other() {
    let dir = Dir::in_memory();
    let (rooms, file) = made(&dir);
    // The first in the file is some room's; whose, the answers tell.
    let store = flipped(&dir, &file, find(&file, b"the value of a record")).unwrap();
    let damaged = rooms.iter().filter(|room| store.room(&room.id).is_err());
    assert_eq!(damaged.count(), 1);
    for room in &rooms {
        assert_eq!(store.read(&room.id, Seq::ZERO, 100, usize::MAX).unwrap(), room.log);
    }
}

/// Every byte with `KEYROOM_FLIPS=all`; else one in some.
#[test]
fn no_changed_byte_anywhere_makes_the_store_say_something_false_or_panic() {
    let dir = Dir::in_memory();
    let (rooms, file) = made(&dir);
    let step = if std::env::var_os("KEYROOM_FLIPS").is_some() { 1 } else { 67 };
    let (mut refused, mut opened, mut unharmed) = (0, 0, 0);
    for at in (0..file.len()).step_by(step) {
        let Ok(store) = flipped(&dir, &file, at) else {
            refused += 1;
            continue;
        };
        opened += 1;
        let mut whole = 0;
        for room in &rooms {
            whole += usize::from(says_nothing_false(&store, room, at));
        }
        unharmed += usize::from(whole == rooms.len());
        // Nor does writing panic.
        let _ = store.commit(&rooms.iter().map(|room| room.clone().messages(1)).collect::<Vec<_>>());
    }
    println!("{} bytes: {refused} not opened, {opened} opened, {unharmed} of these unharmed", file.len());
    assert!(opened > refused, "most damage is some room's, not the store's");
}

/// Whether all of the room was read; what was read is true in any case.
fn says_nothing_false(store: &DiskStore, room: &Room, at: usize) -> bool {
    let state = store.room(&room.id);
    if let Ok(Some(state)) = &state {
        assert_eq!((state.head, state.records.len()), (room.head, 1), "byte {at}");
    }
    let (mut after, mut whole) = (0, matches!(state, Ok(Some(_))));
    while after < 40 {
        match store.read(&room.id, Seq::new(after), 100, usize::MAX) {
            Ok(read) if read.is_empty() => return false,
            Ok(read) => {
                let from = usize::try_from(after).unwrap();
                assert_eq!(read, room.log[from..from + read.len()], "byte {at}");
                after += read.len() as u64;
            }
            Err(_) => {
                after += 1;
                whole = false;
            }
        }
    }
    for stored in &room.log {
        match store.find(&room.id, &stored.header.envelope) {
            Ok(Some(header)) => assert_eq!(header, stored.header, "byte {at}"),
            Ok(None) | Err(_) => whole = false,
        }
    }
    whole
}
