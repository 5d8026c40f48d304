//! Why a room could not do what it was asked. Faults of others are no errors: they come out as `Opened`.

use std::fmt::Display;

use crate::{ContentError, Fault, PolicyError};

/// Why a room could not be loaded or deleted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The storage failed.
    #[error("the room's keys could not be read or written: {0}")]
    Storage(String),
    /// The group in the storage is no room of this version.
    #[error("what is stored is no room")]
    NoRoom,
    /// The key that our leaf signs with is not in the storage.
    #[error("the key that signs for us in the room is not stored")]
    NoKey,
}

/// Why an envelope could not be opened, by trouble of ours. Roll the transaction back and load the room again.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The storage or the MLS library failed.
    #[error("the envelope could not be opened: {0}")]
    Library(String),
    /// There is no pending commit of ours.
    #[error("there is no commit of ours to merge")]
    NothingPending,
    /// We were removed from the room.
    #[error("the room is over for this device")]
    Over,
}

/// Why a message could not be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The content cannot be written.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The storage or the MLS library failed.
    #[error("the message could not be sealed: {0}")]
    Library(String),
    /// We were removed from the room.
    #[error("the room is over for this device")]
    Over,
    /// An ephemeral message longer than it may be.
    #[error("the message is too long")]
    TooLong,
}

/// Why a commit could not be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another one of ours waits.
    #[error("another change of ours is still under way")]
    Pending,
    /// There is nothing to do.
    #[error("there is nothing to change")]
    Nothing,
    /// The other members would skip it.
    #[error("the room would not accept this: {0}")]
    Invalid(Fault),
    /// The policy cannot be one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The name is empty, too long or has hidden characters.
    #[error("the name cannot be a name")]
    Name,
    /// A message that should follow could not be made.
    #[error(transparent)]
    Follower(#[from] SendError),
    /// The commit or its blob is longer than it may be.
    #[error("the change is too large for one envelope")]
    TooLarge,
    /// The storage or the MLS library failed.
    #[error("the change could not be made: {0}")]
    Library(String),
    /// We were removed from the room.
    #[error("the room is over for this device")]
    Over,
}

/// Why a room could not be entered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The members would skip it.
    #[error("the room would not let us in: {0}")]
    Refused(Fault),
    /// The blob or welcome is of another room.
    #[error("that is another room")]
    OtherRoom,
    /// The name is empty, too long or has hidden characters.
    #[error("the name cannot be a name")]
    Name,
    /// The answer does not open, or what it holds is no consistent room.
    #[error("the answer to the knock cannot be read")]
    Welcome,
    /// The commit or its blob is longer than it may be.
    #[error("the room is too large to enter")]
    TooLarge,
    /// The storage or the MLS library failed.
    #[error("the room could not be entered: {0}")]
    Library(String),
}

impl LoadError {
    pub(super) fn storage(error: impl Display) -> Self {
        Self::Storage(error.to_string())
    }
}

macro_rules! library {
    ($($error:ident),*) => {$(
        impl $error {
            pub(super) fn library(error: impl Display) -> Self {
                Self::Library(error.to_string())
            }
        }
    )*};
}

library!(OpenError, SendError, CommitError, JoinError);

impl From<LoadError> for JoinError {
    fn from(error: LoadError) -> Self {
        Self::library(error)
    }
}

impl From<LoadError> for CommitError {
    fn from(error: LoadError) -> Self {
        Self::library(error)
    }
}

impl From<CommitError> for JoinError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Invalid(fault) => Self::Refused(fault),
            CommitError::TooLarge => Self::TooLarge,
            other => Self::library(other),
        }
    }
}
