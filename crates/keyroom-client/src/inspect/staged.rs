//! An envelope as a profile would have captured it, for tests of faces: real encodings around bytes that stand for what is
//! encrypted.

use keyroom_history::Capture;
use keyroom_types::{
    Cursor, Digest, EnvelopeId, Header, IdentityKey, Key, Kind, MessageId, PassKey, RoomId, Seq, Timestamp,
};
use keyroom_wire::{Content, Envelope, encode_deliver};

use super::capture::{Author, Facts, Outer, Record, Session, Verdict};
use super::sealed::{InspectedEnvelope, inspect_envelope};

/// A message of *Anna* at place 300 of this room's log, opened at that time, with a ciphertext of that many bytes. `records`:
/// the TLS record around it was captured, too.
pub fn staged_envelope(room: &RoomId, at_ms: u64, ciphertext: usize, records: bool) -> InspectedEnvelope {
    let header = Header {
        seq: Seq::new(300),
        time: Timestamp::from_millis(at_ms),
        kind: Kind::Application,
        based_on: Seq::new(288),
        envelope: EnvelopeId::from_bytes(bytes(1)),
        pass: PassKey::from_bytes(bytes(2)),
    };
    let body = message(room, ciphertext);
    let before = Cursor { seq: Seq::new(299), ..Cursor::start(room) };
    let chain = before.chain.then(&header, &Digest::of(&body), None);
    let after = Cursor { seq: header.seq, chain, ..before };
    let frame = encode_deliver(&Envelope { header, content: Content::Body(body.into()), blob: None });
    let outer = records.then(|| outer(&frame));
    let facts = Facts {
        verdict: Verdict::Opened,
        epoch: Some(12),
        author: Some(Author {
            identity: IdentityKey::from_bytes(bytes(4)),
            leaf: 1,
            name: "Anna".to_owned(),
        }),
        newest: Some(299),
        signed_head: true,
        lengths: Some((58, 512)),
        message: Some((MessageId::from_bytes(bytes(5)), "text".to_owned())),
        session: Some(session()),
        ..Facts::new(&header, Some(&before), &after, true)
    };
    let capture = Capture {
        seq: header.seq,
        at: header.time,
        frame: frame.to_vec(),
        outer: outer.map(|outer| outer.encode()),
        facts: facts.encode(),
    };
    inspect_envelope(room, &capture)
}

/// A text as a Fernet token, made at that time with a start that is not drawn.
pub fn staged_token(key: &Key, text: &str, at_s: u64) -> Vec<u8> {
    let token = keyroom_fernet::Cipher::new(key).seal(text.as_bytes(), at_s, bytes(12));
    token.map(keyroom_fernet::Token::into_bytes).unwrap_or_default()
}

/// What a connection to a relay agrees on.
pub fn session() -> Session {
    Session::Tls {
        version: "TLS 1.3".to_owned(),
        group: "X25519MLKEM768".to_owned(),
        is_post_quantum: true,
        suite: "TLS13_AES_256_GCM_SHA384".to_owned(),
        pin: super::hex(&bytes::<32>(6)),
    }
}

/// A private message of RFC 9420, 6.3.
fn message(room: &RoomId, ciphertext: usize) -> Vec<u8> {
    let mut claim = vec![1, 1];
    claim.extend(room.as_bytes());
    claim.extend(288_u64.to_be_bytes());
    claim.extend(299_u64.to_be_bytes());
    claim.extend(bytes::<32>(7));
    claim.extend(bytes::<128>(8));
    let mut message = vec![0, 1, 0, 2];
    message.extend(vector(room.as_bytes()));
    message.extend(12_u64.to_be_bytes());
    message.push(1);
    message.extend(vector(&claim));
    message.extend(vector(&bytes::<28>(9)));
    message.extend(vector(&noise(10, ciphertext)));
    message
}

/// Bytes behind their length in the form of RFC 9420, 2.1.2.
fn vector(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut bytes = match length {
        0..64 => length.to_be_bytes()[3..].to_vec(),
        64..16_384 => (0x4000 | length).to_be_bytes()[2..].to_vec(),
        _ => (0x8000_0000 | length).to_be_bytes().to_vec(),
    };
    bytes.extend(content);
    bytes
}

/// The head of the WebSocket frame, and one TLS record as long as all of it.
fn outer(frame: &[u8]) -> Outer {
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    let mut head = vec![0x82];
    match length {
        0..126 => head.extend(&length.to_be_bytes()[3..]),
        126..65_536 => {
            head.push(126);
            head.extend(&length.to_be_bytes()[2..]);
        }
        _ => {
            head.push(127);
            head.extend(u64::from(length).to_be_bytes());
        }
    }
    let content = head.len() + frame.len();
    let mut record = vec![23, 3, 3];
    record.extend(u16::try_from(content + 17).unwrap_or(u16::MAX).to_be_bytes());
    record.extend(noise(11, content + 17));
    let part = 0..u32::try_from(content).unwrap_or(u32::MAX);
    Outer { head, records: vec![Record { bytes: record.into(), part }] }
}

fn bytes<const N: usize>(seed: u32) -> [u8; N] {
    let noise = noise(seed, N);
    std::array::from_fn(|at| noise[at])
}

/// The same bytes each time, which look like any others (a multiplicative generator).
fn noise(seed: u32, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}
