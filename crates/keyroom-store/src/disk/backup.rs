//! A copy of a store, while it is open or not.

use std::fs::File;
use std::path::Path;

use keyroom_types::Incarnation;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::codec::Broken;
use super::files::{self, make_private_dir, private_file, sync_dir};
use super::{OpenError, journal, schema, settle, table_tail};

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

impl From<OpenError> for CopyError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Full => Self::Full,
            OpenError::NewerSchema { .. } => Self::NewerSchema,
            OpenError::Damaged => Self::Damaged("a part of it is not what was written".to_owned()),
            error => Self::Io(error.into()),
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
    let (dir, to) = (dir.as_ref(), to.as_ref());
    let from = dir.join(files::DATABASE);
    if !from.is_file() {
        return Err(CopyError::NoStore);
    }
    let source = schema::open_reader_of_another(&from)?;
    let format = match schema::is_ours(&source)? {
        schema::Ours::Yes(format) => format,
        schema::Ours::Newer => return Err(CopyError::NewerSchema),
        schema::Ours::No => return Err(CopyError::Damaged("it is not this program's".to_owned())),
    };
    make_private_dir(to)?;
    let path = to.join(files::DATABASE);
    // Made here, so that it is its owner's alone from the beginning.
    drop(private_file(&path)?);
    let (mut db, _) = schema::open_writer(&path)?;
    // Nobody reads it before it is whole, and what is half made is thrown away.
    db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    let name = from.to_str().ok_or_else(|| CopyError::Io("the directory's name is not UTF-8".into()))?;
    db.execute("ATTACH ?1 AS source", [name])?;
    fill(&mut db, dir, &source, format)?;
    drop(db);
    let copied = look(&path)?;
    File::open(&path)?.sync_all()?;
    sync_dir(to)?;
    Ok(copied)
}

/// Fills the new store from the attached one, whose journal is in `dir`; `source` sees that one as it goes on.
fn fill(db: &mut Connection, dir: &Path, source: &Connection, format: u32) -> Result<(), CopyError> {
    for attempt in 1.. {
        let transaction = db.transaction()?;
        let incarnation: Vec<u8> =
            transaction.query_row("SELECT incarnation FROM source.store", [], |row| row.get(0))?;
        let incarnation = Incarnation::from_slice(&incarnation).ok_or(OpenError::Damaged)?;
        // From here on the tables stand still for this connection. The journal goes on: where frames that they do not have yet
        // are gone from it, or where one was read while it was written, there will be another moment.
        let (frames, settled) = if format >= schema::WITH_JOURNAL {
            let settled = schema::settled(&transaction, "source")?;
            let found = journal::find(files::read_journal(dir)?, &incarnation, settled);
            let stood_still = schema::settled(source, "main")? == settled;
            match found {
                Ok(found) if stood_still => (found.frames, found.next - 1),
                _ if attempt < ATTEMPTS => continue,
                Ok(_) => return Err(CopyError::Io("its journal changes too fast".into())),
                Err(Broken) => return Err(OpenError::Damaged.into()),
            }
        } else if format == schema::WITH_TABLE_TAIL {
            (table_tail::rows(&transaction)?, 0)
        } else {
            (Vec::new(), 0)
        };
        transaction.execute_batch("DELETE FROM main.store")?;
        let store = "INSERT INTO main.store (one, incarnation, index_key, next_room, settled)
            SELECT one, incarnation, index_key, next_room, ?1 FROM source.store";
        transaction.execute(store, [i64::try_from(settled).map_err(|_| OpenError::Damaged)?])?;
        for table in ["rooms", "log", "ids", "records", "blobs", "removed"] {
            transaction.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM source.{table}"))?;
        }
        let identity = schema::identity(&transaction)?;
        let tail = settle::found(&transaction, 0, &frames, false)?;
        settle::move_tail(&transaction, &identity, &tail)?;
        transaction.commit()?;
        break;
    }
    Ok(())
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
    Ok(Copied { rooms: count("rooms")?, envelopes: count("log")?, bytes: path.metadata()?.len() })
}

/// How often a moment is looked for at which tables and journal fit; milliseconds each.
const ATTEMPTS: u32 = 50;
