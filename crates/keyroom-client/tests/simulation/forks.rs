//! A relay that shows different people different logs, or not all of one. Attack matrix rows 8 to 10.

use bytes::Bytes;
use keyroom_client::testing::Wish;
use keyroom_client::{Alarm, CloseReason};
use keyroom_history::State;
use keyroom_link::RelayFault;
use keyroom_testkit::sealed::{Sealed, Trick};
use keyroom_types::{Kind, Seq};
use keyroom_wire::{Answer, Content, Envelope};
use proptest::prelude::*;

use crate::evil::{ada_says, invented};
use crate::races::{quiet, room_of, state_of, texts};

const ADA: usize = 0;
const BEN: usize = 1;
const CYD: usize = 2;

/// Red: it says so, it is over, and it stays so when the process starts again.
fn assert_is_red(room: &mut Sealed, who: usize) {
    // A log of the other view that is shorter is a log that was rolled back.
    let red = |room: &Sealed| {
        let member = room.member(who);
        matches!(member.alarms().last(), Some(Alarm::Forked | Alarm::RolledBack))
            && matches!(member.closed(), Some(CloseReason::Alarm(Alarm::Forked | Alarm::RolledBack)))
    };
    assert!(red(room), "{}", room.state(who));
    let sent = sent_by(room, who);
    room.restart(who);
    room.say(who, "is anybody there?");
    room.wish(who, Wish::Heal);
    room.run(60_000);
    assert!(red(room), "after a restart: {}", room.state(who));
    assert!(!room.net.link(who).is_live(), "it does not go there any more");
    assert_eq!(sent_by(room, who), sent, "nothing is sent");
}

/// How many envelopes of somebody are in the log that it is shown.
fn sent_by(room: &Sealed, who: usize) -> usize {
    let me = room.member(who).machine().unwrap().group().unwrap().me().pass;
    room.log_shown_to(who).iter().filter(|(header, _)| header.pass == me).count()
}

/// The relay leaves out one place of the log, for some.
fn leave_out(room: &mut Sealed, whom: &[usize]) -> Seq {
    let missing = Seq::new(room.log().len() as u64 + 1);
    for who in whom {
        let shown =
            move |answer: &mut Answer| !matches!(answer, Answer::Deliver(one) if one.header.seq == missing);
        room.filter(*who, shown);
    }
    missing
}

/// Attack matrix row 8: whoever it is kept from is told which entry is missing, as soon as it is clear that it is no accident;
/// and the room goes on when it is shown.
#[test]
fn a_message_that_is_left_out_is_named_to_all_recipients_and_over_when_it_is_shown() {
    let mut room = room_of(3);
    let missing = leave_out(&mut room, &[BEN, CYD]);
    ada_says(&mut room, &["one", "two", "three"]);
    room.run(30_000);
    for who in [BEN, CYD] {
        assert_eq!(room.member(who).alarms(), [Alarm::Missing(missing)], "said, and said once");
        assert!(room.member(who).faults() >= 3, "{}", room.state(who));
        assert_eq!(texts(&mut room, who), Vec::<String>::new(), "nothing is shown as if all were there");
    }
    assert_eq!(room.member(ADA).alarms(), []);
    assert_eq!(state_of(&mut room, ADA, "three"), State::Stored, "and nothing was delivered");
    // What is said there meanwhile waits.
    room.say(BEN, "from Ben");
    room.run(60_000);
    assert_eq!(state_of(&mut room, BEN, "from Ben"), State::Waiting);
    for who in [BEN, CYD] {
        room.net.leave_alone(who);
    }
    quiet(&mut room);
    for who in [ADA, BEN, CYD] {
        let mut said = texts(&mut room, who);
        said.sort();
        assert_eq!(said, ["from Ben", "one", "three", "two"]);
    }
    for who in [BEN, CYD] {
        assert_eq!(room.member(who).alarms_over(), [Alarm::Missing(missing)]);
    }
}

