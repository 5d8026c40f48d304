//! Somebody has a copy of a member's state, or the keys of its ratchets. Attack matrix rows 20 and 30.

use std::sync::RwLock;

use keyroom_mls::{Body, Content, Intent, Opened, Provider};
use keyroom_types::{Kind, MessageId};
use openmls_memory_storage::MemoryStorage;

use crate::support::{Log, Person, room_of};

/// A thief with what the victim's profile holds now.
fn stolen(victim: &Person) -> Person {
    let mut thief = Person::new(99);
    let values = victim.storage.values.read().unwrap().clone();
    thief.storage = MemoryStorage { values: RwLock::new(values) };
    (thief.cursor, thief.pass_key) = (victim.cursor, victim.pass_key.clone());
    thief.reload();
    thief
}

/// What the thief makes of these places of the log.
fn opens(thief: &mut Person, log: &Log, from: usize, to: usize) -> Vec<Opened> {
    log.entries[from..to].iter().map(|entry| thief.open(&entry.header, &entry.body, entry.follows)).collect()
}

/// Attack matrix row 30: what was read before is gone from the state, in this epoch and in those before it.
#[test]
fn a_stolen_state_opens_nothing_that_its_owner_had_opened() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let from = log.entries.len();
    people[0].say(&mut log, "an epoch ago");
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[0].say(&mut log, "in this epoch");
    people[1].read(&log);
    assert_eq!(people[1].texts(), ["an epoch ago", "in this epoch"]);
    let mut thief = stolen(&people[1]);
    for opened in opens(&mut thief, &log, from, log.entries.len()) {
        assert!(matches!(opened, Opened::Skipped(_)), "{opened:?}");
    }
}

/// Attack matrix row 30: a thief reads along until its victim heals, and nothing after that.
#[test]
fn a_stolen_state_reads_along_until_its_owner_heals_and_no_further() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let mut thief = stolen(&people[1]);
    people[0].say(&mut log, "before");
    // Others who change their keys do not help the victim.
    people[2].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[0].say(&mut log, "still before");
    thief.read(&log);
    assert_eq!(thief.texts(), ["before", "still before"], "that is what healing is for");

    people[1].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    let healed = log.entries.len();
    people[0].say(&mut log, "after");
    people[1].say(&mut log, "and after");
    for opened in opens(&mut thief, &log, healed, log.entries.len()) {
        assert!(matches!(opened, Opened::Skipped(_)), "{opened:?}");
    }
    people[2].read(&log);
    assert_eq!(people[2].texts(), ["before", "still before", "after", "and after"]);
}

/// Attack matrix row 20: every member has the ratchet's keys of every other, and can seal what another signed once more. The
/// signature does not cover the place in the ratchet (RFC 9420, 6.1), and is the same for the same content: what its author seals
/// twice is what such a member could make. The id that was signed with it tells that it is the same message.
#[test]
fn a_message_that_is_sealed_once_more_has_the_id_that_its_author_signed() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let content =
        Content::new(MessageId::from_bytes([7; 16]), Body::Text { text: "pay him".to_owned(), reply: None });
    let (standing, pass) = (people[0].standing(), people[0].pass());
    for _ in 0..2 {
        let ada = &mut people[0];
        let p = Provider { crypto: &ada.crypto, storage: &ada.storage };
        let body = ada.room.as_mut().unwrap().send(&p, &standing, &content).unwrap();
        log.append(Kind::Application, standing.cursor.newest_commit, pass, body, None);
    }
    let bodies = &log.entries[log.entries.len() - 2..];
    assert_ne!(bodies[0].body, bodies[1].body);
    people[1].read(&log);
    let ids: Vec<MessageId> = people[1]
        .seen
        .iter()
        .filter_map(|opened| match opened {
            Opened::Message(received) => Some(received.content.id),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [content.id, content.id], "whoever keeps a timeline shows it once");
}
