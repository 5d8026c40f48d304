//! A TLS 1.3 record. Source: RFC 8446, 5.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Text, phrases};

/// Divides one record as it went over TCP.
pub fn record(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    let label = Label::new(TYPE, FieldKind::Frame, RECORD, TYPE_MEANING);
    let kind = cutter.number(1, label, |number| Value::Word(content_type(number)))?;
    let label = Label::new(OLD_VERSION, FieldKind::Frame, LAYER, OLD_VERSION_MEANING);
    cutter.number(2, label, |number| Value::Word(Text::as_is(format!("{number:#06x}"))))?;
    let length =
        cutter.number(2, Label::new(LENGTH, FieldKind::Frame, RECORD, LENGTH_MEANING), Value::Number)?;
    let length = usize::try_from(length).ok()?;
    if kind != APPLICATION_DATA || length <= TAG || length > cutter.left() {
        let label = Label::new(CONTENT, FieldKind::Unknown, LAYER, CONTENT_MEANING);
        return cutter.take(length, label, Value::Bytes).map(drop);
    }
    let label = Label::new(ENCRYPTED, FieldKind::Cipher, RECORD, ENCRYPTED_MEANING);
    cutter.take(length - TAG, label, Value::Bytes)?;
    cutter.take(TAG, Label::new(TAG_NAME, FieldKind::Proof, AEAD, TAG_MEANING), Value::Bytes)?;
    Some(())
}

fn content_type(number: u64) -> Text {
    match number {
        20 => CHANGE_CIPHER_SPEC.into(),
        21 => ALERT.into(),
        22 => HANDSHAKE.into(),
        APPLICATION_DATA => IS_APPLICATION_DATA.into(),
        other => NO_TYPE.with([Text::as_is(other)]),
    }
}

const APPLICATION_DATA: u64 = 23;
/// Of every suite of TLS 1.3 that is in use: RFC 8446, B.4.
const TAG: usize = 16;

const RECORD: Source = Source::new("RFC 8446", "5.2");
const LAYER: Source = Source::new("RFC 8446", "5.1");
const AEAD: Source = Source::new("RFC 8446", "5.2").and("", "B.4");

phrases! {
    TYPE = "type";
    TYPE_MEANING = "Says “application data” for everything that is encrypted, whatever it really is.";
    CHANGE_CIPHER_SPEC = "20: change cipher spec";
    ALERT = "21: alert";
    HANDSHAKE = "22: handshake";
    IS_APPLICATION_DATA = "23: application data";
    NO_TYPE = "{}: no type of TLS";
    OLD_VERSION = "old version";
    OLD_VERSION_MEANING = "Says TLS 1.2 for the sake of old boxes on the way; the real version is in the handshake.";
    LENGTH = "length";
    LENGTH_MEANING = "How many bytes follow: about as long as what is in it, which everybody can see.";
    CONTENT = "content";
    CONTENT_MEANING = "A record that is not encrypted, or not whole.";
    ENCRYPTED = "encrypted record";
    ENCRYPTED_MEANING = "What is in it, then one byte with its real type, encrypted with this connection's keys.";
    TAG_NAME = "tag";
    TAG_MEANING = "Proves that the record was not changed, left out or moved: its number goes into it, too.";
}
