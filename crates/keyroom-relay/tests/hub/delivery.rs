//! Subscriptions: cursors, credit, slow readers, retention.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use keyroom_relay::Quotas;
use keyroom_store::MemoryStore;
use keyroom_types::{Digest, Kind, Seq};
use keyroom_wire::{Answer, Append, Change, Code, Content, NewEnvelope, PassRole, Refusal, Request};

use crate::desk::{Desk, Person, ROOM, Role, envelope, pass_key, wide_envelope};

fn reader(desk: &Desk) -> Person {
    let mut reader = desk.dial();
    reader.login(Role::Pass(1)).unwrap();
    reader
}

fn subscribe(after: u64, credit: u64) -> Request {
    Request::Subscribe { after: Seq::new(after), credit }
}

fn fill(founder: &mut Person, from: u64, count: usize, bytes: usize) {
    for place in 0..count {
        let id = wide_envelope(usize::try_from(from).unwrap() + place);
        let body = Bytes::from(vec![1; bytes]);
        let entry = NewEnvelope { id, kind: Kind::Application, body, blob: None };
        founder.append(Append { based_on: Seq::ZERO, entries: vec![entry], changes: Vec::new() }).unwrap();
    }
}

#[test]
fn a_subscription_goes_on_from_its_cursor() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    fill(&mut founder, 0, 10, 10);
    let mut again = reader(&desk);
    assert_eq!(again.ask(subscribe(7, 1 << 20)), Answer::Subscribed(Seq::new(10)));
    assert_eq!(again.places(), [8, 9, 10]);
}

#[test]
fn a_cursor_behind_the_end_is_refused_with_the_end() {
    let desk = Desk::new();
    desk.founder(1, Vec::new()).say(0, 1).unwrap();
    assert_eq!(
        reader(&desk).ask(subscribe(2, 1)),
        Answer::Refused(Refusal::at(Code::CursorAhead, Seq::new(1)))
    );
}

#[test]
fn deliveries_stop_where_the_credit_ends_and_go_on_with_more() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    fill(&mut founder, 0, 10, 100);
    let mut slow = reader(&desk);
    slow.ask(subscribe(0, 3 * 228));
    assert_eq!(slow.places(), [1, 2, 3]);
    slow.write(0, Request::Credit(3 * 228));
    assert_eq!(slow.places(), Vec::<u64>::new());
    slow.write(0, Request::Credit(3 * 228 + 1));
    assert_eq!(slow.places(), [4]);
    slow.write(0, Request::Credit(1 << 20));
    assert_eq!(slow.places(), [5, 6, 7, 8, 9, 10]);
}

/// Attack matrix row 45: who does not read grows nothing.
#[test]
fn a_reader_that_reads_nothing_holds_a_bounded_number_of_bytes() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    let mut stuck = desk.member(2);
    stuck.places();
    for place in 0..200 {
        let entry = NewEnvelope {
            id: wide_envelope(place),
            kind: Kind::Application,
            body: Bytes::from(vec![1; 10_000]),
            blob: None,
        };
        founder.append(Append { based_on: Seq::new(1), entries: vec![entry], changes: Vec::new() }).unwrap();
        assert!(stuck.link.backlog() < 80_000, "{}", stuck.link.backlog());
    }
    assert_eq!(stuck.places(), (2..=201).collect::<Vec<_>>(), "and it misses nothing");
}

#[test]
fn one_write_takes_about_as_much_as_it_was_given_room_for() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    fill(&mut founder, 0, 100, 1_000);
    let mut slow = reader(&desk);
    slow.begin(subscribe(0, 1 << 20));
    let mut out = Vec::new();
    slow.link.transmit(desk.now, 10_000, &mut out);
    let bytes: usize = out.iter().map(Bytes::len).sum();
    assert!((5_000..14_000).contains(&bytes), "{bytes}");
}

#[test]
fn retention_drops_bodies_and_leaves_what_the_chain_needs() {
    let store = Arc::new(MemoryStore::new().unwrap());
    let mut desk = Desk::over(store, Quotas::default(), None, Some(Duration::from_secs(60)));
    let mut founder = desk.founder(1, Vec::new());
    founder.say(0, 1).unwrap();
    founder.commit(0, 2, Vec::new()).unwrap();
    desk.pass_time(Duration::from_secs(61));
    founder.now = desk.now;
    founder.say(2, 3).unwrap();
    assert_eq!(desk.hub.sweep(desk.now.wall, None).unwrap(), Some(ROOM));
    assert_eq!(desk.hub.sweep(desk.now.wall, Some(&ROOM)).unwrap(), None);
    assert_eq!(desk.hub.counts().dropped.get(), 1);
    let mut late = reader(&desk);
    late.ask(subscribe(0, 1 << 20));
    let contents: Vec<Content> = late.delivered().into_iter().map(|e| e.content).collect();
    let body = |id| Content::Body(Bytes::from(vec![id; 100]));
    assert_eq!(contents, [Content::Dropped(Digest::of(&[1; 100])), body(2), body(3)]);
    assert_eq!(late.link.backlog(), 0);
}

#[test]
fn a_stretch_can_be_fetched_without_a_subscription() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    fill(&mut founder, 0, 300, 10);
    let fetch = |after, through| Request::Fetch { after: Seq::new(after), through: Seq::new(through) };
    let Answer::Range { envelopes, head } = founder.ask(fetch(10, 12)) else { panic!("a range") };
    assert_eq!(head, Seq::new(300));
    assert_eq!(envelopes.iter().map(|e| e.header.seq.get()).collect::<Vec<_>>(), [11, 12]);
    let Answer::Range { envelopes, .. } = founder.ask(fetch(0, u64::MAX)) else { panic!("a range") };
    assert_eq!(envelopes.len(), 256);
    assert_eq!(founder.ask(fetch(400, 500)), Answer::Range { envelopes: Vec::new(), head: Seq::new(300) });
}

#[test]
fn hints_reach_the_others_that_are_there_and_are_bounded() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    let mut other = desk.member(2);
    other.said();
    founder.said();
    for _ in 0..100 {
        founder.write(0, Request::Ephemeral(Bytes::from_static(b"typing")));
    }
    let heard = other.said();
    assert_eq!(heard.len(), 20, "what is too fast is dropped");
    assert!(heard.iter().all(|answer| *answer == Answer::Ephemeral(Bytes::from_static(b"typing"))));
    assert_eq!(founder.said(), []);
    assert_eq!(desk.log()[0].header.envelope, envelope(1));
}
