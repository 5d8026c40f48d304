//! Two rooms with people and things said in them, as an engine would tell.

use std::sync::Arc;

use keyroom_client::{
    Body, Command, Connection, DEFAULT_PACE, Event, History, HostOptions, JoinOptions, Listen, Message,
    MessageId, MessageState, Nearby, NearbyRoom, Notice, Opened, PeerId, Person, Position, RoomEvent, RoomId,
    SendFailure, Sender,
};
use keyroom_types::{Address, Invite, Key, Label};
use keyroom_view::Input;

use crate::stage::{Stage, at};

pub(crate) const KEY: &str = "rA1D7l8f6T6KzG9kJvQ1F8x6A0sKzvQfVJ1M_6Z3m8E=";

/// Opens *Garden project* with three guests and a conversation, and joins *Physics 9b* beside it.
pub(crate) fn rooms(stage: &Stage) -> RoomId {
    let physics = join(stage, "Physics 9b");
    say(stage, physics, 1, Sender::Peer(PeerId(900)), "exercise 4 is open", MessageState::Received);
    let garden = host(stage, "Garden project");
    for (peer, name) in [(1, "Anna"), (2, "Bo"), (3, "Cleo")] {
        come(stage, garden, peer, name);
    }
    say(
        stage,
        garden,
        31,
        Sender::Peer(PeerId(1)),
        "Shall we plant on Saturday? I can bring the tools and two more pairs of gloves.",
        MessageState::Received,
    );
    say(
        stage,
        garden,
        36,
        Sender::Peer(PeerId(3)),
        "Yes! At nine, before it gets hot.",
        MessageState::Received,
    );
    say(
        stage,
        garden,
        40,
        Sender::Me,
        "Nine is fine. Here is the plan of the beds:\nbeans at the wall, salad in front.",
        MessageState::Sent { to: 3 },
    );
    note(stage, garden, 41, Notice::NotOpened(PeerId(3), 2));
    say(stage, garden, 42, Sender::Peer(PeerId(2)), "the seeds came today 🌱", MessageState::Received);
    say(stage, garden, 43, Sender::Me, "Great, then nothing can go wrong.", MessageState::Sent { to: 3 });
    say(
        stage,
        garden,
        44,
        Sender::Me,
        "Are you still there?",
        MessageState::Failed(SendFailure::ConnectionLost),
    );
    stage.handle(Input::PickRoom(garden));
    garden
}

/// Hosts a room; it is on the screen then.
pub(crate) fn host(stage: &Stage, name: &str) -> RoomId {
    stage.face.handle(Input::Host(HostOptions {
        name: label(name),
        me: label("Djamila"),
        key: None,
        listen: Listen::Everywhere,
        announce: true,
        pace: DEFAULT_PACE,
    }));
    let room = stage
        .asked()
        .into_iter()
        .find_map(|command| if let Command::Host { room, .. } = command { Some(room) } else { None })
        .expect("the view asks the engine to host");
    let address: Address = "192.168.1.23:9999".parse().expect("an address");
    stage.room_event(
        room,
        RoomEvent::Opened(Opened {
            invite: Invite::fernet(vec![address.clone()], Key::parse(KEY).expect("a key"))
                .expect("an invite"),
            listening: vec!["0.0.0.0:9999".parse().expect("an address")],
            addresses: vec![address],
            taken_port: None,
            announced: true,
        }),
    );
    stage.room_event(room, RoomEvent::Connection(Connection::Hosting));
    stage.settle();
    room
}

/// Joins a room; it is on the screen then.
pub(crate) fn join(stage: &Stage, name: &str) -> RoomId {
    let address: Address = "192.168.1.40:9999".parse().expect("an address");
    stage.face.handle(Input::Join(JoinOptions {
        name: label(name),
        me: label("Djamila"),
        addresses: vec![address.clone()],
        key: Key::parse(KEY).expect("a key"),
        pace: DEFAULT_PACE,
    }));
    let room = stage
        .asked()
        .into_iter()
        .find_map(|command| if let Command::Join { room, .. } = command { Some(room) } else { None })
        .expect("the view asks the engine to join");
    person(stage, room, 900, "host");
    stage.room_event(room, RoomEvent::Connection(Connection::Connected { address }));
    stage.settle();
    room
}

/// A room that shows itself on the network.
pub(crate) fn nearby(stage: &Stage) {
    let addresses = vec!["192.168.1.23:9999".parse().expect("an address")];
    stage.handle(Input::Engine(Event::Nearby(Nearby::Looking(vec![NearbyRoom { addresses, ours: false }]))));
}

pub(crate) fn come(stage: &Stage, room: RoomId, peer: u64, name: &str) {
    person(stage, room, peer, name);
    note(stage, room, 30, Notice::Joined(PeerId(peer)));
}

pub(crate) fn say(
    stage: &Stage,
    room: RoomId,
    minute: u64,
    from: Sender,
    text: &str,
    state: MessageState,
) -> Position {
    let id = MessageId::Token([u8::try_from(minute % 256).unwrap_or(0); 32]);
    append(stage, room, minute, Body::Message(Message { id, from, text: Arc::from(text), state }))
}

fn note(stage: &Stage, room: RoomId, minute: u64, notice: Notice) {
    append(stage, room, minute, Body::Notice(notice));
}

fn append(stage: &Stage, room: RoomId, minute: u64, body: Body) -> Position {
    let position = stage.history.append(room, at(10, minute), body).expect("memory takes it");
    stage.room_event(room, RoomEvent::Appended { first: position, last: position });
    position
}

fn person(stage: &Stage, room: RoomId, peer: u64, name: &str) {
    let port = u16::try_from(50_000 + peer).unwrap_or(50_000);
    let address = Some((std::net::Ipv4Addr::new(192, 168, 1, 30), port).into());
    let person = Person { peer: PeerId(peer), label: label(name), here: true, address };
    stage.history.set_person(room, person.clone()).expect("memory takes it");
    stage.room_event(room, RoomEvent::Person(person));
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}
