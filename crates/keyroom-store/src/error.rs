//! Why a store refuses.

use keyroom_types::Seq;

/// The store as a whole could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No space left on the device, or the store's own limit reached. Reading goes on.
    #[error("the disk is full")]
    Full,
    /// The disk, or the store's files as a whole, answered with an error.
    #[error("the store cannot be used: {0}")]
    Io(Box<dyn std::error::Error + Send + Sync>),
}

/// Why one write of a batch was refused. A refusal shows a bug, a damaged room, or a room that is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The room to make is there already.
    #[error("the room is there already")]
    RoomExists,
    /// The room to change is not there.
    #[error("there is no such room")]
    NoRoom,
    /// The envelopes do not follow the room's head.
    #[error("the envelopes begin at {first}, the log ends at {head}")]
    Gap {
        /// Where the log ends.
        head: Seq,
        /// Where the write begins.
        first: Seq,
    },
    /// An envelope of that name is in the log.
    #[error("an envelope of this id is in the log already")]
    Repeated,
    /// The room's stored state is damaged.
    #[error("the room is damaged on disk")]
    Damaged,
    /// An earlier write to the same room in the same call was refused.
    #[error("an earlier write to the same room was refused")]
    AfterRefused,
}

/// Why one room could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoomError {
    /// Stored bytes fail their checksum. Other rooms are not concerned.
    #[error("the room is damaged on disk at envelope {at}")]
    Damaged {
        /// The envelope, or the one after the last that could be read; zero where it is no envelope.
        at: Seq,
    },
    /// The store as a whole.
    #[error(transparent)]
    Store(#[from] StoreError),
}
