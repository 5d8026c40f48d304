//! Logging in: who is let in, and who is told what.

use std::time::Duration;

use bytes::Bytes;
use keyroom_relay::Quotas;
use keyroom_types::{KeyPin, Seq, Timestamp};
use keyroom_wire::{Answer, Binding, Code, Door, Login, PassRole, Request, VERSION, Who};

use crate::desk::{Desk, PIN, ROOM, Role, door, envelope, message};

#[test]
fn strangers_are_refused_by_name() {
    let desk = Desk::new();
    assert_eq!(desk.dial().login(Role::Pass(1)), Err(Code::NoRoom));
    desk.founder(1, vec![door(50)]);
    assert_eq!(desk.dial().login(Role::Pass(2)), Err(Code::NoPass));
    assert_eq!(desk.dial().login(Role::Door { door: 51, newcomer: 2 }), Err(Code::NoDoor));
}

#[test]
fn doors_that_are_over_let_nobody_log_in() {
    let mut desk = Desk::new();
    let expires = Some(Timestamp::from_millis(desk.now.wall.as_millis() + 1_000));
    desk.founder(1, vec![Door { expires, ..door(50) }]);
    assert!(desk.dial().login(Role::Door { door: 50, newcomer: 2 }).is_ok());
    desk.pass_time(Duration::from_secs(1));
    assert_eq!(desk.dial().login(Role::Door { door: 50, newcomer: 2 }), Err(Code::DoorExpired));
}

/// Attack matrix row 2: a relay in between cannot pass a login on, since it is bound to the key that the client saw.
#[test]
fn a_login_for_another_relay_is_refused() {
    let desk = Desk::new();
    desk.founder(1, Vec::new());
    for binding in
        [Binding::SeenKey(KeyPin::from_bytes([8; 32])), Binding::DialledName("evil.example".to_owned())]
    {
        let mut member = desk.dial();
        let login = member.login_with(Role::Pass(1), VERSION, ROOM, binding);
        assert_eq!(member.try_login(login), Err(Code::Binding));
    }
    let mut member = desk.dial();
    let binding = Binding::DialledName("relay.example".to_owned());
    let login = member.login_with(Role::Pass(1), VERSION, ROOM, binding);
    assert!(member.try_login(login).is_ok());
}

#[test]
fn a_signature_over_anything_else_is_refused() {
    let desk = Desk::new();
    desk.founder(1, vec![door(50)]);
    let old = desk.dial().login_for(Role::Pass(1));
    assert_eq!(desk.dial().try_login(old), Err(Code::Signature), "another challenge");

    let mut member = desk.dial();
    let other = member.login_for(Role::Pass(2)).signature;
    let swapped = Login { signature: other, ..member.login_for(Role::Pass(1)) };
    assert_eq!(member.try_login(swapped), Err(Code::Signature), "another key");

    let mut newcomer = desk.dial();
    let mut login = newcomer.login_for(Role::Door { door: 50, newcomer: 2 });
    let other = login.signature;
    if let Who::Door { signature, .. } = &mut login.who {
        *signature = other;
    }
    assert_eq!(newcomer.try_login(login), Err(Code::Signature), "a pass that the newcomer does not hold");
}

#[test]
fn an_unknown_version_is_refused() {
    let desk = Desk::new();
    let mut member = desk.dial();
    let login = member.login_with(Role::Pass(1), VERSION + 1, ROOM, Binding::SeenKey(PIN));
    assert_eq!(member.try_login(login), Err(Code::Version));
}

#[test]
fn nothing_but_a_login_is_taken_before_the_login_and_no_second_one_after() {
    let desk = Desk::new();
    desk.founder(1, Vec::new());
    let mut early = desk.dial();
    early.begin(Request::Append(message(0, 1)));
    assert_eq!(early.goodbye(), Some(Code::OutOfTurn));
    let mut twice = desk.dial();
    twice.login(Role::Pass(1)).unwrap();
    let login = twice.login_for(Role::Pass(1));
    twice.begin(Request::Login(Box::new(login)));
    assert_eq!(twice.goodbye(), Some(Code::OutOfTurn));
}

