//! Knocks: left at a door, told to admins, answered, declined, forgotten.

use std::time::Duration;

use bytes::Bytes;
use keyroom_relay::Quotas;
use keyroom_types::{Digest, Seq, limits};
use keyroom_wire::{Answer, Answered, Append, Change, Code, Knocked, PassRole, Refusal, Request, Turn};

use crate::desk::{Desk, Person, Role, code, commit, door, message, pass_key, wide_pass};

const WEEK: Duration = Duration::from_millis(limits::KNOCK_MS);

fn newcomer(desk: &Desk, secret: u8) -> Person {
    let mut newcomer = desk.dial();
    newcomer.login(Role::Door { door: 50, newcomer: secret }).unwrap();
    newcomer
}

fn knock(text: &'static [u8]) -> Request {
    Request::Knock(Bytes::from_static(text))
}

fn refused(code: Code) -> Answer {
    Answer::Refused(Refusal::new(code))
}

/// The knocks that an admin was told of since the last call.
fn told(admin: &mut Person) -> Vec<Knocked> {
    let knocked = |answer| match answer {
        Answer::Knocked(knocked) => Some(knocked),
        _ => None,
    };
    admin.said().into_iter().filter_map(knocked).collect()
}

fn listed(admin: &mut Person) -> Vec<Knocked> {
    let (mut knocks, mut after) = (Vec::new(), 0);
    loop {
        match admin.ask(Request::ListKnocks { after }) {
            Answer::Knocks { knocks: part, more } => {
                after = part.last().map_or(after, |knocked| knocked.number);
                knocks.extend(part);
                if !more {
                    return knocks;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn let_in(based_on: u64, id: u8, newcomer: u8, welcome: Digest) -> Append {
    let answer = Change::Answer { newcomer: pass_key(newcomer), role: PassRole::Member, welcome };
    commit(based_on, id, vec![answer])
}

fn answer_of(person: &mut Person) -> Option<Answered> {
    person.said().into_iter().find_map(|answer| match answer {
        Answer::Answered(answered) => Some(answered),
        _ => None,
    })
}

#[test]
fn a_knock_is_told_to_admins_once_and_answered_with_a_welcome() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let mut two = newcomer(&desk, 2);
    assert_eq!(two.ask(knock(b"let me in")), Answer::Done);
    let came = told(&mut founder);
    assert_eq!(came.len(), 1);
    assert_eq!(
        (came[0].newcomer, came[0].door, &came[0].bytes[..]),
        (pass_key(2), door(50).id, &b"let me in"[..])
    );
    assert_eq!(two.ask(knock(b"let me in")), Answer::Done, "said again, it is the same one");
    assert_eq!(told(&mut founder), []);
    assert_eq!(listed(&mut founder), came);

    founder.say(0, 1).unwrap();
    let welcome = founder.upload(b"welcome");
    founder.append(let_in(0, 2, 2, welcome)).unwrap();
    assert_eq!(listed(&mut founder), []);
    let answered = answer_of(&mut two).unwrap();
    assert_eq!((answered.cursor.seq, answered.cursor.newest_commit), (Seq::new(2), Seq::new(2)));
    assert_eq!(answered.welcome, welcome);
    let part = Bytes::from_static(b"welcome");
    let whole = Answer::BlobPart { size: 7, offset: 0, part };
    assert_eq!(two.ask(Request::GetBlob { blob: welcome, offset: 0 }), whole, "the link goes on as its pass");
    assert_eq!(founder.ask(Request::GetBlob { blob: welcome, offset: 0 }), refused(Code::NoBlob));

    // At a later login too, until it says something; also out of the store.
    drop((two, founder));
    desk.put_rooms_away();
    let mut two = desk.dial();
    assert_eq!(two.login(Role::Pass(2)).unwrap().answered, Some(answered));
    assert_eq!(two.ask(Request::GetBlob { blob: welcome, offset: 0 }), whole);
    two.subscribe(2);
    two.say(2, 3).unwrap();
    assert_eq!(two.ask(Request::GetBlob { blob: welcome, offset: 0 }), refused(Code::NoBlob));
    assert_eq!(desk.store_blob(&welcome), None);
    assert_eq!(desk.dial().login(Role::Pass(2)).unwrap().answered, None);
}

#[test]
fn an_admin_that_comes_later_is_told_of_all_that_wait_and_a_member_of_none() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    founder.commit(0, 1, vec![Change::Grant(pass_key(3), PassRole::Member)]).unwrap();
    drop(founder);
    let people: Vec<Person> = (10..40_u8)
        .map(|secret| {
            let mut person = newcomer(&desk, secret);
            let bytes = Bytes::from(vec![secret; limits::KNOCK_BYTES]);
            assert_eq!(person.ask(Request::Knock(bytes)), Answer::Done);
            person
        })
        .collect();
    let (mut admin, mut member) = (desk.member(1), desk.member(3));
    let came = told(&mut admin);
    assert_eq!(came.len(), people.len());
    assert!(came.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert_eq!(listed(&mut admin), came);
    assert_eq!(told(&mut member), []);
    assert_eq!(member.ask(Request::ListKnocks { after: 0 }), refused(Code::Role));
    assert_eq!(member.ask(Request::DropKnock(pass_key(10))), refused(Code::Role));
    assert_eq!(member.ask(knock(b"in already")), refused(Code::Role));
}

#[test]
fn a_new_knock_replaces_the_one_before_and_a_declined_one_is_gone() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let mut two = newcomer(&desk, 2);
    two.ask(knock(b"one"));
    two.ask(knock(b"two"));
    let texts: Vec<Bytes> = listed(&mut founder).into_iter().map(|knocked| knocked.bytes).collect();
    assert_eq!(texts, [Bytes::from_static(b"two")]);
    assert_eq!(desk.store_blob(&Digest::of(b"one")), None);
    assert!(desk.dial().login(Role::Door { door: 50, newcomer: 2 }).unwrap().knocked);
    assert_eq!(founder.ask(Request::DropKnock(pass_key(2))), Answer::Done);
    assert!(two.said().contains(&Answer::Declined));
    assert_eq!(founder.ask(Request::DropKnock(pass_key(2))), Answer::Done, "it is declined already");
    assert_eq!(listed(&mut founder), []);
    assert_eq!(desk.store_blob(&Digest::of(b"two")), None);
    assert!(!desk.dial().login(Role::Door { door: 50, newcomer: 2 }).unwrap().knocked);
}

#[test]
fn bytes_that_two_newcomers_share_stay_until_both_knocks_are_gone() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    two.ask(knock(b"same"));
    three.ask(knock(b"same"));
    founder.ask(Request::DropKnock(pass_key(2)));
    assert_eq!(listed(&mut founder).len(), 1);
    founder.ask(Request::DropKnock(pass_key(3)));
    assert_eq!(desk.store_blob(&Digest::of(b"same")), None);
}

#[test]
fn newcomers_may_share_one_welcome() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    two.ask(knock(b"two"));
    three.ask(knock(b"three"));
    let welcome = founder.upload(b"for both");
    let mut append = let_in(0, 1, 2, welcome);
    append.changes.extend(let_in(0, 1, 3, welcome).changes);
    founder.append(append).unwrap();
    assert_eq!(answer_of(&mut two), answer_of(&mut three));
    two.say(1, 2).unwrap();
    assert!(matches!(three.ask(Request::GetBlob { blob: welcome, offset: 0 }), Answer::BlobPart { .. }));
    three.say(1, 3).unwrap();
    assert_eq!(desk.store_blob(&welcome), None);
}

#[test]
fn a_knock_is_answered_by_admins_with_a_welcome_and_once() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    founder.commit(0, 1, vec![Change::Grant(pass_key(3), PassRole::Member)]).unwrap();
    let mut two = newcomer(&desk, 2);
    two.ask(knock(b"two"));
    assert_eq!(code(founder.append(let_in(1, 2, 2, Digest::of(b"none")))), Code::NoBlob);
    let welcome = founder.upload(b"welcome");
    assert_eq!(code(founder.append(let_in(1, 2, 9, welcome))), Code::Change, "nobody knocked");
    let mut member = desk.member(3);
    let theirs = member.upload(b"theirs");
    assert_eq!(code(member.append(let_in(1, 2, 2, theirs))), Code::Role);
    founder.append(let_in(1, 2, 2, welcome)).unwrap();
    let again = founder.upload(b"again");
    assert_eq!(code(founder.append(let_in(2, 3, 2, again))), Code::Change);
    assert_eq!(newcomer(&desk, 2).ask(knock(b"two")), refused(Code::Change), "it is in");
}

