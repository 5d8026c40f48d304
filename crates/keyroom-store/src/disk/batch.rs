//! The writes of one commit, inside its transaction. Small appends go to the tail, all in one row; what makes a room, brings
//! a blob or is long goes to the tables, and so does then all that the tail has of that room.

use std::collections::HashSet;
use std::sync::Mutex;

use keyroom_types::{RoomId, Seq};

use super::change::Tables;
use super::codec::RoomRow;
use super::fault::Fault;
use super::known::Known;
use super::passes::PassPlaces;
use super::schema::Identity;
use super::tail::Tail;
use super::transaction::Transaction;
use super::{lock, read, tail_row};
use crate::checks::{self, Refused};
use crate::{Head, Write, WriteError};

/// One commit's writes.
pub(super) struct Batch<'a> {
    db: &'a Transaction<'a>,
    identity: &'a Identity,
    passes: &'a mut PassPlaces,
    /// What earlier commits left in the tail.
    tail: &'a Mutex<Tail>,
    known: &'a Mutex<Known>,
    /// What this one adds to it.
    staged: Tail,
    row: Vec<u8>,
    /// Rooms of which both are in the tables now.
    moved: HashSet<RoomId>,
    /// Pages of the tables that were written, by estimate.
    pages: usize,
}

/// What a batch did to the tail, once its transaction is committed.
pub(super) struct Tailed {
    staged: Tail,
    moved: HashSet<RoomId>,
    /// How long the tail's new row is, if there is one.
    pub(super) row: Option<usize>,
    /// Pages that were written, by estimate.
    pub(super) pages: usize,
}

impl Tailed {
    /// Does the same to what is in memory. Returns rooms of which there is a lot now.
    pub(super) fn note(mut self, tail: &Mutex<Tail>) -> Vec<RoomId> {
        let mut tail = lock(tail);
        for room in &self.moved {
            tail.forget(room);
            self.staged.forget(room);
        }
        tail.absorb(self.staged)
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        db: &'a Transaction<'a>,
        identity: &'a Identity,
        passes: &'a mut PassPlaces,
        tail: &'a Mutex<Tail>,
        known: &'a Mutex<Known>,
    ) -> Self {
        let (staged, row, moved) = (Tail::default(), Vec::new(), HashSet::new());
        Self { db, identity, passes, tail, known, staged, row, moved, pages: 0 }
    }

    /// Applies writes in their order. `alone`: a fault undoes its own write and no other.
    pub(super) fn apply(
        &mut self,
        writes: &[Write],
        alone: bool,
    ) -> Result<Vec<Result<(), WriteError>>, Fault> {
        let (mut refused, mut results) = (Refused::default(), Vec::with_capacity(writes.len()));
        for write in writes {
            let mut fault = None;
            let result = refused.unless(write, |write| {
                let applied = if alone { self.one_alone(write) } else { self.one(write) };
                applied.unwrap_or_else(|error| {
                    fault = Some(error);
                    Err(WriteError::Damaged)
                })
            });
            match fault {
                None => {}
                // Places that were rolled back must not be named.
                Some(Fault::Broken) if alone => *self.passes = PassPlaces::default(),
                Some(fault) => return Err(fault),
            }
            results.push(result);
        }
        Ok(results)
    }

    /// Writes the tail's row of that number, behind all else.
    pub(super) fn finish(mut self, number: i64) -> Result<Tailed, Fault> {
        let row = if self.row.is_empty() {
            None
        } else {
            tail_row::close(&mut self.row);
            let mut insert = self.db.prepare_cached("INSERT INTO tail VALUES (?1, ?2)")?;
            insert.execute((number, &self.row[..]))?;
            self.pages += 1 + self.row.len() / PAGE_BYTES;
            Some(self.row.len())
        };
        Ok(Tailed { staged: self.staged, moved: self.moved, row, pages: self.pages })
    }

    fn one_alone(&mut self, write: &Write) -> Result<Result<(), WriteError>, Fault> {
        let had_moved = self.moved.contains(&write.room);
        let result = self.db.alone(|| self.one(write));
        if result.is_err() && !had_moved {
            self.moved.remove(&write.room);
        }
        result
    }

