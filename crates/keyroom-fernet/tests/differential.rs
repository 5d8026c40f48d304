//! Our decisions beside those of a real Python: the same verdict on every token, and the same text.
//!
//! Attack matrix row 43. Needs the Python of `keyroom_testkit::python::interpreter`.

#![allow(clippy::panic, reason = "a test's helpers fail by a panic")]

use std::cell::RefCell;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyroom_fernet::{Cipher, OpenError, Policy, TokenId};
use keyroom_testkit::python::Lines;
use keyroom_types::Key;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use sha2::Sha256;

/// Python's Fernet, started once.
struct Python(RefCell<Lines>);

/// What either side made of a token: its text and its time, or nothing.
type Verdict = Option<(Vec<u8>, u64)>;

impl Python {
    fn start() -> Self {
        let lines = Lines::start(SCRIPT).unwrap_or_else(|lack| panic!("{lack}"));
        Self(RefCell::new(lines))
    }

    fn ask(&self, question: &Value) -> Value {
        let answer = self.0.borrow_mut().ask(&question.to_string()).expect("Python is still there");
        serde_json::from_str(&answer).expect("Python answers JSON")
    }

    fn seal(&self, text: &[u8], unix_s: u64, iv: [u8; 16]) -> String {
        let (data, iv) = (BASE64_STANDARD.encode(text), BASE64_STANDARD.encode(iv));
        let asked = json!({"do": "seal", "key": *key().show(), "data": data, "now": unix_s, "iv": iv});
        self.ask(&asked)["token"].as_str().expect("a token is a string").to_owned()
    }

    fn open(&self, token: &[u8], time: Option<(u64, u64)>) -> Verdict {
        let (now, ttl) = time.unzip();
        let data = BASE64_STANDARD.encode(token);
        let asked = json!({"do": "open", "key": *key().show(), "data": data, "ttl": ttl, "now": now});
        let answer = self.ask(&asked);
        let text = answer["text"].as_str()?;
        let text = BASE64_STANDARD.decode(text).expect("Python writes base64");
        Some((text, answer["time"].as_u64().expect("a time has eight bytes")))
    }

    /// Both sides judge the token, with and without a TTL. Returns what both say without one.
    fn agree(&self, token: &[u8], time: (u64, u64)) -> Result<Verdict, TestCaseError> {
        let free = ours(token, &Policy::lenient());
        let shown = String::from_utf8_lossy(&token[..token.len().min(200)]).into_owned();
        prop_assert_eq!(&free, &self.open(token, None), "{}", shown);
        let (now, ttl) = time;
        let timed = ours(token, &Policy::within(now, ttl, Policy::PYTHON_SKEW_S));
        prop_assert_eq!(&timed, &self.open(token, Some(time)), "{} at {} for {}", shown, now, ttl);
        Ok(free)
    }

    fn both_open(&self, token: impl AsRef<[u8]>, text: &[u8]) {
        let verdict = self.agree(token.as_ref(), AT).unwrap_or_else(|differ| panic!("{differ}"));
        assert_eq!(verdict.map(|(text, _)| text).as_deref(), Some(text));
    }

    fn both_refuse(&self, token: impl AsRef<[u8]>) {
        let verdict = self.agree(token.as_ref(), AT).unwrap_or_else(|differ| panic!("{differ}"));
        assert_eq!(verdict, None, "{}", String::from_utf8_lossy(token.as_ref()));
    }
}

fn key() -> Key {
    Key::parse("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=").expect("the key of the specification")
}

fn cipher() -> Cipher {
    Cipher::new(&key())
}

fn ours(token: &[u8], policy: &Policy) -> Verdict {
    cipher().open(token, policy).ok().map(|opened| (opened.plaintext.to_vec(), opened.unix_s))
}

fn sealed(text: &[u8]) -> String {
    cipher().seal(text, NOW_S, [0x5A; 16]).expect("short enough").into_string()
}

