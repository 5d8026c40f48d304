//! A room's open doors.

use std::time::Instant;

use keyroom_types::Timestamp;
use keyroom_wire::{Code, Door};

use crate::bucket::Bucket;

/// A door that admits newcomers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenDoor {
    pub(crate) door: Door,
    /// Newcomers that it admitted.
    pub(super) used: u64,
    /// Filled when first used since the room was loaded.
    joins: Option<Bucket>,
    knocks: Option<Bucket>,
}

impl OpenDoor {
    pub(super) fn new(door: Door, used: u64) -> Self {
        Self { door, used, joins: None, knocks: None }
    }

    /// Whether it would admit one more at that time.
    pub(crate) fn check(&self, time: Timestamp) -> Result<(), Code> {
        if self.door.expires.is_some_and(|expires| expires <= time) {
            return Err(Code::DoorExpired);
        }
        if self.door.uses.is_some_and(|uses| uses <= self.used) {
            return Err(Code::DoorUsedUp);
        }
        Ok(())
    }

    pub(super) fn joins(&mut self, now: Instant) -> &mut Bucket {
        self.joins.get_or_insert_with(|| Bucket::full(now))
    }

    pub(super) fn knocks(&mut self, now: Instant) -> &mut Bucket {
        self.knocks.get_or_insert_with(|| Bucket::full(now))
    }
}
