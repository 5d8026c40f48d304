//! A TLS 1.3 record. Source: RFC 8446, 5.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};

/// Divides one record as it went over TCP.
pub fn record(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    let label = Label::new("type", FieldKind::Frame, RECORD, TYPE);
    let kind = cutter.number(1, label, |number| Value::Word(content_type(number)))?;
    let label = Label::new("old version", FieldKind::Frame, LAYER, OLD_VERSION);
    cutter.number(2, label, |number| Value::Word(format!("{number:#06x}").into()))?;
    let length = cutter.number(2, Label::new("length", FieldKind::Frame, RECORD, LENGTH), Value::Number)?;
    let length = usize::try_from(length).ok()?;
    if kind != APPLICATION_DATA || length <= TAG || length > cutter.left() {
        let label = Label::new("content", FieldKind::Unknown, LAYER, CONTENT);
        return cutter.take(length, label, Value::Bytes).map(drop);
    }
    let label = Label::new("encrypted record", FieldKind::Cipher, RECORD, CIPHERTEXT);
    cutter.take(length - TAG, label, Value::Bytes)?;
    cutter.take(TAG, Label::new("tag", FieldKind::Proof, AEAD, TAG_MEANING), Value::Bytes)?;
    Some(())
}

fn content_type(number: u64) -> std::borrow::Cow<'static, str> {
    match number {
        20 => "20: change cipher spec".into(),
        21 => "21: alert".into(),
        22 => "22: handshake".into(),
        APPLICATION_DATA => "23: application data".into(),
        other => format!("{other}: no type of TLS").into(),
    }
}

const APPLICATION_DATA: u64 = 23;
/// Of every suite of TLS 1.3 that is in use: RFC 8446, B.4.
const TAG: usize = 16;

const RECORD: Source = Source::new("RFC 8446", "5.2");
const LAYER: Source = Source::new("RFC 8446", "5.1");
const AEAD: Source = Source::new("RFC 8446", "5.2 and B.4");

const TYPE: &str = "Says “application data” for everything that is encrypted, whatever it really is.";
const OLD_VERSION: &str =
    "Says TLS 1.2 for the sake of old boxes on the way; the real version is in the handshake.";
const LENGTH: &str = "How many bytes follow: about as long as what is in it, which everybody can see.";
const CONTENT: &str = "A record that is not encrypted, or not whole.";
const CIPHERTEXT: &str =
    "What is in it, then one byte with its real type, encrypted with this connection's keys.";
const TAG_MEANING: &str =
    "Proves that the record was not changed, left out or moved: its number goes into it, too.";
