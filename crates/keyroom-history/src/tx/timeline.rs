//! Timelines: what happened in a room, line by line.

use keyroom_types::{IdentityKey, MessageId, RoomId, Seq, Timestamp};
use rusqlite::{OptionalExtension as _, params};

use super::column::{self, limit, signed, unsigned};
use super::entry::{self, DELIVERED, state_number};
use super::index::INDEX_EVERY;
use crate::{DbError, Entry, EntryBody, NewEntry, State, Tx};

impl Tx<'_> {
    /// Puts a line at the end; its position. A message of the same author and id is refused as [`DbError::Repeated`].
    pub fn append(&self, room: &RoomId, entry: &NewEntry) -> Result<u64, DbError> {
        let room = self.number(room)?;
        let place = match self.known.end.get() {
            Some((last, end)) if last == room => end,
            _ => self.end(room)?,
        };
        let (at, seq) = (column::time(entry.at), entry.seq.map(|seq| signed(seq.get())).transpose()?);
        match &entry.body {
            EntryBody::Notice { kind, data } => {
                self.prepare(
                    "INSERT INTO entries (place, room, at, seq, kind, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![place, room, at, seq, kind, data])?;
            }
            EntryBody::Message { author, name, id, text, reply, edited, state } => {
                let author = self.person(author)?;
                let (id, reply) = (id.as_bytes(), reply.as_ref().map(|id| id.as_bytes()));
                self.prepare(
                    "INSERT INTO entries (place, room, at, seq, state, author, id, reply, edited, name, text)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?
                .execute(params![
                    place,
                    room,
                    at,
                    seq,
                    state_number(*state),
                    author,
                    id,
                    reply,
                    edited,
                    name,
                    text
                ])
                .map_err(repeated)?;
            }
        }
        self.news.set(true);
        self.known.end.set(Some((room, place + 1)));
        let position = position(place)?;
        if (position + 1).is_multiple_of(u64::from(INDEX_EVERY)) {
            self.index_some(INDEX_EVERY as usize)?;
        }
        Ok(position)
    }

    /// One line.
    pub fn entry(&self, room: &RoomId, position: u64) -> Result<Option<Entry>, DbError> {
        let Ok(place) = place(self.number(room)?, position) else { return Ok(None) };
        let mut statement = self.prepare(&format!("{} WHERE place = ?1", entry::SELECT))?;
        statement.query_and_then([place], entry::read)?.next().transpose()
    }

    /// Lines from one on, in their order.
    pub fn page(&self, room: &RoomId, from: u64, at_most: usize) -> Result<Vec<Entry>, DbError> {
        let room = self.number(room)?;
        let Ok(from) = place(room, from) else { return Ok(Vec::new()) };
        let mut statement = self.prepare(&format!(
            "{} WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT ?3",
            entry::SELECT
        ))?;
        let entries = statement.query_and_then(params![from, behind(room), limit(at_most)], entry::read)?;
        entries.collect()
    }

    /// How many lines there are.
    pub fn len(&self, room: &RoomId) -> Result<u64, DbError> {
        let room = self.number(room)?;
        unsigned(self.end(room)? - first(room))
    }

    /// Where the message of that id by that author stands.
    pub fn find(&self, room: &RoomId, author: &IdentityKey, id: &MessageId) -> Result<Option<u64>, DbError> {
        let room = self.number(room)?;
        let Some(author) = self.person_if_any(author)? else { return Ok(None) };
        let mut statement =
            self.prepare("SELECT place FROM entries WHERE room = ?1 AND id = ?2 AND author = ?3")?;
        let place = statement.query_row(params![room, id.as_bytes(), author], |row| row.get(0)).optional()?;
        place.map(position).transpose()
    }

    /// Where the first message of that id stands, whoever wrote it.
    pub fn find_any(&self, room: &RoomId, id: &MessageId) -> Result<Option<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement =
            self.prepare("SELECT place FROM entries WHERE room = ?1 AND id = ?2 ORDER BY place LIMIT 1")?;
        let place = statement.query_row(params![room, id.as_bytes()], |row| row.get(0)).optional()?;
        place.map(position).transpose()
    }

    /// Notes how far a message has come, and, where they are now known, its place in the log and its time.
    pub fn set_state(
        &self,
        room: &RoomId,
        position: u64,
        state: State,
        seq: Option<Seq>,
        at: Option<Timestamp>,
    ) -> Result<(), DbError> {
        let place = place(self.number(room)?, position)?;
        let mut statement = self.prepare(
            "UPDATE entries SET state = ?2, seq = coalesce(?3, seq), at = coalesce(?4, at)
             WHERE place = ?1 AND id IS NOT NULL",
        )?;
        let seq = seq.map(|seq| signed(seq.get())).transpose()?;
        changed(statement.execute(params![place, state_number(state), seq, at.map(column::time)])?)
    }

    /// Our messages that are sent and have a place in the log: stored as soon as a sync has followed.
    pub fn unsynced(&self, room: &RoomId) -> Result<Vec<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT place FROM entries INDEXED BY entries_unsynced
             WHERE state = 2 AND seq IS NOT NULL AND place >= ?1 AND place < ?2 ORDER BY place",
        )?;
        let places = statement.query_map([first(room), behind(room)], |row| row.get(0))?;
        places.map(|place| position(place?)).collect()
    }

    /// A sync has followed them; the positions of those for which that is new.
    pub fn set_stored(&self, room: &RoomId, positions: &[u64]) -> Result<Vec<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement =
            self.prepare("UPDATE entries SET state = 3 WHERE place = ?1 AND state = 2 AND seq IS NOT NULL")?;
        let mut changed = Vec::with_capacity(positions.len());
        for &position in positions {
            if statement.execute([place(room, position)?])? > 0 {
                changed.push(position);
            }
        }
        Ok(changed)
    }

    /// An own message stands nowhere in the log, whatever was known before: it waits to be said.
    pub fn set_unsaid(&self, room: &RoomId, position: u64) -> Result<(), DbError> {
        let place = place(self.number(room)?, position)?;
        let mut statement =
            self.prepare("UPDATE entries SET state = ?2, seq = NULL WHERE place = ?1 AND id IS NOT NULL")?;
        changed(statement.execute(params![place, state_number(State::Waiting)])?)
    }

    /// Gives a message another text, which marks it as edited, or none: then its reactions go too.
    pub fn set_text(&self, room: &RoomId, position: u64, text: Option<&str>) -> Result<(), DbError> {
        let room = self.number(room)?;
        let place = place(room, position)?;
        let old: Option<(Option<i64>, Option<String>)> = self
            .prepare("SELECT moment, text FROM entries WHERE place = ?1 AND id IS NOT NULL")?
            .query_row([place], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (moment, old) = old.ok_or(DbError::NoEntry)?;
        if let (Some(moment), Some(old)) = (moment, old) {
            self.unindex(moment, room, &old)?;
        }
        let Some(text) = text else { return self.drop_text(place) };
        self.prepare("UPDATE entries SET text = ?2, edited = 1, moment = NULL WHERE place = ?1")?
            .execute(params![place, text])?;
        Ok(())
    }

    /// Replaces what a notice says.
    pub fn set_notice(&self, room: &RoomId, position: u64, data: &[u8]) -> Result<(), DbError> {
        let place = place(self.number(room)?, position)?;
        let mut statement =
            self.prepare("UPDATE entries SET data = ?2 WHERE place = ?1 AND kind IS NOT NULL")?;
        changed(statement.execute(params![place, data])?)
    }

    /// Our messages up to a place of the log have been seen by somebody; the positions of those for which that is new.
    pub fn delivered(&self, room: &RoomId, through: Seq) -> Result<Vec<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT place FROM entries
             WHERE place >= ?1 AND place < ?2 AND state BETWEEN 1 AND 3 AND seq <= ?3 ORDER BY place",
        )?;
        let places =
            statement.query_map([first(room), behind(room), signed(through.get())?], |row| row.get(0))?;
        let places: Vec<i64> = places.collect::<Result<_, _>>()?;
        let mut statement = self.prepare("UPDATE entries SET state = ?2 WHERE place = ?1")?;
        for place in &places {
            statement.execute(params![place, DELIVERED])?;
        }
        places.into_iter().map(position).collect()
    }

    /// Of the last lines: those of our messages between two places of the log that somebody has seen.
    pub fn seen_between(&self, room: &RoomId, behind_seq: Seq, through: Seq) -> Result<Vec<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT place FROM (
                 SELECT place, state, seq FROM entries WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT 500)
             WHERE state = ?3 AND seq > ?4 AND seq <= ?5",
        )?;
        let (after, through) = (signed(behind_seq.get())?, signed(through.get())?);
        let places = statement
            .query_map(params![first(room), behind(room), DELIVERED, after, through], |row| row.get(0))?;
        let places: Vec<i64> = places.collect::<Result<_, _>>()?;
        places.into_iter().map(position).collect()
    }

    /// Removes text and reactions of the messages from before a time (attack matrix row 37); their positions.
    pub fn expire(&self, room: &RoomId, before: Timestamp) -> Result<Vec<u64>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT place, moment, text FROM entries WHERE room = ?1 AND at < ?2 AND text IS NOT NULL ORDER BY at",
        )?;
        let old = statement
            .query_map([room, column::time(before)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        // Collected first: the loop changes what the statement reads.
        let old: Vec<(i64, Option<i64>, String)> = old.collect::<Result<_, _>>()?;
        let mut positions = Vec::with_capacity(old.len());
        for (place, moment, text) in old {
            if let Some(moment) = moment {
                self.unindex(moment, room, &text)?;
            }
            self.drop_text(place)?;
            positions.push(position(place)?);
        }
        positions.sort_unstable();
        Ok(positions)
    }

    fn drop_text(&self, place: i64) -> Result<(), DbError> {
        self.drop_capture_of(place)?;
        self.prepare("UPDATE entries SET text = NULL, moment = NULL WHERE place = ?1")?.execute([place])?;
        self.prepare("DELETE FROM reactions WHERE place = ?1")?.execute([place])?;
        self.drop_earlier_texts(place)
    }

    /// The place behind the last.
    fn end(&self, room: i64) -> Result<i64, DbError> {
        let mut statement = self.prepare(
            "SELECT place FROM entries WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT 1",
        )?;
        let last: Option<i64> =
            statement.query_row([first(room), behind(room)], |row| row.get(0)).optional()?;
        Ok(last.map_or_else(|| first(room), |last| last + 1))
    }
}

/// Where a line stands in the table of all timelines.
pub(super) fn place(room: i64, position: u64) -> Result<i64, DbError> {
    if position >> POSITION_BITS != 0 {
        return Err(DbError::NoEntry);
    }
    Ok(first(room) | signed(position)?)
}

/// The same, back.
pub(super) fn position(place: i64) -> Result<u64, DbError> {
    unsigned(place & ((1 << POSITION_BITS) - 1))
}

fn first(room: i64) -> i64 {
    room << POSITION_BITS
}

/// Behind all places that a room can have.
pub(super) fn behind(room: i64) -> i64 {
    (room + 1) << POSITION_BITS
}

fn changed(rows: usize) -> Result<(), DbError> {
    if rows == 0 { Err(DbError::NoEntry) } else { Ok(()) }
}

fn repeated(error: rusqlite::Error) -> DbError {
    match DbError::from(error) {
        DbError::Sqlite { code: CONSTRAINT_UNIQUE } => DbError::Repeated,
        other => other,
    }
}

/// Bits of a place that hold the position.
pub(super) const POSITION_BITS: u32 = 40;

const CONSTRAINT_UNIQUE: i32 = 2067;
