//! Named fields of captured bytes.
//!
//! A decoder divides a stretch of bytes: at each level of nesting every byte belongs to exactly one field, whatever the
//! bytes are. What is cut short, or not understood, is a field too, and says so.

use std::fmt;
use std::ops::Range;

use super::phrase::{Phrase, Text, phrases};

/// A named stretch of bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// What it is called.
    pub name: Text,
    /// Where it stands in its layer's bytes. Never empty.
    pub range: Range<usize>,
    /// What sort of thing it is, for a colour and a letter.
    pub kind: FieldKind,
    /// What it is for, in one short sentence.
    pub meaning: Text,
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
    pub fn words(self) -> Phrase {
        match self {
            Self::Frame => FRAME,
            Self::Place => PLACE,
            Self::Time => TIME,
            Self::Random => RANDOM,
            Self::Hash => HASH,
            Self::Cipher => CIPHER,
            Self::Proof => PROOF,
            Self::Text => LETTERS,
            Self::Filler => FILLER,
            Self::Unknown => NOT_UNDERSTOOD,
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
    Word(Text),
}

/// Where something is written: a document and its section, by the names that they have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    document: &'static str,
    section: &'static str,
    step: Option<u8>,
    /// A second place. Without a document it is in the same one.
    and: Option<(&'static str, &'static str)>,
}

impl Source {
    /// Nowhere but here.
    pub(super) const NONE: Self = Self::new("", "");

    /// A section of a document.
    pub(super) const fn new(document: &'static str, section: &'static str) -> Self {
        Self { document, section, step: None, and: None }
    }

    /// A step of that section.
    pub(super) const fn step(mut self, step: u8) -> Self {
        self.step = Some(step);
        self
    }

    /// And another section, of another document where one is named.
    pub(super) const fn and(mut self, document: &'static str, section: &'static str) -> Self {
        self.and = Some((document, section));
        self
    }

    /// As it is cited.
    pub fn text(&self) -> Text {
        let mut text = cited(self.document, self.section);
        if let Some(step) = self.step {
            text = STEP.with([text, Text::as_is(step)]);
        }
        match self.and {
            None => text,
            Some(("", section)) => AND_SECTION.with([text, Text::as_is(section)]),
            Some((document, section)) => AND.with([text, cited(document, section)]),
        }
    }
}

fn cited(document: &str, section: &str) -> Text {
    match (document, section) {
        ("", section) => Text::as_is(section),
        (document, "") => Text::as_is(document),
        (document, section) => Text::as_is(format!("{document}, {section}")),
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// What a field is called and what it means, before it has bytes.
#[derive(Clone, Debug)]
pub(super) struct Label {
    name: Text,
    kind: FieldKind,
    meaning: Text,
    source: Source,
}

impl Label {
    pub(super) fn new(
        name: impl Into<Text>,
        kind: FieldKind,
        source: Source,
        meaning: impl Into<Text>,
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
        let meaning = CUT_OFF.with([label.name.clone()]);
        let label = Label::new(CUT_SHORT, FieldKind::Unknown, label.source, meaning);
        self.push(self.at..self.end, label, Value::Bytes, Vec::new());
    }

    /// The fields; what was not divided is one that says so.
    pub(super) fn finish(mut self) -> Vec<Field> {
        let label = Label::new(NOT_UNDERSTOOD, FieldKind::Unknown, Source::NONE, NO_PLACE);
        self.push(self.at..self.end, label, Value::Bytes, Vec::new());
        self.fields
    }
}

phrases! {
    FRAME = "framing: version, type, length";
    PLACE = "which room, place or author";
    TIME = "time";
    RANDOM = "random";
    HASH = "hash";
    CIPHER = "encrypted";
    PROOF = "proof: tag or signature";
    LETTERS = "letters that stand for other bytes";
    FILLER = "filler";
    NOT_UNDERSTOOD = "not understood";
    NO_PLACE = "Bytes that the format has no place for.";
    CUT_SHORT = "cut short";
    CUT_OFF = "The bytes end where “{}” should be whole.";
    STEP = "{}, step {}";
    AND_SECTION = "{} and {}";
    AND = "{}, and {}";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &'static str) -> Label {
        Label::new(Text::as_is(name), FieldKind::Frame, Source::NONE, Text::as_is(""))
    }

    #[test]
    fn sources_are_cited_with_their_sections_and_steps() {
        let cited = |source: Source| source.to_string();
        assert_eq!(cited(Source::new("RFC 9420", "6.3").and("", "8")), "RFC 9420, 6.3 and 8");
        assert_eq!(
            cited(Source::new("Spec", "Verifying").step(4).and("RFC 2104", "")),
            "Spec, Verifying, step 4, and RFC 2104"
        );
        assert_eq!(cited(Source::NONE), "");
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
            name: Text::as_is("a"),
            range,
            kind: FieldKind::Frame,
            meaning: Text::as_is(""),
            value: Value::Bytes,
            source: Source::NONE,
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
