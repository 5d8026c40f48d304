//! Captured bytes: envelopes as they were delivered, for the inspector, kept for a bounded time and to a bounded size; and
//! when a room's keys changed.

use keyroom_types::{RoomId, Seq, Timestamp};
use rusqlite::{OptionalExtension as _, params};

use super::column::{self, get_time, signed, unsigned};
use super::timeline::place;
use crate::{DbError, Tx};

/// The bytes of one envelope, and what was noted when it was opened. What is in them is the caller's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Capture {
    /// Its place in the room's log.
    pub seq: Seq,
    /// When it was captured, by our own clock.
    pub at: Timestamp,
    /// The frame of the link that delivered it.
    pub frame: Vec<u8>,
    /// What was around the frame, where that was captured.
    pub outer: Option<Vec<u8>>,
    /// What was checked when it was opened.
    pub facts: Vec<u8>,
}

impl Capture {
    /// What it costs.
    fn size(&self) -> u64 {
        let outer = self.outer.as_ref().map_or(0, Vec::len);
        (self.frame.len() + outer + self.facts.len() + ROW_BYTES) as u64
    }
}

/// How long captures are kept, and how much of them in a profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CaptureBounds {
    /// Those from before this time go.
    pub since: Timestamp,
    /// The oldest go when all together are more bytes than this.
    pub bytes: u64,
}

/// A change of a room's keys: when, and what the caller noted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochNote {
    /// The place of the commit in the room's log.
    pub seq: Seq,
    /// When, by the relay's clock.
    pub at: Timestamp,
    /// The epoch that it began.
    pub epoch: u64,
    /// What it did; the caller's.
    pub said: Vec<u8>,
}

