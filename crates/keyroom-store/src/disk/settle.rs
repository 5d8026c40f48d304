//! Moving envelopes from the tail to the logs of their rooms, a little at a time, while commits go on.
//!
//! A row of the tail is deleted when all its envelopes are moved. Until then they are in both, and after a crash whatever
//! the tables have is passed over. So nothing of this needs a sync of its own: the next commit's, or a checkpoint's, covers
//! it, and the write-ahead log keeps the order in which things were written.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use keyroom_types::{RoomId, Seq};
use rusqlite::{Connection, OptionalExtension as _};

use super::change::{Tables, put_room};
use super::codec::{Broken, RoomRow};
use super::fault::Fault;
use super::passes::PassPlaces;
use super::tail::{Tail, TailWrite};
use super::transaction::{Transaction, Unsynced};
use super::writer::Writer;
use super::{OpenError, lock, read, tail_row};

/// How far it is.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// Bytes of the tail's rows.
    bytes: usize,
    /// The newest row's number.
    newest: i64,
    /// Rooms with so much in the tail that it is moved ahead of the others'.
    long: VecDeque<RoomId>,
    round: Option<Round>,
}

/// One way through all rooms of the tail.
#[derive(Debug)]
struct Round {
    /// Rooms that are still to be moved, each up to that envelope; the last one is next.
    rooms: Vec<(RoomId, Seq)>,
    /// The tail's row up to which all is moved then.
    until: i64,
}

impl Settling {
    /// The number of the tail's next row. No two rows of a process have the same: what a round may delete is told by it.
    pub(super) fn next(&self) -> i64 {
        self.newest + 1
    }

    /// A row was added to the tail.
    pub(super) fn stored(&mut self, number: i64, len: usize) {
        self.newest = number;
        self.bytes += len;
    }

    /// These rooms have a lot in the tail.
    pub(super) fn long(&mut self, rooms: Vec<RoomId>) {
        for room in rooms {
            if !self.long.contains(&room) {
                self.long.push_back(room);
            }
        }
    }

    /// Bytes of the tail's rows.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is something to do: more than so many bytes of the tail, or of one room, or a round under way.
    pub(super) fn is_due(&self, bytes: usize) -> bool {
        self.bytes >= bytes || self.round.is_some() || !self.long.is_empty()
    }
}

/// What the tail holds when a store is opened.
pub(super) fn found(db: &Connection) -> Result<(Tail, Settling), OpenError> {
    let (mut tail, mut settling) = (Tail::default(), Settling::default());
    let mut rooms = HashMap::new();
    let mut find = db.prepare("SELECT number, row FROM tail ORDER BY number")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        settling.stored(row.get(0)?, bytes.len());
        // What of it belongs to which room cannot be told: rooms would come back shorter than they were acknowledged.
        let writes = tail_row::decode(&bytes).map_err(|Broken| OpenError::Damaged)?;
        for (room, number, write) in writes {
            let row = match rooms.entry(room) {
                Entry::Occupied(entry) => *entry.into_mut(),
                Entry::Vacant(entry) => *entry.insert(read::room_row(db, &room).or_else(damaged_room)?),
            };
            // A room that is removed, or that is damaged and says so itself, has no use for it.
            let Some(row) = row.filter(|row| row.number == number) else { continue };
            let head = tail.standing(&room).map_or(row.head.seq, |(_, head)| head.seq);
            if write.head.seq <= head {
                continue;
            }
            if write.first() != head.next() {
                return Err(OpenError::Damaged);
            }
            tail.push(room, number, write);
        }
    }
    Ok((tail, settling))
}

fn damaged_room(fault: Fault) -> Result<Option<RoomRow>, OpenError> {
    match fault {
        Fault::Broken => Ok(None),
        Fault::Sql(error) => Err(error.into()),
    }
}

impl Writer {
    /// Moves some envelopes of rooms that have a lot of them in the tail. True if there are more.
    pub(super) fn settle_long(&mut self, rows: usize) -> Result<bool, Fault> {
        let Some(&room) = self.settling.long.front() else { return Ok(false) };
        if !self.settle_room(&room, rows)? {
            self.settling.long.pop_front();
        }
        Ok(true)
    }

    /// Moves some envelopes of all rooms in turn. False when all is moved that was there when a round began.
    pub(super) fn settle(&mut self, rows: usize) -> Result<bool, Fault> {
        let Some(round) = &mut self.settling.round else {
            let mut rooms = lock(&self.tail).by_number();
            rooms.reverse();
            let until = self.settling.newest;
            self.settling.round = Some(Round { rooms, until });
            return Ok(self.settling.bytes > 0);
        };
        if round.rooms.is_empty() {
            let more = self.delete_rows();
            if !matches!(more, Ok(true)) {
                self.settling.round = None;
            }
            return more;
        }
        let (mut chosen, mut left) = (Vec::new(), rows);
        while let Some((room, newest)) = round.rooms.last().filter(|_| left > 0) {
            let writes = oldest(&self.tail, room, *newest, left);
            let moved: usize = writes.iter().map(|write| write.rows.len()).sum();
            left = left.saturating_sub(moved + A_ROOM);
            let done = writes.last().is_none_or(|write| write.head.seq >= *newest);
            chosen.push((*room, writes));
            if !done {
                break;
            }
            round.rooms.pop();
        }
        if let Err(fault) = self.move_all(&chosen) {
            // Begun again another time, so that no row is deleted whose envelopes were not moved.
            self.settling.round = None;
            return Err(fault);
        }
        Ok(true)
    }

