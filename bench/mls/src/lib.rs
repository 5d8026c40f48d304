//! A sealed room and the same group in bare OpenMLS, grown alike and measured alike: the same suite, the same storage in
//! memory, the same operations. Only the founder and the newest member are kept.

#![forbid(unsafe_code)]

pub mod bare;
pub mod ours;

use std::error::Error;
use std::time::Duration;

use openmls_memory_storage::MemoryStorage;
use rustix::time::{ClockId, clock_gettime};

/// What goes wrong ends the run.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One operation: what it takes its author and a member, and what it puts on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Making it.
    pub make: Duration,
    /// Processing it as another member; zero where there is none.
    pub take: Duration,
    /// Bytes of the message or commit.
    pub wire: usize,
    /// Bytes of the blob (bare: of the GroupInfo) that goes with it.
    pub blob: usize,
}

impl Cost {
    /// The best of both, part by part; sizes are the newest's.
    #[must_use]
    pub fn best(self, other: Self) -> Self {
        Self { make: self.make.min(other.make), take: self.take.min(other.take), ..other }
    }
}

/// A group in one of the two ways. Measurements work on copies: the group stays as it is.
pub trait Way: Sized {
    /// Founds it.
    ///
    /// # Errors
    /// The library's.
    fn found(suite: Suite) -> Result<Self>;

    /// One more member enters by an external commit and stays.
    ///
    /// # Errors
    /// The library's.
    fn grow(&mut self) -> Result<()>;

    /// One enters, and the founder processes that.
    ///
    /// # Errors
    /// The library's.
    fn join(&mut self) -> Result<Cost>;

    /// The newest member says so many texts to the founder: the time for one.
    ///
    /// # Errors
    /// The library's.
    fn talk(&mut self, messages: u32, text: &str) -> Result<Cost>;

    /// The newest member makes new keys for itself, and the founder processes that.
    ///
    /// # Errors
    /// The library's.
    fn heal(&mut self) -> Result<Cost>;

    /// The founder removes the member at that leaf, and the newest processes that.
    ///
    /// # Errors
    /// The library's.
    fn remove(&mut self, leaf: u32) -> Result<Cost>;
}

/// The suites of rooms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Suite {
    /// 0x0003, for rooms of any size.
    Classical,
    /// 0x004F, X25519 with ML-KEM-768, for rooms that declare up to 100 members.
    Hybrid,
}

/// What the work takes of a processor: nothing in here waits, and other programs do not count.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = processor();
    let done = work();
    (done, processor().saturating_sub(begun))
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The same values in a storage of its own.
pub(crate) fn copy(storage: &MemoryStorage) -> Result<MemoryStorage> {
    let values = storage.values.read().map_err(|_| "a storage was left in the middle of a write")?.clone();
    let copy = MemoryStorage::default();
    *copy.values.write().map_err(|_| "a new storage cannot be written")? = values;
    Ok(copy)
}
