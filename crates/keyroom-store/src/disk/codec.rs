//! The bytes of stored rows. Each ends with a CRC-32 that also covers where the row belongs, so that a row that was
//! changed, or stands where another should, is seen.

use bytes::Bytes;
use keyroom_types::{Chain, Digest, EnvelopeId, Header, Kind, PassKey, RoomId, Seq, Timestamp};

use crate::{Body, Entry, Head, Stored};

/// A row's bytes do not add up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Broken;

/// What the table of rooms says of one room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RoomRow {
    /// Names the room in the other tables; never used twice.
    pub(super) number: u64,
    pub(super) head: Head,
    /// Every body up to here is dropped or stays.
    pub(super) retained: Seq,
    /// The checksums of all records, added up: a record that is missing changes it.
    pub(super) records: u32,
}

impl RoomRow {
    /// Seq, time, newest commit, bytes, retained (8 bytes each, big-endian), chain (32), records (4), checksum (4).
    pub(super) fn to_bytes(self, room: &RoomId) -> [u8; ROOM_BYTES] {
        let mut out = Vec::with_capacity(ROOM_BYTES);
        let head = &self.head;
        for number in
            [head.seq.get(), head.time.as_millis(), head.newest_commit.get(), head.bytes, self.retained.get()]
        {
            out.extend(number.to_be_bytes());
        }
        out.extend(head.chain.as_bytes());
        out.extend(self.records.to_be_bytes());
        let checksum = checksum(&[room.as_bytes(), &self.number.to_be_bytes(), &out]);
        out.extend(checksum.to_be_bytes());
        let mut bytes = [0; ROOM_BYTES];
        bytes.copy_from_slice(&out);
        bytes
    }

    pub(super) fn from_bytes(room: &RoomId, number: u64, bytes: &[u8]) -> Result<Self, Broken> {
        let mut rest = checked(bytes, &[room.as_bytes(), &number.to_be_bytes()])?;
        let mut next = || take::<8>(&mut rest).map(u64::from_be_bytes);
        let (seq, time, newest_commit) = (Seq::new(next()?), next()?, Seq::new(next()?));
        let (bytes, retained) = (next()?, Seq::new(next()?));
        let chain = Chain::from_bytes(take(&mut rest)?);
        let records = u32::from_be_bytes(take(&mut rest)?);
        let head = Head { seq, time: Timestamp::from_millis(time), chain, newest_commit, bytes };
        Ok(Self { number, head, retained, records })
    }
}

/// Who appended an envelope: a pass is written out once, and later envelopes say where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pass {
    /// The pass itself.
    Key(PassKey),
    /// As the envelope at this place of the log, which has it written out.
    As(Seq),
}

/// One envelope's row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LogRow {
    pub(super) seq: Seq,
    pub(super) time: Timestamp,
    pub(super) kind: Kind,
    pub(super) based_on: Seq,
    pub(super) envelope: EnvelopeId,
    pub(super) pass: Pass,
    pub(super) body: Body,
    pub(super) blob: Option<Digest>,
}

impl LogRow {
    pub(super) fn new(entry: &Entry, pass: Pass) -> Self {
        let Header { seq, time, kind, based_on, envelope, pass: _ } = entry.header;
        let body = Body::Kept(entry.body.clone());
        Self { seq, time, kind, based_on, envelope, pass, body, blob: entry.blob }
    }

    pub(super) fn stored(self, pass: PassKey) -> Stored {
        let Self { seq, time, kind, based_on, envelope, pass: _, body, blob } = self;
        Stored { header: Header { seq, time, kind, based_on, envelope, pass }, body, blob }
    }

    /// Kind and marks (1 byte), time and `based_on` (LEB128), envelope id (16), pass (32) or its place (LEB128), the
    /// blob's name if there is one (32), the body or its SHA-256, checksum (4).
    pub(super) fn encode(&self, place: i64, out: &mut Vec<u8>) {
        out.clear();
        out.reserve(LONGEST_FIELDS + self.body.len());
        let mark = |mark: u8, set: bool| if set { mark } else { 0 };
        out.push(
            self.kind.number()
                | mark(WITH_BLOB, self.blob.is_some())
                | mark(DROPPED, matches!(self.body, Body::Dropped(_)))
                | mark(PASS_AS, matches!(self.pass, Pass::As(_))),
        );
        put_number(out, self.time.as_millis());
        put_number(out, self.based_on.get());
        out.extend(self.envelope.as_bytes());
        match self.pass {
            Pass::Key(key) => out.extend(key.as_bytes()),
            Pass::As(seq) => put_number(out, seq.get()),
        }
        if let Some(blob) = &self.blob {
            out.extend(blob.as_bytes());
        }
        match &self.body {
            Body::Kept(bytes) => out.extend_from_slice(bytes),
            Body::Dropped(digest) => out.extend(digest.as_bytes()),
        }
        let checksum = checksum(&[&place.to_be_bytes(), out]);
        out.extend(checksum.to_be_bytes());
    }

    pub(super) fn decode(seq: Seq, place: i64, bytes: &[u8]) -> Result<Self, Broken> {
        let mut rest = checked(bytes, &[&place.to_be_bytes()])?;
        let [marks] = take(&mut rest)?;
        let kind = Kind::from_number(marks & !(WITH_BLOB | DROPPED | PASS_AS)).ok_or(Broken)?;
        let time = Timestamp::from_millis(take_number(&mut rest)?);
        let based_on = Seq::new(take_number(&mut rest)?);
        let envelope = EnvelopeId::from_bytes(take(&mut rest)?);
        let pass = if marks & PASS_AS == 0 {
            Pass::Key(PassKey::from_bytes(take(&mut rest)?))
        } else {
            Pass::As(Seq::new(take_number(&mut rest)?))
        };
        let blob = if marks & WITH_BLOB == 0 { None } else { Some(Digest::from_bytes(take(&mut rest)?)) };
        let body = if marks & DROPPED == 0 {
            Body::Kept(Bytes::copy_from_slice(rest))
        } else {
            Body::Dropped(Digest::from_slice(rest).ok_or(Broken)?)
        };
        Ok(Self { seq, time, kind, based_on, envelope, pass, body, blob })
    }
}

