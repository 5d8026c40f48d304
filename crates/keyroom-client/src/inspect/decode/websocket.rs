//! A WebSocket frame. Source: RFC 6455, 5.2.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
use super::super::phrase::{Text, phrases};
use super::{to_client, to_relay};

/// What a frame is to carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Payload {
    /// A message of the link from the relay.
    ToClient,
    /// A message of the link to the relay: masked, so its bytes are one field.
    ToRelay,
}

/// Divides one frame as it went through TLS.
pub fn frame(bytes: &[u8], range: Range<usize>, payload: Payload) -> Vec<Field> {
    let mut cutter = Cutter::new(bytes, range);
    divide(&mut cutter, payload);
    cutter.finish()
}

fn divide(cutter: &mut Cutter<'_>, payload: Payload) -> Option<()> {
    let label = Label::new(FIN, FieldKind::Frame, FRAME, FIN_MEANING);
    let first = cutter.number(1, label, |number| Value::Word(opcode(number)))?;
    let second = *cutter.rest().first().unwrap_or(&0);
    let (is_masked, short) = (second & 0x80 != 0, u64::from(second & 0x7f));
    let label = Label::new(MASK_BIT, FieldKind::Frame, FRAME, MASK_BIT_MEANING);
    cutter.number(1, label, |_| {
        let masked = if is_masked { IS_MASKED } else { NOT_MASKED };
        Value::Word(match short {
            126 => LENGTH_IN.with([masked.into(), Text::as_is(2)]),
            127 => LENGTH_IN.with([masked.into(), Text::as_is(8)]),
            length => SO_LONG.with([masked.into(), Text::as_is(length)]),
        })
    })?;
    let long = || Label::new(LENGTH, FieldKind::Frame, FRAME, LENGTH_MEANING);
    let length = match short {
        126 => cutter.number(2, long(), Value::Number)?,
        127 => cutter.number(8, long(), Value::Number)?,
        short => short,
    };
    if is_masked {
        cutter.take(4, Label::new(MASK, FieldKind::Random, MASKING, MASK_MEANING), Value::Bytes)?;
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let label = Label::new(PAYLOAD, FieldKind::Cipher, FRAME, PAYLOAD_MEANING);
    match payload {
        _ if first & 0x0f != BINARY || first & 0x80 == 0 => cutter.take(length, label, Value::Bytes)?,
        _ if is_masked => {
            let label = Label::new(MASKED, FieldKind::Cipher, MASKING, MASKED_MEANING);
            cutter.take(length, label, Value::Bytes)?
        }
        Payload::ToClient => cutter.nest(length, label, to_client)?,
        Payload::ToRelay => cutter.nest(length, label, to_relay)?,
    };
    Some(())
}

fn opcode(first: u64) -> Text {
    let last = if first & 0x80 == 0 { MORE_FOLLOWS } else { WHOLE_MESSAGE };
    let opcode = match first & 0x0f {
        0 => CONTINUATION,
        1 => TEXT,
        BINARY => IS_BINARY,
        8 => CLOSE,
        9 => PING,
        10 => PONG,
        _ => RESERVED,
    };
    OPCODE.with([opcode.into(), last.into()])
}

const BINARY: u64 = 2;

const FRAME: Source = Source::new("RFC 6455", "5.2");
const MASKING: Source = Source::new("RFC 6455", "5.3");

phrases! {
    FIN = "FIN and opcode";
    FIN_MEANING = "Whether the message ends here, and what kind of message it is.";
    OPCODE = "{}, {}";
    MORE_FOLLOWS = "more follows";
    WHOLE_MESSAGE = "the whole message";
    CONTINUATION = "continuation";
    TEXT = "text";
    IS_BINARY = "binary";
    CLOSE = "close";
    PING = "ping";
    PONG = "pong";
    RESERVED = "reserved";
    MASK_BIT = "mask bit and length";
    MASK_BIT_MEANING = "Whether the bytes are masked, and how many they are if fewer than 126.";
    IS_MASKED = "masked";
    NOT_MASKED = "not masked";
    LENGTH_IN = "{}, length in the next {} bytes";
    SO_LONG = "{}, {} bytes";
    LENGTH = "length";
    LENGTH_MEANING = "How many bytes follow, where the length before was too small for them.";
    MASK = "masking key";
    MASK_MEANING = "Mixed into what a client sends, against careless proxies; it protects no secret.";
    MASKED = "payload, masked";
    MASKED_MEANING = "What the client says, each byte mixed with one of the masking key, which stands before it.";
    PAYLOAD = "payload";
    PAYLOAD_MEANING = "One message of the link between client and relay.";
}
