//! An MLS message. Source: RFC 9420.

use std::borrow::Cow;
use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::authenticated_data;

/// Divides an `MLSMessage`, and what is in it if that is a `PrivateMessage`: everything in a room but entries.
pub fn message(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    cutter.number(2, Label::new("version", FieldKind::Frame, MESSAGE, VERSION), |number| {
        Value::Word(if number == 1 { "1: MLS 1.0".into() } else { format!("{number}: unknown").into() })
    })?;
    let label = Label::new("wire format", FieldKind::Frame, MESSAGE, FORMAT);
    let format = cutter.number(2, label, |number| Value::Word(wire_format(number)))?;
    if format != PRIVATE_MESSAGE {
        let label = Label::new("content", FieldKind::Unknown, MESSAGE, OTHER);
        return cutter.take(cutter.left(), label, Value::Bytes).map(drop);
    }
    vector(cutter, "group", |cutter, length| {
        cutter.take(length, Label::new("group id", FieldKind::Place, PRIVATE, GROUP), Value::Bytes).map(drop)
    })?;
    cutter.number(8, Label::new("epoch", FieldKind::Place, PRIVATE, EPOCH), Value::Number)?;
    let label = Label::new("content type", FieldKind::Frame, PRIVATE, TYPE);
    cutter.number(1, label, |number| Value::Word(content_type(number)))?;
    vector(cutter, "authenticated data", |cutter, length| {
        let label = Label::new("authenticated data", FieldKind::Place, PRIVATE, DATA);
        cutter.nest(length, label, authenticated_data).map(drop)
    })?;
    vector(cutter, "sender data", |cutter, length| {
        let label = Label::new("encrypted sender data", FieldKind::Cipher, SENDER, SENDER_DATA);
        cutter
            .nest(length, label, |bytes, range| {
                let parts =
                    [("sender, generation, guard", SENDER_PARTS, SENDER), ("sender data's tag", PROOF, AEAD)];
                aead(bytes, range, parts)
            })
            .map(drop)
    })?;
    vector(cutter, "ciphertext", |cutter, length| {
        let label = Label::new("ciphertext", FieldKind::Cipher, CONTENT, CIPHERTEXT);
        cutter
            .nest(length, label, |bytes, range| {
                aead(
                    bytes,
                    range,
                    [("content, signature", CONTENT_PARTS, CONTENT), ("content's tag", PROOF, AEAD)],
                )
            })
            .map(drop)
    })?;
    Some(())
}

/// A length in RFC 9420's form (2.1.2), and what `content` makes of so many bytes.
fn vector(
    cutter: &mut Cutter<'_>,
    of: &'static str,
    content: impl FnOnce(&mut Cutter<'_>, usize) -> Option<()>,
) -> Option<()> {
    let name: Cow<'static, str> = format!("length of {of}").into();
    let label = Label::new(name, FieldKind::Frame, LENGTHS, LENGTH);
    let first = *cutter.rest().first().unwrap_or(&0);
    let width = match first >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => {
            // No such form: nothing behind it can be found.
            let label = Label::new("no length", FieldKind::Unknown, LENGTHS, NO_LENGTH);
            cutter.take(cutter.left(), label, Value::Bytes);
            return None;
        }
    };
    let mask = u64::MAX >> (66 - 8 * width);
    let length = cutter.number(width, label, |number| Value::Number(number & mask))? & mask;
    content(cutter, usize::try_from(length).ok()?)
}

/// What an AEAD gave: encrypted bytes and their tag, which has 16 in all suites of a room (RFC 9180, 7.3).
fn aead(bytes: &[u8], range: Range<usize>, parts: [(&'static str, &'static str, Source); 2]) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    let text = cutter.left().saturating_sub(TAG);
    let [(name, meaning, source), (tag, proof, aead)] = parts;
    if text > 0 {
        cutter.take(text, Label::new(name, FieldKind::Cipher, source, meaning), Value::Bytes);
    }
    cutter.take(TAG, Label::new(tag, FieldKind::Proof, aead, proof), Value::Bytes);
    cutter.finish()
}

fn wire_format(number: u64) -> Cow<'static, str> {
    match number {
        1 => "1: PublicMessage".into(),
        PRIVATE_MESSAGE => "2: PrivateMessage".into(),
        3 => "3: Welcome".into(),
        4 => "4: GroupInfo".into(),
        5 => "5: KeyPackage".into(),
        other => format!("{other}: unknown").into(),
    }
}

fn content_type(number: u64) -> Cow<'static, str> {
    match number {
        1 => "1: application".into(),
        2 => "2: proposal".into(),
        3 => "3: commit".into(),
        other => format!("{other}: unknown").into(),
    }
}

const PRIVATE_MESSAGE: u64 = 2;
const TAG: usize = 16;

const RFC: &str = "RFC 9420";
const MESSAGE: Source = Source::new(RFC, "6");
const PRIVATE: Source = Source::new(RFC, "6.3");
const CONTENT: Source = Source::new(RFC, "6.3.1");
const SENDER: Source = Source::new(RFC, "6.3.2");
const LENGTHS: Source = Source::new(RFC, "2.1.2");
const AEAD: Source = Source::new("RFC 9420", "5.1, and RFC 5116, 2.1");

const VERSION: &str = "The version of MLS.";
const FORMAT: &str = "What the message is; in a room all but entries are private ones.";
const OTHER: &str = "A kind of message that no envelope of a room carries in the open.";
const GROUP: &str = "Which group it is for: in Keyroom the room's name at its relay.";
const EPOCH: &str = "How many times the room's keys have changed: each epoch has keys of its own.";
const TYPE: &str = "Whether it is a message of somebody or a change of the room.";
const DATA: &str = "Not hidden, but signed and protected: what the author says of the log.";
const SENDER_DATA: &str = "Who wrote it and with which of its keys: hidden from the relay, too.";
const SENDER_PARTS: &str =
    "Leaf number, generation of the sender's ratchet and four random bytes, encrypted.";
const CIPHERTEXT: &str = "The message under a key that is used once and then deleted.";
const CONTENT_PARTS: &str = "The padded content and its author's signature, encrypted.";
const PROOF: &str = "Proves that nothing was changed, by somebody who has the key.";
const LENGTH: &str = "How many bytes follow: in one, two or four bytes, as its first two bits say.";
const NO_LENGTH: &str = "Both of the first bits are set, which no length of MLS has.";
