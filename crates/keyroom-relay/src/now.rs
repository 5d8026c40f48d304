//! Time, as the relay's parts take it.

use std::time::Instant;

use keyroom_types::Timestamp;

/// One moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For timeouts and rates: never goes back.
    pub mono: Instant,
    /// For the log and what expires: the computer's clock, right or wrong.
    pub wall: Timestamp,
}
