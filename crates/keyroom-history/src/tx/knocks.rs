//! Who asks to be let in, as the relay last told.

use keyroom_types::RoomId;
use rusqlite::params;

use super::column::{self, get, get_time, signed, unsigned};
use crate::{DbError, KnockRecord, Tx};

impl Tx<'_> {
    /// Notes who knocks at a room, in place of what was noted.
    pub fn set_knocks(&self, room: &RoomId, knocks: &[KnockRecord]) -> Result<(), DbError> {
        let room = self.number(room)?;
        self.prepare("DELETE FROM knocks WHERE room = ?1")?.execute([room])?;
        for knock in knocks {
            let who = self.person(&knock.identity)?;
            self.prepare("INSERT INTO knocks VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                room,
                signed(knock.id)?,
                who,
                knock.name,
                column::time(knock.at)
            ])?;
        }
        Ok(())
    }

    /// Who knocks at a room, oldest first.
    pub fn knocks(&self, room: &RoomId) -> Result<Vec<KnockRecord>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT id, key, name, at FROM knocks JOIN people ON number = who WHERE room = ?1 ORDER BY at, id",
        )?;
        let knocks = statement.query_and_then([room], |row| {
            Ok(KnockRecord {
                id: unsigned(row.get(0)?)?,
                identity: get(row, 1)?,
                name: row.get(2)?,
                at: get_time(row, 3)?,
            })
        })?;
        knocks.collect()
    }
}
