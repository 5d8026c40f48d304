//! Appending: order, repetition, staleness, roles, rates.

use std::time::Duration;

use bytes::Bytes;
use keyroom_relay::Quotas;
use keyroom_types::{Kind, Seq, Timestamp};
use keyroom_wire::{Append, Change, Code, Content, PassRole, Refusal};

use crate::desk::{Desk, code, commit, envelope, message, of, pass_key};

#[test]
fn what_is_appended_is_delivered_to_all_in_order_its_author_included() {
    let desk = Desk::new();
    let mut one = desk.founder(1, Vec::new());
    one.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    let mut two = desk.member(2);
    one.say(1, 2).unwrap();
    two.say(1, 3).unwrap();
    let (at_one, at_two) = (one.delivered(), two.delivered());
    assert_eq!(at_one, at_two);
    assert_eq!(at_one.iter().map(|e| e.header.seq.get()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(at_one[2].header.pass, pass_key(2));
    assert_eq!(at_one[2].content, Content::Body(Bytes::from(vec![3; 100])));
}

#[test]
fn a_repeated_append_has_the_first_answer_whatever_came_since() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let first = founder.say(0, 1).unwrap();
    founder.commit(0, 2, Vec::new()).unwrap();
    let again = founder.say(0, 1).unwrap();
    assert_eq!((again.first, again.last, again.time), (first.first, first.last, first.time));
    assert!(again.repeated && !first.repeated);
    assert_eq!(desk.log().len(), 2);
}

#[test]
fn an_id_of_somebody_else_or_half_an_append_is_refused() {
    let desk = Desk::new();
    let mut one = desk.founder(1, Vec::new());
    one.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    one.append(of(1, vec![(Kind::Application, 2), (Kind::Application, 3)])).unwrap();
    let mut two = desk.member(2);
    assert_eq!(code(two.say(1, 2)), Code::EnvelopeId);
    assert_eq!(
        code(one.append(of(1, vec![(Kind::Application, 3), (Kind::Application, 4)]))),
        Code::EnvelopeId
    );
    assert_eq!(
        code(one.append(of(1, vec![(Kind::Application, 3), (Kind::Application, 2)]))),
        Code::EnvelopeId
    );
    assert_eq!(
        code(one.append(of(1, vec![(Kind::Application, 9), (Kind::Application, 9)]))),
        Code::EnvelopeId
    );
    assert_eq!(desk.log().len(), 3);
}

#[test]
fn an_append_on_an_old_commit_is_stale_and_learns_the_newest() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.commit(0, 1, Vec::new()).unwrap();
    founder.say(1, 2).unwrap();
    founder.commit(1, 3, Vec::new()).unwrap();
    assert_eq!(founder.say(1, 4), Err(Refusal::at(Code::Stale, Seq::new(3))));
    assert_eq!(founder.say(2, 4), Err(Refusal::at(Code::Stale, Seq::new(3))));
    assert_eq!(founder.commit(4, 4, Vec::new()), Err(Refusal::at(Code::Stale, Seq::new(3))));
    founder.say(3, 4).unwrap();
}

#[test]
fn followers_stand_behind_their_commit_and_are_based_on_it() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let done =
        founder.append(of(0, vec![(Kind::Commit, 1), (Kind::Follower, 2), (Kind::Follower, 3)])).unwrap();
    assert_eq!((done.first.get(), done.last.get()), (1, 3));
    let headers: Vec<_> =
        founder.delivered().iter().map(|e| (e.header.kind, e.header.based_on.get())).collect();
    assert_eq!(headers, [(Kind::Commit, 0), (Kind::Follower, 1), (Kind::Follower, 1)]);
    founder.say(1, 4).unwrap();
}

#[test]
fn time_in_the_log_never_falls() {
    let mut desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let before = founder.say(0, 1).unwrap().time;
    desk.now.wall = Timestamp::from_millis(before.as_millis() - 60_000);
    founder.now = desk.now;
    assert_eq!(founder.say(0, 2).unwrap().time, before);
}

#[test]
fn a_full_room_refuses_and_still_answers_what_it_has() {
    let desk = Desk::with(Quotas { room_bytes: 250, ..Quotas::default() }, None);
    let mut founder = desk.founder(1, Vec::new());
    founder.say(0, 1).unwrap();
    founder.say(0, 2).unwrap();
    assert_eq!(code(founder.say(0, 3)), Code::RoomFull);
    assert!(founder.say(0, 2).unwrap().repeated);
    assert_eq!(founder.places(), [1, 2]);
}

