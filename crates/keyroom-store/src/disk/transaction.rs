//! Transactions whose statements are parsed once: there is one around each commit and each look for an envelope, and the
//! library parses `BEGIN` and `COMMIT` anew each time.

use std::ops::Deref;

use rusqlite::Connection;

use super::fault::Fault;

/// A transaction. Rolled back when dropped without [`Transaction::commit`].
pub(super) struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    /// One snapshot for several reads.
    pub(super) fn read(db: &'a Connection) -> rusqlite::Result<Self> {
        db.prepare_cached("BEGIN DEFERRED")?.execute([])?;
        Ok(Self(db))
    }

    /// The only one that writes.
    pub(super) fn write(db: &'a Connection) -> rusqlite::Result<Self> {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self(db))
    }

    /// Makes a change that is undone where it fails, and nothing else with it.
    pub(super) fn alone<T>(&self, change: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        self.execute_batch("SAVEPOINT alone")?;
        let result = change();
        if result.is_err() {
            self.execute_batch("ROLLBACK TO alone")?;
        }
        self.execute_batch("RELEASE alone")?;
        result
    }

    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After a commit, or an error that ended it, there is nothing to roll back.
        if !self.0.is_autocommit() {
            // Where even that fails, so does the next one's beginning.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}
