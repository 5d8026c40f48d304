//! Logging in: version, binding, keys, and as whom.

use keyroom_types::LogKey;
use keyroom_wire::{Binding, Refusal, Turn, Who};

use super::*;
use crate::{BadSignature, RelayFault, check_login};

#[test]
fn a_login_answers_this_challenge_and_names_the_relay_that_was_seen() {
    let mut script = Script::member(Cursor::start(&room()));
    let login = script.login();
    assert_eq!((login.room, login.version), (room(), VERSION));
    assert_eq!(login.binding, binding());
    assert_eq!(login.who, Who::Pass(pass().public()));
    assert_eq!(check_login(&CHALLENGE, &login), Ok(()));
    // Passed on to another relay it is worth nothing.
    let moved = Login { binding: Binding::DialledName("relay.example".into()), ..login };
    assert_eq!(check_login(&CHALLENGE, &moved), Err(BadSignature));
}

#[test]
fn without_a_version_in_common_the_link_stops_and_says_so() {
    for theirs in [(0, 0), (2, 3), (3, 2)] {
        let mut script = Script::member(Cursor::start(&room()));
        script.connect();
        script.say(0, Answer::Hello(Hello { min_version: theirs.0, max_version: theirs.1, ..hello() }));
        let ours = (VERSION, VERSION);
        assert_eq!(script.stopped(), Some(Stop::NoCommonVersion { ours, theirs }));
        assert_eq!(script.hung_up, [script.connection]);
        assert_eq!(script.link.poll_timeout(), None);
    }
}

#[test]
fn another_log_key_than_the_pinned_one_gets_no_login() {
    let mut script = Script::member(Cursor::start(&room()));
    script.connect();
    script.say(0, Answer::Hello(Hello { log_key: LogKey::from_bytes([9; 32]), ..hello() }));
    assert_eq!(script.stopped(), Some(Stop::LogKey));
    assert_eq!(script.all_sent(), []);
}

#[test]
fn a_log_key_learned_on_first_contact_is_pinned_from_then_on() {
    let credential = Credential::Pass(pass());
    let mut script = Script::new(LinkConfig { log_key: None, ..config(credential, None) });
    script.login();
    script.welcome(Some(Log::of(1).head()));
    let Event::Welcome { log_key, .. } = script.event() else { panic!("welcome") };
    assert_eq!(log_key, log_secret().public());
    script.reconnect();
    script.connect();
    script.say(0, Answer::Hello(Hello { log_key: LogKey::from_bytes([9; 32]), ..hello() }));
    assert_eq!(script.stopped(), Some(Stop::LogKey));
}

#[test]
fn nothing_but_a_hello_begins_a_link_and_nothing_but_a_welcome_follows() {
    for early in [Answer::Done, Answer::Welcome(Box::new(welcome(None))), Answer::Pong(1)] {
        let mut script = Script::member(Cursor::start(&room()));
        script.connect();
        script.say(0, early);
        assert!(matches!(script.lost(), Some(Lost::Fault(RelayFault::OutOfTurn { .. }))));
    }
    let log = Log::of(1);
    for early in [Answer::Hello(hello()), log.deliver(1), Answer::Head(log.head()), appended(1, false)] {
        let mut script = Script::member(Cursor::start(&room()));
        script.login();
        script.say(1, early);
        assert!(matches!(script.lost(), Some(Lost::Fault(RelayFault::OutOfTurn { .. }))));
        assert_eq!(script.hung_up, [script.connection]);
    }
}

#[test]
fn a_frame_that_is_no_message_is_the_relays_fault() {
    let mut script = Script::member(Cursor::start(&room()));
    script.connect();
    script.link.handle_frame(script.now, script.connection, Bytes::from_static(b"\xff\xff"));
    script.turn();
    assert!(matches!(script.lost(), Some(Lost::Fault(RelayFault::Wire(_)))));
}

#[test]
fn a_welcome_tells_the_last_envelope_of_this_pass() {
    let log = Log::of(3);
    let mut script = Script::member(log.at(3));
    script.login();
    let last = Some((id(2), Seq::new(2)));
    script.say(1, Answer::Welcome(Box::new(Welcome { last, ..welcome(Some(log.head())) })));
    let Event::Welcome { welcome, .. } = script.event() else { panic!("welcome") };
    assert_eq!(welcome.last, last);
}

#[test]
fn a_welcome_that_contradicts_itself_is_the_relays_fault() {
    let log = Log::of(3);
    for wrong in [
        Welcome { last: Some((id(2), Seq::new(4))), ..welcome(Some(log.head())) },
        Welcome { newest_commit: Seq::new(4), ..welcome(Some(log.head())) },
        welcome(None),
    ] {
        let mut script = Script::member(log.at(3));
        script.login();
        script.say(1, Answer::Welcome(Box::new(wrong)));
        assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::Welcome)));
    }
}

