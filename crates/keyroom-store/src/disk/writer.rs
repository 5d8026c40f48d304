//! The one connection that writes. Each call is one transaction, and so one sync.

use std::collections::HashMap;
use std::path::Path;

use keyroom_types::{PassKey, Seq, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};

use super::OpenError;
use super::codec::{self, LogRow, Pass, RoomRow};
use super::fault::Fault;
use super::read;
use super::schema::{self, Identity, place};
use super::transaction::Transaction;
use crate::checks::{self, Refused};
use crate::{Body, Head, RecordKey, Write, WriteError};

/// Writes, one call at a time.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) db: Connection,
    identity: Identity,
    passes: PassPlaces,
}

/// What a step of retention came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Bodies that it dropped.
    pub(super) dropped: usize,
    /// Whether there may be more.
    pub(super) more: bool,
}

impl Writer {
    pub(super) fn open(path: &Path) -> Result<(Self, Identity), OpenError> {
        let (db, identity) = schema::open_writer(path)?;
        Ok((Self { db, identity, passes: PassPlaces::default() }, identity))
    }

    /// Applies writes in their order, in one transaction.
    pub(super) fn commit(&mut self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, Fault> {
        match self.attempt(writes, false) {
            // Some page is damaged, and part of a write may be done. Again, with a way back from each write.
            Err(Fault::Broken) => self.attempt(writes, true),
            result => result,
        }
    }

    fn attempt(&mut self, writes: &[Write], alone: bool) -> Result<Vec<Result<(), WriteError>>, Fault> {
        // Not kept unless all goes well: places of envelopes that were rolled back must not be named later.
        let mut passes = std::mem::take(&mut self.passes);
        let transaction = Transaction::write(&self.db)?;
        let (mut refused, mut results) = (Refused::default(), Vec::with_capacity(writes.len()));
        let mut row = Vec::new();
        for write in writes {
            let mut fault = None;
            let result = refused.unless(write, |write| {
                let mut change =
                    Change { db: &transaction, identity: &self.identity, passes: &mut passes, row: &mut row };
                let applied = if alone { change.apply_alone(write) } else { change.apply(write) };
                applied.unwrap_or_else(|error| {
                    fault = Some(error);
                    Err(WriteError::Damaged)
                })
            });
            match fault {
                None => {}
                Some(Fault::Broken) if alone => passes = PassPlaces::default(),
                Some(fault) => return Err(fault),
            }
            results.push(result);
        }
        transaction.commit()?;
        self.passes = passes;
        Ok(results)
    }

    /// Drops bodies of messages older than `before`, the oldest first: at most `count`, and no more than one step may
    /// hold up commits. A fault comes with the envelope at which it was met.
    pub(super) fn drop_bodies(
        &mut self,
        room: &keyroom_types::RoomId,
        before: Timestamp,
        count: usize,
    ) -> Result<Step, (Seq, Fault)> {
        let nowhere = |error: rusqlite::Error| (Seq::ZERO, Fault::from(error));
        let transaction = Transaction::write(&self.db).map_err(nowhere)?;
        let row = read::room_row(&transaction, room).map_err(|fault| (Seq::ZERO, fault))?;
        let Some(mut row) = row else { return Ok(Step { dropped: 0, more: false }) };
        let before_step = row;
        let (mut step, mut bytes) = (Step { dropped: 0, more: true }, Vec::new());
        for _ in 0..STEP_ROWS {
            let seq = row.retained.next();
            if seq > row.head.seq || step.dropped == count {
                step.more = false;
                break;
            }
            let at = |fault| (seq, fault);
            let mut stored = read::log_row(&transaction, row.number, seq).map_err(at)?;
            if stored.time >= before {
                step.more = false;
                break;
            }
            if let (false, Body::Kept(body)) = (stored.kind.is_commit(), &stored.body) {
                row.head.bytes = row.head.bytes.saturating_sub(body.len() as u64);
                stored.body = Body::Dropped(stored.body.digest());
                put_row(&transaction, row.number, &stored, &mut bytes, PUT_AGAIN).map_err(at)?;
                step.dropped += 1;
            }
            row.retained = seq;
        }
        if row != before_step {
            put_room(&transaction, room, &row).map_err(nowhere)?;
            transaction.commit().map_err(nowhere)?;
        }
        Ok(step)
    }
}

/// One write inside a transaction.
struct Change<'a> {
    db: &'a Transaction<'a>,
    identity: &'a Identity,
    passes: &'a mut PassPlaces,
    row: &'a mut Vec<u8>,
}

