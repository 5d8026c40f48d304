//! Many rooms side by side.

use keyroom_types::{Digest, EnvelopeId, Kind, Seq};

use super::make::{Room, body, commit_one, room_id};
use crate::{Store, Write};

super::facts![
    rooms_are_listed_in_order_page_by_page,
    a_removed_room_is_gone_with_all_it_held,
    removing_what_is_not_there_is_no_error,
    a_room_can_be_made_again_after_its_removal,
    one_call_writes_to_many_rooms,
    one_call_builds_on_its_own_writes,
    an_empty_call_does_nothing,
    readers_see_whole_writes_while_others_commit,
];

fn rooms_are_listed_in_order_page_by_page(store: &dyn Store) {
    let mut rooms: Vec<Room> = [5, 1, 4, 2, 3].map(|number| Room::made(number, store)).into();
    commit_one(store, rooms[0].messages(2)).unwrap();
    rooms.sort_by_key(|room| room.id);
    let all: Vec<_> = rooms.iter().map(|room| (room.id, room.head)).collect();
    let list = |after: Option<u64>, count| -> Vec<_> {
        let rooms = store.rooms(after.map(room_id).as_ref(), count).unwrap();
        rooms.into_iter().map(|summary| (summary.room, summary.head)).collect()
    };
    assert_eq!(list(None, usize::MAX), all);
    assert_eq!(list(None, 2), all[..2]);
    assert_eq!(list(Some(2), 2), all[2..4]);
    assert_eq!(list(Some(4), 2), all[4..]);
    assert!(list(Some(5), 2).is_empty());
    assert!(list(None, 0).is_empty());
    // The cursor need not be a room that is there.
    store.remove(&room_id(2)).unwrap();
    assert_eq!(list(Some(2), 1), all[2..3]);
}

fn a_removed_room_is_gone_with_all_it_held(store: &dyn Store) {
    let (mut room, mut other) = (Room::made(1, store), Room::made(2, store));
    let blob = body(9, 500);
    let name = Digest::of(&blob);
    commit_one(store, Write { blobs: vec![(name, Some(blob))], ..room.messages(3) }).unwrap();
    commit_one(store, room.record(1, b"key", Some(b"value"))).unwrap();
    commit_one(store, other.messages(2)).unwrap();
    store.remove(&room.id).unwrap();
    assert!(store.room(&room.id).unwrap().is_none());
    assert!(store.read(&room.id, Seq::ZERO, 10, 10_000).unwrap().is_empty());
    assert!(store.find(&room.id, &room.log[0].header.envelope).unwrap().is_none());
    assert!(store.blob(&room.id, &name).unwrap().is_none());
    assert_eq!(store.rooms(None, 10).unwrap().len(), 1);
    other.is_held_by(store);
}

fn removing_what_is_not_there_is_no_error(store: &dyn Store) {
    store.remove(&room_id(1)).unwrap();
    Room::made(1, store);
    store.remove(&room_id(1)).unwrap();
    store.remove(&room_id(1)).unwrap();
}

fn a_room_can_be_made_again_after_its_removal(store: &dyn Store) {
    let mut before = Room::made(1, store);
    commit_one(store, before.messages(5)).unwrap();
    commit_one(store, before.record(1, b"key", Some(b"value"))).unwrap();
    store.remove(&before.id).unwrap();
    let mut again = Room::made(1, store);
    again.is_held_by(store);
    assert!(store.room(&again.id).unwrap().unwrap().records.is_empty());
    commit_one(store, again.messages(2)).unwrap();
    again.is_held_by(store);
}

fn one_call_writes_to_many_rooms(store: &dyn Store) {
    let mut rooms: Vec<Room> = (1..=50).map(Room::new).collect();
    let mut writes: Vec<Write> = rooms.iter().map(Room::create).collect();
    for _ in 0..3 {
        writes.extend(rooms.iter_mut().map(|room| room.append(&[Kind::Commit, Kind::Follower])));
    }
    assert!(store.commit(&writes).unwrap().iter().all(Result::is_ok));
    for room in &rooms {
        room.is_held_by(store);
    }
}

fn one_call_builds_on_its_own_writes(store: &dyn Store) {
    let mut room = Room::new(1);
    let create = room.create();
    let (first, second) = (room.messages(1), room.messages(2));
    let set = room.record(1, b"key", Some(b"value"));
    let unset = room.record(1, b"key", None);
    let third = room.append(&[Kind::Commit]);
    let mut repeated = room.clone().messages(1);
    repeated.entries[0].header.envelope = room.log[1].header.envelope;
    let results = store.commit(&[create, first, second, set, unset, third, repeated]).unwrap();
    assert!(results[..6].iter().all(Result::is_ok));
    assert_eq!(results[6], Err(crate::WriteError::Repeated));
    room.is_held_by(store);
    assert!(store.room(&room.id).unwrap().unwrap().records.is_empty());
}

fn an_empty_call_does_nothing(store: &dyn Store) {
    assert!(store.commit(&[]).unwrap().is_empty());
    assert!(store.rooms(None, 10).unwrap().is_empty());
}

fn readers_see_whole_writes_while_others_commit(store: &dyn Store) {
    let mut room = Room::made(1, store);
    let id = room.id;
    let unknown = EnvelopeId::from_bytes([0; 16]);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..50 {
                commit_one(store, room.append(&[Kind::Commit, Kind::Follower, Kind::Follower])).unwrap();
            }
        });
        while !writer.is_finished() {
            let head = store.room(&id).unwrap().unwrap().head.seq.get();
            let read = store.read(&id, Seq::ZERO, usize::MAX, usize::MAX).unwrap();
            assert_eq!((head % 3, read.len() % 3), (0, 0), "writes of three are seen whole");
            assert!(read.len() as u64 >= head, "what was seen stays");
            assert!(store.find(&id, &unknown).unwrap().is_none());
        }
        writer.join().unwrap();
    });
    room.is_held_by(store);
}
