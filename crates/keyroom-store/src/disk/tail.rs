//! What is durable in the journal and not yet in the tables of its room, as it is held in memory.
//!
//! A room's log is one place of the database, so that appends to a thousand rooms change a thousand pages. The journal is one
//! place for all of them: a commit adds one frame to it, and later its envelopes are moved to the logs, many of a room at once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use keyroom_types::{EnvelopeId, RoomId, Seq};

use super::codec;
use crate::{Head, RecordKey};

/// Records that are set or removed.
pub(super) type Records = Vec<(RecordKey, Option<Bytes>)>;

/// One write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TailWrite {
    /// Where the room stands after it.
    pub(super) head: Head,
    /// Its envelopes, each as its row of the log with the pass written out.
    pub(super) rows: Vec<(EnvelopeId, Bytes)>,
    /// Records that it sets or removes.
    pub(super) records: Records,
}

impl TailWrite {
    /// Where its first envelope stands.
    pub(super) fn first(&self) -> Seq {
        Seq::new((self.head.seq.get() + 1).saturating_sub(self.rows.len() as u64))
    }
}

/// What the tail holds of one room: writes without a gap, in their order.
#[derive(Debug, Default)]
pub(super) struct TailRoom {
    /// The room's number in the tables.
    number: u64,
    /// Shared with whoever moves them.
    writes: VecDeque<Arc<TailWrite>>,
    ids: HashMap<EnvelopeId, Seq>,
}

impl TailRoom {
    /// Where the room stands.
    pub(super) fn head(&self) -> Option<Head> {
        self.writes.back().map(|write| write.head)
    }

    /// How many envelopes there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Where the envelope of that name stands.
    pub(super) fn place_of(&self, envelope: &EnvelopeId) -> Option<Seq> {
        self.ids.get(envelope).copied()
    }

    /// The names of all its envelopes, in no order.
    pub(super) fn ids(&self) -> impl Iterator<Item = &EnvelopeId> {
        self.ids.keys()
    }

    /// All writes, the oldest first.
    pub(super) fn writes(&self) -> impl Iterator<Item = &TailWrite> {
        self.writes.iter().map(Arc::as_ref)
    }

    /// The oldest writes, of at most so many envelopes; one at least.
    pub(super) fn oldest(&self, rows: usize) -> Vec<Arc<TailWrite>> {
        let mut left = rows;
        let mut fits = |write: &&Arc<TailWrite>| {
            let fits = left == rows || write.rows.len() <= left;
            left = left.saturating_sub(write.rows.len());
            fits
        };
        self.writes.iter().take_while(|write| fits(write)).cloned().collect()
    }

    /// Rows of the log behind `after`: one at least, at most `count`, and few more after their bodies reach `bytes`.
    fn behind(&self, after: Seq, count: usize, bytes: usize) -> Vec<(Seq, Bytes)> {
        let from = self.writes.partition_point(|write| write.head.seq <= after);
        let mut taken = 0;
        let rows = self.writes.range(from..).flat_map(|write| {
            let seqs = (write.first().get()..).map(Seq::new);
            seqs.zip(write.rows.iter().map(|(_, row)| row.clone()))
        });
        rows.filter(|(seq, _)| *seq > after)
            .take(count)
            .take_while(|(_, row)| {
                let more = taken < bytes.max(1);
                taken += row.len().saturating_sub(codec::LONGEST_FIELDS);
                more
            })
            .collect()
    }
}

/// What a reader took of a room from the tail, before it looked into the tables. The tables may have it, too, by then:
/// whatever they have is what counts.
#[derive(Debug)]
pub(super) struct Recent<T> {
    pub(super) number: u64,
    pub(super) head: Head,
    pub(super) what: T,
}

