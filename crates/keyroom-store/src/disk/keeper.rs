//! One thread that keeps house: it moves envelopes from the tail to their rooms and pages from the write-ahead log to the
//! database, so that commits need not, learns which envelopes rooms have, and deletes what removed rooms left when the process
//! ended.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::append::Appender;
use super::fault::Fault;
use super::known::read_ids;
use super::schema;
use super::settle::SETTLE_ROWS;
use super::transaction::Transaction;
use super::writer::Writer;
use super::{OpenError, lock, lock_both};

/// When envelopes move from the tail to their rooms, and pages from the write-ahead log to the database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pace {
    /// Pages of 4 KiB that are written, by estimate, before a checkpoint is worth its sync.
    pub checkpoint_pages: usize,
    /// Pages in the write-ahead log at which commits wait, for some milliseconds, until it can begin anew. It reaches
    /// this length, and what a checkpoint's time adds, under steady load; it needs that much space on the disk.
    pub wal_pages: usize,
    /// Bytes of the tail before it is worth moving: the more there is, the more of a room is moved at once. A store that was
    /// not closed reads so much when it is opened again, and so much is held in memory, several times over under load.
    pub tail_bytes: usize,
}

/// A checkpoint each 32 MiB, so that a page of a busy room is moved once for several of its envelopes, a write-ahead log of
/// about 64 MiB, and a tail of 8 MiB: some sixteen thousand short messages.
impl Default for Pace {
    fn default() -> Self {
        Self { checkpoint_pages: 8 << 10, wal_pages: 16 << 10, tail_bytes: 8 << 20 }
    }
}