/// Any bytes under a valid HMAC: what only a holder of the key can send.
fn signed(body: &[u8]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key().as_bytes()[..16]).expect("any length is a key");
    hmac.update(body);
    BASE64_URL_SAFE.encode([body, &hmac.finalize().into_bytes()].concat())
}

/// One, two and three blocks: tokens with two, one and no padding characters.
fn texts() -> [&'static [u8]; 3] {
    [b"hello", b"twenty bytes of text", b"forty bytes of text make three blocks, OK"]
}

#[test]
fn what_we_seal_is_byte_for_byte_what_python_seals() {
    let python = Python::start();
    let lengths = (0..=130_u64).chain([255, 703, 704, 3_007, 3_008, 4_096, 65_535, 65_536, 99_999, 100_000]);
    for len in lengths {
        let text: Vec<u8> = (0..len).map(|place| (place * 31 % 251).to_le_bytes()[0]).collect();
        let iv = [len.to_le_bytes()[0]; 16];
        let token = cipher().seal(&text, NOW_S + len, iv).expect("short enough");
        assert_eq!(token.as_str(), python.seal(&text, NOW_S + len, iv), "{len} bytes");
        python.both_open(token.as_bytes(), &text);
    }
}

#[test]
fn padding_that_is_wrong_or_stripped_is_judged_alike() {
    let python = Python::start();
    for text in texts() {
        let token = sealed(text);
        let bare = token.trim_end_matches('=');
        for pads in 0..6 {
            let form = format!("{bare}{}", "=".repeat(pads));
            let enough = pads >= token.len() - bare.len();
            if enough { python.both_open(&form, text) } else { python.both_refuse(&form) }
        }
        for place in [0, 1, 2, 3, 50, bare.len() - 2, bare.len() - 1] {
            for pads in ["=", "==", "==="] {
                let mut form = token.clone();
                form.insert_str(place, pads);
                python.agree(form.as_bytes(), AT).unwrap_or_else(|differ| panic!("{differ}"));
            }
        }
    }
}

#[test]
fn every_last_character_is_judged_alike() {
    let python = Python::start();
    for (text, spare) in texts().into_iter().zip([16, 4, 1]) {
        let token = sealed(text);
        let digits = token.trim_end_matches('=').len();
        let mut accepted = 0;
        for last in ALPHABET.chars() {
            let form = format!("{}{last}{}", &token[..digits - 1], &token[digits..]);
            let verdict = python.agree(form.as_bytes(), AT).unwrap_or_else(|differ| panic!("{differ}"));
            accepted += usize::from(verdict.is_some());
        }
        assert_eq!(accepted, spare, "forms of the last character");
    }
}

#[test]
fn white_space_and_junk_inside_are_skipped_as_python_skips_them() {
    let python = Python::start();
    for text in texts() {
        let token = sealed(text);
        for junk in [" ", "\r\n", "\t", "%%%", "\0", "\u{7f}", "!~*", "\u{e9}", "\u{202e}"] {
            for place in [0, 1, 33, 99, token.len()] {
                let mut form = token.clone();
                form.insert_str(place, junk);
                python.both_open(form, text);
            }
            let all: String = token.chars().flat_map(|ch| [junk.to_owned(), ch.to_string()]).collect();
            python.both_open(all, text);
        }
        for byte in 0..=u8::MAX {
            let mut form = token.clone().into_bytes();
            form.insert(40, byte);
            python.agree(&form, AT).unwrap_or_else(|differ| panic!("{differ}"));
        }
    }
}

#[test]
fn data_behind_the_padding_is_never_looked_at() {
    let python = Python::start();
    for text in &texts()[..2] {
        let token = sealed(text);
        for behind in ["A", "=", "junk", &sealed(b"another"), "\u{ff}", "===="] {
            python.both_open(format!("{token}{behind}"), text);
        }
    }
    // No padding, nothing that ends the text.
    python.both_refuse(format!("{}A", sealed(texts()[2])));
    python.both_refuse(format!("{}AAAA", sealed(texts()[2])));
}

