//! A WebSocket frame. Source: RFC 6455, 5.2.

use std::ops::Range;

use super::super::field::{Cutter, Field, FieldKind, Label, Source, Value};
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
    let label = Label::new("FIN and opcode", FieldKind::Frame, FRAME, FIN);
    let first = cutter.number(1, label, |number| Value::Word(opcode(number)))?;
    let second = *cutter.rest().first().unwrap_or(&0);
    let (is_masked, short) = (second & 0x80 != 0, u64::from(second & 0x7f));
    let label = Label::new("mask bit and length", FieldKind::Frame, FRAME, MASK_BIT);
    cutter.number(1, label, |_| {
        let masked = if is_masked { "masked" } else { "not masked" };
        Value::Word(match short {
            126 => format!("{masked}, length in the next 2 bytes").into(),
            127 => format!("{masked}, length in the next 8 bytes").into(),
            length => format!("{masked}, {length} bytes").into(),
        })
    })?;
    let long = || Label::new("length", FieldKind::Frame, FRAME, LENGTH);
    let length = match short {
        126 => cutter.number(2, long(), Value::Number)?,
        127 => cutter.number(8, long(), Value::Number)?,
        short => short,
    };
    if is_masked {
        cutter.take(4, Label::new("masking key", FieldKind::Random, MASKING, MASK), Value::Bytes)?;
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let label = Label::new("payload", FieldKind::Cipher, FRAME, PAYLOAD);
    match payload {
        _ if first & 0x0f != BINARY || first & 0x80 == 0 => cutter.take(length, label, Value::Bytes)?,
        _ if is_masked => {
            let label = Label::new("payload, masked", FieldKind::Cipher, MASKING, MASKED);
            cutter.take(length, label, Value::Bytes)?
        }
        Payload::ToClient => cutter.nest(length, label, to_client)?,
        Payload::ToRelay => cutter.nest(length, label, to_relay)?,
    };
    Some(())
}

fn opcode(first: u64) -> std::borrow::Cow<'static, str> {
    let last = if first & 0x80 == 0 { "more follows" } else { "the whole message" };
    let opcode = match first & 0x0f {
        0 => "continuation",
        1 => "text",
        BINARY => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    };
    format!("{opcode}, {last}").into()
}

const BINARY: u64 = 2;

const FRAME: Source = Source::new("RFC 6455", "5.2");
const MASKING: Source = Source::new("RFC 6455", "5.3");

const FIN: &str = "Whether the message ends here, and what kind of message it is.";
const MASK_BIT: &str = "Whether the bytes are masked, and how many they are if fewer than 126.";
const LENGTH: &str = "How many bytes follow, where the length before was too small for them.";
const MASK: &str = "Mixed into what a client sends, against careless proxies; it protects no secret.";
const MASKED: &str =
    "What the client says, each byte mixed with one of the masking key, which stands before it.";
const PAYLOAD: &str = "One message of the link between client and relay.";
