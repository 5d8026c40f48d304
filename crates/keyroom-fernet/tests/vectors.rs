//! The vectors of the Fernet specification, from the package `cryptography_vectors` 50.0.2.
//!
//! Attack matrix row 43: generate 1, verify 1, invalid 8.

#![allow(clippy::panic, reason = "a test's helpers fail by a panic")]

use keyroom_fernet::{Cipher, OpenError, Policy};
use keyroom_types::Key;
use serde_json::Value;

fn vectors(file: &str) -> Vec<Value> {
    serde_json::from_str(file).expect("the vectors are JSON lists")
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect("the vectors have this string")
}

fn cipher(vector: &Value) -> Cipher {
    Cipher::new(&Key::parse(text(vector, "secret")).expect("the vectors have valid keys"))
}

/// Seconds since 1970 of the vectors' three times, all written with offset -07:00.
fn now(vector: &Value) -> u64 {
    match text(vector, "now") {
        "1985-10-26T01:20:00-07:00" => 499_162_800,
        "1985-10-26T01:20:01-07:00" => 499_162_801,
        "1985-10-26T01:21:31-07:00" => 499_162_891,
        other => panic!("a time that the vectors did not have: {other}"),
    }
}

fn policy(vector: &Value) -> Policy {
    let ttl_s = vector["ttl_sec"].as_u64().expect("the vectors have a TTL");
    Policy::within(now(vector), ttl_s, Policy::PYTHON_SKEW_S)
}

#[test]
fn generate_vectors_are_sealed_to_the_same_token() {
    let vectors = vectors(include_str!("vectors/generate.json"));
    assert_eq!(vectors.len(), 1);
    for vector in &vectors {
        let iv = vector["iv"].as_array().expect("the IV is a list");
        let iv: Vec<u8> = iv.iter().filter_map(Value::as_u64).filter_map(|n| u8::try_from(n).ok()).collect();
        let iv = iv.try_into().expect("an IV has 16 bytes");
        let token = cipher(vector).seal(text(vector, "src").as_bytes(), now(vector), iv);
        assert_eq!(token.expect("short enough").as_str(), text(vector, "token"));
    }
}

#[test]
fn verify_vectors_are_opened() {
    let vectors = vectors(include_str!("vectors/verify.json"));
    assert_eq!(vectors.len(), 1);
    for vector in &vectors {
        let opened = cipher(vector).open(text(vector, "token").as_bytes(), &policy(vector));
        let opened = opened.expect("a verify vector is valid");
        assert_eq!(&opened.plaintext[..], text(vector, "src").as_bytes());
        assert_eq!(opened.unix_s, 499_162_800);
    }
}

#[test]
fn invalid_vectors_are_refused_for_their_own_reason() {
    let vectors = vectors(include_str!("vectors/invalid.json"));
    let refused: Vec<_> = vectors
        .iter()
        .map(|vector| {
            let opened = cipher(vector).open(text(vector, "token").as_bytes(), &policy(vector));
            (text(vector, "desc"), opened.expect_err("an invalid vector is refused"))
        })
        .collect();
    let expected = [
        ("incorrect mac", OpenError::NotAuthentic),
        ("too short", OpenError::Length { bytes: 40 }),
        ("invalid base64", OpenError::Base64),
        ("payload size not multiple of block size", OpenError::Length { bytes: 72 }),
        ("payload padding error", OpenError::NotAuthentic),
        ("far-future TS (unacceptable clock skew)", OpenError::FromFuture { ahead_s: 36_000, skew_s: 60 }),
        ("expired TTL", OpenError::Expired { age_s: 90, ttl_s: 60 }),
        ("incorrect IV (causes padding error)", OpenError::NotAuthentic),
    ];
    assert_eq!(refused, expected);
}

#[test]
fn debug_of_what_was_opened_hides_the_text() {
    let vector = &vectors(include_str!("vectors/verify.json"))[0];
    let opened = cipher(vector).open(text(vector, "token").as_bytes(), &Policy::lenient());
    let shown = format!("{:?} {:?}", opened.expect("a verify vector is valid"), cipher(vector));
    assert!(shown.contains("499162800"));
    assert!(!shown.contains("hello") && !shown.contains("104, 101"), "{shown}");
}
