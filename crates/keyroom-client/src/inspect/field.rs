//! Named fields of captured bytes.
//!
//! A decoder divides a stretch of bytes: at each level of nesting every byte belongs to exactly one field, whatever the
//! bytes are. What is cut short, or not understood, is a field too, and says so.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A named stretch of bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Where it stands in its layer's bytes. Never empty.
    pub range: Range<usize>,
    /// What sort of thing it is, for a colour and a letter.
    pub kind: FieldKind,
    /// What it is for, in one short sentence.
    pub meaning: Cow<'static, str>,
    /// What its bytes say, where that is more than the bytes.
    pub value: Value,
    /// Where that is written.
    pub source: Source,
    /// The fields that it consists of: none, or all of its bytes.
    pub children: Vec<Field>,
}

impl Field {
    /// Puts the leaves below it at the end of `leaves`, in order.
    fn leaves<'a>(&'a self, leaves: &mut Vec<&'a Field>) {
        if self.children.is_empty() {
            leaves.push(self);
        }
        self.children.iter().for_each(|child| child.leaves(leaves));
    }

    /// The field of that name, at any depth; the first in order.
    pub fn find(&self, name: &str) -> Option<&Field> {
        if self.name == name { Some(self) } else { find(&self.children, name) }
    }
}

/// The field of that name, at any depth; the first in order.
pub fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find_map(|field| field.find(name))
}

/// The fields that have no parts, in order: each byte belongs to exactly one.
pub fn leaves(fields: &[Field]) -> Vec<&Field> {
    let mut leaves = Vec::new();
    fields.iter().for_each(|field| field.leaves(&mut leaves));
    leaves
}

/// Whether these fields, and the parts of each, divide `range`: every byte in one, none in two, in order.
pub fn divides(fields: &[Field], range: Range<usize>) -> bool {
    let mut at = range.start;
    for field in fields {
        let fits = field.range.start == at && field.range.start < field.range.end;
        if !fits || !(field.children.is_empty() || divides(&field.children, field.range.clone())) {
            return false;
        }
        at = field.range.end;
    }
    at == range.end
}

/// What sort of thing a field is. Each has a letter, so that a legend needs no colour.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FieldKind {
    /// Versions, types, lengths: what a reader needs to find the rest.
    Frame,
    /// Which room, which place in it, which author.
    Place,
    /// A time.
    Time,
    /// Drawn at random.
    Random,
    /// A hash of something else.
    Hash,
    /// Encrypted.
    Cipher,
    /// Proves that nothing was changed, or who made it.
    Proof,
    /// Letters that stand for other bytes.
    Text,
    /// Fills up.
    Filler,
    /// Not understood, or cut short.
    Unknown,
}

impl FieldKind {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 10] = [
        Self::Frame,
        Self::Place,
        Self::Time,
        Self::Random,
        Self::Hash,
        Self::Cipher,
        Self::Proof,
        Self::Text,
        Self::Filler,
        Self::Unknown,
    ];

    /// Its letter in a legend.
    pub fn letter(self) -> char {
        match self {
            Self::Frame => 'F',
            Self::Place => 'W',
            Self::Time => 'T',
            Self::Random => 'R',
            Self::Hash => 'H',
            Self::Cipher => 'C',
            Self::Proof => 'P',
            Self::Text => 'L',
            Self::Filler => '-',
            Self::Unknown => '?',
        }
    }

    /// Its words in a legend.
    pub fn words(self) -> &'static str {
        match self {
            Self::Frame => "framing: version, type, length",
            Self::Place => "which room, place or author",
            Self::Time => "time",
            Self::Random => "random",
            Self::Hash => "hash",
            Self::Cipher => "encrypted",
            Self::Proof => "proof: tag or signature",
            Self::Text => "letters that stand for other bytes",
            Self::Filler => "filler",
            Self::Unknown => "not understood",
        }
    }
}

/// What the bytes of a field say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Only their own hexadecimal digits.
    Bytes,
    /// A number.
    Number(u64),
    /// Seconds since 1970-01-01 UTC.
    Seconds(u64),
    /// Milliseconds since 1970-01-01 UTC.
    Millis(u64),
    /// A word of the specification, or of ours, for the number that stands there.
    Word(Cow<'static, str>),
}

/// Where something is written: a document and its section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    /// The document.
    pub document: &'static str,
    /// The section of it.
    pub section: &'static str,
}

impl Source {
    /// A section of a document.
    pub const fn new(document: &'static str, section: &'static str) -> Self {
        Self { document, section }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.document, self.section) {
            ("", section) => f.write_str(section),
            (document, "") => f.write_str(document),
            (document, section) => write!(f, "{document}, {section}"),
        }
    }
}

/// What a field is called and what it means, before it has bytes.
#[derive(Clone, Debug)]
pub(super) struct Label {
    name: Cow<'static, str>,
    kind: FieldKind,
    meaning: Cow<'static, str>,
    source: Source,
}

impl Label {
    pub(super) fn new(
        name: impl Into<Cow<'static, str>>,
        kind: FieldKind,
        source: Source,
        meaning: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { name: name.into(), kind, meaning: meaning.into(), source }
    }
}

