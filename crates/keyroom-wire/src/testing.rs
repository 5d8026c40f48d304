//! Every message that the link has, as proptest strategies: for the tests of this crate and of those above it.

use bytes::Bytes;
use keyroom_types::{
    Chain, Cursor, Digest, DoorId, DoorKey, EnvelopeId, FileId, Header, Incarnation, KeyPin, Kind, LogKey,
    PassKey, RoomId, Seq, Signature, Timestamp,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::{
    Answer, Answered, Append, Appended, Binding, Blobs, Change, Code, Content, Create, Door, Envelope,
    FilePurpose, Hello, Knocked, Login, NewEnvelope, PassRole, Refusal, Request, SignedHead, ToClient,
    ToRelay, Turn, Welcome, Who,
};

/// Any message of a client.
pub fn to_relay() -> impl Strategy<Value = ToRelay> {
    (1..=u64::MAX, request()).prop_map(|(number, body)| {
        let unanswered = matches!(body, Request::Credit(_) | Request::Ephemeral(_) | Request::Ping(_));
        ToRelay { request: if unanswered { 0 } else { number }, body }
    })
}

/// Any message of a relay.
pub fn to_client() -> impl Strategy<Value = ToClient> {
    (any::<u64>(), answer()).prop_map(|(request, body)| ToClient { request, body })
}

/// Any request.
pub fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        login().prop_map(|login| Request::Login(Box::new(login))),
        (vec(door(), 0..3), option::of(digest()))
            .prop_map(|(doors, blob)| Request::Create(Create { doors, blob })),
        append().prop_map(Request::Append),
        (seq(), any::<u64>()).prop_map(|(after, credit)| Request::Subscribe { after, credit }),
        any::<u64>().prop_map(Request::Credit),
        (seq(), seq()).prop_map(|(after, through)| Request::Fetch { after, through }),
        (digest(), blob_part()).prop_map(|(blob, (size, offset, part))| Request::PutBlob {
            blob,
            size,
            offset,
            part
        }),
        (digest(), 0..1_u32 << 22).prop_map(|(blob, offset)| Request::GetBlob { blob, offset }),
        (seq(), digest()).prop_map(|(based_on, blob)| Request::Republish { based_on, blob }),
        Just(Request::ListBlobs),
        Just(Request::TakeTurn),
        body().prop_map(Request::Ephemeral),
        (bytes16(), prop_oneof![Just(FilePurpose::Put), Just(FilePurpose::Get)], any::<u64>()).prop_map(
            |(file, purpose, size)| Request::FileTicket { file: FileId::from_bytes(file), purpose, size }
        ),
        any::<u64>().prop_map(Request::Ping),
        knock_bytes().prop_map(Request::Knock),
        any::<u64>().prop_map(|after| Request::ListKnocks { after }),
        pass().prop_map(Request::DropKnock),
    ]
}

/// Any login; its signatures are of nobody.
pub fn login() -> impl Strategy<Value = Login> {
    let who = prop_oneof![
        pass().prop_map(Who::Pass),
        (bytes32(), pass(), signature()).prop_map(|(door, newcomer, signature)| Who::Door {
            door: DoorKey::from_bytes(door),
            newcomer,
            signature
        }),
        pass().prop_map(Who::Founder),
    ];
    let binding = prop_oneof![
        bytes32().prop_map(|pin| Binding::SeenKey(KeyPin::from_bytes(pin))),
        "[a-z0-9.-]{1,253}".prop_map(Binding::DialledName),
    ];
    (any::<u32>(), bytes16(), who, binding, signature()).prop_map(
        |(version, room, who, binding, signature)| Login {
            version,
            room: RoomId::from_bytes(room),
            who,
            binding,
            signature,
        },
    )
}

/// Any append whose entries go together.
pub fn append() -> impl Strategy<Value = Append> {
    let entry = |kind| {
        (bytes16(), body(), option::of(digest())).prop_map(move |(id, body, blob)| NewEnvelope {
            id: EnvelopeId::from_bytes(id),
            kind,
            body,
            blob: blob.filter(|_| kind.is_commit()),
        })
    };
    let entries = prop_oneof![
        vec(entry(Kind::Application), 1..4),
        entry(Kind::Join).prop_map(|join| vec![join]),
        (entry(Kind::Commit), vec(entry(Kind::Follower), 0..4)).prop_map(|(commit, followers)| [
            vec![commit],
            followers
        ]
        .concat()),
    ];
    (seq(), entries, vec(change(), 0..4)).prop_map(|(based_on, entries, mut changes)| {
        if entries[0].kind != Kind::Commit {
            changes.retain(|change| !matches!(change, Change::Answer { .. }));
        }
        Append { based_on, entries, changes }
    })
}

