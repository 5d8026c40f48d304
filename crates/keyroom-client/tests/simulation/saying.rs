//! How a message goes from the call that says it to *stored*, and what a crash does between two steps.

use std::time::Duration;

use keyroom_history::State;
use keyroom_types::Kind;

use crate::check::{Wrong, check};
use crate::races::{quiet, room_of, state_of, texts};

const ADA: usize = 0;
const BEN: usize = 1;
const DAY: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn in_a_quiet_room_a_message_is_sent_by_the_call_that_says_it() {
    let mut room = room_of(2);
    room.say(ADA, "one");
    assert_eq!(state_of(&mut room, ADA, "one"), State::Sent);
    room.say(ADA, "two");
    assert_eq!(state_of(&mut room, ADA, "two"), State::Sent, "also behind one that has no answer yet");
    quiet(&mut room);
    assert_eq!(texts(&mut room, BEN), ["one", "two"]);
}

#[test]
fn without_a_link_and_behind_what_waits_a_message_waits() {
    let mut room = room_of(2);
    room.net.kill_relay();
    room.run(5_000);
    for text in ["one", "two"] {
        room.say(ADA, text);
        assert_eq!(state_of(&mut room, ADA, text), State::Waiting);
    }
    room.net.start_relay();
    quiet(&mut room);
    room.say(ADA, "three");
    quiet(&mut room);
    assert_eq!(texts(&mut room, BEN), ["one", "two", "three"]);
    check(&mut room, &[(ADA, "one".to_owned()), (ADA, "two".to_owned())], &Wrong::default());
}

/// A member's keys are renewed before the first thing that it says on a day.
#[test]
fn what_is_said_first_on_a_day_waits_for_new_keys() {
    let mut room = room_of(2);
    room.say(ADA, "yesterday");
    quiet(&mut room);
    let epoch = room.member(BEN).machine().unwrap().group().unwrap().epoch();
    room.net.person(ADA).tell().skew(2 * DAY);
    room.say(ADA, "today");
    assert_eq!(state_of(&mut room, ADA, "today"), State::Waiting);
    quiet(&mut room);
    assert_eq!(room.member(BEN).machine().unwrap().group().unwrap().epoch(), epoch + 1);
    let behind = room.log().iter().rev().take_while(|(header, _)| header.kind != Kind::Commit).count();
    assert!(behind > 0, "the message stands behind the commit");
    assert_eq!(texts(&mut room, BEN), ["yesterday", "today"]);
}

/// Attack matrix row 38.
#[test]
fn a_crash_at_any_moment_after_it_was_said_neither_loses_nor_doubles_it() {
    let mut room = room_of(2);
    let mut said = Vec::new();
    // Before its bytes leave, on their way, in the log, on the way back, read: 20 ms a way, and the disks.
    for after in [0, 5, 15, 25, 40, 45, 60, 90, 150] {
        let text = format!("killed after {after} ms");
        room.say(ADA, &text);
        room.run(after);
        room.restart(ADA);
        quiet(&mut room);
        said.push((ADA, text));
    }
    let all: Vec<String> = said.iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(texts(&mut room, BEN), all);
    assert_eq!(texts(&mut room, ADA), all);
    check(&mut room, &said, &Wrong::default());
}

#[test]
fn a_message_is_shown_as_stored_only_after_a_sync() {
    let mut room = room_of(1);
    room.net.person(ADA).tell().stall_disk(true);
    room.say(ADA, "hello");
    room.net.run_for(Duration::from_secs(30));
    let id = room.room();
    let line = room.net.person(ADA).tell().lines(id).pop().unwrap();
    assert!(line.seq.is_some(), "the log has it");
    assert_eq!(line.state, State::Sent);
    assert!(!room.member(ADA).machine().unwrap().has_flushed());
    room.say(ADA, "more");
    room.run(5_000);
    room.net.person(ADA).tell().stall_disk(false);
    room.run(1_000);
    assert_eq!(state_of(&mut room, ADA, "hello"), State::Stored);
    assert_eq!(state_of(&mut room, ADA, "more"), State::Stored, "by the sync after that one");
}

#[test]
fn what_the_log_had_when_the_process_was_killed_is_stored_after_its_next_sync() {
    let mut room = room_of(1);
    room.net.person(ADA).tell().stall_disk(true);
    room.say(ADA, "hello");
    room.run(5_000);
    room.restart(ADA);
    room.run(5_000);
    assert_eq!(state_of(&mut room, ADA, "hello"), State::Sent);
    room.net.person(ADA).tell().stall_disk(false);
    quiet(&mut room);
    assert_eq!(state_of(&mut room, ADA, "hello"), State::Stored);
    assert_eq!(texts(&mut room, ADA), ["hello"]);
}

/// A receipt says more than a sync, whichever is first.
#[test]
fn a_receipt_before_the_sync_stays() {
    let mut room = room_of(2);
    room.net.person(ADA).tell().stall_disk(true);
    room.say(ADA, "hello");
    room.run(20_000);
    assert_eq!(state_of(&mut room, ADA, "hello"), State::Delivered);
    room.net.person(ADA).tell().stall_disk(false);
    quiet(&mut room);
    assert_eq!(state_of(&mut room, ADA, "hello"), State::Delivered);
}