#[test]
fn a_knock_goes_with_its_door() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50), door(51)]);
    let mut two = newcomer(&desk, 2);
    two.ask(knock(b"two"));
    let mut three = desk.dial();
    three.login(Role::Door { door: 51, newcomer: 3 }).unwrap();
    three.ask(knock(b"three"));
    founder.append(Append { changes: vec![Change::CloseDoor(door(50).id)], ..message(0, 1) }).unwrap();
    assert_eq!(two.goodbye(), Some(Code::NoDoor));
    let left: Vec<_> = listed(&mut founder).iter().map(|knocked| knocked.newcomer).collect();
    assert_eq!(left, [pass_key(3)]);
    // An answer counts although the same append closes the door.
    let welcome = founder.upload(b"welcome");
    let mut append = let_in(0, 2, 3, welcome);
    append.changes.push(Change::CloseAllDoors);
    founder.append(append).unwrap();
    assert!(answer_of(&mut three).is_some());
}

#[test]
fn knocks_and_welcomes_are_forgotten_after_a_week() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    two.ask(knock(b"two"));
    three.ask(knock(b"three"));
    let welcome = founder.upload(b"welcome");
    founder.append(let_in(0, 1, 3, welcome)).unwrap();
    desk.pass_time(WEEK);
    assert_eq!(desk.dial().login(Role::Pass(3)).unwrap().answered, None);
    founder.now = desk.now;
    assert_eq!(listed(&mut founder), []);
    let late = founder.upload(b"late");
    assert_eq!(code(founder.append(let_in(1, 2, 2, late))), Code::Change);
    founder.say(1, 3).unwrap();
    assert_eq!((desk.store_blob(&welcome), desk.store_blob(&Digest::of(b"two"))), (None, None));
}