/// Attack matrix row 8: for who was told that all was well, and is cheated again at the same place, three tries are not
/// needed any more.
#[test]
fn a_relay_that_leaves_out_the_same_message_again_is_named_at_once() {
    let mut room = room_of(3);
    let missing = leave_out(&mut room, &[CYD]);
    // It does not show that there is anything, until it does.
    let silent = move |answer: &mut Answer| match answer {
        Answer::Deliver(_) => false,
        Answer::Subscribed(head) => {
            *head = Seq::new(missing.get() - 1);
            true
        }
        _ => true,
    };
    ada_says(&mut room, &["one", "two"]);
    room.run(30_000);
    assert_eq!(room.member(CYD).alarms(), [Alarm::Missing(missing)]);
    room.filter(CYD, silent);
    room.run(60_000);
    assert_eq!(room.member(CYD).alarms_over(), [], "the head of the login says that there is more");
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// Attack matrix rows 8 and 9: whoever wrote it had seen more than the relay shows before it.
#[test]
fn a_message_that_is_put_before_what_its_author_had_seen_is_an_alarm_and_is_not_shown() {
    let mut room = room_of(3);
    let mut evil = room.evil(CYD);
    for place in 0..3 {
        evil = evil.with(place, Trick::Drop);
    }
    room.lie_to(CYD, evil);
    // So fast that there may be no signed head yet to prove it by.
    for text in ["one", "two", "three", "four"] {
        room.say(ADA, text);
        room.run(60);
    }
    let alarms = room.member(CYD).alarms();
    assert!(matches!(alarms, [Alarm::Claim(_) | Alarm::Forked, ..]), "{}", room.state(CYD));
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// Attack matrix row 9: what is delivered otherwise than it was signed.
#[test]
fn an_envelope_that_is_not_as_it_was_signed_is_not_taken_and_proves_the_lie() {
    let mut room = room_of(3);
    let place = Seq::new(room.log().len() as u64 + 1);
    let crooked = move |answer: &mut Answer| {
        if let Answer::Deliver(one) = answer
            && one.header.seq == place
        {
            one.header.time = keyroom_types::Timestamp::from_millis(1);
        }
        // Without a signed head there is nothing to compare it with until the next login.
        !matches!(answer, Answer::Head(_))
    };
    room.filter(CYD, crooked);
    room.say(ADA, "one");
    room.run(30_000);
    assert_is_red(&mut room, CYD);
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// A relay whose words cannot be checked is no proof of anything, and it is said that nothing can be read there.
#[test]
fn a_relay_that_does_not_sign_rightly_is_named_until_it_does() {
    let mut room = room_of(3);
    let unsigned = |answer: &mut Answer| {
        if let Answer::Welcome(welcome) = answer {
            welcome.head =
                welcome.head.map(|head| keyroom_types::SignedHead { time: head.time.plus_millis(1), ..head });
        }
        true
    };
    room.filter(CYD, unsigned);
    room.net.cut(CYD);
    ada_says(&mut room, &["one"]);
    room.run(30_000);
    let alarms = room.member(CYD).alarms();
    assert!(matches!(alarms, [Alarm::Faulty(RelayFault::HeadSignature { .. })]), "{alarms:?}");
    room.net.leave_alone(CYD);
    quiet(&mut room);
    assert_eq!(room.member(CYD).alarms_over(), room.member(CYD).alarms());
    assert_eq!(texts(&mut room, CYD), ["one"]);
}

/// Attack matrix rows 8 and 10: a relay that makes up for what it dropped, with a log of its own that it signs.
#[test]
fn a_dropped_message_that_is_made_up_for_turns_the_room_red_at_the_next_one() {
    let mut room = room_of(3);
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Drop));
    ada_says(&mut room, &["one", "two"]);
    assert_is_red(&mut room, CYD);
    assert!(!room.member(BEN).is_stopped());
    assert_eq!(texts(&mut room, BEN), ["one", "two"]);
}

/// Attack matrix row 9.
#[test]
fn a_repeated_envelope_is_not_shown_twice_and_the_lie_comes_out() {
    let mut room = room_of(3);
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Twice));
    ada_says(&mut room, &["one"]);
    assert_eq!(texts(&mut room, CYD), ["one"]);
    ada_says(&mut room, &["two"]);
    // Cyd's receipt carried the false head to the others: they have the proof. The last that they say tells Cyd, who was lied to.
    for who in [ADA, BEN] {
        assert_is_red(&mut room, who);
    }
    assert!(is_alarmed(&room, CYD), "{}", room.state(CYD));
    assert_eq!(texts(&mut room, CYD).iter().filter(|text| *text == "one").count(), 1);
}

/// Attack matrix row 9.
#[test]
fn envelopes_in_another_order_are_not_shown_as_if_nothing_was() {
    let mut room = room_of(3);
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Later));
    ada_says(&mut room, &["one", "two", "three"]);
    assert_is_red(&mut room, CYD);
    assert!(!texts(&mut room, CYD).starts_with(&["two".to_owned(), "one".to_owned()]));
}

/// Two views of the room, each of which has a commit that the other does not have: Ada's rename and Ben's. Cyd is with Ben.
fn led_apart() -> Sealed {
    let mut room = room_of(3);
    let ben = room.member(BEN).identity();
    room.wish(ADA, Wish::Admin(ben, true));
    quiet(&mut room);
    room.net.split(&[BEN, CYD]);
    room.wish(ADA, Wish::Rename("by Ada".to_owned()));
    room.wish(BEN, Wish::Rename("by Ben".to_owned()));
    quiet(&mut room);
    ada_says(&mut room, &["to nobody"]);
    room.say(BEN, "to Cyd");
    quiet(&mut room);
    assert_eq!(texts(&mut room, CYD), ["to Cyd"]);
    // Neither view has anything wrong in it.
    for who in [ADA, BEN, CYD] {
        assert_eq!((room.member(who).alarms(), room.member(who).faults()), (&[][..], 0));
    }
    room
}

