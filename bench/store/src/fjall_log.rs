//! The log in fjall: one batch a commit, synced journal, a keyspace each for heads, envelopes and ids.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::{Append, Log, Result, sqlite_log::head};

pub(crate) struct FjallLog {
    db: Database,
    rooms: Keyspace,
    log: Keyspace,
    ids: Keyspace,
}

impl Log for FjallLog {
    fn open(dir: &Path) -> Result<Self> {
        let db = Database::builder(dir).cache_size(32 << 20).open()?;
        let rooms = db.keyspace("rooms", KeyspaceCreateOptions::default)?;
        let log = db.keyspace("log", KeyspaceCreateOptions::default)?;
        let ids = db.keyspace("ids", || KeyspaceCreateOptions::default().expect_point_read_hits(false))?;
        Ok(Self { db, rooms, log, ids })
    }

    fn commit(&mut self, appends: &[Append]) -> Result<()> {
        let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
        for append in appends {
            let mut data = Vec::with_capacity(256);
            data.extend_from_slice(&append.fields);
            data.extend_from_slice(&append.envelope);
            data.extend_from_slice(&append.body);
            let room = append.room.to_be_bytes();
            let id = [&room[..], &append.envelope].concat();
            if self.ids.contains_key(&id)? {
                return Err("repeated".into());
            }
            let seq = append.seq.to_be_bytes();
            batch.insert(&self.ids, id, seq);
            batch.insert(&self.log, [&room[..], &seq].concat(), data);
            batch.insert(&self.rooms, room, head(append));
        }
        Ok(batch.commit()?)
    }

    fn first_hundred(&mut self, room: u32) -> Result<(u64, usize)> {
        let head = self.rooms.get(room.to_be_bytes())?.ok_or("no room")?;
        let mut bytes = 0;
        for entry in self.log.prefix(room.to_be_bytes()).take(100) {
            bytes += entry.value()?.len();
        }
        Ok((u64::from_be_bytes(head[..8].try_into()?), bytes))
    }

    fn settle(&mut self) -> Result<()> {
        for keyspace in [&self.rooms, &self.log, &self.ids] {
            keyspace.rotate_memtable_and_wait()?;
            keyspace.major_compact()?;
        }
        Ok(())
    }
}
