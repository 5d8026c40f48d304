//! How much a peer may send that is no message of this room.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use keyroom_types::limits::{REFUSALS, REFUSALS_WINDOW_S};

/// Counts what was refused from one peer in a sliding window.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    times: VecDeque<Instant>,
}

impl Refusals {
    /// Counts one more; `true` when it is one too many.
    pub(super) fn one_too_many(&mut self, now: Instant) -> bool {
        while self.times.front().is_some_and(|&time| now.saturating_duration_since(time) >= WINDOW) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.times.len() >= REFUSALS
    }
}

const WINDOW: Duration = Duration::from_secs(REFUSALS_WINDOW_S);

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack matrix row 45.
    #[test]
    fn the_limit_holds_within_the_window_only() {
        let start = Instant::now();
        let mut fast = Refusals::default();
        let counted = (1..=REFUSALS).map(|_| fast.one_too_many(start)).collect::<Vec<_>>();
        assert_eq!(counted.iter().position(|&over| over), Some(REFUSALS - 1));

        let mut slow = Refusals::default();
        let step = WINDOW / u32::try_from(REFUSALS - 1).unwrap() + Duration::from_nanos(1);
        assert!((0..200).all(|place| !slow.one_too_many(start + step * place)));
        assert!(slow.times.len() < REFUSALS);
    }
}
