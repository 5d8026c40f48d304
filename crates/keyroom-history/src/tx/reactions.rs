//! Reactions.

use keyroom_types::{IdentityKey, RoomId};
use rusqlite::params;

use super::column::get;
use super::timeline::place;
use crate::{DbError, Tx};

impl Tx<'_> {
    /// Adds somebody's reaction to a message, or takes it back.
    pub fn react(
        &self,
        room: &RoomId,
        position: u64,
        author: &IdentityKey,
        emoji: &str,
        on: bool,
    ) -> Result<(), DbError> {
        let (place, author) = (place(self.number(room)?, position)?, self.person(author)?);
        if on {
            let mut statement = self.prepare(
                "INSERT OR IGNORE INTO reactions SELECT place, ?2, ?3 FROM entries WHERE place = ?1 AND id IS NOT NULL",
            )?;
            statement.execute(params![place, author, emoji])?;
        } else {
            let mut statement =
                self.prepare("DELETE FROM reactions WHERE place = ?1 AND author = ?2 AND emoji = ?3")?;
            statement.execute(params![place, author, emoji])?;
        }
        Ok(())
    }

    /// The reactions to a message.
    pub fn reactions(&self, room: &RoomId, position: u64) -> Result<Vec<(IdentityKey, String)>, DbError> {
        let place = place(self.number(room)?, position)?;
        let mut statement = self.prepare(
            "SELECT key, emoji FROM reactions JOIN people ON number = author WHERE place = ?1 ORDER BY author, emoji",
        )?;
        let reactions = statement.query_and_then([place], |row| Ok((get(row, 0)?, row.get(1)?)))?;
        reactions.collect()
    }
}
