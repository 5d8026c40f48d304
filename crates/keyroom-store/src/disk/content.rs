//! What a frame of the journal holds: all writes of one commit.

use std::ops::Range;

use bytes::Bytes;
use keyroom_types::{EnvelopeId, RoomId, Seq};

use super::codec::{self, Broken, LogRow, Pass, RoomRow, put_number, take, take_number};
use super::schema::place;
use super::tail::TailWrite;
use crate::{Head, RecordKey, Write};

/// Encodes a write behind `out` and returns its envelopes' names, and where in `out` their rows are.
///
/// - Room id (16 bytes), its number (8, big-endian), its head as in the table of rooms (84).
/// - How many envelopes (LEB128); each: length (LEB128) and its row of the log with the pass written out.
/// - How many records (LEB128); each: table (1), length of the key (LEB128) and the key, zero for one that is removed or one
///   more than its value's length (LEB128), and the value.
pub(super) fn encode(write: &Write, number: u64, head: Head, out: &mut Vec<u8>) -> Result<Rows, Broken> {
    out.extend(write.room.as_bytes());
    out.extend(number.to_be_bytes());
    out.extend(RoomRow { number, head, retained: Seq::ZERO, records: 0 }.to_bytes(&write.room));
    put_number(out, write.entries.len() as u64);
    let (mut rows, mut row) = (Vec::with_capacity(write.entries.len()), Vec::new());
    for entry in &write.entries {
        let place = place(number, entry.header.seq)?;
        LogRow::new(entry, Pass::Key(entry.header.pass)).encode(place, &mut row);
        put_bytes(out, &row);
        rows.push((entry.header.envelope, out.len() - row.len()..out.len()));
    }
    put_number(out, write.records.len() as u64);
    for (key, value) in &write.records {
        out.push(key.table);
        put_bytes(out, &key.key);
        match value {
            Some(value) => {
                put_number(out, value.len() as u64 + 1);
                out.extend_from_slice(value);
            }
            None => put_number(out, 0),
        }
    }
    Ok(rows)
}

/// Envelopes by name, and where their rows are.
pub(super) type Rows = Vec<(EnvelopeId, Range<usize>)>;

/// The writes of a frame, one at least, each with its room and the room's number. Whoever wrote it checked each; what does not add
/// up is damage.
pub(super) fn decode(content: &Bytes) -> Result<Vec<(RoomId, u64, TailWrite)>, Broken> {
    let mut rest = &content[..];
    let mut writes = vec![write(content, &mut rest)?];
    while !rest.is_empty() {
        writes.push(write(content, &mut rest)?);
    }
    Ok(writes)
}

fn write(content: &Bytes, rest: &mut &[u8]) -> Result<(RoomId, u64, TailWrite), Broken> {
    let room = RoomId::from_bytes(take(rest)?);
    let number = u64::from_be_bytes(take(rest)?);
    let head = RoomRow::from_bytes(&room, number, &take::<{ codec::ROOM_BYTES }>(rest)?)?.head;
    let envelopes = take_number(rest)?;
    if envelopes == 0 {
        return Err(Broken);
    }
    let mut seq =
        Seq::new((head.seq.get().checked_add(1)).and_then(|n| n.checked_sub(envelopes)).ok_or(Broken)?);
    let mut rows = Vec::new();
    for _ in 0..envelopes {
        let row = take_bytes(rest)?;
        let envelope: EnvelopeId = LogRow::decode(seq, place(number, seq)?, row)?.envelope;
        rows.push((envelope, content.slice_ref(row)));
        seq = seq.next();
    }
    let mut records = Vec::new();
    for _ in 0..take_number(rest)? {
        let [table] = take(rest)?;
        let key = Bytes::copy_from_slice(take_bytes(rest)?);
        let value = match take_number(rest)? {
            0 => None,
            more => Some(Bytes::copy_from_slice(take_slice(rest, more - 1)?)),
        };
        records.push((RecordKey { table, key }, value));
    }
    Ok((room, number, TailWrite { head, rows, records }))
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Broken> {
    let len = take_number(rest)?;
    take_slice(rest, len)
}

fn take_slice<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], Broken> {
    let len = usize::try_from(len).map_err(|_| Broken)?;
    let (taken, left) = rest.split_at_checked(len).ok_or(Broken)?;
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Room;
    use keyroom_types::Kind;

    fn write(room: &mut Room) -> Write {
        let records = [Some(&b"value"[..]), Some(b""), None];
        let records = (0..).zip(records).flat_map(|(table, value)| room.record(table, b"key", value).records);
        let records = records.collect();
        Write { records, ..room.append(&[Kind::Application, Kind::Commit]) }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let (mut out, mut made) = (Vec::new(), Vec::new());
        for number in 1..4 {
            let mut room = Room::new(number);
            for _ in 0..3 {
                let write = write(&mut room);
                let rows = encode(&write, number, write.head, &mut out).unwrap();
                made.push((room.id, number, write, rows));
            }
        }
        let out = Bytes::from(out);
        let decoded = decode(&out).unwrap();
        assert_eq!(decoded.len(), made.len());
        for ((room, number, write, rows), (id, its_number, tail)) in made.into_iter().zip(decoded) {
            assert_eq!((room, number, write.head), (id, its_number, tail.head));
            assert_eq!((tail.first(), tail.records), (write.entries[0].header.seq, write.records));
            let rows: Vec<_> = rows.into_iter().map(|(id, row)| (id, out.slice(row))).collect();
            assert_eq!(tail.rows, rows);
        }
    }

    #[test]
    fn what_is_cut_is_broken() {
        let mut room = Room::new(1);
        let write = write(&mut room);
        let mut out = Vec::new();
        encode(&write, 1, write.head, &mut out).unwrap();
        for len in 0..out.len() {
            assert_eq!(decode(&Bytes::copy_from_slice(&out[..len])).unwrap_err(), Broken, "{len}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_somebody_else_wrote_is_refused_without_a_panic(bytes: Vec<u8>) {
            assert!(decode(&bytes.into()).is_err());
        }
    }
}
