//! Why a profile refuses. No variant carries a text, a name or a key, so all are safe to log.

use std::io;

use rusqlite::ErrorCode;

use crate::Damage;

/// Why a profile could not be made or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// There is no profile in the directory.
    #[error("there is no profile here")]
    NoProfile,
    /// There is one already.
    #[error("there is a profile here already")]
    Exists,
    /// The key file is whole, but the passphrase does not open it.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// Another process, or this one, has it open.
    #[error("the profile is in use by another Keyroom")]
    InUse,
    /// The database is damaged.
    #[error("the profile is damaged: {0}")]
    Damaged(Damage),
    /// A newer version of the program wrote it.
    #[error("the profile was written by a newer version (format {found}, this one knows up to {known})")]
    Newer {
        /// Format of the data.
        found: u32,
        /// Newest format that this version knows.
        known: u32,
    },
    /// No space left to make or to repair it.
    #[error("the disk is full")]
    DiskFull,
    /// Others can enter the directory and that cannot, or should not, be changed by us.
    #[error("others can enter the directory of the profile: choose an empty one, or close it to others")]
    NotPrivate,
    /// The key file cannot be used.
    #[error("the key file of the profile {0}")]
    KeyFile(#[from] KeyFileError),
    /// The disk answered with an error.
    #[error("the directory of the profile cannot be used: {0}")]
    Io(io::Error),
    /// The database answered with an error.
    #[error(transparent)]
    Database(DbError),
}

/// What is wrong with a key file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is a database without one.
    #[error("is missing; put it back, or move the database away")]
    Missing,
    /// Not what this program writes, or some of its bytes were changed.
    #[error("is damaged")]
    Damaged,
    /// Written by a newer version of the program.
    #[error("was written by a newer version")]
    Newer,
    /// Asks for more memory or time than any version would choose.
    #[error("asks for more memory or time than is sensible")]
    Cost,
}

/// Why the database did not do what it was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// No space left. What was committed stays; reading goes on.
    #[error("the disk is full")]
    DiskFull,
    /// Stored bytes are not what was written.
    #[error("the profile is damaged: {0}")]
    Damaged(Damage),
    /// The disk answered with an error.
    #[error("the disk failed: {0}")]
    Io(io::ErrorKind),
    /// An earlier error ended the transaction, and nothing of it is stored.
    #[error("the transaction was ended by an earlier error")]
    Over,
    /// The secrets of a group moved on, and were not stored yet.
    #[error("a group's secrets were not stored")]
    Owed,
    /// There is no such room.
    #[error("there is no such room")]
    NoRoom,
    /// There is no such entry, or it is no message.
    #[error("there is no such message")]
    NoEntry,
    /// That message of that author is there already.
    #[error("the message is there already")]
    Repeated,
    /// A number does not fit the database.
    #[error("a number is out of range")]
    Range,
    /// The database answered with an error: SQLite's extended code.
    #[error("the database failed with code {code}")]
    Sqlite {
        /// SQLite's extended result code.
        code: i32,
    },
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => Self::of_code(failure.code, failure.extended_code),
            // What SQLite keeps of a column's type is stored bytes too.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged(Damage::Value),
            rusqlite::Error::ToSqlConversionFailure(..) => Self::Range,
            _ => Self::Sqlite { code: 0 },
        }
    }
}

impl DbError {
    fn of_code(code: ErrorCode, extended: i32) -> Self {
        match code {
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::NotADatabase => Self::Damaged(Damage::Beginning),
            ErrorCode::DatabaseCorrupt => Self::Damaged(Damage::Page),
            // A read past the end of the file.
            ErrorCode::SystemIoFailure if extended == IOERR_SHORT_READ => Self::Damaged(Damage::Short),
            ErrorCode::SystemIoFailure => Self::Io(io::ErrorKind::Other),
            _ => Self::Sqlite { code: extended },
        }
    }
}

impl From<io::Error> for DbError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::DiskFull } else { Self::Io(error.kind()) }
    }
}

impl From<io::Error> for ProfileError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::DiskFull } else { Self::Io(error) }
    }
}

impl From<DbError> for ProfileError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::DiskFull => Self::DiskFull,
            DbError::Damaged(damage) => Self::Damaged(damage),
            DbError::Io(kind) => Self::Io(kind.into()),
            DbError::Sqlite { code } if matches!(code & 0xff, BUSY | LOCKED) => Self::InUse,
            other => Self::Database(other),
        }
    }
}

impl From<rusqlite::Error> for ProfileError {
    fn from(error: rusqlite::Error) -> Self {
        DbError::from(error).into()
    }
}

/// Whether the disk, or what this user may have of it, is used up.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const IOERR_SHORT_READ: i32 = 522;
