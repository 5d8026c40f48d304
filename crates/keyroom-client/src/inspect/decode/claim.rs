//! The authenticated data of a sealed room's messages: a fixed binary form. Source: `docs/protocol.md`.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};

/// Divides authenticated data: what the author says of the log, signed, and readable by the relay.
pub fn authenticated_data(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    let field = |name, kind, meaning| Label::new(name, kind, DATA, meaning);
    cutter.number(
        1,
        field("form", FieldKind::Frame, "The form of what follows; there is only this one."),
        Value::Number,
    )?;
    let kind = cutter.number(
        1,
        field("what for", FieldKind::Frame, "Whether it belongs to a newcomer's entry."),
        |n| {
            Value::Word(match n {
                1 => "1: a member's".into(),
                2 => "2: a newcomer's".into(),
                other => format!("{other}: unknown").into(),
            })
        },
    )?;
    cutter.take(
        16,
        field("room", FieldKind::Place, "The room that it was written for: it fits no other."),
        Value::Bytes,
    )?;
    cutter.number(8, field("based on", FieldKind::Place, BASED_ON), Value::Number)?;
    cutter.number(8, field("newest seen", FieldKind::Place, NEWEST), Value::Number)?;
    cutter.take(32, field("chain there", FieldKind::Hash, CHAIN), Value::Bytes)?;
    let label = Label::new("signed head", FieldKind::Proof, HEAD, HEAD_MEANING);
    cutter.nest(HEAD_BYTES, label, head)?;
    if kind == 2 {
        cutter.take(
            16,
            field("door", FieldKind::Place, "The door that the newcomer came through."),
            Value::Bytes,
        )?;
        cutter.take(
            32,
            field("pass", FieldKind::Place, "The newcomer's own key at the relay."),
            Value::Bytes,
        )?;
        cutter.take(64, field("door's signature", FieldKind::Proof, DOOR), Value::Bytes)?;
        cutter.take(
            32,
            field("old pass", FieldKind::Place, "Of somebody who comes again; else zeros."),
            Value::Bytes,
        )?;
        cutter.take(64, field("old pass's signature", FieldKind::Proof, OLD), Value::Bytes)?;
    }
    Some(())
}

fn head(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let field = |name, kind, meaning| Label::new(name, kind, HEAD, meaning);
    let mut cutter = Cutter::new(bytes, range);
    if cutter.rest().iter().all(|&byte| byte == 0) {
        let label = field("no signed head", FieldKind::Filler, "Zeros: the author had no signed head yet.");
        cutter.take(cutter.left(), label, Value::Bytes);
        return cutter.finish();
    }
    // Its length was checked by whoever asked.
    let _ = cutter
        .take(16, field("incarnation", FieldKind::Place, "Which life of the relay's store."), Value::Bytes)
        .and_then(|_| {
            cutter.number(
                8,
                field("head's place", FieldKind::Place, "Where the log ended then."),
                Value::Number,
            )
        })
        .and_then(|_| {
            cutter.number(
                8,
                field("head's time", FieldKind::Time, "When, by the relay's clock."),
                Value::Millis,
            )
        })
        .and_then(|_| {
            cutter.take(32, field("head's chain", FieldKind::Hash, "The chain's value there."), Value::Bytes)
        })
        .and_then(|_| {
            cutter.take(
                64,
                field("head's signature", FieldKind::Proof, "By the relay's log key."),
                Value::Bytes,
            )
        });
    cutter.finish()
}

const HEAD_BYTES: usize = 16 + 8 + 8 + 32 + 64;

const DATA: Source = Source::new("Keyroom protocol", "Authenticated data");
const HEAD: Source = Source::new("Keyroom protocol", "Signed heads");

const BASED_ON: &str = "The newest change of the room's keys that the author had processed.";
const NEWEST: &str = "The newest envelope that the author had.";
const CHAIN: &str = "Stands for the whole log up to there: another log has another value.";
const HEAD_MEANING: &str =
    "The newest word that the relay had signed for the author: two that differ prove a lie.";
const DOOR: &str = "Proves that the newcomer held the key of the door.";
const OLD: &str = "Proves that the one who comes again is the one who was there; else zeros.";
