//! Connections that come and go: time, silence, old ones, and the end.

use super::*;
use crate::{BackOff, CommandError, RelayFault};

#[test]
fn a_silent_link_is_pinged_and_a_dead_one_is_left() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    script.pass(Duration::from_secs(19));
    assert_eq!(script.all_sent(), []);
    script.pass(Duration::from_secs(2));
    assert_eq!(script.all_sent(), [Request::Ping(1)]);
    script.say(0, Answer::Pong(1));
    script.pass(Duration::from_secs(58));
    assert_eq!(script.lost(), None);
    assert_eq!(script.all_sent(), [Request::Ping(2), Request::Ping(3)]);
    script.pass(Duration::from_secs(3));
    assert_eq!(script.lost(), Some(Lost::Silent));
    assert_eq!(script.hung_up.len(), 1);
}

#[test]
fn a_driver_that_cannot_write_is_not_called_without_end() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    // As in `pass`, but nothing is written.
    let mut calls = 0;
    while script.link.is_live() {
        script.now = script.link.poll_timeout().unwrap();
        script.link.handle_timeout(script.now);
        calls += 1;
    }
    assert!(calls <= 4, "{calls}");
}

#[test]
fn a_pong_to_no_ping_is_the_relays_fault() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    script.say(0, Answer::Pong(1));
    assert!(matches!(script.lost(), Some(Lost::Fault(RelayFault::OutOfTurn { got: "pong", .. }))));
}

#[test]
fn a_relay_cannot_make_a_link_ping_without_end_or_wait_for_ever() {
    for (silence_ms, pings) in [(0, 60..=60), (u32::MAX, 0..=0)] {
        let log = Log::of(1);
        let mut script = Script::member(log.at(1));
        script.login();
        script.say(1, Answer::Welcome(Box::new(Welcome { silence_ms, ..welcome(Some(log.head())) })));
        script.all_sent();
        for _ in 0..60 {
            script.pass(Duration::from_secs(1));
            let sent = u64::try_from(script.sent.len()).unwrap();
            let answers = script.all_sent();
            assert!(sent <= 1, "{answers:?}");
            if let Some(Request::Ping(number)) = answers.last() {
                script.say(0, Answer::Pong(*number));
            }
        }
        assert!(pings.contains(&pings_so_far(&script)), "{silence_ms}: {}", pings_so_far(&script));
        script.pass(Duration::from_secs(600));
        assert!(script.lost().is_some());
    }
}

fn pings_so_far(script: &Script) -> u64 {
    match &script.link.state {
        super::super::State::Live(live) => live.pings(),
        _ => 0,
    }
}

#[test]
fn a_connection_that_takes_too_long_is_tried_anew() {
    let mut script = Script::member(Cursor::start(&room()));
    let first = script.connection;
    script.pass(Duration::from_secs(30));
    assert_eq!(script.lost(), Some(Lost::TimedOut));
    script.redial();
    assert!(script.connection > first);
    // The first one stands at last: too late.
    script.link.handle_connected(first, binding());
    script.turn();
    assert_eq!(script.hung_up, [first, first]);
    // A relay that accepts and says nothing is no better.
    script.connect();
    script.pass(Duration::from_secs(30));
    assert_eq!(script.lost(), Some(Lost::TimedOut));
}

#[test]
fn what_an_old_connection_says_is_not_heard() {
    let log = Log::of(3);
    let mut script = Script::member(log.at(0));
    script.live(&log);
    let old = script.connection;
    script.reconnect();
    script.live(&log);
    let cursor = script.link.cursor().copied();
    let late = ToClient { request: 0, body: log.deliver(1) }.encode();
    script.link.handle_frame(script.now, old, late);
    let end = ToClient { request: 0, body: Answer::Goodbye { code: Code::NoRoom, retry_ms: 0 } }.encode();
    script.link.handle_frame(script.now, old, end);
    script.link.handle_disconnected(script.now, old);
    script.turn();
    assert!(script.events.is_empty() && script.link.is_live());
    assert_eq!(script.link.cursor().copied(), cursor);
}

#[test]
fn frames_behind_the_end_of_their_connection_are_not_heard() {
    let log = Log::of(2);
    let mut script = Script::member(log.at(0));
    script.live(&log);
    script.say(0, GONE);
    script.say(0, log.deliver(1));
    script.say(0, GONE);
    assert_eq!(script.delivered(), []);
    assert_eq!(script.events.len(), 1);
    script.cut();
    assert_eq!(script.events.len(), 1, "lost once");
}

#[test]
fn the_relays_wish_when_to_come_again_is_followed() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    script.say(0, GONE);
    let Event::Lost { why: Lost::Relay(Code::Shutdown), wait } = script.event() else { panic!("lost") };
    assert!(wait >= Duration::from_secs(5) && wait <= Duration::from_secs(5) + BackOff::FIRST);
    let old = script.connection;
    script.pass(wait - Duration::from_millis(1));
    assert_eq!(script.connection, old);
    script.pass(Duration::from_millis(1));
    assert!(script.connection > old);
}

#[test]
fn a_relay_that_drops_us_again_and_again_is_asked_less_and_less() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    let mut waited = Duration::ZERO;
    for _ in 0..20 {
        script.live(&log);
        script.cut();
        let Event::Lost { wait, .. } = script.event() else { panic!("lost") };
        waited += wait;
        script.pass(wait);
    }
    assert!(waited > Duration::from_secs(120), "{waited:?}");
}

#[test]
fn a_pass_that_logged_in_elsewhere_ends_the_link_for_good() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    script.say(0, Answer::Goodbye { code: Code::Replaced, retry_ms: 10 });
    assert_eq!(script.event(), Event::Stopped(Stop::Replaced));
    script.pass(Duration::from_secs(3_600));
    assert_eq!((script.link.poll_connect(), script.link.poll_timeout()), (None, None));
    assert!(script.events.is_empty());
}

#[test]
fn a_closed_link_hangs_up_and_takes_nothing_more() {
    let log = Log::of(1);
    let mut script = Script::member(log.at(1));
    script.live(&log);
    script.link.close();
    script.link.close();
    script.turn();
    assert_eq!(script.events, [Event::Stopped(Stop::Closed)]);
    assert_eq!(script.hung_up, [script.connection]);
    assert_eq!(script.link.append(message(1), None), Err(CommandError::Stopped));
    assert_eq!(script.link.take_turn(), Err(CommandError::Stopped));
    script.say(0, log.deliver(1));
    assert_eq!(script.events.len(), 1);
}
