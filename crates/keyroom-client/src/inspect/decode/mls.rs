//! An MLS message. Source: RFC 9420.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Phrase, Text, phrases};
use super::authenticated_data;

/// Divides an `MLSMessage`, and what is in it if that is a `PrivateMessage`: everything in a room but entries.
pub fn message(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    cutter.number(2, Label::new(VERSION, FieldKind::Frame, MESSAGE, VERSION_MEANING), |number| {
        Value::Word(if number == 1 { MLS_1_0.into() } else { unknown(number) })
    })?;
    let label = Label::new(FORMAT, FieldKind::Frame, MESSAGE, FORMAT_MEANING);
    let format = cutter.number(2, label, |number| Value::Word(wire_format(number)))?;
    if format != PRIVATE_MESSAGE {
        let label = Label::new(OTHER, FieldKind::Unknown, MESSAGE, OTHER_MEANING);
        return cutter.take(cutter.left(), label, Value::Bytes).map(drop);
    }
    vector(cutter, GROUP_LENGTH, |cutter, length| {
        let label = Label::new(GROUP, FieldKind::Place, PRIVATE, GROUP_MEANING);
        cutter.take(length, label, Value::Bytes).map(drop)
    })?;
    cutter.number(8, Label::new(EPOCH, FieldKind::Place, PRIVATE, EPOCH_MEANING), Value::Number)?;
    let label = Label::new(TYPE, FieldKind::Frame, PRIVATE, TYPE_MEANING);
    cutter.number(1, label, |number| Value::Word(content_type(number)))?;
    vector(cutter, DATA_LENGTH, |cutter, length| {
        let label = Label::new(DATA, FieldKind::Place, PRIVATE, DATA_MEANING);
        cutter.nest(length, label, authenticated_data).map(drop)
    })?;
    vector(cutter, SENDER_LENGTH, |cutter, length| {
        let label = Label::new(SENDER_DATA, FieldKind::Cipher, SENDER, SENDER_MEANING);
        cutter
            .nest(length, label, |bytes, range| {
                aead(bytes, range, [(SENDER_PARTS, SENDER_PARTS_MEANING, SENDER), (SENDER_TAG, PROOF, AEAD)])
            })
            .map(drop)
    })?;
    vector(cutter, CIPHERTEXT_LENGTH, |cutter, length| {
        let label = Label::new(CIPHERTEXT, FieldKind::Cipher, CONTENT, CIPHERTEXT_MEANING);
        cutter
            .nest(length, label, |bytes, range| {
                aead(
                    bytes,
                    range,
                    [(CONTENT_PARTS, CONTENT_PARTS_MEANING, CONTENT), (CONTENT_TAG, PROOF, AEAD)],
                )
            })
            .map(drop)
    })?;
    Some(())
}

/// A length in RFC 9420's form (2.1.2), and what `content` makes of so many bytes.
fn vector(
    cutter: &mut Cutter<'_>,
    name: Phrase,
    content: impl FnOnce(&mut Cutter<'_>, usize) -> Option<()>,
) -> Option<()> {
    let label = Label::new(name, FieldKind::Frame, LENGTHS, LENGTH);
    let first = *cutter.rest().first().unwrap_or(&0);
    let width = match first >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => {
            // No such form: nothing behind it can be found.
            let label = Label::new(NO_LENGTH, FieldKind::Unknown, LENGTHS, NO_LENGTH_MEANING);
            cutter.take(cutter.left(), label, Value::Bytes);
            return None;
        }
    };
    let mask = u64::MAX >> (66 - 8 * width);
    let length = cutter.number(width, label, |number| Value::Number(number & mask))? & mask;
    content(cutter, usize::try_from(length).ok()?)
}

/// What an AEAD gave: encrypted bytes and their tag, which has 16 in all suites of a room (RFC 9180, 7.3).
fn aead(bytes: &[u8], range: Range<usize>, parts: [(Phrase, Phrase, Source); 2]) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    let text = cutter.left().saturating_sub(TAG);
    let [(name, meaning, source), (tag, proof, aead)] = parts;
    if text > 0 {
        cutter.take(text, Label::new(name, FieldKind::Cipher, source, meaning), Value::Bytes);
    }
    cutter.take(TAG, Label::new(tag, FieldKind::Proof, aead, proof), Value::Bytes);
    cutter.finish()
}

