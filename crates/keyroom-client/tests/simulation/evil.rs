//! A relay that lies, and members who do. Attack matrix rows 11 to 14, 17, 18, 49 to 52. Rows 8 to 10: `forks`.

use bytes::Bytes;
use keyroom_client::testing::{Vice, Wish};
use keyroom_client::{Alarm, CloseReason};
use keyroom_history::State;
use keyroom_mls::Body;
use keyroom_testkit::sealed::{Sealed, Trick};
use keyroom_types::{EnvelopeId, Header, Kind, Seq};
use keyroom_wire::{Content, Envelope};

use crate::races::{quiet, room_of, state_of, texts};

const ADA: usize = 0;
const BEN: usize = 1;
/// Whom the relay lies to.
const CYD: usize = 2;

/// Ada says these, with time for a signed head between.
pub(crate) fn ada_says(room: &mut Sealed, said: &[&str]) {
    for text in said {
        room.say(ADA, text);
        room.run(3_000);
    }
}

/// Attack matrix row 11.
#[test]
fn a_log_that_was_rolled_back_stops_all_who_knew_more() {
    let mut room = room_of(3);
    let backup = room.net.back_up_relay();
    ada_says(&mut room, &["one", "two"]);
    quiet(&mut room);
    let before = texts(&mut room, BEN);
    room.net.restore_relay(backup);
    room.run(120_000);
    for who in [ADA, BEN, CYD] {
        assert_eq!(room.member(who).closed(), Some(&CloseReason::Alarm(Alarm::RolledBack)), "{who}");
    }
    assert_eq!(texts(&mut room, BEN), before, "nothing of the history is lost");
    // Why, is known after a restart, too.
    room.restart(BEN);
    room.run(5_000);
    assert_eq!(room.member(BEN).closed(), Some(&CloseReason::Alarm(Alarm::RolledBack)));
}

/// Attack matrix row 12.
#[test]
fn what_the_relay_withholds_is_stored_and_never_delivered() {
    let mut room = room_of(2);
    room.lie_to(BEN, room.evil(BEN).withholding());
    ada_says(&mut room, &["one"]);
    room.run(60_000);
    assert_eq!(state_of(&mut room, ADA, "one"), State::Stored);
    assert_eq!(texts(&mut room, BEN), Vec::<String>::new());
}

/// Attack matrix row 12: an acknowledgement without the envelope in the log is not enough.
#[test]
fn what_is_acknowledged_and_not_in_the_log_is_not_shown_as_stored() {
    let mut room = room_of(2);
    room.lie_to(ADA, room.evil(ADA).withholding());
    ada_says(&mut room, &["one"]);
    room.run(60_000);
    assert_eq!(state_of(&mut room, ADA, "one"), State::Sent);
}

pub(crate) fn invented(room: &Sealed, kind: Kind, body: Bytes, like: Header) -> Box<Envelope> {
    let header = Header {
        kind,
        envelope: EnvelopeId::from_bytes([0xaa; EnvelopeId::BYTES]),
        seq: Seq::new(room.log().len() as u64 + 1),
        ..like
    };
    Box::new(Envelope { header, content: Content::Body(body), blob: None })
}

fn members(room: &Sealed, who: usize) -> Vec<keyroom_types::PassKey> {
    let group = room.member(who).machine().unwrap().group().unwrap();
    group.members().iter().map(|member| member.pass).collect()
}

/// Attack matrix rows 13 and 18: nobody comes in, and the room goes on, with its commits.
#[test]
fn a_replayed_join_and_an_invented_commit_change_no_member_list() {
    for kind in [Kind::Join, Kind::Commit] {
        let mut room = room_of(3);
        let (like, body) = room.log().into_iter().find(|(header, _)| header.kind == Kind::Join).unwrap();
        let before = members(&room, CYD);
        let forged = invented(&room, kind, body, like);
        room.lie_to(CYD, room.evil(CYD).with(0, Trick::Before(forged)));
        ada_says(&mut room, &["one"]);
        assert_eq!(members(&room, CYD), before);
        let member = room.member(CYD);
        assert!(!member.machine().unwrap().is_newcomer(), "nobody enters again by itself");
        assert!(member.machine().unwrap().record().unsure.is_none());
        ada_says(&mut room, &["two"]);
        assert!(room.member(CYD).is_stopped(), "{kind:?}: {}", room.state(CYD));
    }
}

