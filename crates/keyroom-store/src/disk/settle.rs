//! Moving envelopes from the tail to the logs of their rooms, a little at a time, while commits go on.
//!
//! A frame of the journal may be written over when all its envelopes are moved and durable where they are. Until then they are in
//! both, and after a crash whatever the tables have is passed over. Each step has a sync of its own, for which no short append waits:
//! all at once, at the end of a round, it would keep the disk from the journal.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex};

use keyroom_types::{RoomId, Seq};
use rusqlite::Connection;

use super::change::{Tables, put_room};
use super::codec::{Broken, RoomRow};
use super::fault::Fault;
use super::journal::Numbered;
use super::passes::PassPlaces;
use super::schema::Identity;
use super::tail::{Tail, TailWrite};
use super::transaction::Transaction;
use super::writer::Writer;
use super::{OpenError, content, lock, read};

/// One way through all rooms of the tail.
#[derive(Debug)]
pub(super) struct Round {
    /// Rooms that are still to be moved, each up to that envelope; the last one is next.
    rooms: Vec<(RoomId, Seq)>,
    /// The frame up to which all is moved then.
    until: u64,
    /// Bytes of the frames up to there.
    bytes: usize,
}

/// What frames of the journal have and the tables do not.
///
/// `at_once`: whether both were read at one moment. Else a write to the tables may have come between, behind which a room's envelopes
/// are left out.
pub(super) fn found(
    db: &Connection,
    settled: u64,
    frames: &[Numbered],
    at_once: bool,
) -> Result<Tail, OpenError> {
    let mut tail = Tail::default();
    tail.stored(settled, 0);
    tail.settled_to(settled, 0);
    let mut rooms = HashMap::new();
    for (frame, bytes) in frames {
        tail.stored(*frame, bytes.len());
        // What of it belongs to which room cannot be told: rooms would come back shorter than they were acknowledged.
        let writes = content::decode(bytes).map_err(|Broken| OpenError::Damaged)?;
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
            if write.first() == head.next() {
                tail.push(room, number, write);
            } else if at_once {
                return Err(OpenError::Damaged);
            }
        }
    }
    Ok(tail)
}

/// Moves all of a tail to the tables, inside of a transaction.
pub(super) fn move_tail(db: &Connection, identity: &Identity, tail: &Tail) -> Result<(), OpenError> {
    let mut passes = PassPlaces::default();
    for (room, _) in tail.by_number() {
        let writes = tail.room(&room).map(|room| room.oldest(usize::MAX)).unwrap_or_default();
        let moved = Tables { db, identity, passes: &mut passes }.take_over(&room, &writes);
        match moved {
            Err(Fault::Broken) => mark_lost(db, &room, &writes).map_err(opening)?,
            moved => moved.map_err(opening)?,
        }
    }
    Ok(())
}

fn damaged_room(fault: Fault) -> Result<Option<RoomRow>, OpenError> {
    match fault {
        Fault::Broken => Ok(None),
        fault => Err(opening(fault)),
    }
}

/// A fault that keeps a store from being opened.
fn opening(fault: Fault) -> OpenError {
    match fault {
        Fault::Broken => OpenError::Damaged,
        Fault::Sql(error) => error.into(),
        Fault::Io(error) => error.into(),
    }
}

impl Writer {
    /// Moves some envelopes of rooms that have a lot of them in the tail. True if there are more.
    pub(super) fn settle_long(&mut self, rows: usize) -> Result<bool, Fault> {
        let Some(room) = lock(&self.tail).long() else { return Ok(false) };
        if !self.settle_room(&room, rows)? {
            lock(&self.tail).long_is_moved();
        }
        Ok(true)
    }

    /// Moves some envelopes of all rooms in turn. False when all is moved that was there when a round began.
    pub(super) fn settle(&mut self, rows: usize) -> Result<bool, Fault> {
        let Some(round) = &mut self.round else {
            let tail = lock(&self.tail);
            if tail.bytes() == 0 {
                return Ok(false);
            }
            let mut rooms = tail.by_number();
            rooms.reverse();
            self.round = Some(Round { rooms, until: tail.newest(), bytes: tail.bytes() });
            return Ok(true);
        };
        if round.rooms.is_empty() {
            self.end_round()?;
            return Ok(false);
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
            // Begun again another time, so that no frame is written over whose envelopes were not moved.
            self.round = None;
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
                    mark_lost(&transaction, room, writes)?;
                    lost.push(room);
                }
                result => result?,
            }
        }
        transaction.commit()?;
        self.passes = passes;
        let rows: usize = rooms.iter().flat_map(|(_, writes)| writes).map(|write| write.rows.len()).sum();
        self.pages += 2 * rooms.len() + rows / 8;
        let mut tail = lock(&self.tail);
        for (room, writes) in rooms {
            tail.pop(room, writes.len());
        }
        lost.into_iter().for_each(|room| tail.was_changed(room));
        Ok(())
    }

    /// Notes, durably, that all is moved which was there when the round began.
    fn end_round(&mut self) -> Result<(), Fault> {
        if let Some(round) = self.round.take() {
            let until = i64::try_from(round.until).map_err(|_| Broken)?;
            self.db.prepare_cached("UPDATE store SET settled = ?1")?.execute([until])?;
            lock(&self.tail).settled_to(round.until, round.bytes);
        }
        Ok(())
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
fn mark_lost(db: &Connection, room: &RoomId, writes: &[Arc<TailWrite>]) -> Result<(), Fault> {
    let Some(newest) = writes.last() else { return Ok(()) };
    match read::room_row(db, room) {
        Ok(Some(mut row)) => {
            row.head = newest.head;
            Ok(put_room(db, room, &row)?)
        }
        Ok(None) | Err(Fault::Broken) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Envelopes that one step moves before commits get their turn: a few milliseconds.
pub(super) const SETTLE_ROWS: usize = 512;

/// What moving a room costs besides its envelopes, in envelopes: pages of its own, its head and its records.
const A_ROOM: usize = 3;
