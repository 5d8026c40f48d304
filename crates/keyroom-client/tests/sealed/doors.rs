//! Several doors at once: each with a key, a number of uses and an end of its own. Attack matrix row 32.

use std::time::Duration;

use keyroom_client::{Change, CloseReason, Code, Command, EnterBy, RosterDoor};
use keyroom_types::SealedInvite;

use crate::support::Person;

/// The doors that `person` knows, the room's own first.
fn doors(person: &Person) -> Vec<RosterDoor> {
    let roster = person.engine.history().roster(person.room).unwrap().expect("a sealed room");
    let mut doors = roster.doors;
    doors.sort_by_key(|door| !door.main);
    doors
}

/// Waits until the doors are as wanted: they change with the room's timeline.
fn wait_for(person: &mut Person, wanted: impl Fn(&[RosterDoor]) -> bool) -> Vec<RosterDoor> {
    loop {
        let now = doors(person);
        if wanted(&now) {
            return now;
        }
        person.wait(|_| Some(()));
    }
}

fn change(person: &Person, change: Change) {
    person.engine.send(Command::Change { room: person.room, change });
}

/// The same invite with the key of another door.
fn through(invite: &SealedInvite, door: &RosterDoor) -> SealedInvite {
    SealedInvite { key: door.key.clone().expect("who made it knows its key"), ..invite.clone() }
}

#[test]
fn one_more_door_lets_in_as_many_as_it_says_and_closing_it_leaves_the_other_open() {
    let (mut ada, invite) = Person::host("Ada");
    change(&ada, Change::AddDoor { open_for: Some(Duration::from_secs(3_600)), uses: Some(1) });
    let known = wait_for(&mut ada, |doors| doors.len() == 2);
    let [own, extra] = &known[..] else { panic!("two doors") };
    assert!(own.main && own.key.as_ref() == Some(&invite.key) && own.expires.is_none());
    assert!(!extra.main && extra.uses == Some(1) && extra.used == 0 && extra.expires.is_some());

    let mut ben = Person::join("Ben", &through(&invite, extra));
    // Whoever else is in the room sees the door, and does not know its key.
    let seen = doors(&ben);
    assert_eq!((seen.len(), seen.iter().filter(|door| door.key.is_some()).count()), (2, 1));
    wait_for(&mut ada, |doors| doors.iter().any(|door| door.used == 1));
    let mut late = Person::enter("Late", EnterBy::Invite(through(&invite, extra)), Person::ephemeral());
    assert_eq!(late.closed(), CloseReason::Refused(Code::DoorUsedUp));

    change(&ada, Change::CloseDoor(extra.id));
    let left = wait_for(&mut ada, |doors| doors.len() == 1);
    assert!(left[0].main && left[0].key.as_ref() == Some(&invite.key));
    let mut late = Person::enter("Late", EnterBy::Invite(through(&invite, extra)), Person::ephemeral());
    assert_eq!(late.closed(), CloseReason::Refused(Code::NoDoor));
    // Who came in through it stays, and the room's own key still lets people in.
    ben.say("still here");
    ada.hear("still here");
    let cleo = Person::join("Cleo", &invite);
    cleo.say("hello");
    ben.hear("hello");
}

#[test]
fn who_is_no_admin_makes_and_closes_no_door() {
    let (ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    change(&ben, Change::AddDoor { open_for: None, uses: None });
    let refused = |event: &keyroom_client::RoomEvent| match event {
        keyroom_client::RoomEvent::WishRefused(refusal) => Some(refusal.clone()),
        _ => None,
    };
    assert_eq!(ben.wait(refused), keyroom_client::WishRefusal::NotAdmin);
    change(&ben, Change::CloseDoor(doors(&ada)[0].id));
    assert_eq!(ben.wait(refused), keyroom_client::WishRefusal::NotAdmin);
    assert_eq!(doors(&ada).len(), 1);
}

#[test]
fn closing_the_rooms_own_door_forgets_its_key_and_a_new_one_closes_all() {
    let (mut ada, invite) = Person::host("Ada");
    change(&ada, Change::AddDoor { open_for: None, uses: None });
    let known = wait_for(&mut ada, |doors| doors.len() == 2);
    change(&ada, Change::CloseDoor(known[0].id));
    let left = wait_for(&mut ada, |doors| doors.len() == 1);
    assert!(!left[0].main && left[0].key.is_some(), "the other one is still known");
    let mut late = Person::enter("Late", EnterBy::Invite(invite.clone()), Person::ephemeral());
    assert_eq!(late.closed(), CloseReason::Refused(Code::NoDoor));
    Person::join("Ben", &through(&invite, &left[0]));
    change(&ada, Change::NewDoor);
    let anew = wait_for(&mut ada, |doors| doors.len() == 1 && doors[0].main);
    assert_ne!(anew[0].id, left[0].id);
    // What the profile has of closed doors is gone.
    let mut profile = ada.profile.lock();
    let kept = profile.begin().unwrap().room_setting(&invite.room, "other keys").unwrap();
    assert_eq!(kept.unwrap_or_default(), "");
    drop(profile);
}

#[test]
fn who_asks_at_an_added_door_is_heard_by_who_made_it() {
    let (mut ada, invite) = Person::host_asking("Ada");
    change(&ada, Change::AddDoor { open_for: None, uses: None });
    let known = wait_for(&mut ada, |doors| doors.len() == 2);
    let by = EnterBy::Invite(through(&invite, &known[1]));
    let mut ben = Person::enter("Ben", by, Person::ephemeral());
    let knock = ada.wait(|event| match event {
        keyroom_client::RoomEvent::Knocks(knocks) => knocks.first().cloned(),
        _ => None,
    });
    change(&ada, Change::Admit(knock.id));
    ben.wait(|event| matches!(event, keyroom_client::RoomEvent::Entered { .. }).then_some(()));
    ben.say("let in");
    ada.hear("let in");
}
