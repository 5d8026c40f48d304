//! What waits to be written to one peer: paced, bounded, and never for long in the way of others.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_types::limits::{PEER_QUEUE_BYTES, PEER_QUEUE_TOKENS};

use crate::history::Position;

/// Tokens that wait for one peer: one write per token, at least `pace` apart, one write at a time.
///
/// A peer that reads, but slower than others write, holds the room back while its queue is over half. One whose
/// socket takes nothing more may do so for [`GRACE`] in every [`GRACE_EVERY`] only: after that it just fills up.
#[derive(Debug)]
pub(super) struct PeerQueue {
    pace: Duration,
    waiting: VecDeque<Queued>,
    /// Of `waiting` and `in_flight`.
    bytes: usize,
    in_flight: Option<Queued>,
    not_before: Option<Instant>,
    blocked_since: Option<Instant>,
    unblocked_at: Option<Instant>,
    grace_from: Option<Instant>,
}

/// One token on its way to one peer.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) wire: Arc<[u8]>,
    /// Where it stands in the timeline, when this computer's person said it.
    pub(super) own: Option<Position>,
}

/// More waits than a peer that reads would let pile up.
#[derive(Debug)]
pub(super) struct Overflow;

impl PeerQueue {
    pub(super) fn new(pace: Duration) -> Self {
        Self {
            pace,
            waiting: VecDeque::new(),
            bytes: 0,
            in_flight: None,
            not_before: None,
            blocked_since: None,
            unblocked_at: None,
            grace_from: None,
        }
    }

    /// Adds a token at the end.
    pub(super) fn push(&mut self, queued: Queued) -> Result<(), Overflow> {
        if self.waiting.len() >= PEER_QUEUE_TOKENS || self.bytes + queued.wire.len() > PEER_QUEUE_BYTES {
            return Err(Overflow);
        }
        self.bytes += queued.wire.len();
        self.waiting.push_back(queued);
        Ok(())
    }

    /// From when on the next token may be written; `None` while there is none or a write is under way.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        (self.in_flight.is_none() && !self.waiting.is_empty()).then(|| self.not_before.unwrap_or(now))
    }

    /// Takes the next token for writing, when it is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Arc<[u8]>> {
        if self.due(now)? > now {
            return None;
        }
        self.in_flight = self.waiting.pop_front();
        self.not_before = now.checked_add(self.pace);
        self.in_flight.as_ref().map(|queued| queued.wire.clone())
    }

    /// The write under way has ended.
    pub(super) fn written(&mut self, now: Instant) -> Option<Queued> {
        if self.blocked_since.take().is_some() {
            self.unblocked_at = Some(now);
            // The pace is kept behind the end of a slow write, or its rest would run into the next token.
            self.not_before = now.checked_add(self.pace);
        }
        let queued = self.in_flight.take()?;
        self.bytes -= queued.wire.len();
        Some(queued)
    }

    /// The socket takes nothing more for now.
    pub(super) fn blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
        if self.grace_from.is_none_or(|from| now >= from + GRACE_EVERY) {
            self.grace_from = Some(now);
        }
    }

    /// Whether others should write less for now.
    pub(super) fn holds_back(&self, now: Instant) -> bool {
        let over_half = self.waiting.len() > PEER_QUEUE_TOKENS / 2 || self.bytes > PEER_QUEUE_BYTES / 2;
        let in_grace = self.grace_from.is_some_and(|from| now < from + GRACE);
        let flows = self.blocked_since.is_none() && self.unblocked_at.is_none_or(|at| now >= at + CALM);
        over_half && (in_grace || flows)
    }

    /// When something changes by time alone.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let blocked = self.blocked_since?;
        let grace_end = self.grace_from.map(|from| from + GRACE).filter(|&end| end > now);
        Some(grace_end.unwrap_or(blocked + STALLED))
    }

    /// Whether one write has been under way for so long that nobody reads at the other end.
    pub(super) fn is_stalled(&self, now: Instant) -> bool {
        self.blocked_since.is_some_and(|since| now >= since + STALLED)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_flight.is_none() && self.waiting.is_empty()
    }

    /// Own messages that are lost with this queue.
    pub(super) fn into_own(self) -> impl Iterator<Item = Position> {
        self.in_flight.into_iter().chain(self.waiting).filter_map(|queued| queued.own)
    }
}

/// How long a socket that takes nothing may hold the others back …
const GRACE: Duration = Duration::from_millis(500);
/// … in every stretch of this length.
const GRACE_EVERY: Duration = Duration::from_secs(10);
/// How long a socket must have flowed to be trusted again.
const CALM: Duration = Duration::from_secs(1);
/// After this long in one write nobody reads at the other end.
const STALLED: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Duration = Duration::from_millis(10);

    fn token(bytes: usize) -> Queued {
        Queued { wire: vec![b'g'; bytes].into(), own: None }
    }

    fn filled(tokens: usize) -> PeerQueue {
        let mut queue = PeerQueue::new(PACE);
        (0..tokens).for_each(|_| queue.push(token(100)).unwrap());
        queue
    }

    #[test]
    fn writes_are_at_least_the_pace_apart_and_one_at_a_time() {
        let (start, mut queue) = (Instant::now(), filled(3));
        assert!(queue.take(start).is_some());
        assert!(queue.take(start + PACE).is_none(), "one write at a time");
        queue.written(start);
        assert!(queue.take(start + PACE - Duration::from_nanos(1)).is_none());
        assert_eq!(queue.due(start), Some(start + PACE));
        assert!(queue.take(start + PACE).is_some());
    }

    #[test]
    fn a_token_behind_a_slow_write_keeps_the_pace_too() {
        let (start, mut queue) = (Instant::now(), filled(2));
        queue.take(start).unwrap();
        queue.blocked(start);
        queue.written(start + PACE * 5);
        assert_eq!(queue.due(start), Some(start + PACE * 6));
    }

    /// Attack matrix row 45.
    #[test]
    fn tokens_and_bytes_of_a_queue_are_bounded() {
        let mut many = filled(PEER_QUEUE_TOKENS);
        assert!(many.push(token(100)).is_err());
        let mut large = PeerQueue::new(PACE);
        large.push(token(PEER_QUEUE_BYTES)).unwrap();
        assert!(large.push(token(1)).is_err());
        large.take(Instant::now()).unwrap();
        assert!(large.push(token(1)).is_err(), "what is being written counts");
        large.written(Instant::now());
        large.push(token(1)).unwrap();
    }

    #[test]
    fn a_queue_over_half_holds_the_others_back_while_its_peer_reads() {
        let now = Instant::now();
        assert!(!filled(PEER_QUEUE_TOKENS / 2).holds_back(now));
        assert!(filled(PEER_QUEUE_TOKENS / 2 + 1).holds_back(now));
    }

    /// Attack matrix row 45: who does not read slows others for half a second in ten at most.
    #[test]
    fn a_blocked_peer_holds_nobody_back_after_its_grace() {
        let (start, mut queue) = (Instant::now(), filled(PEER_QUEUE_TOKENS));
        queue.take(start).unwrap();
        queue.blocked(start);
        assert!(queue.holds_back(start));
        assert_eq!(queue.deadline(start), Some(start + GRACE));
        assert!(!queue.holds_back(start + GRACE));
        queue.written(start + GRACE);
        queue.take(start + GRACE + PACE).unwrap();
        queue.blocked(start + GRACE + PACE);
        assert!(!queue.holds_back(start + GRACE + PACE), "the grace is used up");
        assert!(!queue.is_stalled(start + STALLED));
        assert!(queue.is_stalled(start + GRACE + PACE + STALLED));
    }
}
