//! Reading the log: order, time, the chain, signed heads. Attack matrix rows 9 to 11.

use proptest::prelude::*;

use super::*;
use crate::RelayFault;

/// What becomes of a link that stands there, where the relay has signed no more, when this is delivered.
fn faulty(log: &Log, from: usize, wrong: Envelope) -> Option<Lost> {
    let mut script = Script::member(log.at(from));
    script.live(&log.cut(from));
    script.say(0, Answer::Deliver(wrong));
    assert_eq!(script.delivered(), []);
    assert_eq!(script.link.cursor(), Some(&log.at(from)), "what is wrong moves nothing");
    script.lost()
}

#[test]
fn a_link_reads_on_from_its_cursor_and_computes_the_chain() {
    let log = Log::of(5);
    let mut script = Script::member(log.at(2));
    script.login();
    script.welcome(Some(log.head()));
    let (request, body) = script.request();
    assert_eq!(body, Request::Subscribe { after: Seq::new(2), credit: WINDOW });
    script.say(request, Answer::Subscribed(Seq::new(5)));
    for seq in 3..=5 {
        script.say(0, log.deliver(seq));
    }
    assert_eq!(script.delivered(), [3, 4, 5]);
    assert_eq!(script.link.cursor(), Some(log.cursor()));
    // The head of the login was ahead, and is proved now.
    assert_eq!(script.events.back(), Some(&Event::Head(log.head())));
}

#[test]
fn what_is_not_the_next_envelope_is_a_gap() {
    let log = Log::of(5);
    for got in [1, 2, 4, 5] {
        let fault = RelayFault::Gap { expected: Seq::new(3), got: Seq::new(got as u64) };
        assert_eq!(faulty(&log, 2, log.envelopes[got - 1].clone()), Some(Lost::Fault(fault)));
    }
}

#[test]
fn time_that_falls_is_the_relays_fault() {
    let log = Log::of(3);
    let mut wrong = log.envelopes[2].clone();
    wrong.header.time = Timestamp::from_millis(log.at(2).time.as_millis() - 1);
    assert_eq!(faulty(&log, 2, wrong), Some(Lost::Fault(RelayFault::TimeFell { seq: Seq::new(3) })));
}

#[test]
fn every_envelope_is_based_on_the_newest_commit_before_it() {
    let mut log = Log::of(1);
    log.push(Kind::Commit, 2);
    log.push(Kind::Follower, 3);
    log.push(Kind::Application, 4);
    let mut script = Script::member(log.at(0));
    script.live(&log);
    (1..=4).for_each(|seq| script.say(0, log.deliver(seq)));
    assert_eq!(script.delivered(), [1, 2, 3, 4]);

    let mut wrong = log.envelopes[3].clone();
    wrong.header.based_on = Seq::new(1);
    assert_eq!(faulty(&log, 3, wrong), Some(Lost::Fault(RelayFault::BasedOn { seq: Seq::new(4) })));
}

#[test]
fn a_follower_without_its_commit_and_a_commit_without_its_body_are_faults() {
    let mut log = Log::of(1);
    log.push(Kind::Commit, 2);
    let mut dropped = log.envelopes[1].clone();
    dropped.content = Content::Dropped(Digest::of(b"gone"));
    let fault = Some(Lost::Fault(RelayFault::Kind { seq: Seq::new(2) }));
    assert_eq!(faulty(&log, 1, dropped), fault);

    let mut script = Script::member(log.at(0));
    script.live(&log.cut(1));
    script.say(0, log.deliver(1));
    let mut lonely = log.envelopes[1].clone();
    lonely.header.kind = Kind::Follower;
    script.say(0, Answer::Deliver(lonely));
    assert_eq!(script.lost(), fault);
}

#[test]
fn a_dropped_body_leaves_the_chain_as_it_was() {
    let log = Log::of(2);
    let mut script = Script::member(log.at(0));
    script.live(&log);
    for envelope in &log.envelopes {
        let Content::Body(body) = &envelope.content else { panic!("a body") };
        let content = Content::Dropped(Digest::of(body));
        script.say(0, Answer::Deliver(Envelope { content, ..envelope.clone() }));
    }
    assert_eq!(script.link.cursor(), Some(log.cursor()));
}

#[test]
fn another_chain_at_the_cursor_is_a_conflict_and_both_values_are_shown() {
    let log = Log::of(3);
    let lie = sign_head(&log_secret(), &room(), incarnation(), Seq::new(3), log.at(3).time, other_chain());
    let conflict = Some(Stop::HeadConflict { ours: log.at(3).chain, theirs: lie });

    let mut script = Script::member(log.at(3));
    script.login();
    script.welcome(Some(lie));
    assert_eq!(script.stopped(), conflict, "at the login");

    let mut script = Script::member(log.at(3));
    script.live(&log);
    script.say(0, Answer::Head(lie));
    assert_eq!(script.stopped(), conflict, "later");
    assert_eq!(script.link.append(message(1), None), Err(crate::CommandError::Stopped));
}

