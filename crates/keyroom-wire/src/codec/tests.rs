//! What the codec promises: nothing lost, nothing that breaks a bound gets in, nothing copied.

use bytes::Bytes;
use keyroom_types::limits::{
    APPEND_ENTRIES, BLOB_PART_BYTES, COMMIT_BYTES, ENVELOPE_BYTES, FRAME_BYTES, KNOCK_BYTES, KNOCKS_PER_ROOM,
    PASSES_PER_ROOM,
};
use keyroom_types::{
    Digest, DoorId, DoorKey, EnvelopeId, Header, Kind, PassKey, RoomId, Seq, Signature, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::encoding::{WireType, encode_key, encode_varint};

use super::{bounds, encode_deliver};
use crate::{
    Answer, Append, Binding, Change, Content, Envelope, Knocked, Login, NewEnvelope, PassRole, Request,
    ToClient, ToRelay, Who, WireError, testing,
};

proptest! {
    #[test]
    fn every_message_of_a_client_reads_back_from_its_frame(message in testing::to_relay()) {
        prop_assert_eq!(ToRelay::decode(message.encode()), Ok(message));
    }

    #[test]
    fn every_message_of_a_relay_reads_back_from_its_frame(message in testing::to_client()) {
        prop_assert_eq!(ToClient::decode(message.encode()), Ok(message));
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in vec(any::<u8>(), 0..300)) {
        accepted_reads_back(&bytes)?;
    }

    #[test]
    fn a_damaged_frame_is_a_message_or_an_error(
        frame in prop_oneof![
            testing::to_relay().prop_map(|message| message.encode()),
            testing::to_client().prop_map(|message| message.encode()),
        ],
        harm in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let mut bytes = frame.to_vec();
        for (at, byte, how) in harm {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => bytes.truncate(at),
                _ => bytes.insert(at, byte),
            }
            accepted_reads_back(&bytes)?;
        }
    }

    #[test]
    fn a_delivery_made_once_is_the_frame_of_the_message(envelope in testing::envelope()) {
        let message = ToClient { request: 0, body: Answer::Deliver(envelope.clone()) };
        prop_assert_eq!(encode_deliver(&envelope), message.encode());
    }
}

fn accepted_reads_back(bytes: &[u8]) -> Result<(), TestCaseError> {
    let frame = Bytes::copy_from_slice(bytes);
    if let Ok(message) = ToRelay::decode(frame.clone()) {
        prop_assert_eq!(ToRelay::decode(message.encode()), Ok(message));
    }
    if let Ok(message) = ToClient::decode(frame) {
        prop_assert_eq!(ToClient::decode(message.encode()), Ok(message));
    }
    Ok(())
}

/// `count` fields of number `tag`, each with `inside`.
fn fields(tag: u32, inside: &[u8], count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        encode_key(tag, WireType::LengthDelimited, &mut bytes);
        encode_varint(inside.len() as u64, &mut bytes);
        bytes.extend_from_slice(inside);
    }
    bytes
}

#[test]
fn a_frame_of_nothing_but_tiny_items_is_refused_before_any_is_made() {
    let many = |bytes: usize| (FRAME_BYTES - 64) / bytes;
    let nested = |outer: u32, inside: &[u8]| fields(outer, inside, 1);
    let client = [
        ("doors", nested(3, &fields(1, b"", many(2)))),
        ("entries", nested(4, &fields(2, b"", many(2)))),
        ("changes", nested(4, &fields(3, b"", many(2)))),
        ("passes", nested(4, &fields(3, &fields(7, &fields(1, b"", many(2)), 1), 1))),
        // Each in a message of its own, which protobuf would merge into one.
        ("doors", fields(3, &fields(1, b"", 1), many(4))),
        ("entries", fields(4, &fields(2, b"", 1), many(4))),
        ("passes", fields(4, &fields(3, &fields(7, &fields(1, b"", 2_000), 1), 1), 60)),
    ];
    for (field, frame) in client {
        assert!(frame.len() <= FRAME_BYTES, "{field}: {}", frame.len());
        assert_eq!(bounds::check(&frame, bounds::TO_RELAY), Err(WireError::TooMany { field }));
        assert_eq!(ToRelay::decode(frame.into()), Err(WireError::TooMany { field }));
    }
    let relay = [
        ("envelopes", nested(8, &fields(1, b"", many(2)))),
        ("blobs", nested(11, &fields(2, b"", many(2)))),
        ("blobs", fields(12, &fields(3, &fields(2, b"", 1), 1), many(6))),
        ("knocks", nested(21, &fields(1, b"", many(2)))),
    ];
    for (field, frame) in relay {
        assert_eq!(bounds::check(&frame, bounds::TO_CLIENT), Err(WireError::TooMany { field }));
        assert_eq!(ToClient::decode(frame.into()), Err(WireError::TooMany { field }));
    }
}

