//! Both ends of the link under virtual time: latency, loss at any byte, connections that overtake each other, crashes of
//! the relay. What must hold after each run is in [`check`].
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::time::Duration;

use keyroom_store::Body;
use keyroom_testkit::pair::{JOIN, Pair, number_of};
use keyroom_types::limits;
use keyroom_wire::Content;
use proptest::prelude::*;

/// What can happen to a room.
#[derive(Clone, Debug)]
enum Act {
    /// Somebody says something of so many bytes.
    Say(usize, usize),
    /// The founder commits.
    Commit,
    /// Somebody's connections are cut.
    Cut(usize),
    /// Somebody new comes to the door.
    Come,
    /// The founder makes members of all that have come in.
    Confirm,
    /// The relay is killed, and starts again after so many milliseconds.
    Kill(u64),
    /// So many milliseconds pass.
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (any::<usize>(), 8_usize..3_000).prop_map(|(who, bytes)| Act::Say(who, bytes)),
        1 => (any::<usize>(), 60_000_usize..limits::ENVELOPE_BYTES).prop_map(|(who, bytes)| Act::Say(who, bytes)),
        2 => Just(Act::Commit),
        3 => any::<usize>().prop_map(Act::Cut),
        2 => Just(Act::Come),
        1 => Just(Act::Confirm),
        1 => (0_u64..3_000).prop_map(Act::Kill),
        5 => (0_u64..400).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..60)
}

/// Plays the acts, then lets all settle. Returns the numbers of what was said.
fn play(pair: &mut Pair, acts: &[Act]) -> Vec<u64> {
    let founder = found(pair);
    let mut said = Vec::new();
    let mut number = 0;
    for act in acts {
        number += 1;
        match act {
            Act::Say(who, bytes) => {
                let who = who % pair.count();
                pair.person(who).tell().say(number, *bytes);
                said.push(number);
            }
            Act::Commit => {
                pair.person(founder).tell().commit(number, Vec::new());
                said.push(number);
            }
            Act::Cut(who) => pair.cut(who % pair.count()),
            Act::Come if pair.count() < 6 => drop(pair.newcomer()),
            Act::Come => {}
            Act::Confirm => {
                let came: Vec<_> = (1..pair.count())
                    .filter_map(|who| {
                        Some(pair.person(who))
                            .filter(|person| person.mind().is_in())
                            .map(|person| person.pass())
                    })
                    .collect();
                for pass in came {
                    number += 1;
                    pair.person(founder).tell().confirm(number, pass);
                    said.push(number);
                }
            }
            Act::Kill(down) => {
                pair.kill_relay();
                pair.run_for(Duration::from_millis(*down));
                pair.start_relay();
            }
            Act::Wait(millis) => pair.run_for(Duration::from_millis(*millis)),
        }
    }
    said
}

/// The founder makes the room.
fn found(pair: &mut Pair) -> usize {
    let founder = pair.founder();
    found_out(pair, founder);
    founder
}

fn found_out(pair: &mut Pair, founder: usize) {
    assert!(
        pair.run_until(Duration::from_secs(120), |pair| pair.person(founder).mind().is_in()),
        "the room is made"
    );
}

