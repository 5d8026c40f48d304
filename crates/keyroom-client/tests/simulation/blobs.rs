//! Members who publish blobs that nobody can enter by. Attack matrix row 51.
//!
//! Who looks at a commit's blob: the first three of the tree whose clients know the key, but its author; 0.7 s after the commit,
//! and each later one 4 s after the one before.

use keyroom_client::testing::{Vice, Wish};
use keyroom_testkit::sealed::Sealed;

use crate::races::{quiet, room_of, texts};

const ADA: usize = 0;
const BEN: usize = 1;
const CYD: usize = 2;

/// These publish poisoned blobs from now on, with their commits and when they look at others'; the last of them makes a commit.
fn poisoned_by(room: &mut Sealed, bad: &[usize]) {
    for who in bad {
        room.net.person(*who).tell().misbehave(Vice::PoisonedBlob);
    }
    let epoch = epoch(room, CYD);
    if let Some(last) = bad.last() {
        room.wish(*last, Wish::Heal);
    }
    room.run(200);
    assert_eq!(epoch + 1, self::epoch(room, CYD), "the commit counts");
}

fn epoch(room: &Sealed, who: usize) -> u64 {
    room.member(who).machine().unwrap().group().unwrap().epoch()
}

/// Somebody nobody hears of, who hears nothing.
fn is_away(room: &mut Sealed, who: usize) {
    room.filter(who, |_| false);
    room.net.cut(who);
}

/// Somebody comes, and is in within so many milliseconds: `heard` has what it says.
fn is_in_within(room: &mut Sealed, millis: u64, heard: usize) {
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.run(millis);
    assert_eq!(room.member(new).closed(), None, "{}", room.state(new));
    room.say(new, "in");
    room.run(1_000);
    assert_eq!(texts(room, heard), ["in"], "{}", room.state(new));
}

/// Attack matrix row 51: another member looks, and offers a blob of its own.
#[test]
fn a_newcomer_gets_in_a_second_after_a_poisoned_blob() {
    let mut room = room_of(3);
    poisoned_by(&mut room, &[BEN]);
    room.run(1_000);
    let epoch = epoch(&room, ADA);
    is_in_within(&mut room, 2_000, ADA);
    assert_eq!(
        self::epoch(&room, ADA),
        epoch + 1,
        "by the epoch that the poisoned blob was of: no other commit was needed"
    );
}

/// Attack matrix row 51: who comes before anybody has looked is in within ten seconds, if need be at the second try.
#[test]
fn a_newcomer_that_comes_right_behind_a_poisoned_blob_is_in_within_ten_seconds() {
    let mut room = room_of(3);
    poisoned_by(&mut room, &[BEN]);
    let key = room.key.clone();
    let new = room.newcomer(&key);
    for _ in 0..10 {
        room.run(1_000);
        if room.member(new).closed().is_some() {
            room.enter_again(new, &key);
        }
    }
    room.say(new, "in");
    room.run(1_000);
    assert_eq!(texts(&mut room, ADA), ["in"], "{}", room.state(new));
}

/// Attack matrix row 51: the one whose turn it is to look is away.
#[test]
fn where_the_first_who_looks_is_away_the_next_one_looks() {
    let mut room = room_of(4);
    is_away(&mut room, ADA);
    poisoned_by(&mut room, &[BEN]);
    room.run(1_000);
    // Cyd is the second.
    room.run(4_000);
    is_in_within(&mut room, 2_000, CYD);
}

/// Attack matrix row 51: two members who do this. What the one offers instead of the other's is no better.
#[test]
fn of_two_poisoners_the_one_who_looks_helps_nobody_and_the_next_one_does() {
    let mut room = room_of(4);
    poisoned_by(&mut room, &[ADA, BEN]);
    // Ada has offered another one that opens nothing; Cyd looks at both.
    room.run(5_000);
    is_in_within(&mut room, 2_000, CYD);
}

/// Attack matrix row 51: two of the first three who look offer poison, and the last of the three finds that none of it opens.
#[test]
fn two_that_offer_poison_do_not_keep_the_third_from_offering_a_good_one() {
    let mut room = room_of(5);
    poisoned_by(&mut room, &[ADA, BEN, CYD]);
    // The first three but the author: Ada, Ben, and the fourth.
    room.run(9_500);
    is_in_within(&mut room, 2_000, 3);
}

/// A good blob is left as it is: blobs are large.
#[test]
fn nobody_offers_another_blob_where_the_authors_opens() {
    let mut room = room_of(4);
    quiet(&mut room);
    let sent = room.net.bytes();
    room.wish(BEN, Wish::Heal);
    room.run(12_000);
    let blob = room.net.blob().expect("a room has a blob").len() as u64;
    // Up once, down to the three who look, and the commit to four.
    assert!(room.net.bytes() - sent < 6 * blob, "{} bytes, a blob has {blob}", room.net.bytes() - sent);
}

/// Attack matrix row 51: where all who could look are away or poison, the room has only to be changed once more.
#[test]
fn a_newcomer_gets_in_by_the_commit_after_a_poisoned_blob() {
    let mut room = room_of(3);
    poisoned_by(&mut room, &[BEN]);
    room.run(3_000);
    room.wish(ADA, Wish::Heal);
    room.run(3_000);
    is_in_within(&mut room, 5_000, ADA);
}
