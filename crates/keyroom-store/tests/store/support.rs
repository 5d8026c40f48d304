//! Directories to test in.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A directory that is deleted with everything in it.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    /// On whatever the system uses for temporary files.
    pub(crate) fn new() -> Self {
        Self::inside(&std::env::temp_dir())
    }

    /// In memory where the system has that, for tests in which a sync need not be one.
    pub(crate) fn in_memory() -> Self {
        let shm = Path::new("/dev/shm");
        if shm.is_dir() { Self::inside(shm) } else { Self::new() }
    }

    fn inside(parent: &Path) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("keyroom-store-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies what a process that is killed now leaves of an open store.
pub(crate) fn copy_as_killed(data: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    // Who reads keeps the write-ahead log from beginning anew between the two copies; what is moved meanwhile is in both.
    let reader = rusqlite::Connection::open(data.join("rooms.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM store;").unwrap();
    for name in ["rooms.db", "rooms.db-wal"].iter().chain(&JOURNAL) {
        std::fs::copy(data.join(name), to.join(name)).unwrap();
    }
}

/// The two files of the journal.
pub(crate) const JOURNAL: [&str; 2] = ["journal-0", "journal-1"];

/// What stands before a journal's first frame (`journal_file.rs`).
pub(crate) const JOURNAL_HEADER: usize = 44;
