//! An envelope of a sealed room, looked at: its layers from the captured bytes, and the steps that were noted when it was
//! opened.

use bytes::Bytes;
use keyroom_history::Capture;
use keyroom_types::{Digest, Header, Kind, RoomId};
use keyroom_wire::{Answer, Content, Envelope, ToClient};

use super::capture::{Facts, Outer, Session, Verdict};
use super::decode::{self, Payload};
use super::field::{Source, find};
use super::layer::Layer;
use super::noted;
use super::phrase::{Phrase, Text, phrases};
use super::step::{Outcome, Step, fingerprint, hex};

/// An envelope, looked at.
#[derive(Clone, Debug)]
pub struct InspectedEnvelope {
    /// From the outside to the inside.
    pub layers: Vec<Layer>,
    /// What was not captured, and why.
    pub remarks: Vec<Phrase>,
    /// How it was opened.
    pub steps: Vec<Step>,
    /// What was noted then; none where what is stored cannot be read.
    pub facts: Option<Facts>,
}

/// Looks at a captured envelope of this room.
pub(crate) fn inspect_envelope(room: &RoomId, capture: &Capture) -> InspectedEnvelope {
    let facts = Facts::decode(&capture.facts);
    let outer = capture.outer.as_deref().and_then(Outer::decode);
    let mut remarks = Vec::new();
    if outer.is_none() {
        let within =
            facts.as_ref().and_then(|facts| facts.session.as_ref()) == Some(&Session::WithinTheProcess);
        remarks.push(if within { NO_NETWORK } else { NO_RECORD });
    }
    let layers = layers(&capture.frame, outer);
    let steps = facts.as_ref().map(|facts| steps(room, &capture.frame, facts)).unwrap_or_default();
    InspectedEnvelope { layers, remarks, steps, facts }
}

fn layers(frame: &[u8], outer: Option<Outer>) -> Vec<Layer> {
    let Some(outer) = outer else {
        let fields = decode::to_client(frame, 0..frame.len());
        return vec![Layer::new(LINK_MESSAGE, DELIVERED, frame.to_vec(), fields)];
    };
    let records = outer.records.into_iter().map(|record| {
        let fields = decode::record(&record.bytes, 0..record.bytes.len());
        Layer::new(RECORD, ON_TCP, record.bytes.to_vec(), fields)
    });
    let mut layers: Vec<Layer> = records.collect();
    let bytes = [outer.head.as_slice(), frame].concat();
    let fields = decode::frame(&bytes, 0..bytes.len(), Payload::ToClient);
    layers.push(Layer::new(FRAME, DECRYPTED, bytes, fields));
    layers
}

/// The steps, in the order in which they are done.
fn steps(room: &RoomId, frame: &[u8], facts: &Facts) -> Vec<Step> {
    let envelope = match ToClient::decode(Bytes::copy_from_slice(frame)).map(|message| message.body) {
        Ok(Answer::Deliver(envelope)) => envelope,
        // Only what delivers an envelope was captured.
        _ => return Vec::new(),
    };
    let mut list = vec![chain(&envelope, facts), based_on(&envelope.header, facts)];
    match facts.kind {
        Kind::Join => list.push(lobby(facts)),
        _ => list.push(group(room, frame, facts)),
    }
    if facts.kind != Kind::Join {
        list.extend([sender(facts), generation(facts), aead(facts)]);
    }
    list.push(signature(facts));
    if facts.kind.is_commit() {
        list.extend([validity(facts), path(facts)]);
    } else {
        list.extend([place(&envelope.header, facts), content(facts), message_id(facts)]);
    }
    list
}

/// What a step that was done when the envelope was opened has come to: everything up to the one that refused was right.
fn noted(facts: &Facts, step: Phrase) -> Outcome {
    match &facts.verdict {
        Verdict::Opened | Verdict::Changed => Outcome::Recorded,
        Verdict::Own => Outcome::NotDone(OWN.into()),
        Verdict::Unsure if step == PATH => Outcome::Refused(NOT_FOLLOWED.into()),
        Verdict::Unsure => Outcome::Recorded,
        Verdict::NotLookedAt => Outcome::NotDone(CONTRADICTED.into()),
        Verdict::Refused { why, step: at } | Verdict::Skipped { why, step: at } => {
            let place = |name: &str| ORDER.iter().position(|step| *step == *name);
            match (place(&step), place(at)) {
                (Some(this), Some(that))
                    if this < that && matches!(facts.verdict, Verdict::Refused { .. }) =>
                {
                    Outcome::Recorded
                }
                // Before a message is authentic, its refusals are one: that is for all members the same.
                (Some(this), Some(that)) if this < that => Outcome::NotDone(NOT_TOLD_APART.into()),
                (Some(this), Some(that)) if this == that => {
                    Outcome::Refused(Phrase::kept(why, noted::PHRASES))
                }
                _ => Outcome::NotDone(REFUSED_BEFORE.into()),
            }
        }
    }
}

