//! A Fernet token: its text, and the bytes that the text stands for.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Text, phrases};

/// Divides a token as it went over TCP: letters, their padding, and what no reader looks at.
///
/// `used` is how many bytes a reader looks at, as [`keyroom_fernet::decode`] tells.
pub fn token_text(text: &[u8], used: usize) -> Vec<Field> {
    let mut cutter = Cutter::new(text, 0..text.len());
    let used = used.min(text.len());
    while let (Some(&first), true) = (cutter.rest().first(), text.len() - cutter.left() < used) {
        let kind = letter(first);
        let stop = used - (text.len() - cutter.left());
        let run = cutter.rest()[..stop].iter().take_while(|&&byte| letter(byte) == kind).count();
        let label = match kind {
            Letter::Digit => Label::new(LETTERS, FieldKind::Text, BASE64_URL, DIGITS),
            Letter::Padding => Label::new(PADDING, FieldKind::Filler, BASE64, PADDING_MEANING),
            Letter::Skipped => Label::new(SKIPPED, FieldKind::Filler, BASE64_SKIP, SKIPPED_MEANING),
        };
        cutter.take(run, label, Value::Bytes);
    }
    if cutter.left() > 0 {
        let label = Label::new(BEHIND, FieldKind::Unknown, BASE64, BEHIND_MEANING);
        cutter.take(cutter.left(), label, Value::Bytes);
    }
    cutter.finish()
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Letter {
    Digit,
    Padding,
    Skipped,
}

fn letter(byte: u8) -> Letter {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'+' | b'/' => Letter::Digit,
        b'=' => Letter::Padding,
        _ => Letter::Skipped,
    }
}

/// Divides a token's decoded bytes.
pub fn token(raw: &[u8], range: Range<usize>) -> Vec<Field> {
    let mut cutter = Cutter::new(raw, range);
    divide(&mut cutter);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>) -> Option<()> {
    cutter.number(1, Label::new(VERSION, FieldKind::Frame, SPEC_VERSION, VERSION_MEANING), |number| {
        Value::Word(if number == 0x80 { FERNET.into() } else { NO_VERSION.into() })
    })?;
    cutter.number(8, Label::new(TIME, FieldKind::Time, SPEC_TIME, TIME_MEANING), Value::Seconds)?;
    cutter.take(16, Label::new(IV, FieldKind::Random, SPEC_IV, IV_MEANING), Value::Bytes)?;
    let ciphertext = cutter.left().saturating_sub(TAG);
    if ciphertext == 0 {
        // Too short for both: what is there is no whole ciphertext.
        return cutter
            .take(
                TAG + BLOCK,
                Label::new(CIPHERTEXT, FieldKind::Cipher, SPEC_CIPHERTEXT, CIPHERTEXT_MEANING),
                Value::Bytes,
            )
            .map(drop);
    }
    let label = Label::new(CIPHERTEXT, FieldKind::Cipher, SPEC_CIPHERTEXT, CIPHERTEXT_MEANING);
    cutter.nest(ciphertext, label, blocks)?;
    cutter.take(TAG, Label::new(HMAC, FieldKind::Proof, SPEC_HMAC, HMAC_MEANING), Value::Bytes)?;
    Some(())
}

/// The blocks of AES, one field each while there are few enough to look at.
fn blocks(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    if !range.len().is_multiple_of(BLOCK) || range.len() / BLOCK > BLOCKS_SHOWN {
        return Vec::new();
    }
    let last = range.len() / BLOCK;
    let mut cutter = Cutter::new(bytes, range);
    for number in 1..=last {
        let meaning = if number == last { LAST_BLOCK } else { A_BLOCK };
        let label = Label::new(BLOCK_NUMBER.with([Text::as_is(number)]), FieldKind::Cipher, CBC, meaning);
        cutter.take(BLOCK, label, Value::Bytes);
    }
    cutter.finish()
}

const TAG: usize = 32;
const BLOCK: usize = 16;
/// More blocks than this say nothing more.
const BLOCKS_SHOWN: usize = 256;

const SPEC: &str = "fernet/spec, Spec.md";
const SPEC_VERSION: Source = Source::new(SPEC, "Version");
const SPEC_TIME: Source = Source::new(SPEC, "Timestamp");
const SPEC_IV: Source = Source::new(SPEC, "IV");
const SPEC_CIPHERTEXT: Source = Source::new(SPEC, "Ciphertext");
const SPEC_HMAC: Source = Source::new(SPEC, "HMAC");
const BASE64_URL: Source = Source::new("RFC 4648", "5");
const BASE64: Source = Source::new("RFC 4648", "3.2");
const BASE64_SKIP: Source = Source::new("RFC 4648", "3.3");
const CBC: Source = Source::new("NIST SP 800-38A", "6.2");

phrases! {
    LETTERS = "letters";
    DIGITS = "Each letter stands for six bits, so four of them for three bytes: this hides nothing.";
    PADDING = "padding";
    PADDING_MEANING = "Says that the last group of letters stands for fewer than three bytes.";
    SKIPPED = "skipped";
    SKIPPED_MEANING = "No letter of base64, a line end perhaps: readers skip it.";
    BEHIND = "behind the end";
    BEHIND_MEANING = "Stands behind the end of the token: no reader looks at it.";
    VERSION = "version";
    VERSION_MEANING = "Says which format this is; there is only this one.";
    FERNET = "0x80: Fernet";
    NO_VERSION = "no version of Fernet";
    TIME = "time";
    TIME_MEANING = "When the author's clock says that it was made; everybody on the way can read it.";
    IV = "IV";
    IV_MEANING = "Drawn anew for each message, so that equal texts look different.";
    CIPHERTEXT = "ciphertext";
    CIPHERTEXT_MEANING = "The text and its padding, encrypted with AES-128-CBC under one half of the key.";
    HMAC = "HMAC";
    HMAC_MEANING = "A fingerprint of all before it, made with the other half of the key: a changed bit shows.";
    BLOCK_NUMBER = "block {}";
    A_BLOCK = "Sixteen bytes of text, mixed with the block before.";
    LAST_BLOCK = "The rest of the text and 1 to 16 bytes that say how many they are (PKCS #7).";
}