#[test]
fn what_the_counts_let_through_holds_little_more_than_the_frame() {
    // The largest frame of small items: all that may be, each as short as it can be.
    let passes = fields(7, &fields(1, b"", PASSES_PER_ROOM), 1);
    let frame = fields(4, &[fields(2, b"", APPEND_ENTRIES), fields(3, &passes, 1)].concat(), 1);
    assert_eq!(bounds::check(&frame, bounds::TO_RELAY), Ok(()));
    let held = APPEND_ENTRIES * size_of::<crate::proto::NewEnvelope>() + PASSES_PER_ROOM * size_of::<Bytes>();
    assert!(held < FRAME_BYTES, "{held}");
}

#[test]
fn a_frame_over_the_limit_is_not_looked_at() {
    let frame = Bytes::from(vec![0; FRAME_BYTES + 1]);
    assert_eq!(ToRelay::decode(frame.clone()), Err(WireError::Frame { bytes: FRAME_BYTES + 1 }));
    assert_eq!(ToClient::decode(frame), Err(WireError::Frame { bytes: FRAME_BYTES + 1 }));
}

#[test]
fn bodies_are_slices_of_the_frame() {
    let frame = append(vec![entry(Kind::Application, 1_000)]).encode();
    let within = frame.as_ptr_range();
    let ToRelay { body: Request::Append(append), .. } = ToRelay::decode(frame.clone()).unwrap() else {
        panic!("an append")
    };
    assert!(within.contains(&append.entries[0].body.as_ptr()));

    let frame = encode_deliver(&delivered(Kind::Application, 1_000));
    let within = frame.as_ptr_range();
    let ToClient { body: Answer::Deliver(envelope), .. } = ToClient::decode(frame.clone()).unwrap() else {
        panic!("a delivery")
    };
    let Content::Body(body) = envelope.content else { panic!("a body") };
    assert!(within.contains(&body.as_ptr()));
}

fn entry(kind: Kind, bytes: usize) -> NewEnvelope {
    NewEnvelope { id: EnvelopeId::from_bytes([1; 16]), kind, body: vec![0; bytes].into(), blob: None }
}

fn append(entries: Vec<NewEnvelope>) -> ToRelay {
    let append = Append { based_on: Seq::ZERO, entries, changes: Vec::new() };
    ToRelay { request: 1, body: Request::Append(append) }
}

fn delivered(kind: Kind, bytes: usize) -> Envelope {
    let header = Header {
        seq: Seq::new(1),
        time: Timestamp::default(),
        kind,
        based_on: Seq::ZERO,
        envelope: EnvelopeId::from_bytes([1; 16]),
        pass: PassKey::from_bytes([2; 32]),
    };
    Envelope { header, content: Content::Body(vec![0; bytes].into()), blob: None }
}

fn refused(message: &ToRelay) -> Option<WireError> {
    ToRelay::decode(message.encode()).err()
}

#[test]
fn each_kind_of_envelope_has_its_own_longest_body() {
    for (kind, most) in [
        (Kind::Application, ENVELOPE_BYTES),
        (Kind::Follower, ENVELOPE_BYTES),
        (Kind::Commit, COMMIT_BYTES),
        (Kind::Join, COMMIT_BYTES),
    ] {
        let frame = |bytes| encode_deliver(&delivered(kind, bytes));
        assert!(ToClient::decode(frame(most)).is_ok());
        assert_eq!(ToClient::decode(frame(most + 1)), Err(WireError::TooLong { field: "body" }));
    }
    assert_eq!(refused(&append(vec![entry(Kind::Commit, COMMIT_BYTES)])), None);
    let long = append(vec![entry(Kind::Application, ENVELOPE_BYTES + 1)]);
    assert_eq!(refused(&long), Some(WireError::TooLong { field: "body" }));
}