#[test]
fn a_head_ahead_is_held_against_the_relay_when_the_cursor_gets_there() {
    let mut fork = Log::of(2);
    fork.push(Kind::Application, 77);
    let log = Log::of(3);
    let mut script = Script::member(log.at(1));
    script.login();
    script.welcome(Some(fork.head()));
    let (request, _) = script.request();
    script.say(request, Answer::Subscribed(Seq::new(3)));
    script.say(0, log.deliver(2));
    script.say(0, log.deliver(3));
    assert_eq!(script.delivered(), [2], "the one that differs is not taken");
    let conflict = Stop::HeadConflict { ours: log.at(3).chain, theirs: fork.head() };
    assert_eq!(script.stopped(), Some(conflict));
}

#[test]
fn a_fork_behind_the_cursor_or_between_two_heads_ahead_is_seen_too() {
    let log = Log::of(5);
    let fork = |seq: usize| {
        sign_head(&log_secret(), &room(), incarnation(), log.at(seq).seq, log.at(seq).time, other_chain())
    };
    let mut script = Script::member(log.at(0));
    script.live(&Log::new());
    (1..=3).for_each(|seq| script.say(0, log.deliver(seq)));
    script.say(0, Answer::Head(log.head_at(2)));
    assert_eq!(script.events.back(), Some(&Event::Head(log.head_at(2))));
    script.say(0, Answer::Head(fork(2)));
    assert_eq!(script.stopped(), Some(Stop::HeadConflict { ours: log.at(2).chain, theirs: fork(2) }));

    let mut script = Script::member(log.at(0));
    script.live(&Log::new());
    script.say(0, Answer::Head(log.head_at(5)));
    script.say(0, Answer::Head(fork(5)));
    assert_eq!(script.stopped(), Some(Stop::HeadConflict { ours: log.at(5).chain, theirs: fork(5) }));
}

/// Attack matrix row 10: who was shown another commit finds that what follows is based on none that it knows. What the
/// relay signed for this log then proves that it showed another.
#[test]
fn a_log_that_does_not_follow_is_reckoned_to_the_signed_head_and_is_a_conflict_there() {
    let mut shown = Log::of(2);
    shown.push(Kind::Application, 3);
    let mut log = Log::of(2);
    log.push(Kind::Commit, 30);
    (4..=6).for_each(|number| log.push(Kind::Application, number));
    let mut script = Script::member(*shown.cursor());
    script.live(&log);
    (4..=5).for_each(|seq| script.say(0, log.deliver(seq)));
    assert_eq!((script.delivered(), script.lost(), script.stopped()), (vec![], None, None));
    script.say(0, log.deliver(6));
    assert_eq!(script.delivered(), []);
    let Some(Stop::HeadConflict { ours, theirs }) = script.stopped() else { panic!("a conflict") };
    assert_eq!(theirs, log.head());
    assert_ne!(ours, theirs.chain);
}

/// The same envelopes where nothing contradicts them: a relay that signed a log that breaks the rules, and no proof that
/// it showed another.
#[test]
fn a_log_that_breaks_the_rules_as_it_was_signed_is_a_fault_and_no_conflict() {
    let mut log = Log::of(2);
    log.push(Kind::Application, 3);
    let mut wrong = log.envelopes[2].clone();
    wrong.header.seq = Seq::new(4);
    wrong.header.based_on = Seq::new(1);
    log.put(wrong);
    log.push(Kind::Application, 5);
    let mut script = Script::member(log.at(3));
    script.live(&log);
    script.say(0, log.deliver(4));
    script.say(0, log.deliver(5));
    let fault = RelayFault::BasedOn { seq: Seq::new(4) };
    assert_eq!((script.lost(), script.stopped()), (Some(Lost::Fault(fault)), None));
    assert_eq!((script.delivered(), script.link.cursor()), (vec![], Some(&log.at(3))));
}

/// Attack matrix row 8: however often a relay leaves one out, the link asks for as much as before.
#[test]
fn what_is_not_taken_uses_up_no_credit() {
    let log = Log::of(5);
    let mut script = Script::member(log.at(2));
    for _ in 0..200 {
        script.login();
        script.welcome(Some(log.head()));
        let (request, body) = script.request();
        assert_eq!(body, Request::Subscribe { after: Seq::new(2), credit: WINDOW });
        script.say(request, Answer::Subscribed(Seq::new(5)));
        script.say(0, log.deliver(4));
        script.reconnect();
    }
}

#[test]
fn a_head_that_the_log_key_did_not_sign_proves_nothing() {
    let log = Log::of(3);
    let mut script = Script::member(log.at(3));
    script.live(&log);
    script.say(0, Answer::Head(SignedHead { chain: other_chain(), ..log.head() }));
    let fault = RelayFault::HeadSignature { seq: Seq::new(3) };
    assert_eq!(script.lost(), Some(Lost::Fault(fault)));
    assert_eq!(script.stopped(), None);
}

