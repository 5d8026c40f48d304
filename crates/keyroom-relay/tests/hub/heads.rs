//! Signed heads: true, rare, and never missing at the end.

use std::sync::Arc;
use std::time::Duration;

use keyroom_link::{LogSecret, check_head};
use keyroom_relay::Quotas;
use keyroom_store::{Body, MemoryStore, Store};
use keyroom_types::{Chain, Digest, Seq};
use keyroom_wire::{Answer, SignedHead};

use crate::desk::{Desk, Person, ROOM, Role};

pub(crate) fn heads(person: &mut Person) -> Vec<SignedHead> {
    let head = |answer| match answer {
        Answer::Head(head) => Some(head),
        _ => None,
    };
    person.said().into_iter().filter_map(head).collect()
}

/// The chain up to a place, computed as a member does.
fn chain(desk: &Desk, seq: Seq) -> Chain {
    let upto = desk.log().into_iter().filter(|stored| stored.header.seq <= seq);
    upto.fold(Chain::start(&ROOM), |chain, stored| {
        let body = match &stored.body {
            Body::Kept(body) => Digest::of(body),
            Body::Dropped(hash) => *hash,
        };
        chain.then(&stored.header, &body, stored.blob.as_ref())
    })
}

#[test]
fn heads_are_signed_by_the_log_key_and_agree_with_the_members_chain() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let mut all = vec![desk.dial().login(Role::Pass(1)).unwrap().head.unwrap()];
    founder = {
        drop(founder);
        desk.member(1)
    };
    for id in 1..5 {
        desk.pass_time(Duration::from_secs(1));
        founder.now = desk.now;
        founder.say(0, id).unwrap();
        all.extend(heads(&mut founder));
    }
    assert_eq!(all.len(), 5);
    let key = LogSecret::from_bytes(&[7; 32]).public();
    for head in all {
        check_head(&key, &ROOM, &head).unwrap();
        assert_eq!(head.chain, chain(&desk, head.seq));
        assert_eq!(head.incarnation, desk.store.incarnation());
    }
}

#[test]
fn a_burst_has_one_head_at_its_beginning_and_one_after_it() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    desk.pass_time(Duration::from_secs(2));
    founder.now = desk.now;
    for id in 1..20 {
        founder.say(0, id).unwrap();
    }
    assert_eq!(heads(&mut founder).iter().map(|head| head.seq.get()).collect::<Vec<_>>(), [1]);
    desk.hub.tick(desk.now);
    assert!(heads(&mut founder).is_empty(), "not within a second of the last");
    desk.pass_time(Duration::from_secs(1));
    desk.hub.tick(desk.now);
    assert_eq!(heads(&mut founder).iter().map(|head| head.seq.get()).collect::<Vec<_>>(), [19]);
    desk.pass_time(Duration::from_secs(10));
    desk.hub.tick(desk.now);
    assert!(heads(&mut founder).is_empty(), "nothing new to say");
}

/// Attack matrix row 11, the relay's part: another store is another incarnation.
#[test]
fn another_store_is_another_incarnation() {
    let (one, two) = (Desk::new(), Desk::new());
    assert_ne!(one.store.incarnation(), two.store.incarnation());
    let again = Desk::over(Arc::clone(&one.store), Quotas::default(), None, None);
    assert_eq!(again.store.incarnation(), one.store.incarnation());
    let _: &MemoryStore = &one.store;
}

#[test]
fn a_login_is_told_where_the_room_stands_now() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    for id in 1..10 {
        founder.say(0, id).unwrap();
    }
    assert_eq!(desk.dial().login(Role::Pass(1)).unwrap().head.unwrap().seq, Seq::new(9));
}
