//! A Fernet token, looked at: its layers, and each step of opening it, really done.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keyroom_fernet::{Cipher, OpenError, Plaintext, Policy};
use keyroom_types::Key;
use sha2::Sha256;

use super::decode;
use super::field::Source;
use super::layer::Layer;
use super::phrase::{Phrase, Text, phrases};
use super::step::{Outcome, Step, fingerprint, hex};

/// A token, looked at.
#[derive(Debug)]
pub struct InspectedToken {
    /// The text on the wire; then the bytes that it stands for, where it stands for any.
    pub layers: Vec<Layer>,
    /// How it was opened, or where that ended.
    pub steps: Vec<Step>,
    /// What was in it.
    pub plaintext: Option<Plaintext>,
}

/// Looks at a token as it went over TCP. Every step is done here, on these bytes, with this key.
///
/// `now_s` is the present time in seconds since 1970, for the token's age; `ttl_s` is the greatest age that is allowed.
/// Rooms allow any.
pub fn inspect_token(text: &[u8], key: Option<&Key>, now_s: u64, ttl_s: Option<u64>) -> InspectedToken {
    let decoded = keyroom_fernet::decode(text);
    let used = decoded.as_ref().map_or(text.len(), |(_, used)| *used);
    let mut layers = vec![Layer::new(TOKEN_TEXT, ON_TCP, text.to_vec(), decode::token_text(text, used))];
    let mut opening = Opening { steps: Vec::new(), over: false };
    let raw = decoded.map(|(raw, _)| raw).unwrap_or_default();
    opening.letters(text, used, &raw, layers_are_whole(text));
    if !raw.is_empty() {
        layers.push(Layer::new(TOKEN, DECODED, raw.clone(), decode::token(&raw, 0..raw.len())));
    }
    opening.version(&raw);
    opening.time(&raw, now_s, ttl_s);
    opening.length(&raw);
    opening.hmac(&raw, key);
    let plaintext = opening.decrypt(text, &raw, key);
    InspectedToken { layers, steps: opening.steps, plaintext }
}

fn layers_are_whole(text: &[u8]) -> bool {
    keyroom_fernet::decode(text).is_some()
}

/// The steps so far, and whether one of them refused.
struct Opening {
    steps: Vec<Step>,
    over: bool,
}

impl Opening {
    fn letters(&mut self, text: &[u8], used: usize, raw: &[u8], whole: bool) {
        let outcome = if whole { Outcome::Passed } else { Outcome::Refused(ENDS_INSIDE.into()) };
        self.step(Step {
            name: LETTERS,
            what: LETTERS_WHAT,
            values: vec![
                (TEXT_BYTES, Text::as_is(text.len())),
                (READ_BYTES, Text::as_is(used)),
                (TOKEN_BYTES, Text::as_is(raw.len())),
            ],
            outcome,
            if_wrong: LETTERS_WRONG,
            source: Source::new("RFC 4648", "5"),
        });
    }

    fn version(&mut self, raw: &[u8]) {
        let outcome = match raw.first() {
            Some(0x80) => Outcome::Passed,
            Some(other) => Outcome::Refused(FIRST_BYTE_IS.with([byte(*other)])),
            None => Outcome::Refused(NO_BYTE.into()),
        };
        self.step(Step {
            name: VERSION,
            what: VERSION_WHAT,
            values: raw.first().map(|first| (FIRST_BYTE, byte(*first))).into_iter().collect(),
            outcome,
            if_wrong: VERSION_WRONG,
            source: Source::new(SPEC, "Verifying").step(2),
        });
    }

    fn time(&mut self, raw: &[u8], now_s: u64, ttl_s: Option<u64>) {
        let time = raw.get(1..9).and_then(|time| time.try_into().ok()).map(u64::from_be_bytes);
        let mut values = Vec::new();
        if let Some(time) = time {
            values.push((SECONDS, Text::as_is(time)));
            values.push(match now_s.checked_sub(time) {
                Some(age) => (AGE, Text::as_is(age)),
                None => (AHEAD, Text::as_is(time - now_s)),
            });
        }
        let outcome = match (time, ttl_s) {
            (None, _) => Outcome::Refused(NO_TIME.into()),
            (Some(_), None) => Outcome::NotDone(ANY_AGE.into()),
            (Some(time), Some(ttl)) => {
                values.push((ALLOWED_AGE, Text::as_is(ttl)));
                if time.checked_add(ttl).is_some_and(|end| end < now_s) {
                    Outcome::Refused(TOO_OLD.into())
                } else if time > now_s.saturating_add(Policy::PYTHON_SKEW_S) {
                    Outcome::Refused(FROM_THE_FUTURE.into())
                } else {
                    Outcome::Passed
                }
            }
        };
        self.step(Step {
            name: TIME,
            what: TIME_WHAT,
            values,
            outcome,
            if_wrong: TIME_WRONG,
            source: Source::new(SPEC, "Verifying").step(3),
        });
    }

