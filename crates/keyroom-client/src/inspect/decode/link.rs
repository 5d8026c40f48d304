//! Messages of the link between client and relay. Source: `link.proto`.

use std::ops::Range;

use keyroom_types::Kind;

use super::super::field::{Field, FieldKind};
use super::protobuf::{Content, Known, Schema, divide, find};

/// Divides what a relay says: the frame that delivers an envelope in full, others down to their kind.
pub fn to_client(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let kind = delivered_in(bytes, range.clone()).and_then(|delivered| delivered.kind);
    divide(bytes, range, &TO_CLIENT, kind)
}

/// Divides what a client says.
pub fn to_relay(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    divide(bytes, range, &TO_RELAY, None)
}

/// An envelope that a frame delivers, found without decoding the rest.
pub(crate) struct Delivered {
    pub(crate) seq: u64,
    pub(crate) kind: Option<Kind>,
    /// Where its sealed body stands in the frame.
    pub(crate) body: Option<Range<usize>>,
}

/// The envelope that this frame delivers, if it delivers one.
pub(crate) fn delivered(frame: &[u8]) -> Option<Delivered> {
    delivered_in(frame, 0..frame.len())
}

fn delivered_in(bytes: &[u8], range: Range<usize>) -> Option<Delivered> {
    let envelope = find(bytes, range, DELIVER)?.content;
    let header = find(bytes, envelope.clone(), HEADER_FIELD)?.content;
    Some(Delivered {
        seq: find(bytes, header.clone(), 1)?.value?,
        kind: find(bytes, header, 3).and_then(|part| Kind::from_number(u8::try_from(part.value?).ok()?)),
        body: find(bytes, envelope, BODY_FIELD).map(|part| part.content),
    })
}

fn kind(number: u64) -> &'static str {
    match u8::try_from(number).ok().and_then(Kind::from_number) {
        Some(Kind::Commit) => "a member's change of the room",
        Some(Kind::Join) => "a newcomer's entry",
        Some(Kind::Application) => "a message",
        Some(Kind::Follower) => "a message that follows a change",
        None => "unknown",
    }
}

const fn known(
    number: u64,
    name: &'static str,
    kind: FieldKind,
    content: Content,
    meaning: &'static str,
) -> Known {
    Known { number, name, kind, content, meaning }
}

const DELIVER: u64 = 7;
const HEADER_FIELD: u64 = 1;
const BODY_FIELD: u64 = 2;

static HEADER: Schema = Schema(&[
    known(1, "place", FieldKind::Place, Content::Number, "Where the envelope stands in the room's log."),
    known(2, "time", FieldKind::Time, Content::Millis, "When the relay took it, by the relay's clock."),
    known(
        3,
        "kind",
        FieldKind::Place,
        Content::Word(kind),
        "Whether it is a message or a change of the room.",
    ),
    known(
        4,
        "based on",
        FieldKind::Place,
        Content::Number,
        "The newest change that its author had processed.",
    ),
    known(5, "envelope id", FieldKind::Random, Content::Bytes, "The author's name for it, drawn at random."),
    known(
        6,
        "pass",
        FieldKind::Place,
        Content::Bytes,
        "The author's key at this relay for this room: a pseudonym, not the identity.",
    ),
]);

static ENVELOPE: Schema = Schema(&[
    known(
        HEADER_FIELD,
        "header",
        FieldKind::Place,
        Content::Message(&HEADER),
        "What the relay writes before an envelope.",
    ),
    known(
        BODY_FIELD,
        "body",
        FieldKind::Cipher,
        Content::Sealed,
        "What the author sealed; the relay cannot open it.",
    ),
    known(
        3,
        "dropped",
        FieldKind::Hash,
        Content::Bytes,
        "The SHA-256 of a body that the relay no longer keeps.",
    ),
    known(
        4,
        "blob",
        FieldKind::Hash,
        Content::Bytes,
        "The SHA-256 of the blob that lets the next newcomer in.",
    ),
]);

