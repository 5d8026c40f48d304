//! What the newest commit of a room was based on: the messages that follow it in the same append say so, too.

use keyroom_types::{RoomId, Seq};
use rusqlite::{OptionalExtension as _, params};

use super::column::{signed, unsigned};
use crate::{DbError, Tx};

impl Tx<'_> {
    /// Notes it, with the commit.
    pub fn set_commit_base(&self, room: &RoomId, base: Seq) -> Result<(), DbError> {
        let room = self.number(room)?;
        self.prepare("INSERT OR REPLACE INTO bases VALUES (?1, ?2)")?
            .execute(params![room, signed(base.get())?])?;
        Ok(())
    }

    /// What was noted last, if anything.
    pub fn commit_base(&self, room: &RoomId) -> Result<Option<Seq>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT base FROM bases WHERE room = ?1")?;
        let base: Option<i64> = statement.query_row([room], |row| row.get(0)).optional()?;
        base.map(unsigned).transpose().map(|base| base.map(Seq::new))
    }
}
