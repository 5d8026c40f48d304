//! Protobuf's own form: tags, lengths, values. Source: the Protobuf encoding guide.

use std::ops::Range;

use keyroom_types::Kind;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Phrase, Text, phrases};
use super::sealed_body;

/// The fields that a message may have.
pub(super) struct Schema(pub(super) &'static [Known]);

/// A field of a message.
pub(super) struct Known {
    pub(super) number: u64,
    pub(super) name: Phrase,
    pub(super) kind: FieldKind,
    pub(super) content: Content,
    pub(super) meaning: Phrase,
}

/// What stands in a field.
pub(super) enum Content {
    Number,
    Millis,
    /// A number that has a name.
    Word(fn(u64) -> Phrase),
    Bytes,
    Message(&'static Schema),
    /// What the author of an envelope sealed.
    Sealed,
}

/// One field as it stands in a message.
pub(super) struct Part {
    pub(super) number: u64,
    /// The tag; its end is where the rest begins.
    tag: usize,
    /// The length, where it has one.
    length: usize,
    /// The value of a number, else none.
    pub(super) value: Option<u64>,
    /// Where its content stands; cut off at the end of the message.
    pub(super) content: Range<usize>,
}

/// The next field at `at`, if there is a whole tag and, where it needs one, a whole length.
pub(super) fn part(bytes: &[u8], at: usize, end: usize) -> Option<Part> {
    let (tag, tag_bytes) = varint(bytes.get(at..end)?)?;
    let behind = at + tag_bytes;
    let rest = bytes.get(behind..end)?;
    let (length, count, value) = match tag & 7 {
        0 => {
            let (value, count) = varint(rest)?;
            (0, count, Some(value))
        }
        1 => (0, 8, None),
        2 => {
            let (count, length) = varint(rest)?;
            (length, usize::try_from(count).unwrap_or(usize::MAX), None)
        }
        5 => (0, 4, None),
        // Groups and what never was: their end cannot be found.
        _ => return None,
    };
    let start = behind + length;
    let content = start..start.saturating_add(count).min(end);
    Some(Part { number: tag >> 3, tag: tag_bytes, length, value, content })
}

/// The content of the first field of that number.
pub(super) fn find(bytes: &[u8], range: Range<usize>, number: u64) -> Option<Part> {
    let mut at = range.start;
    while let Some(part) = part(bytes, at, range.end) {
        if part.number == number {
            return Some(part);
        }
        at = part.content.end;
    }
    None
}

/// A number in groups of seven bits, lowest first, and how many bytes it takes.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (place, &byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        number |= bits.checked_shl(7 * u32::try_from(place).ok()?).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

/// Divides a message by its schema. `kind` is what an envelope's header says of its body.
pub(super) fn divide(bytes: &[u8], range: Range<usize>, schema: &Schema, kind: Option<Kind>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range.clone());
    while cutter.left() > 0 {
        let Some(part) = part(bytes, range.end - cutter.left(), range.end) else { break };
        let known = schema.0.iter().find(|known| known.number == part.number);
        let count = part.content.end + cutter.left() - range.end;
        let label = match known {
            Some(known) => Label::new(known.name, known.kind, LINK, known.meaning),
            None => Label::new(numbered(part.number), FieldKind::Unknown, LINK, UNKNOWN),
        };
        if cutter.nest(count, label, |bytes, range| inside(bytes, range, &part, known, kind)).is_none() {
            break;
        }
    }
    cutter.finish()
}

/// Tag, length and content of one field.
fn inside(
    bytes: &[u8],
    range: Range<usize>,
    part: &Part,
    known: Option<&Known>,
    kind: Option<Kind>,
) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    let frame = |name: Phrase, meaning: Phrase| Label::new(name, FieldKind::Frame, PROTOBUF, meaning);
    cutter.take(part.tag, frame(TAG, TAG_MEANING), Value::Word(numbered(part.number)));
    if part.length > 0 {
        let length = varint(cutter.rest()).map_or(0, |(length, _)| length);
        cutter.take(part.length, frame(LENGTH, LENGTH_MEANING), Value::Number(length));
    }
    let (name, field_kind, meaning) = match known {
        Some(known) => (known.name, known.kind, known.meaning),
        None => (CONTENT, FieldKind::Unknown, UNKNOWN),
    };
    let label = Label::new(VALUE.with([name.into()]), field_kind, LINK, meaning);
    let left = cutter.left();
    match (known.map(|known| &known.content), part.value) {
        (Some(Content::Message(schema)), None) => {
            cutter.nest(left, label, |bytes, range| divide(bytes, range, schema, kind));
        }
        (Some(Content::Sealed), None) => {
            cutter.nest(left, label, |bytes, range| sealed_body(bytes, range, kind));
        }
        (Some(Content::Millis), Some(millis)) => drop(cutter.take(left, label, Value::Millis(millis))),
        (Some(Content::Word(word)), Some(number)) => {
            let word = NUMBER_IS.with([Text::as_is(number), word(number).into()]);
            cutter.take(left, label, Value::Word(word));
        }
        (_, Some(number)) => drop(cutter.take(left, label, Value::Number(number))),
        (_, None) => drop(cutter.take(left, label, Value::Bytes)),
    }
    cutter.finish()
}

fn numbered(number: u64) -> Text {
    NUMBERED.with([Text::as_is(number)])
}

const PROTOBUF: Source = Source::new("Protobuf encoding guide", "Message structure");
const LINK: Source = Source::new("Keyroom protocol", "link.proto");

phrases! {
    NUMBERED = "field {}";
    UNKNOWN = "A field that this version does not know.";
    CONTENT = "content";
    VALUE = "{}: value";
    NUMBER_IS = "{}: {}";
    TAG = "field tag";
    TAG_MEANING = "Which field follows, and in which form.";
    LENGTH = "field length";
    LENGTH_MEANING = "How many bytes follow.";
}
