//! A transaction: everything that is read from and written to a profile.

mod bases;
mod capture;
mod choices;
mod column;
mod edits;
mod entry;
mod index;
mod knocks;
mod outbox;
mod people;
mod reactions;
mod rooms;
mod search;
mod sent;
mod small;
mod timeline;

pub(crate) use capture::TABLES as CAPTURE_TABLES;
pub use capture::{Capture, CaptureBounds, EpochNote};

use std::cell::Cell;
use std::fmt;

use keyroom_types::{IdentityKey, RoomId};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

use crate::{DbError, MlsStorage};

/// A transaction. Rolled back when dropped without [`Tx::commit`].
///
/// A room that the profile does not have is [`DbError::NoRoom`], but for [`Tx::room`], [`Tx::put_room`] and
/// [`Tx::forget_room`].
pub struct Tx<'a> {
    db: &'a Connection,
    /// The room and the person that were looked up last, with their numbers: one call after the other is about the same.
    room: Cell<Option<(RoomId, i64)>>,
    person: Cell<Option<(IdentityKey, i64)>>,
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(db: &'a Connection) -> Result<Self, DbError> {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { db, room: Cell::new(None), person: Cell::new(None) })
    }

    /// Makes all of it stay, together. A killed process loses nothing then; a power loss may, until a sync.
    ///
    /// # Errors
    /// Nothing of it is stored.
    pub fn commit(self) -> Result<(), DbError> {
        self.prepare("COMMIT")?.execute([])?;
        Ok(())
    }

    /// The MLS library's storage inside this transaction.
    pub fn mls(&self) -> MlsStorage<'_> {
        MlsStorage::new(self.db)
    }

    /// A statement, prepared once and kept. An error such as a full disk can end the transaction; what is written then would
    /// be stored at once and by itself.
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, DbError> {
        if self.db.is_autocommit() {
            return Err(DbError::Over);
        }
        Ok(self.db.prepare_cached(sql)?)
    }

    /// What a room is called in all other tables.
    fn number(&self, room: &RoomId) -> Result<i64, DbError> {
        self.number_if_any(room)?.ok_or(DbError::NoRoom)
    }

    fn number_if_any(&self, room: &RoomId) -> Result<Option<i64>, DbError> {
        if let Some((_, number)) = self.room.get().filter(|(known, _)| known == room) {
            return Ok(Some(number));
        }
        let mut statement = self.prepare("SELECT number FROM rooms WHERE id = ?1")?;
        let number = statement.query_row([room.as_bytes()], |row| row.get(0)).optional()?;
        self.room.set(number.map(|number| (*room, number)));
        Ok(number)
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if !self.db.is_autocommit() {
            // Where even that fails, so does the next `begin`.
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx(..)")
    }
}
