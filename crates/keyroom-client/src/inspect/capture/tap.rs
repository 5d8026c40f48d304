//! Frames that were read and not yet taken by the room: bounded.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::{Outer, Session};
use crate::inspect::decode::delivered;
use crate::relay_link::Negotiated;

/// Frames of one link that deliver envelopes, from when they are read until the room has taken what is in them.
#[derive(Debug, Default)]
pub(crate) struct Tap(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    frames: VecDeque<Frame>,
    bytes: usize,
    session: Option<Session>,
}

/// A frame and what was around it.
#[derive(Debug)]
pub(crate) struct Frame {
    seq: u64,
    pub(crate) bytes: Bytes,
    pub(crate) outer: Option<Outer>,
    pub(crate) session: Option<Session>,
}

impl Frame {
    fn size(&self) -> usize {
        self.bytes.len() + self.outer.as_ref().map_or(0, Outer::size)
    }
}

impl Tap {
    /// A connection was made. What an earlier one brought is still taken: it does not come again.
    pub(crate) fn connected(&self, negotiated: Option<&Negotiated>) {
        self.lock().session = Some(negotiated.map_or(Session::WithinTheProcess, Session::of));
    }

    /// What the newest connection agreed on.
    pub(crate) fn session(&self) -> Option<Session> {
        self.lock().session.clone()
    }

    /// A frame came. One that delivers no envelope is not held.
    pub(crate) fn came(&self, bytes: &Bytes, outer: Option<Outer>) {
        let Some(delivered) = delivered(bytes) else { return };
        let mut held = self.lock();
        let session = held.session.clone();
        let frame = Frame { seq: delivered.seq, bytes: bytes.clone(), outer, session };
        held.bytes += frame.size();
        held.frames.push_back(frame);
        // More than the link lets the relay deliver ahead is never waited for.
        while held.frames.len() > FRAMES || held.bytes > BYTES {
            held.drop_first();
        }
    }

    /// The frame that delivered the envelope at this place with this body. Earlier ones are given up.
    pub(crate) fn take(&self, seq: u64, body: &[u8]) -> Option<Frame> {
        let mut held = self.lock();
        let place = held.frames.iter().position(|frame| frame.seq == seq)?;
        for _ in 0..place {
            held.drop_first();
        }
        let first = held.frames.front()?;
        let range = delivered(&first.bytes)?.body?;
        // Not a frame that only says the same place.
        let is_it = first.bytes.get(range) == Some(body);
        let frame = held.drop_first();
        frame.filter(|_| is_it)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        // Each change is whole by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn drop_first(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.bytes = self.bytes.saturating_sub(frame.size());
        Some(frame)
    }
}

/// As many as a full window of the smallest envelopes.
const FRAMES: usize = 8 << 10;
/// A full window of envelopes, their headers and, where they are captured, their records.
const BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use keyroom_types::{EnvelopeId, Header, Kind, PassKey, Seq, Timestamp};
    use keyroom_wire::{Content, Envelope, encode_deliver};

    use super::*;

    fn frame(seq: u64, body: &'static [u8]) -> Bytes {
        encode_deliver(&Envelope {
            header: Header {
                seq: Seq::new(seq),
                time: Timestamp::from_millis(1),
                kind: Kind::Application,
                based_on: Seq::ZERO,
                envelope: EnvelopeId::from_bytes([1; 16]),
                pass: PassKey::from_bytes([2; 32]),
            },
            content: Content::Body(Bytes::from_static(body)),
            blob: None,
        })
    }

    #[test]
    fn a_frame_is_given_for_its_place_and_body_only_and_once() {
        let tap = Tap::default();
        tap.connected(None);
        for (seq, body) in [(1, &b"one"[..]), (2, b"two"), (3, b"three")] {
            tap.came(&frame(seq, body), None);
        }
        tap.came(&Bytes::from_static(b"no envelope"), None);
        let taken = tap.take(2, b"two").unwrap();
        assert_eq!(taken.bytes, frame(2, b"two"));
        assert_eq!(taken.session, Some(Session::WithinTheProcess));
        assert!(tap.take(2, b"two").is_none() && tap.take(1, b"one").is_none());
        assert!(tap.take(3, b"another body").is_none());
        assert!(tap.take(3, b"three").is_none());
    }

    #[test]
    fn what_nobody_takes_is_bounded() {
        let tap = Tap::default();
        for seq in 1..=20_000 {
            tap.came(&frame(seq, b"x"), None);
        }
        assert_eq!(tap.lock().frames.len(), FRAMES);
        assert!(tap.take(1, b"x").is_none() && tap.take(20_000, b"x").is_some());
        assert_eq!(tap.lock().bytes, 0);
    }
}
