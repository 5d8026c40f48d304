//! Coming, going, and what becomes of keys. Attack matrix rows 28, 29, 31, 32.

use keyroom_client::{
    Change, CloseReason, Command, EnterBy, MessageState, Notice, PeerId, RoomEvent, Sender,
};
use keyroom_types::{Invite, Key, SealedInvite};

use crate::support::Person;

/// The other member of that name, as `person` sees it.
fn peer(person: &Person, name: &str) -> PeerId {
    let people = person.engine.history().people(person.room).unwrap();
    people.into_iter().find(|other| other.label.as_str() == name).unwrap().peer
}

fn new_invite(person: &mut Person) -> SealedInvite {
    person.engine.send(Command::NewInvite { room: person.room });
    let invite = person.wait(|event| match event {
        RoomEvent::Invite(invite) => Some(invite.clone()),
        _ => None,
    });
    let Invite::Sealed(invite) = invite else { panic!("a sealed room has a sealed invite") };
    *invite
}

#[test]
fn three_people_see_the_same_timeline_and_who_came_later_sees_nothing_earlier() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ada.say("before Cleo");
    ben.hear("before Cleo");
    let mut cleo = Person::join("Cleo", &invite);
    cleo.say("hello all");
    ada.hear("hello all");
    ben.hear("hello all");
    ben.say("hello Cleo");
    cleo.hear("hello Cleo");
    ada.hear("hello Cleo");
    assert_eq!(ada.texts(), ["before Cleo", "hello all", "hello Cleo"]);
    assert_eq!(ben.texts(), ada.texts());
    assert_eq!(cleo.texts(), ["hello all", "hello Cleo"], "row 31: no earlier history");
}

#[test]
fn a_newcomer_is_confirmed_by_somebody_who_is_there() {
    let (ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ben.wait(|event| {
        matches!(event, RoomEvent::Connection(keyroom_client::Connection::Confirmed)).then_some(())
    });
    let ada_peer = peer(&ben, "Ada");
    assert!(ben.notices().contains(&Notice::Confirmed(ada_peer)));
    ada.say("you are in");
    ben.hear("you are in");
}

/// Attack matrix rows 28 and 29.
#[test]
fn who_was_removed_reads_by_whom_and_nothing_later_and_the_old_invite_opens_nothing() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    let mut cleo = Person::join("Cleo", &invite);
    cleo.say("we are three");
    ada.hear("we are three");
    ben.hear("we are three");
    let (cleo_peer, ada_peer) = (peer(&ada, "Cleo"), peer(&cleo, "Ada"));
    ada.engine.send(Command::Change { room: ada.room, change: Change::Remove(cleo_peer) });
    assert_eq!(cleo.closed(), CloseReason::Removed);
    assert_eq!(cleo.notices().last(), Some(&Notice::Removed { who: cleo_peer, by: ada_peer }));
    ben.wait(|event| matches!(event, RoomEvent::NewKey).then_some(()));
    ada.say("only for Ben");
    ben.hear("only for Ben");
    assert!(!cleo.texts().contains(&"only for Ben".to_owned()), "row 28");
    let mut late = Person::enter("Cleo", EnterBy::Invite(invite), Person::ephemeral());
    let why = late.closed();
    assert!(matches!(why, CloseReason::Refused(_)), "{why}");
    // Also the profile knows, and that is no way back in.
    let profile = cleo.profile.clone();
    cleo.leave();
    let mut again = Person::reopen(profile);
    assert_eq!(again.closed(), CloseReason::Removed);
}

/// Attack matrix row 29: a pass that was withdrawn opens nothing, so that a stolen device that was away reads no more than it has.
#[test]
fn who_was_away_when_it_was_removed_is_not_let_in_to_read_that() {
    let (mut ada, invite) = Person::host("Ada");
    let mut cleo = Person::join("Cleo", &invite);
    cleo.say("here");
    ada.hear("here");
    cleo.reach("here", MessageState::Delivered);
    let profile = cleo.profile.clone();
    cleo.leave();
    let cleo_peer = peer(&ada, "Cleo");
    ada.say("while she is away");
    ada.reach("while she is away", MessageState::Stored);
    ada.engine.send(Command::Change { room: ada.room, change: Change::Remove(cleo_peer) });
    while !ada.notices().iter().any(|notice| matches!(notice, Notice::Removed { .. })) {
        ada.wait(|event| matches!(event, RoomEvent::Appended { .. }).then_some(()));
    }
    let mut back = Person::reopen(profile);
    assert_eq!(back.closed(), CloseReason::PassRefused);
    assert_eq!(back.texts(), ["here"]);
}

