//! The tables, how a connection is set up, and how older data is brought to the newest form.

use std::path::Path;

use keyroom_types::{EnvelopeId, Incarnation, Seq};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::codec::Broken;
use super::{OpenError, table_tail};

/// What the store knows of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) incarnation: Incarnation,
    /// Keys the hashes of envelope ids, so that nobody can choose ids whose hashes meet.
    index_key: [u8; 16],
}

impl Identity {
    /// What an envelope's id is looked up by: 48 bits, which SQLite stores in six bytes.
    pub(super) fn index(&self, number: u64, envelope: &EnvelopeId) -> i64 {
        let mut text = [0; 40];
        text[..16].copy_from_slice(&self.index_key);
        text[16..24].copy_from_slice(&number.to_be_bytes());
        text[24..].copy_from_slice(envelope.as_bytes());
        let digest = keyroom_types::Digest::of(&text);
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&digest.as_bytes()[..6]);
        i64::from_be_bytes(bytes)
    }
}

/// Where an envelope stands in the table of all logs: its room's number and its own, so that a room's envelopes are
/// neighbours.
pub(super) fn place(number: u64, seq: Seq) -> Result<i64, Broken> {
    if number >= 1 << (63 - SEQ_BITS) || seq.get() >= 1 << SEQ_BITS {
        return Err(Broken);
    }
    i64::try_from((number << SEQ_BITS) | seq.get()).map_err(|_| Broken)
}

/// Opens for writing, makes the tables or brings them up to date.
pub(super) fn open_writer(path: &Path) -> Result<(Connection, Identity), OpenError> {
    let mut db = connect(path)?;
    let (found, application) = versions(&db)?;
    if application != APPLICATION && (found, application) != (0, 0) {
        return Err(OpenError::Damaged);
    }
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    // Checkpoints are a thread's work, so that no commit has to wait for one.
    db.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;")?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::Io("the file system cannot hold a write-ahead log".into()));
    }
    if found == known && application == APPLICATION {
        // Nothing to change, for which a full disk may have no space.
        let identity = identity(&db)?;
        return Ok((db, identity));
    }
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (done, migration) in (1_u32..).zip(MIGRATIONS).skip(found as usize) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", done)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    let identity = identity(&transaction)?;
    table_tail::take_over(&transaction, &identity)?;
    transaction.commit()?;
    Ok((db, identity))
}

/// Opens for reading beside a writer.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -2048;")?;
    Ok(db)
}

/// The format in which data has a journal, and the one in which it had a table in its place.
pub(super) const WITH_JOURNAL: u32 = 4;
pub(super) const WITH_TABLE_TAIL: u32 = 3;

/// Opens for reading what another process may have open; it may even have ended in the middle of a write.
pub(super) fn open_reader_of_another(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    // It never moves pages for the one that writes.
    db.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048;")?;
    Ok(db)
}

/// Whose file it is.
pub(super) enum Ours {
    /// This program's, in this format.
    Yes(u32),
    Newer,
    No,
}

/// Looks whose file it is.
pub(super) fn is_ours(db: &Connection) -> rusqlite::Result<Ours> {
    let (found, application) = versions(db)?;
    Ok(match u32::try_from(MIGRATIONS.len()) {
        _ if application != APPLICATION => Ours::No,
        Ok(known) if found > known => Ours::Newer,
        _ => Ours::Yes(found),
    })
}

/// The format of the data, and whose it is.
fn versions(db: &Connection) -> rusqlite::Result<(u32, i32)> {
    let found = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok((found, application))
}

/// Opens for moving pages from the write-ahead log to the database.
pub(super) fn open_checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    db.execute_batch("PRAGMA wal_autocheckpoint = 0;")?;
    Ok(db)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // `trusted_schema` and `cell_size_check`: the file may be damaged, and must not be able to do more than that.
    // `secure_delete`: dropped bodies are overwritten where that costs no further write.
    db.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;
         PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;",
    )?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Reads who the store is; draws it if it is new.
