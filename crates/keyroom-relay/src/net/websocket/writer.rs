//! From messages to bytes: what waits to be written to a client.

use std::collections::VecDeque;

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Frames that wait, oldest first. Owns nothing while there is none.
#[derive(Default)]
pub(crate) struct Writer {
    queue: VecDeque<(OpCode, Bytes)>,
    /// How much of the oldest frame, header included, was written.
    written: usize,
    /// Payload bytes that wait.
    waiting: usize,
}

impl Writer {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Payload bytes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(crate) fn message(&mut self, message: Bytes) {
        self.push(OpCode::Data(Data::Binary), message);
    }

    /// Answers a ping. Of answers that wait only the newest is kept (RFC 6455, 5.5.3), so that a flood of pings
    /// costs nothing.
    pub(crate) fn pong(&mut self, payload: Bytes) {
        let pong = OpCode::Control(Control::Pong);
        let begun = usize::from(self.written > 0);
        if let Some((_, old)) = self.queue.iter_mut().skip(begun).find(|(opcode, _)| *opcode == pong) {
            self.waiting = self.waiting - old.len() + payload.len();
            *old = payload;
        } else {
            self.push(pong, payload);
        }
    }

    pub(crate) fn close(&mut self, code: Option<u16>, reason: &str) {
        let payload =
            code.map_or_else(Vec::new, |code| [&code.to_be_bytes()[..], reason.as_bytes()].concat());
        debug_assert!(payload.len() <= 125, "reasons are names of our own");
        self.push(OpCode::Control(Control::Close), payload.into());
    }

    fn push(&mut self, opcode: OpCode, payload: Bytes) {
        self.waiting += payload.len();
        self.queue.push_back((opcode, payload));
    }

    /// Copies the next bytes of the wire to `out`, as many as fit; [`Writer::advance`] takes them away.
    pub(crate) fn copy_to(&self, out: &mut [u8]) -> usize {
        let mut at = 0;
        let mut skip = self.written;
        for (opcode, payload) in &self.queue {
            let (head, head_len) = head(*opcode, payload.len());
            for part in [&head[..head_len], payload] {
                let skipped = skip.min(part.len());
                skip -= skipped;
                let part = &part[skipped..];
                let fits = part.len().min(out.len() - at);
                out[at..at + fits].copy_from_slice(&part[..fits]);
                at += fits;
            }
            if at == out.len() {
                break;
            }
        }
        at
    }

    /// So many bytes of the wire were written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count;
        while let Some((opcode, payload)) = self.queue.front() {
            let whole = head(*opcode, payload.len()).1 + payload.len();
            if self.written < whole {
                return;
            }
            self.written -= whole;
            self.waiting -= payload.len();
            self.queue.pop_front();
        }
        self.queue = VecDeque::new();
    }
}

/// The header of an unmasked, unfragmented frame.
fn head(opcode: OpCode, length: usize) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    let mut out = &mut bytes[..];
    let formatted = header.format(length, &mut out).is_ok();
    let left = out.len();
    debug_assert!(formatted, "ten bytes hold every header without a mask");
    (bytes, bytes.len() - left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that waits, taken in steps of `step` bytes.
    fn wire(writer: &mut Writer, step: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while !writer.is_empty() {
            let mut out = vec![0; step];
            let count = writer.copy_to(&mut out);
            assert!(count > 0);
            // The socket took a part of it only.
            let taken = count.div_ceil(2);
            all.extend_from_slice(&out[..taken]);
            writer.advance(taken);
        }
        assert_eq!(writer.waiting(), 0);
        all
    }

    fn filled() -> Writer {
        let mut writer = Writer::default();
        writer.message(Bytes::from_static(b"ab"));
        writer.message(vec![7; 300].into());
        writer.message(vec![9; 70_000].into());
        writer.message(Bytes::new());
        writer.close(Some(1000), "bye");
        writer
    }

    #[test]
    fn the_wire_is_the_same_however_little_the_socket_takes() {
        let whole = wire(&mut filled(), 100_000);
        assert_eq!(whole[..4], [0x82, 2, b'a', b'b']);
        assert_eq!(whole[4..8], [0x82, 126, 1, 44]);
        assert!(whole.ends_with(&[0x82, 0, 0x88, 5, 3, 232, b'b', b'y', b'e']));
        for step in [1, 2, 3, 5, 11, 1000] {
            assert_eq!(wire(&mut filled(), step), whole, "{step}");
        }
    }

    /// Attack matrix row 45.
    #[test]
    fn of_pongs_that_wait_only_the_newest_is_kept() {
        let mut writer = Writer::default();
        for ping in 0..100_u8 {
            writer.pong(vec![ping].into());
        }
        assert_eq!(wire(&mut writer, 100), [0x8A, 1, 99]);
    }
}
