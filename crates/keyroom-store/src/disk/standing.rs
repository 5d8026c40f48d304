//! Whether a write fits what is there, wherever that stands.

use std::sync::Mutex;

use keyroom_types::{EnvelopeId, RoomId, Seq};
use rusqlite::Connection;

use super::fault::Fault;
use super::known::Known;
use super::schema::Identity;
use super::tail::Tail;
use super::{lock, read};
use crate::checks;
use crate::{Head, Write, WriteError};

/// A room's number in the tables, and where it stands.
pub(super) type Standing = (u64, Head);

/// Where what is there is looked for.
#[derive(Clone, Copy)]
pub(super) struct Looks<'a> {
    pub(super) db: &'a Connection,
    pub(super) identity: &'a Identity,
    pub(super) tail: &'a Mutex<Tail>,
    pub(super) known: &'a Mutex<Known>,
}

impl Looks<'_> {
    /// Where the room stands by the tables alone.
    pub(super) fn in_tables(&self, room: &RoomId) -> Result<Option<Standing>, Fault> {
        Ok(read::room_row(self.db, room)?.map(|row| (row.number, row.head)))
    }

    /// Checks a whole write, before anything is changed. `is_staged`: whether the room's writes before it, in the same commit, have
    /// an envelope.
    pub(super) fn check(
        &self,
        standing: Option<Standing>,
        write: &Write,
        is_staged: impl Fn(&EnvelopeId) -> bool,
    ) -> Result<Result<(), WriteError>, Fault> {
        let head = match (&standing, write.create) {
            (Some(_), true) => return Ok(Err(WriteError::RoomExists)),
            (None, false) => return Ok(Err(WriteError::NoRoom)),
            (Some((_, head)), false) => head.seq,
            (None, true) => Seq::ZERO,
        };
        if let Err(error) = checks::dense(head, write).and_then(|()| checks::ids_differ(write)) {
            return Ok(Err(error));
        }
        let Some((number, _)) = standing else { return Ok(Ok(())) };
        for entry in &write.entries {
            let envelope = &entry.header.envelope;
            let may_have = lock(self.known).may_have(self.identity, &write.room, envelope);
            if may_have && (is_staged(envelope) || self.has(&write.room, number, envelope)?) {
                return Ok(Err(WriteError::Repeated));
            }
        }
        Ok(Ok(()))
    }

    /// Whether the envelope is in the room's log: in the tail, or else in the tables, to which it may have moved.
    fn has(&self, room: &RoomId, number: u64, envelope: &EnvelopeId) -> Result<bool, Fault> {
        let place = lock(self.tail).room(room).and_then(|room| room.place_of(envelope));
        if place.is_some() {
            return Ok(true);
        }
        let found = read::find(self.db, self.identity, number, envelope);
        Ok(found.map_err(|(_, fault)| fault)?.is_some())
    }

    /// Notes that the room gets these envelopes. What is not written in the end stays noted, and costs a look into the tables if it
    /// is asked for.
    pub(super) fn note(&self, write: &Write) {
        let mut known = lock(self.known);
        write.entries.iter().for_each(|entry| known.add(self.identity, &write.room, &entry.header.envelope));
    }
}
