//! Newcomers: doors, turns, joins.

use std::time::Duration;

use keyroom_link::sign_succession;
use keyroom_types::{Kind, Seq};
use keyroom_wire::{Answer, Append, Change, Code, Door, PassRole, Refusal, Request, Turn};

use crate::desk::{Desk, Person, ROOM, Role, code, door, envelope, message, of, pass, pass_key};

fn newcomer(desk: &Desk, secret: u8) -> Person {
    let mut newcomer = desk.dial();
    newcomer.login(Role::Door { door: 50, newcomer: secret }).unwrap();
    newcomer
}

fn turn(person: &mut Person) -> Turn {
    match person.ask(Request::TakeTurn) {
        Answer::Turn(turn) => turn,
        other => panic!("{other:?}"),
    }
}

fn join(based_on: u64, id: u8) -> Append {
    of(based_on, vec![(Kind::Join, id)])
}

#[test]
fn a_newcomer_in_turn_joins_and_its_link_goes_on_as_its_pass() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let mut two = newcomer(&desk, 2);
    assert!(matches!(turn(&mut two), Turn::Now { .. }));
    let joined = two.append(join(0, 1)).unwrap();
    assert_eq!(joined.first, Seq::new(1));
    two.say(1, 2).unwrap();
    assert_eq!(code(two.commit(1, 3, Vec::new())), Code::Role, "not before it is confirmed");
    founder
        .append(Append { changes: vec![Change::Confirm(pass_key(2))], ..crate::desk::message(1, 4) })
        .unwrap();
    two.commit(1, 5, Vec::new()).unwrap();
    let headers: Vec<_> = founder.delivered().iter().map(|e| (e.header.kind, e.header.pass)).collect();
    assert_eq!(headers[0], (Kind::Join, pass_key(2)));
    assert_eq!(headers.len(), 4);
    let welcome = desk.dial().login(Role::Pass(2)).unwrap();
    assert_eq!((welcome.role, welcome.last), (Some(PassRole::Member), Some((envelope(5), Seq::new(4)))));
}

#[test]
fn who_lost_the_answer_to_its_join_finds_out_by_logging_in_as_its_pass() {
    let desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    assert_eq!(desk.dial().login(Role::Pass(2)), Err(Code::NoPass));
    let mut two = newcomer(&desk, 2);
    turn(&mut two);
    two.begin(Request::Append(join(0, 1)));
    drop(two);
    let mut again = desk.dial();
    assert_eq!(again.login(Role::Pass(2)).unwrap().role, Some(PassRole::Provisional));
    assert!(again.append(join(0, 1)).unwrap().repeated);
}

#[test]
fn a_join_sent_again_through_the_door_goes_on_as_the_pass_that_it_let_in() {
    let desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    let (mut first, mut second) = (newcomer(&desk, 2), newcomer(&desk, 2));
    turn(&mut first);
    first.append(join(0, 1)).unwrap();
    assert!(second.append(join(0, 1)).unwrap().repeated);
    assert_eq!(first.goodbye(), Some(Code::Replaced));
    second.say(1, 2).unwrap();
}

#[test]
fn a_join_needs_the_turn_a_join_and_nothing_else() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    assert_eq!(code(two.append(join(0, 1))), Code::NotYourTurn);
    assert!(matches!(turn(&mut two), Turn::Now { .. }));
    assert_eq!(turn(&mut three), Turn::Waiting { ahead: 1 });
    assert_eq!(code(three.append(join(0, 2))), Code::NotYourTurn);
    assert_eq!(code(two.append(of(0, vec![(Kind::Application, 3)]))), Code::Role);
    assert_eq!(code(two.append(of(0, vec![(Kind::Commit, 3)]))), Code::Role);
    let greedy = Append { changes: vec![Change::Grant(pass_key(2), PassRole::Admin)], ..join(0, 3) };
    assert_eq!(code(two.append(greedy)), Code::Role);
    assert_eq!(code(founder.append(join(0, 4))), Code::Role);
    assert_eq!(two.ask(Request::Fetch { after: Seq::ZERO, through: Seq::new(1) }), refused(Code::Role));
    assert!(desk.log().is_empty());
}