fn code(room: &Sealed, who: usize) -> String {
    let machine = room.member(who).machine().unwrap();
    machine.group().unwrap().room_code(&machine.record().last_commit.unwrap()).to_string()
}

/// Attack matrix row 10: the relay signs two logs with different commits. Codes that are compared tell it before any contact.
#[test]
fn codes_differ_between_two_views_of_a_room_and_agree_within_one() {
    let room = led_apart();
    assert_ne!(code(&room, ADA), code(&room, BEN));
    assert_eq!(code(&room, BEN), code(&room, CYD));
}

/// Attack matrix row 10: rejoined at the relay.
#[test]
fn who_meets_the_other_view_of_the_log_turns_red() {
    for who in [ADA, BEN, CYD] {
        let mut room = led_apart();
        room.net.change_sides(who);
        room.run(30_000);
        assert_is_red(&mut room, who);
    }
}

/// Attack matrix row 10: one message of the other view is enough, although nobody of this one can open it: it carries what
/// the relay signed there.
#[test]
fn one_envelope_of_the_other_view_turns_red_whoever_it_reaches() {
    let mut room = led_apart();
    let (like, body) = room.log().into_iter().next_back().unwrap();
    assert_eq!(like.kind, Kind::Application);
    let stray = invented(&room, Kind::Application, body, like);
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Before(stray)));
    room.say(BEN, "one more");
    room.run(3_000);
    assert_is_red(&mut room, CYD);
    assert_eq!(texts(&mut room, CYD), ["to Cyd"]);
}

/// Attack matrix row 10: a commit of the other view, in the place of none of ours.
#[test]
fn a_commit_of_the_other_view_turns_red_whoever_it_reaches() {
    let mut room = led_apart();
    let (like, body) = room.log().into_iter().rfind(|(header, _)| header.kind == Kind::Commit).unwrap();
    let stray = invented(&room, Kind::Commit, body, like);
    let before = room.member(CYD).machine().unwrap().group().unwrap().epoch();
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Before(stray)));
    room.say(BEN, "one more");
    room.run(30_000);
    assert_eq!(room.member(CYD).machine().unwrap().group().unwrap().epoch(), before);
    // Its author stood where both were alike: it proves nothing by itself. The next one does.
    room.say(BEN, "and one more");
    room.run(3_000);
    assert_is_red(&mut room, CYD);
}

/// Attack matrix row 10: where the commits stand elsewhere, what comes next fits nothing that was shown before. It is followed to
/// the head that the relay signed, instead of being asked for again and again.
#[test]
fn who_meets_a_view_whose_commits_stand_elsewhere_turns_red_and_does_not_ask_for_ever() {
    let mut room = room_of(3);
    room.net.split(&[BEN, CYD]);
    ada_says(&mut room, &["first"]);
    room.say(BEN, "Ben's first");
    quiet(&mut room);
    room.wish(BEN, Wish::Heal);
    quiet(&mut room);
    room.say(CYD, "into the void");
    quiet(&mut room);
    let behind = room.log_shown_to(CYD).len();
    (0..12).for_each(|one| ada_says(&mut room, &[&format!("and on {one}")]));
    assert!(room.log_shown_to(ADA).len() > behind + 3);
    room.net.change_sides(CYD);
    room.run(5_000);
    assert_eq!(room.member(CYD).faults(), 0, "the first connection had the proof");
    assert_is_red(&mut room, CYD);
    assert_eq!(texts(&mut room, CYD), ["Ben's first", "into the void"], "nothing of the other log is shown");
}

/// Attack matrix row 10: a commit was kept from it, and the first message of the new epoch was not.
#[test]
fn who_was_shown_no_commit_turns_red_with_the_first_message_after_it() {
    let mut room = room_of(3);
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Drop));
    room.wish(ADA, Wish::Rename("for some".to_owned()));
    room.run(5_000);
    assert_eq!(room.member(CYD).alarms(), []);
    ada_says(&mut room, &["in the new epoch"]);
    assert_is_red(&mut room, CYD);
    assert_eq!(texts(&mut room, CYD), Vec::<String>::new());
}

/// Attack matrix row 10.
#[test]
fn who_was_shown_another_log_of_the_same_epoch_turns_red_when_it_meets_the_true_one() {
    let mut room = room_of(3);
    let other = |envelope: &mut Envelope| envelope.content = Content::Body(Bytes::from_static(&[1; 600]));
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Change(Box::new(other))));
    room.say(ADA, "for some");
    room.run(200);
    room.net.leave_alone(CYD);
    room.net.cut(CYD);
    room.run(30_000);
    assert_is_red(&mut room, CYD);
}