/// Computed again from the captured bytes: no key is needed for it.
fn chain(envelope: &Envelope, facts: &Facts) -> Step {
    let Envelope { header, content, blob } = envelope;
    let body = match content {
        Content::Body(body) => Digest::of(body),
        Content::Dropped(digest) => *digest,
    };
    let outcome = match facts.chain {
        (None, _) => Outcome::NotDone(FIRST_READ.into()),
        (Some(before), after) if before.then(header, &body, blob.as_ref()) == after => Outcome::Passed,
        _ => Outcome::Refused(OTHER_CHAIN.into()),
    };
    let mut values = vec![(AT_PLACE, Text::as_is(header.seq))];
    if let Some(before) = facts.chain.0 {
        values.push((CHAIN_BEFORE, Text::as_is(hex(before.as_bytes()))));
    }
    values.push((CHAIN_AFTER, Text::as_is(hex(facts.chain.1.as_bytes()))));
    Step {
        name: CHAIN,
        what: CHAIN_WHAT,
        values,
        outcome,
        if_wrong: CHAIN_WRONG,
        source: Source::new("Keyroom protocol", "The log"),
    }
}

fn based_on(header: &Header, facts: &Facts) -> Step {
    let outcome = match facts.verdict {
        Verdict::NotLookedAt => noted(facts, BASED_ON),
        _ => Outcome::Recorded,
    };
    Step {
        name: BASED_ON,
        what: BASED_ON_WHAT,
        values: vec![(BASED_ON_CHANGE, Text::as_is(header.based_on))],
        outcome,
        if_wrong: BASED_ON_WRONG,
        source: Source::new("Keyroom protocol", "Appending"),
    }
}

/// Compared again, from the captured bytes.
fn group(room: &RoomId, frame: &[u8], facts: &Facts) -> Step {
    let fields = decode::to_client(frame, 0..frame.len());
    let bytes = |name| find(&fields, name).and_then(|field| frame.get(field.range.clone()));
    let epoch = bytes("epoch").and_then(|epoch| epoch.try_into().ok()).map(u64::from_be_bytes);
    let here =
        facts.epoch.map(|epoch| if facts.kind == Kind::Commit { epoch.saturating_sub(1) } else { epoch });
    let outcome = match (bytes("group id"), epoch, here) {
        (None, ..) | (_, None, _) => Outcome::Refused(NOT_PRIVATE.into()),
        (Some(group), ..) if group != room.as_bytes() => Outcome::Refused(OTHER_GROUP.into()),
        (_, Some(epoch), Some(here)) if epoch != here => Outcome::Refused(OTHER_EPOCH.into()),
        _ => Outcome::Passed,
    };
    let mut values = vec![(OF_GROUP, Text::as_is(bytes("group id").map(hex).unwrap_or_default()))];
    values.extend(epoch.map(|epoch| (OF_EPOCH, Text::as_is(epoch))));
    Step {
        name: GROUP,
        what: GROUP_WHAT,
        values,
        outcome,
        if_wrong: GROUP_WRONG,
        source: Source::new("RFC 9420", "6.3").and("", "8"),
    }
}

fn lobby(facts: &Facts) -> Step {
    Step {
        name: LOBBY,
        what: LOBBY_WHAT,
        values: vec![(SUITE, Text::as_is(LOBBY_SUITE))],
        outcome: noted(facts, LOBBY),
        if_wrong: LOBBY_WRONG,
        source: Source::new("Keyroom protocol", "Joining"),
    }
}

fn sender(facts: &Facts) -> Step {
    let mut values = Vec::new();
    if let Some(author) = &facts.author {
        values.push((LEAF, Text::as_is(author.leaf)));
        values.push((NAME, Text::as_is(&author.name)));
        values.push((IDENTITY, Text::as_is(fingerprint(author.identity.as_bytes()))));
    }
    Step {
        name: SENDER,
        what: SENDER_WHAT,
        values,
        outcome: noted(facts, SENDER),
        if_wrong: SENDER_WRONG,
        source: Source::new("RFC 9420", "6.3.2"),
    }
}

fn generation(facts: &Facts) -> Step {
    Step {
        name: GENERATION,
        what: GENERATION_WHAT,
        values: vec![(OF_GENERATION, NOT_TOLD.into())],
        outcome: noted(facts, GENERATION),
        if_wrong: GENERATION_WRONG,
        source: Source::new("RFC 9420", "9.1").and("", "9.2"),
    }
}

