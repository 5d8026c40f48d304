//! The log in SQLite: WAL, `synchronous = FULL`, clustered by room and sequence number.

use std::path::Path;

use rusqlite::Connection;

use crate::{Append, Log, Result};

pub(crate) struct SqliteLog(Connection);

impl Log for SqliteLog {
    fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let db = Connection::open(dir.join("log.db"))?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
             PRAGMA wal_autocheckpoint = 8000;
             CREATE TABLE IF NOT EXISTS rooms (room INTEGER PRIMARY KEY, head BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS log (place INTEGER PRIMARY KEY, data BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS ids (room INTEGER, id INTEGER, seq INTEGER,
                 PRIMARY KEY (room, id, seq)) WITHOUT ROWID;",
        )?;
        db.set_prepared_statement_cache_capacity(16);
        Ok(Self(db))
    }

    fn commit(&mut self, appends: &[Append]) -> Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut log = transaction.prepare_cached("INSERT INTO log VALUES (?1, ?2)")?;
            let mut ids = transaction.prepare_cached("INSERT INTO ids VALUES (?1, ?2, ?3)")?;
            let mut find = transaction.prepare_cached("SELECT seq FROM ids WHERE room = ?1 AND id = ?2")?;
            let mut rooms = transaction.prepare_cached("INSERT OR REPLACE INTO rooms VALUES (?1, ?2)")?;
            let mut data = Vec::new();
            for append in appends {
                data.clear();
                data.extend_from_slice(&append.fields);
                data.extend_from_slice(&append.envelope);
                data.extend_from_slice(&append.body);
                let id = i64::from_le_bytes(append.envelope[..8].try_into()?);
                if find.exists((append.room, id))? {
                    return Err("repeated".into());
                }
                ids.execute((append.room, id, append.seq.cast_signed()))?;
                log.execute((place(append.room, append.seq), &data))?;
                rooms.execute((append.room, head(append)))?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn first_hundred(&mut self, room: u32) -> Result<(u64, usize)> {
        let head: Vec<u8> =
            self.0.query_row("SELECT head FROM rooms WHERE room = ?1", [room], |row| row.get(0))?;
        let mut rows = self.0.prepare("SELECT data FROM log WHERE place > ?1 AND place < ?2 LIMIT 100")?;
        let rows = rows.query_map([place(room, 0), place(room + 1, 0)], |row| row.get::<_, Vec<u8>>(0))?;
        let mut bytes = 0;
        for row in rows {
            bytes += row?.len();
        }
        Ok((u64::from_be_bytes(head[..8].try_into()?), bytes))
    }

    fn settle(&mut self) -> Result<()> {
        Ok(self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

fn place(room: u32, seq: u64) -> i64 {
    (i64::from(room) << 36) | seq.cast_signed()
}

/// Sequence number, and what else a head holds.
pub(crate) fn head(append: &Append) -> Vec<u8> {
    let mut head = append.seq.to_be_bytes().to_vec();
    head.extend_from_slice(&append.body[..56]);
    head
}
