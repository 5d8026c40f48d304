//! Own messages that the log has, and that a sync of the profile has not followed yet: they are shown as stored after it.
//! Spec: "How far a message came".
//!
//! A sync takes milliseconds, in which the room goes on. So whoever drives it syncs beside it: [`SealedRoom::begin_sync`]
//! says when, [`SealedRoom::synced`] tells that it is done. Until then the profile says *sent*; a process that is killed
//! between the two finds that out when it opens the room again.

use keyroom_history::{DbError, Tx};

use super::{Desk, SealedRoom, Trouble};
use crate::event::RoomEvent;
use crate::history::Position;

/// Places of lines.
#[derive(Default)]
pub(super) struct Unsynced {
    /// Committed since the sync that is under way began.
    waiting: Vec<u64>,
    /// What that sync will have covered.
    under_way: Option<Vec<u64>>,
}

impl Unsynced {
    /// These are committed.
    pub(super) fn committed(&mut self, positions: impl IntoIterator<Item = u64>) {
        self.waiting.extend(positions);
    }

    /// What an earlier process left behind.
    pub(super) fn load(&mut self, tx: &Tx<'_>, room: &keyroom_types::RoomId) -> Result<(), DbError> {
        *self = Self { waiting: tx.unsynced(room)?, under_way: None };
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_none()
    }
}

impl SealedRoom {
    /// Whether the profile is to be synced now. Who is told so begins the sync after this call, and tells its end.
    pub fn begin_sync(&mut self) -> bool {
        let begins = self.unsynced.under_way.is_none() && !self.unsynced.waiting.is_empty();
        if begins {
            self.unsynced.under_way = Some(std::mem::take(&mut self.unsynced.waiting));
        }
        begins
    }

    /// The sync that was begun has succeeded.
    pub fn synced(&mut self, desk: &mut Desk<'_>) {
        if let Err(trouble) = self.try_synced(desk) {
            self.fail(&trouble);
        }
    }

    fn try_synced(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Some(positions) = self.unsynced.under_way.take() else { return Ok(()) };
        let tx = desk.profile.begin()?;
        let changed = tx.set_stored(&self.record.room, &positions)?;
        tx.commit()?;
        let changed = changed.into_iter().map(|position| RoomEvent::Changed { position: Position(position) });
        self.events.extend(changed);
        Ok(())
    }

    /// The sync that was begun has failed: what is shown could be lost.
    pub fn sync_failed(&mut self, error: DbError) {
        self.unsynced.under_way = None;
        self.fail(&error.into());
    }
}