/// Attack matrix row 14.
#[test]
fn a_message_with_anothers_pass_is_nobodys() {
    let mut room = room_of(3);
    let ben = members(&room, CYD)[BEN];
    let forge = move |envelope: &mut Envelope| envelope.header.pass = ben;
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Change(Box::new(forge))));
    ada_says(&mut room, &["one"]);
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// Attack matrix row 14.
#[test]
fn a_body_that_was_changed_is_not_shown() {
    let mut room = room_of(3);
    let forge = |envelope: &mut Envelope| {
        if let Content::Body(body) = &envelope.content {
            let mut bytes = body.to_vec();
            bytes.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
            envelope.content = Content::Body(bytes.into());
        }
    };
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Change(Box::new(forge))));
    ada_says(&mut room, &["one"]);
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// Attack matrix row 14: whatever the relay rewrites of what it can read, no word is put into another's mouth, and the lie comes
/// out with the next signed head that somebody else shows.
#[test]
fn no_rewritten_field_makes_a_message_anybody_elses() {
    type Rewrite = fn(&mut Envelope, keyroom_types::PassKey);
    let rewrites: [Rewrite; 7] = [
        |envelope, ben| envelope.header.pass = ben,
        |envelope, _| envelope.header.pass = keyroom_types::PassKey::from_bytes([3; 32]),
        |envelope, _| envelope.header.kind = Kind::Follower,
        |envelope, _| envelope.header.kind = Kind::Commit,
        |envelope, _| envelope.header.kind = Kind::Join,
        |envelope, _| envelope.header.envelope = EnvelopeId::from_bytes([9; EnvelopeId::BYTES]),
        |envelope, _| envelope.content = Content::Dropped(keyroom_types::Digest::of(b"other")),
    ];
    for (number, rewrite) in rewrites.into_iter().enumerate() {
        let mut room = room_of(3);
        let (ada, ben) = (room.member(ADA).identity(), members(&room, CYD)[BEN]);
        let change = move |envelope: &mut Envelope| rewrite(envelope, ben);
        room.lie_to(CYD, room.evil(CYD).with(0, Trick::Change(Box::new(change))));
        ada_says(&mut room, &["one"]);
        let id = room.room();
        for line in room.net.person(CYD).tell().lines(id) {
            assert_eq!((line.author, line.text.as_str()), (ada, "one"), "rewrite {number}");
        }
        let before = members(&room, CYD);
        ada_says(&mut room, &["two"]);
        assert_eq!(members(&room, CYD), before, "rewrite {number}");
        let alarmed = !room.member(CYD).alarms().is_empty() || room.member(CYD).faults() > 0;
        assert!(alarmed, "rewrite {number}: {}", room.state(CYD));
    }
}

/// Attack matrix row 14: only who wrote it edits or deletes it.
#[test]
fn what_somebody_wrote_is_edited_and_deleted_by_nobody_else() {
    let mut room = room_of(3);
    ada_says(&mut room, &["mine"]);
    let id = room.room();
    let target = room.net.person(ADA).tell().lines(id)[0].id;
    room.send_any(BEN, Body::Edit { target, text: "Ben's".to_owned() });
    room.send_any(BEN, Body::Delete { target });
    quiet(&mut room);
    for who in [ADA, BEN, CYD] {
        assert_eq!(texts(&mut room, who), ["mine"], "{who}");
    }
    room.send_any(ADA, Body::Edit { target, text: "mine, and better".to_owned() });
    quiet(&mut room);
    assert_eq!(texts(&mut room, CYD), ["mine, and better"]);
    room.send_any(ADA, Body::Delete { target });
    quiet(&mut room);
    assert_eq!(texts(&mut room, CYD), [""], "the line stays, without its text");
}

/// Attack matrix row 20: the same id of the same identity is the same message, whoever put it into the log once more.
#[test]
fn a_message_that_comes_again_in_another_envelope_is_shown_once() {
    let mut room = room_of(3);
    room.net.cut(CYD);
    room.say(CYD, "once");
    room.net.person(CYD).tell().back_up();
    quiet(&mut room);
    assert_eq!(texts(&mut room, ADA), ["once"]);
    // The copy knows it as something that is still to be said.
    assert!(room.restore(CYD));
    room.run(5_000);
    let key = room.key.clone();
    room.net.person(CYD).tell().clear_alarms();
    let log = room.log().len();
    room.enter_again(CYD, &key);
    quiet(&mut room);
    assert!(room.log().len() > log + 1, "it was sealed and sent once more");
    for who in [ADA, BEN] {
        assert_eq!(texts(&mut room, who), ["once"], "{who}");
    }
}

