//! Rooms that want to be asked. Attack matrix rows 13, 31.

use std::time::Duration;

use keyroom_client::testing::Wish;
use keyroom_client::{CloseReason, KnockId, member_code};
use keyroom_history::{Profile, Stage, State};
use keyroom_link::Event;
use keyroom_mls::{Crypto, DoorSecrets, Identity, Provider};
use keyroom_testkit::sealed::Sealed;
use keyroom_types::{Key, PassKey, Timestamp};
use keyroom_wire::{Knocked, PassRole, Welcome};

use crate::check::{Wrong, check};
use crate::races::{quiet, state_of, texts};

/// Ada's room, which wants to be asked.
fn asking() -> Sealed {
    let mut room = Sealed::new(79, Duration::from_millis(20), 200).with_approval();
    room.founder();
    room.run(1_000);
    room
}

/// Somebody knocks, and Ada is told.
fn knock(room: &mut Sealed) -> usize {
    let key = room.key.clone();
    let who = room.newcomer(&key);
    room.run(2_000);
    assert!(room.member(who).was_told_to_wait(), "{}", room.state(who));
    who
}

fn knocks(room: &Sealed, who: usize) -> Vec<(KnockId, String)> {
    room.member(who).knocks().iter().map(|knock| (knock.id, knock.name.to_string())).collect()
}

fn admit_first(room: &mut Sealed) {
    let (id, _) = knocks(room, 0)[0].clone();
    room.wish(0, Wish::Admit(id));
}

fn members(room: &Sealed, who: usize) -> usize {
    room.member(who).machine().unwrap().group().map_or(0, |group| group.member_count())
}

#[test]
fn who_knocks_waits_until_an_admin_answers_and_then_talks() {
    let mut room = asking();
    let ben = knock(&mut room);
    room.run(30_000);
    assert_eq!(members(&room, 0), 1, "row 31: the key alone does not enter");
    assert!(room.member(ben).machine().unwrap().group().is_none());
    assert_eq!(knocks(&room, 0).len(), 1);
    admit_first(&mut room);
    quiet(&mut room);
    assert_eq!((members(&room, 0), members(&room, ben)), (2, 2));
    assert_eq!(knocks(&room, 0), []);
    room.say(ben, "thank you");
    room.say(0, "welcome");
    quiet(&mut room);
    for who in [0, ben] {
        let mut heard = texts(&mut room, who);
        heard.sort();
        assert_eq!(heard, ["thank you", "welcome"]);
    }
    assert_eq!(state_of(&mut room, ben, "thank you"), State::Delivered);
    check(&mut room, &[(ben, "thank you".to_owned()), (0, "welcome".to_owned())], &Wrong::default());
    let id = room.room();
    assert_eq!(room.net.person(ben).tell().record(id).unwrap().stage, Stage::Member, "it was confirmed");
    assert!(room.member(ben).machine().unwrap().can_commit());
    // Row 13: both see the line.
    let admitted = |room: &mut Sealed, who| {
        room.net.person(who).tell().notices(id).into_iter().filter(|(kind, _)| *kind == 3).count()
    };
    assert_eq!(admitted(&mut room, 0), 1);
}

#[test]
fn a_knock_outlives_the_newcomers_process_and_its_connections() {
    let mut room = asking();
    let ben = knock(&mut room);
    room.net.cut(ben);
    room.run(5_000);
    room.restart(ben);
    room.run(5_000);
    assert!(room.member(ben).was_told_to_wait());
    assert_eq!(knocks(&room, 0).len(), 1, "it is the same knock");
    admit_first(&mut room);
    quiet(&mut room);
    assert_eq!(members(&room, ben), 2);
}

#[test]
fn who_was_let_in_while_its_process_was_down_enters_when_it_comes_back() {
    let mut room = asking();
    let ben = knock(&mut room);
    room.net.cut(ben);
    // It is answered before the next try to connect.
    admit_first(&mut room);
    room.say(0, "said before Ben comes back");
    room.run(200);
    room.restart(ben);
    quiet(&mut room);
    assert_eq!(texts(&mut room, ben), ["said before Ben comes back"]);
    room.say(ben, "here I am");
    quiet(&mut room);
    check(&mut room, &[(ben, "here I am".to_owned())], &Wrong::default());
}

#[test]
fn a_newcomer_killed_at_any_moment_of_its_entry_ends_up_in_the_room_once() {
    for millis in (0..400).step_by(20) {
        let mut room = asking();
        let ben = knock(&mut room);
        admit_first(&mut room);
        room.run(millis);
        room.restart(ben);
        quiet(&mut room);
        assert_eq!(
            (members(&room, 0), members(&room, ben)),
            (2, 2),
            "killed after {millis} ms: {}",
            room.state(ben)
        );
        room.say(ben, "in");
        room.say(0, "good");
        quiet(&mut room);
        assert_eq!((texts(&mut room, ben).len(), texts(&mut room, 0).len()), (2, 2));
    }
}

