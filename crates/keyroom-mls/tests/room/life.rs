//! What people do in a room, from its founding on.

use keyroom_mls::{
    Blame, Body, Changes, CommitError, DoorSecrets, Entrance, Fault, Intent, Knock, OpenKnock, Opened,
    Policy, Provider, Room,
};
use keyroom_types::{Kind, PassKey, Signature};

use crate::support::*;

pub(crate) fn changed(opened: &Opened) -> &Changes {
    match opened {
        Opened::Changed(changes) | Opened::Removed(changes) => changes,
        other => panic!("no change: {other:?}"),
    }
}

#[test]
fn a_room_is_founded_and_two_people_talk() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let [anna, ben] = &mut people[..] else { panic!() };
    assert!(anna.room().is_hybrid());
    assert_eq!(anna.names(), ["Founder", "Ben"]);
    assert_eq!(ben.names(), ["Founder", "Ben"]);
    ben.say(&mut log, "hello");
    anna.say(&mut log, "hi");
    ben.read(&log);
    assert_eq!((anna.texts(), ben.texts()), (vec!["hello".to_owned()], vec!["hi".to_owned()]));
    assert!(agree(&[anna, ben]));
    let joined = changed(&anna.seen[0]);
    assert_eq!(joined.joined.len(), 1);
    assert_eq!(joined.by, joined.joined[0]);
    assert_eq!(joined.by.pass, ben.pass());
    assert!(matches!(joined.by.entrance, Entrance::Door(_)));
    assert!(anna.room().me().admin && !ben.room().me().admin && ben.room().me().me);
}

#[test]
fn a_room_goes_on_after_a_restart() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    people[0].reload();
    people[0].say(&mut log, "one");
    people[0].reload();
    people[0].say(&mut log, "two");
    people[1].reload();
    people[1].read(&log);
    assert_eq!(people[1].texts(), ["one", "two"]);
}

#[test]
fn large_rooms_have_the_classical_suite() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |policy| policy.max_members = 101);
    assert!(!people[0].room().is_hybrid());
    people[2].say(&mut log, "hi");
    people[0].read(&log);
    assert_eq!(people[0].texts(), ["hi"]);
}

#[test]
fn a_newcomer_comes_in_by_the_blob_of_another_newcomer() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let mut cleo = Person::new(9);
    let blob = log.newest_blob().unwrap().to_vec();
    cleo.join(&mut log, &key(1), "Cleo", &blob).unwrap();
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&[&people[0], &people[1], &cleo]));
}

#[test]
fn a_self_update_changes_the_name_and_the_keys_only() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let before = people[0].code();
    let name = Some("Benjamin".to_owned());
    people[1].commit(&mut log, Intent::SelfUpdate { name }, vec![]);
    people[2].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&[&people[0], &people[1], &people[2]]));
    assert_ne!(people[0].code(), before);
    let renamed = &changed(&people[0].seen[2]).renamed;
    assert_eq!((renamed[0].0.name.as_str(), renamed[0].1.as_str()), ("Benjamin", "Ben"));
    assert!(changed(&people[0].seen[3]).renamed.is_empty());
}

/// Attack matrix rows 28 and 29.
#[test]
fn a_removed_member_reads_nothing_later_and_comes_back_by_no_old_key() {
    let (mut log, mut people) = room_of(&["Ben", "Mallory"], |_| {});
    let new_door = Some(open_door(&key(2), &people[0].crypto));
    let leaves = vec![people[0].find("Mallory").leaf];
    let followers =
        vec![Body::DoorKey { key: key(2) }, Body::Text { text: "without Mallory".to_owned(), reply: None }];
    people[0].commit(&mut log, Intent::Remove { leaves, new_door }, followers);
    people[0].say(&mut log, "secret");
    people[1].read(&log);
    people[2].read(&log);
    assert_eq!(people[1].texts(), ["without Mallory", "secret"]);
    assert!(people[1].seen.iter().any(|opened| matches!(opened,
        Opened::Message(message) if message.content.body == Body::DoorKey { key: key(2) })));
    let last = people[2].seen.last().unwrap();
    assert!(matches!(last, Opened::Removed(changes) if changes.removed.len() == 1));
    assert!(people[2].texts().is_empty());

    // Its old key opens no later blob, and it never saw the new one.
    let blob = log.newest_blob().unwrap().to_vec();
    let door = DoorSecrets::of(&key(1), &people[2].crypto);
    let opened = keyroom_mls::open_blob(&people[2].crypto, &ROOM, &door, &blob);
    assert_eq!(opened.unwrap_err(), keyroom_mls::BlobError::NotForThisDoor);
    // The new door lets others in.
    let mut cleo = Person::new(9);
    cleo.join(&mut log, &key(2), "Cleo", &blob).unwrap();
    people[0].read(&log);
    people[1].read(&log);
    assert!(agree(&[&people[0], &people[1], &cleo]));
}