fn quiet_but(room: &mut Sealed, stopped: usize) {
    let name = room.member(stopped).identity();
    assert!(room.settle(60, |member| member.closed().is_none() && member.identity() != name));
}

/// Somebody at the door of a room of two; the relay offers it this.
fn at_the_door(blobs: Vec<Bytes>, only: bool) -> Sealed {
    let mut room = room_of(2);
    let evil = room.evil(BEN);
    let evil = if only { evil.offering_only(blobs) } else { evil.offering(blobs) };
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.lie_to(new, evil);
    room.run(60_000);
    room
}

/// Attack matrix rows 17 and 51.
#[test]
fn a_newcomer_gets_in_past_junk_blobs() {
    let junk = (0..3).map(|byte| Bytes::from(vec![byte; 5_000])).collect();
    let mut room = at_the_door(junk, false);
    room.say(CYD, "here");
    quiet(&mut room);
    assert_eq!(texts(&mut room, ADA), ["here"]);
}

/// Attack matrix row 17.
#[test]
fn a_newcomer_that_is_shown_only_junk_or_another_rooms_blob_says_that_it_is_not_in() {
    let mut other = Sealed::new(78, std::time::Duration::from_millis(20), 200);
    other.founder();
    other.run(2_000);
    other.wish(ADA, Wish::Rename("with a blob".to_owned()));
    other.run(2_000);
    let foreign = other.net.blob().expect("a room has a blob");
    for blobs in [vec![Bytes::from(vec![1; 5_000])], vec![foreign]] {
        let room = at_the_door(blobs, true);
        assert_eq!(room.member(CYD).closed(), Some(&CloseReason::WrongKey), "{}", room.state(CYD));
        assert_eq!(members(&room, ADA).len(), 2);
    }
}

/// Attack matrix row 17.
#[test]
fn a_newcomer_that_is_shown_a_stale_blob_is_never_half_in() {
    let mut room = room_of(2);
    let stale = room.net.blob().expect("a room has a blob");
    room.wish(ADA, Wish::Rename("later".to_owned()));
    quiet(&mut room);
    let evil = room.evil(BEN).offering_only(vec![stale]);
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.lie_to(new, evil);
    room.run(120_000);
    assert_eq!(members(&room, ADA).len(), 2, "{}", room.state(CYD));
    let machine = room.member(CYD).machine().unwrap();
    assert!(machine.is_newcomer() || machine.is_over(), "{}", room.state(CYD));
}

/// Attack matrix row 18: who enters again because of a commit that it could not follow, and is shown only a blob from before it,
/// does not go back to that epoch, and neither sends nor shows anything there.
#[test]
fn who_enters_again_is_not_led_back_to_an_older_epoch() {
    let mut room = room_of(3);
    let old = room.net.blob().expect("a room has a blob");
    let epoch =
        |room: &Sealed, who: usize| room.member(who).machine().unwrap().group().map(|group| group.epoch());
    room.net.person(CYD).tell().misbehave(Vice::LeftOut);
    room.wish(ADA, Wish::Heal);
    quiet_but(&mut room, CYD);
    assert!(room.member(CYD).alarms().contains(&Alarm::Unsure), "it is told, and nothing is done by itself");
    let evil = room.evil(CYD).offering_only(vec![old]);
    let (key, log) = (room.key.clone(), room.log().len());
    room.enter_again(CYD, &key);
    room.lie_to(CYD, evil);
    ada_says(&mut room, &["in the new epoch"]);
    room.run(60_000);
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
    assert!(epoch(&room, CYD).is_none_or(|there| Some(there) >= epoch(&room, ADA)), "{}", room.state(CYD));
    let machine = room.member(CYD).machine().unwrap();
    assert!(machine.is_newcomer() || machine.is_over(), "{}", room.state(CYD));
    let pass = members(&room, ADA)[CYD];
    assert!(room.log()[log..].iter().all(|(header, _)| header.pass != pass), "it sent nothing");
}

/// Attack matrix row 52.
#[test]
fn an_author_that_is_told_stale_finds_its_own_message_in_the_log() {
    let mut room = room_of(2);
    room.lie_to(ADA, room.evil(ADA).answering_stale(1));
    ada_says(&mut room, &["one", "two"]);
    quiet(&mut room);
    assert_eq!(texts(&mut room, BEN), ["one", "two"]);
    assert_eq!(state_of(&mut room, ADA, "one"), State::Delivered);
}

