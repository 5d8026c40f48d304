//! What a person chose for a room, and how far it was read.

use keyroom_types::{IdentityKey, RoomId};
use rusqlite::{OptionalExtension as _, params};

use super::column::{get, signed, unsigned};
use super::timeline::{behind, place};
use crate::{Choices, DbError, Tx};

impl Tx<'_> {
    /// What was chosen for a room.
    pub fn choices(&self, room: &RoomId) -> Result<Choices, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT muted, receipts, typing FROM choices WHERE room = ?1")?;
        let chosen = statement.query_row([room], |row| {
            Ok(Choices { muted: row.get(0)?, receipts: row.get(1)?, typing: row.get(2)? })
        });
        Ok(chosen.optional()?.unwrap_or_default())
    }

    /// Notes what was chosen for a room.
    pub fn set_choices(&self, room: &RoomId, choices: &Choices) -> Result<(), DbError> {
        let room = self.number(room)?;
        let Choices { muted, receipts, typing } = *choices;
        self.prepare(
            "INSERT INTO choices VALUES (?1, 0, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET muted = excluded.muted, receipts = excluded.receipts, typing = excluded.typing",
        )?
        .execute(params![room, muted, receipts, typing])?;
        Ok(())
    }

    /// How many lines of a timeline were read, from its beginning.
    pub fn read(&self, room: &RoomId) -> Result<u64, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT read FROM choices WHERE room = ?1")?;
        let read: Option<i64> = statement.query_row([room], |row| row.get(0)).optional()?;
        unsigned(read.unwrap_or(0))
    }

    /// Notes that so many lines of a timeline were read; never fewer than before.
    pub fn set_read(&self, room: &RoomId, lines: u64) -> Result<(), DbError> {
        let room = self.number(room)?;
        let Choices { muted, receipts, typing } = Choices::default();
        self.prepare(
            "INSERT INTO choices VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET read = excluded.read WHERE read < excluded.read",
        )?
        .execute(params![room, signed(lines)?, muted, receipts, typing])?;
        Ok(())
    }

    /// How many messages of others came behind what was read; at most so many are counted.
    pub fn unread(&self, room: &RoomId, at_most: usize) -> Result<u64, DbError> {
        let read = self.read(room)?;
        let room = self.number(room)?;
        let Ok(from) = place(room, read) else { return Ok(0) };
        let mut statement = self.prepare(
            "SELECT count(*) FROM (
                 SELECT 1 FROM entries WHERE place >= ?1 AND place < ?2 AND state = 0 AND text IS NOT NULL LIMIT ?3)",
        )?;
        let count = statement
            .query_row(params![from, behind(room), super::column::limit(at_most)], |row| row.get(0))?;
        unsigned(count)
    }

    /// The same of those people only who count.
    pub fn unread_of(
        &self,
        room: &RoomId,
        at_most: usize,
        counts: impl Fn(&IdentityKey) -> bool,
    ) -> Result<u64, DbError> {
        let read = self.read(room)?;
        let room = self.number(room)?;
        let Ok(from) = place(room, read) else { return Ok(0) };
        let mut statement = self.prepare(
            "SELECT key FROM entries JOIN people ON number = author
             WHERE place >= ?1 AND place < ?2 AND state = 0 AND text IS NOT NULL ORDER BY place",
        )?;
        let mut rows = statement.query(params![from, behind(room)])?;
        let mut unread = 0;
        while unread < at_most as u64 {
            let Some(row) = rows.next()? else { break };
            unread += u64::from(counts(&get(row, 0)?));
        }
        Ok(unread)
    }
}
