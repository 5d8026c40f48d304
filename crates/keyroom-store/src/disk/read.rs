//! Reading, on whichever connection: a reader's, or the writer's inside its transaction.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use keyroom_types::{Digest, EnvelopeId, Header, PassKey, RoomId, Seq};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::codec::{self, Broken, LogRow, Pass, RoomRow};
use super::fault::Fault;
use super::schema::{Identity, place};
use super::tail::{Recent, Records};
use crate::{RecordKey, RoomState, RoomSummary, Stored};

/// What the table of rooms says of a room.
pub(super) fn room_row(db: &Connection, room: &RoomId) -> Result<Option<RoomRow>, Fault> {
    let mut find = db.prepare_cached("SELECT number, state FROM rooms WHERE id = ?1")?;
    let mut rows = find.query([room.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(RoomRow::from_bytes(room, number(row, 0)?, blob(row, 1)?)?))
}

/// A room's head and records, which must be all that were written; with what the tail had of it.
pub(super) fn room_state(
    db: &Connection,
    room: &RoomId,
    recent: Option<Recent<Records>>,
) -> Result<Option<RoomState>, Fault> {
    let Some(RoomRow { number, head, records: expected, .. }) = room_row(db, room)? else { return Ok(None) };
    let mut find =
        db.prepare_cached("SELECT kind, name, value FROM records WHERE room = ?1 ORDER BY kind, name")?;
    let mut rows = find.query([number])?;
    let (mut records, mut sum) = (Vec::new(), 0_u32);
    while let Some(row) = rows.next()? {
        let (table, key): (u8, _) = (row.get(0)?, blob(row, 1)?);
        let (value, checksum) = codec::decode_record(number, table, key, blob(row, 2)?)?;
        sum = sum.wrapping_add(checksum);
        records.push((RecordKey { table, key: Bytes::copy_from_slice(key) }, value));
    }
    if sum != expected {
        return Err(Fault::Broken);
    }
    let Some(recent) = recent.and_then(|recent| recent.beyond(number, &head)) else {
        return Ok(Some(RoomState { head, records }));
    };
    let mut all: BTreeMap<RecordKey, Bytes> = records.into_iter().collect();
    for (key, value) in recent.what {
        match value {
            Some(value) => all.insert(key, value),
            None => all.remove(&key),
        };
    }
    Ok(Some(RoomState { head: recent.head, records: all.into_iter().collect() }))
}

/// Envelopes behind `after`, and what stopped it before its limits, with the envelope at which it did. `recent` is what the
/// tail had behind `after`.
pub(super) fn log(
    db: &Connection,
    room: &RoomId,
    recent: Option<Recent<Vec<(Seq, Bytes)>>>,
    after: Seq,
    count: usize,
    bytes: usize,
) -> (Vec<Stored>, Option<(Seq, Fault)>) {
    let mut read = Vec::new();
    let row = match room_row(db, room) {
        Ok(Some(row)) => row,
        Ok(None) => return (read, None),
        Err(fault) => return (read, Some((Seq::ZERO, fault))),
    };
    if count == 0 {
        return (read, None);
    }
    let (mut next, mut taken, mut more) = (after.next(), 0, true);
    let mut take = |stored: Stored| {
        taken += stored.body.len();
        read.push(stored);
        more = read.len() < count && taken < bytes;
        more
    };
    let mut stopped = Ok(());
    if after < row.head.seq {
        stopped = each(db, &row, after, &mut next, &mut take);
    }
    if let (Ok(()), Some(recent)) = (&stopped, recent.and_then(|recent| recent.beyond(row.number, &row.head)))
    {
        stopped = each_recent(&row, &recent.what, &mut next, &mut take);
    }
    (read, stopped.err().map(|fault| (next, fault)))
}

/// As [`each`], of what the tail had behind the table's end.
fn each_recent(
    room: &RoomRow,
    rows: &[(Seq, Bytes)],
    next: &mut Seq,
    mut more: impl FnMut(Stored) -> bool,
) -> Result<(), Fault> {
    for (seq, row) in rows.iter().filter(|(seq, _)| *seq > room.head.seq) {
        if seq != next {
            // The table's part ended at a limit before its end.
            return Ok(());
        }
        if !more(tailed(room.number, *seq, row)?) {
            break;
        }
        *next = next.next();
    }
    Ok(())
}

/// Hands out the envelopes behind `after` to the head's as long as `more` says so; `next` is the one that it is at.
fn each(
    db: &Connection,
    room: &RoomRow,
    after: Seq,
    next: &mut Seq,
    mut more: impl FnMut(Stored) -> bool,
) -> Result<(), Fault> {
    let (from, to) = (place(room.number, after)?, place(room.number, room.head.seq)?);
    let mut find =
        db.prepare_cached("SELECT place, row FROM log WHERE place > ?1 AND place <= ?2 ORDER BY place")?;
    let mut rows = find.query([from, to])?;
    let mut passes = Passes::default();
    while *next <= room.head.seq {
        let row = rows.next()?.ok_or(Broken)?;
        let here = place(room.number, *next)?;
        if row.get::<_, i64>(0)? != here {
            return Err(Fault::Broken);
        }
        let row = LogRow::decode(*next, here, blob(row, 1)?)?;
        let pass = passes.of(db, room.number, &row)?;
        if !more(row.stored(pass)) {
            break;
        }
        *next = next.next();
    }
    Ok(())
}

/// Where an envelope stands; a fault comes with the place where it was met.
pub(super) fn find(
    db: &Connection,
    identity: &Identity,
    room: u64,
    envelope: &EnvelopeId,
) -> Result<Option<Header>, (Seq, Fault)> {
    let at_no_place = |fault: rusqlite::Error| (Seq::ZERO, fault.into());
    let mut find =
        db.prepare_cached("SELECT seq FROM ids WHERE room = ?1 AND hash = ?2").map_err(at_no_place)?;
    let hash = identity.index(room, envelope);
    let mut rows = find.query((room, hash)).map_err(at_no_place)?;
    while let Some(row) = rows.next().map_err(at_no_place)? {
        let seq = Seq::new(number(row, 0).map_err(|fault| (Seq::ZERO, fault))?);
        let found = log_row(db, room, seq).map_err(|fault| (seq, fault))?;
        if found.envelope == *envelope {
            let pass = Passes::default().of(db, room, &found).map_err(|fault| (seq, fault))?;
            return Ok(Some(found.stored(pass).header));
        }
    }
    Ok(None)
}

/// An envelope as the tail has it: with its pass written out.
pub(super) fn tailed(number: u64, seq: Seq, row: &[u8]) -> Result<Stored, Fault> {
    let row = LogRow::decode(seq, place(number, seq)?, row)?;
    match row.pass {
        Pass::Key(pass) => Ok(row.stored(pass)),
        Pass::As(_) => Err(Fault::Broken),
    }
}

/// One envelope that must be there.
pub(super) fn log_row(db: &Connection, number: u64, seq: Seq) -> Result<LogRow, Fault> {
    let place = place(number, seq)?;
    let mut find = db.prepare_cached("SELECT row FROM log WHERE place = ?1")?;
    let mut rows = find.query([place])?;
    let row = rows.next()?.ok_or(Broken)?;
    Ok(LogRow::decode(seq, place, blob(row, 0)?)?)
}

/// A blob whose bytes are those of its name.
pub(super) fn blob_bytes(db: &Connection, room: &RoomRow, digest: &Digest) -> Result<Option<Bytes>, Fault> {
    let mut find = db.prepare_cached("SELECT bytes FROM blobs WHERE room = ?1 AND digest = ?2")?;
    let found =
        find.query_row((room.number, digest.as_bytes()), |row| row.get::<_, Vec<u8>>(0)).optional()?;
    match found {
        Some(bytes) if Digest::of(&bytes) != *digest => Err(Fault::Broken),
        bytes => Ok(bytes.map(Bytes::from)),
    }
}

/// Rooms in the order of their ids; those whose row is damaged are left out.
pub(super) fn rooms(
    db: &Connection,
    mut recent: HashMap<RoomId, Recent<()>>,
    after: Option<&RoomId>,
    count: usize,
) -> Result<Vec<RoomSummary>, Fault> {
    let mut find = db.prepare_cached("SELECT id, number, state FROM rooms WHERE id > ?1 ORDER BY id")?;
    // Nothing is shorter than no bytes, so that these stand before every id.
    let mut rows = find.query([after.map_or(&[][..], |room| room.as_bytes())])?;
    let mut found = Vec::new();
    while found.len() < count {
        let Some(row) = rows.next()? else { break };
        let mut summary = || -> Result<RoomSummary, Fault> {
            let room = RoomId::from_slice(blob(row, 0)?).ok_or(Broken)?;
            let RoomRow { number, head, .. } = RoomRow::from_bytes(&room, number(row, 1)?, blob(row, 2)?)?;
            let recent = recent.remove(&room).and_then(|recent| recent.beyond(number, &head));
            Ok(RoomSummary { room, head: recent.map_or(head, |recent| recent.head) })
        };
        match summary() {
            Ok(summary) => found.push(summary),
            Err(Fault::Broken) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

/// The passes that the envelopes of one answer name by their place.
#[derive(Default)]
struct Passes(HashMap<Seq, PassKey>);

impl Passes {
    fn of(&mut self, db: &Connection, number: u64, row: &LogRow) -> Result<PassKey, Fault> {
        match row.pass {
            Pass::Key(key) => {
                self.0.insert(row.seq, key);
                Ok(key)
            }
            Pass::As(seq) => match self.0.get(&seq) {
                Some(key) => Ok(*key),
                None => {
                    let Pass::Key(key) = log_row(db, number, seq)?.pass else { return Err(Fault::Broken) };
                    self.0.insert(seq, key);
                    Ok(key)
                }
            },
        }
    }
}

fn number(row: &Row<'_>, column: usize) -> Result<u64, Fault> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).map_err(|_| Broken)?)
}

/// A column's bytes where SQLite has them, without a copy.
fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], Fault> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(bytes),
        _ => Err(Fault::Broken),
    }
}