/// Divides a stretch of bytes from its beginning.
pub(super) struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    fields: Vec<Field>,
}

impl<'a> Cutter<'a> {
    /// Begins to divide `range` of `bytes`; what of it lies behind their end is left out.
    pub(super) fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        let end = range.end.min(bytes.len());
        Self { bytes, at: range.start.min(end), end, fields: Vec::new() }
    }

    /// How many bytes have no field yet.
    pub(super) fn left(&self) -> usize {
        self.end - self.at
    }

    /// The bytes that have no field yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..self.end]
    }

    /// Gives the next `count` bytes a field and returns them. Where there are fewer, the rest becomes a field that says so,
    /// and there is nothing more to divide.
    pub(super) fn take(&mut self, count: usize, label: Label, value: Value) -> Option<&'a [u8]> {
        if count > self.left() {
            self.cut_off(&label);
            return None;
        }
        let range = self.at..self.at + count;
        self.push(range.clone(), label, value, Vec::new());
        Some(&self.bytes[range])
    }

    /// The same for a number of up to eight bytes, big-endian.
    pub(super) fn number(
        &mut self,
        count: usize,
        label: Label,
        value: impl FnOnce(u64) -> Value,
    ) -> Option<u64> {
        let Some(bytes) = self.rest().get(..count) else {
            self.cut_off(&label);
            return None;
        };
        let number = bytes.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte));
        self.take(count, label, value(number))?;
        Some(number)
    }

    /// Gives the next `count` bytes a field that consists of what `inside` makes of them.
    pub(super) fn nest(
        &mut self,
        count: usize,
        label: Label,
        inside: impl FnOnce(&'a [u8], Range<usize>) -> Vec<Field>,
    ) -> Option<&'a [u8]> {
        if count > self.left() {
            self.cut_off(&label);
            return None;
        }
        let range = self.at..self.at + count;
        let children = inside(self.bytes, range.clone());
        self.push(range.clone(), label, Value::Bytes, children);
        Some(&self.bytes[range])
    }

    fn push(&mut self, range: Range<usize>, label: Label, value: Value, children: Vec<Field>) {
        let Label { name, kind, meaning, source } = label;
        self.at = range.end;
        // A field without bytes is none: it has no place where it could be shown.
        if !range.is_empty() {
            self.fields.push(Field { name, range, kind, meaning, value, source, children });
        }
    }

    fn cut_off(&mut self, label: &Label) {
        let meaning = format!("The bytes end where “{}” should be whole.", label.name);
        let label = Label::new("cut short", FieldKind::Unknown, label.source, meaning);
        self.push(self.at..self.end, label, Value::Bytes, Vec::new());
    }

    /// The fields; what was not divided is one that says so.
    pub(super) fn finish(mut self) -> Vec<Field> {
        let source = Source::new("", "");
        let label = Label::new(
            "not understood",
            FieldKind::Unknown,
            source,
            "Bytes that the format has no place for.",
        );
        self.push(self.at..self.end, label, Value::Bytes, Vec::new());
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &'static str) -> Label {
        Label::new(name, FieldKind::Frame, Source::new("", ""), "")
    }

    #[test]
    fn what_is_cut_short_and_what_is_left_over_are_fields_too() {
        let bytes = [1, 2, 3, 4, 5];
        let mut cutter = Cutter::new(&bytes, 1..5);
        assert_eq!(cutter.number(2, label("two"), Value::Number), Some(0x0203));
        assert_eq!(cutter.take(0, label("nothing"), Value::Bytes), Some(&[][..]));
        assert_eq!(cutter.take(3, label("three"), Value::Bytes), None);
        assert_eq!(cutter.take(1, label("one"), Value::Bytes), None);
        let fields = cutter.finish();
        assert!(divides(&fields, 1..5));
        let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["two", "cut short"]);
        let mut cutter = Cutter::new(&bytes, 0..99);
        cutter.take(1, label("one"), Value::Bytes);
        let fields = cutter.finish();
        assert!(divides(&fields, 0..5));
        assert_eq!(fields[1].name, "not understood");
    }

    #[test]
    fn gaps_overlaps_and_short_children_divide_nothing() {
        let field = |range: Range<usize>, children| Field {
            name: "a".into(),
            range,
            kind: FieldKind::Frame,
            meaning: "".into(),
            value: Value::Bytes,
            source: Source::new("", ""),
            children,
        };
        assert!(divides(&[field(0..2, vec![]), field(2..3, vec![])], 0..3));
        assert!(!divides(&[field(0..2, vec![]), field(1..3, vec![])], 0..3));
        assert!(!divides(&[field(0..1, vec![]), field(2..3, vec![])], 0..3));
        assert!(!divides(&[field(0..3, vec![field(0..2, vec![])])], 0..3));
        assert!(!divides(&[field(0..0, vec![])], 0..0));
        assert!(divides(&[], 4..4));
    }

    #[test]
    fn each_kind_has_its_own_letter_and_words() {
        let letters: std::collections::BTreeSet<char> =
            FieldKind::ALL.into_iter().map(FieldKind::letter).collect();
        assert_eq!(letters.len(), FieldKind::ALL.len());
    }
}
