//! `keyroom fernet`: the same tokens as Python's, over standard streams.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use keyroom_testkit::process::Running;

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/// The token of the Fernet spec's `verify.json`: "hello", made in 1985.
const SPEC_TOKEN: &str =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

fn fernet(args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut running = Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).arg("fernet").args(args));
    running.bytes(input.as_bytes());
    let (code, out, err) = running.end();
    (code, out.join("\n"), err)
}

#[test]
fn what_is_encrypted_decrypts_to_the_same_bytes() {
    let (code, key, _) = fernet(&["keygen"], "");
    assert_eq!((code, key.len()), (Some(0), 44));
    let (code, token, err) = fernet(&["encrypt", "--key-stdin"], &format!("{key}\nline one\nline two"));
    assert_eq!(code, Some(0), "{err}");
    assert!(token.starts_with("gAAAAA"), "{token}");
    let (code, text, err) = fernet(&["decrypt", "--key-stdin", "--ttl", "60"], &format!("{key}\n{token}\n"));
    assert_eq!((code, text.as_str()), (Some(0), "line one\nline two"), "{err}");
}

#[test]
fn the_specs_token_opens_without_ttl_and_is_too_old_with_one() {
    let input = format!("{KEY}\n{SPEC_TOKEN}\n");
    assert_eq!(fernet(&["decrypt", "--key-stdin"], &input).1, "hello");
    let (code, out, err) = fernet(&["decrypt", "--key-stdin", "--ttl", "60"], &input);
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(err.contains("limit is 60 s") && err.contains("--ttl"), "{err}");
}

#[test]
fn a_wrong_key_ends_with_three_and_a_missing_one_with_two() {
    let other = fernet(&["keygen"], "").1;
    let (code, out, err) = fernet(&["decrypt", "--key-stdin"], &format!("{other}\n{SPEC_TOKEN}"));
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(err.contains("another key"), "{err}");
    let (code, _, err) = fernet(&["encrypt"], "text");
    assert_eq!(code, Some(2));
    assert!(err.contains("--key-file"), "{err}");
}

#[test]
fn a_key_file_may_hold_line_breaks_and_a_missing_one_is_named() {
    let file = std::env::temp_dir().join(format!("keyroom-key-{}", std::process::id()));
    std::fs::write(&file, format!("{KEY}\r\n")).unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(fernet(&["decrypt", "--key-file", path], SPEC_TOKEN).1, "hello");
    std::fs::remove_file(&file).unwrap();
    let (code, _, err) = fernet(&["decrypt", "--key-file", path], SPEC_TOKEN);
    assert_eq!(code, Some(2));
    assert!(err.contains(path), "{err}");
}