/// What the relay does to one envelope on its way to Cyd.
#[derive(Clone, Copy, Debug)]
enum Lie {
    None,
    Drop,
    Twice,
    Later,
}

/// Who says something, and how long nothing is said then.
type Talk = Vec<(usize, u64, Lie)>;

fn talks() -> impl Strategy<Value = Talk> {
    let lie =
        prop_oneof![3 => Just(Lie::None), 1 => Just(Lie::Drop), 1 => Just(Lie::Twice), 1 => Just(Lie::Later)];
    proptest::collection::vec((0..3_usize, prop_oneof![Just(50_u64), Just(600), Just(2_500)], lie), 2..10)
}

/// Attack matrix row 9: the relay may keep from the one it lies to whatever could tell it so. Then all others know, they stop, and
/// what that one says is not shown to it as delivered.
#[test]
fn who_is_kept_from_all_who_found_the_lie_sees_nothing_delivered() {
    let mut room = room_of(3);
    // Envelopes 3 and 4 are what the others say last, of Cyd's receipt for envelope 1, which has the proof in it.
    room.lie_to(CYD, room.evil(CYD).with(0, Trick::Twice).with(3, Trick::Drop).with(4, Trick::Drop));
    ada_says(&mut room, &["one"]);
    for who in [ADA, BEN] {
        assert_is_red(&mut room, who);
    }
    room.say(CYD, "is anybody there?");
    room.run(60_000);
    assert!(!is_alarmed(&room, CYD), "it cannot know: {}", room.state(CYD));
    assert_eq!(state_of(&mut room, CYD, "is anybody there?"), State::Stored);
}

/// What an alarmed member is told.
fn is_alarmed(room: &Sealed, who: usize) -> bool {
    !room.member(who).alarms().is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 40,
        failure_persistence: None,
        ..ProptestConfig::with_cases(24)
    })]

    /// Attack matrix row 9: whatever the relay doubles, leaves out or holds back, and signs as if it were the log: who is not
    /// alarmed shows what was said, in its order; nobody shows anything twice, or what nobody said; and who was lied to is among
    /// the alarmed, unless all others are and the relay kept something from it: they stop then, and it may be what they said last.
    #[test]
    fn whatever_the_relay_does_to_the_order_all_show_the_same_or_are_alarmed(talk in talks()) {
        let mut room = room_of(3);
        let begun = room.log().len();
        let mut evil = room.evil(CYD);
        let mut lied = false;
        for (place, (_, _, lie)) in talk.iter().enumerate() {
            evil = match lie {
                Lie::None => continue,
                Lie::Drop => evil.with(place as u64, Trick::Drop),
                Lie::Twice => evil.with(place as u64, Trick::Twice),
                Lie::Later => evil.with(place as u64, Trick::Later),
            };
            lied = true;
        }
        room.lie_to(CYD, evil);
        for (number, (who, pause, _)) in talk.iter().enumerate() {
            room.say(*who, &format!("{number}"));
            room.run(*pause);
        }
        // The room goes on, and everybody is heard once more.
        for who in [ADA, BEN, CYD] {
            room.say(who, &format!("the last of {who}"));
            room.run(30_000);
        }
        let truth = room.log();
        for who in [ADA, BEN, CYD] {
            let shown = texts(&mut room, who);
            let once: std::collections::HashSet<&String> = shown.iter().collect();
            prop_assert_eq!(once.len(), shown.len(), "{} shows something twice: {:?}", who, shown);
            if !is_alarmed(&room, who) {
                let calm: Vec<usize> = (0..3).filter(|other| !is_alarmed(&room, *other)).collect();
                for other in calm {
                    let id = room.room();
                    let places = |room: &mut Sealed, who| {
                        let lines = room.net.person(who).tell().lines(id);
                        let mut lines: Vec<_> = lines.into_iter().map(|line| (line.seq, line.text)).collect();
                        lines.sort();
                        lines
                    };
                    prop_assert_eq!(places(&mut room, who), places(&mut room, other));
                }
            }
        }
        prop_assert!(lied || !(0..3).any(|who| is_alarmed(&room, who)), "nobody is alarmed by an honest relay");
        let touched = truth.len() > begun && lied;
        let kept = talk.iter().any(|(_, _, lie)| matches!(lie, Lie::Drop | Lie::Later));
        let known = is_alarmed(&room, CYD) || kept && [ADA, BEN].iter().all(|who| is_alarmed(&room, *who));
        prop_assert!(!touched || known, "who was lied to knows it, or all others do: {}", room.state(CYD));
    }
}