/// Any change of doors or passes.
pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        door().prop_map(Change::OpenDoor),
        bytes16().prop_map(|door| Change::CloseDoor(DoorId::from_bytes(door))),
        Just(Change::CloseAllDoors),
        (pass(), role()).prop_map(|(pass, role)| Change::Grant(pass, role)),
        pass().prop_map(Change::Confirm),
        pass().prop_map(Change::Revoke),
        (pass(), signature()).prop_map(|(old, signature)| Change::Succeed { old, signature }),
        vec(pass(), 0..4).prop_map(Change::Keep),
        (pass(), role(), digest()).prop_map(|(newcomer, role, welcome)| Change::Answer {
            newcomer,
            role,
            welcome
        }),
    ]
}

/// Any door.
pub fn door() -> impl Strategy<Value = Door> {
    (bytes16(), bytes32(), option::of(1..=u64::MAX), option::of(1..=u64::MAX)).prop_map(
        |(id, key, expires, uses)| Door {
            id: DoorId::from_bytes(id),
            key: DoorKey::from_bytes(key),
            expires: expires.map(Timestamp::from_millis),
            uses,
        },
    )
}

/// Any answer.
pub fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        hello().prop_map(Answer::Hello),
        welcome().prop_map(|welcome| Answer::Welcome(Box::new(welcome))),
        signed_head().prop_map(Answer::Created),
        (seq(), seq(), time(), any::<bool>()).prop_map(|(first, last, time, repeated)| Answer::Appended(
            Appended { first, last, time, repeated }
        )),
        seq().prop_map(Answer::Subscribed),
        envelope().prop_map(Answer::Deliver),
        (vec(envelope(), 0..4), seq()).prop_map(|(envelopes, head)| Answer::Range { envelopes, head }),
        (0..1_u32 << 22).prop_map(Answer::BlobProgress),
        blob_part().prop_map(|(size, offset, part)| Answer::BlobPart { size, offset, part }),
        blobs().prop_map(Answer::Blobs),
        (1..=u32::MAX).prop_map(|ahead| Answer::Turn(Turn::Waiting { ahead })),
        (any::<u32>(), blobs()).prop_map(|(turn_ms, blobs)| Answer::Turn(Turn::Now { turn_ms, blobs })),
        body().prop_map(Answer::Ephemeral),
        signed_head().prop_map(Answer::Head),
        ("[A-Za-z0-9._~+/=-]{1,512}", time()).prop_map(|(token, expires)| Answer::Ticket { token, expires }),
        any::<u64>().prop_map(Answer::Pong),
        (code(), any::<u32>(), seq()).prop_map(|(code, retry_ms, seq)| Answer::Refused(Refusal {
            code,
            retry_ms,
            seq
        })),
        (code(), any::<u32>()).prop_map(|(code, retry_ms)| Answer::Goodbye { code, retry_ms }),
        Just(Answer::Done),
        knocked().prop_map(Answer::Knocked),
        (vec(knocked(), 0..4), any::<bool>()).prop_map(|(knocks, more)| Answer::Knocks { knocks, more }),
        Just(Answer::Declined),
        answered().prop_map(Answer::Answered),
    ]
}

/// Any first word of a relay.
pub fn hello() -> impl Strategy<Value = Hello> {
    (any::<u32>(), any::<u32>(), bytes32(), bytes32()).prop_map(
        |(min_version, max_version, challenge, log_key)| Hello {
            min_version,
            max_version,
            challenge,
            log_key: LogKey::from_bytes(log_key),
        },
    )
}

