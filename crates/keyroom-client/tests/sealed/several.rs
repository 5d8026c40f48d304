//! Several rooms of one profile in one process.

use std::net::SocketAddr;

use keyroom_client::{
    Body, Command, Engine, EnterBy, Event, Events, INVITE_FOR, Listen, RelayAt, RoomEvent, RoomId,
    SealedHostOptions, SharedProfile,
};
use keyroom_testkit::scratch::Scratch;
use keyroom_types::{Invite, SealedInvite};

use crate::support::{PATIENCE, Person, on_disk};

/// Somebody who hosts several rooms.
struct Host {
    engine: Engine,
    events: Events,
}

impl Host {
    fn new(profile: SharedProfile) -> Self {
        let config = keyroom_client::Config::with_profile(profile, false);
        let (engine, events) = Engine::start_with_events(config).unwrap();
        Self { engine, events }
    }

    fn host(&mut self, name: &str, listen: Listen, profile: &SharedProfile) -> (RoomId, SealedInvite) {
        let room = RoomId::fresh();
        let options = SealedHostOptions {
            name: name.parse().unwrap(),
            me: "Ada".parse().unwrap(),
            key: None,
            at: RelayAt::Here { listen, data: profile.relay_dir() },
            announce: false,
            max_members: 100,
            invite_for: INVITE_FOR,
            approval: false,
        };
        self.engine.send(Command::HostSealed { room, options: Box::new(options) });
        let invite = self.invite(room);
        (room, invite)
    }

    fn open(&mut self, id: keyroom_types::RoomId, listen: Listen) -> RoomId {
        let room = RoomId::fresh();
        self.engine.send(Command::OpenSealed { room, id, listen });
        self.invite(room);
        room
    }

    fn invite(&mut self, of: RoomId) -> SealedInvite {
        let invite = self.wait(of, |event| match event {
            RoomEvent::Opened(opened) => Some(opened.invite.clone()),
            _ => None,
        });
        let Invite::Sealed(invite) = invite else { panic!("a sealed room has a sealed invite") };
        *invite
    }

    fn wait<T>(&mut self, of: RoomId, mut pick: impl FnMut(&RoomEvent) -> Option<T>) -> T {
        let picked = self.events.wait_for(PATIENCE, |event| match event {
            Event::Room { room, event: RoomEvent::Closed(why) } if *room == of => Some(Err(why.to_string())),
            Event::Room { room, event } if *room == of => pick(event).map(Ok),
            _ => None,
        });
        picked.expect("it happens in time").unwrap()
    }

    /// Waits until a room's timeline has that text.
    fn hear(&mut self, room: RoomId, text: &str) {
        let has = |engine: &Engine| {
            let page = engine.history().page(room, keyroom_client::Position(0), 1_000).unwrap();
            page.iter().any(|entry| matches!(&entry.body, Body::Message(said) if &*said.text == text))
        };
        while !has(&self.engine) {
            self.events.wait_for(PATIENCE, |_| Some(())).expect("it is heard in time");
        }
    }
}

fn at(invite: &SealedInvite) -> Listen {
    let address: SocketAddr = invite.place.addresses()[0].to_string().parse().unwrap();
    Listen::At(vec![address])
}

fn loopback() -> Listen {
    Listen::At(vec!["127.0.0.1:0".parse().unwrap()])
}

#[test]
fn two_rooms_that_are_hosted_here_live_on_one_relay_also_after_a_restart() {
    let scratch = Scratch::new("two-hosted");
    let profile = on_disk(scratch.path());
    let mut ada = Host::new(profile.clone());
    let (kitchen, first) = ada.host("Kitchen", loopback(), &profile);
    let (garden, second) = ada.host("Garden", loopback(), &profile);
    assert_eq!(
        (first.place.addresses(), first.place.pins()),
        (second.place.addresses(), second.place.pins())
    );
    let mut ben = Person::join("Ben", &first);
    let mut cleo = Person::join("Cleo", &second);
    ben.say("in the kitchen");
    cleo.say("in the garden");
    ada.hear(kitchen, "in the kitchen");
    ada.hear(garden, "in the garden");
    ada.engine.shutdown();
    drop((ada.events, profile));

    let profile = on_disk(scratch.path());
    let mut ada = Host::new(profile.clone());
    // Whoever is in the other room reaches it, too, before it is open here.
    let kitchen = ada.open(first.room, at(&first));
    cleo.say("is anybody in the garden?");
    cleo.reach("is anybody in the garden?", keyroom_client::MessageState::Stored);
    let garden = ada.open(second.room, loopback());
    ada.hear(garden, "is anybody in the garden?");
    ben.say("still in the kitchen");
    ada.hear(kitchen, "still in the kitchen");
    ada.engine.say(garden, "yes");
    cleo.hear("yes");
    ada.engine.say(kitchen, "so am I");
    ben.hear("so am I");
}

#[test]
fn a_relay_goes_on_until_the_last_room_on_it_is_left_and_begins_again_with_the_next() {
    let scratch = Scratch::new("one-of-two");
    let profile = on_disk(scratch.path());
    let mut ada = Host::new(profile.clone());
    let (kitchen, _) = ada.host("Kitchen", loopback(), &profile);
    let (garden, second) = ada.host("Garden", loopback(), &profile);
    ada.engine.send(Command::Leave { room: kitchen });
    let left = |event: &Event| {
        matches!(event, Event::Room { room, event: RoomEvent::Closed(_) } if *room == kitchen).then_some(())
    };
    ada.events.wait_for(PATIENCE, left).expect("it is left in time");
    let ben = Person::enter("Ben", EnterBy::Invite(second.clone()), Person::ephemeral());
    let mut ben = ben;
    ben.wait(|event| matches!(event, RoomEvent::Entered { .. }).then_some(()));
    ben.say("the garden is open");
    ada.hear(garden, "the garden is open");
    // All at once: one leaves, which ends the relay, and another begins.
    ada.engine.send(Command::Leave { room: garden });
    let again = ada.open(second.room, at(&second));
    ben.say("and open again");
    ada.hear(again, "and open again");
}