    fn length(&mut self, raw: &[u8]) {
        let lawful = raw.len() >= OVERHEAD + BLOCK && (raw.len() - OVERHEAD).is_multiple_of(BLOCK);
        self.step(Step {
            name: LENGTH,
            what: LENGTH_WHAT,
            values: vec![
                (BYTES, Text::as_is(raw.len())),
                (BLOCKS, Text::as_is(raw.len().saturating_sub(OVERHEAD) / BLOCK)),
            ],
            outcome: if lawful { Outcome::Passed } else { Outcome::Refused(NO_BLOCKS.into()) },
            if_wrong: LENGTH_WRONG,
            source: Source::new(SPEC, "Token Format"),
        });
    }

    fn hmac(&mut self, raw: &[u8], key: Option<&Key>) {
        let tag = raw.len().checked_sub(TAG).map(|at| raw.split_at(at));
        let mut values = Vec::new();
        if let Some((_, tag)) = tag {
            values.push((TAG_THERE, Text::as_is(hex(tag))));
        }
        let outcome = match (key, tag) {
            (None, _) => Outcome::NotDone(NO_KEY.into()),
            (Some(_), None) => Outcome::Refused(NO_TAG.into()),
            (Some(key), Some((signed, tag))) => {
                let (signing, _) = key.as_bytes().split_at(Key::BYTES / 2);
                values.push((SIGNING_KEY, Text::as_is(fingerprint(signing))));
                let mut mac = Hmac::<Sha256>::new_from_slice(signing).expect("HMAC takes keys of any length");
                mac.update(signed);
                match mac.verify_slice(tag) {
                    Ok(()) => Outcome::Passed,
                    Err(_) => Outcome::Refused(OTHER_TAG.into()),
                }
            }
        };
        self.step(Step {
            name: HMAC,
            what: HMAC_WHAT,
            values,
            outcome,
            if_wrong: HMAC_WRONG,
            source: Source::new(SPEC, "Verifying").step(4).and("RFC 2104", ""),
        });
    }

    fn decrypt(&mut self, text: &[u8], raw: &[u8], key: Option<&Key>) -> Option<Plaintext> {
        let refused = self.over;
        let opened = key.filter(|_| !refused).map(|key| Cipher::new(key).open(text, &Policy::lenient()));
        let mut values = Vec::new();
        if let (Some(key), Some(iv)) = (key, raw.get(9..25)) {
            let (_, encryption) = key.as_bytes().split_at(Key::BYTES / 2);
            values.push((ENCRYPTION_KEY, Text::as_is(fingerprint(encryption))));
            values.push((IV, Text::as_is(hex(iv))));
        }
        let done = || if key.is_some() { Outcome::Passed } else { Outcome::NotDone(NO_KEY.into()) };
        self.step(Step {
            name: DECRYPTION,
            what: DECRYPTION_WHAT,
            values,
            outcome: done(),
            if_wrong: DECRYPTION_WRONG,
            source: Source::new("NIST SP 800-38A", "6.2"),
        });
        let padding = match &opened {
            Some(Ok(opened)) => {
                let padded = raw.len().saturating_sub(OVERHEAD);
                vec![
                    (PADDING_BYTES, Text::as_is(padded.saturating_sub(opened.plaintext.len()))),
                    (TEXT_BYTES, Text::as_is(opened.plaintext.len())),
                ]
            }
            _ => Vec::new(),
        };
        let outcome = match &opened {
            None | Some(Ok(_)) => done(),
            Some(Err(error)) => Outcome::Refused(refusal(*error).into()),
        };
        self.step(Step {
            name: PADDING,
            what: PADDING_WHAT,
            values: padding,
            outcome,
            if_wrong: PADDING_WRONG,
            source: Source::new("RFC 5652", "6.3"),
        });
        let plaintext = opened.and_then(Result::ok).map(|opened| opened.plaintext);
        let outcome = match &plaintext {
            None => done(),
            Some(text) if std::str::from_utf8(text).is_ok() => Outcome::Passed,
            Some(_) => Outcome::Refused(NO_UTF8.into()),
        };
        self.step(Step {
            name: TEXT,
            what: TEXT_WHAT,
            values: Vec::new(),
            outcome,
            if_wrong: TEXT_WRONG,
            source: Source::new("RFC 3629", "3"),
        });
        plaintext
    }