pub(super) fn identity(db: &Connection) -> Result<Identity, OpenError> {
    let stored: Option<(Vec<u8>, Vec<u8>)> = db
        .query_row("SELECT incarnation, index_key FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (incarnation, index_key) = match stored {
        Some(stored) => stored,
        None => {
            let mut drawn = [0; 32];
            getrandom::fill(&mut drawn).map_err(|error| OpenError::Io(error.into()))?;
            let (incarnation, index_key) = drawn.split_at(16);
            let insert = "INSERT INTO store (one, incarnation, index_key, next_room) VALUES (1, ?1, ?2, 1)";
            db.execute(insert, [incarnation, index_key])?;
            (incarnation.to_vec(), index_key.to_vec())
        }
    };
    let incarnation = Incarnation::from_slice(&incarnation).ok_or(OpenError::Damaged)?;
    let index_key = index_key.try_into().map_err(|_| OpenError::Damaged)?;
    Ok(Identity { incarnation, index_key })
}

/// The frame of the journal up to which all is in the tables of that schema.
pub(super) fn settled(db: &Connection, schema: &str) -> Result<u64, OpenError> {
    let settled: i64 = db.query_row(&format!("SELECT settled FROM {schema}.store"), [], |row| row.get(0))?;
    u64::try_from(settled).map_err(|_| OpenError::Damaged)
}

/// Statements that bring the tables from each version to the next. What was once released here never changes.
///
/// - `rooms`: ordered by id, for listing. `number` names the room in the other tables.
/// - `log`: a room's envelopes are neighbours and need no index.
/// - `ids`: where an envelope of that keyed hash may stand; the envelope itself says whether it does.
/// - `removed`: rooms whose rows are still to be deleted.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE store (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        incarnation BLOB NOT NULL,
        index_key BLOB NOT NULL,
        next_room INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE rooms (
        id BLOB PRIMARY KEY,
        number INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE log (
        place INTEGER PRIMARY KEY,
        row BLOB NOT NULL
    ) STRICT;
    CREATE TABLE ids (
        room INTEGER NOT NULL,
        hash INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (room, hash, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE records (
        room INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        name BLOB NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (room, kind, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE blobs (
        room INTEGER NOT NULL,
        digest BLOB NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (room, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE removed (
        number INTEGER PRIMARY KEY
    ) STRICT;
", "
    -- The tables stay. From here on rooms may hold records of knocks and welcomes, which a program that knows version 1
    -- only would take for damage: it is told that the data is newer instead.
", "
    -- Appends of all rooms in the order of their commits, until they are moved to the tables above: a row is what one commit
    -- appended (`content.rs`).
    CREATE TABLE tail (
        number INTEGER PRIMARY KEY,
        row BLOB NOT NULL
    ) STRICT;
", "
    -- What was in that table is in the journal's files now (`table_tail.rs` moves what is left). All frames up to `settled` are
    -- in the tables above.
    ALTER TABLE store ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
"];

/// Marks the file as a store of rooms: "KRrs".
const APPLICATION: i32 = 0x4b52_7273;

/// Bits of a place that hold the sequence number: sixty-eight thousand million envelopes a room, and a hundred and
/// thirty-four million rooms in the life of a store.
const SEQ_BITS: u32 = 36;

/// How long a connection waits for another's short locks; nobody holds one for long.
pub(super) const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_do_not_reach_into_each_other() {
        let last = Seq::new((1 << SEQ_BITS) - 1);
        assert!(place(1, last).unwrap() < place(2, Seq::ZERO).unwrap());
        assert_eq!(place(1, last.next()), Err(Broken));
        assert_eq!(place(1 << 27, Seq::ZERO), Err(Broken));
        assert!(place((1 << 27) - 1, last).unwrap() == i64::MAX);
    }
}