#[test]
fn knocks_are_bounded_in_number_and_rate_and_bytes() {
    let desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    for number in 0..=limits::KNOCKS_PER_ROOM {
        let mut person = desk.dial();
        person.login_as_newcomer(50, wide_pass(number));
        let expected = if number < limits::KNOCKS_PER_ROOM { Answer::Done } else { refused(Code::Knocks) };
        assert_eq!(person.ask(knock(b"me")), expected, "{number}");
    }
    let slow = Quotas { joins_per_door: 1, joins_per_door_per_minute: 1, ..Quotas::default() };
    let desk = Desk::with(slow, None);
    desk.founder(1, vec![door(50)]);
    assert_eq!(newcomer(&desk, 2).ask(knock(b"two")), Answer::Done);
    let Answer::Refused(refusal) = newcomer(&desk, 3).ask(knock(b"three")) else { panic!("refused") };
    assert_eq!(refusal.code, Code::Rate);
    let desk = Desk::with(Quotas { room_bytes: 10, ..Quotas::default() }, None);
    desk.founder(1, vec![door(50)]);
    assert_eq!(newcomer(&desk, 2).ask(knock(b"eleven byte")), refused(Code::RoomFull));
}

#[test]
fn a_slow_admin_is_told_no_faster_than_it_reads() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    for secret in 10..70 {
        let bytes = Bytes::from(vec![secret; limits::KNOCK_BYTES]);
        assert_eq!(newcomer(&desk, secret).ask(Request::Knock(bytes)), Answer::Done);
    }
    let mut frames = Vec::new();
    founder.link.transmit(desk.now, 40_000, &mut frames);
    let bytes: usize = frames.iter().map(Bytes::len).sum();
    assert!((40_000..60_000).contains(&bytes), "{bytes}");
    assert!(founder.link.backlog() < 20_000, "{}", founder.link.backlog());
    assert_eq!(told(&mut founder).len() + frames.len(), 60, "and in the end of all");
}

#[test]
fn who_knocks_gives_up_its_turn() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    assert!(matches!(two.ask(Request::TakeTurn), Answer::Turn(Turn::Now { .. })));
    let waiting = three.begin(Request::TakeTurn);
    assert_eq!(three.answer(waiting), Some(Answer::Turn(Turn::Waiting { ahead: 1 })));
    assert_eq!(two.ask(knock(b"let me in")), Answer::Done);
    // The next one need not wait until the turn is over.
    assert!(matches!(three.answer(waiting), Some(Answer::Turn(Turn::Now { .. }))));
    assert_eq!(told(&mut founder).len(), 1);
}

#[test]
fn who_was_let_in_just_before_it_came_to_the_door_hears_it_there() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let mut two = newcomer(&desk, 2);
    assert_eq!(two.ask(knock(b"let me in")), Answer::Done);
    drop(two);
    let at_the_door = || {
        let mut two = desk.dial();
        let welcome = two.login(Role::Door { door: 50, newcomer: 2 }).unwrap();
        (welcome.knocked, welcome.answered.map(|answered| answered.welcome))
    };
    assert_eq!(at_the_door(), (true, None));
    let welcome = founder.upload(b"welcome");
    founder.append(let_in(0, 2, 2, welcome)).unwrap();
    assert_eq!(at_the_door(), (false, Some(welcome)));
}
