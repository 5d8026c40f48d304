//! Removes files whose time is over.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Files;
use crate::Now;

/// Looks for files that are too old, forever.
pub(crate) async fn sweep(files: Files, age: Duration) {
    let mut hourly = tokio::time::interval(EVERY);
    hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hourly.tick().await;
        let files = files.clone();
        let swept =
            tokio::task::spawn_blocking(move || files.expire(Now::read().wall, age, UNFINISHED_AGE)).await;
        if let Ok(count @ 1..) = swept {
            tracing::info!(count, "removed files whose time is over");
        }
    }
}

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long an upload may take from its first byte to its last.
const UNFINISHED_AGE: Duration = Duration::from_secs(24 * 60 * 60);
