//! Envelopes that this profile appended: a login that names another one means a restored copy (attack matrix row 38).

use keyroom_types::{EnvelopeId, RoomId};
use rusqlite::{OptionalExtension as _, params};

use crate::{DbError, Tx};

impl Tx<'_> {
    /// Notes one. The last thousand of a room are kept, and some more.
    pub fn sent(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<(), DbError> {
        let room = self.number(room)?;
        let last = match self.known.sent.get() {
            Some((known, last)) if known == room => last,
            _ => self
                .prepare("SELECT number FROM sent WHERE room = ?1 ORDER BY number DESC LIMIT 1")?
                .query_row([room], |row| row.get(0))
                .optional()?
                .unwrap_or(0),
        };
        let number = last + 1;
        let noted = self.prepare("INSERT OR IGNORE INTO sent VALUES (?1, ?2, ?3)")?.execute(params![
            room,
            number,
            envelope.as_bytes()
        ])?;
        if noted == 0 {
            // It was noted before.
            return Ok(());
        }
        self.news.set(true);
        self.known.sent.set(Some((room, number)));
        if number % TIDY_EVERY == 0 {
            self.prepare("DELETE FROM sent WHERE room = ?1 AND number <= ?2")?
                .execute([room, number - KEPT])?;
        }
        Ok(())
    }

    /// Whether it is one of ours.
    pub fn was_sent(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<bool, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT 1 FROM sent WHERE room = ?1 AND envelope = ?2")?;
        Ok(statement.exists(params![room, envelope.as_bytes()])?)
    }
}

const KEPT: i64 = 1_000;

/// So that not each needs a look for what is too old.
const TIDY_EVERY: i64 = 64;
