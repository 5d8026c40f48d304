//! Token buckets: so much at once, and so much in a time after that.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How much may be taken: `burst` at once, and then `each` in every `per`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) each: u32,
    pub(crate) per: Duration,
}

/// A bucket of tokens, full when it is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// When it would be full again. In the past: it is full.
    full_at: Instant,
}

impl Bucket {
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes `count` tokens, or says how long until there are as many. A bucket is never asked for more than it holds:
    /// what costs more than all is let through when it is full.
    pub(crate) fn take(&mut self, now: Instant, rate: Rate, count: u32) -> Result<(), Duration> {
        if rate.each == 0 {
            return Err(FOREVER);
        }
        let one = rate.per / rate.each;
        let holds = one.saturating_mul(rate.burst.max(1));
        let cost = one.saturating_mul(count).min(holds);
        let from = self.full_at.max(now);
        let missing = (from + cost).saturating_duration_since(now + holds);
        if missing > Duration::ZERO {
            return Err(missing);
        }
        self.full_at = from + cost;
        Ok(())
    }

    fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// Buckets by key, of which only those that are not full take memory.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
    sweep_at: usize,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new(), sweep_at: SWEEP_AT }
    }

    /// Changes the rate of all of them. What was taken stays taken.
    pub(crate) fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
    }

    /// Takes a token from the bucket of `key`, or says how long until there is one.
    pub(crate) fn take(&mut self, now: Instant, key: K) -> Result<(), Duration> {
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            // Twice what is left, so that a sweep costs no more than what was added since the last one.
            self.sweep_at = (self.buckets.len() * 2).max(SWEEP_AT);
        }
        self.buckets.entry(key).or_insert_with(|| Bucket::full(now)).take(now, self.rate, 1)
    }
}

/// What counts as one address: a home with IPv6 has a network of 64 bits.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// A wait that no client should begin.
const FOREVER: Duration = Duration::from_secs(3600);

/// Buckets that are kept before those that are full are looked for.
const SWEEP_AT: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, each: 2, per: Duration::from_secs(1) };

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let now = Instant::now();
        let mut bucket = Bucket::full(now);
        for _ in 0..3 {
            assert_eq!(bucket.take(now, RATE, 1), Ok(()));
        }
        assert_eq!(bucket.take(now, RATE, 1), Err(Duration::from_millis(500)));
        assert_eq!(bucket.take(now + Duration::from_millis(500), RATE, 1), Ok(()));
        let later = now + Duration::from_secs(60);
        assert_eq!(bucket.take(later, RATE, 3), Ok(()));
        assert!(bucket.take(later, RATE, 1).is_err());
    }

    #[test]
    fn what_costs_more_than_the_bucket_holds_passes_when_it_is_full() {
        let now = Instant::now();
        let mut bucket = Bucket::full(now);
        assert_eq!(bucket.take(now, RATE, 100), Ok(()));
        assert_eq!(bucket.take(now, RATE, 100), Err(Duration::from_millis(1500)));
    }

    #[test]
    fn a_rate_of_nothing_refuses_all() {
        let none = Rate { each: 0, ..RATE };
        assert!(Bucket::full(Instant::now()).take(Instant::now(), none, 1).is_err());
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let now = Instant::now();
        let mut buckets = Buckets::new(RATE);
        for key in 0..SWEEP_AT {
            assert_eq!(buckets.take(now, key), Ok(()));
        }
        assert_eq!(buckets.take(now + Duration::from_secs(60), SWEEP_AT), Ok(()));
        assert_eq!(buckets.buckets.len(), 1);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_ipv4_address_is_itself() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
