//! The outbox: what waits to be sent.

use keyroom_types::{EnvelopeId, RoomId};
use rusqlite::params;
use zeroize::Zeroizing;

use super::column::{get_if_any, limit, signed, unsigned};
use crate::{DbError, Outgoing, Tx};

impl Tx<'_> {
    /// Puts something at the end; its id, which is greater than all before it.
    pub fn outbox_push(&self, room: &RoomId, content: &[u8], position: Option<u64>) -> Result<u64, DbError> {
        let (room, position) = (self.number(room)?, position.map(signed).transpose()?);
        let mut statement =
            self.prepare("INSERT INTO outbox (room, content, position) VALUES (?1, ?2, ?3)")?;
        unsigned(statement.insert(params![room, content, position])?)
    }

    /// Puts something there that is encrypted in the same transaction.
    pub fn outbox_push_sealed(
        &self,
        room: &RoomId,
        content: &[u8],
        position: Option<u64>,
        envelope: &EnvelopeId,
    ) -> Result<u64, DbError> {
        let (room, position) = (self.number(room)?, position.map(signed).transpose()?);
        let mut statement = self.prepare(
            "INSERT INTO outbox (room, content, position, envelope, body) VALUES (?1, ?2, ?3, ?4, x'')",
        )?;
        unsigned(statement.insert(params![room, content, position, envelope.as_bytes()])?)
    }

    /// What waits in a room, in the order in which it was put there.
    pub fn outbox(&self, room: &RoomId, at_most: usize) -> Result<Vec<Outgoing>, DbError> {
        let room = self.number(room)?;
        let mut statement = self.prepare(
            "SELECT id, content, position, envelope, body FROM outbox WHERE room = ?1 ORDER BY id LIMIT ?2",
        )?;
        let outgoing = statement.query_and_then(params![room, limit(at_most)], |row| {
            let sealed = match get_if_any(row, 3)? {
                Some(envelope) => Some((envelope, row.get(4)?)),
                None => None,
            };
            Ok(Outgoing {
                id: unsigned(row.get(0)?)?,
                content: Zeroizing::new(row.get(1)?),
                position: row.get::<_, Option<i64>>(2)?.map(unsigned).transpose()?,
                sealed,
            })
        })?;
        outgoing.collect()
    }

    /// It is encrypted: this envelope is sent, word for word, until it is known to be in the log or refused.
    pub fn outbox_sealed(&self, id: u64, envelope: &EnvelopeId, body: &[u8]) -> Result<(), DbError> {
        self.prepare("UPDATE outbox SET envelope = ?2, body = ?3 WHERE id = ?1")?.execute(params![
            signed(id)?,
            envelope.as_bytes(),
            body
        ])?;
        Ok(())
    }

    /// The envelope was refused: it will be made again.
    pub fn outbox_unseal(&self, id: u64) -> Result<(), DbError> {
        self.prepare("UPDATE outbox SET envelope = NULL, body = NULL WHERE id = ?1")?
            .execute([signed(id)?])?;
        Ok(())
    }

    /// It is in the log, or given up.
    pub fn outbox_done(&self, id: u64) -> Result<(), DbError> {
        self.prepare("DELETE FROM outbox WHERE id = ?1")?.execute([signed(id)?])?;
        Ok(())
    }

    /// How many things wait in a room, and how many bytes of content.
    pub fn outbox_len(&self, room: &RoomId) -> Result<(usize, usize), DbError> {
        let room = self.number(room)?;
        let mut statement =
            self.prepare("SELECT count(*), coalesce(sum(length(content)), 0) FROM outbox WHERE room = ?1")?;
        Ok(statement.query_row([room], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }
}
