//! "Seen up to": one word for many messages, and not often.

use std::time::{Duration, Instant};

use keyroom_types::Seq;

/// What others should know that we have.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    seen: Seq,
    told: Seq,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Receipts {
    /// A message of somebody else was stored here, in a room of so many members.
    pub(super) fn saw(&mut self, now: Instant, seq: Seq, members: usize) {
        if members > LARGEST_ROOM {
            self.due = None;
            return;
        }
        self.seen = self.seen.max(seq);
        if self.due.is_none() && self.seen > self.told {
            let soon = now + GATHER;
            self.due = Some(self.last.map_or(soon, |last| soon.max(last + EVERY)));
        }
    }

    /// The receipt that is due now, if any.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Seq> {
        self.due.filter(|due| *due <= now)?;
        self.due = None;
        self.last = Some(now);
        self.told = self.seen;
        Some(self.seen)
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

/// How long messages are gathered before the first receipt.
const GATHER: Duration = Duration::from_millis(500);

/// At most one receipt in this time.
const EVERY: Duration = Duration::from_secs(10);

/// In larger rooms there are none.
const LARGEST_ROOM: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_messages_make_one_receipt_in_ten_seconds() {
        let start = Instant::now();
        let mut receipts = Receipts::default();
        (1..=50).for_each(|seq| receipts.saw(start, Seq::new(seq), 2));
        assert_eq!(receipts.take_due(start), None);
        assert_eq!(receipts.take_due(start + GATHER), Some(Seq::new(50)));
        receipts.saw(start + GATHER, Seq::new(51), 2);
        assert_eq!(receipts.due(), Some(start + GATHER + EVERY));
    }

    #[test]
    fn a_large_room_has_none() {
        let mut receipts = Receipts::default();
        receipts.saw(Instant::now(), Seq::new(1), 33);
        assert_eq!(receipts.due(), None);
    }
}