#[test]
fn a_shorter_log_of_the_same_incarnation_is_a_roll_back() {
    let (log, shorter) = (Log::of(5), Log::of(3));
    let rolled = |ours: u64| Some(Stop::RolledBack { ours: Seq::new(ours), theirs: Seq::new(3) });
    let mut script = Script::member(log.at(5));
    script.login();
    script.welcome(Some(shorter.head()));
    assert_eq!(script.stopped(), rolled(5), "behind the cursor");

    let mut script = Script::member(log.at(2));
    script.live(&log);
    script.reconnect();
    script.login();
    script.welcome(Some(shorter.head()));
    assert_eq!(script.stopped(), rolled(5), "behind a head that was signed");

    let mut script = Script::member(shorter.at(3));
    script.live(&shorter);
    script.link.append(message(9), None).unwrap();
    script.turn();
    let (request, _) = script.request();
    script.say(request, appended(4, false));
    script.reconnect();
    script.login();
    script.welcome(Some(shorter.head()));
    assert_eq!(script.stopped(), rolled(4), "behind what it had acknowledged");

    let mut script = Script::member(log.at(5));
    script.login();
    script.welcome(Some(log.head()));
    let (request, _) = script.request();
    let refusal = keyroom_wire::Refusal::at(Code::CursorAhead, Seq::new(3));
    script.say(request, Answer::Refused(refusal));
    assert_eq!(script.stopped(), rolled(5), "at the subscription");
}

#[test]
fn another_incarnation_is_the_end_of_the_room_and_no_roll_back() {
    let log = Log::of(5);
    let theirs = Incarnation::from_bytes([8; 16]);
    let mut fresh = Log::of(1);
    fresh.incarnation = theirs;
    let mut script = Script::member(log.at(5));
    script.login();
    script.welcome(Some(fresh.head()));
    assert_eq!(script.stopped(), Some(Stop::NewIncarnation { ours: incarnation(), theirs }));
}

#[test]
fn a_newcomer_reads_from_the_cursor_of_its_blob() {
    let mut log = Log::of(2);
    log.push(Kind::Commit, 3);
    log.push(Kind::Application, 4);
    let mut script = Script::newcomer();
    script.login();
    script.welcome(Some(log.head()));
    assert_eq!(script.all_sent(), []);
    script.link.subscribe(log.at(3)).unwrap();
    assert_eq!(script.link.subscribe(log.at(3)), Err(crate::CommandError::Subscribed));
    script.turn();
    let (request, body) = script.request();
    assert_eq!(body, Request::Subscribe { after: Seq::new(3), credit: WINDOW });
    script.say(request, Answer::Subscribed(Seq::new(4)));
    script.say(0, log.deliver(4));
    assert_eq!(script.delivered(), [4]);

    // A blob of another log than the relay signed is found out before anything is sent.
    let mut script = Script::newcomer();
    script.login();
    script.welcome(Some(log.head()));
    let poisoned = Cursor { chain: other_chain(), ..*log.cursor() };
    script.link.subscribe(poisoned).unwrap();
    script.turn();
    assert_eq!(script.stopped(), Some(Stop::HeadConflict { ours: other_chain(), theirs: log.head() }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_doubled_left_out_or_swapped_each_envelope_comes_once_and_in_order(
        order in proptest::collection::vec(1..=8_usize, 0..40),
    ) {
        let log = Log::of(8);
        let mut script = Script::member(log.at(0));
        script.live(&log);
        for seq in order {
            if !script.link.is_live() {
                script.reconnect();
                let events = std::mem::take(&mut script.events);
                script.live(&log);
                script.events = events;
            }
            script.say(0, log.deliver(seq));
        }
        let delivered = script.delivered();
        prop_assert_eq!(&delivered, &(1..=delivered.len() as u64).collect::<Vec<_>>());
        prop_assert_eq!(script.link.cursor(), Some(&log.at(delivered.len())));
    }
}

#[test]
fn a_newcomer_that_was_away_too_long_begins_again_from_a_newer_blob() {
    let mut log = Log::of(2);
    let mut script = Script::newcomer();
    script.login();
    script.welcome(Some(log.head()));
    script.link.subscribe(log.at(1)).unwrap();
    script.turn();
    let (request, _) = script.request();
    script.say(request, Answer::Subscribed(Seq::new(2)));
    script.say(0, log.deliver(2));
    (3..=6).for_each(|number| log.push(Kind::Commit, number));
    script.reconnect();
    script.login();
    script.welcome(Some(log.head()));
    let (request, body) = script.request();
    assert!(matches!(body, Request::Subscribe { after, .. } if after == Seq::new(2)));
    script.say(request, Answer::Refused(keyroom_wire::Refusal::new(Code::Role)));
    assert_eq!(script.events.back(), Some(&Event::BeginAgain));
    assert!(script.link.is_live() && script.link.cursor().is_none());
    script.link.subscribe(log.at(5)).unwrap();
    script.turn();
    let (request, body) = script.request();
    assert!(matches!(body, Request::Subscribe { after, .. } if after == Seq::new(5)));
    script.say(request, Answer::Subscribed(Seq::new(6)));
    script.say(0, log.deliver(6));
    assert_eq!(script.link.cursor(), Some(log.cursor()));
}
