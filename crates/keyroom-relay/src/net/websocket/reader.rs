//! From bytes to messages: what a client sends.

use std::io::Cursor;

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Fault;

/// Puts messages together. Between messages it owns no memory; inside one it owns what has arrived of it, never what
/// was only announced.
#[derive(Default)]
pub(crate) struct Reader {
    midway: Option<Box<Midway>>,
}

/// What came out of the bytes.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// One whole binary message.
    Message(Bytes),
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// Nothing follows. The code is to be sent back.
    Close(Option<u16>),
}

#[derive(Default)]
struct Midway {
    head: [u8; HEAD_BYTES],
    head_len: usize,
    frame: Option<Frame>,
    /// The message so far, when some frame of it began.
    message: Option<Vec<u8>>,
    fragments: usize,
    control: Vec<u8>,
}

struct Frame {
    opcode: OpCode,
    is_final: bool,
    mask: [u8; 4],
    length: usize,
    done: usize,
}

impl Reader {
    /// Whether a message has begun and is not whole.
    pub(crate) fn is_midway(&self) -> bool {
        self.midway.is_some()
    }

    /// Bytes of memory of a message that is not whole.
    pub(crate) fn held(&self) -> usize {
        self.midway.as_ref().and_then(|midway| midway.message.as_ref()).map_or(0, Vec::capacity)
    }

    /// Takes bytes from the front of `input` until something is whole; `None` when all are taken. A message is at
    /// most `limit` bytes long, however many frames it comes in.
    pub(crate) fn read(&mut self, input: &mut &[u8], limit: usize) -> Result<Option<Event>, Fault> {
        while !input.is_empty() {
            let midway = self.midway.get_or_insert_default();
            if midway.frame.is_none() && !midway.read_head(input, limit)? {
                return Ok(None);
            }
            let Some(frame) = &mut midway.frame else { continue };
            let into = match frame.opcode {
                OpCode::Control(_) => &mut midway.control,
                OpCode::Data(_) => midway.message.get_or_insert_default(),
            };
            if !frame.fill(input, into) {
                return Ok(None);
            }
            let event = midway.end_of_frame()?;
            if midway.message.is_none() {
                self.midway = None;
            }
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }
}

impl Midway {
    /// Completes the header; false while bytes are missing.
    fn read_head(&mut self, input: &mut &[u8], limit: usize) -> Result<bool, Fault> {
        while self.head_len < HEAD_BYTES {
            let Some((first, rest)) = input.split_first() else { return Ok(false) };
            *input = rest;
            self.head[self.head_len] = *first;
            self.head_len += 1;
            if self.head_len < 2 {
                continue;
            }
            let mut cursor = Cursor::new(&self.head[..self.head_len]);
            if let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Fault::Protocol)? {
                self.head_len = 0;
                self.frame = Some(self.check(&header, length, limit)?);
                return Ok(true);
            }
        }
        Err(Fault::Protocol)
    }

    /// Whether this frame may come now (RFC 6455, sections 5.1 to 5.5).
    fn check(&mut self, header: &FrameHeader, length: u64, limit: usize) -> Result<Frame, Fault> {
        let Some(mask) = header.mask else { return Err(Fault::Protocol) };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(Fault::Protocol);
        }
        match header.opcode {
            OpCode::Control(_) if length > CONTROL_BYTES || !header.is_final => return Err(Fault::Protocol),
            OpCode::Control(_) => {}
            OpCode::Data(Data::Text) => return Err(Fault::Text),
            OpCode::Data(kind) => {
                if (kind == Data::Continue) != self.message.is_some() {
                    return Err(Fault::Protocol);
                }
                self.fragments += 1;
                if self.fragments > FRAGMENTS {
                    return Err(Fault::Protocol);
                }
                let so_far = self.message.as_ref().map_or(0, Vec::len);
                let room = u64::try_from(limit.saturating_sub(so_far)).unwrap_or(u64::MAX);
                if length > room {
                    return Err(Fault::TooBig);
                }
            }
        }
        let length = usize::try_from(length).map_err(|_| Fault::TooBig)?;
        Ok(Frame { opcode: header.opcode, is_final: header.is_final, mask, length, done: 0 })
    }

    fn end_of_frame(&mut self) -> Result<Option<Event>, Fault> {
        let Some(frame) = self.frame.take() else { return Ok(None) };
        Ok(match frame.opcode {
            OpCode::Data(_) if frame.is_final => {
                self.message.take().map(|message| Event::Message(message.into()))
            }
            OpCode::Data(_) => None,
            OpCode::Control(Control::Ping) => Some(Event::Ping(std::mem::take(&mut self.control).into())),
            OpCode::Control(Control::Close) => Some(Event::Close(close_code(&self.control)?)),
            OpCode::Control(_) => {
                self.control = Vec::new();
                None
            }
        })
    }
}

impl Frame {
    /// Moves payload from `input` to `into`, unmasked; whether all of it is there.
    fn fill(&mut self, input: &mut &[u8], into: &mut Vec<u8>) -> bool {
        let (now, rest) = input.split_at(input.len().min(self.length - self.done));
        *input = rest;
        let start = into.len();
        if into.capacity() - start < now.len() {
            // As much again as there is, but no more than is announced: the copying stays linear, and a stranger
            // makes us hold at most twice what it sent.
            into.reserve_exact(now.len().max(start).min(self.length - self.done));
        }
        into.extend_from_slice(now);
        unmask(&mut into[start..], self.mask, self.done);
        self.done += now.len();
        self.done == self.length
    }
}

