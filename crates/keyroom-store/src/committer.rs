//! One thread that commits for all: what waits while one commit syncs becomes the next.

use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use keyroom_types::limits::{
    COMMIT_BATCH_BYTES, COMMIT_BATCH_WRITES, COMMIT_WAITING_BYTES, COMMIT_WAITING_WRITES,
};

use crate::{Store, StoreError, Write, WriteError};

/// Commits each room's writes in the order in which they were submitted, many with one sync.
///
/// A write that finds the thread idle is committed at once; what comes while it syncs is taken together by the next
/// commit. Nothing is ever held back to wait for more.
#[derive(Debug)]
pub struct Committer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(store: Arc<dyn Store>) -> std::io::Result<Self> {
        Self::start_with(store, ())
    }

    /// As [`Self::start`]. `held` is dropped when the thread has let go of the store, which may then be closed: the thread
    /// may outlive the committer, where one of its callbacks was the last to hold that.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_with(store: Arc<dyn Store>, held: impl Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Arc::clone(&shared);
        let run = move || {
            worker.run(&*store);
            drop(store);
            drop(held);
        };
        let thread = std::thread::Builder::new().name("committer".to_owned()).spawn(run)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Lets a write wait for its commit. `done` is called on the committer's thread, in the order of submission of its room,
    /// once the write is durable or refused; it must not block, for all others wait behind it.
    ///
    /// # Errors
    /// [`Busy`] leaves nothing behind: `done` is never called.
    pub fn submit(
        &self,
        write: Write,
        done: impl FnOnce(Result<(), CommitError>) + Send + 'static,
    ) -> Result<(), Busy> {
        let bytes = size(&write);
        let mut waiting = self.shared.lock();
        // One write alone may be larger than the bound: its size has limits of its own.
        let full = waiting.writes.len() >= COMMIT_WAITING_WRITES
            || (!waiting.writes.is_empty() && waiting.bytes.saturating_add(bytes) > COMMIT_WAITING_BYTES);
        if full || waiting.closed {
            return Err(Busy);
        }
        waiting.bytes += bytes;
        waiting.writes.push(write);
        waiting.dones.push(Box::new(done));
        drop(waiting);
        self.shared.came.notify_one();
        Ok(())
    }

    /// How many writes wait to be taken into a commit.
    pub fn waiting(&self) -> usize {
        self.shared.lock().writes.len()
    }
}

/// Commits all that waits, then ends the thread.
impl Drop for Committer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.came.notify_one();
        // A callback may hold the last reference: a thread does not wait for itself.
        let here = std::thread::current().id();
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != here) {
            // Its panic was a callback's, which has been reported where it happened.
            let _ = thread.join();
        }
    }
}

/// Why a write that was taken is not in the log.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The store refused this write.
    #[error(transparent)]
    Refused(#[from] WriteError),
    /// Nothing of the commit was applied: the disk is full. Worth another try when there is space.
    #[error("the disk is full")]
    Full,
    /// Nothing of the commit was applied: the store failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// Too many writes wait already. Worth another try later.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many writes wait for the disk")]
pub struct Busy;

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, store: &dyn Store) {
        // However the thread ends, nothing may wait for it any more.
        let _closed = CloseOnDrop(self);
        while let Some((writes, dones)) = self.take() {
            // Short appends cost a disk store less than others, and need not wait for them.
            let (short, others) = apart(writes, dones);
            for (writes, dones) in [short, others] {
                commit(store, &writes, dones);
            }
        }
    }

    /// The next batch; `None` when all is done and no more will come.
    fn take(&self) -> Option<Waits> {
        let waiting = self.lock();
        let mut waiting = self
            .came
            .wait_while(waiting, |waiting| waiting.writes.is_empty() && !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.writes.is_empty() {
            return None;
        }
        Some(waiting.split())
    }
}

/// Short appends, and all others with what is behind them in their rooms.
fn apart(writes: Vec<Write>, dones: Vec<Done>) -> (Waits, Waits) {
    if writes.iter().all(Write::is_short) {
        return ((writes, dones), Waits::default());
    }
    let (mut short, mut others) = (Waits::default(), Waits::default());
    let mut rooms = HashSet::new();
    for (write, done) in writes.into_iter().zip(dones) {
        let is_short = write.is_short() && !rooms.contains(&write.room);
        if !is_short {
            rooms.insert(write.room);
        }
        let (writes, dones) = if is_short { &mut short } else { &mut others };
        writes.push(write);
        dones.push(done);
    }
    (short, others)
}

fn commit(store: &dyn Store, writes: &[Write], dones: Vec<Done>) {
    if writes.is_empty() {
        return;
    }
    match store.commit(writes) {
        Ok(results) => {
            debug_assert_eq!(results.len(), dones.len(), "one answer a write");
            for (done, result) in dones.into_iter().zip(results) {
                done(result.map_err(CommitError::Refused));
            }
        }
        Err(error) => {
            let error = match error {
                StoreError::Full => CommitError::Full,
                error @ StoreError::Io(_) => CommitError::Store(Arc::new(error)),
            };
            for done in dones {
                done(Err(error.clone()));
            }
        }
    }
}

/// Ends what nobody serves any more.
struct CloseOnDrop<'a>(&'a Shared);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        // Dropped without a call: whoever waits behind a channel sees it closed.
        let dones = mem::take(&mut waiting.dones);
        waiting.writes.clear();
        drop(waiting);
        drop(dones);
    }
}

/// Writes, and what is to be called for each.
type Waits = (Vec<Write>, Vec<Done>);

type Done = Box<dyn FnOnce(Result<(), CommitError>) + Send>;

#[derive(Default)]
struct Waiting {
    writes: Vec<Write>,
    /// One a write, in the same order.
    dones: Vec<Done>,
    bytes: usize,
    closed: bool,
}

impl Waiting {
    /// Takes the oldest writes, as many as one commit may hold.
    fn split(&mut self) -> Waits {
        let mut bytes = 0;
        let fits = |write: &&Write| {
            let first = bytes == 0;
            bytes += size(write);
            first || bytes <= COMMIT_BATCH_BYTES
        };
        let count = self.writes.iter().take(COMMIT_BATCH_WRITES).take_while(fits).count();
        let (writes, dones) = (self.writes.split_off(count), self.dones.split_off(count));
        let batch = (mem::replace(&mut self.writes, writes), mem::replace(&mut self.dones, dones));
        self.bytes = self.bytes.saturating_sub(batch.0.iter().map(size).sum());
        batch
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("writes", &self.writes.len())
            .field("bytes", &self.bytes)
            .field("closed", &self.closed)
            .finish()
    }
}

/// What a write weighs in memory, roughly: its bytes, and the structs around them. Never zero.
fn size(write: &Write) -> usize {
    let entries = write.entries.iter().map(|entry| size_of_val(entry) + entry.body.len());
    let records = write
        .records
        .iter()
        .map(|(key, value)| size_of_val(key) + key.key.len() + value.as_ref().map_or(0, bytes::Bytes::len));
    let blobs = write
        .blobs
        .iter()
        .map(|(digest, blob)| size_of_val(digest) + blob.as_ref().map_or(0, bytes::Bytes::len));
    size_of_val(write) + entries.sum::<usize>() + records.sum::<usize>() + blobs.sum::<usize>()
}
