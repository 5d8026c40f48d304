//! The bytes of a layer and the fields that they are divided into, as rows that are made when they come into sight.

use std::ops::Range;
use std::sync::Arc;

use keyroom_client::inspect::report::{Clock, Manner, shown_letter, value};
use keyroom_client::inspect::{Field, FieldKind, Layer, Text};
use keyroom_types::text;

use crate::words;

/// A layer with its fields in one list: each before its parts.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) layer: Layer,
    parts: Vec<Part>,
    /// Those without parts of their own, in order: each byte of the layer belongs to exactly one.
    leaves: Vec<usize>,
}

#[derive(Debug)]
struct Part {
    /// As the engine calls it.
    known: Text,
    /// As it is shown, in the language that was spoken when the layer was taken apart.
    name: String,
    kind: FieldKind,
    meaning: String,
    value: String,
    source: String,
    range: Range<usize>,
    depth: usize,
    /// Where its last part, at any depth, ends in the list.
    end: usize,
    /// Its number among the leaves; of a field with parts that of its first.
    leaf: usize,
}

impl Parts {
    pub(crate) fn new(layer: Layer, clock: Clock<'_>) -> Arc<Self> {
        let (mut parts, mut leaves) = (Vec::new(), Vec::new());
        let manner = Manner { whole: true, clock, tongue: &words::phrase };
        for field in &layer.fields {
            flatten(field, 0, &manner, &mut parts, &mut leaves);
        }
        Arc::new(Self { layer, parts, leaves })
    }

    /// The place in the list of the field that the engine calls so; the first in order.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|part| part.known == name)
    }
}

fn flatten(field: &Field, depth: usize, manner: &Manner<'_>, parts: &mut Vec<Part>, leaves: &mut Vec<usize>) {
    let at = parts.len();
    parts.push(Part {
        known: field.name.clone(),
        name: text::one_line(&words::sentence(&field.name)).into_owned(),
        kind: field.kind,
        meaning: text::one_line(&words::sentence(&field.meaning)).into_owned(),
        value: value(&field.value, manner).unwrap_or_default(),
        source: words::sentence(&field.source.text()),
        range: field.range.clone(),
        depth,
        end: at + 1,
        leaf: leaves.len(),
    });
    if field.children.is_empty() {
        leaves.push(at);
    }
    for child in &field.children {
        flatten(child, depth + 1, manner, parts, leaves);
    }
    let end = parts.len();
    if let Some(part) = parts.get_mut(at) {
        part.end = end;
    }
}

/// A stretch of a layer: all of it, or one of its fields.
#[derive(Clone, Debug)]
pub struct Bytes {
    parts: Arc<Parts>,
    /// The field that is looked into; `None`: the whole layer.
    within: Option<usize>,
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts) && self.within == other.within
    }
}

/// One row of bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HexRow {
    /// Where it begins in the layer.
    pub at: usize,
    /// The same in hexadecimal digits.
    pub offset: String,
    /// Its bytes, as one run for each field that has some here.
    pub runs: Vec<HexRun>,
    /// The row in words, for a screen reader: `0009: IV 60 a7 …, ciphertext …`.
    pub spoken: String,
}

/// Neighbouring bytes of one row that belong to one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HexRun {
    /// The number of that field among those without parts.
    pub leaf: usize,
    /// What sort of thing it is.
    pub kind: FieldKind,
    /// At which byte of the row it begins.
    pub column: usize,
    /// How many bytes.
    pub count: usize,
    /// `60 a7 21`.
    pub hex: String,
    /// The same bytes as letters of ASCII, with a dot for every other.
    pub text: String,
}

/// One field in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartRow {
    /// Its name.
    pub name: String,
    /// What sort of thing it is.
    pub kind: FieldKind,
    /// What it is for.
    pub meaning: String,
    /// What its bytes say; empty where that is only the bytes.
    pub value: String,
    /// Where that is written: `RFC 9420, 6.3`.
    pub source: String,
    /// Where its bytes are: `bytes 4–19`.
    pub place: String,
    /// How deep it stands in what is shown.
    pub depth: usize,
    /// Its number among the fields without parts; of one that has parts that of the first.
    pub leaf: usize,
    /// How many fields without parts it consists of.
    pub leaves: usize,
    /// Whether it has parts to go into.
    pub opens: bool,
    /// All of it in one sentence, for a screen reader.
    pub spoken: String,
}

impl Bytes {
    pub(crate) fn of(parts: &Arc<Parts>, within: Option<usize>) -> Self {
        let within = within.filter(|&at| at < parts.parts.len());
        Self { parts: parts.clone(), within }
    }

