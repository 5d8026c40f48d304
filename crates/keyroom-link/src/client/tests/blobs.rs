//! Blobs up and down, over lost connections.

use keyroom_types::limits::BLOB_PART_BYTES;
use keyroom_wire::Refusal;

use super::*;
use crate::{CommandError, RelayFault};

const PART: u32 = 128 << 10;

fn live() -> Script {
    let mut script = Script::member(Cursor::start(&room()));
    script.live(&Log::new());
    script
}

fn commit(number: u8, blob: &Bytes) -> Append {
    entries(vec![entry(Kind::Commit, number, Some(Digest::of(blob)))])
}

/// Place and length of the part in a request.
fn part(request: &Request) -> (u32, usize) {
    match request {
        Request::PutBlob { offset, part, .. } => (*offset, part.len()),
        other => panic!("{other:?} is no part"),
    }
}

#[test]
fn a_blob_goes_up_part_by_part_before_the_commit_that_names_it() {
    let mut script = live();
    let blob = blob(2 * BLOB_PART_BYTES + 5, 7);
    script.link.append(commit(1, &blob), Some(blob.clone())).unwrap();
    script.link.append(message(2), None).unwrap();
    script.link.list_blobs().unwrap();
    script.turn();
    let (mut number, body) = script.request();
    assert_eq!(part(&body), (0, BLOB_PART_BYTES));
    assert_eq!(script.all_sent(), [Request::ListBlobs], "who only asks goes ahead, who appends does not");
    for (arrived, next) in [(PART, (PART, BLOB_PART_BYTES)), (2 * PART, (2 * PART, 5))] {
        script.say(number, Answer::BlobProgress(arrived));
        let body;
        (number, body) = script.request();
        assert_eq!(part(&body), next);
        assert_eq!(script.all_sent(), [], "one part at a time");
    }
    script.say(number, Answer::BlobProgress(2 * PART + 5));
    assert_eq!(append_ids(&script.all_sent()), [id(1), id(2)]);
}

#[test]
fn a_blob_goes_up_again_when_the_link_was_lost_before_its_commit_was_answered() {
    let mut script = live();
    let blob = blob(BLOB_PART_BYTES + 1, 7);
    script.link.append(commit(1, &blob), Some(blob.clone())).unwrap();
    script.turn();
    for lost_after in 0..3 {
        for arrived in [PART, PART + 1].into_iter().take(lost_after) {
            let (number, _) = script.request();
            script.say(number, Answer::BlobProgress(arrived));
        }
        script.sent.clear();
        script.reconnect();
        script.live(&Log::new());
        assert_eq!(part(&script.sent[0].body), (0, BLOB_PART_BYTES), "from its beginning");
    }
    for arrived in [PART, PART + 1] {
        let (number, _) = script.request();
        script.say(number, Answer::BlobProgress(arrived));
    }
    let (number, body) = script.request();
    assert_eq!(append_ids(&[body]), [id(1)]);
    script.say(number, appended(1, true));
    script.reconnect();
    script.live(&Log::of(1));
    assert_eq!(script.all_sent(), [], "answered: it stays at home");
}

#[test]
fn the_next_blob_waits_until_the_one_before_has_served() {
    let mut script = live();
    let blobs = [blob(10, 1), blob(10, 2)];
    script.link.append(commit(1, &blobs[0]), Some(blobs[0].clone())).unwrap();
    script.link.republish(Seq::new(1), blobs[1].clone()).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, Answer::BlobProgress(10));
    let (number, body) = script.request();
    assert_eq!(append_ids(&[body]), [id(1)]);
    assert_eq!(script.all_sent(), []);
    script.say(number, appended(1, false));
    let (number, body) = script.request();
    assert_eq!(part(&body), (0, 10));
    script.say(number, Answer::BlobProgress(10));
    let (number, body) = script.request();
    assert_eq!(body, Request::Republish { based_on: Seq::new(1), blob: Digest::of(&blobs[1]) });
    script.say(number, Answer::Done);
    assert!(matches!(script.events.back(), Some(Event::Done { .. })));
}