fn wire_format(number: u64) -> Text {
    match number {
        1 => PUBLIC_MESSAGE.into(),
        PRIVATE_MESSAGE => IS_PRIVATE_MESSAGE.into(),
        3 => WELCOME.into(),
        4 => GROUP_INFO.into(),
        5 => KEY_PACKAGE.into(),
        other => unknown(other),
    }
}

fn content_type(number: u64) -> Text {
    match number {
        1 => APPLICATION.into(),
        2 => PROPOSAL.into(),
        3 => COMMIT.into(),
        other => unknown(other),
    }
}

fn unknown(number: u64) -> Text {
    UNKNOWN.with([Text::as_is(number)])
}

const PRIVATE_MESSAGE: u64 = 2;
const TAG: usize = 16;

const RFC: &str = "RFC 9420";
const MESSAGE: Source = Source::new(RFC, "6");
const PRIVATE: Source = Source::new(RFC, "6.3");
const CONTENT: Source = Source::new(RFC, "6.3.1");
const SENDER: Source = Source::new(RFC, "6.3.2");
const LENGTHS: Source = Source::new(RFC, "2.1.2");
const AEAD: Source = Source::new(RFC, "5.1").and("RFC 5116", "2.1");

phrases! {
    VERSION = "version";
    VERSION_MEANING = "The version of MLS.";
    MLS_1_0 = "1: MLS 1.0";
    UNKNOWN = "{}: unknown";
    FORMAT = "wire format";
    FORMAT_MEANING = "What the message is; in a room all but entries are private ones.";
    PUBLIC_MESSAGE = "1: PublicMessage";
    IS_PRIVATE_MESSAGE = "2: PrivateMessage";
    WELCOME = "3: Welcome";
    GROUP_INFO = "4: GroupInfo";
    KEY_PACKAGE = "5: KeyPackage";
    OTHER = "content";
    OTHER_MEANING = "A kind of message that no envelope of a room carries in the open.";
    GROUP_LENGTH = "length of group";
    GROUP = "group id";
    GROUP_MEANING = "Which group it is for: in Keyroom the room's name at its relay.";
    EPOCH = "epoch";
    EPOCH_MEANING = "How many times the room's keys have changed: each epoch has keys of its own.";
    TYPE = "content type";
    TYPE_MEANING = "Whether it is a message of somebody or a change of the room.";
    APPLICATION = "1: application";
    PROPOSAL = "2: proposal";
    COMMIT = "3: commit";
    DATA_LENGTH = "length of authenticated data";
    DATA = "authenticated data";
    DATA_MEANING = "Not hidden, but signed and protected: what the author says of the log.";
    SENDER_LENGTH = "length of sender data";
    SENDER_DATA = "encrypted sender data";
    SENDER_MEANING = "Who wrote it and with which of its keys: hidden from the relay, too.";
    SENDER_PARTS = "sender, generation, guard";
    SENDER_PARTS_MEANING = "Leaf number, generation of the sender's ratchet and four random bytes, encrypted.";
    SENDER_TAG = "sender data's tag";
    CIPHERTEXT_LENGTH = "length of ciphertext";
    CIPHERTEXT = "ciphertext";
    CIPHERTEXT_MEANING = "The message under a key that is used once and then deleted.";
    CONTENT_PARTS = "content, signature";
    CONTENT_PARTS_MEANING = "The padded content and its author's signature, encrypted.";
    CONTENT_TAG = "content's tag";
    PROOF = "Proves that nothing was changed, by somebody who has the key.";
    LENGTH = "How many bytes follow: in one, two or four bytes, as its first two bits say.";
    NO_LENGTH = "no length";
    NO_LENGTH_MEANING = "Both of the first bits are set, which no length of MLS has.";
}
