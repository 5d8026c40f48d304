//! The authenticated data of a sealed room's messages: a fixed binary form. Source: `docs/protocol.md`.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Phrase, Text, phrases};

/// Divides authenticated data: what the author says of the log, signed, and readable by the relay.
pub fn authenticated_data(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    let field = |name: Phrase, kind, meaning: Phrase| Label::new(name, kind, DATA, meaning);
    cutter.number(1, field(FORM, FieldKind::Frame, FORM_MEANING), Value::Number)?;
    let kind = cutter.number(1, field(WHAT_FOR, FieldKind::Frame, WHAT_FOR_MEANING), |n| {
        Value::Word(match n {
            1 => MEMBERS.into(),
            2 => NEWCOMERS.into(),
            other => UNKNOWN.with([Text::as_is(other)]),
        })
    })?;
    cutter.take(16, field(ROOM, FieldKind::Place, ROOM_MEANING), Value::Bytes)?;
    cutter.number(8, field(BASED_ON, FieldKind::Place, BASED_ON_MEANING), Value::Number)?;
    cutter.number(8, field(NEWEST, FieldKind::Place, NEWEST_MEANING), Value::Number)?;
    cutter.take(32, field(CHAIN, FieldKind::Hash, CHAIN_MEANING), Value::Bytes)?;
    let label = Label::new(SIGNED_HEAD, FieldKind::Proof, HEAD, SIGNED_HEAD_MEANING);
    cutter.nest(HEAD_BYTES, label, head)?;
    if kind == 2 {
        cutter.take(16, field(DOOR, FieldKind::Place, DOOR_MEANING), Value::Bytes)?;
        cutter.take(32, field(PASS, FieldKind::Place, PASS_MEANING), Value::Bytes)?;
        cutter.take(64, field(DOOR_SIGNATURE, FieldKind::Proof, DOOR_PROOF), Value::Bytes)?;
        cutter.take(32, field(OLD_PASS, FieldKind::Place, OLD_PASS_MEANING), Value::Bytes)?;
        cutter.take(64, field(OLD_SIGNATURE, FieldKind::Proof, OLD_PROOF), Value::Bytes)?;
    }
    Some(())
}

fn head(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let field = |name: Phrase, kind, meaning: Phrase| Label::new(name, kind, HEAD, meaning);
    let mut cutter = Cutter::new(bytes, range);
    if cutter.rest().iter().all(|&byte| byte == 0) {
        let label = field(NO_HEAD, FieldKind::Filler, NO_HEAD_MEANING);
        cutter.take(cutter.left(), label, Value::Bytes);
        return cutter.finish();
    }
    // Its length was checked by whoever asked.
    let _ = cutter
        .take(16, field(INCARNATION, FieldKind::Place, INCARNATION_MEANING), Value::Bytes)
        .and_then(|_| {
            cutter.number(8, field(HEAD_PLACE, FieldKind::Place, HEAD_PLACE_MEANING), Value::Number)
        })
        .and_then(|_| cutter.number(8, field(HEAD_TIME, FieldKind::Time, HEAD_TIME_MEANING), Value::Millis))
        .and_then(|_| cutter.take(32, field(HEAD_CHAIN, FieldKind::Hash, HEAD_CHAIN_MEANING), Value::Bytes))
        .and_then(|_| {
            cutter.take(64, field(HEAD_SIGNATURE, FieldKind::Proof, HEAD_SIGNATURE_MEANING), Value::Bytes)
        });
    cutter.finish()
}

const HEAD_BYTES: usize = 16 + 8 + 8 + 32 + 64;

const DATA: Source = Source::new("Keyroom protocol", "Authenticated data");
const HEAD: Source = Source::new("Keyroom protocol", "Signed heads");

phrases! {
    FORM = "form";
    FORM_MEANING = "The form of what follows; there is only this one.";
    WHAT_FOR = "what for";
    WHAT_FOR_MEANING = "Whether it belongs to a newcomer's entry.";
    MEMBERS = "1: a member's";
    NEWCOMERS = "2: a newcomer's";
    UNKNOWN = "{}: unknown";
    ROOM = "room";
    ROOM_MEANING = "The room that it was written for: it fits no other.";
    BASED_ON = "based on";
    BASED_ON_MEANING = "The newest change of the room's keys that the author had processed.";
    NEWEST = "newest seen";
    NEWEST_MEANING = "The newest envelope that the author had.";
    CHAIN = "chain there";
    CHAIN_MEANING = "Stands for the whole log up to there: another log has another value.";
    SIGNED_HEAD = "signed head";
    SIGNED_HEAD_MEANING = "The newest word that the relay had signed for the author: two that differ prove a lie.";
    DOOR = "door";
    DOOR_MEANING = "The door that the newcomer came through.";
    PASS = "pass";
    PASS_MEANING = "The newcomer's own key at the relay.";
    DOOR_SIGNATURE = "door's signature";
    DOOR_PROOF = "Proves that the newcomer held the key of the door.";
    OLD_PASS = "old pass";
    OLD_PASS_MEANING = "Of somebody who comes again; else zeros.";
    OLD_SIGNATURE = "old pass's signature";
    OLD_PROOF = "Proves that the one who comes again is the one who was there; else zeros.";
    NO_HEAD = "no signed head";
    NO_HEAD_MEANING = "Zeros: the author had no signed head yet.";
    INCARNATION = "incarnation";
    INCARNATION_MEANING = "Which life of the relay's store.";
    HEAD_PLACE = "head's place";
    HEAD_PLACE_MEANING = "Where the log ended then.";
    HEAD_TIME = "head's time";
    HEAD_TIME_MEANING = "When, by the relay's clock.";
    HEAD_CHAIN = "head's chain";
    HEAD_CHAIN_MEANING = "The chain's value there.";
    HEAD_SIGNATURE = "head's signature";
    HEAD_SIGNATURE_MEANING = "By the relay's log key.";
}
