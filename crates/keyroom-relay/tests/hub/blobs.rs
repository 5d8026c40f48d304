//! Blobs: uploaded first, named by an append, read in parts, republished.

use bytes::Bytes;
use keyroom_relay::Quotas;
use keyroom_types::{Digest, Seq, limits};
use keyroom_wire::{Answer, Append, Blobs, Change, Code, PassRole, Refusal, Request};

use crate::desk::{Desk, Person, code, commit, pass_key};

fn with_blob(based_on: u64, id: u8, blob: Digest) -> Append {
    let mut append = commit(based_on, id, Vec::new());
    append.entries[0].blob = Some(blob);
    append
}

fn listed(person: &mut Person) -> Blobs {
    match person.ask(Request::ListBlobs) {
        Answer::Blobs(blobs) => blobs,
        other => panic!("{other:?}"),
    }
}

fn refused(code: Code) -> Answer {
    Answer::Refused(Refusal::new(code))
}

#[test]
fn a_commit_publishes_the_blob_that_was_uploaded_before() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let blob = founder.upload(b"group info");
    founder.append(with_blob(0, 1, blob)).unwrap();
    assert_eq!(listed(&mut founder), Blobs { newest_commit: Seq::new(1), blobs: vec![blob] });
    let part = Bytes::from_static(b"group info");
    assert_eq!(
        founder.ask(Request::GetBlob { blob, offset: 0 }),
        Answer::BlobPart { size: 10, offset: 0, part }
    );
    assert_eq!(founder.delivered()[0].blob, Some(blob));
}

#[test]
fn a_blob_that_was_not_uploaded_on_this_link_cannot_be_named() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    founder.upload(b"one");
    assert_eq!(code(founder.append(with_blob(0, 1, Digest::of(b"two")))), Code::NoBlob);
    let blob = founder.upload(b"two");
    founder.append(with_blob(0, 1, blob)).unwrap();
    assert_eq!(code(founder.append(with_blob(1, 2, blob))), Code::NoBlob, "it was used");
}

#[test]
fn a_large_blob_is_read_in_parts() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let bytes: &'static [u8] = Box::leak(vec![7; 300_000].into_boxed_slice());
    let blob = Digest::of(bytes);
    for (offset, part) in
        [(0, &bytes[..131_072]), (131_072, &bytes[131_072..262_144]), (262_144, &bytes[262_144..])]
    {
        let request = Request::PutBlob { blob, size: 300_000, offset, part: Bytes::from_static(part) };
        assert!(matches!(founder.ask(request), Answer::BlobProgress(_)));
    }
    founder.append(with_blob(0, 1, blob)).unwrap();
    let mut read = Vec::new();
    while read.len() < bytes.len() {
        let offset = u32::try_from(read.len()).unwrap();
        let Answer::BlobPart { part, .. } = founder.ask(Request::GetBlob { blob, offset }) else {
            panic!("a part")
        };
        assert!(!part.is_empty() && part.len() <= limits::BLOB_PART_BYTES);
        read.extend_from_slice(&part);
    }
    assert_eq!(read, bytes);
}

/// Attack matrix row 51: a poisoned blob locks nobody out.
#[test]
fn others_republish_up_to_four_blobs_and_the_next_commit_clears_them() {
    let desk = Desk::new();
    let mut founder = desk.founder(1, Vec::new());
    let grants = (2..=7).map(|secret| Change::Grant(pass_key(secret), PassRole::Member)).collect();
    let poisoned = founder.upload(b"poisoned");
    founder.append(Append { changes: grants, ..with_blob(0, 1, poisoned) }).unwrap();
    let texts: [&'static [u8]; 6] = [b"good 2", b"good 3", b"good 4", b"good 5", b"good 6", b"good 7"];
    let mut names = vec![poisoned];
    for (place, text) in texts.into_iter().enumerate() {
        let mut member = desk.member(u8::try_from(place).unwrap() + 2);
        let blob = member.upload(text);
        let answer = member.ask(Request::Republish { based_on: Seq::new(1), blob });
        if place < limits::BLOB_CANDIDATES {
            assert_eq!(answer, Answer::Done);
            names.push(blob);
            let blob = member.upload(b"another");
            assert_eq!(
                member.ask(Request::Republish { based_on: Seq::new(1), blob }),
                refused(Code::Candidates)
            );
        } else {
            assert_eq!(answer, refused(Code::Candidates));
        }
    }
    let mut reader = desk.member(2);
    assert_eq!(listed(&mut reader).blobs, names);
    assert!(matches!(reader.ask(Request::GetBlob { blob: names[4], offset: 0 }), Answer::BlobPart { .. }));
    assert_eq!(
        reader.ask(Request::Republish { based_on: Seq::ZERO, blob: names[4] }),
        refused(Code::NoBlob),
        "it has to be uploaded"
    );
    let mut founder = desk.member(1);
    founder.commit(1, 2, Vec::new()).unwrap();
    assert_eq!(listed(&mut founder), Blobs { newest_commit: Seq::new(2), blobs: Vec::new() });
    assert_eq!(founder.ask(Request::GetBlob { blob: names[0], offset: 0 }), refused(Code::NoBlob));
    let blob = founder.upload(b"late");
    assert_eq!(
        founder.ask(Request::Republish { based_on: Seq::new(1), blob }),
        Answer::Refused(Refusal::at(Code::Stale, Seq::new(2)))
    );
}

/// Attack matrix row 45.
#[test]
fn uploads_share_a_budget_and_give_it_back() {
    let desk = Desk::with(Quotas { uploading_bytes: 100, ..Quotas::default() }, None);
    let mut founder = desk.founder(1, Vec::new());
    let blob = Digest::of(b"never finished");
    let begin = |size| Request::PutBlob { blob, size, offset: 0, part: Bytes::from_static(b"begin") };
    assert_eq!(founder.ask(begin(80)), Answer::BlobProgress(5));
    founder.commit(0, 1, vec![Change::Grant(pass_key(2), PassRole::Member)]).unwrap();
    let mut other = desk.member(2);
    let Answer::Refused(refusal) = other.ask(begin(80)) else { panic!("refused") };
    assert_eq!(refusal.code, Code::Busy);
    drop(founder);
    assert_eq!(other.ask(begin(80)), Answer::BlobProgress(5));
}