fn aead(facts: &Facts) -> Step {
    Step {
        name: AEAD,
        what: AEAD_WHAT,
        values: vec![(SUITE, Text::as_is(suite(facts.hybrid)))],
        outcome: noted(facts, AEAD),
        if_wrong: AEAD_WRONG,
        source: Source::new("RFC 9420", "6.3.1").and("RFC 5116", "2.2"),
    }
}

fn signature(facts: &Facts) -> Step {
    let identity = facts.author.as_ref().map(|author| fingerprint(author.identity.as_bytes()));
    Step {
        name: SIGNATURE,
        what: SIGNATURE_WHAT,
        values: identity.map(|identity| (IDENTITY, Text::as_is(identity))).into_iter().collect(),
        outcome: noted(facts, SIGNATURE),
        if_wrong: SIGNATURE_WRONG,
        source: Source::new("RFC 9420", "6.1").and("RFC 8032", "5.1.7"),
    }
}

fn place(header: &Header, facts: &Facts) -> Step {
    let mut values = vec![(PASS, Text::as_is(fingerprint(header.pass.as_bytes())))];
    values.extend(facts.newest.map(|newest| (NEWEST, Text::as_is(newest))));
    values.push((SIGNED_HEAD, if facts.signed_head { YES } else { NO }.into()));
    Step {
        name: PLACE,
        what: PLACE_WHAT,
        values,
        outcome: noted(facts, PLACE),
        if_wrong: PLACE_WRONG,
        source: Source::new("Keyroom protocol", "Validity"),
    }
}

fn content(facts: &Facts) -> Step {
    let mut values = Vec::new();
    if let Some((plain, padded)) = facts.lengths {
        values.push((CONTENT_BYTES, Text::as_is(plain)));
        values.push((PADDED_TO, Text::as_is(padded)));
    }
    let kind = facts.message.as_ref().map(|(_, kind)| Phrase::kept(kind, noted::PHRASES));
    values.extend(kind.map(|kind| (CONTENT_KIND, kind)));
    Step {
        name: CONTENT,
        what: CONTENT_WHAT,
        values,
        outcome: noted(facts, CONTENT),
        if_wrong: CONTENT_WRONG,
        source: Source::new("Keyroom protocol", "Content"),
    }
}

fn message_id(facts: &Facts) -> Step {
    let id = facts.message.as_ref().map(|(id, _)| (MESSAGE_ID, Text::as_is(hex(id.as_bytes()))));
    Step {
        name: MESSAGE_ID,
        what: MESSAGE_ID_WHAT,
        values: id.into_iter().collect(),
        outcome: noted(facts, MESSAGE_ID),
        if_wrong: MESSAGE_ID_WRONG,
        source: Source::new("Keyroom protocol", "Content"),
    }
}

fn validity(facts: &Facts) -> Step {
    Step {
        name: VALIDITY,
        what: VALIDITY_WHAT,
        values: facts.author.iter().map(|author| (BY, Text::as_is(&author.name))).collect(),
        outcome: noted(facts, VALIDITY),
        if_wrong: VALIDITY_WRONG,
        source: Source::new("Keyroom protocol", "Validity"),
    }
}

fn path(facts: &Facts) -> Step {
    Step {
        name: PATH,
        what: PATH_WHAT,
        values: facts.epoch.map(|epoch| (NEW_EPOCH, Text::as_is(epoch))).into_iter().collect(),
        outcome: noted(facts, PATH),
        if_wrong: PATH_WRONG,
        source: Source::new("RFC 9420", "12.4.2"),
    }
}

/// The MLS suite of a room, by the name that the registry has.
pub(super) fn suite(hybrid: bool) -> &'static str {
    if hybrid {
        "MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519"
    } else {
        "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
    }
}

/// In the order in which they are done.
const ORDER: [Phrase; 13] = [
    CHAIN, BASED_ON, LOBBY, GROUP, SENDER, GENERATION, AEAD, SIGNATURE, PLACE, CONTENT, MESSAGE_ID, VALIDITY,
    PATH,
];

const LOBBY_SUITE: &str = "AES-256-GCM";

