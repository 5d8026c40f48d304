//! Rooms that outlive processes, connections and hosts.

use keyroom_client::{EnterBy, MessageState, RoomEvent};
use keyroom_testkit::scratch::Scratch;

use crate::support::{Person, Standalone, on_disk};

#[test]
fn a_joiner_that_comes_back_reads_what_was_said_meanwhile_once() {
    let relay = Standalone::start();
    let scratch = Scratch::new("joiner-comes-back");
    let (mut ada, invite) = Person::found_at("Ada", Person::ephemeral(), &relay);
    let mut ben = Person::enter("Ben", EnterBy::Invite(invite), on_disk(scratch.path()));
    ben.wait(|event| matches!(event, RoomEvent::Entered { .. }).then_some(()));
    ben.say("first");
    ada.hear("first");
    ben.reach("first", MessageState::Delivered);
    ben.leave();
    ada.say("while you were away");
    ada.reach("while you were away", MessageState::Stored);
    let mut ben = Person::reopen(on_disk(scratch.path()));
    ben.hear("while you were away");
    ben.say("back again");
    ada.hear("back again");
    assert_eq!(ben.texts(), ["first", "while you were away", "back again"]);
    assert_eq!(ada.texts(), ben.texts());
}

#[test]
fn a_host_that_comes_back_has_its_room_and_its_members_find_it() {
    let scratch = Scratch::new("host-comes-back");
    let dir = scratch.path();
    let (mut ada, invite) = Person::host_with("Ada", on_disk(dir), Some(dir.join("relay")));
    let ben = Person::join("Ben", &invite);
    ben.say("before");
    ada.hear("before");
    ada.leave();
    let mut ada = Person::reopen(on_disk(dir));
    let invite = ada.invite();
    // The port is another one; a new invite leads there, and whoever was a member goes on as one.
    let cleo = Person::join("Cleo", &invite);
    cleo.say("after");
    ada.hear("after");
    assert_eq!(ada.texts(), ["before", "after"]);
}

#[test]
fn a_room_on_a_relay_of_its_own_goes_on_without_its_founder() {
    let relay = Standalone::start();
    let (mut ada, invite) = Person::found_at("Ada", Person::ephemeral(), &relay);
    let mut ben = Person::join("Ben", &invite);
    ben.say("hello");
    ada.hear("hello");
    ada.leave();
    let mut cleo = Person::join("Cleo", &invite);
    cleo.say("is anybody here?");
    ben.hear("is anybody here?");
    cleo.reach("is anybody here?", MessageState::Delivered);
}

#[test]
fn who_comes_while_nobody_is_there_enters_and_is_read_later() {
    let relay = Standalone::start();
    let scratch = Scratch::new("nobody-there");
    let (mut ada, invite) = Person::found_at("Ada", on_disk(scratch.path()), &relay);
    ada.say("nobody reads this yet");
    ada.reach("nobody reads this yet", MessageState::Stored);
    ada.leave();
    let mut ben = Person::join("Ben", &invite);
    ben.say("hello, empty room");
    ben.reach("hello, empty room", MessageState::Stored);
    let mut ada = Person::reopen(on_disk(scratch.path()));
    ada.hear("hello, empty room");
    ben.reach("hello, empty room", MessageState::Delivered);
}
