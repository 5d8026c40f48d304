//! What a relay says of knocks, between its types and protobuf.

use keyroom_types::{Chain, Cursor, Digest, DoorId, PassKey, Seq, Timestamp};

use super::fields::{fixed, knock_bytes, raw};
use crate::{Answered, Knocked, WireError, proto};

impl From<&Knocked> for proto::Knocked {
    fn from(knocked: &Knocked) -> Self {
        Self {
            number: knocked.number,
            newcomer: raw(knocked.newcomer.as_bytes()),
            door: raw(knocked.door.as_bytes()),
            time: knocked.time.as_millis(),
            bytes: knocked.bytes.clone(),
        }
    }
}

impl TryFrom<proto::Knocked> for Knocked {
    type Error = WireError;

    fn try_from(knocked: proto::Knocked) -> Result<Self, WireError> {
        Ok(Self {
            number: knocked.number,
            newcomer: fixed("newcomer", &knocked.newcomer, PassKey::from_slice)?,
            door: fixed("door", &knocked.door, DoorId::from_slice)?,
            time: Timestamp::from_millis(knocked.time),
            bytes: knock_bytes(knocked.bytes)?,
        })
    }
}

impl From<&Answered> for proto::Answered {
    /// The newest commit at a commit is that commit, so its place is said once.
    fn from(answered: &Answered) -> Self {
        Self {
            seq: answered.cursor.seq.get(),
            time: answered.cursor.time.as_millis(),
            chain: raw(answered.cursor.chain.as_bytes()),
            welcome: raw(answered.welcome.as_bytes()),
        }
    }
}

impl TryFrom<proto::Answered> for Answered {
    type Error = WireError;

    fn try_from(answered: proto::Answered) -> Result<Self, WireError> {
        let chain = |bytes: &[u8]| bytes.try_into().ok().map(Chain::from_bytes);
        let seq = Seq::new(answered.seq);
        if seq == Seq::ZERO {
            return Err(WireError::Number { field: "seq" });
        }
        let cursor = Cursor {
            seq,
            chain: fixed("chain", &answered.chain, chain)?,
            time: Timestamp::from_millis(answered.time),
            newest_commit: seq,
        };
        Ok(Self { cursor, welcome: fixed("welcome", &answered.welcome, Digest::from_slice)? })
    }
}