    /// Checks the whole write before it changes anything. After a fault the change may be done in part.
    fn one(&mut self, write: &Write) -> Result<Result<(), WriteError>, Fault> {
        let standing = match self.check(write) {
            Ok(Ok(standing)) => standing,
            Ok(Err(error)) => return Ok(Err(error)),
            // Nothing is changed yet, so that the others need not fall with it.
            Err(Fault::Broken) => return Ok(Err(WriteError::Damaged)),
            Err(fault) => return Err(fault),
        };
        // What is rolled back later stays in there, and costs a look into the tables if it is asked for.
        let mut known = lock(self.known);
        write.entries.iter().for_each(|entry| known.add(self.identity, &write.room, &entry.header.envelope));
        drop(known);
        match standing {
            Some((number, head)) if is_for_tail(write) && !self.moved.contains(&write.room) => {
                let bytes = head.bytes.saturating_add(checks::body_bytes(write));
                let head = Head { bytes, ..write.head };
                let before = self.row.len();
                let tailed = tail_row::encode(write, number, head, &mut self.row)
                    .inspect_err(|_| self.row.truncate(before))?;
                self.staged.push(write.room, number, tailed);
            }
            Some(_) => {
                self.pages += pages(write);
                self.take_over(&write.room)?;
                let row = read::room_row(self.db, &write.room)?.ok_or(Fault::Broken)?;
                self.tables().apply(row, write)?;
            }
            None => {
                self.pages += pages(write);
                let row = self.make(write)?;
                self.tables().apply(row, write)?;
            }
        }
        Ok(Ok(()))
    }

    fn tables(&mut self) -> Tables<'_> {
        Tables { db: self.db, identity: self.identity, passes: self.passes }
    }

    /// Where the room stands by all that was written, and its number.
    fn standing(&self, room: &RoomId) -> Result<Option<(u64, Head)>, Fault> {
        if !self.moved.contains(room) {
            let standing = self.staged.standing(room).or_else(|| lock(self.tail).standing(room));
            if standing.is_some() {
                return Ok(standing);
            }
        }
        Ok(read::room_row(self.db, room)?.map(|row| (row.number, row.head)))
    }

    /// Whether the write fits what is there: where the room stands, or nothing where it is to be made.
    fn check(&self, write: &Write) -> Result<Result<Option<(u64, Head)>, WriteError>, Fault> {
        let standing = self.standing(&write.room)?;
        let head = match (&standing, write.create) {
            (Some(_), true) => return Ok(Err(WriteError::RoomExists)),
            (None, false) => return Ok(Err(WriteError::NoRoom)),
            (Some((_, head)), false) => head.seq,
            (None, true) => Seq::ZERO,
        };
        if let Err(error) = checks::dense(head, write).and_then(|()| checks::ids_differ(write)) {
            return Ok(Err(error));
        }
        if let Some((number, _)) = standing {
            for entry in &write.entries {
                let envelope = &entry.header.envelope;
                if !lock(self.known).may_have(self.identity, &write.room, envelope) {
                    continue;
                }
                let tailed = |tail: &Tail| tail.room(&write.room).and_then(|room| room.place_of(envelope));
                if tailed(&self.staged).or_else(|| tailed(&lock(self.tail))).is_some() {
                    return Ok(Err(WriteError::Repeated));
                }
                let found = read::find(self.db, self.identity, number, envelope);
                if found.map_err(|(_, fault)| fault)?.is_some() {
                    return Ok(Err(WriteError::Repeated));
                }
            }
        }
        Ok(Ok(standing))
    }

    /// Moves all that the tail has of a room to the tables, this commit's part of it, too.
    fn take_over(&mut self, room: &RoomId) -> Result<(), Fault> {
        if self.moved.contains(room) {
            return Ok(());
        }
        let writes = |tail: &Tail| tail.room(room).map(|room| room.oldest(usize::MAX)).unwrap_or_default();
        let writes = [writes(&lock(self.tail)), writes(&self.staged)].concat();
        if !writes.is_empty() {
            self.pages += writes.len();
            self.tables().take_over(room, &writes)?;
            self.moved.insert(*room);
        }
        Ok(())
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
}

/// Short appends: a long body fills pages of its own wherever it stands, and would only be written twice.
fn is_for_tail(write: &Write) -> bool {
    !write.create
        && !write.entries.is_empty()
        && write.blobs.is_empty()
        && write.entries.iter().all(|entry| entry.body.len() <= SHORT)
}

/// Pages that a write to the tables changes, roughly. The tables of rooms and ids hardly count: many writes share their pages.
fn pages(write: &Write) -> usize {
    let entries = write.entries.iter().map(|entry| 1 + entry.body.len() / PAGE_BYTES);
    let blobs =
        write.blobs.iter().map(|(_, blob)| 1 + blob.as_ref().map_or(0, |blob| blob.len() / PAGE_BYTES));
    entries.sum::<usize>() + write.records.len() + blobs.sum::<usize>()
}

/// As SQLite makes them, if nobody says otherwise.
const PAGE_BYTES: usize = 4 << 10;

/// Longest body that goes to the tail, in bytes: at most a quarter of a page.
const SHORT: usize = 1 << 10;
