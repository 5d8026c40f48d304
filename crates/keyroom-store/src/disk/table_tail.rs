//! Taking over data of version 3, which had a table in place of the journal.

use bytes::Bytes;
use rusqlite::Connection;

use super::codec::{Broken, checked};
use super::journal::Numbered;
use super::schema::Identity;
use super::{OpenError, settle};

/// Moves what a version 3 left in its table to the rooms' tables and drops it, inside of a transaction; nothing where there is no
/// such table.
pub(super) fn take_over(db: &Connection, identity: &Identity) -> Result<(), OpenError> {
    if db.table_exists(Some("main"), "tail")? {
        settle::move_tail(db, identity, &settle::found(db, 0, &rows(db)?, true)?)?;
        db.execute_batch("DROP TABLE main.tail")?;
    }
    Ok(())
}

/// The rows of the table, each as a frame has it.
pub(super) fn rows(db: &Connection) -> Result<Vec<Numbered>, OpenError> {
    let mut find = db.prepare("SELECT number, row FROM tail ORDER BY number")?;
    let mut rows = find.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        let content = checked(&bytes, &[]).map_err(|Broken| OpenError::Damaged)?;
        found.push((row.get(0)?, Bytes::copy_from_slice(content)));
    }
    Ok(found)
}
