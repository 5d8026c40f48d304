//! Entries as rows.

use keyroom_types::{Seq, Timestamp};
use rusqlite::Row;

use super::column::{BROKEN, get, get_if_any, get_time, unsigned};
use super::timeline::position;
use crate::{DbError, Entry, EntryBody, State};

/// What [`read`] reads.
pub(super) const SELECT: &str = "
    SELECT place, at, seq, state, key, id, reply, edited, name, text, kind, data
    FROM entries LEFT JOIN people ON number = author";

pub(super) fn read(row: &Row<'_>) -> Result<Entry, DbError> {
    let at: Timestamp = get_time(row, 1)?;
    let seq = row.get::<_, Option<i64>>(2)?.map(unsigned).transpose()?.map(Seq::new);
    let body = match row.get(10)? {
        Some(kind) => EntryBody::Notice { kind, data: row.get(11)? },
        None => EntryBody::Message {
            author: get(row, 4)?,
            name: row.get(8)?,
            id: get(row, 5)?,
            text: row.get(9)?,
            reply: get_if_any(row, 6)?,
            edited: row.get(7)?,
            state: state(row.get(3)?).ok_or(BROKEN)?,
        },
    };
    Ok(Entry { position: position(row.get(0)?)?, at, seq, body })
}

/// Numbers 1 to 3 are those of our messages that are under way: an index is about them, another about 2.
pub(super) fn state_number(state: State) -> u32 {
    match state {
        State::Received => 0,
        State::Waiting => 1,
        State::Sent => 2,
        State::Stored => 3,
        State::Delivered => DELIVERED,
        State::Failed(reason) => FAILED + u32::from(reason),
    }
}

fn state(number: u32) -> Option<State> {
    Some(match number {
        0 => State::Received,
        1 => State::Waiting,
        2 => State::Sent,
        3 => State::Stored,
        DELIVERED => State::Delivered,
        failed => State::Failed(u16::try_from(failed.checked_sub(FAILED)?).ok()?),
    })
}

pub(super) const DELIVERED: u32 = 4;
const FAILED: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_from_their_numbers() {
        let failed = [State::Failed(0), State::Failed(u16::MAX)];
        let others = [State::Received, State::Waiting, State::Sent, State::Stored, State::Delivered];
        for each in failed.into_iter().chain(others) {
            assert_eq!(state(state_number(each)), Some(each));
        }
        assert_eq!((state(5), state(16 + (1 << 16))), (None, None));
    }
}
