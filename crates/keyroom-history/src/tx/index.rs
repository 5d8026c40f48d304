//! The index of the full-text search: messages come into it in batches, out of it at once.
//!
//! A commit that changes the index writes a dozen pages of it, whether for one message or for a hundred. So what is new
//! waits until somebody searches, until a checkpoint, or until there is much of it.
//!
//! FTS5's `secure-delete` takes a message's words out of the pages of the index, but not out of the list of words with which
//! these pages begin (`search_idx`). So after removals all parts of the index are merged into a new one, some pages at each
//! checkpoint (attack matrix row 37).

use rusqlite::{OptionalExtension as _, params};

use super::column::limit;
use crate::{DbError, Tx};

impl Tx<'_> {
    /// Takes in all that waits.
    pub(crate) fn index_all(&self) -> Result<(), DbError> {
        while self.index_some(BATCH)? == BATCH {}
        Ok(())
    }

    /// Takes in so many of what waits; how many there were.
    pub(super) fn index_some(&self, at_most: usize) -> Result<usize, DbError> {
        let mut statement = self.prepare(
            "SELECT place, room, at, text FROM entries INDEXED BY entries_unindexed
             WHERE text IS NOT NULL AND moment IS NULL LIMIT ?1",
        )?;
        let waiting = statement
            .query_map([limit(at_most)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let mut waiting: Vec<(i64, i64, i64, String)> = waiting.collect::<Result<_, _>>()?;
        // FTS5 writes a part of the index out whenever a row comes before its predecessor.
        waiting.sort_unstable_by_key(|&(place, _, at, _)| (at, place));
        for (place, room, at, text) in &waiting {
            let moment = self.moment(*at)?;
            self.prepare("UPDATE entries SET moment = ?2 WHERE place = ?1")?.execute([*place, moment])?;
            self.prepare("INSERT INTO search (rowid, room, text) VALUES (?1, ?2, ?3)")?
                .execute(params![moment, room, text])?;
        }
        Ok(waiting.len())
    }

    /// Goes on with writing the index anew, where messages were taken out of it: so many pages. Whether that is done.
    pub(crate) fn sweep(&self, pages: i64) -> Result<bool, DbError> {
        let (removed, swept, sweeping): (i64, i64, Option<i64>) = self
            .prepare("SELECT removed, swept, sweeping FROM upkeep")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if removed == swept {
            return Ok(true);
        }
        if sweeping.is_none() {
            // A second part, or else there may be nothing to merge.
            self.prepare("INSERT INTO search (rowid, room, text) VALUES (-1, 0, '')")?.execute([])?;
            self.merge(-pages)?;
            self.prepare("UPDATE upkeep SET sweeping = removed")?.execute([])?;
        }
        let before = self.db.total_changes();
        self.merge(pages)?;
        // FTS5's documentation, "The 'merge' Command": fewer than two, and there is nothing left to do.
        if self.db.total_changes() - before >= 2 {
            return Ok(false);
        }
        self.prepare("INSERT INTO search (search, rowid, room, text) VALUES ('delete', -1, 0, '')")?
            .execute([])?;
        self.prepare("UPDATE upkeep SET swept = sweeping, sweeping = NULL")?.execute([])?;
        Ok(removed == sweeping.unwrap_or(removed))
    }

    fn merge(&self, pages: i64) -> Result<(), DbError> {
        self.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?.execute([pages])?;
        Ok(())
    }

    fn removed(&self) -> Result<(), DbError> {
        self.prepare("UPDATE upkeep SET removed = removed + 1")?.execute([])?;
        Ok(())
    }

    /// Takes out a message that was taken in: the text must be the same.
    pub(super) fn unindex(&self, moment: i64, room: i64, text: &str) -> Result<(), DbError> {
        self.prepare("INSERT INTO search (search, rowid, room, text) VALUES ('delete', ?1, ?2, ?3)")?
            .execute(params![moment, room, text])?;
        self.removed()
    }

    /// Takes out all messages of a room.
    pub(super) fn unindex_room(&self, room: i64) -> Result<(), DbError> {
        self.prepare(
            "INSERT INTO search (search, rowid, room, text)
             SELECT 'delete', moment, room, text FROM entries WHERE room = ?1 AND moment IS NOT NULL",
        )?
        .execute([room])?;
        self.removed()
    }

    /// A free number for a message of that time, so that numbers are in the order of times.
    fn moment(&self, at: i64) -> Result<i64, DbError> {
        let mut statement = self.prepare(
            "SELECT moment FROM entries WHERE moment >= ?1 AND moment < ?2 ORDER BY moment DESC LIMIT 1",
        )?;
        let mut at = at.min(LAST_MILLISECOND);
        loop {
            let (first, behind) = (at << MOMENT_BITS, (at + 1) << MOMENT_BITS);
            let last: Option<i64> = statement.query_row([first, behind], |row| row.get(0)).optional()?;
            match last {
                None => return Ok(first),
                Some(last) if last + 1 < behind => return Ok(last + 1),
                // A relay whose clock stands still: the order suffers, nothing else.
                Some(_) if at > 0 => at -= 1,
                Some(_) => return Err(DbError::Range),
            }
        }
    }
}

/// Messages that are in memory at once.
const BATCH: usize = 1_024;

/// Lines of a room after which so many messages come in: who completes them waits for it, some milliseconds.
pub(super) const INDEX_EVERY: u32 = 128;

/// Bits of a moment that tell messages of the same millisecond apart.
const MOMENT_BITS: u32 = 20;

/// The year 2109.
const LAST_MILLISECOND: i64 = (1 << (62 - MOMENT_BITS)) - 1;
