//! Messages of the link between client and relay. Source: `link.proto`.

use std::ops::Range;

use keyroom_types::Kind;

use super::super::field::{Field, FieldKind};
use super::super::phrase::{Phrase, phrases};
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

fn kind(number: u64) -> Phrase {
    match u8::try_from(number).ok().and_then(Kind::from_number) {
        Some(Kind::Commit) => CHANGE_OF_ROOM,
        Some(Kind::Join) => NEWCOMER,
        Some(Kind::Application) => A_MESSAGE,
        Some(Kind::Follower) => FOLLOWER,
        None => UNKNOWN,
    }
}

const fn known(number: u64, name: Phrase, kind: FieldKind, content: Content, meaning: Phrase) -> Known {
    Known { number, name, kind, content, meaning }
}

const DELIVER: u64 = 7;
const HEADER_FIELD: u64 = 1;
const BODY_FIELD: u64 = 2;

static HEADER: Schema = Schema(&[
    known(1, PLACE, FieldKind::Place, Content::Number, PLACE_MEANING),
    known(2, TIME, FieldKind::Time, Content::Millis, TIME_MEANING),
    known(3, KIND, FieldKind::Place, Content::Word(kind), KIND_MEANING),
    known(4, BASED_ON, FieldKind::Place, Content::Number, ITS_AUTHOR_HAD),
    known(5, ENVELOPE_ID, FieldKind::Random, Content::Bytes, ENVELOPE_ID_MEANING),
    known(6, PASS, FieldKind::Place, Content::Bytes, PASS_MEANING),
]);

static ENVELOPE: Schema = Schema(&[
    known(HEADER_FIELD, HEADER_NAME, FieldKind::Place, Content::Message(&HEADER), HEADER_MEANING),
    known(BODY_FIELD, BODY, FieldKind::Cipher, Content::Sealed, BODY_MEANING),
    known(3, DROPPED, FieldKind::Hash, Content::Bytes, DROPPED_MEANING),
    known(4, BLOB, FieldKind::Hash, Content::Bytes, BLOB_MEANING),
]);

static SIGNED_HEAD: Schema = Schema(&[
    known(1, INCARNATION, FieldKind::Place, Content::Bytes, INCARNATION_MEANING),
    known(2, HEAD_PLACE, FieldKind::Place, Content::Number, HEAD_PLACE_MEANING),
    known(3, HEAD_TIME, FieldKind::Time, Content::Millis, HEAD_TIME_MEANING),
    known(4, HEAD_CHAIN, FieldKind::Hash, Content::Bytes, HEAD_CHAIN_MEANING),
    known(5, HEAD_SIGNATURE, FieldKind::Proof, Content::Bytes, HEAD_SIGNATURE_MEANING),
]);

static RANGE: Schema = Schema(&[
    known(1, IN_RANGE, FieldKind::Cipher, Content::Message(&ENVELOPE), IN_RANGE_MEANING),
    known(2, LOG_END, FieldKind::Place, Content::Number, LOG_END_MEANING),
]);

/// A body of the link that is no envelope: its kind says enough here.
const fn other(number: u64, name: Phrase) -> Known {
    known(number, name, FieldKind::Frame, Content::Bytes, OTHER_MEANING)
}

static TO_CLIENT: Schema = Schema(&[
    known(1, REQUEST, FieldKind::Frame, Content::Number, ANSWERS),
    other(2, HELLO),
    other(3, WELCOME),
    other(4, CREATED),
    other(5, APPENDED),
    other(6, SUBSCRIBED),
    known(DELIVER, DELIVERS, FieldKind::Cipher, Content::Message(&ENVELOPE), DELIVERS_MEANING),
    known(8, RANGE_NAME, FieldKind::Cipher, Content::Message(&RANGE), RANGE_MEANING),
    other(9, BLOB_PROGRESS),
    other(10, BLOB_PART),
    other(11, BLOBS),
    other(12, TURN),
    other(13, EPHEMERAL),
    known(14, HEAD, FieldKind::Proof, Content::Message(&SIGNED_HEAD), HEAD_MEANING),
    other(15, TICKET),
    other(16, PONG),
    other(17, REFUSED),
    other(18, GOODBYE),
    other(19, DONE),
    other(20, KNOCKED),
    other(21, KNOCKS),
    other(22, DECLINED),
    other(23, ANSWERED),
]);

static NEW_ENVELOPE: Schema = Schema(&[
    known(1, ENVELOPE_ID, FieldKind::Random, Content::Bytes, ENVELOPE_ID_MEANING),
    known(2, KIND, FieldKind::Place, Content::Word(kind), KIND_MEANING),
    known(3, BODY, FieldKind::Cipher, Content::Sealed, BODY_MEANING),
    known(4, BLOB, FieldKind::Hash, Content::Bytes, BLOB_MEANING),
]);

static APPEND: Schema = Schema(&[
    known(1, BASED_ON, FieldKind::Place, Content::Number, THE_AUTHOR_HAD),
    known(2, ENTRY, FieldKind::Cipher, Content::Message(&NEW_ENVELOPE), ENTRY_MEANING),
    known(3, CHANGE, FieldKind::Frame, Content::Bytes, CHANGE_MEANING),
]);

