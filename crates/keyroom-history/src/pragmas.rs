//! How a connection is set up.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::locked::Locked;
use crate::{DbError, ProfileError};

/// Opens a database file that is there with its key; an empty file becomes a database.
pub(crate) fn open(path: &Path, key: &Locked) -> Result<Connection, ProfileError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // Raw, since it is random already: no PBKDF2 (SQLCipher's documentation, "PRAGMA key").
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT));
    text.push_str("PRAGMA key = \"x'");
    for byte in key.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push_str("'\"; PRAGMA cipher_compatibility = 4;");
    db.execute_batch(&text)?;
    // SQLCipher would write its errors over whatever a terminal shows; they come back as errors too. Only now: with its first key
    // it sets up a log of its own.
    db.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    // Nobody else has the file open: without the index of the log that several would share, a transaction costs no
    // locks, and there is one file less. `NORMAL`: a killed process loses nothing, `Syncer` does the rest.
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE;")?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(ProfileError::Database(DbError::Sqlite { code: 0 }));
    }
    db.execute_batch("PRAGMA synchronous = NORMAL;")?;
    // Checkpoints are `Profile`'s, which wipes pages first.
    db.execute_batch("PRAGMA wal_autocheckpoint = 0;")?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    set_up(&db)?;
    Ok(db)
}

/// Lets the connection remove its log when it is closed: all of it is in the database.
pub(crate) fn finish(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map(drop)
}

/// A database in memory.
pub(crate) fn in_memory() -> Result<Connection, ProfileError> {
    let db = Connection::open_in_memory()?;
    set_up(&db)?;
    Ok(db)
}

fn set_up(db: &Connection) -> Result<(), ProfileError> {
    // `temp_store`: nothing of ours is written outside of the database. `secure_delete`: what is deleted is overwritten
    // (attack matrix row 37). `trusted_schema`, `cell_size_check`: a damaged file must not be able to do more than that.
    db.execute_batch(
        "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384;",
    )?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Statements that are kept prepared: all of ours.
const STATEMENTS: usize = 128;

const KEY_TEXT: usize = 160;
