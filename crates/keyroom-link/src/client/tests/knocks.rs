//! Knocking, and answering those who knock.

use keyroom_types::DoorId;
use keyroom_wire::{Answered, Change, Knocked, Refusal, Who};

use super::*;
use crate::{CommandError, RelayFault};

const KNOCK: Bytes = Bytes::from_static(b"knock");

fn answered(log: &Log, seq: usize) -> Answered {
    Answered { cursor: log.at(seq), welcome: Digest::of(b"welcome") }
}

fn committed() -> Log {
    let mut log = Log::of(1);
    log.push(Kind::Commit, 2);
    log
}

/// A newcomer whose knock the relay has.
fn waiting(log: &Log) -> Script {
    let mut script = Script::newcomer();
    assert!(matches!(script.login().who, Who::Door { .. }));
    script.welcome(Some(log.head()));
    let request = script.link.knock(KNOCK).unwrap();
    script.turn();
    let (number, body) = script.request();
    assert_eq!(body, Request::Knock(KNOCK));
    script.say(number, Answer::Done);
    assert_eq!(script.events.pop_back(), Some(Event::Done { request }));
    script.events.clear();
    script
}

fn through_the_door(script: &mut Script, log: &Log, knocked: bool) {
    let welcome = Welcome { role: None, knocked, ..welcome(Some(log.head())) };
    script.say(1, Answer::Welcome(Box::new(welcome)));
}

#[test]
fn a_newcomer_that_is_let_in_goes_on_as_its_pass_from_the_commit() {
    let log = committed();
    let mut script = waiting(&log);
    let Answered { cursor, welcome } = answered(&log, 2);
    script.say(0, Answer::Answered(answered(&log, 2)));
    assert_eq!(script.event(), Event::Answered { cursor, welcome });
    script.link.get_blob(welcome).unwrap();
    script.link.subscribe(cursor).unwrap();
    script.turn();
    let sent = script.all_sent();
    assert!(matches!(sent[0], Request::Subscribe { after, .. } if after == Seq::new(2)), "{sent:?}");
    assert_eq!(sent[1], Request::GetBlob { blob: welcome, offset: 0 });
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
}

#[test]
fn a_newcomer_that_was_let_in_while_it_was_away_finds_out_by_logging_in_as_its_pass() {
    let log = committed();
    let mut script = waiting(&log);
    for _ in 0..2 {
        script.reconnect();
        assert_eq!(script.login().who, Who::Pass(pass().public()), "each time: it may be in by now");
        script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
        script.redial();
        assert!(matches!(script.login().who, Who::Door { .. }));
        through_the_door(&mut script, &log, true);
        assert_eq!(script.all_sent(), [], "the relay has the knock");
    }
    script.reconnect();
    script.login();
    let answered = answered(&log, 2);
    let welcome = Welcome { answered: Some(answered), ..welcome(Some(log.head())) };
    script.say(1, Answer::Welcome(Box::new(welcome)));
    let told = Event::Answered { cursor: answered.cursor, welcome: answered.welcome };
    assert_eq!(script.events.back(), Some(&told));
}

#[test]
fn a_newcomer_that_is_let_in_between_its_two_logins_logs_in_as_its_pass_again() {
    let log = committed();
    let mut script = waiting(&log);
    script.reconnect();
    script.login();
    script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
    script.redial();
    assert!(matches!(script.login().who, Who::Door { .. }));
    let answered = Some(answered(&log, 2));
    let through = Welcome { role: None, answered, ..welcome(Some(log.head())) };
    script.say(1, Answer::Welcome(Box::new(through)));
    assert!(!script.events.contains(&Event::Declined));
    script.redial();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.say(1, Answer::Welcome(Box::new(Welcome { answered, ..welcome(Some(log.head())) })));
    assert!(matches!(script.events.back(), Some(Event::Answered { .. })));
}

#[test]
fn an_answer_that_is_not_on_disk_yet_is_waited_for_and_one_that_is_forgotten_is_not() {
    let log = committed();
    let mut script = waiting(&log);
    script.reconnect();
    for _ in 0..5 {
        assert_eq!(script.login().who, Who::Pass(pass().public()));
        script.say(1, Answer::Welcome(Box::new(welcome(Some(log.head())))));
        assert_eq!(script.lost(), Some(Lost::Disconnected));
        script.redial();
    }
    script.login();
    script.events.clear();
    script.say(1, Answer::Welcome(Box::new(welcome(Some(log.head())))));
    assert!(
        matches!(script.events.front(), Some(Event::Welcome { .. })),
        "the application knows what that means"
    );
}

#[test]
fn a_declined_newcomer_is_told_at_once_or_when_it_comes_again() {
    let log = committed();
    let mut script = waiting(&log);
    script.say(0, Answer::Declined);
    assert_eq!(script.event(), Event::Declined);
    script.reconnect();
    assert!(matches!(script.login().who, Who::Door { .. }), "it waits for nothing");

    let mut script = waiting(&log);
    script.reconnect();
    script.login();
    script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
    script.redial();
    script.login();
    through_the_door(&mut script, &log, false);
    assert_eq!(script.events.pop_back(), Some(Event::Declined));
}

#[test]
fn an_application_that_began_anew_asks_as_a_member_first() {
    let mut script = Script::newcomer();
    script.link.has_knocked();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
    script.redial();
    assert!(matches!(script.login().who, Who::Door { .. }));
    through_the_door(&mut script, &committed(), true);
    assert!(!script.events.contains(&Event::Declined));
}

