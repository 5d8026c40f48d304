//! Bringing what was committed onto the disk, beside the thread that writes.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// Syncs a profile from another thread. Cheap to clone.
///
/// A commit is in the write-ahead log before it returns, so a sync that begins later covers it. Where a checkpoint has
/// emptied the log in between, it had synced log and database before.
#[derive(Clone, Debug)]
pub struct Syncer {
    /// The write-ahead log; none in memory.
    log: Option<Arc<File>>,
}

impl Syncer {
    pub(crate) fn new(log: Option<File>) -> Self {
        Self { log: log.map(Arc::new) }
    }

    pub(crate) fn log(&self) -> Option<&File> {
        self.log.as_deref()
    }

    /// Whether there is nothing to wait for: the profile is in memory.
    pub fn is_for_nothing(&self) -> bool {
        self.log.is_none()
    }

    /// Everything that was committed before the call is on the disk after it.
    ///
    /// # Errors
    /// The disk's. What was committed may then be lost with the power.
    pub fn sync(&self) -> io::Result<()> {
        self.log.as_ref().map_or(Ok(()), |log| log.sync_data())
    }
}