    /// Which bytes of the layer these are.
    pub fn range(&self) -> Range<usize> {
        match self.within_part() {
            Some(part) => part.range.clone(),
            None => 0..self.parts.layer.bytes.len(),
        }
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.range().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows of so many bytes.
    pub fn rows(&self, columns: usize) -> usize {
        self.len().div_ceil(columns.max(1))
    }

    /// One of these rows; costs what it shows, wherever it stands.
    pub fn row(&self, index: usize, columns: usize) -> Option<HexRow> {
        let (all, columns) = (self.range(), columns.max(1));
        let start = all.start.checked_add(index.checked_mul(columns)?)?;
        if start >= all.end {
            return None;
        }
        let end = all.end.min(start + columns);
        let mut runs = Vec::new();
        let mut at = start;
        while at < end {
            let leaf = self.leaf_at(at)?;
            let part = self.leaf(leaf)?;
            let till = part.range.end.min(end);
            let bytes = self.parts.layer.bytes.get(at..till)?;
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            runs.push(HexRun {
                leaf,
                kind: part.kind,
                column: at - start,
                count: till - at,
                hex: digits.join(" "),
                text: bytes.iter().map(|&byte| shown_letter(byte)).collect(),
            });
            at = till;
        }
        let offset = format!("{start:04x}");
        let said = runs.iter().filter_map(|run| Some(format!("{} {}", self.leaf(run.leaf)?.name, run.hex)));
        let spoken = format!("{offset}: {}", said.collect::<Vec<_>>().join(", "));
        Some(HexRow { at: start, offset, runs, spoken })
    }

    /// The field without parts that a byte of the layer belongs to, by its number.
    pub fn leaf_at(&self, byte: usize) -> Option<usize> {
        let leaves = &self.parts.leaves;
        let behind = leaves
            .partition_point(|&at| self.parts.parts.get(at).is_some_and(|part| part.range.start <= byte));
        let leaf = behind.checked_sub(1)?;
        self.leaf(leaf).filter(|part| part.range.contains(&byte)).map(|_| leaf)
    }

    /// Which bytes a field without parts has.
    pub fn bytes_of(&self, leaf: usize) -> Option<Range<usize>> {
        self.leaf(leaf).map(|part| part.range.clone())
    }

    /// The byte at that place of the layer.
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.parts.layer.bytes.get(at).copied()
    }

    /// How many fields there are, at all depths.
    pub fn parts(&self) -> usize {
        self.list().len()
    }

    /// One of these fields, each before its parts.
    pub fn part(&self, index: usize) -> Option<PartRow> {
        let list = self.list();
        let at = list.start.checked_add(index).filter(|at| list.contains(at))?;
        let top = self.within_part().map_or(0, |part| part.depth + 1);
        self.row_of(at, top)
    }

    /// A field without parts, by its number.
    pub fn leaf_row(&self, leaf: usize) -> Option<PartRow> {
        self.row_of(*self.parts.leaves.get(leaf)?, 0)
    }

    /// The kinds that these fields are of, in the order of a legend.
    pub fn kinds(&self) -> Vec<FieldKind> {
        let mut seen = [false; FieldKind::ALL.len()];
        for at in self.list() {
            let part = self.parts.parts.get(at).filter(|part| part.end == at + 1);
            let of = part.and_then(|part| FieldKind::ALL.iter().position(|kind| *kind == part.kind));
            if let Some(of) = of {
                seen[of] = true;
            }
        }
        FieldKind::ALL.into_iter().zip(seen).filter(|(_, seen)| *seen).map(|(kind, _)| kind).collect()
    }

    /// Into the field at that place of the list, if it has parts.
    pub(crate) fn into(&self, index: usize) -> Option<Self> {
        let list = self.list();
        let at = list.start.checked_add(index).filter(|at| list.contains(at))?;
        let part = self.parts.parts.get(at)?;
        (part.end > at + 1).then(|| Self { parts: self.parts.clone(), within: Some(at) })
    }

    /// The name of the field that is looked into.
    pub(crate) fn name(&self) -> &str {
        self.within_part().map_or(words::phrase(self.parts.layer.name), |part| &part.name)
    }

    /// How these bytes come to be there, or what the field is for.
    pub(crate) fn how(&self) -> &str {
        self.within_part().map_or(words::phrase(self.parts.layer.how), |part| &part.meaning)
    }

    fn within_part(&self) -> Option<&Part> {
        self.parts.parts.get(self.within?)
    }

    fn leaf(&self, leaf: usize) -> Option<&Part> {
        self.parts.parts.get(*self.parts.leaves.get(leaf)?)
    }

    /// The places of the fields in the layer's list. One without parts stands for itself.
    fn list(&self) -> Range<usize> {
        match self.within {
            None => 0..self.parts.parts.len(),
            Some(at) => {
                let end = self.parts.parts.get(at).map_or(at, |part| part.end);
                if end > at + 1 { at + 1..end } else { at..end }
            }
        }
    }

