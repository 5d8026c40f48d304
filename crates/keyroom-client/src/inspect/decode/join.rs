//! A newcomer's sealed entry. Source: `docs/protocol.md`, "Joining".

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};

/// Divides a join as it stands in the log: its commit is sealed once more, so that the relay does not see who comes.
pub fn sealed_join(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    cutter.number(1, Label::new("form", FieldKind::Frame, JOINING, FORM), Value::Number)?;
    cutter.take(12, Label::new("nonce", FieldKind::Random, GCM, NONCE), Value::Bytes)?;
    let text = cutter.left().saturating_sub(TAG);
    if text > 0 {
        cutter.take(text, Label::new("sealed entry", FieldKind::Cipher, JOINING, ENTRY), Value::Bytes)?;
    }
    cutter.take(TAG, Label::new("tag", FieldKind::Proof, GCM, PROOF), Value::Bytes)?;
    Some(())
}

const TAG: usize = 16;
const JOINING: Source = Source::new("Keyroom protocol", "Joining");
const GCM: Source = Source::new("RFC 5116", "5.2");

const FORM: &str = "The form of what follows; there is only this one.";
const NONCE: &str = "Drawn anew for each entry.";
const ENTRY: &str =
    "An MLS external commit, padded to whole kilobytes, under a key that all members share for now.";
const PROOF: &str =
    "Proves that it was made for this room and this place, by somebody who could open the room's blob.";