/// Attack matrix row 45.
#[test]
fn junk_and_long_frames_end_the_link_and_nothing_else() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    for junk in [Bytes::from_static(b"junk"), Bytes::new(), Bytes::from(vec![0; 5_000])] {
        let mut stranger = desk.dial();
        stranger.link.receive(desk.now, junk);
        assert_eq!(stranger.goodbye(), Some(Code::Malformed));
        assert!(stranger.link.is_over());
    }
    assert_eq!(desk.dial().link.frame_limit(), 4 << 10);
    founder.say(0, 1).unwrap();
}

#[test]
fn requests_are_numbered_without_a_gap() {
    let desk = Desk::new();
    desk.founder(1, Vec::new());
    let mut member = desk.member(1);
    member.write(99, Request::ListBlobs);
    assert_eq!(member.goodbye(), Some(Code::Malformed));
}

#[test]
fn a_second_link_of_a_pass_ends_the_first() {
    let desk = Desk::new();
    let mut first = desk.founder(1, Vec::new());
    let mut second = desk.member(1);
    assert_eq!(first.goodbye(), Some(Code::Replaced));
    drop(first);
    second.say(0, 1).unwrap();
    assert_eq!(second.places(), [1]);
}

#[test]
fn a_welcome_tells_the_last_envelope_of_the_pass() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.say(0, 1).unwrap();
    founder.commit(0, 2, Vec::new()).unwrap();
    let welcome = desk.dial().login(Role::Pass(1)).unwrap();
    assert_eq!(welcome.last, Some((envelope(2), Seq::new(2))));
    assert_eq!((welcome.newest_commit, welcome.role), (Seq::new(2), Some(PassRole::Admin)));
    assert!(welcome.volatile);
}

#[test]
fn late_and_silent_links_end() {
    let mut desk = Desk::new();
    desk.founder(1, Vec::new());
    let (mut late, mut member) = (desk.dial(), desk.member(1));
    desk.pass_time(Duration::from_secs(10));
    assert_eq!(late.link.timeout(), Some(desk.now.mono));
    late.link.handle_timeout(desk.now);
    assert_eq!(late.goodbye(), Some(Code::Silent));
    member.now = desk.now;
    member.write(0, Request::Ping(7));
    assert_eq!(member.said(), [Answer::Pong(7)]);
    desk.pass_time(Duration::from_secs(89));
    member.link.handle_timeout(desk.now);
    assert!(!member.link.is_over());
    desk.pass_time(Duration::from_secs(1));
    member.link.handle_timeout(desk.now);
    assert_eq!(member.goodbye(), Some(Code::Silent));
}

/// Attack matrix row 45.
#[test]
fn a_room_that_a_stranger_asked_for_does_not_stay_in_memory() {
    let mut desk = Desk::new();
    drop(desk.founder(1, Vec::new()));
    desk.put_rooms_away();
    assert_eq!(desk.dial().login(Role::Pass(9)), Err(Code::NoPass));
    assert_eq!(desk.hub.counts().rooms_served.get(), 1);
    desk.put_rooms_away();
}

/// Attack matrix row 45.
#[test]
fn one_address_cannot_log_in_without_end() {
    let quotas = Quotas { logins_per_address: 5, logins_per_address_per_minute: 60, ..Quotas::default() };
    let mut desk = Desk::with(quotas, None);
    let me = "192.0.2.1".parse().unwrap();
    let opened = (0..10).filter(|_| desk.dial_from(me).is_ok()).count();
    assert_eq!(opened, 5);
    assert!(desk.dial_from("192.0.2.2".parse().unwrap()).is_ok());
    desk.pass_time(Duration::from_secs(1));
    assert!(desk.dial_from(me).is_ok());
}
