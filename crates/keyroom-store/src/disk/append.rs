//! Short appends of all rooms: one commit is one frame of the journal, and one sync. The tables are only looked at.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::fault::Fault;
use super::journal::Journal;
use super::known::Known;
use super::schema::Identity;
use super::standing::{self, Standing};
use super::tail::Tail;
use super::{content, lock, read};
use crate::checks::{self, Refused};
use crate::{Head, Write, WriteError};

/// Appends, one call at a time. Whoever changes in the tables where a room stands, or which rooms there are, holds it as well.
#[derive(Debug)]
pub(super) struct Appender {
    journal: Journal,
    /// For looking into the tables.
    db: Connection,
    identity: Identity,
    tail: Arc<Mutex<Tail>>,
    known: Arc<Mutex<Known>>,
    /// Used again and again.
    frame: Vec<u8>,
}

impl Appender {
    pub(super) fn new(
        journal: Journal,
        db: Connection,
        identity: Identity,
        tail: Arc<Mutex<Tail>>,
        known: Arc<Mutex<Known>>,
    ) -> Self {
        Self { journal, db, identity, tail, known, frame: Vec::new() }
    }

    /// Applies short appends in their order. `long`: bytes of one of the journal's files after which it is the other one's turn.
    pub(super) fn commit(
        &mut self,
        writes: &[Write],
        long: usize,
    ) -> Result<Vec<Result<(), WriteError>>, Fault> {
        let mut out = std::mem::take(&mut self.frame);
        let settled = lock(&self.tail).settled();
        let frame = self.journal.begin(settled, long as u64, &mut out)?;
        let mut staged = Tail::default();
        let (mut refused, mut results) = (Refused::default(), Vec::with_capacity(writes.len()));
        for write in writes {
            let mut fault = None;
            results.push(refused.unless(write, |write| {
                self.one(write, &mut staged, &mut out).unwrap_or_else(|error| {
                    fault = Some(error);
                    Err(WriteError::Damaged)
                })
            }));
            if let Some(fault) = fault.filter(|fault| !matches!(fault, Fault::Broken)) {
                return Err(fault);
            }
        }
        if !staged.is_empty() {
            let number = self.journal.write(&frame, &mut out)?;
            lock(&self.tail).absorb(staged, number, out.len());
        }
        if out.capacity() <= KEPT_BYTES {
            self.frame = out;
        }
        Ok(results)
    }

    /// Puts a write behind the others of its frame, or refuses it.
    fn one(
        &self,
        write: &Write,
        staged: &mut Tail,
        out: &mut Vec<u8>,
    ) -> Result<Result<(), WriteError>, Fault> {
        let standing = self.standing(write, staged)?;
        let known = (&*self.known, &self.identity);
        let checked = standing::check(standing, write, known, |number, envelope| {
            let tailed =
                |tail: &Tail| tail.room(&write.room).is_some_and(|room| room.place_of(envelope).is_some());
            if tailed(staged) || tailed(&lock(&self.tail)) {
                return Ok(true);
            }
            let found = read::find(&self.db, &self.identity, number, envelope);
            Ok(found.map_err(|(_, fault)| fault)?.is_some())
        })?;
        let (Ok(()), Some((number, head))) = (checked, standing) else {
            return Ok(checked.and(Err(WriteError::NoRoom)));
        };
        standing::note(known, &write.room, write);
        let bytes = head.bytes.saturating_add(checks::body_bytes(write));
        let before = out.len();
        let tailed = content::encode(write, number, Head { bytes, ..write.head }, out)
            .inspect_err(|_| out.truncate(before))?;
        staged.push(write.room, number, tailed);
        Ok(Ok(()))
    }

    /// Where the room stands by all that was written. What moves from the tail to the tables meanwhile is in the tables by the time
    /// it is missed in the tail.
    fn standing(&self, write: &Write, staged: &Tail) -> Result<Option<Standing>, Fault> {
        let standing = staged.standing(&write.room).or_else(|| lock(&self.tail).standing(&write.room));
        if standing.is_some() {
            return Ok(standing);
        }
        Ok(read::room_row(&self.db, &write.room)?.map(|row| (row.number, row.head)))
    }
}

/// Bytes of memory for frames that are kept from one to the next.
const KEPT_BYTES: usize = 4 << 20;