/// A record's value with its checksum behind it; the checksum is also what the room adds up.
pub(super) fn encode_record(number: u64, table: u8, key: &[u8], value: &[u8]) -> (Vec<u8>, u32) {
    let sum = checksum(&[&number.to_be_bytes(), &[table], key, value]);
    ([value, &sum.to_be_bytes()].concat(), sum)
}

/// The value alone, and its checksum.
pub(super) fn decode_record(
    number: u64,
    table: u8,
    key: &[u8],
    bytes: &[u8],
) -> Result<(Bytes, u32), Broken> {
    let value = checked(bytes, &[&number.to_be_bytes(), &[table], key])?;
    Ok((Bytes::copy_from_slice(value), stored_checksum(bytes)?))
}

/// The checksum that a row ends with.
pub(super) fn stored_checksum(bytes: &[u8]) -> Result<u32, Broken> {
    bytes.last_chunk().copied().map(u32::from_be_bytes).ok_or(Broken)
}

/// What stands before the checksum, if it is right.
pub(super) fn checked<'a>(bytes: &'a [u8], context: &[&[u8]]) -> Result<&'a [u8], Broken> {
    let (rest, sum) = bytes.split_last_chunk().ok_or(Broken)?;
    let mut parts = context.to_vec();
    parts.push(rest);
    if checksum(&parts) == u32::from_be_bytes(*sum) { Ok(rest) } else { Err(Broken) }
}

pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Broken> {
    let (taken, left) = rest.split_first_chunk().ok_or(Broken)?;
    *rest = left;
    Ok(*taken)
}

/// Unsigned LEB128 (DWARF 5, 7.6).
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

pub(super) fn take_number(rest: &mut &[u8]) -> Result<u64, Broken> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let [byte] = take(rest)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Broken)
}

/// How long a room's row is.
pub(super) const ROOM_BYTES: usize = 5 * 8 + Chain::BYTES + 4 + 4;

/// What a row of the log has around its body, at most.
pub(super) const LONGEST_FIELDS: usize = 1 + 10 + 10 + EnvelopeId::BYTES + PassKey::BYTES + Digest::BYTES + 4;

const WITH_BLOB: u8 = 0x10;
const DROPPED: u8 = 0x20;
const PASS_AS: u8 = 0x40;

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> LogRow {
        LogRow {
            seq: Seq::new(7),
            time: Timestamp::from_millis(1_795_467_600_123),
            kind: Kind::Follower,
            based_on: Seq::new(u64::MAX),
            envelope: EnvelopeId::from_bytes([2; 16]),
            pass: Pass::Key(PassKey::from_bytes([3; 32])),
            body: Body::Kept(Bytes::from_static(b"body")),
            blob: None,
        }
    }

    #[test]
    fn rows_of_every_form_read_back() {
        let mut bytes = Vec::new();
        for row in [
            row(),
            LogRow { pass: Pass::As(Seq::new(300)), blob: Some(Digest::of(b"blob")), ..row() },
            LogRow { body: Body::Kept(Bytes::new()), time: Timestamp::from_millis(u64::MAX), ..row() },
            LogRow { body: Body::Dropped(Digest::of(b"body")), kind: Kind::Application, ..row() },
        ] {
            row.encode(99, &mut bytes);
            assert_eq!(LogRow::decode(row.seq, 99, &bytes), Ok(row));
        }
    }

    #[test]
    fn no_flipped_bit_goes_unseen() {
        let mut bytes = Vec::new();
        row().encode(99, &mut bytes);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(LogRow::decode(row().seq, 99, &flipped), Err(Broken), "{bit}");
        }
    }

    #[test]
    fn a_row_is_right_in_its_own_place_only() {
        let mut bytes = Vec::new();
        row().encode(99, &mut bytes);
        assert_eq!(LogRow::decode(row().seq, 98, &bytes), Err(Broken));
        let (record, sum) = encode_record(1, 2, b"key", b"value");
        assert_eq!(decode_record(1, 2, b"key", &record), Ok((Bytes::from_static(b"value"), sum)));
        assert_eq!(decode_record(2, 2, b"key", &record), Err(Broken));
        assert_eq!(decode_record(1, 3, b"key", &record), Err(Broken));
        assert_eq!(decode_record(1, 2, b"kex", &record), Err(Broken));
    }

    #[test]
    fn a_room_reads_back_and_a_changed_one_is_seen() {
        let room = RoomId::from_bytes([5; 16]);
        let head = Head {
            seq: Seq::new(3),
            time: Timestamp::from_millis(4),
            chain: Chain::start(&room),
            newest_commit: Seq::new(2),
            bytes: 900,
        };
        let row = RoomRow { number: 6, head, retained: Seq::new(1), records: 77 };
        let bytes = row.to_bytes(&room);
        assert_eq!(RoomRow::from_bytes(&room, 6, &bytes), Ok(row));
        assert_eq!(RoomRow::from_bytes(&room, 7, &bytes), Err(Broken));
        assert_eq!(RoomRow::from_bytes(&RoomId::from_bytes([6; 16]), 6, &bytes), Err(Broken));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(RoomRow::from_bytes(&room, 6, &flipped), Err(Broken), "{bit}");
        }
    }
}
