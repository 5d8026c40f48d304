//! Removing rooms. A room is gone at once; what it held is deleted in steps, so that no commit waits for all of it.

use keyroom_types::{RoomId, Seq};

use super::codec::Broken;
use super::fault::Fault;
use super::lock;
use super::read;
use super::schema::place;
use super::transaction::Transaction;
use super::writer::{STEP_ROWS, Writer};

impl Writer {
    /// Makes the room unknown and marks what it held for deletion. Durable on return.
    pub(super) fn unlink(&mut self, room: &RoomId) -> Result<(), Fault> {
        let transaction = Transaction::write(&self.db)?;
        match read::room_row(&transaction, room) {
            Ok(None) => return Ok(()),
            Ok(Some(row)) => {
                transaction.execute("INSERT OR IGNORE INTO removed VALUES (?1)", [row.number])?;
            }
            // Its number cannot be trusted, and might be another room's: what it held stays, but is out of reach.
            Err(Fault::Broken) => {}
            Err(fault) => return Err(fault),
        }
        transaction.execute("DELETE FROM rooms WHERE id = ?1", [room.as_bytes()])?;
        transaction.commit()?;
        lock(&self.tail).forget(room);
        lock(&self.known).forget(room);
        Ok(())
    }

    /// Deletes some of what removed rooms held; false when nothing is left.
    pub(super) fn purge(&mut self) -> Result<bool, Fault> {
        let transaction = Transaction::write(&self.db)?;
        let number: Option<i64> =
            transaction.query_row("SELECT min(number) FROM removed", [], |row| row.get(0))?;
        let Some(number) = number else { return Ok(false) };
        let first = place(u64::try_from(number).map_err(|_| Broken)?, Seq::ZERO)?;
        let next = place(u64::try_from(number).map_err(|_| Broken)?.saturating_add(1), Seq::ZERO)?;
        let log = "DELETE FROM log WHERE place IN
            (SELECT place FROM log WHERE place >= ?1 AND place < ?2 LIMIT ?3)";
        let mut deleted = transaction.execute(log, (first, next, STEP_ROWS))?;
        // One blob may be as large as a thousand rows.
        for (table, key, at_most) in [
            ("ids", "room, hash, seq", STEP_ROWS),
            ("records", "room, kind, name", STEP_ROWS),
            ("blobs", "room, digest", 1),
        ] {
            if deleted == 0 {
                let statement = format!(
                    "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE room = ?1 LIMIT ?2)"
                );
                deleted = transaction.execute(&statement, (number, at_most))?;
            }
        }
        if deleted == 0 {
            transaction.execute("DELETE FROM removed WHERE number = ?1", [number])?;
        }
        transaction.commit()?;
        Ok(true)
    }
}
