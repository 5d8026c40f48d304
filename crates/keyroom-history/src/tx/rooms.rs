//! Rooms.

use keyroom_types::{Address, Chain, Cursor, KeyPin, RoomId};
use rusqlite::{Row, params};

use super::column::{self, BROKEN, Bytes as _, get, get_if_any, get_time};
use crate::{DbError, RoomRecord, Stage, Trust, Tx};

impl Tx<'_> {
    /// All rooms, in the order in which they were entered.
    pub fn rooms(&self) -> Result<Vec<RoomRecord>, DbError> {
        let mut statement = self.prepare(&format!("{SELECT} ORDER BY number"))?;
        let rooms = statement.query_and_then([], record)?;
        rooms.collect()
    }

    /// One room.
    pub fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, DbError> {
        let mut statement = self.prepare(&format!("{SELECT} WHERE id = ?1"))?;
        statement.query_and_then([room.as_bytes()], record)?.next().transpose()
    }

    /// Stores a room, in place of what is stored of it.
    pub fn put_room(&self, record: &RoomRecord) -> Result<(), DbError> {
        let addresses: Vec<String> = record.addresses.iter().map(Address::to_string).collect();
        let pins = match &record.trust {
            Trust::Pins(pins) => Some(pins.iter().flat_map(|pin| *pin.as_bytes()).collect::<Vec<u8>>()),
            Trust::Name => None,
        };
        self.news.set(true);
        let mut statement = self.prepare(PUT)?;
        statement.execute(params![
            record.room.as_bytes(),
            record.name,
            record.stage as u8,
            addresses.join("\n"),
            pins,
            record.log_key.as_ref().map(|key| key.as_bytes()),
            record.incarnation.as_ref().map(|incarnation| incarnation.as_bytes()),
            record.pass.as_bytes(),
            record.key.as_ref().map(|key| key.as_bytes()),
            record.key_expires.map(column::time),
            record.inviter.as_ref().map(|key| key.as_bytes()),
            record.verified,
            column::time(record.healed),
            record.unsure,
            record.head.as_ref().map(column::head),
            record.hosted,
            record.me,
            column::time(record.entered),
            record.volatile,
        ])?;
        let number = self.number(&record.room)?;
        let mut statement = self.prepare("INSERT OR REPLACE INTO cursors VALUES (?1, ?2, ?3)")?;
        let last_commit = record.last_commit.as_ref().map(Chain::as_bytes);
        statement.execute(params![number, record.cursor.as_ref().map(column::cursor), last_commit])?;
        Ok(())
    }

    /// Notes where we stand in a room's log: what changes with every envelope.
    pub fn set_cursor(&self, room: &RoomId, cursor: &Cursor, last_commit: &Chain) -> Result<(), DbError> {
        let number = self.number(room)?;
        let mut statement =
            self.prepare("UPDATE cursors SET cursor = ?2, last_commit = ?3 WHERE room = ?1")?;
        statement.execute(params![number, column::cursor(cursor), last_commit.as_bytes()])?;
        Ok(())
    }

    /// Removes a room and everything of it. What the MLS library has of it, its own group removes.
    pub fn forget_room(&self, room: &RoomId) -> Result<(), DbError> {
        self.drop_room_settings(room)?;
        let Some(number) = self.number_if_any(room)? else { return Ok(()) };
        self.unindex_room(number)?;
        self.drop_captures(number)?;
        let first = number << super::timeline::POSITION_BITS;
        let behind = (number + 1) << super::timeline::POSITION_BITS;
        self.prepare("DELETE FROM reactions WHERE place >= ?1 AND place < ?2")?.execute([first, behind])?;
        self.prepare("DELETE FROM edits WHERE place >= ?1 AND place < ?2")?.execute([first, behind])?;
        self.prepare("DELETE FROM entries WHERE place >= ?1 AND place < ?2")?.execute([first, behind])?;
        for table in ["cursors", "seen", "outbox", "pending", "drafts", "sent", "knocks", "choices", "bases"]
        {
            self.prepare(&format!("DELETE FROM {table} WHERE room = ?1"))?.execute([number])?;
        }
        self.prepare("DELETE FROM rooms WHERE number = ?1")?.execute([number])?;
        self.known.forget_room();
        Ok(())
    }
}

fn record(row: &Row<'_>) -> Result<RoomRecord, DbError> {
    let addresses: Box<str> = row.get(3)?;
    let addresses =
        addresses.lines().map(|address| address.parse().map_err(|_| BROKEN)).collect::<Result<_, _>>()?;
    Ok(RoomRecord {
        room: get(row, 0)?,
        name: row.get(1)?,
        stage: stage(row.get(2)?).ok_or(BROKEN)?,
        addresses,
        trust: trust(row)?,
        log_key: get_if_any(row, 5)?,
        incarnation: get_if_any(row, 6)?,
        pass: get(row, 7)?,
        key: get_if_any(row, 8)?,
        key_expires: row.get::<_, Option<i64>>(9)?.map(|_| get_time(row, 9)).transpose()?,
        inviter: get_if_any(row, 10)?,
        verified: row.get(11)?,
        healed: get_time(row, 12)?,
        unsure: row.get(13)?,
        head: get_if_any(row, 14)?,
        hosted: row.get(15)?,
        me: row.get(16)?,
        entered: get_time(row, 17)?,
        volatile: row.get(18)?,
        cursor: get_if_any(row, 19)?,
        last_commit: get_if_any(row, 20)?,
    })
}

fn trust(row: &Row<'_>) -> Result<Trust, DbError> {
    let Some(pins) = row.get_ref(4)?.as_blob_or_null().map_err(|_| BROKEN)? else { return Ok(Trust::Name) };
    let pins = pins.chunks(KeyPin::BYTES).map(|pin| KeyPin::read(pin).ok_or(BROKEN));
    Ok(Trust::Pins(pins.collect::<Result<_, _>>()?))
}

fn stage(number: u8) -> Option<Stage> {
    const STAGES: [Stage; 9] = [
        Stage::Founding,
        Stage::Joining,
        Stage::Knocking,
        Stage::Waiting,
        Stage::Member,
        Stage::Left,
        Stage::Removed,
        Stage::Ended,
        Stage::Forked,
    ];
    STAGES.into_iter().find(|&stage| stage as u8 == number)
}

const SELECT: &str = "
    SELECT id, name, stage, addresses, pins, log_key, incarnation, pass, key, key_expires, inviter, verified, healed,
        unsure, head, hosted, me, entered, volatile, cursor, last_commit
    FROM rooms JOIN cursors ON room = number";

const PUT: &str = "
    INSERT INTO rooms (id, name, stage, addresses, pins, log_key, incarnation, pass, key, key_expires, inviter, verified,
        healed, unsure, head, hosted, me, entered, volatile)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, stage = excluded.stage, addresses = excluded.addresses, pins = excluded.pins,
        log_key = excluded.log_key, incarnation = excluded.incarnation, pass = excluded.pass, key = excluded.key,
        key_expires = excluded.key_expires, inviter = excluded.inviter, verified = excluded.verified,
        healed = excluded.healed, unsure = excluded.unsure, head = excluded.head, hosted = excluded.hosted,
        me = excluded.me, entered = excluded.entered, volatile = excluded.volatile";
