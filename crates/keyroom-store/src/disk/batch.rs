//! The writes of one commit that are not for the journal: what makes a room, brings a blob or is long. They go to the tables, and
//! so does, before them, all that the tail has of their rooms.

use std::collections::HashSet;
use std::sync::Mutex;

use keyroom_types::{RoomId, Seq};

use super::change::Tables;
use super::codec::RoomRow;
use super::fault::Fault;
use super::known::Known;
use super::passes::PassPlaces;
use super::schema::Identity;
use super::standing::{Looks, Standing};
use super::tail::Tail;
use super::transaction::Transaction;
use super::{lock, read};
use crate::checks::Refused;
use crate::{Head, Write, WriteError};

/// One commit's writes.
pub(super) struct Batch<'a> {
    db: &'a Transaction<'a>,
    identity: &'a Identity,
    passes: &'a mut PassPlaces,
    tail: &'a Mutex<Tail>,
    known: &'a Mutex<Known>,
    /// Rooms of which all is in the tables now.
    moved: HashSet<RoomId>,
    /// Pages of the tables that were written, by estimate.
    pages: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        db: &'a Transaction<'a>,
        identity: &'a Identity,
        passes: &'a mut PassPlaces,
        tail: &'a Mutex<Tail>,
        known: &'a Mutex<Known>,
    ) -> Self {
        Self { db, identity, passes, tail, known, moved: HashSet::new(), pages: 0 }
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

    /// Rooms of which the tail has nothing of its own any more, once the transaction is committed; and how many pages it wrote.
    pub(super) fn finish(self) -> (HashSet<RoomId>, usize) {
        (self.moved, self.pages)
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
        self.looks().note(write);
        self.pages += pages(write);
        let row = match standing {
            Some(_) => {
                self.take_over(&write.room)?;
                read::room_row(self.db, &write.room)?.ok_or(Fault::Broken)?
            }
            None => self.make(write)?,
        };
        self.tables().apply(row, write)?;
        Ok(Ok(()))
    }

    fn looks(&self) -> Looks<'_> {
        Looks { db: self.db, identity: self.identity, tail: self.tail, known: self.known }
    }

    fn tables(&mut self) -> Tables<'_> {
        Tables { db: self.db, identity: self.identity, passes: self.passes }
    }

    /// Whether the write fits what is there: where the room stands, or nothing where it is to be made.
    fn check(&self, write: &Write) -> Result<Result<Option<Standing>, WriteError>, Fault> {
        let has_moved = self.moved.contains(&write.room);
        let tailed = lock(self.tail).standing(&write.room).filter(|_| !has_moved);
        let standing = match tailed {
            Some(standing) => Some(standing),
            None => self.looks().in_tables(&write.room)?,
        };
        // What earlier writes of this commit wrote is in the tables.
        let checked = self.looks().check(standing, write, |_| false)?;
        Ok(checked.map(|()| standing))
    }

    /// Moves all that the tail has of a room to the tables.
    fn take_over(&mut self, room: &RoomId) -> Result<(), Fault> {
        if self.moved.contains(room) {
            return Ok(());
        }
        let writes = lock(self.tail).room(room).map(|room| room.oldest(usize::MAX)).unwrap_or_default();
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

/// Pages that a write to the tables changes, roughly. The tables of rooms and ids hardly count: many writes share their pages.
fn pages(write: &Write) -> usize {
    let entries = write.entries.iter().map(|entry| 1 + entry.body.len() / PAGE_BYTES);
    let blobs =
        write.blobs.iter().map(|(_, blob)| 1 + blob.as_ref().map_or(0, |blob| blob.len() / PAGE_BYTES));
    entries.sum::<usize>() + write.records.len() + blobs.sum::<usize>()
}

/// As SQLite makes them, if nobody says otherwise.
const PAGE_BYTES: usize = 4 << 10;
