//! Wiping what SQLite leaves on its pages (attack matrix row 37).
//!
//! `secure_delete` overwrites what is deleted where it stands. But when a page becomes too full, SQLite moves rows to
//! another (`rebuildPage` in its `btree.c`, 3.46), and the old place stays as it was, now part of the page's free middle:
//! if the row is deleted later, this copy is not. So before pages go from the log to the database, the free middles of all
//! that are in the log are overwritten; those in the database have always been.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use rusqlite::{Connection, params};

use crate::DbError;

/// Wipes the free middle of every page that is in the log. Runs in a transaction.
pub(crate) fn scrub(db: &Connection, log: &File) -> Result<(), DbError> {
    let count: u32 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let mut read = db.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut write = db.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?;
    for number in pages_in(log)?.range(1..=count.min(LAST_PAGE)) {
        let mut page: Vec<u8> = read.query_row([number], |row| row.get(0))?;
        let header = if *number == 1 { FILE_HEADER } else { 0 };
        if let Some(middle) =
            free_middle(&mut page, header).filter(|middle| middle.iter().any(|&byte| byte != 0))
        {
            middle.fill(0);
            write.execute(params![number, page])?;
        }
    }
    Ok(())
}

/// What lies between a page's list of cells and its cells (SQLite's "Database File Format", 1.6, "B-tree Pages"). None
/// where the page is of another kind, or not what it should be.
fn free_middle(page: &mut [u8], header: usize) -> Option<&mut [u8]> {
    let short =
        |at: usize| page.get(at..at + 2).map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])));
    let list = match page.get(header)? {
        2 | 5 => header + 12,
        10 | 13 => header + 8,
        // Of a chain of overflow or free pages: begins with the number of the next, which is under `LAST_PAGE`.
        _ => return None,
    };
    let (cells, content) = (short(header + 3)?, short(header + 5)?);
    page.get_mut(list + 2 * cells..content)
}

/// The pages that the log has frames of (the same, 4.1, "WAL File Format"). The frames' headers are in clear with SQLCipher
/// too.
fn pages_in(mut log: &File) -> io::Result<BTreeSet<u32>> {
    let (mut pages, mut header) = (BTreeSet::new(), [0; 32]);
    log.seek(SeekFrom::Start(0))?;
    if !read_whole(log, &mut header)? {
        return Ok(pages);
    }
    let size = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    let mut frame = [0; 24];
    while read_whole(log, &mut frame)? {
        pages.insert(u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]));
        log.seek(SeekFrom::Current(i64::from(size)))?;
    }
    Ok(pages)
}

/// Whether there was as much.
fn read_whole(mut log: &File, into: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(into) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| true),
    }
}

/// The first page begins with the header of the file.
const FILE_HEADER: usize = 100;

/// A database of 64 GiB: up to there no page's number looks like the kind of a page.
const LAST_PAGE: u32 = (1 << 24) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_middle_of_a_page_of_cells_is_free() {
        let mut page = vec![7; 64];
        page[..8].copy_from_slice(&[13, 0, 0, 0, 2, 0, 40, 0]);
        assert_eq!(free_middle(&mut page, 0).map(|middle| middle.len()), Some(40 - 12));
        page[0] = 5;
        assert_eq!(free_middle(&mut page, 0).map(|middle| middle.len()), Some(40 - 16));
        for (place, byte) in [(0, 0), (0, 1), (3, 255), (5, 255), (6, 9)] {
            let mut damaged = page.clone();
            damaged[place] = byte;
            assert!(free_middle(&mut damaged, 0).is_none(), "{place}");
        }
        assert!(free_middle(&mut [], 0).is_none() && free_middle(&mut [13], 0).is_none());
    }
}
