//! What messages said before they were changed.

use keyroom_types::{RoomId, Timestamp};
use rusqlite::params;

use super::column::{self, get_time};
use super::timeline::place;
use crate::{DbError, EarlierText, Tx};

impl Tx<'_> {
    /// Keeps what a message says now, which is about to be changed. Of many changes the first text and the last few are kept.
    pub fn keep_text(&self, room: &RoomId, position: u64, until: Timestamp) -> Result<(), DbError> {
        let place = place(self.number(room)?, position)?;
        let number: i64 = self
            .prepare("SELECT coalesce(max(number) + 1, 0) FROM edits WHERE place = ?1")?
            .query_row([place], |row| row.get(0))?;
        self.prepare(
            "INSERT INTO edits SELECT place, ?2, ?3, text FROM entries WHERE place = ?1 AND text IS NOT NULL",
        )?
        .execute(params![place, number, column::time(until)])?;
        self.prepare("DELETE FROM edits WHERE place = ?1 AND number > 0 AND number <= ?2")?
            .execute([place, number - KEPT])?;
        Ok(())
    }

    /// What a message said before, oldest first.
    pub fn earlier_texts(&self, room: &RoomId, position: u64) -> Result<Vec<EarlierText>, DbError> {
        let place = place(self.number(room)?, position)?;
        let mut statement = self.prepare("SELECT text, until FROM edits WHERE place = ?1 ORDER BY number")?;
        let texts = statement
            .query_and_then([place], |row| Ok(EarlierText { text: row.get(0)?, until: get_time(row, 1)? }))?;
        texts.collect()
    }

    /// A message's text is gone, and with it what it said before (attack matrix row 37).
    pub(super) fn drop_earlier_texts(&self, place: i64) -> Result<(), DbError> {
        self.prepare("DELETE FROM edits WHERE place = ?1")?.execute([place])?;
        Ok(())
    }
}

const KEPT: i64 = 30;
