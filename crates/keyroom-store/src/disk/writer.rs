//! The one connection that changes tables. Each commit is one transaction, and so one sync.

use std::sync::{Arc, Mutex};

use keyroom_types::{RoomId, Seq, Timestamp};
use rusqlite::Connection;

use super::batch::Batch;
use super::change::{PUT_AGAIN, put_room, put_row};
use super::fault::Fault;
use super::known::Known;
use super::passes::PassPlaces;
use super::schema::Identity;
use super::settle::Round;
use super::tail::Tail;
use super::transaction::Transaction;
use super::{lock, read};
use crate::{Body, Write, WriteError};

/// Writes, one call at a time.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) db: Connection,
    pub(super) identity: Identity,
    pub(super) passes: PassPlaces,
    /// What is in the journal only. What this moves to the tables is no longer in it.
    pub(super) tail: Arc<Mutex<Tail>>,
    pub(super) known: Arc<Mutex<Known>>,
    pub(super) round: Option<Round>,
    /// Pages that were written since somebody asked, by estimate.
    pub(super) pages: usize,
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
    pub(super) fn new(db: Connection, identity: Identity, tail: Tail) -> Self {
        let (passes, known, tail) = (PassPlaces::default(), Arc::default(), Arc::new(Mutex::new(tail)));
        Self { db, identity, passes, tail, known, round: None, pages: 0 }
    }

    /// Whether there is something to move: so many bytes of the journal, much of one room, or what a round under way left.
    pub(super) fn is_due(&self, bytes: usize) -> bool {
        self.round.is_some() || lock(&self.tail).is_due(bytes)
    }

    /// Applies writes in their order, in one transaction. Nobody appends meanwhile.
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
        let mut batch = Batch::new(&transaction, &self.identity, &mut passes, &self.tail, &self.known);
        let results = batch.apply(writes, alone)?;
        let (moved, pages) = batch.finish();
        transaction.commit()?;
        self.passes = passes;
        self.pages += pages;
        let mut tail = lock(&self.tail);
        moved.iter().for_each(|room| tail.forget(room));
        writes.iter().for_each(|write| tail.was_changed(&write.room));
        Ok(results)
    }

    /// Drops bodies of messages older than `before`, the oldest first: at most `count`, and no more than one step may
    /// hold up commits. A fault comes with the envelope at which it was met. Nobody appends meanwhile.
    pub(super) fn drop_bodies(
        &mut self,
        room: &RoomId,
        before: Timestamp,
        count: usize,
    ) -> Result<Step, (Seq, Fault)> {
        let nowhere = |error: rusqlite::Error| (Seq::ZERO, Fault::from(error));
        // Bodies are dropped in the log: first it must have all of them.
        if self.settle_room(room, STEP_ROWS).map_err(|fault| (Seq::ZERO, fault))? {
            return Ok(Step { dropped: 0, more: true });
        }
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
            lock(&self.tail).was_changed(room);
        }
        Ok(step)
    }
}

/// Rows that one step of retention or removal looks at before commits get their turn: a few milliseconds.
pub(super) const STEP_ROWS: usize = 256;
