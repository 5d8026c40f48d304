//! Small things: one value a room, or one of the profile.

use keyroom_types::RoomId;
use rusqlite::{OptionalExtension as _, params};

use crate::{DbError, Tx};

impl Tx<'_> {
    /// Notes a commit or join that is under way, or that none is. What it says is the caller's.
    pub fn set_pending(&self, room: &RoomId, pending: Option<&[u8]>) -> Result<(), DbError> {
        let room = self.number(room)?;
        match pending {
            Some(value) => self
                .prepare("INSERT OR REPLACE INTO pending VALUES (?1, ?2)")?
                .execute(params![room, value])?,
            None => self.prepare("DELETE FROM pending WHERE room = ?1")?.execute([room])?,
        };
        Ok(())
    }

    /// The commit or join that is under way.
    pub fn pending(&self, room: &RoomId) -> Result<Option<Vec<u8>>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT value FROM pending WHERE room = ?1")?;
        Ok(statement.query_row([room], |row| row.get(0)).optional()?)
    }

    /// What was being written in a room; empty where nothing was.
    pub fn draft(&self, room: &RoomId) -> Result<String, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare("SELECT text FROM drafts WHERE room = ?1")?;
        Ok(statement.query_row([room], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Notes what is being written in a room.
    pub fn set_draft(&self, room: &RoomId, draft: &str) -> Result<(), DbError> {
        let room = self.number(room)?;
        match draft {
            "" => self.prepare("DELETE FROM drafts WHERE room = ?1")?.execute([room])?,
            text => {
                self.prepare("INSERT OR REPLACE INTO drafts VALUES (?1, ?2)")?.execute(params![room, text])?
            }
        };
        Ok(())
    }

    /// A setting of the profile.
    pub fn setting(&self, name: &str) -> Result<Option<String>, DbError> {
        let mut statement = self.prepare("SELECT value FROM settings WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Changes a setting of the profile.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), DbError> {
        self.prepare("INSERT OR REPLACE INTO settings VALUES (?1, ?2)")?.execute([name, value])?;
        Ok(())
    }

    /// A setting of one room. The room need not be in the profile.
    pub fn room_setting(&self, room: &RoomId, name: &str) -> Result<Option<String>, DbError> {
        self.setting(&format!("{name} {room}"))
    }

    /// Changes a setting of one room.
    pub fn set_room_setting(&self, room: &RoomId, name: &str, value: &str) -> Result<(), DbError> {
        self.set_setting(&format!("{name} {room}"), value)
    }

    /// Removes all settings of one room.
    pub(super) fn drop_room_settings(&self, room: &RoomId) -> Result<(), DbError> {
        let end = format!(" {room}");
        self.prepare("DELETE FROM settings WHERE substr(name, -length(?1)) = ?1")?.execute([end])?;
        Ok(())
    }
}
