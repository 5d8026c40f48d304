//! How long to wait before the next try to reach a relay.

use std::time::{Duration, Instant};

/// Exponential back-off with full jitter, so that the clients of a relay that restarts do not all come at once.
#[derive(Debug)]
pub struct BackOff {
    /// State of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): nothing here is a secret.
    random: u64,
    /// Links in a row that did not live long.
    failures: u32,
    /// Since when the link stands.
    live_since: Option<Instant>,
}

impl BackOff {
    /// Back-off whose jitter follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { random: seed, failures: 0, live_since: None }
    }

    /// A login was accepted.
    pub fn live(&mut self, now: Instant) {
        self.live_since = Some(now);
    }

    /// How long to wait now that the link is lost, or a try failed: `hint`, which is the relay's wish, and up to 0.5 s,
    /// 1 s, 2 s … 60 s more. It begins anew after a link that lived for [`BackOff::LIVED`]: one that is accepted and
    /// dropped at once, again and again, is as bad as one that is refused.
    pub fn lost(&mut self, now: Instant, hint: Duration) -> Duration {
        let lived = self.live_since.take().map(|since| now.saturating_duration_since(since));
        if lived.is_some_and(|lived| lived >= Self::LIVED) {
            self.failures = 0;
        }
        let whole = Self::FIRST.saturating_mul(1 << self.failures.min(16)).min(Self::LONGEST);
        self.failures = self.failures.saturating_add(1);
        hint.min(Self::LONGEST_HINT) + whole.mul_f64(self.fraction())
    }

    /// The first wait is at most this long.
    pub const FIRST: Duration = Duration::from_millis(500);

    /// No wait is longer, the relay's wish not counted.
    pub const LONGEST: Duration = Duration::from_secs(60);

    /// A relay can send nobody away for longer at once.
    pub const LONGEST_HINT: Duration = Duration::from_secs(600);

    /// A link that stood for so long was a good one.
    pub const LIVED: Duration = Duration::from_secs(30);

    /// A number in 0..1.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_to_a_minute_and_never_pass_it() {
        let now = Instant::now();
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..500 {
            let mut back_off = BackOff::new(seed);
            for (failure, longest) in longest.iter_mut().enumerate() {
                let whole = BackOff::FIRST.saturating_mul(1 << failure).min(BackOff::LONGEST);
                let wait = back_off.lost(now, Duration::ZERO);
                assert!(wait <= whole, "{failure}: {wait:?}");
                *longest = (*longest).max(wait);
            }
        }
        // The whole of each span is used.
        assert!(longest[0] > Duration::from_millis(450) && longest[11] > Duration::from_secs(55));
    }

    #[test]
    fn the_relays_wish_comes_on_top_and_has_a_bound() {
        let now = Instant::now();
        let wait = BackOff::new(1).lost(now, Duration::from_secs(5));
        assert!(wait >= Duration::from_secs(5) && wait <= Duration::from_millis(5_500), "{wait:?}");
        let wait = BackOff::new(1).lost(now, Duration::from_millis(u32::MAX.into()));
        assert!(wait <= BackOff::LONGEST_HINT + BackOff::FIRST, "{wait:?}");
    }

    #[test]
    fn only_a_link_that_lived_for_a_while_begins_anew() {
        let start = Instant::now();
        let after = |lived: Duration| {
            let waits = (0..200).map(|seed| {
                let mut back_off = BackOff::new(seed);
                for _ in 0..10 {
                    back_off.lost(start, Duration::ZERO);
                }
                back_off.live(start);
                back_off.lost(start + lived, Duration::ZERO)
            });
            waits.max().unwrap()
        };
        assert!(after(BackOff::LIVED) <= BackOff::FIRST);
        assert!(after(BackOff::LIVED / 2) > BackOff::FIRST);
    }

    #[test]
    fn two_clients_do_not_wait_alike() {
        let now = Instant::now();
        let waits = |seed| {
            let mut back_off = BackOff::new(seed);
            (0..8).map(|_| back_off.lost(now, Duration::ZERO)).collect::<Vec<_>>()
        };
        assert_ne!(waits(1), waits(2));
        assert_eq!(waits(1), waits(1));
    }
}
