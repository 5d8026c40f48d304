use proptest::prelude::*;

use super::*;
use crate::padding::{BUCKETS, strip, to_bucket};

fn id(byte: u8) -> MessageId {
    MessageId::from_bytes([byte; 16])
}

fn bodies() -> Vec<Body> {
    let key = Key::from_bytes([3; 32]);
    vec![
        Body::Text { text: "hi".to_owned(), reply: None },
        Body::Text { text: String::new(), reply: Some(id(2)) },
        Body::Edit { target: id(2), text: "ho".to_owned() },
        Body::Delete { target: id(2) },
        Body::Reaction { target: id(2), emoji: "👍".to_owned(), on: true },
        Body::File {
            name: "a.txt".to_owned(),
            size: u64::MAX,
            file: FileId::from_bytes([4; 16]),
            key: key.clone(),
            digest: Digest::from_bytes([5; 32]),
        },
        Body::Receipt { seen: Seq::new(7) },
        Body::Profile { name: "Anna".to_owned() },
        Body::Leave,
        Body::DoorKey { key },
        Body::Confirm { passes: vec![PassKey::from_bytes([6; 32]); 1_000] },
        Body::Unknown { kind: 99 },
    ]
}

#[test]
fn every_kind_reads_back_to_itself() {
    for body in bodies() {
        let content = Content::new(id(1), body);
        assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
    }
}

#[test]
fn fields_of_a_later_version_are_kept() {
    let mut content = Content::new(id(1), Body::Leave);
    content.unknown.push((40, Value::Array(vec![Value::from(1), Value::from("x")])));
    let bytes = content.encode().unwrap();
    let read = Content::decode(&bytes).unwrap();
    assert_eq!(read, content);
    assert_eq!(read.encode().unwrap(), bytes);
}

#[test]
fn the_longest_text_fits_and_one_byte_more_does_not() {
    let text = |length| Content::new(id(1), Body::Text { text: "x".repeat(length), reply: Some(id(2)) });
    let mut bytes = text(Content::MAX_TEXT).encode().unwrap().to_vec();
    assert!(to_bucket(&mut bytes));
    assert_eq!(text(Content::MAX_TEXT + 1).encode(), Err(ContentError::TooLong));
}

#[test]
fn another_version_and_other_forms_are_told_apart() {
    let encode = |map: Vec<(Value, Value)>| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(map), &mut bytes).unwrap();
        bytes
    };
    let field = |key: u64, value: Value| (Value::from(key), value);
    let (version, id) = (field(0, Value::from(1)), field(1, Value::Bytes(vec![1; 16])));
    let leave = field(2, Value::from(8));
    let good = encode(vec![version.clone(), id.clone(), leave.clone()]);
    assert!(Content::decode(&good).is_ok());
    let later = encode(vec![field(0, Value::from(2)), id.clone(), leave.clone()]);
    assert_eq!(Content::decode(&later), Err(ContentError::Version(2)));
    for malformed in [
        encode(vec![id.clone(), version.clone(), leave.clone()]),
        encode(vec![version.clone(), version.clone(), id.clone(), leave.clone()]),
        encode(vec![version.clone(), id.clone()]),
        encode(vec![version.clone(), field(1, Value::Bytes(vec![1; 15])), leave]),
        encode(vec![(Value::from("0"), Value::from(1))]),
        [good, vec![0]].concat(),
        vec![0x9f; 10_000],
        vec![],
    ] {
        assert_eq!(Content::decode(&malformed), Err(ContentError::Malformed));
    }
}

#[test]
fn fields_over_their_bounds_are_refused_both_ways() {
    for body in [
        Body::Reaction { target: id(1), emoji: "x".repeat(65), on: true },
        Body::File {
            name: "x".repeat(256),
            size: 0,
            file: FileId::from_bytes([4; 16]),
            key: Key::from_bytes([1; 32]),
            digest: Digest::from_bytes([5; 32]),
        },
        Body::Profile { name: "a\u{202e}".to_owned() },
        Body::Confirm { passes: vec![PassKey::from_bytes([6; 32]); 1_001] },
    ] {
        assert_eq!(Content::new(id(1), body).encode(), Err(ContentError::Field));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(content) = Content::decode(&bytes) {
            prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
        }
    }

    #[test]
    fn damaged_content_is_read_or_refused(which in 0_usize..12, at: usize, to: u8) {
        let mut bytes = Content::new(id(1), bodies()[which].clone()).encode().unwrap().to_vec();
        let at = at % bytes.len();
        bytes[at] = to;
        if let Ok(content) = Content::decode(&bytes) {
            prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
        }
    }

    /// Attack matrix row 5.
    #[test]
    fn every_text_is_padded_to_one_of_six_lengths(length in 0_usize..=Content::MAX_TEXT) {
        let content = Content::new(id(1), Body::Text { text: "x".repeat(length), reply: None });
        let mut bytes = content.encode().unwrap().to_vec();
        prop_assert!(to_bucket(&mut bytes));
        prop_assert!(BUCKETS.contains(&bytes.len()));
        prop_assert_eq!(Content::decode(strip(&bytes).unwrap()), Ok(content));
    }
}
