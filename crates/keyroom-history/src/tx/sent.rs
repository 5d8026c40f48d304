//! Envelopes that this profile appended: a login that names another one means a restored copy (attack matrix row 38).

use keyroom_types::{EnvelopeId, RoomId};
use rusqlite::{OptionalExtension as _, params};

use crate::{DbError, Tx};

impl Tx<'_> {
    /// Notes one. The last thousand of a room are kept, and some more.
    pub fn sent(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<(), DbError> {
        let room = self.number(room)?;
        let number: Option<i64> = self
            .prepare(
                "INSERT OR IGNORE INTO sent
                 SELECT ?1, coalesce((SELECT max(number) FROM sent WHERE room = ?1), 0) + 1, ?2 RETURNING number",
            )?
            .query_row(params![room, envelope.as_bytes()], |row| row.get(0))
            .optional()?;
        // None: it was noted before.
        let Some(number) = number else { return Ok(()) };
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
