//! `keyroom inspect --fernet` and `--compare`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use keyroom_testkit::process::Running;
use serde_json::Value;

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/// The token of the Fernet spec's `verify.json`: "hello", made in 1985.
const SPEC_TOKEN: &str =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

fn inspect(args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut running = Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).arg("inspect").args(args));
    running.bytes(input.as_bytes());
    let (code, out, err) = running.end();
    (code, out.join("\n"), err)
}

#[test]
fn the_specs_token_is_shown_field_by_field_and_opened_step_by_step() {
    let (code, out, err) = inspect(&["--fernet", "--key-stdin"], &format!("{KEY}\n{SPEC_TOKEN}\n"));
    assert_eq!(code, Some(0), "{err}");
    for part in [
        "text: hello",
        "T 00001  time = 1985-10-26T08:20:00.000Z",
        "R 00009  IV",
        "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
        "P 00029  HMAC",
        "HMAC: right",
        "padding: right",
        "If this had been wrong:",
        "P  proof: tag or signature",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains(KEY) && !out.contains("73fd31eb"), "no byte of the key is shown");
}

#[test]
fn without_a_key_and_with_a_wrong_one_what_is_open_is_shown_all_the_same() {
    let (code, out, _) = inspect(&["--fernet", "--json"], SPEC_TOKEN);
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &shown["see"]["text"]), (Some(0), &Value::from("nothing: no key was given")));
    assert_eq!(shown["network"][1]["fields"][1]["value"], "1985-10-26T08:20:00.000Z");
    let other = KEY.replace("cw_0", "cw_1");
    let (code, out, _) = inspect(&["--fernet", "--key-stdin", "--json"], &format!("{other}\n{SPEC_TOKEN}"));
    let shown: Value = serde_json::from_str(&out).unwrap();
    let hmac = shown["steps"].as_array().unwrap().iter().find(|step| step["step"] == "HMAC").unwrap();
    assert_eq!((code, &hmac["outcome"]), (Some(0), &Value::from("refused")));
}

#[test]
fn the_lab_shows_what_a_fernet_room_does_not_refuse() {
    let (code, out, err) =
        inspect(&["--fernet", "--key-stdin", "--lab", "--json"], &format!("{KEY}\n{SPEC_TOKEN}"));
    assert_eq!(code, Some(0), "{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    let opened = |attack: &str| {
        shown["lab"].as_array().unwrap().iter().find(|trial| trial["attack"] == attack).unwrap()["opened"]
            .clone()
    };
    assert_eq!(
        [opened("replay"), opened("old"), opened("removed-member")],
        [true, true, true].map(Value::from)
    );
    assert_eq!([opened("wrong-key"), opened("flip")], [false, false].map(Value::from));
    let (code, _, err) = inspect(&["--fernet", "--lab"], SPEC_TOKEN);
    assert!(code == Some(2) && err.contains("--key-file"), "{err}");
}

/// Attack matrix row 24.
#[test]
fn hostile_text_in_a_token_and_instead_of_one_moves_no_cursor() {
    for input in ["\u{1b}]0;t\u{7}\u{9b}2J gAAAAA\u{202e}", "gAAAAA", "=\u{0}=\u{8}"] {
        let (code, out, err) = inspect(&["--fernet", "--whole"], input);
        assert_eq!(code, Some(0), "{err}");
        assert!(!out.chars().any(|ch| ch.is_control() && ch != '\n') && !out.contains('\u{202e}'), "{out:?}");
    }
    let (code, _, err) = inspect(&["--fernet"], " \n");
    assert!(code == Some(2) && err.contains("Nothing came"), "{err}");
}

#[test]
fn the_same_text_both_ways_and_what_each_gives_away() {
    let (code, out, err) = inspect(&["--compare"], "meet at nine");
    assert_eq!(code, Some(0), "{err}");
    for part in ["WHAT EACH GIVES AWAY", "FERNET", "SEALED", "that it has 0 to 15 bytes", "group id", "HMAC"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("meet at nine"));
    let (code, _, err) = inspect(&[], "");
    assert!(code == Some(2) && err.contains("ROOM"), "{err}");
}