impl Change<'_> {
    /// As [`Self::apply`]; a fault undoes this write and no other.
    fn apply_alone(&mut self, write: &Write) -> Result<Result<(), WriteError>, Fault> {
        self.db.execute_batch("SAVEPOINT alone")?;
        let result = self.apply(write);
        if result.is_err() {
            self.db.execute_batch("ROLLBACK TO alone")?;
        }
        self.db.execute_batch("RELEASE alone")?;
        result
    }

    /// Checks the whole write before it changes anything. After a fault the change may be done in part.
    fn apply(&mut self, write: &Write) -> Result<Result<(), WriteError>, Fault> {
        let row = match self.check(write) {
            Ok(Ok(row)) => row,
            Ok(Err(error)) => return Ok(Err(error)),
            // Nothing is changed yet, so that the others need not fall with it.
            Err(Fault::Broken) => return Ok(Err(WriteError::Damaged)),
            Err(fault) => return Err(fault),
        };
        let mut row = match row {
            Some(row) => row,
            None => self.make(write)?,
        };
        for entry in &write.entries {
            let pass = self.passes.note(row.number, entry.header.pass, entry.header.seq);
            put_row(self.db, row.number, &LogRow::new(entry, pass), self.row, PUT_NEW)?;
            let hash = self.identity.index(row.number, &entry.header.envelope);
            let mut index = self.db.prepare_cached("INSERT INTO ids VALUES (?1, ?2, ?3)")?;
            index.execute((row.number, hash, entry.header.seq.get()))?;
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
        let bytes = row.head.bytes.saturating_add(checks::body_bytes(write));
        row.head = Head { bytes, ..write.head };
        put_room(self.db, &write.room, &row)?;
        Ok(Ok(()))
    }

    /// Whether the write fits what is there: the room's row, or none where it is to be made.
    fn check(&self, write: &Write) -> Result<Result<Option<RoomRow>, WriteError>, Fault> {
        let row = read::room_row(self.db, &write.room)?;
        let head = match (&row, write.create) {
            (Some(_), true) => return Ok(Err(WriteError::RoomExists)),
            (None, false) => return Ok(Err(WriteError::NoRoom)),
            (Some(row), false) => row.head.seq,
            (None, true) => Seq::ZERO,
        };
        if let Err(error) = checks::dense(head, write).and_then(|()| checks::ids_differ(write)) {
            return Ok(Err(error));
        }
        if let Some(row) = &row {
            for entry in &write.entries {
                let found = read::find(self.db, self.identity, row, &entry.header.envelope);
                if found.map_err(|(_, fault)| fault)?.is_some() {
                    return Ok(Err(WriteError::Repeated));
                }
            }
        }
        Ok(Ok(row))
    }

    /// Gives the room a number. Its row is written with the rest.
    fn make(&self, write: &Write) -> Result<RoomRow, Fault> {
        let mut draw =
            self.db.prepare_cached("UPDATE store SET next_room = next_room + 1 RETURNING next_room - 1")?;
        let number = draw.query_row([], |row| row.get(0))?;
        let mut insert = self.db.prepare_cached("INSERT INTO rooms VALUES (?1, ?2, x'')")?;
        insert.execute((write.room.as_bytes(), number))?;
        let head = Head { seq: Seq::ZERO, bytes: 0, ..write.head };
        Ok(RoomRow { number, head, retained: Seq::ZERO, records: 0 })
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

fn put_row(
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

fn put_room(db: &Connection, room: &keyroom_types::RoomId, row: &RoomRow) -> rusqlite::Result<()> {
    let mut update = db.prepare_cached("UPDATE rooms SET state = ?2 WHERE id = ?1")?;
    update.execute((room.as_bytes(), row.to_bytes(room)))?;
    Ok(())
}

/// Where in its room's log each pass that wrote lately is written out. What is not known here is written out again.
#[derive(Debug, Default)]
struct PassPlaces(HashMap<(u64, PassKey), Seq>);

impl PassPlaces {
    /// How the envelope at `seq` names its pass.
    fn note(&mut self, number: u64, pass: PassKey, seq: Seq) -> Pass {
        if let Some(&seq) = self.0.get(&(number, pass)) {
            return Pass::As(seq);
        }
        if self.0.len() >= PASSES {
            self.0.clear();
        }
        self.0.insert((number, pass), seq);
        Pass::Key(pass)
    }
}

const PUT_NEW: &str = "INSERT INTO log VALUES (?1, ?2)";
const PUT_AGAIN: &str = "UPDATE log SET row = ?2 WHERE place = ?1";

/// Passes whose places are remembered: some megabytes.
const PASSES: usize = 64 << 10;

/// Rows that one step of retention or removal looks at before commits get their turn: a few milliseconds.
pub(super) const STEP_ROWS: usize = 256;