    fn row_of(&self, at: usize, top: usize) -> Option<PartRow> {
        let part = self.parts.parts.get(at)?;
        let inside = self.parts.parts.get(at..part.end)?;
        let behind = self.parts.parts.get(part.end).map_or(self.parts.leaves.len(), |next| next.leaf);
        let place = words::bytes_from_to(&part.range);
        Some(PartRow {
            spoken: words::part_spoken(part.kind, &part.name, &part.value, &part.meaning, &place),
            name: part.name.clone(),
            kind: part.kind,
            meaning: part.meaning.clone(),
            value: part.value.clone(),
            source: part.source.clone(),
            place,
            depth: part.depth.saturating_sub(top),
            leaf: part.leaf,
            leaves: behind - part.leaf,
            opens: inside.len() > 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use keyroom_client::inspect::{decode, inspect_token};
    use keyroom_client::testing::staged_envelope;
    use keyroom_types::RoomId;
    use proptest::prelude::*;

    use super::*;

    fn layer(bytes: Vec<u8>, fields: Vec<Field>) -> Layer {
        let any = keyroom_client::inspect::MEMBERS;
        Layer { name: any, how: any, bytes, fields }
    }

    fn all(layer: Layer) -> Bytes {
        Bytes::of(&Parts::new(layer, &|_| "then".to_owned()), None)
    }

    /// Each byte that is shown is shown once, as itself, and belongs to exactly one named field.
    fn check(bytes: &Bytes, columns: usize) {
        let mut next = bytes.range().start;
        for index in 0..bytes.rows(columns) {
            let row = bytes.row(index, columns).expect("as many rows as were said");
            assert_eq!(row.at, next);
            let mut column = 0;
            for run in &row.runs {
                assert_eq!(run.column, column);
                assert_eq!((run.hex.len() + 1) / 3, run.count);
                assert_eq!(run.text.chars().count(), run.count);
                let part = bytes.leaf_row(run.leaf).expect("a field");
                assert!(!part.name.is_empty() && !part.meaning.is_empty() && part.kind == run.kind);
                let of = bytes.bytes_of(run.leaf).expect("a field");
                for (at, digits) in (row.at + column..).zip(run.hex.split(' ')) {
                    assert!(of.contains(&at));
                    assert_eq!(bytes.leaf_at(at), Some(run.leaf));
                    assert_eq!(u8::from_str_radix(digits, 16).ok(), bytes.byte(at));
                }
                column += run.count;
            }
            assert!(column == columns || index + 1 == bytes.rows(columns));
            next += column;
        }
        assert_eq!(next, bytes.range().end);
        assert!(bytes.row(bytes.rows(columns), columns).is_none());
    }

    fn check_all(bytes: &Bytes) {
        for columns in [4, 8, 12, 16] {
            check(bytes, columns);
        }
        let rows: Vec<PartRow> = (0..bytes.parts()).map(|at| bytes.part(at).expect("a field")).collect();
        assert!(bytes.part(bytes.parts()).is_none());
        let of_leaves: usize = rows.iter().filter(|row| !row.opens).map(|row| row.leaves).sum();
        assert_eq!(of_leaves, rows.iter().filter(|row| !row.opens).count());
        let covered: usize = rows
            .iter()
            .filter(|row| !row.opens)
            .map(|row| bytes.bytes_of(row.leaf).expect("a field").len())
            .sum();
        assert_eq!(covered, bytes.len(), "leaves of the list divide what is shown");
        for (at, row) in rows.iter().enumerate() {
            let inside = bytes.into(at);
            assert_eq!(inside.is_some(), row.opens);
            if let Some(inside) = inside {
                check(&inside, 16);
                assert_eq!(inside.name(), row.name);
                assert_eq!(inside.part(0).map(|part| part.depth), Some(0));
            }
        }
    }

    #[test]
    fn each_byte_of_an_envelope_belongs_to_one_named_field_at_every_level() {
        let inspected = staged_envelope(&RoomId::from_bytes([7; 16]), 1_795_392_000_000, 596, true);
        assert_eq!(inspected.layers.len(), 2);
        for layer in inspected.layers {
            check_all(&all(layer));
        }
    }

    #[test]
    fn a_megabyte_has_rows_that_cost_what_they_show() {
        let fields = decode::record(&[], 0..0);
        assert!(all(layer(Vec::new(), fields)).is_empty());
        let bytes = vec![0x41; 1 << 20];
        let fields = decode::message(&bytes, 0..bytes.len());
        let bytes = all(layer(bytes, fields));
        assert_eq!(bytes.rows(16), 65_536);
        let row = bytes.row(65_535, 16).expect("the last row");
        assert_eq!((row.offset.as_str(), row.runs.len()), ("ffff0", 1));
        assert_eq!(row.runs[0].text, "A".repeat(16));
    }

    #[test]
    fn a_legend_names_what_is_in_sight_only() {
        let layers = inspect_token(b"gAAAAABqEvPBYKchyoB9djPtEjQC83bl", None, 0, None).layers;
        let token = all(layers.into_iter().nth(1).expect("it is base64"));
        assert!(token.kinds().contains(&FieldKind::Time) && !token.kinds().contains(&FieldKind::Hash));
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_each_belongs_to_one_named_field(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            columns in 1_usize..40,
        ) {
            let whole = 0..bytes.len();
            for fields in [
                decode::to_client(&bytes, whole.clone()),
                decode::message(&bytes, whole.clone()),
                decode::token(&bytes, whole.clone()),
                decode::token_text(&bytes, bytes.len()),
                decode::record(&bytes, whole.clone()),
            ] {
                let shown = all(layer(bytes.clone(), fields));
                check(&shown, columns);
                if !bytes.is_empty() {
                    check_all(&shown);
                }
            }
        }
    }
}
