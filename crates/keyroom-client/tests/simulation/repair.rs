//! An admin who closes the doors at the relay by a commit that is none, and another one who opens them again. Attack matrix row 51.

use keyroom_client::CloseReason;
use keyroom_client::testing::{Vice, Wish};
use keyroom_testkit::sealed::Sealed;
use keyroom_wire::Code;

use crate::races::{quiet, room_of, texts};

const ADA: usize = 0;
const BEN: usize = 1;
const CYD: usize = 2;

/// Ben closes all doors with junk, and is not believed by Ada and Cyd. With `admin` Ben was made one before.
fn closed_with_junk(admins: &[usize]) -> Sealed {
    let mut room = room_of(3);
    for who in admins {
        let identity = room.member(*who).identity();
        room.wish(ADA, Wish::Admin(identity, true));
        quiet(&mut room);
    }
    room.net.person(BEN).tell().misbehave(Vice::JunkCommit);
    room.wish(BEN, Wish::CloseDoors);
    room.run(200);
    room
}

/// Somebody nobody hears of, who hears nothing.
fn is_away(room: &mut Sealed, who: usize) {
    room.filter(who, |_| false);
    room.net.cut(who);
}

/// A newcomer with the key of the room, after so many milliseconds.
fn comes_after(room: &mut Sealed, millis: u64) -> usize {
    room.run(millis);
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.run(5_000);
    new
}

/// How many commits there are in so many milliseconds.
fn commits_in(room: &mut Sealed, millis: u64) -> usize {
    let here = room.log().len();
    room.run(millis);
    room.log()[here..].iter().filter(|(header, _)| header.kind.is_commit()).count()
}

fn is_in(room: &mut Sealed, new: usize) {
    assert_eq!(room.member(new).closed(), None, "{}", room.state(new));
    room.say(new, "in");
    room.run(1_000);
    assert_eq!(texts(room, ADA), ["in"], "{}", room.state(new));
}

#[test]
fn another_admin_opens_the_doors_that_a_junk_commit_closed() {
    let mut room = closed_with_junk(&[BEN]);
    is_away(&mut room, BEN);
    let new = comes_after(&mut room, 1_500);
    is_in(&mut room, new);
}

#[test]
fn an_admin_that_was_killed_in_between_opens_them_when_it_is_back() {
    let mut room = closed_with_junk(&[BEN]);
    is_away(&mut room, BEN);
    room.restart(ADA);
    let new = comes_after(&mut room, 2_500);
    is_in(&mut room, new);
}

#[test]
fn of_two_admins_the_second_does_it_only_if_the_first_does_not() {
    let mut room = closed_with_junk(&[BEN, CYD]);
    is_away(&mut room, BEN);
    assert_eq!(commits_in(&mut room, 20_000), 1, "one of them is enough");
    let mut room = closed_with_junk(&[BEN, CYD]);
    is_away(&mut room, ADA);
    is_away(&mut room, BEN);
    let new = comes_after(&mut room, 6_000);
    assert_eq!(room.member(new).closed(), None, "{}", room.state(new));
}

/// Ben goes on in an epoch of its own, where Ada's commits are none.
#[test]
fn two_admins_who_cannot_read_each_other_do_not_answer_each_other_without_end() {
    let mut room = closed_with_junk(&[BEN]);
    let soon = commits_in(&mut room, 60_000);
    assert!(soon <= 8, "{soon} commits in a minute");
    let later = commits_in(&mut room, 600_000);
    assert!(later <= 4, "{later} commits in ten more");
}

#[test]
fn a_member_that_is_no_admin_closes_nothing_and_nobody_commits_for_it() {
    let mut room = room_of(3);
    room.net.person(BEN).tell().misbehave(Vice::JunkCommit);
    room.wish(BEN, Wish::Heal);
    room.run(200);
    assert_eq!(commits_in(&mut room, 20_000), 0);
    let new = comes_after(&mut room, 0);
    is_in(&mut room, new);
}

#[test]
fn the_only_admin_can_close_the_room_by_junk_and_who_is_in_stays() {
    let mut room = room_of(3);
    room.net.person(ADA).tell().misbehave(Vice::JunkCommit);
    room.wish(ADA, Wish::CloseDoors);
    room.run(200);
    let new = comes_after(&mut room, 6_000);
    assert_eq!(room.member(new).closed(), Some(&CloseReason::Refused(Code::NoDoor)));
    room.say(BEN, "still here");
    room.run(1_000);
    assert_eq!(texts(&mut room, CYD), ["still here"]);
}