/// Attack matrix row 52.
#[test]
fn an_author_that_is_told_stale_finds_its_own_commit_in_the_log() {
    let mut room = room_of(2);
    room.lie_to(ADA, room.evil(ADA).answering_stale(1));
    let epoch = room.member(BEN).machine().unwrap().group().unwrap().epoch();
    room.wish(ADA, Wish::Rename("once".to_owned()));
    quiet(&mut room);
    for who in [ADA, BEN] {
        let group = room.member(who).machine().unwrap().group().unwrap();
        assert_eq!((group.epoch(), group.policy().name.as_str()), (epoch + 1, "once"));
    }
    ada_says(&mut room, &["one"]);
    quiet(&mut room);
    assert_eq!(texts(&mut room, BEN), ["one"]);
}

/// Attack matrix row 52.
#[test]
fn a_newcomer_that_is_told_stale_is_not_left_outside() {
    let mut room = room_of(2);
    let evil = room.evil(BEN).answering_stale(1);
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.lie_to(new, evil);
    room.run(60_000);
    room.say(new, "here");
    quiet(&mut room);
    assert_eq!(texts(&mut room, ADA), ["here"], "{}", room.state(new));
}

/// Attack matrix row 50: a member's word alone is held against the member, and the room goes on.
#[test]
fn a_false_chain_value_is_blamed_on_the_member_and_the_room_goes_on() {
    let mut room = room_of(3);
    room.net.person(ADA).tell().misbehave(Vice::FalseChain);
    ada_says(&mut room, &["one"]);
    for who in [BEN, CYD] {
        let alarms = room.member(who).alarms();
        assert!(matches!(alarms, [Alarm::Claim(_), ..]), "{alarms:?}");
        assert!(alarms.iter().all(|alarm| !alarm.stops()));
    }
    room.say(BEN, "on we go");
    quiet(&mut room);
    assert_eq!(texts(&mut room, CYD), ["one", "on we go"]);
}

/// Attack matrix row 51: whoever comes while the newest blob is junk gets in by the next commit's, or by a republished one.
#[test]
fn junk_commits_are_skipped_by_all_and_the_next_commit_works() {
    let mut room = room_of(3);
    let ben = room.member(BEN).identity();
    room.net.person(BEN).tell().misbehave(Vice::JunkCommit);
    for _ in 0..3 {
        room.wish(BEN, Wish::Heal);
        room.run(3_000);
    }
    let id = room.room();
    let skipped = room.net.person(CYD).tell().notices(id);
    assert_eq!(skipped.iter().filter(|(kind, _)| *kind == 7).count(), 3, "{skipped:?}");
    // Its blob opened nothing, and the others' do.
    let key = room.key.clone();
    let new = room.newcomer(&key);
    room.run(20_000);
    room.say(new, "in");
    room.run(5_000);
    assert_eq!(texts(&mut room, ADA), ["in"], "{}", room.state(new));
    room.wish(ADA, Wish::Rename("still here".to_owned()));
    room.say(CYD, "hello");
    room.run(20_000);
    let group = room.member(CYD).machine().unwrap().group().unwrap();
    assert_eq!(group.policy().name, "still here");
    assert!(group.members().iter().any(|member| member.identity == ben));
    assert_eq!(texts(&mut room, ADA), ["in", "hello"]);
}

/// Attack matrix row 49, from where the library has said that only we could not follow.
#[test]
fn who_was_left_out_of_a_commit_stops_and_enters_again_and_nothing_that_it_said_is_lost() {
    let mut room = room_of(3);
    room.net.person(CYD).tell().misbehave(Vice::LeftOut);
    room.wish(ADA, Wish::Heal);
    room.run(3_000);
    room.say(CYD, "unsure");
    ada_says(&mut room, &["on we go"]);
    assert!(room.member(CYD).alarms().contains(&Alarm::Unsure));
    assert_eq!(state_of(&mut room, CYD, "unsure"), State::Waiting);
    assert_eq!(texts(&mut room, BEN), ["on we go"], "the others are unaffected");
    let id = room.room();
    let named = room.net.person(CYD).tell().notices(id).into_iter().any(|(kind, _)| kind == 10);
    assert!(named, "its own timeline says so");
    let key = room.key.clone();
    room.enter_again(CYD, &key);
    quiet(&mut room);
    assert_eq!(texts(&mut room, BEN), ["on we go", "unsure"]);
    let again = room.net.person(BEN).tell().notices(id).into_iter().any(|(kind, _)| kind == 2);
    assert!(again, "the others see the new entry");
}