#[test]
fn the_other_alphabet_is_read_too() {
    let python = Python::start();
    for text in texts() {
        let token = sealed(text);
        python.both_open(token.replace('-', "+"), text);
        python.both_open(token.replace('_', "/"), text);
        python.both_open(token.replace('-', "+").replace('_', "/"), text);
    }
}

#[test]
fn every_version_but_0x80_is_refused() {
    let python = Python::start();
    let raw = BASE64_URL_SAFE.decode(sealed(b"hello")).expect("ours are canonical");
    let body = &raw[..raw.len() - 32];
    for version in 0..=u8::MAX {
        let form = signed(&[&[version], &body[1..]].concat());
        if version == 0x80 { python.both_open(form, b"hello") } else { python.both_refuse(form) }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let python = Python::start();
    let raw = BASE64_URL_SAFE.decode(sealed(b"hello")).expect("ours are canonical");
    for place in 0..raw.len() {
        for bit in 0..8 {
            let mut form = raw.clone();
            form[place] ^= 1 << bit;
            python.both_refuse(BASE64_URL_SAFE.encode(form));
        }
    }
}

#[test]
fn every_length_under_a_valid_hmac_is_judged_alike() {
    let python = Python::start();
    let mut body = vec![0x80];
    body.extend_from_slice(&NOW_S.to_be_bytes());
    for len in 0..200_u8 {
        python.both_refuse(BASE64_URL_SAFE.encode(vec![0x80; len.into()]));
        let form = signed(&body[..body.len().min(len.into())]);
        python.agree(form.as_bytes(), AT).unwrap_or_else(|differ| panic!("{differ}"));
        body.push(len);
    }
    for nothing in ["", "=", "====", "g", "gA", "gAA=", " ", "gAAAAAAdwJ6w"] {
        python.both_refuse(nothing);
    }
}

#[test]
fn wrong_padding_under_a_valid_hmac_is_no_oracle() {
    let python = Python::start();
    let raw = BASE64_URL_SAFE.decode(sealed(&[b'x'; 40])).expect("ours are canonical");
    let body = &raw[..raw.len() - 32];
    for last in 0..=u8::MAX {
        let mut form = body.to_vec();
        // The block before the last, which CBC adds to the last one's text.
        let place = form.len() - 17;
        form[place] ^= last;
        let form = signed(&form);
        let verdict = python.agree(form.as_bytes(), AT).unwrap_or_else(|differ| panic!("{differ}"));
        if verdict.is_none() {
            assert_eq!(cipher().open(form.as_bytes(), &Policy::lenient()), Err(OpenError::NotAuthentic));
        }
    }
}

#[test]
fn times_far_past_and_future_are_judged_alike() {
    let python = Python::start();
    let edges = [0, 1, 59, 60, 61, NOW_S - 61, NOW_S - 60, NOW_S, NOW_S + 60, NOW_S + 61];
    let late = [u64::from(u32::MAX), i64::MAX as u64, u64::MAX - 60, u64::MAX - 1, u64::MAX];
    let times: Vec<u64> = edges.into_iter().chain(late).collect();
    for &time in &times {
        let token = cipher().seal(b"when", time, [1; 16]).expect("short enough");
        for &now in &times {
            for ttl in [0, 1, 60, 3_600, u64::MAX] {
                let verdict = python.agree(token.as_bytes(), (now, ttl));
                assert_eq!(
                    verdict.unwrap_or_else(|differ| panic!("{differ}")),
                    Some((b"when".to_vec(), time))
                );
            }
        }
    }
}

/// One thing that happens to a token on its way.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index),
    Truncate(Index),
    Repeat,
    StripPadding,
    Pad(usize),
    OtherAlphabet,
    LastDigit(Index),
    Join(Vec<u8>),
}