impl Tx<'_> {
    /// Keeps a capture, in place of an earlier one of the same envelope. What the bounds do not allow any more goes.
    pub fn capture(&self, room: &RoomId, capture: &Capture, bounds: &CaptureBounds) -> Result<(), DbError> {
        let number = self.number(room)?;
        let place = place(number, capture.seq.get())?;
        let size = signed(capture.size())?;
        let insert = || {
            self.prepare("INSERT OR IGNORE INTO captures VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![
                    place,
                    column::time(capture.at),
                    size,
                    capture.facts,
                    capture.frame,
                    capture.outer,
                ])
                .map_err(DbError::from)
        };
        if insert()? == 0 {
            self.drop_capture_at(place)?;
            insert()?;
        }
        let all = self.count(size)?;
        // Not with each: twice as many old ones of this room as came since the last time, so that none is left for long in a
        // room that goes on.
        if capture.seq.get().is_multiple_of(PRUNE_EVERY) {
            for _ in 0..2 * PRUNE_EVERY {
                let Some((oldest, at)) = self.oldest(number)? else { break };
                if at >= bounds.since {
                    break;
                }
                self.drop_capture_at(oldest)?;
            }
        }
        if all > bounds.bytes { self.shrink(bounds.bytes) } else { Ok(()) }
    }

    /// The capture of the envelope at this place of the log.
    pub fn captured(&self, room: &RoomId, seq: Seq) -> Result<Option<Capture>, DbError> {
        let Ok(place) = place(self.number(room)?, seq.get()) else { return Ok(None) };
        let mut statement = self.prepare("SELECT at, facts, frame, outer FROM captures WHERE place = ?1")?;
        let mut rows = statement.query([place])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let at = get_time(row, 0)?;
        Ok(Some(Capture { seq, at, facts: row.get(1)?, frame: row.get(2)?, outer: row.get(3)? }))
    }

    /// Bytes of all captures in the profile.
    pub fn captured_bytes(&self) -> Result<u64, DbError> {
        unsigned(self.captured_sum()?)
    }

    /// Drops what the bounds do not allow, in all rooms.
    pub fn prune_captures(&self, bounds: &CaptureBounds) -> Result<(), DbError> {
        for number in self.room_numbers()? {
            while let Some((oldest, at)) = self.oldest(number)? {
                if at >= bounds.since {
                    break;
                }
                self.drop_capture_at(oldest)?;
            }
        }
        self.shrink(bounds.bytes)
    }

    /// Notes a change of a room's keys. The last thousand of a room are kept, and some more.
    pub fn note_epoch(&self, room: &RoomId, note: &EpochNote) -> Result<(), DbError> {
        let number = self.number(room)?;
        self.prepare("INSERT OR REPLACE INTO epochs VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            place(number, note.seq.get())?,
            column::time(note.at),
            signed(note.epoch)?,
            note.said
        ])?;
        if note.epoch.is_multiple_of(TIDY_EVERY) {
            let first = place(number, 0)?;
            self.prepare("DELETE FROM epochs WHERE place >= ?1 AND place < ?2 AND epoch <= ?3")?.execute(
                [
                    first,
                    first + (1 << super::timeline::POSITION_BITS),
                    signed(note.epoch.saturating_sub(EPOCHS_KEPT))?,
                ],
            )?;
        }
        Ok(())
    }

    /// The changes of a room's keys that are known, oldest first.
    pub fn epochs(&self, room: &RoomId) -> Result<Vec<EpochNote>, DbError> {
        let first = place(self.number(room)?, 0)?;
        let mut statement = self.prepare(
            "SELECT place, at, epoch, said FROM epochs WHERE place >= ?1 AND place < ?2 ORDER BY place",
        )?;
        let notes =
            statement.query_and_then([first, first + (1 << super::timeline::POSITION_BITS)], |row| {
                Ok(EpochNote {
                    seq: Seq::new(super::timeline::position(row.get(0)?)?),
                    at: get_time(row, 1)?,
                    epoch: unsigned(row.get(2)?)?,
                    said: row.get(3)?,
                })
            })?;
        notes.collect()
    }

    /// Notes what a room's newest connection has agreed on; the caller's words.
    pub fn set_session(&self, room: &RoomId, said: &str) -> Result<(), DbError> {
        let number = self.number(room)?;
        self.prepare("INSERT OR REPLACE INTO sessions VALUES (?1, ?2)")?.execute(params![number, said])?;
        Ok(())
    }

    /// What a room's newest connection had agreed on.
    pub fn session(&self, room: &RoomId) -> Result<Option<String>, DbError> {
        let number = self.number(room)?;
        let mut statement = self.prepare("SELECT said FROM sessions WHERE room = ?1")?;
        Ok(statement.query_row([number], |row| row.get(0)).optional()?)
    }

    /// A message that is gone takes its capture with it: when it was there, and how long it was.
    pub(super) fn drop_capture_of(&self, entry: i64) -> Result<(), DbError> {
        let mut statement =
            self.prepare("SELECT room, seq FROM entries WHERE place = ?1 AND seq IS NOT NULL")?;
        let of: Option<(i64, i64)> =
            statement.query_row([entry], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match of {
            Some((room, seq)) => self.drop_capture_at(place(room, unsigned(seq)?)?),
            None => Ok(()),
        }
    }

    /// Everything of a room that is forgotten.
    pub(super) fn drop_captures(&self, number: i64) -> Result<(), DbError> {
        while let Some((oldest, _)) = self.oldest(number)? {
            self.drop_capture_at(oldest)?;
        }
        let first = place(number, 0)?;
        self.prepare("DELETE FROM epochs WHERE place >= ?1 AND place < ?2")?
            .execute([first, first + (1 << super::timeline::POSITION_BITS)])?;
        self.prepare("DELETE FROM sessions WHERE room = ?1")?.execute([number])?;
        Ok(())
    }

    fn drop_capture_at(&self, place: i64) -> Result<(), DbError> {
        let size: Option<i64> = self
            .prepare("SELECT size FROM captures WHERE place = ?1")?
            .query_row([place], |row| row.get(0))
            .optional()?;
        let Some(size) = size else { return Ok(()) };
        self.prepare("DELETE FROM captures WHERE place = ?1")?.execute([place])?;
        self.count(-size)?;
        Ok(())
    }

    /// Counts bytes that came or went; how many there are. They are written once, with the commit.
    fn count(&self, bytes: i64) -> Result<u64, DbError> {
        let sum = self.captured_sum()?.checked_add(bytes).ok_or(DbError::Range)?;
        self.known.captured.set(Some(sum));
        self.news.set(true);
        self.counted.set(true);
        unsigned(sum)
    }

    fn captured_sum(&self) -> Result<i64, DbError> {
        if let Some(sum) = self.known.captured.get() {
            return Ok(sum);
        }
        let sum = self.prepare("SELECT bytes FROM captured")?.query_row([], |row| row.get(0))?;
        self.known.captured.set(Some(sum));
        Ok(sum)
    }

    /// Writes the sum, where it has changed.
    pub(super) fn store_captured(&self) -> Result<(), DbError> {
        if self.counted.get()
            && let Some(sum) = self.known.captured.get()
        {
            self.prepare("UPDATE captured SET bytes = ?1")?.execute([sum])?;
        }
        Ok(())
    }

    /// The oldest capture of a room. The order of the log is the order in which they came.
    fn oldest(&self, number: i64) -> Result<Option<(i64, Timestamp)>, DbError> {
        let first = place(number, 0)?;
        let mut statement = self.prepare(
            "SELECT place, at FROM captures WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT 1",
        )?;
        let mut rows = statement.query([first, first + (1 << super::timeline::POSITION_BITS)])?;
        rows.next()?.map(|row| Ok((row.get(0)?, get_time(row, 1)?))).transpose()
    }

    /// Drops the oldest of all rooms until an eighth of what is allowed is free, so that not each new one asks for it.
    fn shrink(&self, allowed: u64) -> Result<(), DbError> {
        if self.captured_bytes()? <= allowed {
            return Ok(());
        }
        let wanted = allowed - allowed / 8;
        let rooms = self.room_numbers()?;
        let mut oldest = Vec::with_capacity(rooms.len());
        for number in rooms {
            if let Some((place, at)) = self.oldest(number)? {
                oldest.push((at, number, place));
            }
        }
        while self.captured_bytes()? > wanted
            && let Some(next) = (0..oldest.len()).min_by_key(|&next| oldest[next].0)
        {
            let (_, number, place) = oldest[next];
            self.drop_capture_at(place)?;
            match self.oldest(number)? {
                Some((place, at)) => oldest[next] = (at, number, place),
                None => drop(oldest.swap_remove(next)),
            }
        }
        Ok(())
    }

    fn room_numbers(&self) -> Result<Vec<i64>, DbError> {
        let mut statement = self.prepare("SELECT number FROM rooms")?;
        let numbers = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(numbers)
    }
}

/// `place` is room number and sequence number in one, as in `entries`; `captured` is the sum of all sizes.
pub(crate) const TABLES: &str = "
    CREATE TABLE captures (
        place INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        size INTEGER NOT NULL,
        facts BLOB NOT NULL,
        frame BLOB NOT NULL,
        outer BLOB
    ) STRICT;
    CREATE TABLE captured (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        bytes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO captured VALUES (1, 0);
    CREATE TABLE epochs (
        place INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        said BLOB NOT NULL
    ) STRICT;
    CREATE TABLE sessions (
        room INTEGER PRIMARY KEY,
        said TEXT NOT NULL
    ) STRICT;
";

/// What a row takes besides.
const ROW_BYTES: usize = 32;
/// How often old ones are looked for.
const PRUNE_EVERY: u64 = 16;
const EPOCHS_KEPT: u64 = 1_000;
const TIDY_EVERY: u64 = 64;
