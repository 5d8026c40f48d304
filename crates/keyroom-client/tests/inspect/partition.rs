//! Whatever the bytes are, each belongs to exactly one named field, and nothing panics.

use std::ops::Range;

use bytes::Bytes;
use keyroom_client::inspect::decode::{
    Payload, authenticated_data, frame, message, record, sealed_join, to_client, to_relay, token, token_text,
};
use keyroom_client::inspect::{Field, divides, find, inspect_token, leaves};
use keyroom_types::{EnvelopeId, Header, Kind, PassKey, Seq, Timestamp};
use keyroom_wire::{Content, Envelope, encode_deliver};
use proptest::prelude::*;

type Decoder = fn(&[u8], Range<usize>) -> Vec<Field>;

fn from_relay(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    frame(bytes, range, Payload::ToClient)
}

fn from_client(bytes: &[u8], range: Range<usize>) -> Vec<Field> {
    frame(bytes, range, Payload::ToRelay)
}

const DECODERS: [(&str, Decoder); 9] = [
    ("token", token),
    ("record", record),
    ("frame from the relay", from_relay),
    ("frame from the client", from_client),
    ("link, to the client", to_client),
    ("link, to the relay", to_relay),
    ("MLS message", message),
    ("join", sealed_join),
    ("authenticated data", authenticated_data),
];

fn check(bytes: &[u8]) {
    for (name, decode) in DECODERS {
        let fields = decode(bytes, 0..bytes.len());
        assert!(divides(&fields, 0..bytes.len()), "{name}: {bytes:02x?}");
        assert_eq!(leaves(&fields).iter().map(|leaf| leaf.range.len()).sum::<usize>(), bytes.len());
        assert!(leaves(&fields).iter().all(|leaf| !leaf.name.is_empty() && !leaf.meaning.is_empty()));
        // A stretch inside other bytes, and one that goes over their end.
        let (from, to) = (bytes.len() / 3, bytes.len() / 3 * 2);
        assert!(divides(&decode(bytes, from..to), from..to), "{name}");
        assert!(divides(&decode(bytes, from..bytes.len() + 9), from..bytes.len()), "{name}");
    }
    for used in [0, bytes.len() / 2, bytes.len(), bytes.len() + 1] {
        assert!(divides(&token_text(bytes, used), 0..bytes.len()));
    }
    for layer in inspect_token(bytes, None, 0, None).layers {
        assert!(divides(&layer.fields, 0..layer.bytes.len()));
    }
}

/// A private message of a room as RFC 9420 has it, with lengths in the form that it asks for.
fn private_message(data: &[u8], ciphertext: usize) -> Vec<u8> {
    let vector = |content: &[u8]| {
        let length = content.len();
        let mut bytes = match length {
            0..64 => vec![u8::try_from(length).unwrap()],
            64..16384 => (0x4000 | u16::try_from(length).unwrap()).to_be_bytes().to_vec(),
            _ => (0x8000_0000 | u32::try_from(length).unwrap()).to_be_bytes().to_vec(),
        };
        bytes.extend(content);
        bytes
    };
    let mut bytes = vec![0, 1, 0, 2];
    bytes.extend(vector(&[7; 16]));
    bytes.extend(5_u64.to_be_bytes());
    bytes.push(1);
    bytes.extend(vector(data));
    bytes.extend(vector(&[8; 28]));
    bytes.extend(vector(&vec![9; ciphertext]));
    bytes
}

fn claim() -> Vec<u8> {
    let mut bytes = vec![1, 1];
    bytes.extend([7; 16]);
    bytes.extend(3_u64.to_be_bytes());
    bytes.extend(4_u64.to_be_bytes());
    bytes.extend([6; 32]);
    bytes.extend([5; 128]);
    bytes
}

fn delivery(kind: Kind, body: Vec<u8>) -> Bytes {
    encode_deliver(&Envelope {
        header: Header {
            seq: Seq::new(300),
            time: Timestamp::from_millis(1_700_000_000_000),
            kind,
            based_on: Seq::new(3),
            envelope: EnvelopeId::from_bytes([2; 16]),
            pass: PassKey::from_bytes([3; 32]),
        },
        content: Content::Body(body.into()),
        blob: None,
    })
}

fn in_websocket(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x82];
    match payload.len() {
        0..126 => bytes.push(u8::try_from(payload.len()).unwrap()),
        126..65536 => {
            bytes.push(126);
            bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

fn sound() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for ciphertext in [596, 16, 15, 0, 70_000] {
        let message = private_message(&claim(), ciphertext);
        let link = delivery(Kind::Application, message.clone());
        all.extend([message, link.to_vec(), in_websocket(&link)]);
    }
    all.push(in_websocket(&delivery(Kind::Join, [&[1][..], &[9; 1100]].concat())));
    let mut tls = vec![23, 3, 3, 1, 0];
    tls.extend([9; 256]);
    all.push(tls);
    all.push(claim());
    all
}

#[test]
fn a_delivered_message_is_named_from_the_frame_down_to_the_tag() {
    let body = private_message(&claim(), 596);
    let bytes = in_websocket(&delivery(Kind::Application, body.clone()));
    let fields = frame(&bytes, 0..bytes.len(), Payload::ToClient);
    assert!(divides(&fields, 0..bytes.len()));
    let at = |name: &str| &bytes[find(&fields, name).unwrap().range.clone()];
    assert_eq!(at("body: value"), body);
    assert_eq!(at("group id"), [7; 16]);
    assert_eq!(at("epoch"), 5_u64.to_be_bytes());
    assert_eq!(at("authenticated data"), claim());
    assert_eq!(at("chain there"), [6; 32]);
    assert_eq!(at("encrypted sender data"), [8; 28]);
    assert_eq!(at("ciphertext").len(), 596);
    assert_eq!(at("content's tag").len(), 16);
    assert!(leaves(&fields).iter().all(|leaf| leaf.name != "not understood" && leaf.name != "cut short"));
}

#[test]
fn every_truncation_of_sound_bytes_is_divided() {
    for bytes in sound() {
        for end in (0..bytes.len().min(900)).chain([bytes.len()]) {
            check(&bytes[..end]);
        }
    }
}

#[test]
fn lengths_that_lie_divide_no_more_than_is_there() {
    for bytes in [
        &[0, 1, 0, 2, 0xbf, 0xff, 0xff, 0xff, 1][..],
        &[0, 1, 0, 2, 0xff, 1, 2, 3],
        &[0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        &[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5],
        &[23, 3, 3, 0xff, 0xff, 1, 2],
        &[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1],
        &[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        &[0x0b, 1, 2, 3],
        &[0x80; 40],
        &[0xff; 40],
    ] {
        check(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_divided(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }

    #[test]
    fn damaged_bytes_are_divided(
        which in 0_usize..18,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut all = sound();
        let mut bytes = all.swap_remove(which % all.len());
        bytes.truncate(2_000);
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
        let end = end.index(bytes.len());
        check(&bytes[..end]);
    }
}
