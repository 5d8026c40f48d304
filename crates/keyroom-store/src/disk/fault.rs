//! What SQLite's errors mean for a store.

use std::io;

use keyroom_types::Seq;
use rusqlite::ErrorCode;

use super::codec::Broken;
use super::files::{self, Files};
use crate::{RoomError, StoreError};

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Something that is no directory has its name.
    #[error("the data directory is no directory")]
    NotADirectory,
    /// The directory or a file in it may not be read, written or made.
    #[error("no permission for the data directory or a file in it")]
    Permission,
    /// Another process, or another store of this one, has it open.
    #[error("another relay has the data directory open")]
    InUse,
    /// A newer version of the program wrote it.
    #[error("the data was written by a newer version (format {found}, this one knows up to {known})")]
    NewerSchema {
        /// Format of the data.
        found: u32,
        /// Newest format that this version knows.
        known: u32,
    },
    /// The file is no store, or its beginning is damaged.
    #[error("the data is damaged, or not this program's")]
    Damaged,
    /// No space left to make or to repair it.
    #[error("the disk is full")]
    Full,
    /// The disk answered with an error.
    #[error("the data directory cannot be used: {0}")]
    Io(Box<dyn std::error::Error + Send + Sync>),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Permission,
            io::ErrorKind::NotADirectory => Self::NotADirectory,
            _ if files::is_full(&error) => Self::Full,
            _ => Self::Io(error.into()),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
                Self::Permission
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Io(error.into()),
        }
    }
}

/// Why something failed inside a store, before it is known whether that concerns a room or all of them.
#[derive(Debug)]
pub(super) enum Fault {
    /// Stored bytes are not what was written.
    Broken,
    Sql(rusqlite::Error),
    /// The journal's files.
    Io(io::Error),
}

impl From<Broken> for Fault {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            _ if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Self::Broken,
            // What SQLite keeps of a column's type is stored bytes too.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Broken,
            _ => Self::Sql(error),
        }
    }
}

impl Fault {
    /// As a fault of one room.
    pub(super) fn in_room(self, files: &Files, at: Seq) -> RoomError {
        match self {
            Self::Broken => RoomError::Damaged { at },
            other => RoomError::Store(other.in_store(files)),
        }
    }

    /// As a fault of the store.
    pub(super) fn in_store(self, files: &Files) -> StoreError {
        match self {
            Self::Broken => StoreError::Io("the store is damaged".into()),
            Self::Sql(error) => of_store(files, error),
            Self::Io(error) if files::is_full(&error) => StoreError::Full,
            Self::Io(error) => StoreError::Io(error.into()),
        }
    }
}

fn of_store(files: &Files, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        // A full disk can also show as a sync, or a growth of the shared index, that fails.
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if files.is_full() => StoreError::Full,
        _ => StoreError::Io(error.into()),
    }
}
