//! What seeds meet seldom, set up by hand.

use std::time::Duration;

use keyroom_client::WishRefusal;
use keyroom_client::testing::Wish;
use keyroom_history::State;
use keyroom_testkit::sealed::Sealed;
use keyroom_types::Key;

use crate::check::{Wrong, check};

/// Ada, who founded the room, and others who came in; all is quiet.
pub(crate) fn room_of(people: usize) -> Sealed {
    let mut room = Sealed::new(77, Duration::from_millis(20), 200);
    room.founder();
    room.run(1_000);
    for _ in 1..people {
        let key = room.key.clone();
        room.newcomer(&key);
        quiet(&mut room);
    }
    room
}

pub(crate) fn quiet(room: &mut Sealed) {
    let settled = room.settle(300, |member| member.closed().is_none());
    let states: Vec<String> = (0..room.count()).map(|who| room.state(who)).collect();
    assert!(settled, "all is quiet: {states:#?}");
}

pub(crate) fn texts(room: &mut Sealed, who: usize) -> Vec<String> {
    let id = room.room();
    room.net.person(who).tell().lines(id).into_iter().map(|line| line.text).collect()
}

pub(crate) fn state_of(room: &mut Sealed, who: usize, text: &str) -> State {
    let id = room.room();
    let lines = room.net.person(who).tell().lines(id);
    lines.into_iter().find(|line| line.text == text).expect("it was said").state
}

/// Attack matrix row 15.
#[test]
fn of_two_commits_in_one_epoch_the_first_counts_and_the_other_is_made_again() {
    let mut room = room_of(3);
    let ben = room.member(1).identity();
    room.wish(0, Wish::Admin(ben, true));
    quiet(&mut room);
    let epoch = room.member(0).machine().unwrap().group().unwrap().epoch();
    room.wish(0, Wish::Rename("by Ada".to_owned()));
    room.wish(1, Wish::Rename("by Ben".to_owned()));
    room.say(1, "after it");
    quiet(&mut room);
    let group = room.member(2).machine().unwrap().group().unwrap();
    assert_eq!(group.epoch(), epoch + 2, "both were made, one after the other");
    assert_eq!(texts(&mut room, 2), ["after it"]);
    check(&mut room, &[(1, "after it".to_owned())], &Wrong::default());
}

/// Attack matrix row 38.
#[test]
fn a_restored_profile_is_found_out_and_enters_again_before_it_says_anything() {
    let mut room = room_of(3);
    room.net.person(2).tell().back_up();
    room.say(2, "before");
    quiet(&mut room);
    assert!(room.restore(2));
    room.say(2, "from the copy");
    room.run(20_000);
    assert!(room.member(2).is_stopped(), "{}", room.state(2));
    assert_eq!(texts(&mut room, 0), ["before"]);
    let key = room.key.clone();
    room.net.person(2).tell().clear_alarms();
    room.enter_again(2, &key);
    quiet(&mut room);
    room.say(2, "again");
    quiet(&mut room);
    let heard = texts(&mut room, 0);
    assert!(heard.contains(&"before".to_owned()) && heard.contains(&"again".to_owned()), "{heard:?}");
    check(&mut room, &[], &Wrong::default());
}

/// Attack matrix row 38: what waited in the profile that entered again is not lost.
#[test]
fn what_waited_in_a_copy_is_said_after_the_entry() {
    let mut room = room_of(3);
    room.net.person(2).tell().back_up();
    room.say(2, "before");
    quiet(&mut room);
    room.restore(2);
    room.say(2, "from the copy");
    room.run(20_000);
    let key = room.key.clone();
    room.net.person(2).tell().clear_alarms();
    room.enter_again(2, &key);
    quiet(&mut room);
    assert_eq!(texts(&mut room, 0), ["before", "from the copy"]);
}

/// Attack matrix row 53: who was away for days, with a clock that is wrong, comes to the verdict of those who were there: on a door
/// that has expired since, on what was done through it before, and on every commit between.
#[test]
fn who_comes_back_days_later_with_a_wrong_clock_judges_as_those_who_were_there() {
    let mut room = room_of(3);
    let (key, hour) = (Key::from_bytes([53; Key::BYTES]), 60 * 60 * 1_000);
    let expires = room.net.now().wall.plus_millis(6 * hour);
    room.filter(2, |_| false);
    room.net.cut(2);
    // Ten days ahead, and ten behind: neither clock says when the door expires.
    room.net.person(1).tell().skew(-10 * 24 * i64::try_from(hour).unwrap());
    room.net.person(2).tell().skew(10 * 24 * i64::try_from(hour).unwrap());
    room.wish(0, Wish::NewDoor(key.clone(), Some(expires), Some(2)));
    room.run(10_000);
    let through = room.newcomer(&key);
    room.run(30_000);
    assert!(!room.member(through).machine().unwrap().is_newcomer(), "{}", room.state(through));
    for day in 0..2 {
        room.say(0, &format!("day {day}"));
        room.wish(1, Wish::Heal);
        room.run(24 * hour);
    }
    // Too late for anybody's clock but the relay's own, which is the one that counts.
    let late = room.newcomer(&key);
    room.run(30_000);
    assert!(room.member(late).closed().is_some(), "{}", room.state(late));

    room.net.leave_alone(2);
    room.net.cut(2);
    quiet(&mut room);
    assert!(texts(&mut room, 2).contains(&"day 1".to_owned()));
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn a_newcomer_is_confirmed_although_the_only_member_is_killed_at_any_moment() {
    for before in [600, 900] {
        for after in (100..2_100).step_by(200) {
            let mut room = Sealed::new(before + after, Duration::from_millis(150), 200);
            room.founder();
            room.run(1_000);
            let key = room.key.clone();
            let ben = room.newcomer(&key);
            room.run(before);
            // A commit that is doubtful holds back what is to be said.
            room.wish(0, Wish::Heal);
            room.net.cut(0);
            room.run(after);
            room.restart(0);
            quiet(&mut room);
            let can = room.member(ben).machine().unwrap().can_commit();
            assert!(can, "cut {before} ms after somebody came, killed {after} ms later: {}", room.state(ben));
        }
    }
}

#[test]
fn the_key_that_follows_a_commit_is_read_whenever_the_reader_is_killed() {
    for after in (0..700).step_by(10) {
        let mut room = Sealed::new(after, Duration::from_millis(150), 200);
        room.founder();
        room.run(1_000);
        let first = room.key.clone();
        let ben = room.newcomer(&first);
        quiet(&mut room);
        let next = Key::from_bytes([8; Key::BYTES]);
        room.wish(0, Wish::NewDoor(next.clone(), None, None));
        room.run(after);
        room.restart(ben);
        quiet(&mut room);
        let id = room.room();
        let known = room.net.person(ben).tell().record(id).and_then(|record| record.key);
        assert!(known == Some(next), "killed {after} ms after the door was changed");
    }
}

#[test]
fn nobody_who_is_not_there_is_made_an_admin() {
    let mut room = room_of(2);
    let stranger = keyroom_types::IdentityKey::from_bytes([3; 32]);
    room.wish(0, Wish::Admin(stranger, true));
    quiet(&mut room);
    assert_eq!(room.member(0).refused(), [WishRefusal::NoMember.to_string()]);
}
