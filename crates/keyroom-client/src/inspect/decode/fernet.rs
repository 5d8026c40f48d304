//! A Fernet token: its text, and the bytes that the text stands for.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};

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
            Letter::Digit => Label::new("letters", FieldKind::Text, BASE64_URL, DIGITS),
            Letter::Padding => Label::new("padding", FieldKind::Filler, BASE64, PADDING),
            Letter::Skipped => Label::new("skipped", FieldKind::Filler, BASE64_SKIP, SKIPPED),
        };
        cutter.take(run, label, Value::Bytes);
    }
    if cutter.left() > 0 {
        let label = Label::new("behind the end", FieldKind::Unknown, BASE64, BEHIND);
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
    cutter.number(1, Label::new("version", FieldKind::Frame, SPEC_VERSION, VERSION), |number| {
        Value::Word(if number == 0x80 { "0x80: Fernet".into() } else { "no version of Fernet".into() })
    })?;
    cutter.number(8, Label::new("time", FieldKind::Time, SPEC_TIME, TIME), Value::Seconds)?;
    cutter.take(16, Label::new("IV", FieldKind::Random, SPEC_IV, IV), Value::Bytes)?;
    let ciphertext = cutter.left().saturating_sub(TAG);
    if ciphertext == 0 {
        // Too short for both: what is there is no whole ciphertext.
        return cutter
            .take(
                TAG + BLOCK,
                Label::new("ciphertext", FieldKind::Cipher, SPEC_CIPHERTEXT, CIPHERTEXT),
                Value::Bytes,
            )
            .map(drop);
    }
    let label = Label::new("ciphertext", FieldKind::Cipher, SPEC_CIPHERTEXT, CIPHERTEXT);
    cutter.nest(ciphertext, label, blocks)?;
    cutter.take(TAG, Label::new("HMAC", FieldKind::Proof, SPEC_HMAC, HMAC), Value::Bytes)?;
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
        let label = Label::new(format!("block {number}"), FieldKind::Cipher, CBC, meaning);
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

const DIGITS: &str = "Each letter stands for six bits, so four of them for three bytes: this hides nothing.";
const PADDING: &str = "Says that the last group of letters stands for fewer than three bytes.";
const SKIPPED: &str = "No letter of base64, a line end perhaps: readers skip it.";
const BEHIND: &str = "Stands behind the end of the token: no reader looks at it.";
const VERSION: &str = "Says which format this is; there is only this one.";
const TIME: &str = "When the author's clock says that it was made; everybody on the way can read it.";
const IV: &str = "Drawn anew for each message, so that equal texts look different.";
const CIPHERTEXT: &str = "The text and its padding, encrypted with AES-128-CBC under one half of the key.";
const HMAC: &str =
    "A fingerprint of all before it, made with the other half of the key: a changed bit shows.";
const A_BLOCK: &str = "Sixteen bytes of text, mixed with the block before.";
const LAST_BLOCK: &str = "The rest of the text and 1 to 16 bytes that say how many they are (PKCS #7).";