static SIGNED_HEAD: Schema = Schema(&[
    known(1, "incarnation", FieldKind::Place, Content::Bytes, "Which life of the relay's store."),
    known(2, "head's place", FieldKind::Place, Content::Number, "The newest envelope."),
    known(3, "head's time", FieldKind::Time, Content::Millis, "Its time."),
    known(4, "head's chain", FieldKind::Hash, Content::Bytes, "Stands for the whole log up to there."),
    known(5, "head's signature", FieldKind::Proof, Content::Bytes, "By the relay's log key."),
]);

static RANGE: Schema = Schema(&[
    known(1, "envelope", FieldKind::Cipher, Content::Message(&ENVELOPE), "One envelope of the stretch."),
    known(2, "log's end", FieldKind::Place, Content::Number, "Where the log ends now."),
]);

/// A body of the link that is no envelope: its kind says enough here.
const fn other(number: u64, name: &'static str) -> Known {
    known(
        number,
        name,
        FieldKind::Frame,
        Content::Bytes,
        "Another message of the link; link.proto has its fields.",
    )
}

static TO_CLIENT: Schema = Schema(&[
    known(1, "request", FieldKind::Frame, Content::Number, "The request that this answers."),
    other(2, "hello"),
    other(3, "welcome"),
    other(4, "created"),
    other(5, "appended"),
    other(6, "subscribed"),
    known(
        DELIVER,
        "deliver",
        FieldKind::Cipher,
        Content::Message(&ENVELOPE),
        "An envelope of the room's log.",
    ),
    known(8, "range", FieldKind::Cipher, Content::Message(&RANGE), "A stretch of the room's log."),
    other(9, "blob progress"),
    other(10, "blob part"),
    other(11, "blobs"),
    other(12, "turn"),
    other(13, "ephemeral"),
    known(
        14,
        "head",
        FieldKind::Proof,
        Content::Message(&SIGNED_HEAD),
        "The relay's word on where the room stands.",
    ),
    other(15, "ticket"),
    other(16, "pong"),
    other(17, "refused"),
    other(18, "goodbye"),
    other(19, "done"),
    other(20, "knocked"),
    other(21, "knocks"),
    other(22, "declined"),
    other(23, "answered"),
]);

static NEW_ENVELOPE: Schema = Schema(&[
    known(1, "envelope id", FieldKind::Random, Content::Bytes, "The author's name for it, drawn at random."),
    known(
        2,
        "kind",
        FieldKind::Place,
        Content::Word(kind),
        "Whether it is a message or a change of the room.",
    ),
    known(3, "body", FieldKind::Cipher, Content::Sealed, "What the author sealed; the relay cannot open it."),
    known(
        4,
        "blob",
        FieldKind::Hash,
        Content::Bytes,
        "The SHA-256 of the blob that lets the next newcomer in.",
    ),
]);

static APPEND: Schema = Schema(&[
    known(
        1,
        "based on",
        FieldKind::Place,
        Content::Number,
        "The newest change that the author had processed.",
    ),
    known(
        2,
        "entry",
        FieldKind::Cipher,
        Content::Message(&NEW_ENVELOPE),
        "One envelope on its way into the log.",
    ),
    known(3, "change", FieldKind::Frame, Content::Bytes, "A change of doors or passes at the relay."),
]);

static TO_RELAY: Schema = Schema(&[
    known(1, "request", FieldKind::Frame, Content::Number, "The number of the request."),
    other(2, "login"),
    other(3, "create"),
    known(4, "append", FieldKind::Cipher, Content::Message(&APPEND), "Envelopes for the room's log."),
    other(5, "subscribe"),
    other(6, "credit"),
    other(7, "fetch"),
    other(8, "put blob"),
    other(9, "get blob"),
    other(10, "republish"),
    other(11, "list blobs"),
    other(12, "take turn"),
    other(13, "ephemeral"),
    other(14, "file ticket"),
    other(15, "ping"),
    other(16, "knock"),
    other(17, "list knocks"),
    other(18, "drop knock"),
]);