#[test]
fn those_who_stay_can_invite_with_the_new_key() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    let cleo = Person::join("Cleo", &invite);
    cleo.say("here");
    ada.hear("here");
    ben.hear("here");
    let cleo_peer = peer(&ada, "Cleo");
    ada.engine.send(Command::Change { room: ada.room, change: Change::Remove(cleo_peer) });
    ben.wait(|event| matches!(event, RoomEvent::NewKey).then_some(()));
    let invite = new_invite(&mut ben);
    let dan = Person::join("Dan", &invite);
    dan.say("by the new key");
    ada.hear("by the new key");
    ben.hear("by the new key");
}

#[test]
fn only_an_admin_removes() {
    let (ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    let ada_peer = peer(&ben, "Ada");
    ben.engine.send(Command::Change { room: ben.room, change: Change::Remove(ada_peer) });
    let refusal = ben.wait(|event| match event {
        RoomEvent::WishRefused(refusal) => Some(refusal.clone()),
        _ => None,
    });
    assert_eq!(refusal, keyroom_client::WishRefusal::NotAdmin);
    drop(ada);
}

#[test]
fn a_wrong_key_opens_nothing_and_says_so() {
    let (_ada, mut invite) = Person::host("Ada");
    invite.key = Key::from_bytes([9; 32]);
    let mut stranger = Person::enter("Sam", EnterBy::Invite(invite), Person::ephemeral());
    let why = stranger.closed();
    assert!(matches!(why, CloseReason::Refused(_) | CloseReason::WrongKey), "row 32: {why}");
}

#[test]
fn a_bare_key_and_an_address_are_enough() {
    let (mut ada, invite) = Person::host("Ada");
    let by = EnterBy::Key { key: invite.key.clone(), addresses: invite.place.addresses().to_vec() };
    let mut ben = Person::enter("Ben", by, Person::ephemeral());
    ben.wait(|event| matches!(event, RoomEvent::Entered { .. }).then_some(()));
    ben.say("with a bare key");
    let heard = ada.hear("with a bare key");
    assert!(matches!(heard.from, Sender::Peer(_)));
    ben.reach("with a bare key", MessageState::Delivered);
}

#[test]
fn an_expired_invite_is_refused_by_the_joiners_own_client() {
    let (_ada, mut invite) = Person::host("Ada");
    invite.until = Some(keyroom_types::Timestamp::from_millis(1_000));
    let mut late = Person::enter("Ben", EnterBy::Invite(invite), Person::ephemeral());
    assert_eq!(late.closed(), CloseReason::InviteExpired);
}

#[test]
fn an_invite_by_somebody_who_is_not_in_the_room_is_not_followed() {
    let (_ada, mut invite) = Person::host("Ada");
    invite.by = Some(keyroom_types::IdentityKey::from_bytes([3; 32]));
    let mut ben = Person::enter("Ben", EnterBy::Invite(invite), Person::ephemeral());
    assert_eq!(ben.closed(), CloseReason::InviterGone);
}

#[test]
fn who_leaves_for_good_is_told_to_the_others_and_keeps_nothing() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ben.say("bye");
    ada.hear("bye");
    ben.reach("bye", MessageState::Delivered);
    let ben_peer = peer(&ada, "Ben");
    ben.engine.send(Command::Change { room: ben.room, change: Change::LeaveForGood });
    assert_eq!(ben.closed(), CloseReason::Left);
    assert!(ben.profile.rooms().unwrap().is_empty());
    while !ada.notices().contains(&Notice::Left(ben_peer)) {
        ada.wait(|event| matches!(event, RoomEvent::Appended { .. }).then_some(()));
    }
}