#[test]
fn a_relay_that_lets_us_never_in_ends_the_link_and_one_that_is_busy_does_not() {
    for code in [Code::NoPass, Code::Signature, Code::Binding, Code::Version, Code::Closed] {
        let mut script = Script::member(Cursor::start(&room()));
        script.login();
        script.say(1, Answer::Refused(Refusal::new(code)));
        assert_eq!(script.stopped(), Some(Stop::Refused(code)));
    }
    let mut script = Script::member(Cursor::start(&room()));
    script.login();
    script.say(1, Answer::Refused(Refusal::new(Code::NoRoom)));
    assert_eq!(script.stopped(), Some(Stop::RoomEnded));

    let mut script = Script::member(Cursor::start(&room()));
    script.login();
    script.say(1, Answer::Refused(Refusal::later(Code::Busy, 5_000)));
    let Event::Lost { why: Lost::Relay(Code::Busy), wait } = script.event() else { panic!("lost") };
    assert!(wait >= Duration::from_secs(5), "{wait:?}");
}

#[test]
fn a_founder_makes_the_room_before_anything_else_and_is_a_member_then() {
    let mut script = Script::new(config(Credential::Founder(pass()), Some(Cursor::start(&room()))));
    let first = script.link.append(message(1), None).unwrap();
    let create = script.link.create(Vec::new(), None).unwrap();
    let login = script.login();
    assert_eq!(login.who, Who::Founder(pass().public()));
    script.welcome(None);
    let (request, body) = script.request();
    assert!(matches!(body, Request::Create(_)));
    assert_eq!(script.all_sent(), []);

    // The answer is lost, and the room is there.
    script.reconnect();
    assert_eq!(script.login().who, Who::Founder(pass().public()));
    script.welcome(Some(Log::new().head()));
    assert_eq!(request, 2);
    let (subscribe, body) = script.request();
    assert!(matches!(body, Request::Subscribe { .. }));
    script.say(subscribe, Answer::Subscribed(Seq::ZERO));
    let (append, _) = script.request();
    let (again, body) = script.request();
    assert!(matches!(body, Request::Create(_)));
    script.say(again, Answer::Created(Log::new().head()));
    script.say(append, appended(1, false));
    assert!(script.events.contains(&Event::Created { request: create, head: Log::new().head() }));
    assert!(matches!(script.events.back(), Some(Event::Appended { request, .. }) if *request == first));
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
}

fn join() -> Append {
    entries(vec![entry(Kind::Join, 9, None)])
}

/// A newcomer whose turn it is, with its join on the way. Returns the join's number.
fn joining(script: &mut Script) -> u64 {
    assert!(matches!(script.login().who, Who::Door { .. }));
    script.welcome(Some(Log::of(2).head()));
    script.link.take_turn().unwrap();
    script.turn();
    let (request, body) = script.request();
    assert_eq!(body, Request::TakeTurn);
    script.say(request, Answer::Turn(Turn::Waiting { ahead: 1 }));
    script.say(request, Answer::Turn(Turn::Now { turn_ms: 1_000, blobs: Default::default() }));
    script.link.append(join(), None).unwrap();
    script.turn();
    let (request, body) = script.request();
    assert_eq!(append_ids(&[body]), [id(9)]);
    request
}

#[test]
fn a_newcomer_whose_join_is_in_the_log_goes_on_as_its_pass() {
    let mut script = Script::newcomer();
    let request = joining(&mut script);
    script.say(request, appended(3, false));
    script.link.append(message(1), None).unwrap();
    script.turn();
    assert_eq!(append_ids(&script.all_sent()), [id(1)], "on the same connection");
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.welcome(Some(Log::of(3).head()));
    assert!(!script.all_sent().contains(&Request::TakeTurn));
}

#[test]
fn a_newcomer_whose_join_has_no_answer_asks_as_a_member_first() {
    let mut script = Script::newcomer();
    joining(&mut script);
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.welcome(Some(Log::of(3).head()));
    let (request, body) = script.request();
    assert_eq!(append_ids(&[body]), [id(9)], "the same join, so that the relay says where it is");
    assert_eq!(script.all_sent(), []);
    script.say(request, appended(3, true));
    assert!(matches!(script.events.back(), Some(Event::Appended { appended, .. }) if appended.repeated));
}

#[test]
fn a_newcomer_whom_the_relay_does_not_know_goes_through_the_door_again() {
    let mut script = Script::newcomer();
    joining(&mut script);
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
    script.say(1, Answer::Refused(Refusal::new(Code::NoPass)));
    assert_eq!(script.stopped(), None);
    script.redial();
    assert!(matches!(script.login().who, Who::Door { .. }), "at once, and as before");
    script.welcome(Some(Log::of(2).head()));
    let sent = script.all_sent();
    assert_eq!(sent[0], Request::TakeTurn);
    assert_eq!(append_ids(&sent), [id(9)]);
    // And so on: now the answer may be lost again.
    script.reconnect();
    assert_eq!(script.login().who, Who::Pass(pass().public()));
}

#[test]
fn a_door_that_closes_behind_a_join_is_not_the_end() {
    let mut script = Script::newcomer();
    joining(&mut script);
    script.say(0, Answer::Goodbye { code: Code::NoDoor, retry_ms: 0 });
    assert_eq!(script.stopped(), None);
    script.redial();
    assert_eq!(script.login().who, Who::Pass(pass().public()), "the join may be in the log");
    script.say(0, Answer::Goodbye { code: Code::NoPass, retry_ms: 0 });
    script.redial();
    assert!(matches!(script.login().who, Who::Door { .. }));
    script.say(0, Answer::Goodbye { code: Code::NoDoor, retry_ms: 0 });
    assert_eq!(script.stopped(), Some(Stop::Refused(Code::NoDoor)));
}