#[test]
fn entries_that_do_not_go_together_are_refused() {
    let of = |kinds: &[Kind]| append(kinds.iter().map(|&kind| entry(kind, 1)).collect());
    use Kind::{Application, Commit, Follower, Join};
    for kinds in [&[Application][..], &[Application, Application], &[Commit], &[Commit, Follower], &[Join]] {
        assert_eq!(refused(&of(kinds)), None, "{kinds:?}");
    }
    for kinds in [
        &[][..],
        &[Follower],
        &[Application, Commit],
        &[Application, Follower],
        &[Commit, Application],
        &[Commit, Commit],
        &[Join, Follower],
        &[Join, Join],
    ] {
        assert_eq!(refused(&of(kinds)), Some(WireError::Entries), "{kinds:?}");
    }
    let with_blob = |kind| NewEnvelope { blob: Some(Digest::of(b"blob")), ..entry(kind, 1) };
    assert_eq!(refused(&append(vec![with_blob(Commit)])), None);
    assert_eq!(refused(&append(vec![with_blob(Application)])), Some(WireError::Entries));
    assert_eq!(refused(&append(vec![entry(Commit, 1), with_blob(Follower)])), Some(WireError::Entries));
}

#[test]
fn what_is_over_its_limit_is_refused_by_name() {
    let request = |body| ToRelay { request: 1, body };
    let many = append((0..=APPEND_ENTRIES).map(|_| entry(Kind::Application, 1)).collect());
    assert_eq!(refused(&many), Some(WireError::TooMany { field: "entries" }));
    let put = |size, offset, bytes: usize| {
        request(Request::PutBlob { blob: Digest::of(b""), size, offset, part: vec![0; bytes].into() })
    };
    let whole = 4 << 20;
    assert_eq!(refused(&put(whole, whole - 131_072, BLOB_PART_BYTES)), None);
    assert_eq!(refused(&put(whole, 0, BLOB_PART_BYTES + 1)), Some(WireError::TooLong { field: "bytes" }));
    assert_eq!(refused(&put(whole + 1, 0, 1)), Some(WireError::TooLong { field: "size" }));
    assert_eq!(refused(&put(10, 8, 3)), Some(WireError::Length { field: "bytes" }));
    assert_eq!(refused(&put(10, 0, 0)), Some(WireError::Length { field: "bytes" }));
    let ephemeral = |bytes| ToRelay { request: 0, body: Request::Ephemeral(vec![0; bytes].into()) };
    assert_eq!(refused(&ephemeral(1_024)), None);
    assert_eq!(refused(&ephemeral(1_025)), Some(WireError::TooLong { field: "bytes" }));
    let knock = |bytes| request(Request::Knock(vec![0; bytes].into()));
    assert_eq!((refused(&knock(1)), refused(&knock(KNOCK_BYTES))), (None, None));
    assert_eq!(refused(&knock(0)), Some(WireError::Length { field: "bytes" }));
    assert_eq!(refused(&knock(KNOCK_BYTES + 1)), Some(WireError::TooLong { field: "bytes" }));
    let keep = Change::Keep(vec![PassKey::from_bytes([1; 32]); PASSES_PER_ROOM]);
    let mut kept = Append { based_on: Seq::ZERO, entries: vec![entry(Kind::Commit, 1)], changes: vec![keep] };
    assert_eq!(refused(&request(Request::Append(kept.clone()))), None);
    kept.changes.push(Change::Keep(vec![PassKey::from_bytes([1; 32])]));
    assert_eq!(refused(&request(Request::Append(kept))), Some(WireError::TooMany { field: "passes" }));
}

#[test]
fn a_knock_is_answered_with_a_commit_and_with_nothing_else() {
    let answering = |kind| {
        let newcomer = PassKey::from_bytes([1; 32]);
        let answer = Change::Answer { newcomer, role: PassRole::Member, welcome: Digest::of(b"welcome") };
        let entries = vec![entry(kind, 1)];
        let append = Append { based_on: Seq::ZERO, entries, changes: vec![answer] };
        ToRelay { request: 1, body: Request::Append(append) }
    };
    assert_eq!(refused(&answering(Kind::Commit)), None);
    assert_eq!(refused(&answering(Kind::Application)), Some(WireError::Entries));
    assert_eq!(refused(&answering(Kind::Join)), Some(WireError::Entries));
}

