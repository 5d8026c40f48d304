//! Engines on both sides.

use keyroom_client::{
    CloseReason, Command, Config, Connection, DiscoveryFault, Engine, Event, HostOptions, JoinOptions,
    Listen, ListenFault, LostReason, MessageState, Nearby, Notice, RoomEvent, SendRefusal, Sender,
};
use keyroom_types::Key;

use crate::support::{PATIENCE, Person, guest, key};

#[test]
fn two_people_talk_both_ways() {
    let (mut host, room) = Person::host();
    let mut anna = Person::join(room.listening[0], key());
    host.guests(1);
    host.say("Grüße");
    anna.say("مرحبا");
    anna.until(|anna| anna.heard() == [(Sender::Peer(guest(1)), "Grüße".to_owned())]);
    host.until(|host| host.heard() == [(Sender::Peer(guest(1)), "مرحبا".to_owned())]);
    anna.until(|anna| anna.states() == [MessageState::Sent { to: 1 }]);
    let people = anna.engine.history().people(anna.room).unwrap();
    assert_eq!(people[0].label.as_str(), "host");
}

#[test]
fn a_hundred_thousand_bytes_cross_in_one_message() {
    let (mut host, room) = Person::host();
    let mut anna = Person::join(room.listening[0], key());
    host.guests(1);
    let text = "ü".repeat(50_000);
    host.say(&text);
    anna.until(|anna| anna.texts() == [text.clone()]);
    host.engine.say(host.room, format!("{text}!"));
    let refusal = host.event(|event| match event {
        RoomEvent::SendRefused(refusal) => Some(*refusal),
        _ => None,
    });
    assert_eq!(refusal, SendRefusal::TooLong { bytes: 100_001, limit: 100_000 });
}

/// Attack matrix row 43.
#[test]
fn with_the_wrong_key_both_sides_see_a_line_and_no_text() {
    let (mut host, room) = Person::host();
    let mut anna = Person::join(room.listening[0], Key::from_bytes([8; 32]));
    host.guests(1);
    host.say("secret");
    anna.say("canary");
    host.until(|host| host.notices().contains(&Notice::NotOpened(guest(1), 1)));
    anna.until(|anna| anna.notices().contains(&Notice::NotOpened(guest(1), 1)));
    assert!(host.heard().is_empty() && anna.heard().is_empty());
}

#[test]
fn a_guest_comes_back_when_the_host_is_there_again_and_sends_what_waited() {
    let (host, room) = Person::host();
    let at = room.listening[0];
    let mut anna = Person::join(at, key());
    host.engine.shutdown();
    anna.event(|event| match event {
        RoomEvent::Connection(Connection::Waiting { reason: LostReason::Closed, .. }) => Some(()),
        _ => None,
    });
    anna.say("are you back?");
    let (mut again, _) = Person::host_at(at);
    anna.engine.send(Command::Reconnect { room: anna.room });
    anna.connected();
    again.until(|again| again.texts() == ["are you back?"]);
    anna.until(|anna| anna.states() == [MessageState::Sent { to: 1 }]);
}

#[test]
fn nobody_at_the_address_is_said_and_tried_again() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (engine, mut events) = Engine::start_with_events(Config::in_memory()).unwrap();
    let names = || "x".parse().unwrap();
    engine.join(JoinOptions::new(names(), names(), vec![free.into()], key()));
    let waits = |event: &Event| match event {
        Event::Room { event: RoomEvent::Connection(Connection::Waiting { reason, attempt, .. }), .. } => {
            Some((*reason, *attempt))
        }
        _ => None,
    };
    assert_eq!(events.wait_for(PATIENCE, waits), Some((LostReason::Refused, 2)));
    assert_eq!(events.wait_for(PATIENCE, waits), Some((LostReason::Refused, 3)));
}

#[test]
fn a_busy_port_closes_the_room_with_its_reason() {
    let (_host, room) = Person::host();
    let (engine, mut events) = Engine::start_with_events(Config::in_memory()).unwrap();
    let names = || "x".parse().unwrap();
    engine.host(HostOptions::new(names(), names(), Listen::At(room.listening.clone())));
    let closed = events.wait_for(PATIENCE, |event| match event {
        Event::Room { event: RoomEvent::Closed(why), .. } => Some(why.clone()),
        _ => None,
    });
    let fault = ListenFault::PortTaken { port: room.listening[0].port() };
    assert_eq!(closed, Some(CloseReason::CannotListen(fault)));
}

#[test]
fn what_was_said_just_before_leaving_arrives() {
    let (mut host, room) = Person::host();
    let anna = Person::join(room.listening[0], key());
    for number in 0..200 {
        anna.say(&number.to_string());
    }
    anna.engine.shutdown();
    let expected = (0..200).map(|number| number.to_string()).collect::<Vec<_>>();
    host.until(|host| host.texts() == expected);
    host.until(|host| host.notices().contains(&Notice::Left(guest(1))));
}

#[test]
fn a_dropped_engine_ends_its_events() {
    let (host, _) = Person::host();
    let Person { engine, events, .. } = host;
    drop(engine);
    let all = events.collect::<Vec<_>>();
    assert!(matches!(all.last(), Some(Event::Room { event: RoomEvent::Closed(CloseReason::Left), .. })));
}

#[test]
fn discovery_that_is_turned_off_says_so_and_announces_nothing() {
    let (mut host, room) = Person::host();
    assert!(!room.announced);
    host.engine.send(Command::LookNearby { on: true });
    let nearby = host.events.wait_for(PATIENCE, |event| match event {
        Event::Nearby(nearby) => Some(nearby.clone()),
        _ => None,
    });
    assert_eq!(nearby, Some(Nearby::Impossible(DiscoveryFault::TurnedOff)));
    host.engine.send(Command::Announce { room: host.room, on: true });
    let announced = host.event(|event| match event {
        RoomEvent::Announced(on) => Some(*on),
        _ => None,
    });
    assert!(!announced);
}

#[test]
fn a_room_that_is_over_takes_no_more() {
    let (mut host, _) = Person::host();
    host.leave();
    host.event(|event| matches!(event, RoomEvent::Closed(CloseReason::Left)).then_some(()));
    host.say("too late");
    host.event(|event| matches!(event, RoomEvent::SendRefused(SendRefusal::NoRoom)).then_some(()));
}
