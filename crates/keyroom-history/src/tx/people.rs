//! Identities, by the number that stands for each in the other tables.

use keyroom_types::{IdentityKey, RoomId, Seq};
use rusqlite::{OptionalExtension as _, params};

use super::column::{self, get, unsigned};
use crate::{DbError, Tx};

impl Tx<'_> {
    /// The number of somebody whom the profile may not have met yet.
    pub(super) fn person(&self, key: &IdentityKey) -> Result<i64, DbError> {
        if let Some(number) = self.person_if_any(key)? {
            return Ok(number);
        }
        self.news.set(true);
        let mut statement = self.prepare("INSERT INTO people (key) VALUES (?1)")?;
        Ok(statement.insert([key.as_bytes()])?)
    }

    pub(super) fn person_if_any(&self, key: &IdentityKey) -> Result<Option<i64>, DbError> {
        if let Some((_, number)) = self.known.person.get().filter(|(known, _)| known == key) {
            return Ok(Some(number));
        }
        let mut statement = self.prepare("SELECT number FROM people WHERE key = ?1")?;
        let number = statement.query_row([key.as_bytes()], |row| row.get(0)).optional()?;
        self.known.person.set(number.map(|number| (*key, number)));
        Ok(number)
    }

    /// Notes how far somebody has seen the room; never back.
    pub fn set_seen(&self, room: &RoomId, who: &IdentityKey, seen: Seq) -> Result<(), DbError> {
        let (room, who) = (self.number(room)?, self.person(who)?);
        let mut statement = self.prepare(
            "INSERT INTO seen VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE seq < excluded.seq",
        )?;
        statement.execute(params![room, who, column::signed(seen.get())?])?;
        Ok(())
    }

    /// How far each has seen the room.
    pub fn seen(&self, room: &RoomId) -> Result<Vec<(IdentityKey, Seq)>, DbError> {
        let room = self.number(room)?;
        let mut statement = self
            .prepare("SELECT key, seq FROM seen JOIN people ON number = who WHERE room = ?1 ORDER BY who")?;
        let seen =
            statement.query_and_then([room], |row| Ok((get(row, 0)?, Seq::new(unsigned(row.get(1)?)?))))?;
        seen.collect()
    }
}