#[test]
fn who_is_turned_away_is_told_and_keeps_nothing() {
    let mut room = asking();
    let ben = knock(&mut room);
    let (id, _) = knocks(&room, 0)[0].clone();
    room.decline(0, id);
    room.run(2_000);
    assert_eq!(room.member(ben).closed(), Some(&CloseReason::Declined));
    assert_eq!(knocks(&room, 0), []);
    let id = room.room();
    assert_eq!(room.net.person(ben).tell().record(id), None);
    assert_eq!(members(&room, 0), 1);
}

#[test]
fn who_is_turned_away_while_it_is_not_there_is_told_when_it_comes() {
    let mut room = asking();
    let ben = knock(&mut room);
    room.net.cut(ben);
    let (id, _) = knocks(&room, 0)[0].clone();
    room.decline(0, id);
    room.run(200);
    room.restart(ben);
    room.run(5_000);
    assert_eq!(room.member(ben).closed(), Some(&CloseReason::Declined));
    room.run(5_000);
    assert_eq!(knocks(&room, 0), [], "it does not knock again by itself");
}

#[test]
fn who_comes_after_the_relay_forgot_the_answer_is_told_to_enter_again() {
    let mut room = asking();
    let ben = knock(&mut room);
    // What the relay says then: it knows the pass, and of no answer.
    let welcome = Welcome {
        head: None,
        newest_commit: keyroom_types::Seq::ZERO,
        role: Some(PassRole::Provisional),
        last: None,
        silence_ms: 90_000,
        retention_ms: 0,
        volatile: false,
        answered: None,
        knocked: false,
    };
    let log_key = keyroom_types::LogKey::from_bytes([1; 32]);
    let now = room.net.now();
    let (member, link) = room.net.person(ben).both();
    let told = Event::Welcome { welcome: Box::new(welcome), log_key };
    member.with(now, link, |machine, desk| machine.take(desk, vec![told]));
    assert_eq!(room.member(ben).closed(), Some(&CloseReason::NotJoined));
    let id = room.room();
    assert_eq!(room.net.person(ben).tell().record(id), None);
}

#[test]
fn only_an_admin_hears_who_knocks_and_may_answer() {
    let mut room = asking();
    let ben = knock(&mut room);
    admit_first(&mut room);
    quiet(&mut room);
    let cleo = knock(&mut room);
    assert_eq!(knocks(&room, ben), []);
    let (id, _) = knocks(&room, 0)[0].clone();
    room.wish(ben, Wish::Admit(id));
    room.decline(ben, id);
    room.run(5_000);
    let refused = room.member(ben).refused().to_vec();
    assert!(refused.len() == 2 && refused.iter().all(|text| text.contains("only an admin")), "{refused:?}");
    assert!(room.member(cleo).machine().unwrap().group().is_none());
    // Who becomes an admin hears of those who knock already.
    let identity = room.member(ben).identity();
    room.wish(0, Wish::Admin(identity, true));
    room.run(5_000);
    assert_eq!(knocks(&room, ben), knocks(&room, 0));
    room.wish(ben, Wish::Admit(id));
    quiet(&mut room);
    assert_eq!(members(&room, cleo), 3);
    assert_eq!(knocks(&room, 0), [], "the other admin sees that it was answered");
}

