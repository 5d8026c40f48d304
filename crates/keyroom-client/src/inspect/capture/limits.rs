//! How long captures are kept, and how much of them: settings of the profile.

use std::time::Duration;

use keyroom_history::{CaptureBounds, DbError, Tx};
use keyroom_types::Timestamp;

use crate::profile::SharedProfile;

/// How long the bytes of messages are kept for the inspector, and how much of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CaptureLimits {
    /// How long. Zero: nothing is captured.
    pub keep: Duration,
    /// All of them together in a profile, in bytes; in a Fernet room a sixteenth of it for the room.
    pub bytes: u64,
    /// Whether the TLS records around an envelope are captured, too.
    pub records: bool,
}

impl Default for CaptureLimits {
    fn default() -> Self {
        Self { keep: Duration::from_secs(7 * 24 * 60 * 60), bytes: 64 << 20, records: false }
    }
}

impl CaptureLimits {
    /// Nothing is captured.
    pub const OFF: Self = Self { keep: Duration::ZERO, bytes: 0, records: false };

    /// Whether anything is captured.
    pub fn is_on(&self) -> bool {
        !self.keep.is_zero() && self.bytes > 0
    }

    /// The same as the profile has it, at that time.
    pub(crate) fn bounds(&self, now: Timestamp) -> CaptureBounds {
        let keep = u64::try_from(self.keep.as_millis()).unwrap_or(u64::MAX);
        CaptureBounds {
            since: Timestamp::from_millis(now.as_millis().saturating_sub(keep)),
            bytes: self.bytes,
        }
    }
}

/// What the profile says, and what goes without saying.
fn read(tx: &Tx<'_>) -> Result<CaptureLimits, DbError> {
    let number = |name| Ok::<_, DbError>(tx.setting(name)?.and_then(|value| value.parse::<u64>().ok()));
    let default = CaptureLimits::default();
    Ok(CaptureLimits {
        keep: number(KEEP)?.map_or(default.keep, Duration::from_secs),
        bytes: number(BYTES)?.unwrap_or(default.bytes),
        records: number(RECORDS)?.map_or(default.records, |on| on != 0),
    })
}

impl SharedProfile {
    /// How long and how much is kept for the inspector.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn capture_limits(&self) -> Result<CaptureLimits, DbError> {
        read(&self.lock().begin()?)
    }

    /// Changes it. What is there and not allowed any more goes at once; rooms that are open take it up when they are opened
    /// again.
    ///
    /// # Errors
    /// The profile cannot be written.
    pub fn set_capture_limits(&self, limits: &CaptureLimits, now: Timestamp) -> Result<(), DbError> {
        let mut profile = self.lock();
        let tx = profile.begin()?;
        tx.set_setting(KEEP, &limits.keep.as_secs().to_string())?;
        tx.set_setting(BYTES, &limits.bytes.to_string())?;
        tx.set_setting(RECORDS, if limits.records { "1" } else { "0" })?;
        if limits.is_on() {
            tx.prune_captures(&limits.bounds(now))?;
        } else {
            tx.prune_captures(&CaptureBounds { since: now, bytes: 0 })?;
        }
        tx.commit()?;
        // What was deleted leaves the write-ahead log, too.
        profile.checkpoint()
    }
}

const KEEP: &str = "captures: seconds";
const BYTES: &str = "captures: bytes";
const RECORDS: &str = "captures: records";
