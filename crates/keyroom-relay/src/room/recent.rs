//! The newest deliveries, encoded: whoever is a little behind is served from here and not from the disk.

use std::collections::VecDeque;

use bytes::Bytes;
use keyroom_types::Seq;

/// The newest deliveries of a room, without a gap, bounded in number and bytes.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    frames: VecDeque<(Seq, usize, Bytes)>,
    bytes: usize,
}

impl Recent {
    pub(super) fn push(&mut self, seq: Seq, body: usize, frame: &Bytes) {
        self.frames.push_back((seq, body, frame.clone()));
        self.bytes += frame.len();
        while self.frames.len() > FRAMES || self.bytes > BYTES {
            let Some((_, _, frame)) = self.frames.pop_front() else { break };
            self.bytes -= frame.len();
        }
    }

    /// The deliveries behind `after`; `None` where the first of them is not kept.
    pub(crate) fn after(&self, after: Seq) -> Option<impl Iterator<Item = &(Seq, usize, Bytes)>> {
        let (oldest, _, _) = self.frames.front()?;
        let skip = after.next().get().checked_sub(oldest.get())?;
        Some(self.frames.iter().skip(usize::try_from(skip).ok()?))
    }

    /// Forgets them: the room is quiet.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

const FRAMES: usize = 128;
const BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(range: std::ops::RangeInclusive<u64>, bytes: usize) -> Recent {
        let mut recent = Recent::default();
        for seq in range {
            recent.push(Seq::new(seq), bytes, &Bytes::from(vec![0; bytes]));
        }
        recent
    }

    fn seqs(recent: &Recent, after: u64) -> Option<Vec<u64>> {
        recent.after(Seq::new(after)).map(|frames| frames.map(|(seq, _, _)| seq.get()).collect())
    }

    #[test]
    fn what_comes_behind_a_place_is_given_whole_or_not_at_all() {
        let recent = filled(5..=8, 10);
        assert_eq!(seqs(&recent, 4), Some(vec![5, 6, 7, 8]));
        assert_eq!(seqs(&recent, 7), Some(vec![8]));
        assert_eq!(seqs(&recent, 8), Some(vec![]));
        assert_eq!(seqs(&recent, 3), None);
        assert_eq!(seqs(&Recent::default(), 3), None);
    }

    #[test]
    fn number_and_bytes_are_bounded() {
        assert_eq!(filled(1..=1_000, 10).frames.len(), FRAMES);
        let recent = filled(1..=100, 10 << 10);
        assert!(recent.bytes <= BYTES && recent.frames.len() == 6);
        assert!(filled(1..=3, BYTES + 1).frames.is_empty());
    }
}
