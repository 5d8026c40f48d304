//! The doors and passes that the relay holds, after an admin's commit that all skipped. Attack matrix row 51.
//!
//! An append brings changes of doors and passes along, and the relay carries them out without knowing whether the commit is one. So
//! an admin that does wrong can close the room's doors, or delete the passes of members, by a commit that nobody follows. Any
//! other admin then sets right what the relay holds, with the next commit that it makes, at the latest one that is made for
//! that. It goes with a commit since a commit names what it is based on: what a later one changed cannot be undone by it.

use std::time::{Duration, Instant};

use keyroom_history::{DbError, Tx};
use keyroom_types::limits::APPEND_CHANGES;
use keyroom_types::{PassKey, RoomId};
use keyroom_wire::{Change, PassRole};

use super::commits::Wish;
use super::record::relay_door;
use super::{SealedRoom, Trouble};

/// Whether the relay may hold something else than the room does.
#[derive(Debug, Default)]
pub(super) struct Repair {
    needed: Option<Needed>,
    /// How often it was needed since the room was opened.
    times: u32,
}

#[derive(Debug)]
struct Needed {
    /// Whose commit was skipped.
    by: PassKey,
    /// When to commit for this alone.
    due: Option<Instant>,
}

impl Repair {
    /// What the profile knows of it.
    pub(super) fn load(tx: &Tx<'_>, room: &RoomId, now: Instant) -> Result<Self, DbError> {
        let by = tx.room_setting(room, REPAIR)?.and_then(|by| by.parse().ok());
        Ok(Self { needed: by.map(|by| Needed { by, due: Some(now + FIRST) }), times: 0 })
    }

    /// Keeps it for a restart.
    fn keep(&self, tx: &Tx<'_>, room: &RoomId) -> Result<(), DbError> {
        tx.set_room_setting(
            room,
            REPAIR,
            &self.needed.as_ref().map_or_else(String::new, |needed| needed.by.to_string()),
        )
    }

    /// When a commit is due for it.
    pub(super) fn due(&self) -> Option<Instant> {
        self.needed.as_ref().and_then(|needed| needed.due)
    }

    /// It was tried, or is not needed any more.
    pub(super) fn done(&mut self, tx: &Tx<'_>, room: &RoomId) -> Result<(), DbError> {
        if self.needed.take().is_some() { self.keep(tx, room) } else { Ok(()) }
    }

    /// A commit of an admin counts. It has set right what is to be, unless it is of who made it wrong.
    pub(super) fn admin_committed(
        &mut self,
        tx: &Tx<'_>,
        room: &RoomId,
        by: &PassKey,
    ) -> Result<(), DbError> {
        if self.needed.as_ref().is_some_and(|needed| needed.by != *by) { self.done(tx, room) } else { Ok(()) }
    }
}

impl SealedRoom {
    /// A commit by this pass was skipped.
    pub(super) fn repair_after(&mut self, now: Instant, tx: &Tx<'_>, by: PassKey) -> Result<(), Trouble> {
        let Some(group) = self.group.as_ref() else { return Ok(()) };
        let admins = || group.members().into_iter().filter(|member| member.admin);
        let me = group.me();
        if !me.admin || !admins().any(|member| !member.me && member.pass == by) {
            return Ok(());
        }
        // One after another, so that one commit is enough.
        let before = admins().filter(|admin| admin.leaf < me.leaf && admin.pass != by).count();
        // And later each time: where two parts of a room take each other's commits for none, that does not go on without end.
        let pause = FIRST.saturating_mul(MORE.saturating_pow(self.repair.times)).min(LONGEST);
        let due = now + pause + STEP * u32::try_from(before).unwrap_or(u32::MAX);
        self.repair.needed = Some(Needed { by, due: Some(due) });
        self.repair.times = self.repair.times.saturating_add(1);
        Ok(self.repair.keep(tx, &self.record.room)?)
    }

    /// Asks for a commit for this alone, if it is time and none is wanted anyway.
    pub(super) fn repair_if_due(&mut self, now: Instant) {
        let Some(needed) = &mut self.repair.needed else { return };
        if needed.due.take_if(|due| *due <= now).is_some()
            && self.admin_there
            && self.outgoing.wishes.is_empty()
        {
            self.outgoing.wishes.push_back(Wish::Heal);
        }
    }

    /// What goes before the other changes of a commit of ours: the doors that are open, and members' passes, as many as there
    /// is room for in one append, those of admins first. Whoever is not among them enters again.
    pub(super) fn repairs(&self, room_for: usize) -> Vec<Change> {
        let (Some(_), Some(group), true) = (&self.repair.needed, &self.group, self.admin_there) else {
            return Vec::new();
        };
        let doors = group.policy().doors.iter().map(|door| Change::OpenDoor(relay_door(door)));
        let mut members = group.members();
        members.retain(|member| !member.me && !self.gone.contains(&member.pass));
        members.sort_by_key(|member| !member.admin);
        let passes = members.iter().map(|member| {
            let role = if member.admin { PassRole::Admin } else { PassRole::Member };
            Change::Grant(member.pass, role)
        });
        let all = std::iter::once(Change::CloseAllDoors).chain(doors).chain(passes);
        all.take(APPEND_CHANGES.saturating_sub(room_for)).collect()
    }
}

/// How long the first admin waits: commits come in runs.
const FIRST: Duration = Duration::from_millis(700);
/// How many times as long it waits the next time, and how long at most.
const MORE: u32 = 4;
const LONGEST: Duration = Duration::from_secs(3_600);
/// How much later each further admin commits, if none before it did.
const STEP: Duration = Duration::from_secs(4);

/// The room's setting that names whose commit was skipped.
const REPAIR: &str = "repair";