/// Any welcome.
pub fn welcome() -> impl Strategy<Value = Welcome> {
    let last = option::of((bytes16(), 1..=u64::MAX));
    let times = (any::<u32>(), any::<u64>(), any::<bool>());
    let knock = (option::of(answered()), any::<bool>());
    (option::of(signed_head()), seq(), option::of(role()), last, times, knock).prop_map(
        |(head, newest_commit, role, last, (silence_ms, retention_ms, volatile), (answered, knocked))| {
            Welcome {
                head,
                newest_commit,
                role,
                last: last.map(|(id, seq)| (EnvelopeId::from_bytes(id), Seq::new(seq))),
                silence_ms,
                retention_ms,
                volatile,
                answered,
                knocked,
            }
        },
    )
}

/// Any knock.
pub fn knocked() -> impl Strategy<Value = Knocked> {
    (any::<u64>(), pass(), bytes16(), time(), knock_bytes()).prop_map(
        |(number, newcomer, door, time, bytes)| Knocked {
            number,
            newcomer,
            door: DoorId::from_bytes(door),
            time,
            bytes,
        },
    )
}

/// Any answer to a knock.
pub fn answered() -> impl Strategy<Value = Answered> {
    (1..=u64::MAX, bytes32(), time(), digest()).prop_map(|(seq, chain, time, welcome)| {
        let (seq, chain) = (Seq::new(seq), Chain::from_bytes(chain));
        Answered { cursor: Cursor { seq, chain, time, newest_commit: seq }, welcome }
    })
}

/// Any envelope; only commits have blobs.
pub fn envelope() -> impl Strategy<Value = Envelope> {
    let kind =
        prop_oneof![Just(Kind::Commit), Just(Kind::Join), Just(Kind::Application), Just(Kind::Follower)];
    let content = prop_oneof![body().prop_map(Content::Body), digest().prop_map(Content::Dropped)];
    let header =
        (seq(), time(), kind, seq(), bytes16(), pass()).prop_map(|(seq, time, kind, based_on, id, pass)| {
            Header { seq, time, kind, based_on, envelope: EnvelopeId::from_bytes(id), pass }
        });
    (header, content, option::of(digest())).prop_map(|(header, content, blob)| Envelope {
        header,
        content,
        blob: blob.filter(|_| header.kind.is_commit()),
    })
}

/// Any head; its signature is of nobody.
pub fn signed_head() -> impl Strategy<Value = SignedHead> {
    (bytes16(), seq(), time(), bytes32(), signature()).prop_map(
        |(incarnation, seq, time, chain, signature)| SignedHead {
            incarnation: Incarnation::from_bytes(incarnation),
            seq,
            time,
            chain: Chain::from_bytes(chain),
            signature,
        },
    )
}

fn blobs() -> impl Strategy<Value = Blobs> {
    (seq(), vec(digest(), 0..=5)).prop_map(|(newest_commit, blobs)| Blobs { newest_commit, blobs })
}

/// Size of the whole, place and bytes of a part of a blob.
fn blob_part() -> impl Strategy<Value = (u32, u32, Bytes)> {
    (vec(any::<u8>(), 1..100), 0..1000_u32, 0..1000_u32).prop_map(|(part, offset, behind)| {
        let len = u32::try_from(part.len()).unwrap_or(0);
        (offset + len + behind, offset, Bytes::from(part))
    })
}

fn body() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..200).prop_map(Bytes::from)
}

fn knock_bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 1..200).prop_map(Bytes::from)
}

fn role() -> impl Strategy<Value = PassRole> {
    prop_oneof![Just(PassRole::Provisional), Just(PassRole::Member), Just(PassRole::Admin)]
}

fn code() -> impl Strategy<Value = Code> {
    proptest::sample::select(&Code::ALL[..])
}

fn seq() -> impl Strategy<Value = Seq> {
    prop_oneof![any::<u64>(), 0..100_u64].prop_map(Seq::new)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_millis)
}

fn pass() -> impl Strategy<Value = PassKey> {
    bytes32().prop_map(PassKey::from_bytes)
}

fn digest() -> impl Strategy<Value = Digest> {
    bytes32().prop_map(Digest::from_bytes)
}

fn signature() -> impl Strategy<Value = Signature> {
    (bytes32(), bytes32()).prop_map(|(r, s)| {
        let mut both = [0; 64];
        both[..32].copy_from_slice(&r);
        both[32..].copy_from_slice(&s);
        Signature::from_bytes(both)
    })
}

fn bytes16() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>()
}

fn bytes32() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}
