//! Figures from many samples.

use std::time::Duration;

/// Times that were taken one by one.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    nanos: Vec<u64>,
    sorted: bool,
}

impl Samples {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.nanos.push(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        self.sorted = false;
    }

    /// Adds all of these.
    pub fn extend(&mut self, others: &Self) {
        self.nanos.extend_from_slice(&others.nanos);
        self.sorted = false;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.nanos.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nanos.is_empty()
    }

    /// The time that so many of a thousand do not exceed, by nearest rank; zero without samples.
    pub fn per_mille(&mut self, per_mille: usize) -> Duration {
        if !self.sorted {
            self.nanos.sort_unstable();
            self.sorted = true;
        }
        let rank = (self.nanos.len() * per_mille).div_ceil(1_000).saturating_sub(1);
        Duration::from_nanos(self.nanos.get(rank).copied().unwrap_or(0))
    }

    /// The median.
    pub fn p50(&mut self) -> Duration {
        self.per_mille(500)
    }

    /// What one of a hundred exceeds.
    pub fn p99(&mut self) -> Duration {
        self.per_mille(990)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_sample_of_its_rank() {
        let mut samples = Samples::default();
        assert_eq!(samples.p50(), Duration::ZERO);
        for nanos in (1..=100).rev() {
            samples.push(Duration::from_nanos(nanos));
        }
        assert_eq!(samples.p50(), Duration::from_nanos(50));
        assert_eq!(samples.p99(), Duration::from_nanos(99));
        assert_eq!(samples.per_mille(1_000), Duration::from_nanos(100));
    }
}
