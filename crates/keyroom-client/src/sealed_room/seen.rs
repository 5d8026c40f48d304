//! The chain's last values, and what others say of them. Attack matrix rows 10 and 50.

use std::collections::VecDeque;

use keyroom_link::check_head;
use keyroom_types::{Chain, Cursor, LogKey, RoomId, Seq, SignedHead};

/// What the chain was at the last places of the log.
///
/// Members say in each envelope where they stood. What is older than this remembers is not compared: a signed head covers
/// it anyway.
#[derive(Debug, Default)]
pub(super) struct SeenChains {
    values: VecDeque<(Seq, Chain)>,
    /// Signed heads, checked, of places that were not reached yet.
    ahead: VecDeque<SignedHead>,
    /// The last heads whose signatures were found right, and by which key.
    right: VecDeque<(LogKey, SignedHead)>,
}

/// How a claim stands to the log that we have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Compared {
    Same,
    Unknown,
    Conflict,
}

impl SeenChains {
    /// What a profile remembers: the newest head that the relay signed, and where the log was read to.
    pub(super) fn of_profile(head: Option<&SignedHead>, cursor: Option<&Cursor>) -> Self {
        let mut seen = Self::default();
        let at = cursor.map_or(Seq::ZERO, |cursor| cursor.seq);
        match head {
            Some(head) if head.seq < at => seen.values.push_back((head.seq, head.chain)),
            Some(head) if head.seq > at => seen.keep_ahead(*head),
            _ => {}
        }
        if let Some(cursor) = cursor {
            seen.push(cursor);
        }
        seen
    }

    /// The log was taken up to there.
    pub(super) fn push(&mut self, cursor: &Cursor) {
        if self.values.len() == REMEMBERED {
            self.values.pop_front();
        }
        self.values.push_back((cursor.seq, cursor.chain));
    }

    /// Whether the log had that value at that place.
    pub(super) fn compare(&self, seq: Seq, chain: &Chain) -> Compared {
        match self.values.binary_search_by_key(&seq, |(seq, _)| *seq) {
            Ok(at) if self.values[at].1 == *chain => Compared::Same,
            Ok(_) => Compared::Conflict,
            Err(_) => Compared::Unknown,
        }
    }

    /// Whether the relay signed that. Members say the same head in many envelopes, since it signs one a second at most: only
    /// the first time costs a check. What was wrong is not remembered.
    pub(super) fn is_signed(&mut self, key: &LogKey, room: &RoomId, head: &SignedHead) -> bool {
        let known = self.right.iter().rev().any(|(by, right)| by == key && right == head);
        if known {
            return true;
        }
        let right = check_head(key, room, head).is_ok();
        if right {
            if self.right.len() == RIGHT {
                self.right.pop_front();
            }
            self.right.push_back((*key, *head));
        }
        right
    }

    /// Keeps a checked head of a place that was not reached.
    pub(super) fn keep_ahead(&mut self, head: SignedHead) {
        if self.ahead.len() == AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back(head);
    }

    /// A head that was kept and that the log, now that it got there, contradicts.
    pub(super) fn contradicted(&mut self, reached: Seq) -> Option<SignedHead> {
        if self.ahead.is_empty() {
            return None;
        }
        let (ready, waiting): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.ahead).into_iter().partition(|head| head.seq <= reached);
        self.ahead = waiting;
        ready.into_iter().find(|head| self.compare(head.seq, &head.chain) == Compared::Conflict)
    }
}

/// Places that are remembered: more than are ever under way at once.
const REMEMBERED: usize = 4_096;

/// Heads that wait for their place.
const AHEAD: usize = 64;

/// Heads that are known to be right: members who are a little behind name those before the newest.
const RIGHT: usize = 16;

#[cfg(test)]
mod tests {
    use keyroom_link::{LogSecret, sign_head};
    use keyroom_types::{Incarnation, RoomId, Signature, Timestamp};

    use super::*;

