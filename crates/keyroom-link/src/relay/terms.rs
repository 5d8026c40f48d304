//! What all links of one relay share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyroom_types::{KeyPin, LogKey};

/// The terms on which a relay takes links.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Public half of the key that signs heads.
    pub log_key: LogKey,
    /// Keys of its own certificates: a client that saw another one speaks to somebody in between.
    pub pins: Vec<KeyPin>,
    /// Names by which it is dialled, in lower case.
    pub names: Vec<String>,
    /// How long a link may take to log in.
    pub login_within: Duration,
    /// How long a link may be silent.
    pub silence: Duration,
    /// How much may be in upload, over all links.
    pub uploads: UploadBudget,
}

/// Bytes of blobs that all links together may hold on their way into a room.
#[derive(Clone, Debug)]
pub struct UploadBudget(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    limit: AtomicU64,
    used: AtomicU64,
}

impl UploadBudget {
    /// A budget of so many bytes.
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(Budget { limit: AtomicU64::new(limit), used: AtomicU64::new(0) }))
    }

    /// Changes how many there are. What is taken stays taken, also where that is more.
    pub fn set_limit(&self, limit: u64) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// Takes a share, given back when it is dropped.
    pub(super) fn take(&self, bytes: u64) -> Option<Share> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= limit);
        self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Share { budget: self.clone(), bytes })
    }

    /// Bytes taken now.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }
}

/// A share of the budget.
#[derive(Debug)]
pub(super) struct Share {
    budget: UploadBudget,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.0.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_share_can_be_taken_again() {
        let budget = UploadBudget::new(10);
        let share = budget.take(6).unwrap();
        assert!(budget.take(5).is_none());
        assert!(budget.take(u64::MAX).is_none());
        drop(share);
        assert!(budget.take(10).is_some());
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_smaller_limit_takes_nothing_back() {
        let budget = UploadBudget::new(10);
        let share = budget.take(6).unwrap();
        budget.set_limit(5);
        assert!(budget.take(1).is_none());
        drop(share);
        assert!(budget.take(5).is_some());
    }
}
