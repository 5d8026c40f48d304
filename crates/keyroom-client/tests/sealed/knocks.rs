//! Rooms that want to be asked, over real sockets. Attack matrix rows 13, 31.

use keyroom_client::{
    Change, CloseReason, Command, Connection, EnterBy, Knock, MessageState, RoomEvent, SpokenCode,
};

use crate::support::Person;

/// Waits for the wait; the code that it shows.
fn wait_to_be_let_in(person: &mut Person) -> SpokenCode {
    person.wait(|event| match event {
        RoomEvent::Connection(Connection::Knocking { code }) => Some(*code),
        _ => None,
    })
}

/// The one who asks.
fn knock(ada: &mut Person) -> Knock {
    ada.wait(|event| match event {
        RoomEvent::Knocks(knocks) => knocks.first().cloned(),
        _ => None,
    })
}

fn admit(ada: &mut Person) {
    let knock = knock(ada);
    ada.engine.send(Command::Change { room: ada.room, change: Change::Admit(knock.id) });
}

#[test]
fn a_bare_key_asks_and_enters_at_the_relay_that_it_asked_at() {
    let (mut ada, invite) = Person::host_asking("Ada");
    let by = EnterBy::Key { key: invite.key.clone(), addresses: invite.place.addresses().to_vec() };
    let mut ben = Person::enter("Ben", by, Person::ephemeral());
    let code = wait_to_be_let_in(&mut ben);
    assert_eq!(knock(&mut ada).code, code, "what both compare aloud");
    let knock = ada.profile.roster(&invite.room).unwrap().unwrap().knocks.remove(0);
    ada.engine.send(Command::Change { room: ada.room, change: Change::Admit(knock.id) });
    ben.wait(|event| matches!(event, RoomEvent::Entered { .. }).then_some(()));
    ben.say("let in");
    ada.hear("let in");
    ben.reach("let in", MessageState::Delivered);
    let record = ben.profile.rooms().unwrap().remove(0);
    assert_eq!(record.trust, keyroom_client::Trust::Pins(invite.place.pins().to_vec()));
}

#[test]
fn who_is_let_in_by_a_room_without_its_inviter_does_not_stay() {
    let (mut ada, mut invite) = Person::host_asking("Ada");
    invite.by = Some(keyroom_types::IdentityKey::from_bytes([3; 32]));
    let mut ben = Person::enter("Ben", EnterBy::Invite(invite), Person::ephemeral());
    wait_to_be_let_in(&mut ben);
    admit(&mut ada);
    assert_eq!(ben.closed(), CloseReason::InviterGone);
    assert!(ben.profile.rooms().unwrap().is_empty());
}
