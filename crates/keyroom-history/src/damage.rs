//! What is wrong with a profile's database.

use rusqlite::{Connection, OptionalExtension as _};

use crate::DbError;

/// How a profile is damaged. Nothing was changed on its account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// There is a key file, but no database to it.
    #[error("the database is missing")]
    Missing,
    /// The file does not begin like a database of this key.
    #[error("the beginning of the database is damaged, or it belongs to another key")]
    Beginning,
    /// A page fails its authentication, or the pages do not fit together.
    #[error("a page of the database is damaged")]
    Page,
    /// The file is shorter than it should be.
    #[error("the database is cut short")]
    Short,
    /// A stored value is not one that this program writes.
    #[error("a stored value is damaged")]
    Value,
    /// Entries of a timeline are missing.
    #[error("entries of a timeline are missing")]
    Gap,
    /// The index of the full-text search does not fit the messages.
    #[error("the index of the search is damaged")]
    Search,
    /// The disk did not let it be read.
    #[error("the database cannot be read from the disk")]
    Unreadable,
}

impl From<DbError> for Damage {
    /// What an error says about the database, while it is only read.
    fn from(error: DbError) -> Self {
        match error {
            DbError::Damaged(damage) => damage,
            _ => Self::Unreadable,
        }
    }
}

/// Reads everything.
pub(crate) fn check(db: &Connection) -> Result<(), Damage> {
    // One row for each page whose authentication fails; none without a cipher.
    if first(db, "PRAGMA cipher_integrity_check")?.is_some() {
        return Err(Damage::Page);
    }
    match first(db, "PRAGMA quick_check")? {
        Some(answer) if answer == "ok" => {}
        _ => return Err(Damage::Page),
    }
    if first(db, GAPS)?.is_some() {
        return Err(Damage::Gap);
    }
    match db
        .execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)", [])
        .map_err(DbError::from)
    {
        Err(DbError::Damaged(Damage::Page)) => Err(Damage::Search),
        other => other.map(drop).map_err(Damage::from),
    }
}

/// The first row's first column, as text.
fn first(db: &Connection, query: &str) -> Result<Option<String>, Damage> {
    db.query_row(query, [], |row| row.get(0)).optional().map_err(|error| DbError::from(error).into())
}

/// Rooms in whose timeline the last position is not one less than the number of entries.
const GAPS: &str = "
    SELECT CAST(room AS TEXT) FROM entries GROUP BY room
    HAVING max(place) - (room << 40) <> count(*) - 1 OR min(place) <> room << 40";
