//! Why a relay refuses: each reason has a number on the wire, a name in metrics and logs, and a sentence.

/// Why a relay refuses a request or ends a link. `Display` is a sentence without its full stop.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[repr(u8)]
pub enum Code {
    /// The frame is not a valid message, or breaks a bound.
    #[error("what was sent is not a valid message")]
    Malformed = 1,
    /// The message has no place here: wrong order, or not for this role.
    #[error("the message had no place at that moment")]
    OutOfTurn = 2,
    /// No version in common.
    #[error("client and relay have no version of the link in common")]
    Version = 3,
    /// The login's signature is wrong.
    #[error("the signature of the login is wrong")]
    Signature = 4,
    /// The login is bound to another relay: somebody stands between.
    #[error("the login was meant for another relay: somebody may stand between")]
    Binding = 5,
    /// There is no such room here.
    #[error("there is no such room on this relay")]
    NoRoom = 6,
    /// The room has no such pass, or no longer.
    #[error("the room does not know this pass, or no longer")]
    NoPass = 7,
    /// The room has no such open door, or no longer.
    #[error("the room has no such door, or it was closed")]
    NoDoor = 8,
    /// The door's time is over.
    #[error("the door has expired")]
    DoorExpired = 9,
    /// The door admitted as many as it may.
    #[error("the door has admitted as many as it may")]
    DoorUsedUp = 10,
    /// Another founder made this room.
    #[error("a room of this id was made by somebody else")]
    RoomExists = 11,
    /// This relay lets nobody open rooms.
    #[error("this relay does not let strangers open rooms")]
    Closed = 12,
    /// The relay has as many rooms as it may.
    #[error("the relay has as many rooms as it may")]
    Rooms = 13,
    /// A newer commit is in the log.
    #[error("a newer commit is in the log")]
    Stale = 14,
    /// An envelope of this id, by another pass, is in the log; or an append repeats only a part of an earlier one.
    #[error("the id of the envelope is taken")]
    EnvelopeId = 15,
    /// The pass may not do that.
    #[error("the pass may not do that")]
    Role = 16,
    /// The change names what is not there, or would leave the room without an admin.
    #[error("the change of doors or passes cannot be made")]
    Change = 17,
    /// The blob named was not uploaded on this link, or is none that the relay keeps.
    #[error("the blob is not there")]
    NoBlob = 18,
    /// The bytes uploaded are not those of the blob's name.
    #[error("the bytes of the blob do not match its name")]
    BlobHash = 19,
    /// As many candidates as may be, or this pass has offered one.
    #[error("enough blobs were offered for this commit")]
    Candidates = 20,
    /// It is another newcomer's turn.
    #[error("it is the turn of another newcomer")]
    NotYourTurn = 21,
    /// As many newcomers wait as may.
    #[error("too many newcomers are waiting")]
    Queue = 22,
    /// The cursor is behind the log's end: the log is shorter than the client knew it.
    #[error("the log of the relay is shorter than it was")]
    CursorAhead = 23,
    /// Too much in too short a time.
    #[error("too much in too short a time")]
    Rate = 24,
    /// The room holds as much as it may.
    #[error("the room holds as much as it may")]
    RoomFull = 25,
    /// The room has as many passes as it may.
    #[error("the room has as many members as it may")]
    Passes = 26,
    /// The room has as many doors as it may.
    #[error("the room has as many doors as it may")]
    Doors = 27,
    /// The relay's disk is full.
    #[error("the disk of the relay is full")]
    DiskFull = 28,
    /// The relay's store failed.
    #[error("the store of the relay failed")]
    Store = 29,
    /// The room is damaged on the relay's disk.
    #[error("the room is damaged on the disk of the relay")]
    Damaged = 30,
    /// The relay does as much as it can.
    #[error("the relay does as much as it can")]
    Busy = 31,
    /// Too many requests of this link wait.
    #[error("too many requests wait for an answer")]
    Requests = 32,
    /// The pass logged in on another link.
    #[error("the same pass is in use on another connection")]
    Replaced = 33,
    /// The link was silent too long.
    #[error("the connection was silent too long")]
    Silent = 34,
    /// The relay shuts down.
    #[error("the relay is shutting down")]
    Shutdown = 35,
    /// This relay keeps no files, or none of this size.
    #[error("the relay takes no such file")]
    Files = 36,
    /// As many knocks wait in the room as may.
    #[error("as many newcomers wait for an answer as may")]
    Knocks = 37,
}

impl Code {
    /// All of them, in the order of their numbers, which begin at 1.
    pub const ALL: [Self; 37] = [
        Self::Malformed,
        Self::OutOfTurn,
        Self::Version,
        Self::Signature,
        Self::Binding,
        Self::NoRoom,
        Self::NoPass,
        Self::NoDoor,
        Self::DoorExpired,
        Self::DoorUsedUp,
        Self::RoomExists,
        Self::Closed,
        Self::Rooms,
        Self::Stale,
        Self::EnvelopeId,
        Self::Role,
        Self::Change,
        Self::NoBlob,
        Self::BlobHash,
        Self::Candidates,
        Self::NotYourTurn,
        Self::Queue,
        Self::CursorAhead,
        Self::Rate,
        Self::RoomFull,
        Self::Passes,
        Self::Doors,
        Self::DiskFull,
        Self::Store,
        Self::Damaged,
        Self::Busy,
        Self::Requests,
        Self::Replaced,
        Self::Silent,
        Self::Shutdown,
        Self::Files,
        Self::Knocks,
    ];

    /// Reads the number that stands on the wire.
    pub fn from_number(number: i32) -> Option<Self> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Self::ALL.get(place).copied()
    }

    /// The number that stands on the wire.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OutOfTurn => "out_of_turn",
            Self::Version => "version",
            Self::Signature => "signature",
            Self::Binding => "binding",
            Self::NoRoom => "no_room",
            Self::NoPass => "no_pass",
            Self::NoDoor => "no_door",
            Self::DoorExpired => "door_expired",
            Self::DoorUsedUp => "door_used_up",
            Self::RoomExists => "room_exists",
            Self::Closed => "closed",
            Self::Rooms => "rooms",
            Self::Stale => "stale",
            Self::EnvelopeId => "envelope_id",
            Self::Role => "role",
            Self::Change => "change",
            Self::NoBlob => "no_blob",
            Self::BlobHash => "blob_hash",
            Self::Candidates => "candidates",
            Self::NotYourTurn => "not_your_turn",
            Self::Queue => "queue",
            Self::CursorAhead => "cursor_ahead",
            Self::Rate => "rate",
            Self::RoomFull => "room_full",
            Self::Passes => "passes",
            Self::Doors => "doors",
            Self::DiskFull => "disk_full",
            Self::Store => "store",
            Self::Damaged => "damaged",
            Self::Busy => "busy",
            Self::Requests => "requests",
            Self::Replaced => "replaced",
            Self::Silent => "silent",
            Self::Shutdown => "shutdown",
            Self::Files => "files",
            Self::Knocks => "knocks",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_number() {
        for (place, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(Code::from_number(code.number()), Some(code));
            assert_eq!(usize::try_from(code.number()), Ok(place + 1));
        }
        assert_eq!(
            (Code::from_number(0), Code::from_number(-1), Code::from_number(1000)),
            (None, None, None)
        );
    }

    #[test]
    fn every_code_has_a_name_and_a_sentence_of_its_own() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let sentences: std::collections::BTreeSet<_> = Code::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((names.len(), sentences.len()), (Code::ALL.len(), Code::ALL.len()));
    }
}