/// The thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(
        path: &Path,
        pace: Pace,
        appender: Arc<Mutex<Appender>>,
        writer: Arc<Mutex<Writer>>,
    ) -> Result<Self, OpenError> {
        let db = schema::open_checkpointer(path)?;
        let shared = Arc::new(Shared {
            pace,
            waiting: Mutex::default(),
            changed: Condvar::new(),
            short_steps: AtomicUsize::default(),
        });
        let worker = Arc::clone(&shared);
        let run = move || worker.run(&db, &appender, &writer);
        let thread = std::thread::Builder::new().name("store keeper".to_owned()).spawn(run);
        Ok(Self { shared, thread: Some(thread?) })
    }

    /// Tells that commits wrote about so many pages, and whether there is enough in the tail to move it.
    pub(super) fn committed(&self, pages: usize, tail: bool) {
        self.shared.wrote(pages, tail);
    }

    /// Tells that somebody asked for envelopes of a room of which they are not known.
    pub(super) fn learn(&self) {
        self.shared.lock().learn = true;
        self.shared.changed.notify_one();
    }

    /// Tells that something was dropped or removed which may be in the journal, too.
    pub(super) fn wipe(&self) {
        self.shared.lock().wipe = true;
        self.shared.changed.notify_one();
    }

    /// Tells that somebody is about to wait for a step.
    pub(super) fn keep_steps_short(&self) {
        self.shared.short_steps.store(SHORT_STEPS, Ordering::Relaxed);
    }

    /// Tells that about so many pages were written.
    pub(super) fn wrote(&self, pages: usize) {
        self.shared.wrote(pages, false);
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

#[derive(Debug)]
struct Shared {
    pace: Pace,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// How many steps are to be short because somebody waited for one lately.
    short_steps: AtomicUsize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// Pages that went to the write-ahead log since the last checkpoint, by estimate.
    pages: usize,
    /// Whether there is enough in the tail to move it.
    tail: bool,
    /// Whether there are rooms whose envelopes are to be known.
    learn: bool,
    /// Whether files of the journal hold what should be nowhere any more.
    wipe: bool,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, pages: usize, tail: bool) {
        let mut waiting = self.lock();
        waiting.pages += pages;
        waiting.tail |= tail;
        if waiting.is_due(&self.pace) {
            self.changed.notify_one();
        }
    }

    fn run(&self, db: &Connection, appender: &Mutex<Appender>, writer: &Mutex<Writer>) {
        // A step that fails is met again by the next removal or start; rooms do not depend on it.
        while !self.lock().closed && matches!(lock(writer).purge(), Ok(true)) {
            std::thread::sleep(TURN);
        }
        while let Some(due) = self.wait() {
            self.learn(db, appender, writer);
            if due.wipe {
                self.wipe(appender, writer);
            }
            if due.tail {
                self.settle(db, appender, writer);
            }
            if self.lock().pages >= self.pace.checkpoint_pages {
                self.lock().pages = 0;
                checkpoint(db, writer, self.pace.wal_pages);
            }
        }
        // What would be read and moved after the next start, else: what a round under way leaves needs another. Where it is not
        // possible now, it is then.
        for _ in 0..2 {
            while matches!(lock(writer).settle(SETTLE_ROWS), Ok(true)) {}
        }
        // Where all is moved, nothing of it need be kept, or read at the next start.
        let (settled, newest) = {
            let writer = lock(writer);
            let tail = lock(&writer.tail);
            (tail.settled(), tail.newest())
        };
        if settled == newest {
            let _ = lock(appender).journal.clear();
        }
    }

    /// Moves what is in the journal now, and writes zeros over its files as far as they are not in use. What fails is done with the
    /// next that is dropped.
    fn wipe(&self, appender: &Mutex<Appender>, writer: &Mutex<Writer>) {
        self.lock().wipe = false;
        let tail = Arc::clone(&lock(writer).tail);
        let newest = lock(&tail).newest();
        while lock(&tail).settled() < newest {
            if lock(writer).settle(SETTLE_ROWS).is_err() {
                return;
            }
            std::thread::sleep(TURN);
        }
        let settled = lock(&tail).settled();
        loop {
            // Let go of before the wiping: others go on with the other file.
            let begun = lock(appender).journal.begin_wipe(settled);
            let Ok(Some(wiped)) = begun else { return };
            let is_done = wiped.wipe().is_ok();
            lock(appender).journal.end_wipe(&wiped, is_done);
            if !is_done {
                return;
            }
        }
    }

    /// Moves the tail while commits go on, until a checkpoint is due. What fails or is left stays where it is, and its turn comes
    /// again with the next commit. As long as the tail grows no faster than that, it takes a quarter of a processor: all at once it
    /// would take one away from those who wait for their messages.
    fn settle(&self, db: &Connection, appender: &Mutex<Appender>, writer: &Mutex<Writer>) {
        let step = || {
            let mut writer = lock(writer);
            let begun = Instant::now();
            let is_behind = lock(&writer.tail).bytes() > self.pace.tail_bytes + self.pace.tail_bytes / 4;
            let left = |steps: usize| steps.checked_sub(1);
            let is_waited_for =
                self.short_steps.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok();
            let rows = if is_behind && !is_waited_for { BEHIND_ROWS } else { SETTLE_ROWS };
            let more =
                writer.settle_long(rows)? || writer.is_due(self.pace.tail_bytes) && writer.settle(rows)?;
            let pause = if is_behind { TURN } else { TURN.max(begun.elapsed() * 3) };
            Ok::<_, Fault>((more.then_some(pause), std::mem::take(&mut writer.pages)))
        };
        while let Ok((pause, pages)) = step() {
            let mut waiting = self.lock();
            waiting.pages += pages;
            let Some(pause) = pause else { return };
            if waiting.closed || waiting.pages >= self.pace.checkpoint_pages {
                return;
            }
            drop(waiting);
            self.learn(db, appender, writer);
            std::thread::sleep(pause);
        }
    }

    /// Reads which envelopes some rooms have, if somebody wants to know.
    fn learn(&self, db: &Connection, appender: &Mutex<Appender>, writer: &Mutex<Writer>) {
        if !std::mem::take(&mut self.lock().learn) {
            return;
        }
        let (known, identity, rooms) = {
            // Nothing is written between the look at what is wanted and the look into the tail.
            let (writer, _appender) = lock_both(writer, appender);
            let rooms = lock(&writer.known).begin(&lock(&writer.tail));
            (Arc::clone(&writer.known), writer.identity, rooms)
        };
        let snapshot = Transaction::read(db);
        for (room, more) in &rooms {
            let read = match &snapshot {
                Ok(snapshot) => read_ids(snapshot, room, *more),
                Err(_) => Err(Fault::Broken),
            };
            lock(&known).end(&identity, room, read);
        }
        if lock(&known).has_wanted() {
            self.lock().learn = true;
        }
    }

    /// Waits for work; `None` when there will be none.
    fn wait(&self) -> Option<Waiting> {
        let idle = |waiting: &mut Waiting| !waiting.closed && !waiting.is_due(&self.pace);
        let waiting = self.changed.wait_while(self.lock(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let due = *waiting;
        waiting.tail = false;
        (!due.closed).then_some(due)
    }
}

impl Waiting {
    fn is_due(&self, pace: &Pace) -> bool {
        self.tail || self.learn || self.wipe || self.pages >= pace.checkpoint_pages
    }
}

/// Moves pages to the database while commits go on. The write-ahead log begins anew only when all of it is moved,
/// which busy writers never let happen: when it is long, they wait for the last few pages.
///
/// A checkpoint that fails (the disk is full, say) loses nothing: the log stays, and the next one tries again.
fn checkpoint(db: &Connection, writer: &Mutex<Writer>, wal_pages: usize) {
    let run = |db: &Connection, mode| {
        let answer = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(1));
        answer.ok().and_then(|pages| usize::try_from(pages).ok()).unwrap_or(0)
    };
    if run(db, "PASSIVE") < wal_pages {
        return;
    }
    // What was written meanwhile, so that little is left for the moment in which nobody can commit.
    run(db, "PASSIVE");
    let writer = lock(writer);
    let _ = writer.db.busy_timeout(READERS);
    run(&writer.db, "RESTART");
    let _ = writer.db.busy_timeout(schema::BUSY);
}

/// Pause between two steps of long work, since a lock that is taken again at once is not passed on to who waits.
pub(super) const TURN: Duration = Duration::from_millis(1);

/// Envelopes that one step moves while the tail grows faster than it is moved, and nobody waits for steps: each has a sync of its own,
/// which many share then.
const BEHIND_ROWS: usize = 8 * SETTLE_ROWS;

/// Steps that stay short after somebody waited for one: a tenth of a second and more, in which the next one may come.
const SHORT_STEPS: usize = 16;

/// How long commits wait for readers to let go of a long write-ahead log. Readers need microseconds to milliseconds.
const READERS: Duration = Duration::from_millis(10);
