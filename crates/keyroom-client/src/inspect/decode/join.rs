//! A newcomer's sealed entry. Source: `docs/protocol.md`, "Joining".

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::phrases;

/// Divides a join as it stands in the log: its commit is sealed once more, so that the relay does not see who comes.
pub fn sealed_join(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    cutter.number(1, Label::new(FORM, FieldKind::Frame, JOINING, FORM_MEANING), Value::Number)?;
    cutter.take(12, Label::new(NONCE, FieldKind::Random, GCM, NONCE_MEANING), Value::Bytes)?;
    let text = cutter.left().saturating_sub(TAG);
    if text > 0 {
        cutter.take(text, Label::new(ENTRY, FieldKind::Cipher, JOINING, ENTRY_MEANING), Value::Bytes)?;
    }
    cutter.take(TAG, Label::new(TAG_NAME, FieldKind::Proof, GCM, TAG_MEANING), Value::Bytes)?;
    Some(())
}

const TAG: usize = 16;
const JOINING: Source = Source::new("Keyroom protocol", "Joining");
const GCM: Source = Source::new("RFC 5116", "5.2");

phrases! {
    FORM = "form";
    FORM_MEANING = "The form of what follows; there is only this one.";
    NONCE = "nonce";
    NONCE_MEANING = "Drawn anew for each entry.";
    ENTRY = "sealed entry";
    ENTRY_MEANING = "An MLS external commit, padded to whole kilobytes, under a key that all members share for now.";
    TAG_NAME = "tag";
    TAG_MEANING = "Proves that it was made for this room and this place, by somebody who could open the room's blob.";
}