// Steps and what is noted of them are kept in profiles by their English names: `noted.rs`.
phrases! {
    LINK_MESSAGE = "message of the link";
    RECORD = "TLS record";
    FRAME = "WebSocket frame";
    ON_TCP = "As it went over TCP. Neighbours may be in the same record.";
    DECRYPTED = "What was in the record, as the relay sent it.";
    DELIVERED = "What was in the WebSocket frame, as the relay delivered it.";
    NO_RECORD = "TLS record: not captured. What the network saw is this, encrypted once more for the way to the relay.";
    NO_NETWORK = "TLS record: none. The relay was in this program, so these bytes did not go over a network here.";
    OWN = "it is our own: who seals a message deletes its key at once and cannot open it either; that it is the one that was sent is known by its envelope id";
    NOT_FOLLOWED = "it could not be followed here; perhaps others can";
    CONTRADICTED = "the log contradicts what the relay has signed";
    /// Before a message is authentic.
    NOT_TOLD_APART = "it is not told apart from the next";
    REFUSED_BEFORE = "it was refused before";

    CHAIN = "header and chain";
    CHAIN_WHAT = "Adds the envelope to a running hash of the whole log, which members compare. Done again just now, from these bytes.";
    CHAIN_WRONG = "The relay has left something out, changed it or shown others another log: the room turns red.";
    AT_PLACE = "place";
    CHAIN_BEFORE = "chain before";
    CHAIN_AFTER = "chain after";
    FIRST_READ = "it was the first envelope that was read here";
    OTHER_CHAIN = "the chain computed from these bytes is another";

    BASED_ON = "based on";
    BASED_ON_WHAT = "Looks whether its author knew the newest change of the room's keys.";
    BASED_ON_WRONG = "It was written for old keys: the relay refuses it, and its author writes it anew for the present ones.";
    BASED_ON_CHANGE = "based on the change at place";

    pub(super) GROUP = "group and epoch";
    GROUP_WHAT = "Looks whether it is for this room, and for the keys of this epoch. Done again just now.";
    GROUP_WRONG = "Another epoch's keys are deleted, or not yet there: nobody here could open it. Who was removed ends here.";
    OF_GROUP = "group";
    OF_EPOCH = "epoch";
    NOT_PRIVATE = "it is no private message of MLS";
    OTHER_GROUP = "it is for another group";
    OTHER_EPOCH = "it is of another epoch";

    pub(super) LOBBY = "lobby key";
    LOBBY_WHAT = "Opens the newcomer's envelope with a key that all members of the epoch have, so that the relay does not see who comes.";
    LOBBY_WRONG = "It was made without the room's blob, or for another place: it is skipped by all.";
    SUITE = "suite";

    pub(super) SENDER = "sender data";
    SENDER_WHAT = "Decrypts who wrote it, and which of its keys it used: the relay knows neither.";
    SENDER_WRONG = "The key of the group is another, or a bit was changed: it cannot even be told whose it is.";
    LEAF = "leaf";
    NAME = "name";
    IDENTITY = "identity, fingerprint";

    pub(super) GENERATION = "ratchet generation";
    GENERATION_WHAT = "Takes the key for exactly this message from the sender's ratchet, and deletes it.";
    GENERATION_WRONG = "A key that was used is gone: a message that comes a second time cannot be opened, not even by us.";
    OF_GENERATION = "generation";
    NOT_TOLD = "the MLS library does not tell it";

    pub(super) AEAD = "AEAD";
    AEAD_WHAT = "Decrypts the content and checks its tag, over the ciphertext and over what stands beside it in the open.";
    AEAD_WRONG = "A bit was changed, in the ciphertext or beside it: nobody opens it, and its author is not blamed.";

    pub(super) SIGNATURE = "signature";
    SIGNATURE_WHAT = "Checks its author's signature: all members have the keys, only one can have signed.";
    SIGNATURE_WRONG = "Another member wrote it in the name of this one: refused.";

    pub(super) PLACE = "place in the log";
    PLACE_WHAT = "Compares what its author signed of the log with where the relay put it, and its pass with its author's.";
    PLACE_WRONG = "The relay has moved it, or somebody else brought it: it is not shown as this person's.";
    PASS = "pass, fingerprint";
    NEWEST = "newest that the author had";
    SIGNED_HEAD = "with a signed head of the relay";
    YES = "yes";
    NO = "no";

    pub(super) CONTENT = "content and padding";
    CONTENT_WHAT = "Takes the filler off, which makes all short messages equally long, and reads the content.";
    CONTENT_WRONG = "It is no content that this version reads: a line says so, and nothing of it is shown.";
    CONTENT_BYTES = "bytes of content";
    PADDED_TO = "padded to";
    CONTENT_KIND = "kind of content";

    MESSAGE_ID = "message id";
    MESSAGE_ID_WHAT = "Looks whether this person said this before: the id is inside what is signed.";
    MESSAGE_ID_WRONG = "It is the same message, sealed once more: it is shown once.";

    pub(super) VALIDITY = "rules of the room";
    VALIDITY_WHAT = "Judges the change by the room's rules: who may do what, through which door. All members come to one verdict.";
    VALIDITY_WRONG = "All members skip it alike, and a line says so.";
    BY = "by";

    PATH = "new keys";
    PATH_WHAT = "Computes the new keys from what was sealed to this member, and checks that they are everybody's.";
    PATH_WRONG = "Somebody was left out: this device stops sending and enters anew, visibly.";
    NEW_EPOCH = "new epoch";
}
