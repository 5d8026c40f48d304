//! A Fernet token, looked at: its layers, and each step of opening it, really done.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keyroom_fernet::{Cipher, OpenError, Plaintext, Policy};
use keyroom_types::Key;
use sha2::Sha256;

use super::decode;
use super::field::Source;
use super::layer::Layer;
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
    let mut layers =
        vec![Layer::new("Fernet token as text", ON_TCP, text.to_vec(), decode::token_text(text, used))];
    let mut opening = Opening { steps: Vec::new(), over: false };
    let raw = decoded.map(|(raw, _)| raw).unwrap_or_default();
    opening.letters(text, used, &raw, layers_are_whole(text));
    if !raw.is_empty() {
        layers.push(Layer::new("Fernet token", DECODED, raw.clone(), decode::token(&raw, 0..raw.len())));
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
        let refusal = "the text ends inside a group of four letters";
        let outcome = if whole { Outcome::Passed } else { Outcome::Refused(refusal.into()) };
        self.step(Step {
            name: "letters to bytes",
            what: "Turns the letters back into bytes. Anybody can do that: it needs no key.",
            values: vec![
                ("bytes of text", text.len().to_string()),
                ("of these read", used.to_string()),
                ("bytes of token", raw.len().to_string()),
            ],
            outcome,
            if_wrong: "Letters are missing at the end: it is no token, and nothing more is looked at.",
            source: Source::new("RFC 4648", "5"),
        });
    }

    fn version(&mut self, raw: &[u8]) {
        let outcome = match raw.first() {
            Some(0x80) => Outcome::Passed,
            Some(other) => Outcome::Refused(format!("the first byte is {other:#04x}").into()),
            None => Outcome::Refused("there is no byte".into()),
        };
        self.step(Step {
            name: "version",
            what: "Looks whether this is a format that we know.",
            values: raw.first().map(|byte| ("first byte", format!("{byte:#04x}"))).into_iter().collect(),
            outcome,
            if_wrong: "It is not Fernet, and nothing more is looked at.",
            source: Source::new(SPEC, "Verifying, step 2"),
        });
    }

    fn time(&mut self, raw: &[u8], now_s: u64, ttl_s: Option<u64>) {
        let time = raw.get(1..9).and_then(|time| time.try_into().ok()).map(u64::from_be_bytes);
        let mut values = Vec::new();
        if let Some(time) = time {
            values.push(("seconds since 1970", time.to_string()));
            values.push(match now_s.checked_sub(time) {
                Some(age) => ("age in seconds", age.to_string()),
                None => ("seconds ahead of this clock", (time - now_s).to_string()),
            });
        }
        let outcome = match (time, ttl_s) {
            (None, _) => Outcome::Refused("there is no whole time".into()),
            (Some(_), None) => {
                Outcome::NotDone("rooms allow any age, so that a wrong clock shuts nobody out".into())
            }
            (Some(time), Some(ttl)) => {
                values.push(("allowed age", ttl.to_string()));
                if time.checked_add(ttl).is_some_and(|end| end < now_s) {
                    Outcome::Refused("it is older than allowed".into())
                } else if time > now_s.saturating_add(Policy::PYTHON_SKEW_S) {
                    Outcome::Refused("it is from the future".into())
                } else {
                    Outcome::Passed
                }
            }
        };
        self.step(Step {
            name: "time",
            what: "Compares the time in the token with the clock, if an age is asked for.",
            values,
            outcome,
            if_wrong: "With an age limit an old token is refused. Without one it opens however old it is: a recording can be \
                       played again.",
            source: Source::new(SPEC, "Verifying, step 3"),
        });
    }

    fn length(&mut self, raw: &[u8]) {
        let lawful = raw.len() >= OVERHEAD + BLOCK && (raw.len() - OVERHEAD).is_multiple_of(BLOCK);
        let refusal = "it is not 57 bytes and whole blocks of 16";
        self.step(Step {
            name: "length",
            what: "Looks whether the ciphertext consists of whole blocks.",
            values: vec![
                ("bytes", raw.len().to_string()),
                ("blocks", (raw.len().saturating_sub(OVERHEAD) / BLOCK).to_string()),
            ],
            outcome: if lawful { Outcome::Passed } else { Outcome::Refused(refusal.into()) },
            if_wrong: "A part is missing or there is too much: refused before any key is used.",
            source: Source::new(SPEC, "Token Format"),
        });
    }

    fn hmac(&mut self, raw: &[u8], key: Option<&Key>) {
        let tag = raw.len().checked_sub(TAG).map(|at| raw.split_at(at));
        let mut values = Vec::new();
        if let Some((_, tag)) = tag {
            values.push(("tag in the token", hex(tag)));
        }
        let outcome = match (key, tag) {
            (None, _) => Outcome::NotDone(NO_KEY.into()),
            (Some(_), None) => Outcome::Refused("there is no whole tag".into()),
            (Some(key), Some((signed, tag))) => {
                let (signing, _) = key.as_bytes().split_at(Key::BYTES / 2);
                values.push(("signing key, fingerprint", fingerprint(signing)));
                let mut mac = Hmac::<Sha256>::new_from_slice(signing).expect("HMAC takes keys of any length");
                mac.update(signed);
                match mac.verify_slice(tag) {
                    Ok(()) => Outcome::Passed,
                    Err(_) => Outcome::Refused("the tag is another".into()),
                }
            }
        };
        self.step(Step {
            name: "HMAC",
            what: "Computes the fingerprint of all the bytes with one half of the key, and compares it with the token's.",
            values,
            outcome,
            if_wrong: "Another key made it, or a bit was changed on the way: refused, and nobody learns which.",
            source: Source::new(SPEC, "Verifying, step 4, and RFC 2104"),
        });
    }

    fn decrypt(&mut self, text: &[u8], raw: &[u8], key: Option<&Key>) -> Option<Plaintext> {
        let refused = self.over;
        let opened = key.filter(|_| !refused).map(|key| Cipher::new(key).open(text, &Policy::lenient()));
        let mut values = Vec::new();
        if let (Some(key), Some(iv)) = (key, raw.get(9..25)) {
            let (_, encryption) = key.as_bytes().split_at(Key::BYTES / 2);
            values.push(("encryption key, fingerprint", fingerprint(encryption)));
            values.push(("IV", hex(iv)));
        }
        let done = || if key.is_some() { Outcome::Passed } else { Outcome::NotDone(NO_KEY.into()) };
        self.step(Step {
            name: "decryption",
            what: "Turns the ciphertext into text with the other half of the key, each block mixed with the one before.",
            values,
            outcome: done(),
            if_wrong: "It cannot be noticed here: another key would give nonsense. That is why the HMAC comes first.",
            source: Source::new("NIST SP 800-38A", "6.2"),
        });
        let padding = match &opened {
            Some(Ok(opened)) => {
                let padded = raw.len().saturating_sub(OVERHEAD);
                vec![
                    ("bytes of padding", padded.saturating_sub(opened.plaintext.len()).to_string()),
                    ("bytes of text", opened.plaintext.len().to_string()),
                ]
            }
            _ => Vec::new(),
        };
        let outcome = match &opened {
            None | Some(Ok(_)) => done(),
            Some(Err(error)) => Outcome::Refused(refusal(*error).into()),
        };
        self.step(Step {
            name: "padding",
            what: "Takes the filler off the end; its last byte says how much it is.",
            values: padding,
            outcome,
            if_wrong: "Only a holder of the key can get it wrong, since the HMAC was right: refused.",
            source: Source::new("RFC 5652", "6.3"),
        });
        let plaintext = opened.and_then(Result::ok).map(|opened| opened.plaintext);
        let outcome = match &plaintext {
            None => done(),
            Some(text) if std::str::from_utf8(text).is_ok() => Outcome::Passed,
            Some(_) => Outcome::Refused("the bytes are no UTF-8".into()),
        };
        self.step(Step {
            name: "text",
            what: "Reads the bytes as letters.",
            values: Vec::new(),
            outcome,
            if_wrong: "It was no text but something else: a room says so and shows nothing.",
            source: Source::new("RFC 3629", "3"),
        });
        plaintext
    }

    /// Adds a step. Behind one that refused, the others are not done.
    fn step(&mut self, step: Step) {
        let over = self.over;
        self.over |= matches!(step.outcome, Outcome::Refused(_));
        let outcome = if over { Outcome::NotDone("it was refused before".into()) } else { step.outcome };
        let values = if over { Vec::new() } else { step.values };
        self.steps.push(Step { outcome, values, ..step });
    }
}

/// What the codec says, in the words of the step that it ended at.
fn refusal(error: OpenError) -> &'static str {
    match error {
        OpenError::NotAuthentic => "the padding is none",
        OpenError::Base64 | OpenError::Version | OpenError::Length { .. } => "it is no token",
        _ => "it was refused",
    }
}

/// Version, time, IV and tag.
const OVERHEAD: usize = 57;
const BLOCK: usize = 16;
const TAG: usize = 32;

const SPEC: &str = "fernet/spec, Spec.md";
const ON_TCP: &str = "As it went over TCP, with nothing around it.";
const DECODED: &str = "The bytes that the letters stand for.";
const NO_KEY: &str = "no key was given";
