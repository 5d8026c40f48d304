//! Fernet tokens: the same fields as Python finds, and each refusal where it belongs.

use keyroom_client::inspect::{
    Attack, FernetLab, Field, FieldKind, Outcome, Phrase, Value, find, inspect_token, leaves,
};
use keyroom_fernet::Cipher;
use keyroom_testkit::python::Lines;
use keyroom_types::Key;

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn token(number: u64) -> Vec<u8> {
    let text = "Grüße ".repeat(usize::try_from(number % 40).unwrap());
    let iv = std::array::from_fn(|place| u8::try_from((number + place as u64 * 7) % 256).unwrap());
    Cipher::new(&key(1)).seal(text.as_bytes(), number * 1_000_003, iv).unwrap().into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Design section 6: the inspector's fields against an independent decoder, on thousands of tokens, a part of them damaged.
#[test]
fn the_fields_of_four_thousand_tokens_are_those_that_python_finds() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inspect/fields.py");
    let mut python = Lines::start(script).unwrap();
    for number in 0..4_000 {
        let mut text = token(number);
        if number % 4 == 3 {
            // A letter in the middle is another one.
            let middle = text.len() / 2;
            text[middle] = if text[middle] == b'A' { b'B' } else { b'A' };
        }
        let inspected = inspect_token(&text, Some(&key(1)), 0, None);
        let [outer, inner] = inspected.layers.as_slice() else { panic!("{}", inspected.layers.len()) };
        assert!(keyroom_client::inspect::divides(&outer.fields, 0..outer.bytes.len()));
        assert!(keyroom_client::inspect::divides(&inner.fields, 0..inner.bytes.len()));
        let field = |name: &str| hex(&inner.bytes[find(&inner.fields, name).unwrap().range.clone()]);
        let Value::Seconds(time) = find(&inner.fields, "time").unwrap().value else { panic!() };
        let text_found = match &inspected.plaintext {
            Some(text) if text.is_empty() => "-".to_owned(),
            Some(text) => hex(text),
            None => "refused".to_owned(),
        };
        let ours = format!(
            "{} {time} {} {} {} {text_found}",
            u8::from_str_radix(&field("version"), 16).unwrap(),
            field("IV"),
            field("ciphertext"),
            field("HMAC"),
        );
        let line = format!("{} {}", key(1).show().as_str(), std::str::from_utf8(&text).unwrap());
        assert_eq!(python.ask(&line).unwrap(), ours, "token {number}");
        assert_eq!(inspected.steps.iter().any(refuses), text_found == "refused");
    }
}

fn refuses(step: &keyroom_client::inspect::Step) -> bool {
    matches!(step.outcome, Outcome::Refused(_))
}

/// Keys stand in the steps as fingerprints only.
#[test]
fn no_step_shows_a_byte_of_the_key() {
    let token = Cipher::new(&key(0xab)).seal(b"text", 1_000, [7; 16]).unwrap();
    let inspected = inspect_token(token.as_bytes(), Some(&key(0xab)), 1_050, Some(60));
    assert_eq!(inspected.plaintext.as_deref(), Some(&b"text"[..]));
    assert!(inspected.steps.iter().all(|step| step.outcome == Outcome::Passed), "{:?}", inspected.steps);
    let all = format!("{:?} {:?}", inspected.steps, inspected.layers);
    assert!(!all.contains(&key(0xab).show().to_string()) && !all.contains("abababab"), "{all}");
    let hmac = inspected.steps.iter().find(|step| step.name == "HMAC").unwrap();
    assert!(hmac.values.iter().any(|(name, value)| name.contains("fingerprint") && value.len() == 8));
}

#[test]
fn without_a_key_the_open_fields_are_shown_and_nothing_is_claimed() {
    let inspected = inspect_token(&token(9), None, 10_000_000, None);
    assert!(inspected.plaintext.is_none());
    let done = inspected.steps.iter().filter(|step| step.outcome == Outcome::Passed);
    let done: Vec<&str> = done.map(|step| step.name.english()).collect();
    assert_eq!(done, ["letters to bytes", "version", "length"]);
}

#[test]
fn a_token_that_no_reader_accepts_is_divided_all_the_same() {
    for text in [&b"gAAAAA"[..], b"", b"\x1b]0;title\x07", b"!!!!", b"QUJDRA==behind"] {
        let inspected = inspect_token(text, Some(&key(1)), 0, None);
        assert!(inspected.plaintext.is_none());
        assert_eq!(inspected.steps.iter().filter(|step| refuses(step)).count(), 1);
        let outer = &inspected.layers[0];
        assert!(keyroom_client::inspect::divides(&outer.fields, 0..text.len()));
    }
    let inspected = inspect_token(b"QUJDRA==behind", None, 0, None);
    let names: Vec<&str> =
        leaves(&inspected.layers[0].fields).iter().map(|field: &&Field| &*field.name).collect();
    assert_eq!(names, ["letters", "padding", "behind the end"]);
    assert_eq!(inspected.layers[0].fields[2].kind, FieldKind::Unknown);
}

/// Attack matrix rows 43, 44. Every bit of a token, really flipped and really refused.
#[test]
fn each_flipped_bit_is_refused_by_the_version_or_by_the_hmac() {
    let lab = FernetLab::new(key(1), key(2), &token(3), 4_000_000).unwrap();
    for bit in 0..lab.bits() {
        let trial = lab.run(Attack::FlipBit(bit));
        let expected = if bit < 8 { "version" } else { "HMAC" };
        let by = trial.refused_by.map(Phrase::english);
        assert_eq!((trial.opened, by), (false, Some(expected)), "bit {bit}");
    }
    assert_eq!(lab.run(Attack::FlipBit(lab.bits())).refused_by, None);
}

/// Attack matrix row 44: what this kind of room does not refuse is said, not hidden.
#[test]
fn a_replay_an_old_token_and_a_kept_key_open_and_a_wrong_key_does_not() {
    let lab = FernetLab::new(key(1), key(2), &token(3), 4_000_000).unwrap();
    for (attack, opens) in [
        (Attack::None, true),
        (Attack::WrongKey, false),
        (Attack::Replay, true),
        (Attack::Old, true),
        (Attack::RemovedMember, true),
    ] {
        let trial = lab.run(attack);
        assert_eq!(trial.opened, opens, "{trial:?}");
        assert_eq!(trial.refused_by.is_none(), opens);
    }
    assert_eq!(lab.run(Attack::WrongKey).refused_by.map(Phrase::english), Some("HMAC"));
    assert!(lab.run(Attack::Old).done.contains("refused as too old"));
}