impl Mutation {
    fn any() -> impl Strategy<Value = Self> {
        let junk =
            || prop_oneof![vec(any::<u8>(), 0..5), "[ \r\n\t=%A_+/-]{0,6}".prop_map(String::into_bytes)];
        prop_oneof![
            1 => (any::<Index>(), 0..8_u8).prop_map(|(place, bit)| Self::Flip(place, 1 << bit)),
            1 => (any::<Index>(), any::<u8>()).prop_map(|(place, byte)| Self::Set(place, byte)),
            6 => (any::<Index>(), junk()).prop_map(|(place, junk)| Self::Insert(place, junk)),
            1 => any::<Index>().prop_map(Self::Remove),
            1 => any::<Index>().prop_map(Self::Truncate),
            1 => Just(Self::Repeat),
            2 => Just(Self::StripPadding),
            2 => (0..5_usize).prop_map(Self::Pad),
            3 => Just(Self::OtherAlphabet),
            2 => any::<Index>().prop_map(Self::LastDigit),
            2 => junk().prop_map(Self::Join),
        ]
    }

    fn apply(self, token: &mut Vec<u8>) {
        let size = token.len().max(1);
        match self {
            Self::Flip(place, bits) => {
                if let Some(byte) = token.get_mut(place.index(size)) {
                    *byte ^= bits;
                }
            }
            Self::Set(place, byte) => {
                if let Some(place) = token.get_mut(place.index(size)) {
                    *place = byte;
                }
            }
            Self::Insert(place, junk) => {
                let place = place.index(token.len() + 1);
                token.splice(place..place, junk);
            }
            Self::Remove(place) => {
                if !token.is_empty() {
                    token.remove(place.index(size));
                }
            }
            Self::Truncate(len) => token.truncate(len.index(token.len() + 1)),
            Self::Repeat => token.extend_from_within(..),
            Self::StripPadding => token.retain(|&byte| byte != b'='),
            Self::Pad(pads) => token.resize(token.len() + pads, b'='),
            Self::OtherAlphabet => {
                for byte in token {
                    *byte = if *byte == b'-' {
                        b'+'
                    } else if *byte == b'_' {
                        b'/'
                    } else {
                        *byte
                    };
                }
            }
            Self::LastDigit(value) => {
                if let Some(last) = token.iter_mut().rfind(|byte| **byte != b'=') {
                    *last = ALPHABET.as_bytes()[value.index(64)];
                }
            }
            Self::Join(junk) => token.extend_from_slice(&junk),
        }
    }
}

#[test]
fn any_mutated_token_is_judged_alike() {
    let python = Python::start();
    let time = prop_oneof![3 => NOW_S - 200..NOW_S + 200, 1 => any::<u64>()];
    let given = (vec(any::<u8>(), 0..200), time, any::<[u8; 16]>(), vec(Mutation::any(), 1..4), 0_u64..200);
    let accepted = RefCell::new(0_u32);
    let config = Config { cases: 4_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&given, |(text, time, iv, mutations, ttl)| {
            let token = cipher().seal(&text, time, iv).expect("short enough");
            let mut form = token.clone().into_bytes();
            for mutation in mutations {
                mutation.apply(&mut form);
            }
            if let Some(opened) = python.agree(&form, (NOW_S, ttl))? {
                prop_assert_eq!(opened, (text, time));
                prop_assert_eq!(TokenId::of(&form), Ok(token.id()));
                *accepted.borrow_mut() += 1;
            }
            Ok(())
        })
        .unwrap_or_else(|differ| panic!("{differ}"));
    // Mutations that destroy every token would prove little.
    assert!(*accepted.borrow() > 400, "only {} were accepted", accepted.borrow());
}

#[test]
fn any_bytes_at_all_are_judged_alike() {
    let python = Python::start();
    let text = prop_oneof![vec(any::<u8>(), 0..300), "gA[A-Za-z0-9_=-]{0,300}".prop_map(String::into_bytes)];
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&text, |text| python.agree(&text, AT).map(|_| ()))
        .unwrap_or_else(|differ| panic!("{differ}"));
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NOW_S: u64 = 1_795_467_600;
const AT: (u64, u64) = (NOW_S, 60);
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/fernet.py");
