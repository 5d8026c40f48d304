//! What changes a room, between its types and protobuf.

use keyroom_types::limits::{APPEND_CHANGES, APPEND_ENTRIES, DOORS_PER_ROOM, PASSES_PER_ROOM};
use keyroom_types::{Digest, DoorId, DoorKey, EnvelopeId, PassKey, Seq, Signature};

use super::fields::{
    body, fixed, kind, needed, nonzero, optional, raw, raw_or_empty, role, role_number, time_or_none,
};
use crate::{Append, Change, Create, Door, NewEnvelope, PassRole, WireError, proto};

impl From<&Create> for proto::Create {
    fn from(create: &Create) -> Self {
        Self {
            doors: create.doors.iter().map(Into::into).collect(),
            blob: raw_or_empty(create.blob.as_ref(), |blob| blob.as_bytes()),
        }
    }
}

impl TryFrom<proto::Create> for Create {
    type Error = WireError;

    fn try_from(create: proto::Create) -> Result<Self, WireError> {
        few("doors", &create.doors, DOORS_PER_ROOM)?;
        Ok(Self {
            doors: create.doors.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            blob: optional("blob", &create.blob, Digest::from_slice)?,
        })
    }
}

impl From<&Door> for proto::Door {
    fn from(door: &Door) -> Self {
        Self {
            id: raw(door.id.as_bytes()),
            key: raw(door.key.as_bytes()),
            expires: door.expires.unwrap_or_default().as_millis(),
            uses: door.uses.unwrap_or(0),
        }
    }
}

impl TryFrom<proto::Door> for Door {
    type Error = WireError;

    fn try_from(door: proto::Door) -> Result<Self, WireError> {
        Ok(Self {
            id: fixed("id", &door.id, DoorId::from_slice)?,
            key: fixed("key", &door.key, DoorKey::from_slice)?,
            expires: time_or_none(door.expires),
            uses: nonzero(door.uses),
        })
    }
}

impl From<&Append> for proto::Append {
    fn from(append: &Append) -> Self {
        Self {
            based_on: append.based_on.get(),
            entries: append.entries.iter().map(Into::into).collect(),
            changes: append.changes.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<proto::Append> for Append {
    type Error = WireError;

    fn try_from(append: proto::Append) -> Result<Self, WireError> {
        few("entries", &append.entries, APPEND_ENTRIES)?;
        few("changes", &append.changes, APPEND_CHANGES)?;
        let entries =
            append.entries.into_iter().map(TryInto::try_into).collect::<Result<Vec<NewEnvelope>, _>>()?;
        let append = Self {
            based_on: Seq::new(append.based_on),
            entries,
            changes: append.changes.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        };
        if append.goes_together() { Ok(append) } else { Err(WireError::Entries) }
    }
}

impl From<&NewEnvelope> for proto::NewEnvelope {
    fn from(envelope: &NewEnvelope) -> Self {
        Self {
            id: raw(envelope.id.as_bytes()),
            kind: envelope.kind.number().into(),
            body: envelope.body.clone(),
            blob: raw_or_empty(envelope.blob.as_ref(), |blob| blob.as_bytes()),
        }
    }
}

impl TryFrom<proto::NewEnvelope> for NewEnvelope {
    type Error = WireError;

    fn try_from(envelope: proto::NewEnvelope) -> Result<Self, WireError> {
        let kind = kind(envelope.kind)?;
        Ok(Self {
            id: fixed("id", &envelope.id, EnvelopeId::from_slice)?,
            kind,
            body: body(kind, envelope.body)?,
            blob: optional("blob", &envelope.blob, Digest::from_slice)?,
        })
    }
}

impl From<&Change> for proto::Change {
    fn from(change: &Change) -> Self {
        use proto::change::Change as Wire;
        let change = match change {
            Change::OpenDoor(door) => Wire::OpenDoor(door.into()),
            Change::CloseDoor(door) => Wire::CloseDoor(raw(door.as_bytes())),
            Change::CloseAllDoors => Wire::CloseAllDoors(proto::Nothing {}),
            Change::Grant(pass, role) => {
                Wire::Grant(proto::Grant { pass: raw(pass.as_bytes()), role: role_number(Some(*role)) })
            }
            Change::Confirm(pass) => Wire::Confirm(raw(pass.as_bytes())),
            Change::Revoke(pass) => Wire::Revoke(raw(pass.as_bytes())),
            Change::Answer { newcomer, role, welcome } => Wire::Answer(proto::AnswerKnock {
                newcomer: raw(newcomer.as_bytes()),
                role: role_number(Some(*role)),
                welcome: raw(welcome.as_bytes()),
            }),
            Change::Succeed { old, signature } => Wire::Succeed(proto::Succeed {
                old: raw(old.as_bytes()),
                signature: raw(signature.as_bytes()),
            }),
            Change::Keep(passes) => {
                Wire::Keep(proto::Keep { passes: passes.iter().map(|pass| raw(pass.as_bytes())).collect() })
            }
        };
        Self { change: Some(change) }
    }
}

impl TryFrom<proto::Change> for Change {
    type Error = WireError;

    fn try_from(change: proto::Change) -> Result<Self, WireError> {
        use proto::change::Change as Wire;
        let pass = |bytes: &[u8]| fixed("pass", bytes, PassKey::from_slice);
        Ok(match needed("change", change.change)? {
            Wire::OpenDoor(door) => Self::OpenDoor(door.try_into()?),
            Wire::CloseDoor(door) => Self::CloseDoor(fixed("close_door", &door, DoorId::from_slice)?),
            Wire::CloseAllDoors(_) => Self::CloseAllDoors,
            Wire::Grant(grant) => Self::Grant(pass(&grant.pass)?, some_role(grant.role)?),
            Wire::Answer(answer) => Self::Answer {
                newcomer: fixed("newcomer", &answer.newcomer, PassKey::from_slice)?,
                role: some_role(answer.role)?,
                welcome: fixed("welcome", &answer.welcome, Digest::from_slice)?,
            },
            Wire::Succeed(succeed) => Self::Succeed {
                old: fixed("old", &succeed.old, PassKey::from_slice)?,
                signature: fixed("signature", &succeed.signature, Signature::from_slice)?,
            },
            Wire::Confirm(bytes) => Self::Confirm(pass(&bytes)?),
            Wire::Revoke(bytes) => Self::Revoke(pass(&bytes)?),
            Wire::Keep(keep) => {
                few("passes", &keep.passes, PASSES_PER_ROOM)?;
                Self::Keep(keep.passes.iter().map(|bytes| pass(bytes)).collect::<Result<_, _>>()?)
            }
        })
    }
}

/// A role that a pass is given.
fn some_role(number: i32) -> Result<PassRole, WireError> {
    role(number)?.ok_or(WireError::Number { field: "role" })
}

/// At most so many. [`super::bounds`] has counted already; this stands where a reader looks for it.
fn few<T>(field: &'static str, items: &[T], most: usize) -> Result<(), WireError> {
    if items.len() > most { Err(WireError::TooMany { field }) } else { Ok(()) }
}