#[test]
fn of_two_admins_who_answer_at_once_one_is_told_that_nobody_waits_any_more() {
    let mut room = asking();
    let ben = knock(&mut room);
    admit_first(&mut room);
    quiet(&mut room);
    let identity = room.member(ben).identity();
    room.wish(0, Wish::Admin(identity, true));
    quiet(&mut room);
    let cleo = knock(&mut room);
    let (id, _) = knocks(&room, 0)[0].clone();
    room.wish(0, Wish::Admit(id));
    room.wish(ben, Wish::Admit(id));
    quiet(&mut room);
    assert_eq!((members(&room, 0), members(&room, ben), members(&room, cleo)), (3, 3, 3));
    let refused = [0, ben].map(|who| room.member(who).refused().to_vec()).concat();
    assert!(refused.len() == 1 && refused[0].contains("nobody waits"), "{refused:?}");
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn knocks_are_there_again_when_an_admin_comes_back() {
    let mut room = asking();
    knock(&mut room);
    let before = knocks(&room, 0);
    room.restart(0);
    room.run(3_000);
    assert_eq!(knocks(&room, 0), before);
    knock(&mut room);
    room.net.kill_relay();
    room.run(500);
    room.net.start_relay();
    room.run(20_000);
    assert_eq!(knocks(&room, 0).len(), 2);
}

#[test]
fn a_room_begins_to_want_to_be_asked_and_stops_it() {
    let mut room = Sealed::new(80, Duration::from_millis(20), 200);
    room.founder();
    room.run(1_000);
    let key = room.key.clone();
    room.newcomer(&key);
    quiet(&mut room);
    room.wish(0, Wish::Approval(true));
    quiet(&mut room);
    let cleo = knock(&mut room);
    room.run(20_000);
    assert_eq!(members(&room, 0), 2);
    room.wish(0, Wish::Approval(false));
    // Who waits finds the door open the next time it looks.
    quiet(&mut room);
    assert_eq!((members(&room, 0), members(&room, cleo)), (3, 3));
    room.run(60_000);
    assert_eq!(knocks(&room, 0), [], "nobody waits any more");
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn many_who_wait_do_not_keep_others_from_knocking() {
    let mut room = asking();
    let waiting: Vec<usize> = (0..5).map(|_| knock(&mut room)).collect();
    assert_eq!(knocks(&room, 0).len(), 5, "each in its two seconds, although none of them got in");
    for _ in 0..5 {
        admit_first(&mut room);
        room.run(3_000);
    }
    quiet(&mut room);
    assert!(waiting.iter().all(|who| members(&room, *who) == 6));
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn a_room_whose_door_is_changed_forgets_who_knocked_at_the_old_one() {
    let mut room = asking();
    let ben = knock(&mut room);
    room.wish(0, Wish::NewDoor(Key::from_bytes([4; 32]), None, None));
    room.run(10_000);
    assert_eq!(knocks(&room, 0), []);
    assert!(matches!(room.member(ben).closed(), Some(CloseReason::Refused(_))), "{}", room.state(ben));
    let id = room.room();
    assert_eq!(room.net.person(ben).tell().record(id), None);
}

/// Attack matrix row 13: what a relay can do about knocks.
#[test]
fn a_relay_can_neither_forge_a_knock_nor_have_another_let_in_by_it() {
    let mut room = asking();
    let (crypto, mut elsewhere) = (Crypto::new(), Profile::ephemeral().unwrap());
    let tx = elsewhere.begin().unwrap();
    let storage = tx.mls();
    let provider = Provider { crypto: &crypto, storage: &storage };
    let made = |key: &Key, pass: u8, name: &str| {
        let (identity, door) = (Identity::from_seed(&[pass; 32]), DoorSecrets::of(key, &crypto));
        let (id, pass) = (room.room(), PassKey::from_bytes([pass; 32]));
        keyroom_mls::Knock::make(&provider, &id, &identity, pass, name.to_owned(), &door).unwrap().bytes
    };
    let (sound, other_key) = (room.key.clone(), Key::from_bytes([8; 32]));
    let (zoe, foreign) = (made(&sound, 1, "Zoe"), made(&other_key, 2, "Eve"));
    let again = made(&sound, 1, "Zoe again");
    let door = keyroom_types::DoorSeeds::of(&sound).id;
    let mut flipped = zoe.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut number = 0;
    let mut tell = |room: &mut Sealed, pass: u8, bytes: &[u8]| {
        number += 1;
        let (newcomer, time) = (PassKey::from_bytes([pass; 32]), Timestamp::from_millis(number));
        let knocked = Knocked { number, newcomer, door, time, bytes: bytes.to_vec().into() };
        let now = room.net.now();
        let (member, link) = room.net.person(0).both();
        member.with(now, link, |machine, desk| machine.take(desk, vec![Event::Knocked(knocked)]));
        room.member(0).knocks().to_vec()
    };
    for (pass, bytes) in [(1, &b"junk"[..]), (1, &flipped), (2, &foreign), (9, &zoe)] {
        assert_eq!(tell(&mut room, pass, bytes), []);
    }
    let shown = tell(&mut room, 1, &zoe);
    assert_eq!((shown.len(), shown[0].name.as_str()), (1, "Zoe"));
    assert_eq!(shown[0].code, member_code(&Identity::from_seed(&[1; 32]).key()));
    assert_eq!(tell(&mut room, 1, &zoe), shown, "told twice, shown once, whatever its number");
    let newer = tell(&mut room, 1, &again);
    assert_eq!(
        (newer.len(), newer[0].name.as_str()),
        (1, "Zoe again"),
        "a newer one of the same pass takes its place"
    );
    // The relay has no such knock: an answer to it is refused, and nobody is in.
    room.wish(0, Wish::Admit(newer[0].id));
    room.run(5_000);
    assert_eq!((members(&room, 0), knocks(&room, 0).len()), (1, 0));
    assert!(room.member(0).refused()[0].contains("nobody waits"));
}
