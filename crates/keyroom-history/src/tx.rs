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

use std::cell::{Cell, RefCell};
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
    known: &'a Known,
    /// Whether what is known may be what this transaction has written.
    news: Cell<bool>,
    /// The MLS group whose message secrets are newer than what is stored.
    owed: RefCell<Option<Vec<u8>>>,
    /// Whether the sum of all captures has changed.
    counted: Cell<bool>,
}

/// What was looked up or written last: one call after the other is about the same, and so is one transaction after the other.
/// Nobody else writes to the profile.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// A room and its number, which never changes.
    room: Cell<Option<(RoomId, i64)>>,
    /// A person, alike.
    person: Cell<Option<(IdentityKey, i64)>>,
    /// A room, and the place behind its last line.
    end: Cell<Option<(i64, i64)>>,
    /// A room, and the number of its newest envelope of ours.
    sent: Cell<Option<(i64, i64)>>,
    /// Bytes of all captures.
    captured: Cell<Option<i64>>,
}

impl Known {
    fn forget(&self) {
        self.forget_room();
        self.person.set(None);
        self.captured.set(None);
    }

    fn forget_room(&self) {
        self.room.set(None);
        self.end.set(None);
        self.sent.set(None);
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn begin(db: &'a Connection, known: &'a Known) -> Result<Self, DbError> {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { db, known, news: Cell::new(false), owed: RefCell::new(None), counted: Cell::new(false) })
    }

    /// Makes all of it stay, together. A killed process loses nothing then; a power loss may, until a sync.
    ///
    /// # Errors
    /// Nothing of it is stored. [`DbError::Owed`]: [`Tx::mls_late`] was used, and the secrets were not stored after it.
    pub fn commit(self) -> Result<(), DbError> {
        if self.owes_secrets() {
            return Err(DbError::Owed);
        }
        self.store_captured()?;
        self.prepare("COMMIT")?.execute([])?;
        self.news.set(false);
        Ok(())
    }

    /// The MLS library's storage inside this transaction.
    pub fn mls(&self) -> MlsStorage<'_> {
        MlsStorage::new(self.db, &self.owed, false)
    }

    /// The same, but what changes in a group with every message is owed and not written, so that a run of messages writes it
    /// once: by what the library writes through [`Tx::mls`] later. Until then nothing commits, and the group cannot be loaded.
    pub fn mls_late(&self) -> MlsStorage<'_> {
        MlsStorage::new(self.db, &self.owed, true)
    }

    /// Whether a group's secrets are to be written before the transaction can commit.
    pub fn owes_secrets(&self) -> bool {
        self.owed.borrow().is_some()
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
        if let Some((_, number)) = self.known.room.get().filter(|(known, _)| known == room) {
            return Ok(Some(number));
        }
        let mut statement = self.prepare("SELECT number FROM rooms WHERE id = ?1")?;
        let number = statement.query_row([room.as_bytes()], |row| row.get(0)).optional()?;
        self.known.room.set(number.map(|number| (*room, number)));
        Ok(number)
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if !self.db.is_autocommit() {
            // Where even that fails, so does the next `begin`.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        if self.news.get() {
            // It was never stored.
            self.known.forget();
        }
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx(..)")
    }
}