#[test]
fn a_refused_part_refuses_the_request_that_it_was_for() {
    let mut script = live();
    let blob = blob(10, 1);
    let request = script.link.append(commit(1, &blob), Some(blob)).unwrap();
    script.link.append(message(2), None).unwrap();
    script.turn();
    let (number, _) = script.request();
    let refusal = Refusal::later(Code::Busy, 100);
    script.say(number, Answer::Refused(refusal));
    assert_eq!(script.event(), Event::Refused { request, refusal });
    assert_eq!(append_ids(&script.all_sent()), [id(2)]);
}

#[test]
fn progress_that_was_not_made_is_the_relays_fault() {
    let mut script = live();
    let blob = blob(10, 1);
    script.link.append(commit(1, &blob), Some(blob)).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, Answer::BlobProgress(9));
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::BlobPart)));
}

#[test]
fn a_commit_goes_with_the_blob_that_it_names_or_not_at_all() {
    let mut script = live();
    let (named, other) = (blob(10, 1), blob(10, 2));
    assert_eq!(script.link.append(commit(1, &named), None), Err(CommandError::Blob));
    assert_eq!(script.link.append(commit(1, &named), Some(other)), Err(CommandError::Blob));
    assert_eq!(script.link.append(message(1), Some(named)), Err(CommandError::Blob));
    let (empty, long) = (Bytes::new(), blob((4 << 20) + 1, 1));
    assert_eq!(script.link.append(commit(1, &empty), Some(empty)), Err(CommandError::Blob));
    assert_eq!(script.link.republish(Seq::new(1), long), Err(CommandError::Blob));
}

fn down(size: u32, offset: u32, bytes: &Bytes) -> Answer {
    Answer::BlobPart { size, offset, part: bytes.clone() }
}

#[test]
fn a_blob_comes_down_whole_and_goes_on_where_a_lost_link_left_it() {
    let mut script = live();
    let (a, b) = (blob(BLOB_PART_BYTES, 1), blob(5, 2));
    let whole: Bytes = [&a[..], &b].concat().into();
    let (name, size) = (Digest::of(&whole), PART + 5);
    let request = script.link.get_blob(name).unwrap();
    script.link.get_blob(Digest::of(b"next")).unwrap();
    script.turn();
    let (number, body) = script.request();
    assert_eq!(body, Request::GetBlob { blob: name, offset: 0 });
    assert_eq!(script.all_sent(), [], "one after another");
    script.say(number, down(size, 0, &a));
    assert_eq!(script.all_sent(), [Request::GetBlob { blob: name, offset: PART }]);
    script.reconnect();
    script.live(&Log::new());
    let (number, body) = script.request();
    assert_eq!(body, Request::GetBlob { blob: name, offset: PART });
    script.say(number, down(size, PART, &b));
    assert_eq!(script.event(), Event::Blob { request, blob: name, bytes: whole });
    assert_eq!(script.all_sent(), [Request::GetBlob { blob: Digest::of(b"next"), offset: 0 }]);
}

#[test]
fn a_blob_with_other_bytes_than_its_name_says_is_never_shown() {
    let mut script = live();
    let name = Digest::of(b"right");
    let request = script.link.get_blob(name).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, down(5, 0, &Bytes::from_static(b"wrong")));
    assert_eq!(script.event(), Event::WrongBlob { request, blob: name });
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::BlobHash)));
    script.redial();
    script.live(&Log::new());
    assert_eq!(script.all_sent(), [], "nor asked for again");
}

#[test]
fn a_part_that_was_not_asked_for_is_the_relays_fault() {
    let part = Bytes::from_static(b"ab");
    for (size, offset) in [(9, 2), (9, 4)] {
        let mut script = live();
        script.link.get_blob(Digest::of(b"")).unwrap();
        script.turn();
        let (number, _) = script.request();
        script.say(number, down(9, offset, &part));
        assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::BlobPart)), "{size} {offset}");
    }
    let mut script = live();
    script.link.get_blob(Digest::of(b"")).unwrap();
    script.turn();
    let (number, _) = script.request();
    script.say(number, down(9, 0, &part));
    let (number, _) = script.request();
    script.say(number, down(8, 2, &part));
    assert_eq!(script.lost(), Some(Lost::Fault(RelayFault::BlobPart)), "its length cannot change");
}
