//! What is due now and then: the last head of a burst, memory of rooms that went quiet, retention.

use std::sync::Arc;
use std::time::Duration;

use keyroom_store::RoomError;
use keyroom_types::{RoomId, Seq, Timestamp};

use super::finish::{HEAD_EVERY, tell_head};
use super::rooms::RoomCell;
use super::{Hub, lock};
use crate::Now;

impl Hub {
    /// Looks at all rooms in which something happened, about once a second. A relay with many of them takes them in parts.
    pub fn tick(&self, now: Now) {
        self.tick_rooms(now, &self.touched());
    }

    /// The rooms in which something happened since this was asked last, each of which [`Self::tick_rooms`] is to look at.
    pub(crate) fn touched(&self) -> Vec<Arc<RoomCell>> {
        std::mem::take(&mut *lock(&self.shared.rooms.touched))
    }

    /// A tick for some of the rooms.
    pub(crate) fn tick_rooms(&self, now: Now, rooms: &[Arc<RoomCell>]) {
        for cell in rooms {
            cell.untouch();
            self.tick_room(now, cell);
        }
    }

    fn tick_room(&self, now: Now, cell: &Arc<RoomCell>) {
        let shared = &self.shared;
        let mut guard = lock(&cell.served);
        let Some(served) = guard.as_mut() else { return };
        let heads = &served.room.heads;
        let unsigned = heads.signed.is_none_or(|head| head.seq != served.room.durable().seq);
        let due = heads.signed_at.is_none_or(|at| at + HEAD_EVERY <= now.mono);
        if unsigned && due && !served.links.is_empty() && served.room.durable().seq > Seq::ZERO {
            tell_head(shared, now, served);
        }
        let quiet = served.room.heads.written_at.is_none_or(|at| at + QUIET <= now.mono);
        if quiet {
            served.room.recent.clear();
            served.room.last_blob = None;
            served.room.last_knock = None;
        }
        let empty = served.empty_since.is_some_and(|since| since + EMPTY <= now.mono);
        let put_away = served.lost || (empty && !served.room.is_writing());
        let settled = quiet && served.empty_since.is_none() && !served.lost;
        drop(guard);
        if put_away {
            shared.rooms.put_away(&shared.counts, cell, |served| {
                served.lost || (served.links.is_empty() && !served.room.is_writing())
            });
        } else if !settled {
            shared.rooms.touch(cell);
        }
    }

    /// Drops bodies of messages that are older than the relay keeps them, in the room behind `after`. Returns the
    /// room it saw to; `None` at the end of the rooms. It waits for the disk, so it has a thread of its own.
    ///
    /// # Errors
    /// The room, or the store, cannot be read.
    pub fn sweep(&self, now: Timestamp, after: Option<&RoomId>) -> Result<Option<RoomId>, RoomError> {
        let shared = &self.shared;
        let Some(kept) = *lock(&shared.retention) else { return Ok(None) };
        let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
        let Some(before) = now.as_millis().checked_sub(kept).map(Timestamp::from_millis) else {
            return Ok(None);
        };
        let Some(summary) = shared.store.rooms(after, 1)?.first().copied() else { return Ok(None) };
        let mut all = 0;
        loop {
            let dropped = shared.store.drop_bodies(&summary.room, before, SWEEP)?;
            all += dropped;
            if dropped < SWEEP {
                break;
            }
        }
        if all > 0 {
            shared.counts.dropped.add(all as u64);
            self.shrunk(&summary.room)?;
        }
        Ok(Some(summary.room))
    }

    /// Tells a room that is in memory how much retention left of it.
    fn shrunk(&self, room: &RoomId) -> Result<(), RoomError> {
        let Some(cell) = self.shared.rooms.there(room) else { return Ok(()) };
        let mut served = lock(&cell.served);
        if let (Some(served), Some(state)) = (served.as_mut(), self.shared.store.room(room)?)
            && state.head.seq == served.room.durable().seq
        {
            served.room.shrunk_to(state.head.bytes);
            // Their bodies are in here.
            served.room.recent.clear();
        }
        Ok(())
    }
}

/// A room in which nothing was written for this long keeps no deliveries in memory.
const QUIET: Duration = Duration::from_secs(5);

/// A room without links is kept in memory for this long, with its rates.
const EMPTY: Duration = Duration::from_secs(60);

/// Bodies dropped in one go.
const SWEEP: usize = 256;
