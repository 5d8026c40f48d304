//! Each refusal of a message is named by the check that gave it. Matrix rows 9, 14, 28.

use keyroom_mls::{Body, Check, Intent, MemoryStorage, Provider, Room};
use keyroom_types::{Kind, Seq};

use crate::support::*;

/// What somebody has stored, as a thief or a lab copies it.
fn copy(storage: &MemoryStorage) -> MemoryStorage {
    let values = storage.values.read().unwrap().clone();
    MemoryStorage { values: values.into() }
}

fn check(person: &Person, entry: &Envelope, body: &[u8]) -> Option<Check> {
    let storage = copy(&person.storage);
    let p = Provider { crypto: &person.crypto, storage: &storage };
    let room = Room::load(&p, &ROOM).unwrap().unwrap();
    room.refusing_check(&p, &entry.header, body, entry.header.based_on)
}

#[test]
fn each_refusal_has_the_name_of_its_check() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    people[0].say(&mut log, "hi");
    let entry = log.entries.last().unwrap();
    assert_eq!(check(&people[1], entry, &entry.body), None, "a try on a copy changes nothing");
    assert_eq!(check(&people[1], entry, &entry.body), None);
    assert_eq!(check(&people[0], entry, &entry.body), Some(Check::Own));
    let flipped = |place: usize| {
        let mut body = entry.body.clone();
        body[place] ^= 1;
        body
    };
    let last = entry.body.len() - 1;
    assert_eq!(check(&people[1], entry, &flipped(last)), Some(Check::Aead));
    assert_eq!(check(&people[1], entry, &flipped(3)), Some(Check::Form));
    assert_eq!(check(&people[1], entry, &flipped(5)), Some(Check::Group));
    assert_eq!(check(&people[1], entry, &flipped(28)), Some(Check::Epoch));
    assert_eq!(check(&people[1], entry, &entry.body[..last]), Some(Check::Form));

    // Opened: its key is gone.
    people[1].read(&log);
    let entry = log.entries.last().unwrap();
    assert_eq!(check(&people[1], entry, &entry.body), Some(Check::UsedKey));

    // At another place of the log it is authentic and false.
    let elsewhere = Envelope {
        header: keyroom_types::Header { based_on: Seq::new(1), ..entry.header },
        body: entry.body.clone(),
        blob: None,
        follows: None,
    };
    assert_eq!(check(&people[2], &elsewhere, &elsewhere.body), Some(Check::Place));

    // A new epoch: old keys are gone, and who was removed has none of the new ones.
    let leaves = vec![people[0].find("Cleo").leaf];
    let old = log.entries.len() - 1;
    people[0].commit(&mut log, Intent::Remove { leaves, new_door: None }, vec![Body::Leave]);
    people[0].say(&mut log, "without Cleo");
    let new = log.entries.last().unwrap();
    assert_eq!(new.header.kind, Kind::Application);
    assert_eq!(check(&people[2], new, &new.body), Some(Check::Epoch));
    people[1].read(&log);
    assert_eq!(check(&people[1], &log.entries[old], &log.entries[old].body), Some(Check::Epoch));
}

#[test]
fn the_tree_has_a_node_for_each_member_and_blanks_where_somebody_was() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let leaves = |person: &Person| person.room().tree().into_iter().step_by(2).collect::<Vec<_>>();
    assert_eq!(leaves(&people[0]), [true, true, true, false]);
    let gone = vec![people[0].find("Ben").leaf];
    people[0].commit(&mut log, Intent::Remove { leaves: gone, new_door: None }, vec![]);
    people[2].read(&log);
    for person in [&people[0], &people[2]] {
        assert_eq!(leaves(person), [true, false, true, false]);
        assert_eq!(person.room().tree().len(), 7);
        assert!(person.room().tree()[3], "the committer has filled the root");
    }
}