/// Attack matrix row 28.
#[test]
fn a_frozen_copy_of_a_removed_member_opens_nothing_of_the_later_log() {
    let (mut log, mut people) = room_of(&["Ben", "Mallory"], |_| {});
    let leaves = vec![people[0].find("Mallory").leaf];
    let from = log.entries.len();
    people[0].commit(&mut log, Intent::Remove { leaves, new_door: None }, vec![Body::Leave]);
    people[0].say(&mut log, "secret");
    // Everything but the commit that removes it.
    for entry in &log.entries[from + 1..] {
        let opened = people[2].open(&entry.header, &entry.body, entry.follows);
        assert!(matches!(opened, Opened::Skipped(_)), "{opened:?}");
    }
}

/// Messages made ahead have keys that are never used again.
#[test]
fn no_key_is_used_twice_after_messages_that_followed_a_commit() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let text = |text: &str| Body::Text { text: text.to_owned(), reply: None };
    for restart in [false, true] {
        people[0].read(&log);
        let made =
            people[0].make_commit(Intent::SelfUpdate { name: None }, vec![text("one"), text("two")]).unwrap();
        if restart {
            people[0].reload();
        }
        let (base, pass) = (log.cursor.newest_commit, people[0].pass());
        let header = log.append(Kind::Commit, base, pass, made.body, made.blob);
        for follower in made.followers {
            log.append(Kind::Follower, header.seq, pass, follower, None);
        }
        people[0].merge_own(&header);
        people[0].cursor = log.cursor;
        people[0].say(&mut log, "three");
        people[1].read(&log);
    }
    assert_eq!(people[1].texts(), ["one", "two", "three", "one", "two", "three"]);
}

#[test]
fn an_abandoned_commit_leaves_no_trace() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    people[1].make_commit(Intent::SelfUpdate { name: None }, vec![]).unwrap();
    assert!(people[1].room().has_pending());
    let again = people[1].make_commit(Intent::SelfUpdate { name: None }, vec![]);
    assert_eq!(again.unwrap_err(), CommitError::Pending);
    people[1].abandon();
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[1].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[0].read(&log);
    assert!(agree(&[&people[0], &people[1]]));
}

/// Attack matrix row 15.
#[test]
fn of_two_racing_commits_the_first_counts_and_the_other_is_made_again() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let lost = people[1].make_commit(Intent::SelfUpdate { name: None }, vec![]).unwrap();
    let base = people[1].cursor.newest_commit;
    people[2].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    // An honest relay refuses the second; this one lets it in.
    let late = log.append(Kind::Commit, base, people[1].pass(), lost.body, None);
    people[1].read(&log);
    assert!(!people[1].room().has_pending());
    for place in [0, 2] {
        people[place].read(&log);
        let last = people[place].seen.last().unwrap();
        assert!(matches!(last, Opened::Skipped(_)), "{late:?} {last:?}");
    }
    people[1].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&[&people[0], &people[1], &people[2]]));
}

/// Attack matrix row 33: a re-entry is visible, proven by the old pass, and the old leaf may then go.
#[test]
fn who_lost_its_state_comes_back_as_a_new_leaf_and_any_member_removes_the_old_one() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |policy| policy.doors[0].uses = Some(4));
    let old_key = people[1].pass_key.clone();
    let old = people[1].pass();
    let sign =
        move |text: &[u8]| Signature::from_bytes(ed25519_dalek::Signer::sign(&old_key, text).to_bytes());
    people[1].new_pass(77);
    let bytes = people[0].blob();
    let blob = people[1].open_blob(&key(1), &bytes);
    let (body, sealed) = people[1].make_join(&log, &key(1), "Ben", &blob, Some((old, &sign))).unwrap();
    let pass = people[1].pass();
    log.append(Kind::Join, log.cursor.newest_commit, pass, body, sealed);
    people[1].cursor = log.cursor;
    people[0].read(&log);
    people[2].read(&log);
    let joined = &changed(people[0].seen.last().unwrap()).joined;
    assert_eq!(joined[0].replaces, Some(old));
    // Cleo is no admin. The door's uses stay counted.
    people[2].commit(&mut log, Intent::RemoveReplaced, vec![]);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&[&people[0], &people[1], &people[2]]));
    assert_eq!(people[0].room().members().len(), 3);
    assert_eq!(people[0].room().policy().doors[0].spent, 1);
    let nothing = people[2].make_commit(Intent::RemoveReplaced, vec![]);
    assert_eq!(nothing.unwrap_err(), CommitError::Nothing);
}