/// Lets all come in, be heard and catch up; then checks what must hold.
fn check(pair: &mut Pair, said: &[u64]) {
    pair.cut_new_wires_at(None);
    let settled = pair.run_until(Duration::from_secs(600), |pair| {
        let end = pair.log().last().map_or(0, |stored| stored.header.seq.get());
        (0..pair.count()).all(|who| {
            let person = pair.person(who);
            person.mind().stopped().is_some()
                || (person.mind().is_done() && person.cursor().is_some_and(|cursor| cursor.seq.get() == end))
        })
    });
    for who in 0..pair.count() {
        assert_eq!(
            (pair.person(who).mind().stopped(), pair.person(who).mind().faults()),
            (None, 0),
            "person {who}"
        );
    }
    let states: Vec<String> = (0..pair.count()).map(|who| pair.person(who).state()).collect();
    assert!(settled, "all settle within ten minutes; the log ends at {}: {states:#?}", pair.log().len());

    // The log is dense, and what was said is in it once.
    let log = pair.log();
    let mut times: HashMap<u64, usize> = HashMap::new();
    for (place, stored) in log.iter().enumerate() {
        assert_eq!(stored.header.seq.get(), place as u64 + 1);
        let Body::Kept(body) = &stored.body else { panic!("nothing was dropped") };
        *times.entry(number_of(body).unwrap()).or_default() += 1;
    }
    for number in said {
        assert_eq!(times.remove(number), Some(1), "message {number}");
    }
    assert!(times.iter().all(|(number, times)| *number >= JOIN && *times == 1), "{times:?}");
    assert_eq!(times.len(), pair.count() - 1, "each newcomer joined once");

    for who in 0..pair.count() {
        // What was acknowledged is where it was said to be.
        for (id, appended) in pair.person(who).mind().acknowledged() {
            let stored = &log[usize::try_from(appended.first.get()).unwrap() - 1];
            assert_eq!((stored.header.envelope, stored.header.time), (*id, appended.time));
        }
        // What was delivered is the log, from where its reader began, without a gap.
        let delivered = pair.person(who).mind().log();
        let first = delivered
            .first()
            .map_or(log.len(), |envelope| usize::try_from(envelope.header.seq.get()).unwrap() - 1);
        assert_eq!(delivered.len(), log.len() - first);
        for (envelope, stored) in delivered.iter().zip(&log[first..]) {
            let Body::Kept(body) = &stored.body else { panic!("nothing was dropped") };
            assert_eq!((envelope.header, &envelope.content), (stored.header, &Content::Body(body.clone())));
        }
    }
    // Memory is bounded: what waits for one link is what may wait, and one frame.
    assert!(pair.worst_backlog() < (64 << 10) + limits::FRAME_BYTES, "{}", pair.worst_backlog());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() })]

    /// Attack matrix rows 6, 47 and 52 (a lost answer): whatever happens to wires and relay, what was said is in the log
    /// once, and everybody has the same log.
    #[test]
    fn what_was_said_is_in_the_log_once_and_everybody_has_that_log(
        seed in any::<u64>(),
        latency in 0_u64..300,
        acts in acts(),
    ) {
        let mut pair = Pair::new(seed, Duration::from_millis(latency));
        let said = play(&mut pair, &acts);
        check(&mut pair, &said);
    }
}

/// Attack matrix row 6: the connection is cut at every byte of a short session.
#[test]
fn a_wire_cut_at_any_byte_loses_and_doubles_nothing() {
    let scene = |cut_at: Option<u64>| {
        let mut pair = Pair::new(7, Duration::from_millis(20));
        pair.cut_new_wires_at(cut_at);
        let founder = pair.founder();
        pair.run_for(Duration::from_millis(300));
        pair.cut_new_wires_at(None);
        found_out(&mut pair, founder);
        pair.cut_new_wires_at(cut_at);
        pair.cut(founder);
        pair.newcomer();
        pair.person(founder).tell().say(1, 50);
        pair.person(founder).tell().commit(2, Vec::new());
        pair.run_for(Duration::from_secs(5));
        pair.person(1).tell().say(3, 50);
        pair.run_for(Duration::from_secs(5));
        let bytes = pair.bytes();
        check(&mut pair, &[1, 2, 3]);
        bytes
    };
    let bytes = scene(None);
    // Every byte of what one wire carries; beyond, nothing is cut.
    for cut_at in (0..bytes).step_by(step()) {
        scene(Some(cut_at));
    }
}

fn cases() -> u32 {
    std::env::var("KEYROOM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

/// Every byte by `KEYROOM_CASES`, some in an ordinary run.
fn step() -> usize {
    if std::env::var_os("KEYROOM_CASES").is_some() { 1 } else { 7 }
}