    /// Moves some of a room's envelopes. True if there are more.
    pub(super) fn settle_room(&mut self, room: &RoomId, rows: usize) -> Result<bool, Fault> {
        let writes = oldest(&self.tail, room, Seq::new(u64::MAX), rows);
        if !writes.is_empty() {
            self.move_all(&[(*room, writes)])?;
        }
        Ok(lock(&self.tail).room(room).is_some())
    }

    /// Moves these writes, each room's oldest, in one transaction.
    fn move_all(&mut self, rooms: &[(RoomId, Vec<Arc<TailWrite>>)]) -> Result<(), Fault> {
        match self.try_move(rooms, false) {
            Err(Fault::Broken) => self.try_move(rooms, true),
            result => result,
        }
    }

    fn try_move(&mut self, rooms: &[(RoomId, Vec<Arc<TailWrite>>)], alone: bool) -> Result<(), Fault> {
        // As in a commit: kept only if all goes well.
        let mut passes = std::mem::take(&mut self.passes);
        let mut lost = Vec::new();
        let unsynced = Unsynced::begin(&self.db)?;
        let transaction = Transaction::write(&self.db)?;
        for (room, writes) in rooms {
            let mut tables = Tables { db: &transaction, identity: &self.identity, passes: &mut passes };
            if !alone {
                tables.take_over(room, writes)?;
                continue;
            }
            match transaction.alone(|| tables.take_over(room, writes)) {
                Err(Fault::Broken) => {
                    passes = PassPlaces::default();
                    lost.push(*room);
                }
                result => result?,
            }
        }
        for room in &lost {
            mark_lost(&transaction, &self.tail, room)?;
        }
        transaction.commit()?;
        unsynced.end()?;
        self.passes = passes;
        let mut tail = lock(&self.tail);
        for (room, writes) in rooms {
            tail.pop(room, writes.len());
        }
        lost.iter().for_each(|room| tail.forget(room));
        Ok(())
    }

    /// Deletes some of the tail's rows whose envelopes are all moved. True if there are more.
    fn delete_rows(&mut self) -> Result<bool, Fault> {
        let until = self.settling.round.as_ref().map_or(0, |round| round.until);
        let unsynced = Unsynced::begin(&self.db)?;
        let transaction = Transaction::write(&self.db)?;
        let (mut deleted, mut more) = (0, true);
        for _ in 0..DELETE_ROWS {
            let oldest: Option<(i64, usize)> = transaction
                .prepare_cached(
                    "SELECT number, length(row) FROM tail WHERE number <= ?1 ORDER BY number LIMIT 1",
                )?
                .query_row([until], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((number, len)) = oldest else {
                more = false;
                break;
            };
            transaction.prepare_cached("DELETE FROM tail WHERE number = ?1")?.execute([number])?;
            deleted += len;
            if deleted >= DELETE_BYTES {
                break;
            }
        }
        transaction.commit()?;
        unsynced.end()?;
        self.settling.bytes = self.settling.bytes.saturating_sub(deleted);
        Ok(more)
    }
}

/// A room's oldest writes, up to that of `newest`.
fn oldest(tail: &Mutex<Tail>, room: &RoomId, newest: Seq, rows: usize) -> Vec<Arc<TailWrite>> {
    let mut writes = lock(tail).room(room).map(|room| room.oldest(rows)).unwrap_or_default();
    writes.retain(|write| write.first() <= newest);
    writes
}

/// Pages of the room are damaged. Where its head can be written, it says how long the log was: that some of it cannot be read
/// is then seen for ever.
fn mark_lost(db: &Connection, tail: &Mutex<Tail>, room: &RoomId) -> Result<(), Fault> {
    let Some((_, head)) = lock(tail).standing(room) else { return Ok(()) };
    match read::room_row(db, room) {
        Ok(Some(mut row)) => {
            row.head = head;
            Ok(put_room(db, room, &row)?)
        }
        Ok(None) | Err(Fault::Broken) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Rows of the tail, and bytes of them, that one step deletes before commits get their turn.
const DELETE_ROWS: usize = 256;
const DELETE_BYTES: usize = 4 << 20;

/// Envelopes that one step moves before commits get their turn: a few milliseconds.
pub(super) const SETTLE_ROWS: usize = 256;

/// What moving a room costs besides its envelopes, in envelopes: pages of its own, its head and its records.
const A_ROOM: usize = 3;
