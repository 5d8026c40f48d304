//! A copy of a store, while it is open or not.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::files::{self, make_private_dir, private_file, sync_dir};
use super::{schema, settle};

/// What a copy holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Copied {
    /// Rooms.
    pub rooms: u64,
    /// Envelopes in their logs.
    pub envelopes: u64,
    /// Bytes of the copy.
    pub bytes: u64,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no store in that directory.
    #[error("there are no rooms to copy")]
    NoStore,
    /// A newer version of the program wrote it.
    #[error("the data was written by a newer version")]
    NewerSchema,
    /// What is there is damaged, or the copy would be.
    #[error("the data is damaged: {0}")]
    Damaged(String),
    /// No space for the copy.
    #[error("the disk is full")]
    Full,
    /// The disk answered with an error.
    #[error("{0}")]
    Io(Box<dyn std::error::Error + Send + Sync>),
}

impl From<std::io::Error> for CopyError {
    fn from(error: std::io::Error) -> Self {
        if files::is_full(&error) { Self::Full } else { Self::Io(error.into()) }
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Io(error.into()),
        }
    }
}

/// Copies the store in `dir` into the new directory `to`, as it is at one moment, and reads the copy once to see that it
/// is whole. The store may be open elsewhere and go on: nobody waits for it, but the write-ahead log grows meanwhile.
/// Durable on return; where it fails, what is in `to` is worth nothing.
///
/// # Errors
/// What is in the way.
pub fn copy_store(dir: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Copied, CopyError> {
    let (from, to) = (dir.as_ref().join(files::DATABASE), to.as_ref());
    if !from.is_file() {
        return Err(CopyError::NoStore);
    }
    make_private_dir(to)?;
    let path = to.join(files::DATABASE);
    // Made here, so that it is its owner's alone from the beginning; SQLite fills what is empty.
    drop(private_file(&path)?);
    let name = path.to_str().ok_or_else(|| CopyError::Io("the directory's name is not UTF-8".into()))?;
    let db = schema::open_reader_of_another(&from)?;
    match schema::is_ours(&db)? {
        schema::Ours::Yes => {}
        schema::Ours::Newer => return Err(CopyError::NewerSchema),
        schema::Ours::No => return Err(CopyError::Damaged("it is not this program's".to_owned())),
    }
    db.execute("VACUUM INTO ?1", [name])?;
    drop(db);
    let copied = look(&path)?;
    File::open(&path)?.sync_all()?;
    sync_dir(to)?;
    Ok(copied)
}

/// Reads all of a copy.
fn look(path: &Path) -> Result<Copied, CopyError> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let answer: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer != "ok" {
        return Err(CopyError::Damaged(answer));
    }
    let count = |table: &str| -> rusqlite::Result<u64> {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
    };
    // Made by an older version, a store has no tail.
    let tailed = match db.table_exists(None, "tail")? {
        true => settle::found(&db).map_err(|error| CopyError::Damaged(error.to_string()))?.0.len() as u64,
        false => 0,
    };
    Ok(Copied { rooms: count("rooms")?, envelopes: count("log")? + tailed, bytes: path.metadata()?.len() })
}
