//! One thread that keeps house: it moves pages from the write-ahead log to the database, so that commits need not,
//! and deletes what removed rooms left when the process ended.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::schema;
use super::writer::Writer;
use super::{OpenError, lock};
use crate::Write;

/// The thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(path: &Path, writer: Arc<Mutex<Writer>>) -> Result<Self, OpenError> {
        let db = schema::open_checkpointer(path)?;
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        let run = move || worker.run(&db, &writer);
        let thread = std::thread::Builder::new().name("store keeper".to_owned()).spawn(run);
        Ok(Self { shared, thread: Some(thread?) })
    }

    /// Tells that writes were committed.
    pub(super) fn committed(&self, writes: &[Write]) {
        self.wrote(writes.iter().map(pages).sum());
    }

    /// Tells that about so many pages were written.
    pub(super) fn wrote(&self, pages: usize) {
        let mut waiting = self.shared.lock();
        waiting.pages += pages;
        if waiting.pages >= CHECKPOINT_PAGES {
            self.shared.changed.notify_one();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Pages that went to the write-ahead log since the last checkpoint, by estimate.
    pages: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, db: &Connection, writer: &Mutex<Writer>) {
        // A step that fails is met again by the next removal or start; rooms do not depend on it.
        while !self.lock().closed && matches!(lock(writer).purge(), Ok(true)) {
            std::thread::sleep(TURN);
        }
        while self.wait() {
            checkpoint(db, writer);
        }
    }

    /// Waits for work; false when there will be none.
    fn wait(&self) -> bool {
        let idle = |waiting: &mut Waiting| !waiting.closed && waiting.pages < CHECKPOINT_PAGES;
        let waiting = self.changed.wait_while(self.lock(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        waiting.pages = 0;
        !waiting.closed
    }
}

/// Moves pages to the database while commits go on. The write-ahead log begins anew only when all of it is moved,
/// which busy writers never let happen: when it is long, they wait for the last few pages.
///
/// A checkpoint that fails (the disk is full, say) loses nothing: the log stays, and the next one tries again.
fn checkpoint(db: &Connection, writer: &Mutex<Writer>) {
    let run = |db: &Connection, mode| {
        db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(1)).unwrap_or(0)
    };
    if run(db, "PASSIVE") < WAL_PAGES {
        return;
    }
    // What was written meanwhile, so that little is left for the moment in which nobody can commit.
    run(db, "PASSIVE");
    let writer = lock(writer);
    let _ = writer.db.busy_timeout(READERS);
    run(&writer.db, "RESTART");
    let _ = writer.db.busy_timeout(schema::BUSY);
}

/// Pages that a write changes, roughly: its room, and for each envelope its row and its index entry.
fn pages(write: &Write) -> usize {
    let entries = write.entries.iter().map(|entry| 2 + entry.body.len() / PAGE_BYTES);
    let blobs =
        write.blobs.iter().map(|(_, blob)| 1 + blob.as_ref().map_or(0, |blob| blob.len() / PAGE_BYTES));
    1 + entries.sum::<usize>() + write.records.len() + blobs.sum::<usize>()
}

/// Pause between two steps of long work, since a lock that is taken again at once is not passed on to who waits.
pub(super) const TURN: Duration = Duration::from_millis(1);

const PAGE_BYTES: usize = 4 << 10;

/// Pages after which a checkpoint is worth its sync: 16 MiB.
const CHECKPOINT_PAGES: usize = 4 << 10;

/// Length at which the write-ahead log has to begin anew: 64 MiB.
const WAL_PAGES: i64 = 16 << 10;

/// How long commits wait for readers to let go of a long write-ahead log. Readers need microseconds to milliseconds.
const READERS: Duration = Duration::from_millis(10);
