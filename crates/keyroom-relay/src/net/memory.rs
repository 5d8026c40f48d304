//! The ceiling of memory: above it nobody new is let in, and links that hold much of it end.
//!
//! What a link may hold is bounded by itself, but many links may each come near their bounds: members that read nothing,
//! messages that never end. Which of them it is, is not known: who holds more than one batch goes, and may come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::machine::resident;
use super::roll::Roll;

/// How much there may be, and whether it is reached.
#[derive(Debug)]
pub(super) struct Ceiling {
    /// Zero: there is none.
    bytes: AtomicU64,
    reached: AtomicBool,
}

impl Ceiling {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes: AtomicU64::new(bytes), reached: AtomicBool::new(false) }
    }

    pub(super) fn set(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Takes a new measurement; whether the ceiling is reached now and was not before.
    fn measured(&self, resident: impl FnOnce() -> Option<u64>) -> bool {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let reached = bytes > 0 && resident().is_some_and(|resident| resident >= bytes);
        reached & !self.reached.swap(reached, Ordering::Relaxed)
    }
}

/// Measures, forever.
pub(super) async fn watch(roll: Arc<Roll>) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if roll.ceiling().measured(resident) {
            tracing::warn!(
                "the ceiling of memory is reached: nobody new is let in, and links that hold much end"
            );
            roll.wake_links();
        }
    }
}

/// Far less than a network needs to fill the memory of a small machine.
const EVERY: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_is_told_once_when_it_is_reached_and_again_after_it_was_not() {
        let ceiling = Ceiling::new(100);
        assert!(!ceiling.measured(|| Some(99)));
        assert!(ceiling.measured(|| Some(100)));
        assert!(!ceiling.measured(|| Some(101)) && ceiling.is_reached());
        assert!(!ceiling.measured(|| Some(50)) && !ceiling.is_reached());
        assert!(ceiling.measured(|| Some(100)));
        ceiling.set(0);
        assert!(!ceiling.measured(|| Some(u64::MAX)) && !ceiling.is_reached());
        assert!(!Ceiling::new(1).measured(|| None), "where the system does not say, there is none");
    }
}
