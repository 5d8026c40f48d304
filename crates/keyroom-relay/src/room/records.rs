//! A room's small records in the store: passes, doors, the blobs of the newest commit, knocks, welcomes, and who made it.
//!
//! Each is a fixed binary form behind a version byte, big-endian. Nothing outside the relay reads them.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use keyroom_store::RecordKey;
use keyroom_types::{Chain, Cursor, Digest, DoorId, DoorKey, EnvelopeId, PassKey, Seq, Timestamp};
use keyroom_wire::{Answered, Door, PassRole};

use super::blobs::Candidates;
use super::doors::OpenDoor;
use super::knocks::{Knock, Waiting};
use super::passes::Pass;

/// One record as the store has it: a key, and a value, or `None` to remove it.
pub(crate) type Change = (RecordKey, Option<Bytes>);

/// A record that was read.
pub(super) enum Record {
    Founder(PassKey),
    Pass(PassKey, Pass),
    Door(OpenDoor),
    Candidates(Candidates),
    Knock(PassKey, Knock),
    Welcome(PassKey, Waiting),
}

pub(super) fn founder(pass: &PassKey) -> Change {
    let mut value = versioned(PassKey::BYTES);
    value.put_slice(pass.as_bytes());
    (key(FOUNDER, &[]), Some(value.freeze()))
}

pub(super) fn pass(name: &PassKey, pass: Option<&Pass>) -> Change {
    let value = pass.map(|pass| {
        let mut value = versioned(1 + 8 + EnvelopeId::BYTES);
        value.put_u8(match pass.role {
            PassRole::Provisional => 1,
            PassRole::Member => 2,
            PassRole::Admin => 3,
        });
        if let Some((envelope, seq)) = pass.last {
            value.put_u64(seq.get());
            value.put_slice(envelope.as_bytes());
        }
        value.freeze()
    });
    (key(PASS, name.as_bytes()), value)
}

pub(super) fn door(id: &DoorId, door: Option<&OpenDoor>) -> Change {
    let value = door.map(|open| {
        let mut value = versioned(DoorKey::BYTES + 3 * 8);
        value.put_slice(open.door.key.as_bytes());
        value.put_u64(open.door.expires.map_or(0, Timestamp::as_millis));
        value.put_u64(open.door.uses.unwrap_or(0));
        value.put_u64(open.used);
        value.freeze()
    });
    (key(DOOR, id.as_bytes()), value)
}

pub(super) fn candidates(candidates: &Candidates) -> Change {
    let mut value = versioned(Digest::BYTES * 8);
    value.put_u8(u8::from(candidates.own.is_some()));
    if let Some(own) = &candidates.own {
        value.put_slice(own.as_bytes());
    }
    for (pass, blob) in &candidates.offered {
        value.put_slice(pass.as_bytes());
        value.put_slice(blob.as_bytes());
    }
    (key(CANDIDATES, &[]), Some(value.freeze()))
}

pub(super) fn knock(pass: &PassKey, knock: Option<&Knock>) -> Change {
    let value = knock.map(|knock| {
        let mut value = versioned(8 + DoorId::BYTES + 8 + 4 + Digest::BYTES);
        value.put_u64(knock.number);
        value.put_slice(knock.door.as_bytes());
        value.put_u64(knock.time.as_millis());
        value.put_u32(knock.size);
        value.put_slice(knock.blob.as_bytes());
        value.freeze()
    });
    (key(KNOCK, pass.as_bytes()), value)
}

pub(super) fn welcome(pass: &PassKey, waiting: Option<&Waiting>) -> Change {
    let value = waiting.map(|Waiting { answered: Answered { cursor, welcome }, size }| {
        let mut value = versioned(8 + 8 + Chain::BYTES + 4 + Digest::BYTES);
        value.put_u64(cursor.seq.get());
        value.put_u64(cursor.time.as_millis());
        value.put_slice(cursor.chain.as_bytes());
        value.put_u32(*size);
        value.put_slice(welcome.as_bytes());
        value.freeze()
    });
    (key(WELCOME, pass.as_bytes()), value)
}