static TO_RELAY: Schema = Schema(&[
    known(1, REQUEST, FieldKind::Frame, Content::Number, REQUEST_MEANING),
    other(2, LOGIN),
    other(3, CREATE),
    known(4, APPEND_NAME, FieldKind::Cipher, Content::Message(&APPEND), APPEND_MEANING),
    other(5, SUBSCRIBE),
    other(6, CREDIT),
    other(7, FETCH),
    other(8, PUT_BLOB),
    other(9, GET_BLOB),
    other(10, REPUBLISH),
    other(11, LIST_BLOBS),
    other(12, TAKE_TURN),
    other(13, EPHEMERAL),
    other(14, FILE_TICKET),
    other(15, PING),
    other(16, KNOCK),
    other(17, LIST_KNOCKS),
    other(18, DROP_KNOCK),
]);

phrases! {
    CHANGE_OF_ROOM = "a member's change of the room";
    NEWCOMER = "a newcomer's entry";
    A_MESSAGE = "a message";
    FOLLOWER = "a message that follows a change";
    UNKNOWN = "unknown";

    PLACE = "place";
    PLACE_MEANING = "Where the envelope stands in the room's log.";
    TIME = "time";
    TIME_MEANING = "When the relay took it, by the relay's clock.";
    KIND = "kind";
    KIND_MEANING = "Whether it is a message or a change of the room.";
    BASED_ON = "based on";
    ITS_AUTHOR_HAD = "The newest change that its author had processed.";
    THE_AUTHOR_HAD = "The newest change that the author had processed.";
    ENVELOPE_ID = "envelope id";
    ENVELOPE_ID_MEANING = "The author's name for it, drawn at random.";
    PASS = "pass";
    PASS_MEANING = "The author's key at this relay for this room: a pseudonym, not the identity.";

    HEADER_NAME = "header";
    HEADER_MEANING = "What the relay writes before an envelope.";
    BODY = "body";
    BODY_MEANING = "What the author sealed; the relay cannot open it.";
    DROPPED = "dropped";
    DROPPED_MEANING = "The SHA-256 of a body that the relay no longer keeps.";
    BLOB = "blob";
    BLOB_MEANING = "The SHA-256 of the blob that lets the next newcomer in.";

    INCARNATION = "incarnation";
    INCARNATION_MEANING = "Which life of the relay's store.";
    HEAD_PLACE = "head's place";
    HEAD_PLACE_MEANING = "The newest envelope.";
    HEAD_TIME = "head's time";
    HEAD_TIME_MEANING = "Its time.";
    HEAD_CHAIN = "head's chain";
    HEAD_CHAIN_MEANING = "Stands for the whole log up to there.";
    HEAD_SIGNATURE = "head's signature";
    HEAD_SIGNATURE_MEANING = "By the relay's log key.";

    IN_RANGE = "envelope";
    IN_RANGE_MEANING = "One envelope of the stretch.";
    LOG_END = "log's end";
    LOG_END_MEANING = "Where the log ends now.";
    OTHER_MEANING = "Another message of the link; link.proto has its fields.";

    REQUEST = "request";
    ANSWERS = "The request that this answers.";
    REQUEST_MEANING = "The number of the request.";
    DELIVERS = "deliver";
    DELIVERS_MEANING = "An envelope of the room's log.";
    RANGE_NAME = "range";
    RANGE_MEANING = "A stretch of the room's log.";
    HEAD = "head";
    HEAD_MEANING = "The relay's word on where the room stands.";
    APPEND_NAME = "append";
    APPEND_MEANING = "Envelopes for the room's log.";
    ENTRY = "entry";
    ENTRY_MEANING = "One envelope on its way into the log.";
    CHANGE = "change";
    CHANGE_MEANING = "A change of doors or passes at the relay.";

    HELLO = "hello";
    WELCOME = "welcome";
    CREATED = "created";
    APPENDED = "appended";
    SUBSCRIBED = "subscribed";
    BLOB_PROGRESS = "blob progress";
    BLOB_PART = "blob part";
    BLOBS = "blobs";
    TURN = "turn";
    EPHEMERAL = "ephemeral";
    TICKET = "ticket";
    PONG = "pong";
    REFUSED = "refused";
    GOODBYE = "goodbye";
    DONE = "done";
    KNOCKED = "knocked";
    KNOCKS = "knocks";
    DECLINED = "declined";
    ANSWERED = "answered";
    LOGIN = "login";
    CREATE = "create";
    SUBSCRIBE = "subscribe";
    CREDIT = "credit";
    FETCH = "fetch";
    PUT_BLOB = "put blob";
    GET_BLOB = "get blob";
    REPUBLISH = "republish";
    LIST_BLOBS = "list blobs";
    TAKE_TURN = "take turn";
    FILE_TICKET = "file ticket";
    PING = "ping";
    KNOCK = "knock";
    LIST_KNOCKS = "list knocks";
    DROP_KNOCK = "drop knock";
}
