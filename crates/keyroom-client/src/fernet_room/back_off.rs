//! How long to wait before the next try to reach a host.

use std::time::Duration;

/// Exponential back-off with jitter, so that the guests of a host that restarts do not all come at once.
#[derive(Debug)]
pub(super) struct BackOff {
    /// State of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): nothing here is a secret.
    random: u64,
}

impl BackOff {
    /// Back-off whose jitter follows from `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self { random: seed }
    }

    /// How long to wait before try number `attempt` (from 1): between a half and the whole of 0.5 s, 1 s, 2 s …
    /// up to 30 s.
    pub(super) fn before(&mut self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
        whole.mul_f64(0.5 + self.fraction() / 2.0)
    }

    /// A number in 0..1.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
    }
}

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_to_thirty_and_never_pass_it() {
        for seed in 0..100 {
            let mut back_off = BackOff::new(seed);
            for (attempt, whole_ms) in
                [(1, 500), (2, 1_000), (3, 2_000), (6, 16_000), (7, 30_000), (u32::MAX, 30_000)]
            {
                let wait = back_off.before(attempt);
                let whole = Duration::from_millis(whole_ms);
                assert!(wait >= whole / 2 && wait <= whole, "{attempt}: {wait:?}");
            }
        }
    }

    #[test]
    fn two_guests_do_not_wait_alike() {
        let waits = |seed| (1..8).map(|attempt| BackOff::new(seed).before(attempt)).collect::<Vec<_>>();
        assert_ne!(waits(1), waits(2));
        assert_eq!(waits(1), waits(1));
    }
}
