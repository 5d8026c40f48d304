//! A store in one directory on disk, on SQLite. Why: `docs/adr/0004-embedded-store.md`.

mod append;
mod backup;
mod batch;
mod change;
mod codec;
mod content;
mod fault;
mod files;
mod filter;
mod journal;
mod journal_file;
mod keeper;
mod known;
mod passes;
mod read;
mod removal;
mod schema;
mod settle;
mod standing;
mod table_tail;
mod tail;
mod transaction;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use keyroom_types::{Digest, EnvelopeId, Header, Incarnation, RoomId, Seq, Timestamp};
use rusqlite::Connection;

pub use backup::{Copied, CopyError, copy_store};
pub use fault::OpenError;
pub use keeper::Pace;

use crate::{RoomError, RoomState, RoomSummary, Store, StoreError, Stored, Write, WriteError};
use append::Appender;
use fault::Fault;
use files::Files;
use journal::Journal;
use keeper::{Keeper, TURN};
use known::Known;
use schema::Identity;
use settle::SETTLE_ROWS;
use tail::Tail;
use transaction::Transaction;
use writer::{STEP_ROWS, Writer};

/// A [`Store`] in one directory on disk.
///
/// - One process has the directory open. Files in it are open to their owner only.
/// - One call of [`Store::commit`] is one sync: of the journal, where all its writes are short appends, else of the tables, where it
///   is one transaction. Readers have connections of their own and never wait for it.
/// - Heads, records and envelopes carry checksums, blobs are held against their names. What a flipped byte does: in one
///   of these, that room answers [`RoomError::Damaged`] and no other room is concerned; in the structure of a page,
///   the same for every room that has something on the page or, in an inner page, below it. The index of envelope ids
///   has no checksum: damage there can hide an envelope from [`Store::find`], and so from the check for repeated ids;
///   reading the log does not use it. A room whose head is damaged is left out of [`Store::rooms`].
/// - Short appends are durable in a journal of all rooms before they are moved to their room's tables
///   (`docs/adr/0017-journal.md`). After a crash a flipped byte there is [`OpenError::Damaged`]: whose envelope it was cannot be
///   told.
/// - A full disk refuses commits as [`StoreError::Full`]; reads go on, and so do commits once there is space.
#[derive(Debug)]
pub struct DiskStore {
    identity: Identity,
    // Dropped in this order: the thread first, the lock on the directory last.
    keeper: Keeper,
    readers: Mutex<Vec<Connection>>,
    /// Looked at before the tables: what moves from one to the other meanwhile is then seen twice, and not missed.
    tail: Arc<Mutex<Tail>>,
    /// Looked at before both: it has what is in either.
    known: Arc<Mutex<Known>>,
    pace: Pace,
    // Whoever needs both takes them with `lock_both`.
    appender: Arc<Mutex<Appender>>,
    writer: Arc<Mutex<Writer>>,
    files: Files,
}

impl DiskStore {
    /// Opens the store in this directory; makes directory and store where there are none. A directory that is there
    /// keeps its mode.
    ///
    /// # Errors
    /// What is in the way; nothing was changed unless it says so.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_at_pace(dir, Pace::default())
    }

    /// As [`Self::open`], for disks that are small or slow.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_at_pace(dir: impl AsRef<Path>, pace: Pace) -> Result<Self, OpenError> {
        let files = Files::take(dir.as_ref())?;
        let path = files.database();
        let (db, identity) = schema::open_writer(&path)?;
        let settled = schema::settled(&db, "main")?;
        let (journal, frames) = Journal::open(&files, identity.incarnation, settled)?;
        let tail = settle::found(&db, settled, &frames, true)?;
        let writer = Writer::new(db, identity, tail);
        let (tail, known) = (Arc::clone(&writer.tail), Arc::clone(&writer.known));
        let looks = schema::open_reader(&path)?;
        let appender = Appender::new(journal, looks, identity, Arc::clone(&tail), Arc::clone(&known));
        let (appender, writer) = (Arc::new(Mutex::new(appender)), Arc::new(Mutex::new(writer)));
        let keeper = Keeper::start(&path, pace, Arc::clone(&appender), Arc::clone(&writer))?;
        Ok(Self { identity, keeper, readers: Mutex::default(), tail, known, pace, appender, writer, files })
    }

    /// Reads one snapshot on a connection that nobody else has at the moment.
    fn reading<T>(&self, read: impl FnOnce(&Connection) -> T) -> Result<T, Fault> {
        let free = lock(&self.readers).pop();
        let db = match free {
            Some(db) => db,
            None => schema::open_reader(&self.files.database())?,
        };
        let snapshot = Transaction::read(&db)?;
        let answer = read(&snapshot);
        // A connection on which this fails is not used again.
        snapshot.commit()?;
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(db);
        }
        Ok(answer)
    }

    /// Commits to the journal.
    fn append(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, Fault> {
        // Where commits follow each other without a pause the keeper does not keep up: then whoever writes moves as much as is
        // written, so that there cannot be more and more.
        let mut pages = 0;
        if lock(&self.tail).bytes() > self.pace.tail_bytes.saturating_mul(TAIL_LIMIT) {
            let entries: usize = writes.iter().map(|write| write.entries.len()).sum();
            let mut writer = lock(&self.writer);
            writer.settle(SETTLE_ROWS + entries)?;
            pages = std::mem::take(&mut writer.pages);
        }
        let results = lock(&self.appender).commit(writes, self.pace.tail_bytes / FILE_PART)?;
        self.keeper.committed(pages, lock(&self.tail).is_due(self.pace.tail_bytes));
        Ok(results)
    }

    /// Commits to the tables.
    fn change(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, Fault> {
        let (mut writer, appender) = self.both();
        let results = writer.commit(writes);
        let (behind, pages) = (writer.is_due(self.pace.tail_bytes), std::mem::take(&mut writer.pages));
        drop((writer, appender));
        self.keeper.committed(pages, behind);
        results
    }

    /// What a change of the tables takes.
    fn both(&self) -> (MutexGuard<'_, Writer>, MutexGuard<'_, Appender>) {
        self.keeper.keep_steps_short();
        lock_both(&self.writer, &self.appender)
    }

    /// As [`Self::reading`], for one room.
    fn reading_room<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, (Seq, Fault)>,
    ) -> Result<T, RoomError> {
        let answer = self.reading(read).unwrap_or_else(|fault| Err((Seq::ZERO, fault)));
        answer.map_err(|(at, fault)| fault.in_room(&self.files, at))
    }
}