    fn cursor(seq: u64, value: u8) -> Cursor {
        let start = Cursor::start(&RoomId::from_bytes([1; 16]));
        Cursor { seq: Seq::new(seq), chain: Chain::from_bytes([value; 32]), ..start }
    }

    fn head(seq: u64, value: u8) -> SignedHead {
        SignedHead {
            incarnation: Incarnation::from_bytes([0; 16]),
            seq: Seq::new(seq),
            time: Timestamp::default(),
            chain: Chain::from_bytes([value; 32]),
            signature: Signature::from_bytes([0; 64]),
        }
    }

    #[test]
    fn a_claim_is_compared_with_the_value_at_its_place() {
        let mut seen = SeenChains::default();
        (1..=3_u8).for_each(|seq| seen.push(&cursor(seq.into(), seq)));
        assert_eq!(seen.compare(Seq::new(2), &Chain::from_bytes([2; 32])), Compared::Same);
        assert_eq!(seen.compare(Seq::new(2), &Chain::from_bytes([9; 32])), Compared::Conflict);
        assert_eq!(seen.compare(Seq::new(4), &Chain::from_bytes([9; 32])), Compared::Unknown);
    }

    /// Attack matrix row 10: a restart does not make who was lied to forget.
    #[test]
    fn a_profile_remembers_where_it_was_and_what_the_relay_signed_last() {
        let seen = SeenChains::of_profile(Some(&head(3, 3)), Some(&cursor(5, 5)));
        assert_eq!(seen.compare(Seq::new(3), &Chain::from_bytes([9; 32])), Compared::Conflict);
        assert_eq!(seen.compare(Seq::new(4), &Chain::from_bytes([9; 32])), Compared::Unknown);
        assert_eq!(seen.compare(Seq::new(5), &Chain::from_bytes([9; 32])), Compared::Conflict);
        let at_head = SeenChains::of_profile(Some(&head(5, 5)), Some(&cursor(5, 5)));
        assert_eq!(at_head.compare(Seq::new(5), &Chain::from_bytes([5; 32])), Compared::Same);
    }

    #[test]
    fn a_head_that_was_right_is_known_and_no_other_is() {
        let secret = LogSecret::from_bytes(&[7; 32]);
        let (key, room) = (secret.public(), RoomId::from_bytes([1; 16]));
        let SignedHead { incarnation, seq, time, chain, .. } = head(3, 3);
        let signed = sign_head(&secret, &room, incarnation, seq, time, chain);
        let mut seen = SeenChains::default();
        assert!(seen.is_signed(&key, &room, &signed) && seen.is_signed(&key, &room, &signed));
        assert_eq!(seen.right.len(), 1);
        let other_key = LogSecret::from_bytes(&[8; 32]).public();
        assert!(!seen.is_signed(&other_key, &room, &signed));
        for wrong in [
            SignedHead { seq: Seq::new(4), ..signed },
            SignedHead { chain: Chain::from_bytes([4; 32]), ..signed },
            SignedHead { time: Timestamp::from_millis(1), ..signed },
            SignedHead { incarnation: Incarnation::from_bytes([1; 16]), ..signed },
            SignedHead { signature: Signature::from_bytes([1; 64]), ..signed },
        ] {
            assert!(!seen.is_signed(&key, &room, &wrong) && !seen.is_signed(&key, &room, &wrong));
        }
        assert_eq!(seen.right.len(), 1);
    }

    #[test]
    fn a_head_of_a_later_place_is_compared_when_the_log_gets_there() {
        let mut seen = SeenChains::default();
        seen.keep_ahead(head(2, 2));
        seen.keep_ahead(head(3, 9));
        seen.push(&cursor(1, 1));
        seen.push(&cursor(2, 2));
        assert_eq!(seen.contradicted(Seq::new(2)), None);
        seen.push(&cursor(3, 3));
        assert_eq!(seen.contradicted(Seq::new(3)), Some(head(3, 9)));
    }
}
