//! Changes of doors and passes: tried on a draft, all or nothing, and then made.

use std::collections::{BTreeMap, HashMap};

use keyroom_link::check_succession;
use keyroom_types::{Digest, DoorId, PassKey, RoomId, Timestamp, limits};
use keyroom_wire::{Change, Code, PassRole};

use super::knocks::Knocks;
use super::records;
use super::{Closed, OpenDoor, Pass, Room};

/// What the changes of one append would make of the room. Nothing is changed until all of them are found lawful.
pub(super) struct Draft<'a> {
    passes: &'a HashMap<PassKey, Pass>,
    doors: &'a HashMap<DoorId, OpenDoor>,
    changed_passes: BTreeMap<PassKey, Option<Pass>>,
    changed_doors: BTreeMap<DoorId, Option<OpenDoor>>,
    knocks: &'a Knocks,
    time: Timestamp,
    room: RoomId,
    /// The role that a newcomer has from an earlier pass of its own.
    inherited: Option<PassRole>,
    answered: Vec<(PassKey, Digest)>,
}

/// Passes and doors as they are to be; `None`: deleted, closed.
pub(super) struct Changed {
    pub(super) passes: Vec<(PassKey, Option<Pass>)>,
    pub(super) doors: Vec<(DoorId, Option<OpenDoor>)>,
    /// Whose knocks are answered, and with which welcomes.
    pub(super) answered: Vec<(PassKey, Digest)>,
}

impl<'a> Draft<'a> {
    /// Of what stands at the time that the append's headers would have.
    pub(super) fn new(room: &'a Room, time: Timestamp) -> Self {
        Self {
            passes: &room.passes,
            doors: &room.doors,
            changed_passes: BTreeMap::new(),
            changed_doors: BTreeMap::new(),
            knocks: &room.knocks,
            time,
            room: room.id,
            inherited: None,
            answered: Vec::new(),
        }
    }

    /// Tries one change by `author`.
    pub(super) fn apply(&mut self, author: &PassKey, role: PassRole, change: &Change) -> Result<(), Code> {
        let least = match change {
            Change::Confirm(_) => PassRole::Member,
            Change::Revoke(pass) if pass == author => PassRole::Provisional,
            Change::Succeed { .. } => PassRole::Provisional,
            _ => PassRole::Admin,
        };
        if role < least {
            return Err(Code::Role);
        }
        match change {
            Change::OpenDoor(door) => {
                self.changed_doors.insert(door.id, Some(OpenDoor::new(*door, 0)));
            }
            Change::CloseDoor(id) => {
                self.door(id).ok_or(Code::Change)?;
                self.changed_doors.insert(*id, None);
            }
            Change::CloseAllDoors => {
                self.changed_doors.clear();
                self.changed_doors.extend(self.doors.keys().map(|id| (*id, None)));
            }
            Change::Grant(name, role) => {
                let pass =
                    self.pass(name).map_or(Pass::new(*role, None), |pass| Pass { role: *role, ..pass });
                self.changed_passes.insert(*name, Some(pass));
            }
            Change::Confirm(name) => {
                let pass = self.pass(name).ok_or(Code::Change)?;
                if pass.role == PassRole::Provisional {
                    self.changed_passes.insert(*name, Some(Pass { role: PassRole::Member, ..pass }));
                }
            }
            // One that is not there was deleted by somebody else, or has a successor.
            Change::Revoke(name) => drop(self.changed_passes.insert(*name, None)),
            Change::Succeed { old, signature } => {
                let pass = self.pass(old).ok_or(Code::Change)?;
                check_succession(old, &self.room, author, signature).map_err(|_| Code::Change)?;
                self.changed_passes.insert(*old, None);
                self.inherited = Some(pass.role);
            }
            Change::Answer { newcomer, role, welcome } => {
                // Whatever else the append does to doors: the knock stood before it.
                self.knocks.get(newcomer, self.time).ok_or(Code::Change)?;
                if self.pass(newcomer).is_some() {
                    return Err(Code::Change);
                }
                self.changed_passes.insert(*newcomer, Some(Pass::new(*role, None)));
                self.answered.push((*newcomer, *welcome));
            }
            Change::Keep(names) => {
                if !names.contains(author) {
                    return Err(Code::Change);
                }
                let kept: std::collections::HashSet<&PassKey> = names.iter().collect();
                for name in self.passes.keys().filter(|name| !kept.contains(name)) {
                    self.changed_passes.insert(*name, None);
                }
                self.changed_passes.retain(|name, pass| kept.contains(name) || pass.is_none());
            }
        }
        Ok(())
    }

