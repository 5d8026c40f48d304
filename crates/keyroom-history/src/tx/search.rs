//! Full-text search.

use keyroom_types::RoomId;
use rusqlite::params;

use super::column::{get, get_time, limit};
use super::timeline::position;
use crate::{DbError, Hit, Tx};

impl Tx<'_> {
    /// Messages that a text is about, newest first. Each word must stand in the message; the last may be the beginning of
    /// one. Upper and lower case, accents, and all that is neither letter nor digit make no difference.
    pub fn search(&self, text: &str, room: Option<&RoomId>, at_most: usize) -> Result<Vec<Hit>, DbError> {
        let room = room.map(|room| self.number(room)).transpose()?;
        let Some(query) = query(text, room) else { return Ok(Vec::new()) };
        self.index_all()?;
        // `CROSS JOIN`: the index is gone through backwards, and no further than needed.
        let mut statement = self.prepare(
            "SELECT rooms.id, place, at, people.key, entries.name, entries.text
             FROM search CROSS JOIN entries ON moment = search.rowid
             CROSS JOIN people ON people.number = author CROSS JOIN rooms ON rooms.number = entries.room
             WHERE search MATCH ?1 ORDER BY search.rowid DESC LIMIT ?2",
        )?;
        let hits = statement.query_and_then(params![query, limit(at_most)], |row| {
            Ok(Hit {
                room: get(row, 0)?,
                position: position(row.get(1)?)?,
                at: get_time(row, 2)?,
                author: get(row, 3)?,
                name: row.get(4)?,
                text: row.get(5)?,
            })
        })?;
        hits.collect()
    }
}

/// The words in FTS5's language, each quoted, so that nothing in them is taken for an operator.
fn query(text: &str, room: Option<i64>) -> Option<String> {
    // A word without a letter or a digit is none to the index.
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
    let quoted: Vec<String> =
        words.take(WORDS).map(|word| format!("\"{}\"", word.replace(['"', '\0'], " "))).collect();
    if quoted.is_empty() {
        return None;
    }
    let room = room.map_or_else(String::new, |room| format!("room : \"{room}\" AND "));
    Some(format!("{room}text : ({} *)", quoted.join(" AND ")))
}

/// Words that count; nobody types more.
const WORDS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_whatever_they_contain() {
        let all = |text| query(text, None);
        assert_eq!(all("a b").as_deref(), Some("text : (\"a\" AND \"b\" *)"));
        assert_eq!(all("a\" OR b*").as_deref(), Some("text : (\"a \" AND \"OR\" AND \"b*\" *)"));
        assert_eq!(all("x\0y").as_deref(), Some("text : (\"x y\" *)"));
        assert_eq!((all(""), all(" - !! \"")), (None, None));
        assert_eq!(query("a", Some(7)).as_deref(), Some("room : \"7\" AND text : (\"a\" *)"));
    }
}
