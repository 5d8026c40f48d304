//! How a room's changes reach the store.

use std::sync::Arc;

use keyroom_store::{StoreError, Write, WriteError};
use keyroom_wire::Code;

use super::finish::finish;
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
    fn submit(&self, write: Write, done: Done);
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
                let (shared, cell) = (Arc::clone(self), Arc::clone(cell));
                writer.submit(
                    write,
                    Box::new(move |result| {
                        if let Some(served) = lock(&cell.served).as_mut() {
                            finish(&shared, now, &cell, served, result);
                        }
                    }),
                );
            }
        }
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