#[test]
fn a_knock_is_answered_and_the_newcomer_talks() {
    for max in [100, 200] {
        let (mut log, mut people) = room_of(&["Ben"], |policy| policy.max_members = max);
        let policy = Policy { approval: true, ..people[0].room().policy().clone() };
        let made = people[0].commit(&mut log, Intent::Policy(policy), vec![]);
        assert_eq!(made.blob, None);

        let mut cleo = Person::new(9);
        let door = DoorSecrets::of(&key(1), &cleo.crypto);
        let pass = cleo.pass();
        let p = Provider { crypto: &cleo.crypto, storage: &cleo.storage };
        let knock = Knock::make(&p, &ROOM, &cleo.identity, pass, "Cleo".to_owned(), &door).unwrap();
        assert_eq!(Knock::from_bytes(&knock.to_bytes()), Some(knock.clone()));
        let opened = OpenKnock::open(&people[0].crypto, &ROOM, &door, &knock.bytes).unwrap();
        assert_eq!((opened.identity, opened.pass), (cleo.identity.key(), pass));
        let made = people[0].commit(&mut log, Intent::Admit { knocks: vec![opened] }, vec![]);
        let (to, welcome) = &made.welcomes[0];
        assert_eq!(*to, pass);
        cleo.room = Some(Room::enter(&p, ROOM, welcome, &knock).unwrap());
        cleo.cursor = log.cursor;
        people[1].read(&log);
        assert_eq!(changed(people[1].seen.last().unwrap()).joined[0].entrance, Entrance::Added);
        cleo.say(&mut log, "thanks");
        people[0].read(&log);
        people[1].read(&log);
        assert_eq!(
            (people[0].texts(), people[1].texts()),
            (vec!["thanks".to_owned()], vec!["thanks".to_owned()])
        );
        assert!(agree(&[&people[0], &people[1], &cleo]));
    }
}

/// Attack matrix row 21.
#[test]
fn who_is_no_admin_cannot_make_what_only_admins_may() {
    let (_, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let policy = Policy { name: "Mine".to_owned(), ..people[1].room().policy().clone() };
    let leaves = vec![people[1].find("Cleo").leaf];
    for intent in [Intent::Policy(policy), Intent::Remove { leaves, new_door: None }] {
        let refused = people[1].make_commit(intent, vec![]).unwrap_err();
        assert_eq!(refused, CommitError::Invalid(Fault::NotAdmin));
        assert!(!people[1].room().has_pending());
    }
}

#[test]
fn a_hint_is_opened_in_its_epoch_only() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    let sealed = people[0].hint(b"types");
    assert_eq!(people[1].open_hint(&sealed).as_deref(), Some(&b"types"[..]));
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[1].read(&log);
    assert_eq!(people[1].open_hint(&sealed), None);
    assert_eq!(people[1].open_hint(b"short"), None);
}

/// Attack matrix row 9.
#[test]
fn a_message_that_comes_again_is_skipped() {
    let (mut log, mut people) = room_of(&["Ben"], |_| {});
    people[0].say(&mut log, "once");
    people[1].read(&log);
    let entry = &log.entries[log.entries.len() - 1];
    let again = people[1].open(&entry.header, &entry.body, None);
    assert!(matches!(again, Opened::Skipped(skipped) if skipped.blame == Blame::Nobody));
    people[0].say(&mut log, "twice");
    people[1].read(&log);
    assert_eq!(people[1].texts(), ["once", "twice"]);
}

/// Attack matrix row 14: who appended it is the relay's word, who wrote it is not.
#[test]
fn a_message_under_another_pass_is_refused() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let body = people[1].seal("hi");
    let pass: PassKey = people[2].pass();
    log.append(Kind::Application, log.cursor.newest_commit, pass, body, None);
    people[0].read(&log);
    let Some(Opened::Refused(refused)) = people[0].seen.last() else { panic!() };
    assert_eq!((refused.why, refused.from.name.as_str()), (Fault::WrongPass, "Ben"));
}

/// Attack matrix row 16: a commit with any byte changed, or cut anywhere, moves nobody, live or after a restart, and the next one works.
#[test]
fn no_mutated_commit_moves_anybody_and_the_next_sound_one_works() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let sound = people[1].make_commit(Intent::SelfUpdate { name: None }, vec![]).unwrap().body;
    people[1].abandon();
    let pass = people[1].pass();
    let epoch = people[0].room().epoch();
    let flipped = (0..sound.len()).step_by(29).map(|place| {
        let mut body = sound.clone();
        body[place] ^= 1 << (place % 8);
        body
    });
    let cut = (0..sound.len()).step_by(61).map(|length| sound[..length].to_vec());
    let longer = [[sound.as_slice(), &[0]].concat()];
    for (number, body) in flipped.chain(cut).chain(longer).enumerate() {
        log.append(Kind::Commit, log.cursor.newest_commit, pass, body, None);
        people[1].cursor = log.cursor;
        for place in [0, 2] {
            if (number + place) % 3 == 0 {
                people[place].reload();
            }
            people[place].read(&log);
            let opened = people[place].seen.last().unwrap();
            assert!(matches!(opened, Opened::Skipped(_)), "mutation {number} at {place}: {opened:?}");
            assert_eq!(people[place].room().epoch(), epoch);
        }
    }
    people[1].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people[2].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&people.iter().collect::<Vec<_>>()));
}