impl Store for DiskStore {
    fn incarnation(&self) -> Incarnation {
        self.identity.incarnation
    }

    fn commit(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, StoreError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let results =
            if writes.iter().all(Write::is_short) { self.append(writes) } else { self.change(writes) };
        results.map_err(|fault| fault.in_store(&self.files))
    }

    fn room(&self, room: &RoomId) -> Result<Option<RoomState>, RoomError> {
        let recent = lock(&self.tail).records(room);
        self.reading_room(|db| read::room_state(db, room, recent).map_err(nowhere))
    }

    fn read(&self, room: &RoomId, after: Seq, count: usize, bytes: usize) -> Result<Vec<Stored>, RoomError> {
        let recent = lock(&self.tail).log(room, after, count, bytes);
        self.reading_room(|db| match read::log(db, room, recent, after, count, bytes) {
            (read, Some(stopped)) if read.is_empty() => Err(stopped),
            (read, _) => Ok(read),
        })
    }

    fn find(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<Option<Header>, RoomError> {
        let mut known = lock(&self.known);
        let (may_have, learn) = (known.may_have(&self.identity, room, envelope), known.has_wanted());
        drop(known);
        if learn {
            self.keeper.learn();
        }
        if !may_have {
            return Ok(None);
        }
        let recent = lock(&self.tail).find(room, envelope);
        if let Some((number, Some((seq, row)))) = recent {
            let stored = read::tailed(number, seq, &row).map_err(|fault| fault.in_room(&self.files, seq))?;
            return Ok(Some(stored.header));
        }
        self.reading_room(|db| {
            let number = match recent {
                Some((number, _)) => Some(number),
                None => read::room_row(db, room).map_err(nowhere)?.map(|row| row.number),
            };
            match number {
                Some(number) => read::find(db, &self.identity, number, envelope),
                None => Ok(None),
            }
        })
    }

    fn blob(&self, room: &RoomId, blob: &Digest) -> Result<Option<Bytes>, RoomError> {
        self.reading_room(|db| match read::room_row(db, room).map_err(nowhere)? {
            Some(row) => read::blob_bytes(db, &row, blob).map_err(nowhere),
            None => Ok(None),
        })
    }

    fn drop_bodies(&self, room: &RoomId, before: Timestamp, count: usize) -> Result<usize, RoomError> {
        let mut dropped = 0;
        loop {
            let (mut writer, appender) = self.both();
            let step = writer.drop_bodies(room, before, count - dropped);
            drop((writer, appender));
            let step = step.map_err(|(at, fault)| fault.in_room(&self.files, at))?;
            self.keeper.wrote(step.dropped);
            dropped += step.dropped;
            if !step.more {
                if dropped > 0 {
                    self.keeper.wipe();
                }
                return Ok(dropped);
            }
            std::thread::sleep(TURN);
        }
    }

    fn rooms(&self, after: Option<&RoomId>, count: usize) -> Result<Vec<RoomSummary>, StoreError> {
        let recent = lock(&self.tail).standings();
        self.reading(|db| read::rooms(db, recent, after, count))
            .flatten()
            .map_err(|fault| fault.in_store(&self.files))
    }

    fn remove(&self, room: &RoomId) -> Result<(), StoreError> {
        let purge = || -> Result<(), Fault> {
            let (mut writer, appender) = self.both();
            writer.unlink(room)?;
            drop((writer, appender));
            while lock(&self.writer).purge()? {
                self.keeper.wrote(STEP_ROWS);
                std::thread::sleep(TURN);
            }
            self.keeper.wipe();
            Ok(())
        };
        purge().map_err(|fault| fault.in_store(&self.files))
    }

    fn has_space(&self) -> bool {
        !self.files.is_full()
    }

    fn is_volatile(&self) -> bool {
        false
    }
}

/// A fault that no envelope is the place of.
fn nowhere(fault: Fault) -> (Seq, Fault) {
    (Seq::ZERO, fault)
}

/// A panic elsewhere leaves at worst a transaction that was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Both, for who changes in the tables what appends look at. The writer first: short appends need not wait for a step of the keeper
/// because somebody else does.
fn lock_both<'a>(
    writer: &'a Mutex<Writer>,
    appender: &'a Mutex<Appender>,
) -> (MutexGuard<'a, Writer>, MutexGuard<'a, Appender>) {
    let writer = lock(writer);
    let appender = lock(appender);
    (writer, appender)
}

/// How many times longer than it need be the tail may become before commits move it.
const TAIL_LIMIT: usize = 2;

/// What part of the tail a file of the journal has before it is the other one's turn: where it is that one's early, a round leaves
/// little behind in a file, which can then be begun anew.
const FILE_PART: usize = 4;

/// Connections that wait to be used again; more are opened while more read at once.
const IDLE_READERS: usize = 8;