#[test]
fn a_knock_without_an_answer_is_sent_again() {
    let log = committed();
    let mut script = Script::newcomer();
    script.link.knock(KNOCK).unwrap();
    script.login();
    through_the_door(&mut script, &log, false);
    assert_eq!(script.all_sent(), [Request::Knock(KNOCK)]);
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
    script.redial();
    script.login();
    through_the_door(&mut script, &log, false);
    assert_eq!(script.all_sent(), [Request::Knock(KNOCK)]);
    assert!(!script.events.contains(&Event::Declined), "it may not have come");
}

#[test]
fn what_a_relay_says_of_knocks_out_of_turn_is_its_fault() {
    let log = committed();
    for wrong in [Answer::Answered(answered(&log, 2)), Answer::Declined] {
        let mut script = Script::member(log.at(2));
        script.live(&log);
        script.say(0, wrong);
        assert!(matches!(script.lost(), Some(Lost::Fault(RelayFault::OutOfTurn { .. }))));
    }
    let mut script = Script::member(log.at(2));
    script.login();
    let ahead = Answered { cursor: Cursor { seq: Seq::new(9), ..log.at(2) }, ..answered(&log, 2) };
    let welcome = Welcome { answered: Some(ahead), ..welcome(Some(log.head())) };
    script.say(1, Answer::Welcome(Box::new(welcome)));
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::Welcome)));
}

fn knocked(number: u64) -> Knocked {
    Knocked {
        number,
        newcomer: PassKey::from_bytes([7; 32]),
        door: DoorId::from_bytes([8; 16]),
        time: Timestamp::from_millis(9),
        bytes: KNOCK,
    }
}

#[test]
fn an_admin_hears_who_knocks_and_has_the_list_in_one() {
    let log = committed();
    let mut script = Script::member(log.at(2));
    script.live(&log);
    script.say(0, Answer::Knocked(knocked(1)));
    assert_eq!(script.event(), Event::Knocked(knocked(1)));
    let request = script.link.list_knocks().unwrap();
    script.turn();
    let (number, body) = script.request();
    assert_eq!(body, Request::ListKnocks { after: 0 });
    script.say(number, Answer::Knocks { knocks: vec![knocked(1), knocked(2)], more: true });
    let (number, body) = script.request();
    assert_eq!(body, Request::ListKnocks { after: 2 });
    script.say(number, Answer::Knocks { knocks: vec![knocked(3)], more: false });
    assert_eq!(script.event(), Event::Knocks { request, knocks: [1, 2, 3].map(knocked).to_vec() });
    let request = script.link.drop_knock(PassKey::from_bytes([7; 32])).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, Answer::Done);
    assert_eq!(script.event(), Event::Done { request });
}

#[test]
fn a_list_of_knocks_that_goes_back_or_nowhere_is_the_relays_fault() {
    for (knocks, more) in [(vec![knocked(2), knocked(1)], false), (Vec::new(), true)] {
        let mut script = Script::member(committed().at(2));
        script.live(&committed());
        script.link.list_knocks().unwrap();
        script.turn();
        let (number, _) = script.request();
        script.say(number, Answer::Knocks { knocks, more });
        assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::Knocks)));
    }
}

fn answering(welcomes: &[Bytes]) -> Append {
    let answer = |welcome: &Bytes| Change::Answer {
        newcomer: PassKey::from_bytes([7; 32]),
        role: PassRole::Member,
        welcome: Digest::of(welcome),
    };
    let changes = welcomes.iter().map(answer).collect();
    Append { changes, ..entries(vec![entry(Kind::Commit, 1, None)]) }
}

#[test]
fn welcomes_go_up_one_after_the_other_before_the_append_that_names_them() {
    let mut script = Script::member(Cursor::start(&room()));
    script.live(&Log::new());
    let welcomes = vec![blob(200_000, 1), blob(5, 2)];
    script.link.append_with(answering(&welcomes), None, welcomes.clone()).unwrap();
    script.turn();
    let mut gone_up = Vec::new();
    loop {
        let (number, body) = script.request();
        let Request::PutBlob { blob, offset, part, .. } = body else {
            assert!(matches!(body, Request::Append(_)));
            break;
        };
        gone_up.push((blob, offset));
        let end = offset + u32::try_from(part.len()).unwrap();
        script.say(number, Answer::BlobProgress(end));
    }
    let [one, two] = [&welcomes[0], &welcomes[1]].map(|blob| Digest::of(blob));
    assert_eq!(gone_up, [(one, 0), (one, 131_072), (two, 0)]);
}

#[test]
fn welcomes_that_are_not_those_named_are_refused_at_once() {
    let mut script = Script::member(Cursor::start(&room()));
    let named = vec![blob(5, 1)];
    let many: Vec<Bytes> = (0..5).map(|fill| blob(5, fill)).collect();
    for welcomes in [vec![], vec![blob(5, 2)], vec![blob(5, 1), blob(5, 1)]] {
        let refused = script.link.append_with(answering(&named), None, welcomes);
        assert_eq!(refused, Err(CommandError::Welcomes));
    }
    assert_eq!(script.link.append_with(answering(&many), None, many.clone()), Err(CommandError::Welcomes));
    assert_eq!(script.link.append(answering(&named), None), Err(CommandError::Welcomes));
    assert!(script.link.append_with(answering(&named), None, named.clone()).is_ok());
    assert!(matches!(script.link.knock(Bytes::new()), Err(CommandError::Invalid(_))));
}
