//! Whether a write fits what is there, wherever that stands.

use keyroom_types::{EnvelopeId, RoomId, Seq};

use super::fault::Fault;
use super::known::Known;
use super::lock;
use super::schema::Identity;
use crate::checks;
use crate::{Head, Write, WriteError};
use std::sync::Mutex;

/// A room's number in the tables, and where it stands.
pub(super) type Standing = (u64, Head);

/// Checks a whole write, before anything is changed. `is_there` looks for an envelope that may be in the log.
pub(super) fn check(
    standing: Option<Standing>,
    write: &Write,
    known: (&Mutex<Known>, &Identity),
    is_there: impl Fn(u64, &EnvelopeId) -> Result<bool, Fault>,
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
        let may_have = lock(known.0).may_have(known.1, &write.room, envelope);
        if may_have && is_there(number, envelope)? {
            return Ok(Err(WriteError::Repeated));
        }
    }
    Ok(Ok(()))
}

/// Notes that the room gets these envelopes. What is not written in the end stays noted, and costs a look into the tables if it is
/// asked for.
pub(super) fn note(known: (&Mutex<Known>, &Identity), room: &RoomId, write: &Write) {
    let mut filters = lock(known.0);
    write.entries.iter().for_each(|entry| filters.add(known.1, room, &entry.header.envelope));
}
