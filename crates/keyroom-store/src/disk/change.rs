//! One write to the tables of its room, inside a transaction.

use std::sync::Arc;

use keyroom_types::RoomId;
use rusqlite::{Connection, OptionalExtension as _};

use super::codec::{self, LogRow, RoomRow};
use super::fault::Fault;
use super::passes::PassPlaces;
use super::read;
use super::schema::{Identity, place};
use super::tail::TailWrite;
use crate::{Entry, Head, RecordKey, Write};

/// What changes tables.
pub(super) struct Tables<'a> {
    pub(super) db: &'a Connection,
    pub(super) identity: &'a Identity,
    pub(super) passes: &'a mut PassPlaces,
}

impl Tables<'_> {
    /// Applies a write that was checked. After a fault it may be done in part.
    pub(super) fn apply(&mut self, mut row: RoomRow, write: &Write) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        for entry in &write.entries {
            self.append(row.number, entry, &mut bytes)?;
        }
        for (key, value) in &write.records {
            self.record(&mut row, key, value.as_deref())?;
        }
        for (digest, blob) in &write.blobs {
            let (number, digest) = (row.number, digest.as_bytes());
            match blob {
                Some(bytes) => self
                    .db
                    .prepare_cached("INSERT OR REPLACE INTO blobs VALUES (?1, ?2, ?3)")?
                    .execute((number, digest, &bytes[..]))?,
                None => self
                    .db
                    .prepare_cached("DELETE FROM blobs WHERE room = ?1 AND digest = ?2")?
                    .execute((number, digest))?,
            };
        }
        let bytes = row.head.bytes.saturating_add(crate::checks::body_bytes(write));
        row.head = Head { bytes, ..write.head };
        Ok(put_room(self.db, &write.room, &row)?)
    }

    /// Applies writes that stood in the tail, which follow each other and what is there.
    pub(super) fn take_over(&mut self, room: &RoomId, writes: &[Arc<TailWrite>]) -> Result<(), Fault> {
        let mut row = read::room_row(self.db, room)?.ok_or(Fault::Broken)?;
        let mut bytes = Vec::new();
        for write in writes {
            for (_, encoded) in &write.rows {
                let seq = row.head.seq.next();
                let mut stored = LogRow::decode(seq, place(row.number, seq)?, encoded)?;
                if let codec::Pass::Key(pass) = stored.pass {
                    stored.pass = self.passes.note(row.number, pass, seq);
                }
                self.put(row.number, &stored, &mut bytes)?;
                row.head.seq = seq;
            }
            if row.head.seq != write.head.seq {
                return Err(Fault::Broken);
            }
        }
        // Of what was set several times the last counts, and is written once.
        let mut last: Vec<&(RecordKey, _)> = writes.iter().flat_map(|write| &write.records).rev().collect();
        last.sort_by(|one, other| one.0.cmp(&other.0));
        last.dedup_by(|one, other| one.0 == other.0);
        for (key, value) in last {
            self.record(&mut row, key, value.as_deref())?;
        }
        if let Some(newest) = writes.last() {
            row.head = newest.head;
        }
        Ok(put_room(self.db, room, &row)?)
    }

    fn append(&mut self, number: u64, entry: &Entry, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        let pass = self.passes.note(number, entry.header.pass, entry.header.seq);
        self.put(number, &LogRow::new(entry, pass), bytes)
    }

    /// Writes a row of the log, and where its envelope stands.
    fn put(&self, number: u64, row: &LogRow, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        put_row(self.db, number, row, bytes, PUT_NEW)?;
        let hash = self.identity.index(number, &row.envelope);
        let mut index = self.db.prepare_cached("INSERT INTO ids VALUES (?1, ?2, ?3)")?;
        index.execute((number, hash, row.seq.get()))?;
        Ok(())
    }

    /// Sets or removes one record and keeps the room's sum of them.
    fn record(&self, row: &mut RoomRow, key: &RecordKey, value: Option<&[u8]>) -> Result<(), Fault> {
        let (number, table, name) = (row.number, key.table, &key.key[..]);
        let mut find = self
            .db
            .prepare_cached("SELECT value FROM records WHERE room = ?1 AND kind = ?2 AND name = ?3")?;
        let old: Option<Vec<u8>> = find.query_row((number, table, name), |row| row.get(0)).optional()?;
        if let Some(old) = &old {
            let (_, sum) = codec::decode_record(number, table, name, old)?;
            row.records = row.records.wrapping_sub(sum);
        }
        if let Some(value) = value {
            let (value, sum) = codec::encode_record(number, table, name, value);
            let mut put = self.db.prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3, ?4)")?;
            put.execute((number, table, name, value))?;
            row.records = row.records.wrapping_add(sum);
        } else if old.is_some() {
            let mut delete =
                self.db.prepare_cached("DELETE FROM records WHERE room = ?1 AND kind = ?2 AND name = ?3")?;
            delete.execute((number, table, name))?;
        }
        Ok(())
    }
}

/// Writes a row of a room's log.
pub(super) fn put_row(
    db: &Connection,
    number: u64,
    row: &LogRow,
    bytes: &mut Vec<u8>,
    statement: &str,
) -> Result<(), Fault> {
    let place = place(number, row.seq)?;
    row.encode(place, bytes);
    db.prepare_cached(statement)?.execute((place, &bytes[..]))?;
    Ok(())
}

/// Writes what the table of rooms says of a room.
pub(super) fn put_room(db: &Connection, room: &RoomId, row: &RoomRow) -> rusqlite::Result<()> {
    let mut update = db.prepare_cached("UPDATE rooms SET state = ?2 WHERE id = ?1")?;
    update.execute((room.as_bytes(), row.to_bytes(room)))?;
    Ok(())
}

const PUT_NEW: &str = "INSERT INTO log VALUES (?1, ?2)";
pub(super) const PUT_AGAIN: &str = "UPDATE log SET row = ?2 WHERE place = ?1";
