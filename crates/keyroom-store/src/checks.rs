//! What every store asks of a write, whatever it keeps rooms in.

use std::collections::HashSet;

use keyroom_types::{EnvelopeId, Incarnation, RoomId};

use crate::{StoreError, Write, WriteError};

/// The rooms of one call to which a write was refused, so that no later one is built on it.
#[derive(Debug, Default)]
pub(crate) struct Refused(HashSet<RoomId>);

impl Refused {
    /// Applies a write, unless an earlier one to its room was refused.
    pub(crate) fn unless(
        &mut self,
        write: &Write,
        apply: impl FnOnce(&Write) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        // The set is empty nearly always, and hashing an id for nothing would be felt.
        if !self.0.is_empty() && self.0.contains(&write.room) {
            return Err(WriteError::AfterRefused);
        }
        apply(write).inspect_err(|_| {
            self.0.insert(write.room);
        })
    }
}

/// The envelopes follow the room's head without a gap, and the new head is the last of them.
pub(crate) fn dense(head: keyroom_types::Seq, write: &Write) -> Result<(), WriteError> {
    let mut last = head;
    for entry in &write.entries {
        if entry.header.seq != last.next() {
            return Err(WriteError::Gap { head: last, first: entry.header.seq });
        }
        last = entry.header.seq;
    }
    if write.head.seq == last { Ok(()) } else { Err(WriteError::Gap { head: last, first: write.head.seq }) }
}

/// No two envelopes of the write have one id.
pub(crate) fn ids_differ(write: &Write) -> Result<(), WriteError> {
    if write.entries.len() < 2 {
        return Ok(());
    }
    let mut seen: Vec<&EnvelopeId> = write.entries.iter().map(|entry| &entry.header.envelope).collect();
    seen.sort_unstable();
    if seen.windows(2).any(|pair| pair[0] == pair[1]) { Err(WriteError::Repeated) } else { Ok(()) }
}

/// Bytes of all bodies of the write.
pub(crate) fn body_bytes(write: &Write) -> u64 {
    write.entries.iter().map(|entry| entry.body.len() as u64).sum()
}

/// A name for a new life of a store.
pub(crate) fn draw_incarnation() -> Result<Incarnation, StoreError> {
    let mut bytes = [0; Incarnation::BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Io(error.into()))?;
    Ok(Incarnation::from_bytes(bytes))
}