/// Attack matrix rows 46 and 51: commits are rated apart from messages.
#[test]
fn a_pass_that_hammers_is_told_when_to_come_again() {
    let quotas = Quotas {
        appends_per_pass: 10,
        appends_per_pass_per_second: 10,
        commits_per_pass: 2,
        commits_per_pass_per_minute: 60,
        ..Quotas::default()
    };
    let mut desk = Desk::with(quotas, None);
    let mut founder = desk.founder(1, Vec::new());
    founder.commit(0, 1, Vec::new()).unwrap();
    founder.commit(1, 2, Vec::new()).unwrap();
    assert_eq!(founder.commit(2, 3, Vec::new()), Err(Refusal::later(Code::Rate, 1_000)));
    let taken = (10..30).filter(|id| founder.say(2, *id).is_ok()).count();
    assert_eq!(taken, 7, "ten in all, one of them lost on the refused commit");
    desk.pass_time(Duration::from_secs(1));
    founder.now = desk.now;
    founder.commit(2, 3, Vec::new()).unwrap();
}

#[test]
fn requests_beyond_the_bound_are_refused_one_by_one() {
    let (disk, writer) = crate::disk::Disk::new();
    let desk = Desk::with(Quotas::default(), Some(writer));
    let mut founder = desk.dial();
    founder.login(crate::desk::Role::Founder(1)).unwrap();
    founder.begin(keyroom_wire::Request::Create(keyroom_wire::Create { doors: Vec::new(), blob: None }));
    disk.turn(&desk);
    let requests: Vec<u64> =
        (0..40).map(|id| founder.begin(keyroom_wire::Request::Append(message(0, id)))).collect();
    assert_eq!(code(founder.appended(requests[32])), Code::Requests);
    disk.turn(&desk);
    assert!(founder.appended(requests[0]).is_ok() && founder.appended(requests[31]).is_ok());
    assert_eq!(desk.log().len(), 32);
}

#[test]
fn only_members_commit_and_only_newcomers_join() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Provisional)]).unwrap();
    let mut newcomer = desk.member(2);
    assert_eq!(code(newcomer.append(commit(1, 2, Vec::new()))), Code::Role);
    assert_eq!(code(founder.append(of(1, vec![(Kind::Join, 2)]))), Code::Role);
    newcomer.say(1, 2).unwrap();
    assert_eq!(desk.log()[1].header.envelope, envelope(2));
}

#[test]
fn an_append_for_two_hundred_members_is_encoded_once() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let grants = (2..=60).map(|secret| Change::Grant(pass_key(secret), PassRole::Member)).collect();
    founder.append(Append { changes: grants, ..message(0, 1) }).unwrap();
    let mut members: Vec<_> = (2..=60).map(|secret| desk.member(secret)).collect();
    founder.say(0, 2).unwrap();
    let mut frames = Vec::new();
    for member in &mut members {
        member.places();
        member.said();
    }
    founder.say(0, 3).unwrap();
    for member in &mut members {
        member.link.transmit(desk.now, 1 << 20, &mut frames);
    }
    let first = frames.first().unwrap().as_ptr();
    assert_eq!(frames.len(), members.len());
    assert!(frames.iter().all(|frame| frame.as_ptr() == first), "all links share the bytes");
}

#[test]
fn limits_that_are_set_anew_hold_for_links_that_are_there() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.say(0, 1).unwrap();
    founder.say(0, 2).unwrap();
    let strict =
        Quotas { appends_per_pass: 1, appends_per_pass_per_second: 1, open: false, ..Quotas::default() };
    desk.hub.set_limits(strict, None);
    assert_eq!(code(founder.say(0, 3)), Code::Rate);
    desk.hub.set_limits(Quotas { room_bytes: 250, ..Quotas::default() }, None);
    assert_eq!(code(founder.say(0, 4)), Code::RoomFull);
    desk.hub.set_limits(Quotas::default(), None);
    founder.say(0, 5).unwrap();
    assert_eq!(founder.places(), [1, 2, 3]);
}