impl<T> Recent<T> {
    /// This, if it goes on where the tables end.
    pub(super) fn beyond(self, number: u64, head: &Head) -> Option<Self> {
        (self.number == number && self.head.seq > head.seq).then_some(self)
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Tail {
    rooms: HashMap<RoomId, TailRoom>,
    /// Where rooms stand that had something in it lately: a look into the tables costs more than an append.
    rests: HashMap<RoomId, (u64, Head)>,
    /// Rooms with so much in it that it is moved ahead of the others'.
    long: VecDeque<RoomId>,
    /// The newest frame of the journal.
    newest: u64,
    /// All frames up to this one are in the tables, and durable there.
    settled: u64,
    /// Bytes of the frames behind that.
    bytes: usize,
}

impl Tail {
    pub(super) fn room(&self, room: &RoomId) -> Option<&TailRoom> {
        self.rooms.get(room)
    }

    /// Where the room stands, if the tail has anything of it, and its number.
    pub(super) fn standing(&self, room: &RoomId) -> Option<(u64, Head)> {
        self.rooms.get(room).and_then(|room| Some((room.number, room.head()?)))
    }

    /// As [`Self::standing`], also of rooms that are all in the tables now, if it is known.
    pub(super) fn last_standing(&self, room: &RoomId) -> Option<(u64, Head)> {
        self.standing(room).or_else(|| self.rests.get(room).copied())
    }

    /// Where each room of the tail stands.
    pub(super) fn standings(&self) -> HashMap<RoomId, Recent<()>> {
        let standing = |(id, room): (&RoomId, &TailRoom)| {
            Some((*id, Recent { number: room.number, head: room.head()?, what: () }))
        };
        self.rooms.iter().filter_map(standing).collect()
    }

    /// Rooms in the order in which the tables have them, each with its newest envelope.
    pub(super) fn by_number(&self) -> Vec<(RoomId, Seq)> {
        let mut rooms: Vec<_> = self
            .rooms
            .iter()
            .filter_map(|(id, room)| room.head().map(|head| (room.number, *id, head.seq)))
            .collect();
        rooms.sort_unstable();
        rooms.into_iter().map(|(_, id, newest)| (id, newest)).collect()
    }

    /// Rows of a room's log.
    pub(super) fn log(
        &self,
        room: &RoomId,
        after: Seq,
        count: usize,
        bytes: usize,
    ) -> Option<Recent<Vec<(Seq, Bytes)>>> {
        let (number, head) = self.standing(room)?;
        Some(Recent { number, head, what: self.rooms.get(room)?.behind(after, count, bytes) })
    }

    /// A room's records, in the order in which they were set.
    pub(super) fn records(&self, room: &RoomId) -> Option<Recent<Records>> {
        let (number, head) = self.standing(room)?;
        let writes = self.rooms.get(room)?.writes();
        Some(Recent { number, head, what: writes.flat_map(|write| write.records.iter().cloned()).collect() })
    }

    /// One row of a room's log, by the envelope's name; or the room's number alone, if the tail knows that.
    pub(super) fn find(&self, room: &RoomId, envelope: &EnvelopeId) -> Option<(u64, Option<(Seq, Bytes)>)> {
        let room = self.rooms.get(room)?;
        let row = room.place_of(envelope).and_then(|seq| {
            room.behind(Seq::new(seq.get().saturating_sub(1)), 1, usize::MAX).into_iter().next()
        });
        Some((room.number, row))
    }

    /// Adds a write behind what there is. Returns how many envelopes the room has here now.
    pub(super) fn push(&mut self, id: RoomId, number: u64, write: TailWrite) -> usize {
        let room = self.rooms.entry(id).or_default();
        room.number = number;
        room.ids.extend((write.first().get()..).zip(&write.rows).map(|(seq, (id, _))| (*id, Seq::new(seq))));
        room.writes.push_back(Arc::new(write));
        room.len()
    }

    /// Adds the writes of the frame of that number behind what there is.
    pub(super) fn absorb(&mut self, writes: Vec<(RoomId, u64, TailWrite)>, number: u64, bytes: usize) {
        for (id, room, write) in writes {
            if self.push(id, room, write) >= LONG && !self.long.contains(&id) {
                self.long.push_back(id);
            }
        }
        self.stored(number, bytes);
    }

    /// A frame was added to the journal.
    pub(super) fn stored(&mut self, number: u64, bytes: usize) {
        self.newest = number;
        self.bytes += bytes;
    }

    /// All frames up to this one, which have so many bytes, are in the tables and durable there.
    pub(super) fn settled_to(&mut self, number: u64, bytes: usize) {
        self.settled = number;
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// The newest frame of the journal.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// The frame up to which all is in the tables.
    pub(super) fn settled(&self) -> u64 {
        self.settled
    }

    /// Bytes of the frames behind that.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is something to move: so many bytes of frames, or a lot of one room.
    pub(super) fn is_due(&self, bytes: usize) -> bool {
        self.bytes >= bytes.max(1) || !self.long.is_empty()
    }

    /// The room whose turn it is because there is a lot of it.
    pub(super) fn long(&self) -> Option<RoomId> {
        self.long.front().copied()
    }

    /// That room had its turn.
    pub(super) fn long_is_moved(&mut self) {
        self.long.pop_front();
    }

    /// Forgets a room's oldest writes.
    pub(super) fn pop(&mut self, id: &RoomId, writes: usize) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        if writes >= room.writes.len() {
            let standing = self.standing(id);
            self.rooms.remove(id);
            if self.rests.len() >= RESTS {
                self.rests.clear();
            }
            self.rests.extend(standing.map(|standing| (*id, standing)));
            return;
        }
        for write in room.writes.drain(..writes) {
            for (envelope, _) in &write.rows {
                room.ids.remove(envelope);
            }
        }
    }

    /// Forgets a room.
    pub(super) fn forget(&mut self, room: &RoomId) {
        self.rooms.remove(room);
        self.rests.remove(room);
    }

    /// Where the room stands is to be looked for in the tables.
    pub(super) fn was_changed(&mut self, room: &RoomId) {
        self.rests.remove(room);
    }
}

/// Envelopes of one room that are a lot: a commit that must move all of them first should take milliseconds.
const LONG: usize = 1 << 10;

/// Rooms of which it is known where they stand: some megabytes.
const RESTS: usize = 16 << 10;