/// Who lost its state enters again as what it was: else a room whose only member did so could never be changed.
#[test]
fn a_newcomer_whose_earlier_pass_signs_has_its_role_and_that_pass_is_gone() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let succeed = |old: u8, new: u8| Change::Succeed {
        old: pass_key(old),
        signature: sign_succession(&pass(old), &ROOM, &pass_key(new)),
    };
    let with = |change: Change, id| Append { changes: vec![change], ..join(0, id) };
    assert_eq!(code(founder.append(Append { changes: vec![succeed(1, 9)], ..message(0, 1) })), Code::Role);
    let mut two = newcomer(&desk, 2);
    assert!(matches!(turn(&mut two), Turn::Now { .. }));
    let stolen =
        Change::Succeed { old: pass_key(1), signature: sign_succession(&pass(1), &ROOM, &pass_key(3)) };
    assert_eq!(code(two.append(with(stolen, 2))), Code::Change, "signed for another");
    assert_eq!(code(two.append(with(succeed(7, 2), 2))), Code::Change, "nobody's pass");
    assert_eq!(desk.dial().login(Role::Pass(1)).unwrap().role, Some(PassRole::Admin));
    two.append(with(succeed(1, 2), 2)).unwrap();
    two.commit(1, 3, vec![Change::CloseAllDoors]).unwrap();
    assert_eq!(desk.dial().login(Role::Pass(1)), Err(Code::NoPass));
    assert_eq!(desk.dial().login(Role::Pass(2)).unwrap().role, Some(PassRole::Admin));
}

fn refused(code: Code) -> Answer {
    Answer::Refused(Refusal::new(code))
}

#[test]
fn a_join_that_a_commit_overtook_is_stale_and_made_again_in_the_same_turn() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    let mut two = newcomer(&desk, 2);
    turn(&mut two);
    founder.commit(0, 1, Vec::new()).unwrap();
    assert_eq!(two.append(join(0, 2)), Err(Refusal::at(Code::Stale, Seq::new(1))));
    two.append(join(1, 3)).unwrap();
}

#[test]
fn a_door_admits_as_many_as_it_may() {
    let desk = Desk::new();
    desk.founder(1, vec![Door { uses: Some(2), ..door(50) }]);
    let mut people: Vec<_> = (2..5).map(|secret| newcomer(&desk, secret)).collect();
    for (place, person) in people.iter_mut().enumerate() {
        let based_on = u64::try_from(place).unwrap();
        let id = u8::try_from(place).unwrap() + 1;
        if place < 2 {
            turn(person);
            person.append(join(based_on, id)).unwrap();
        } else {
            assert_eq!(person.ask(Request::TakeTurn), refused(Code::DoorUsedUp));
        }
    }
    assert_eq!(desk.dial().login(Role::Door { door: 50, newcomer: 9 }), Err(Code::DoorUsedUp));
}

#[test]
fn a_turn_that_is_not_used_goes_to_the_next_and_comes_back() {
    let mut desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    let (mut two, mut three) = (newcomer(&desk, 2), newcomer(&desk, 3));
    turn(&mut two);
    let waiting = three.begin(Request::TakeTurn);
    assert_eq!(three.answer(waiting), Some(Answer::Turn(Turn::Waiting { ahead: 1 })));
    desk.pass_time(Duration::from_secs(10));
    assert_eq!(two.link.timeout(), Some(desk.now.mono));
    two.link.handle_timeout(desk.now);
    assert!(matches!(three.answer(waiting), Some(Answer::Turn(Turn::Now { .. }))));
    assert_eq!(code(two.append(join(0, 1))), Code::NotYourTurn);
    drop(three);
    two.append(join(0, 1)).unwrap();
}

#[test]
fn a_newcomer_hears_only_what_comes_after_the_commit_before_the_newest() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, vec![door(50)]);
    founder.say(0, 1).unwrap();
    founder.commit(0, 2, Vec::new()).unwrap();
    founder.say(2, 3).unwrap();
    founder.commit(2, 4, Vec::new()).unwrap();
    let mut two = newcomer(&desk, 2);
    let from = |after| Request::Subscribe { after: Seq::new(after), credit: 1 << 20 };
    assert_eq!(two.ask(from(1)), Answer::Refused(Refusal::at(Code::Role, Seq::new(2))));
    assert_eq!(two.ask(from(2)), Answer::Subscribed(Seq::new(4)));
    assert_eq!(two.places(), [3, 4]);
}

/// Attack matrix row 54.
#[test]
fn a_thousand_newcomers_at_once_all_get_in_one_after_the_other() {
    let desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    let number = |place: usize| u8::try_from(place % 250).unwrap();
    let mut waiting: Vec<(Person, u64, usize)> = (0..1_000)
        .map(|place| {
            let mut person = desk.dial();
            let newcomer = crate::desk::wide_pass(place);
            person.login_as_newcomer(50, newcomer);
            let request = person.begin(Request::TakeTurn);
            (person, request, place)
        })
        .collect();
    let mut bytes = 0;
    for based_on in 0..1_000_u64 {
        let (person, request, place) = &mut waiting[usize::try_from(based_on).unwrap()];
        while !matches!(person.answer(*request).unwrap(), Answer::Turn(Turn::Now { .. })) {}
        let mut append = join(based_on, number(*place));
        append.entries[0].id = crate::desk::wide_envelope(*place);
        person.append(append).unwrap();
    }
    for (person, _, _) in &mut waiting {
        bytes += person.bytes_read;
    }
    assert_eq!(desk.log().len(), 1_000);
    assert!(bytes < 1_000 * 2_048, "{bytes} bytes to 1,000 newcomers");
}