/// The code in a close frame's payload, if it may stand there.
fn close_code(payload: &[u8]) -> Result<Option<u16>, Fault> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            if allowed && std::str::from_utf8(reason).is_ok() { Ok(Some(code)) } else { Err(Fault::Protocol) }
        }
        [_] => Err(Fault::Protocol),
    }
}

/// RFC 6455, section 5.3, for the part of a payload that begins at `at`.
fn unmask(bytes: &mut [u8], mask: [u8; 4], at: usize) {
    let turned: [u8; 8] = std::array::from_fn(|i| mask[(at + i) % 4]);
    let key = u64::from_ne_bytes(turned);
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(word) ^ key).to_ne_bytes());
    }
    for (byte, mask) in chunks.into_remainder().iter_mut().zip(turned) {
        *byte ^= mask;
    }
}

/// The longest header: two bytes, eight of length, four of mask.
const HEAD_BYTES: usize = 14;
/// The longest payload of a control frame (RFC 6455, 5.5).
const CONTROL_BYTES: u64 = 125;
/// Frames of one message. Clients of ours send one.
const FRAGMENTS: usize = 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 0, 200, 33];
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
            middle @ 126..=65535 => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                bytes.push(0x80 | 127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(mask);
        bytes.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
        bytes
    }

    fn read_all(reader: &mut Reader, mut input: &[u8], limit: usize) -> Result<Vec<Event>, Fault> {
        let mut events = Vec::new();
        while let Some(event) = reader.read(&mut input, limit)? {
            events.push(event);
        }
        Ok(events)
    }

    fn fault(bytes: &[u8]) -> Fault {
        read_all(&mut Reader::default(), bytes, 1000).unwrap_err()
    }

    proptest! {
        #[test]
        fn messages_are_the_same_wherever_the_bytes_are_cut(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..6),
            cuts in prop::collection::vec(1_usize..200, 1..40),
        ) {
            let mut wire = Vec::new();
            for payload in &payloads {
                let middle = payload.len() / 2;
                wire.extend(frame(0x02, &payload[..middle]));
                wire.extend(frame(0x89, b"ping"));
                wire.extend(frame(0x80, &payload[middle..]));
            }
            let (mut reader, mut got, mut rest) = (Reader::default(), Vec::new(), &wire[..]);
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                got.extend(read_all(&mut reader, now, 400).unwrap());
                rest = later;
            }
            let wanted = payloads.into_iter().flat_map(|payload| {
                [Event::Ping(Bytes::from_static(b"ping")), Event::Message(payload.into())]
            });
            prop_assert_eq!(got, wanted.collect::<Vec<_>>());
            prop_assert!(!reader.is_midway());
        }

        #[test]
        fn no_bytes_make_it_panic_or_hold_more_than_twice_what_came(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut reader = Reader::default();
            let _ = read_all(&mut reader, &bytes, 1000);
            if let Some(midway) = &reader.midway {
                let held = midway.message.as_ref().map_or(0, Vec::capacity) + midway.control.capacity();
                prop_assert!(held <= 2 * bytes.len());
            }
        }
    }

    /// Attack matrix row 45.
    #[test]
    fn an_announced_length_over_the_limit_is_refused_before_any_of_it_is_held() {
        let mut huge = vec![0x82, 0xFF];
        huge.extend(u64::MAX.to_be_bytes());
        huge.extend([0; 4]);
        assert_eq!(fault(&huge), Fault::TooBig);
        assert_eq!(fault(&frame(0x82, &[0; 1001])), Fault::TooBig);
        assert_eq!(read_all(&mut Reader::default(), &frame(0x82, &[0; 1000]), 1000).unwrap().len(), 1);
    }

    /// Attack matrix row 45.
    #[test]
    fn fragments_count_together() {
        let flood = [frame(0x02, &[0; 600]), frame(0x00, &[0; 600])].concat();
        assert_eq!(fault(&flood), Fault::TooBig);
        let empty = [frame(0x02, &[]), frame(0x00, &[]).repeat(FRAGMENTS)].concat();
        assert_eq!(fault(&empty), Fault::Protocol);
    }

    #[test]
    fn what_the_rfc_forbids_is_a_fault() {
        assert_eq!(fault(&[0x82, 0x01, b'x']), Fault::Protocol, "unmasked");
        assert_eq!(fault(&frame(0x81, b"text")), Fault::Text);
        assert_eq!(fault(&frame(0xC2, b"rsv")), Fault::Protocol);
        assert_eq!(fault(&frame(0x83, b"reserved")), Fault::Protocol);
        assert_eq!(fault(&frame(0x80, b"continues nothing")), Fault::Protocol);
        assert_eq!(
            fault(&[frame(0x02, b"a"), frame(0x82, b"b")].concat()),
            Fault::Protocol,
            "one inside another"
        );
        assert_eq!(fault(&frame(0x89, &[0; 126])), Fault::Protocol, "long ping");
        assert_eq!(fault(&frame(0x09, b"ping in parts")), Fault::Protocol);
        assert_eq!(fault(&frame(0x88, &[3])), Fault::Protocol, "half a code");
        assert_eq!(
            fault(&frame(0x88, &1005_u16.to_be_bytes())),
            Fault::Protocol,
            "a code that never travels"
        );
    }

    #[test]
    fn a_close_is_read_with_its_code() {
        let close = frame(0x88, &[&1000_u16.to_be_bytes()[..], b"bye"].concat());
        assert_eq!(read_all(&mut Reader::default(), &close, 10).unwrap(), [Event::Close(Some(1000))]);
        assert_eq!(read_all(&mut Reader::default(), &frame(0x88, &[]), 10).unwrap(), [Event::Close(None)]);
    }
}
