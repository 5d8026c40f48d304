//! Short appends of all rooms: one commit is one frame of the journal, and one sync. The tables are only looked at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use keyroom_types::{EnvelopeId, RoomId};
use rusqlite::Connection;

use super::fault::Fault;
use super::journal::Journal;
use super::known::Known;
use super::schema::Identity;
use super::standing::{Looks, Standing};
use super::tail::{Records, Tail, TailWrite};
use super::{content, lock};
use crate::checks::{self, Refused};
use crate::{Head, Write, WriteError};

/// Appends, one call at a time. Whoever changes in the tables where a room stands, or which rooms there are, holds it as well.
#[derive(Debug)]
pub(super) struct Appender {
    pub(super) journal: Journal,
    /// For looking into the tables.
    db: Connection,
    identity: Identity,
    tail: Arc<Mutex<Tail>>,
    known: Arc<Mutex<Known>>,
    /// How long a frame may become, by the last one.
    last: usize,
}

impl Appender {
    pub(super) fn new(
        journal: Journal,
        db: Connection,
        identity: Identity,
        tail: Arc<Mutex<Tail>>,
        known: Arc<Mutex<Known>>,
    ) -> Self {
        Self { journal, db, identity, tail, known, last: 0 }
    }

    /// Applies short appends in their order. `long`: bytes of one of the journal's files after which it is the other one's turn.
    pub(super) fn commit(
        &mut self,
        writes: &[Write],
        long: usize,
    ) -> Result<Vec<Result<(), WriteError>>, Fault> {
        let settled = lock(&self.tail).settled();
        let mut out = Vec::with_capacity(self.last);
        let frame = self.journal.begin(settled, long as u64, &mut out)?;
        let mut staged = Staged::default();
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
        if !staged.writes.is_empty() {
            let number = self.journal.write(&frame, &mut out)?;
            self.last = out.len() + out.len() / 4;
            let out = Bytes::from(out);
            let writes = staged.writes.into_iter().map(|write| write.of(&out)).collect();
            lock(&self.tail).absorb(writes, number, out.len());
        }
        Ok(results)
    }

    /// Puts a write behind the others of its frame, or refuses it.
    fn one(
        &self,
        write: &Write,
        staged: &mut Staged,
        out: &mut Vec<u8>,
    ) -> Result<Result<(), WriteError>, Fault> {
        let standing = self.standing(write, staged)?;
        let looks = self.looks();
        let checked = looks.check(standing, write, |envelope| staged.has(&write.room, envelope))?;
        let (Ok(()), Some((number, head))) = (checked, standing) else {
            return Ok(checked.and(Err(WriteError::NoRoom)));
        };
        looks.note(write);
        let bytes = head.bytes.saturating_add(checks::body_bytes(write));
        let before = out.len();
        let head = Head { bytes, ..write.head };
        let rows = content::encode(write, number, head, out).inspect_err(|_| out.truncate(before))?;
        let before = staged.rooms.insert(write.room, staged.writes.len());
        let records = write.records.clone();
        staged.writes.push(StagedWrite { room: write.room, number, head, rows, records, before });
        Ok(Ok(()))
    }

    /// Where the room stands by all that was written. What moves from the tail to the tables meanwhile is in the tables by the time
    /// it is missed in the tail.
    fn standing(&self, write: &Write, staged: &Staged) -> Result<Option<Standing>, Fault> {
        let staged = staged.rooms.get(&write.room).and_then(|newest| staged.writes.get(*newest));
        let standing = staged.map(|write| (write.number, write.head));
        let standing = standing.or_else(|| lock(&self.tail).last_standing(&write.room));
        if standing.is_some() {
            return Ok(standing);
        }
        self.looks().in_tables(&write.room)
    }

    fn looks(&self) -> Looks<'_> {
        Looks { db: &self.db, identity: &self.identity, tail: &self.tail, known: &self.known }
    }
}

/// Writes of a frame that is being made.
#[derive(Default)]
struct Staged {
    writes: Vec<StagedWrite>,
    /// The newest of each room.
    rooms: HashMap<RoomId, usize>,
}

struct StagedWrite {
    room: RoomId,
    number: u64,
    head: Head,
    rows: content::Rows,
    records: Records,
    /// The same room's write before it.
    before: Option<usize>,
}

impl Staged {
    fn has(&self, room: &RoomId, envelope: &EnvelopeId) -> bool {
        let newest = self.rooms.get(room).and_then(|newest| self.writes.get(*newest));
        let mut writes = std::iter::successors(newest, |write| self.writes.get(write.before?));
        writes.any(|write| write.rows.iter().any(|(id, _)| id == envelope))
    }
}

impl StagedWrite {
    /// As the tail holds it, with the frame's bytes shared.
    fn of(self, frame: &Bytes) -> (RoomId, u64, TailWrite) {
        let rows = self.rows.into_iter().map(|(id, row)| (id, frame.slice(row))).collect();
        (self.room, self.number, TailWrite { head: self.head, rows, records: self.records })
    }
}