/// Reads a record; `None` if it is not one that this version writes.
pub(super) fn read(key: &RecordKey, value: &Bytes) -> Option<Record> {
    let mut value = value.clone();
    if value.try_get_u8().ok()? != VERSION {
        return None;
    }
    let record = match key.table {
        FOUNDER => Record::Founder(PassKey::from_bytes(take(&mut value)?)),
        PASS => {
            let name = PassKey::from_slice(&key.key)?;
            let role = match value.try_get_u8().ok()? {
                1 => PassRole::Provisional,
                2 => PassRole::Member,
                3 => PassRole::Admin,
                _ => return None,
            };
            let last = if value.is_empty() {
                None
            } else {
                let seq = Seq::new(value.try_get_u64().ok()?);
                Some((EnvelopeId::from_bytes(take(&mut value)?), seq))
            };
            Record::Pass(name, Pass::new(role, last))
        }
        DOOR => {
            let id = DoorId::from_slice(&key.key)?;
            let door_key = DoorKey::from_bytes(take(&mut value)?);
            let [expires, uses, used] = [(); 3].map(|()| value.try_get_u64().ok());
            let expires = Some(expires?).filter(|&at| at != 0).map(Timestamp::from_millis);
            let uses = Some(uses?).filter(|&uses| uses != 0);
            Record::Door(OpenDoor::new(Door { id, key: door_key, expires, uses }, used?))
        }
        CANDIDATES => {
            let own = match value.try_get_u8().ok()? {
                0 => None,
                _ => Some(Digest::from_bytes(take(&mut value)?)),
            };
            let mut offered = Vec::new();
            while !value.is_empty() {
                let pass = PassKey::from_bytes(take(&mut value)?);
                offered.push((pass, Digest::from_bytes(take(&mut value)?)));
            }
            Record::Candidates(Candidates { own, offered })
        }
        KNOCK => {
            let number = value.try_get_u64().ok()?;
            let door = DoorId::from_bytes(take(&mut value)?);
            let time = Timestamp::from_millis(value.try_get_u64().ok()?);
            let size = value.try_get_u32().ok()?;
            let blob = Digest::from_bytes(take(&mut value)?);
            Record::Knock(PassKey::from_slice(&key.key)?, Knock { number, door, time, blob, size })
        }
        WELCOME => {
            let seq = Seq::new(value.try_get_u64().ok()?);
            let time = Timestamp::from_millis(value.try_get_u64().ok()?);
            let chain = Chain::from_bytes(take(&mut value)?);
            let size = value.try_get_u32().ok()?;
            let welcome = Digest::from_bytes(take(&mut value)?);
            let cursor = Cursor { seq, chain, time, newest_commit: seq };
            let answered = Answered { cursor, welcome };
            Record::Welcome(PassKey::from_slice(&key.key)?, Waiting { answered, size })
        }
        _ => return None,
    };
    value.is_empty().then_some(record)
}

fn take<const N: usize>(value: &mut Bytes) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    value.try_copy_to_slice(&mut bytes).ok()?;
    Some(bytes)
}

fn versioned(more: usize) -> BytesMut {
    let mut value = BytesMut::with_capacity(1 + more);
    value.put_u8(VERSION);
    value
}

fn key(table: u8, key: &[u8]) -> RecordKey {
    RecordKey { table, key: Bytes::copy_from_slice(key) }
}

const VERSION: u8 = 1;
const FOUNDER: u8 = 1;
const PASS: u8 = 2;
const DOOR: u8 = 3;
const CANDIDATES: u8 = 4;
const KNOCK: u8 = 5;
const WELCOME: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn reread((key, value): Change) -> Record {
        read(&key, &value.unwrap()).unwrap()
    }

    #[test]
    fn records_read_back_to_what_was_written() {
        let name = PassKey::from_bytes([7; 32]);
        let last = Some((EnvelopeId::from_bytes([1; 16]), Seq::new(9)));
        for pass in [Pass::new(PassRole::Admin, last), Pass::new(PassRole::Provisional, None)] {
            let Record::Pass(read_name, read) = reread(super::pass(&name, Some(&pass))) else {
                panic!("a pass")
            };
            assert_eq!((read_name, read.role, read.last), (name, pass.role, pass.last));
        }
        for (expires, uses) in [(None, None), (Some(Timestamp::from_millis(5)), Some(3))] {
            let open =
                Door { id: DoorId::from_bytes([2; 16]), key: DoorKey::from_bytes([3; 32]), expires, uses };
            let Record::Door(read) = reread(super::door(&open.id, Some(&OpenDoor::new(open, 2)))) else {
                panic!("a door")
            };
            assert_eq!((read.door, read.used), (open, 2));
        }
        let blob = Digest::of(b"blob");
        for candidates in [Candidates::default(), Candidates { own: Some(blob), offered: vec![(name, blob)] }]
        {
            let Record::Candidates(read) = reread(super::candidates(&candidates)) else {
                panic!("candidates")
            };
            assert_eq!(read, candidates);
        }
        let time = Timestamp::from_millis(6);
        let (door, blob) = (DoorId::from_bytes([4; 16]), Digest::of(b"knock"));
        let knock = Knock { number: 3, door, time, blob, size: 5 };
        assert!(
            matches!(reread(super::knock(&name, Some(&knock))), Record::Knock(n, k) if (n, k) == (name, knock))
        );
        let (seq, chain) = (Seq::new(7), Chain::from_bytes([8; 32]));
        let cursor = Cursor { seq, chain, time, newest_commit: seq };
        let waiting = Waiting { answered: Answered { cursor, welcome: blob }, size: 5 };
        let Record::Welcome(read_name, read) = reread(super::welcome(&name, Some(&waiting))) else {
            panic!("a welcome")
        };
        assert_eq!((read_name, read), (name, waiting));
        assert!(matches!(reread(founder(&name)), Record::Founder(read) if read == name));
    }

    #[test]
    fn a_record_that_is_cut_or_too_long_or_unknown_is_none() {
        let name = PassKey::from_bytes([7; 32]);
        let pass = Pass::new(PassRole::Member, Some((EnvelopeId::from_bytes([1; 16]), Seq::new(9))));
        let (key, value) = super::pass(&name, Some(&pass));
        let value = value.unwrap();
        for end in (0..value.len()).filter(|&end| end != 2) {
            assert!(read(&key, &value.slice(..end)).is_none(), "cut at {end}");
        }
        let longer = [&value[..], &[0]].concat();
        assert!(read(&key, &Bytes::from(longer)).is_none());
        assert!(read(&RecordKey { table: 99, key: key.key.clone() }, &value).is_none());
    }
}