    /// Lets a newcomer in. A pass enters once.
    pub(super) fn admit(&mut self, newcomer: PassKey) -> Result<(), Code> {
        if self.pass(&newcomer).is_some() {
            return Err(Code::Change);
        }
        let role = self.inherited.unwrap_or(PassRole::Provisional);
        self.changed_passes.insert(newcomer, Some(Pass::new(role, None)));
        Ok(())
    }

    /// Checks the whole.
    pub(super) fn finish(self) -> Result<Changed, Code> {
        if !self.changed_passes.is_empty() {
            let admin = |pass: &Pass| pass.role == PassRole::Admin;
            let unchanged = self.passes.iter().filter(|(name, _)| !self.changed_passes.contains_key(*name));
            let changed = self.changed_passes.values().flatten();
            if !unchanged.clone().map(|(_, pass)| pass).chain(changed.clone()).any(admin) {
                return Err(Code::Change);
            }
            if unchanged.count() + changed.count() > limits::PASSES_PER_ROOM {
                return Err(Code::Passes);
            }
        }
        let unchanged = self.doors.keys().filter(|id| !self.changed_doors.contains_key(*id)).count();
        if unchanged + self.changed_doors.values().flatten().count() > limits::DOORS_PER_ROOM {
            return Err(Code::Doors);
        }
        Ok(Changed {
            passes: self.changed_passes.into_iter().collect(),
            doors: self.changed_doors.into_iter().collect(),
            answered: self.answered,
        })
    }

    fn pass(&self, name: &PassKey) -> Option<Pass> {
        self.changed_passes.get(name).copied().unwrap_or_else(|| self.passes.get(name).copied())
    }

    fn door(&self, id: &DoorId) -> Option<OpenDoor> {
        self.changed_doors.get(id).copied().unwrap_or_else(|| self.doors.get(id).copied())
    }
}

impl Room {
    /// Makes the changes, and adds the records to write. Returns whose links end with them.
    pub(super) fn change(
        &mut self,
        passes: Vec<(PassKey, Option<Pass>)>,
        doors: Vec<(DoorId, Option<OpenDoor>)>,
        join: Option<DoorId>,
        records: &mut Vec<records::Change>,
    ) -> Closed {
        let mut closed = Closed::default();
        for (name, pass) in passes {
            records.push(records::pass(&name, pass.as_ref()));
            match pass {
                Some(pass) => drop(self.passes.insert(name, pass)),
                None => {
                    self.passes.remove(&name);
                    closed.passes.push(name);
                }
            }
        }
        for (id, door) in doors {
            records.push(records::door(&id, door.as_ref()));
            let before = match door {
                Some(door) => self.doors.insert(id, door),
                None => self.doors.remove(&id),
            };
            // A door of the same id with another key is another door.
            let key = before.map(|open| open.door.key);
            if let Some(key) = key.filter(|key| door.is_none_or(|new| new.door.key != *key)) {
                closed.doors.push(key);
                closed.door_ids.push(id);
            }
        }
        if let Some(door) = join.and_then(|id| self.doors.get_mut(&id)) {
            door.used = door.used.saturating_add(1);
            records.push(records::door(&door.door.id, Some(door)));
        }
        closed
    }
}
