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
use super::step::{Outcome, Step, fingerprint, hex};

/// An envelope, looked at.
#[derive(Clone, Debug)]
pub struct InspectedEnvelope {
    /// From the outside to the inside.
    pub layers: Vec<Layer>,
    /// What was not captured, and why.
    pub remarks: Vec<&'static str>,
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
        return vec![Layer::new("message of the link", DELIVERED, frame.to_vec(), fields)];
    };
    let records = outer.records.into_iter().map(|record| {
        let fields = decode::record(&record.bytes, 0..record.bytes.len());
        Layer::new("TLS record", ON_TCP, record.bytes.to_vec(), fields)
    });
    let mut layers: Vec<Layer> = records.collect();
    let bytes = [outer.head.as_slice(), frame].concat();
    let fields = decode::frame(&bytes, 0..bytes.len(), Payload::ToClient);
    layers.push(Layer::new("WebSocket frame", DECRYPTED, bytes, fields));
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
fn noted(facts: &Facts, step: &'static str) -> Outcome {
    match &facts.verdict {
        Verdict::Opened | Verdict::Changed => Outcome::Recorded,
        Verdict::Own => Outcome::NotDone(OWN.into()),
        Verdict::Unsure if step == PATH => {
            Outcome::Refused("it could not be followed here; perhaps others can".into())
        }
        Verdict::Unsure => Outcome::Recorded,
        Verdict::NotLookedAt => Outcome::NotDone("the log contradicts what the relay has signed".into()),
        Verdict::Refused { why, step: at } | Verdict::Skipped { why, step: at } => {
            let place = |name: &str| ORDER.iter().position(|step| *step == name);
            match (place(step), place(at)) {
                (Some(this), Some(that))
                    if this < that && matches!(facts.verdict, Verdict::Refused { .. }) =>
                {
                    Outcome::Recorded
                }
                // Before a message is authentic, its refusals are one: that is for all members the same.
                (Some(this), Some(that)) if this < that => {
                    Outcome::NotDone("it is not told apart from the next".into())
                }
                (Some(this), Some(that)) if this == that => Outcome::Refused(why.clone().into()),
                _ => Outcome::NotDone("it was refused before".into()),
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
        (None, _) => Outcome::NotDone("it was the first envelope that was read here".into()),
        (Some(before), after) if before.then(header, &body, blob.as_ref()) == after => Outcome::Passed,
        _ => Outcome::Refused("the chain computed from these bytes is another".into()),
    };
    let mut values = vec![("place", header.seq.to_string())];
    if let Some(before) = facts.chain.0 {
        values.push(("chain before", hex(before.as_bytes())));
    }
    values.push(("chain after", hex(facts.chain.1.as_bytes())));
    Step {
        name: CHAIN,
        what: "Adds the envelope to a running hash of the whole log, which members compare. Done again just now, from these bytes.",
        values,
        outcome,
        if_wrong: "The relay has left something out, changed it or shown others another log: the room turns red.",
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
        what: "Looks whether its author knew the newest change of the room's keys.",
        values: vec![("based on the change at place", header.based_on.to_string())],
        outcome,
        if_wrong: "It was written for old keys: the relay refuses it, and its author writes it anew for the present ones.",
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
        (None, ..) | (_, None, _) => Outcome::Refused("it is no private message of MLS".into()),
        (Some(group), ..) if group != room.as_bytes() => Outcome::Refused("it is for another group".into()),
        (_, Some(epoch), Some(here)) if epoch != here => Outcome::Refused("it is of another epoch".into()),
        _ => Outcome::Passed,
    };
    let mut values = vec![("group", bytes("group id").map(hex).unwrap_or_default())];
    values.extend(epoch.map(|epoch| ("epoch", epoch.to_string())));
    Step {
        name: GROUP,
        what: "Looks whether it is for this room, and for the keys of this epoch. Done again just now.",
        values,
        outcome,
        if_wrong: "Another epoch's keys are deleted, or not yet there: nobody here could open it. Who was removed ends here.",
        source: Source::new("RFC 9420", "6.3 and 8"),
    }
}

fn lobby(facts: &Facts) -> Step {
    Step {
        name: LOBBY,
        what: "Opens the newcomer's envelope with a key that all members of the epoch have, so that the relay does not see who comes.",
        values: vec![("suite", "AES-256-GCM".to_owned())],
        outcome: noted(facts, LOBBY),
        if_wrong: "It was made without the room's blob, or for another place: it is skipped by all.",
        source: Source::new("Keyroom protocol", "Joining"),
    }
}

fn sender(facts: &Facts) -> Step {
    let mut values = Vec::new();
    if let Some(author) = &facts.author {
        values.push(("leaf", author.leaf.to_string()));
        values.push(("name", author.name.clone()));
        values.push(("identity, fingerprint", fingerprint(author.identity.as_bytes())));
    }
    Step {
        name: SENDER,
        what: "Decrypts who wrote it, and which of its keys it used: the relay knows neither.",
        values,
        outcome: noted(facts, SENDER),
        if_wrong: "The key of the group is another, or a bit was changed: it cannot even be told whose it is.",
        source: Source::new("RFC 9420", "6.3.2"),
    }
}

fn generation(facts: &Facts) -> Step {
    Step {
        name: GENERATION,
        what: "Takes the key for exactly this message from the sender's ratchet, and deletes it.",
        values: vec![("generation", "the MLS library does not tell it".to_owned())],
        outcome: noted(facts, GENERATION),
        if_wrong: "A key that was used is gone: a message that comes a second time cannot be opened, not even by us.",
        source: Source::new("RFC 9420", "9.1 and 9.2"),
    }
}

fn aead(facts: &Facts) -> Step {
    Step {
        name: AEAD,
        what: "Decrypts the content and checks its tag, over the ciphertext and over what stands beside it in the open.",
        values: vec![("suite", suite(facts.hybrid).to_owned())],
        outcome: noted(facts, AEAD),
        if_wrong: "A bit was changed, in the ciphertext or beside it: nobody opens it, and its author is not blamed.",
        source: Source::new("RFC 9420", "6.3.1, and RFC 5116, 2.2"),
    }
}

fn signature(facts: &Facts) -> Step {
    let identity = facts.author.as_ref().map(|author| fingerprint(author.identity.as_bytes()));
    Step {
        name: SIGNATURE,
        what: "Checks its author's signature: all members have the keys, only one can have signed.",
        values: identity.map(|identity| ("identity, fingerprint", identity)).into_iter().collect(),
        outcome: noted(facts, SIGNATURE),
        if_wrong: "Another member wrote it in the name of this one: refused.",
        source: Source::new("RFC 9420", "6.1, and RFC 8032, 5.1.7"),
    }
}

fn place(header: &Header, facts: &Facts) -> Step {
    let mut values = vec![("pass, fingerprint", fingerprint(header.pass.as_bytes()))];
    values.extend(facts.newest.map(|newest| ("newest that the author had", newest.to_string())));
    values.push(("with a signed head of the relay", if facts.signed_head { "yes" } else { "no" }.to_owned()));
    Step {
        name: PLACE,
        what: "Compares what its author signed of the log with where the relay put it, and its pass with its author's.",
        values,
        outcome: noted(facts, PLACE),
        if_wrong: "The relay has moved it, or somebody else brought it: it is not shown as this person's.",
        source: Source::new("Keyroom protocol", "Validity"),
    }
}

fn content(facts: &Facts) -> Step {
    let mut values = Vec::new();
    if let Some((plain, padded)) = facts.lengths {
        values.push(("bytes of content", plain.to_string()));
        values.push(("padded to", padded.to_string()));
    }
    values.extend(facts.message.as_ref().map(|(_, kind)| ("kind of content", kind.clone())));
    Step {
        name: CONTENT,
        what: "Takes the filler off, which makes all short messages equally long, and reads the content.",
        values,
        outcome: noted(facts, CONTENT),
        if_wrong: "It is no content that this version reads: a line says so, and nothing of it is shown.",
        source: Source::new("Keyroom protocol", "Content"),
    }
}

fn message_id(facts: &Facts) -> Step {
    let id = facts.message.as_ref().map(|(id, _)| ("message id", hex(id.as_bytes())));
    Step {
        name: MESSAGE_ID,
        what: "Looks whether this person said this before: the id is inside what is signed.",
        values: id.into_iter().collect(),
        outcome: noted(facts, MESSAGE_ID),
        if_wrong: "It is the same message, sealed once more: it is shown once.",
        source: Source::new("Keyroom protocol", "Content"),
    }
}

fn validity(facts: &Facts) -> Step {
    Step {
        name: VALIDITY,
        what: "Judges the change by the room's rules: who may do what, through which door. All members come to one verdict.",
        values: facts.author.iter().map(|author| ("by", author.name.clone())).collect(),
        outcome: noted(facts, VALIDITY),
        if_wrong: "All members skip it alike, and a line says so.",
        source: Source::new("Keyroom protocol", "Validity"),
    }
}

fn path(facts: &Facts) -> Step {
    Step {
        name: PATH,
        what: "Computes the new keys from what was sealed to this member, and checks that they are everybody's.",
        values: facts.epoch.map(|epoch| ("new epoch", epoch.to_string())).into_iter().collect(),
        outcome: noted(facts, PATH),
        if_wrong: "Somebody was left out: this device stops sending and enters anew, visibly.",
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

const CHAIN: &str = "header and chain";
const BASED_ON: &str = "based on";
const GROUP: &str = "group and epoch";
pub(super) const LOBBY: &str = "lobby key";
const SENDER: &str = "sender data";
const GENERATION: &str = "ratchet generation";
pub(super) const AEAD: &str = "AEAD";
const SIGNATURE: &str = "signature";
pub(super) const PLACE: &str = "place in the log";
pub(super) const CONTENT: &str = "content and padding";
const MESSAGE_ID: &str = "message id";
pub(super) const VALIDITY: &str = "rules of the room";
const PATH: &str = "new keys";
/// In the order in which they are done.
const ORDER: [&str; 13] = [
    CHAIN, BASED_ON, LOBBY, GROUP, SENDER, GENERATION, AEAD, SIGNATURE, PLACE, CONTENT, MESSAGE_ID, VALIDITY,
    PATH,
];

const ON_TCP: &str = "As it went over TCP. Neighbours may be in the same record.";
const DECRYPTED: &str = "What was in the record, as the relay sent it.";
const DELIVERED: &str = "What was in the WebSocket frame, as the relay delivered it.";
const NO_RECORD: &str =
    "TLS record: not captured. What the network saw is this, encrypted once more for the way to the relay.";
const NO_NETWORK: &str =
    "TLS record: none. The relay was in this program, so these bytes did not go over a network here.";
const OWN: &str = "it is our own: who seals a message deletes its key at once and cannot open it either; that it is the one \
                   that was sent is known by its envelope id";