    /// Adds a step. Behind one that refused, the others are not done.
    fn step(&mut self, step: Step) {
        let over = self.over;
        self.over |= matches!(step.outcome, Outcome::Refused(_));
        let outcome = if over { Outcome::NotDone(REFUSED_BEFORE.into()) } else { step.outcome };
        let values = if over { Vec::new() } else { step.values };
        self.steps.push(Step { outcome, values, ..step });
    }
}

/// What the codec says, in the words of the step that it ended at.
fn refusal(error: OpenError) -> Phrase {
    match error {
        OpenError::NotAuthentic => NO_PADDING,
        OpenError::Base64 | OpenError::Version | OpenError::Length { .. } => NO_TOKEN,
        _ => WAS_REFUSED,
    }
}

fn byte(byte: u8) -> Text {
    Text::as_is(format!("{byte:#04x}"))
}

/// Version, time, IV and tag.
const OVERHEAD: usize = 57;
const BLOCK: usize = 16;
const TAG: usize = 32;

const SPEC: &str = "fernet/spec, Spec.md";

phrases! {
    TOKEN_TEXT = "Fernet token as text";
    TOKEN = "Fernet token";
    ON_TCP = "As it went over TCP, with nothing around it.";
    DECODED = "The bytes that the letters stand for.";
    NO_KEY = "no key was given";
    REFUSED_BEFORE = "it was refused before";

    LETTERS = "letters to bytes";
    LETTERS_WHAT = "Turns the letters back into bytes. Anybody can do that: it needs no key.";
    LETTERS_WRONG = "Letters are missing at the end: it is no token, and nothing more is looked at.";
    ENDS_INSIDE = "the text ends inside a group of four letters";
    TEXT_BYTES = "bytes of text";
    READ_BYTES = "of these read";
    TOKEN_BYTES = "bytes of token";

    VERSION = "version";
    VERSION_WHAT = "Looks whether this is a format that we know.";
    VERSION_WRONG = "It is not Fernet, and nothing more is looked at.";
    FIRST_BYTE = "first byte";
    FIRST_BYTE_IS = "the first byte is {}";
    NO_BYTE = "there is no byte";

    TIME = "time";
    TIME_WHAT = "Compares the time in the token with the clock, if an age is asked for.";
    TIME_WRONG = "With an age limit an old token is refused. Without one it opens however old it is: a recording can be played again.";
    SECONDS = "seconds since 1970";
    AGE = "age in seconds";
    AHEAD = "seconds ahead of this clock";
    ALLOWED_AGE = "allowed age";
    ANY_AGE = "rooms allow any age, so that a wrong clock shuts nobody out";
    NO_TIME = "there is no whole time";
    TOO_OLD = "it is older than allowed";
    FROM_THE_FUTURE = "it is from the future";

    LENGTH = "length";
    LENGTH_WHAT = "Looks whether the ciphertext consists of whole blocks.";
    LENGTH_WRONG = "A part is missing or there is too much: refused before any key is used.";
    BYTES = "bytes";
    BLOCKS = "blocks";
    NO_BLOCKS = "it is not 57 bytes and whole blocks of 16";

    HMAC = "HMAC";
    HMAC_WHAT = "Computes the fingerprint of all the bytes with one half of the key, and compares it with the token's.";
    HMAC_WRONG = "Another key made it, or a bit was changed on the way: refused, and nobody learns which.";
    TAG_THERE = "tag in the token";
    SIGNING_KEY = "signing key, fingerprint";
    NO_TAG = "there is no whole tag";
    OTHER_TAG = "the tag is another";

    DECRYPTION = "decryption";
    DECRYPTION_WHAT = "Turns the ciphertext into text with the other half of the key, each block mixed with the one before.";
    DECRYPTION_WRONG = "It cannot be noticed here: another key would give nonsense. That is why the HMAC comes first.";
    ENCRYPTION_KEY = "encryption key, fingerprint";
    IV = "IV";

    PADDING = "padding";
    PADDING_WHAT = "Takes the filler off the end; its last byte says how much it is.";
    PADDING_WRONG = "Only a holder of the key can get it wrong, since the HMAC was right: refused.";
    PADDING_BYTES = "bytes of padding";
    NO_PADDING = "the padding is none";
    NO_TOKEN = "it is no token";
    WAS_REFUSED = "it was refused";

    TEXT = "text";
    TEXT_WHAT = "Reads the bytes as letters.";
    TEXT_WRONG = "It was no text but something else: a room says so and shows nothing.";
    NO_UTF8 = "the bytes are no UTF-8";
}