#[test]
fn all_knocks_of_a_room_fit_one_frame() {
    let knocked = Knocked {
        number: u64::MAX,
        newcomer: PassKey::from_bytes([1; 32]),
        door: DoorId::from_bytes([2; 16]),
        time: Timestamp::from_millis(u64::MAX),
        bytes: vec![0; KNOCK_BYTES].into(),
    };
    let body = Answer::Knocks { knocks: vec![knocked; KNOCKS_PER_ROOM], more: false };
    let message = ToClient { request: 1, body };
    assert_eq!(ToClient::decode(message.encode()), Ok(message));
}

#[test]
fn only_requests_with_an_answer_have_a_number() {
    let number = Some(WireError::Number { field: "request" });
    assert_eq!(refused(&ToRelay { request: 0, body: Request::ListBlobs }), number);
    assert_eq!(refused(&ToRelay { request: 1, body: Request::Credit(1) }), number);
    assert_eq!(refused(&ToRelay { request: 1, body: Request::Ping(1) }), number);
}

#[test]
fn a_dialled_name_is_lower_case_dns_or_refused() {
    let login = |name: &str, who| ToRelay {
        request: 1,
        body: Request::Login(Box::new(Login {
            version: 1,
            room: RoomId::from_bytes([1; 16]),
            who,
            binding: Binding::DialledName(name.into()),
            signature: Signature::from_bytes([0; 64]),
        })),
    };
    let pass = Who::Pass(PassKey::from_bytes([2; 32]));
    let field = "dialled_name";
    assert_eq!(refused(&login("chat.example-1.org", pass)), None);
    assert_eq!(refused(&login("", pass)), Some(WireError::Missing { field }));
    assert_eq!(refused(&login(&"a".repeat(254), pass)), Some(WireError::TooLong { field }));
    for name in ["Chat.example", "chät.example", "a b", "a\0", "a:443", "a_b"] {
        assert_eq!(refused(&login(name, pass)), Some(WireError::Text { field }), "{name:?}");
    }
    let door = Who::Door {
        door: DoorKey::from_bytes([3; 32]),
        newcomer: PassKey::from_bytes([4; 32]),
        signature: Signature::from_bytes([5; 64]),
    };
    assert_eq!(refused(&login("a", door)), None);
}

#[test]
fn a_ticket_that_could_begin_another_http_header_is_refused() {
    let decoded = |token: &str| {
        let body = Answer::Ticket { token: token.into(), expires: Timestamp::default() };
        ToClient::decode(ToClient { request: 1, body }.encode()).err()
    };
    let field = "token";
    assert_eq!(decoded("abc.DEF-1~2+3/4=="), None);
    assert_eq!(decoded("a\r\nHost: b"), Some(WireError::Text { field }));
    assert_eq!(decoded(&"a".repeat(513)), Some(WireError::TooLong { field }));
    assert_eq!(decoded(""), Some(WireError::Missing { field }));
}

#[test]
fn fields_that_are_not_known_are_stepped_over() {
    let message = ToRelay { request: 7, body: Request::ListBlobs };
    let mut frame = message.encode().to_vec();
    frame.extend(fields(1_000, b"later", 3));
    assert_eq!(ToRelay::decode(frame.into()), Ok(message));
    // A body that is not known is none.
    assert_eq!(ToRelay::decode(fields(900, b"", 1).into()), Err(WireError::Missing { field: "body" }));
}

#[test]
fn the_reference_says_what_everything_means() {
    let lines: Vec<&str> = include_str!("../../proto/link.proto").lines().map(str::trim).collect();
    let mut in_body = false;
    for (place, line) in lines.iter().enumerate() {
        let ends = *line == "}";
        // The choices of a frame's body say nothing that their own messages do not.
        in_body = (in_body && !ends) || line.starts_with("oneof body");
        let declares = line.starts_with("message ") || line.starts_with("enum ") || line.contains(" = ");
        let exempt =
            in_body || line.contains("_UNSPECIFIED") || line.starts_with("//") || line.starts_with("syntax");
        if declares && !exempt {
            assert!(place > 0 && lines[place - 1].starts_with("//"), "no comment on: {line}");
        }
    }
}
