//! How a room's changes reach the store.

use std::sync::Arc;

use keyroom_store::{Busy, CommitError, Committer, StoreError, Write, WriteError};
use keyroom_types::limits::COMMIT_WAITING_WRITES;
use keyroom_wire::Code;

use super::finish::{finish, not_taken};
use super::rooms::{RoomCell, Served};
use super::{Shared, lock};
use crate::Now;

/// Told once what became of a write.
pub type Done = Box<dyn FnOnce(Result<(), Code>) + Send>;

/// Writes to the store from a thread of its own, in the order of submission, many at once.
pub trait Writer: Send + Sync + 'static {
    /// Whether it would take a write now.
    fn is_free(&self) -> bool;

    /// Takes a write. `done` is called from another thread, never from this call.
    ///
    /// # Errors
    /// It takes none now; `done` is never called.
    fn submit(&self, write: Write, done: Done) -> Result<(), Busy>;
}

impl Writer for Committer {
    fn is_free(&self) -> bool {
        // Half of what it takes, since others may submit between this question and the write.
        self.waiting() < COMMIT_WAITING_WRITES / 2
    }

    fn submit(&self, write: Write, done: Done) -> Result<(), Busy> {
        self.submit(write, move |result| done(result.map_err(|error| why(&error))))
    }
}

/// When writes are made.
pub(super) enum Writes {
    /// At once, by whoever asks.
    Now,
    /// By a writer.
    Later(Box<dyn Writer>),
}

impl Shared {
    /// Whether a write would be taken now.
    pub(super) fn may_write(&self) -> bool {
        match &self.writes {
            Writes::Now => true,
            Writes::Later(writer) => writer.is_free(),
        }
    }

    /// Remembers whether the store takes writes.
    pub(super) fn wrote(&self, failed_at: Option<std::time::Instant>) {
        *lock(&self.failed_at) = failed_at;
    }

    /// Sends a write of the room on its way. Its place in the room's order is the order of these calls, so the caller
    /// holds the room.
    pub(super) fn write(self: &Arc<Self>, now: Now, cell: &Arc<RoomCell>, served: &mut Served, write: Write) {
        match &self.writes {
            Writes::Now => {
                let result = match self.store.commit(&[write]).as_deref() {
                    Ok([Ok(())]) => Ok(()),
                    Ok([Err(error)]) => Err(refused(*error)),
                    Ok(_) => Err(Code::Store),
                    Err(error) => Err(failed(error)),
                };
                finish(self, now, cell, served, result);
            }
            Writes::Later(writer) => {
                let (shared, waiting) = (Arc::clone(self), Arc::clone(cell));
                let taken = writer.submit(
                    write,
                    Box::new(move |result| {
                        if let Some(served) = lock(&waiting.served).as_mut() {
                            finish(&shared, now, &waiting, served, result);
                        }
                    }),
                );
                if taken.is_err() {
                    not_taken(self, cell, served);
                }
            }
        }
    }
}

/// What a failed commit means to those who wait for it.
fn why(error: &CommitError) -> Code {
    match error {
        CommitError::Refused(error) => refused(*error),
        CommitError::Full => Code::DiskFull,
        _ => Code::Store,
    }
}

/// What a refused write means to those who wait for it.
pub(crate) fn refused(error: WriteError) -> Code {
    match error {
        WriteError::Damaged => Code::Damaged,
        _ => Code::Store,
    }
}

/// What a failed store means to those who wait for it.
pub(crate) fn failed(error: &StoreError) -> Code {
    match error {
        StoreError::Full => Code::DiskFull,
        _ => Code::Store,
    }
}
