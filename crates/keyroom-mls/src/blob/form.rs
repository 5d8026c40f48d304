//! The blob's bytes: what stands outside, and what is sealed.

use keyroom_types::limits::{OPEN_DOORS, PINS_PER_BLOB};
use keyroom_types::{Chain, Cursor, DoorId, KeyPin, LogKey, RoomId, Seq, Timestamp};
use zeroize::Zeroizing;

use super::{Contents, Pins};
use crate::bytes::Reader;
use crate::lobby::SealKey;
use crate::padding;

/// One door's wrapped key: its id, KEM output, ciphertext.
pub(super) type Wrap = (DoorId, Vec<u8>, Vec<u8>);

/// KEM output and ciphertext of the wrapped key.
type Wrapped<'a> = Option<(&'a [u8], &'a [u8])>;

pub(super) fn head(wraps: &[Wrap]) -> Option<Vec<u8>> {
    let mut bytes = vec![VERSION, u8::try_from(wraps.len()).ok()?];
    for (door, kem, sealed) in wraps {
        bytes.extend(door.as_bytes());
        for part in [kem, sealed] {
            bytes.extend(u16::try_from(part.len()).ok()?.to_be_bytes());
            bytes.extend(part);
        }
    }
    Some(bytes)
}

/// The door's wrapped key, if it has one; the part that is authenticated only; the sealed part.
pub(super) fn wrapped<'a>(bytes: &'a [u8], door: &DoorId) -> Option<(Wrapped<'a>, &'a [u8], &'a [u8])> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return None;
    }
    let count = usize::from(reader.u8()?);
    if count > OPEN_DOORS {
        return None;
    }
    let mut found = None;
    for _ in 0..count {
        let id = reader.door()?;
        let length = usize::from(reader.u16()?);
        let kem = reader.take(length)?;
        let length = usize::from(reader.u16()?);
        let sealed = reader.take(length)?;
        if id == *door && found.is_none() {
            found = Some((kem, sealed));
        }
    }
    let sealed = reader.rest();
    Some((found, &bytes[..bytes.len() - sealed.len()], sealed))
}

/// The sealed part, opened.
pub(super) struct Plain<'a> {
    pub(super) room: RoomId,
    pub(super) cursor: Cursor,
    pub(super) lobby: SealKey,
    pub(super) pins: Pins,
    pub(super) group_info: &'a [u8],
}

pub(super) fn encode(contents: &Contents<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let pins = contents.pins;
    let fixed = 512 + pins.relay.len() * KeyPin::BYTES;
    // All at once: it holds the lobby key, and a buffer that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(padding::large(fixed + contents.group_info.len())));
    bytes.push(VERSION);
    bytes.extend(contents.room.as_bytes());
    bytes.extend(contents.cursor.seq.get().to_be_bytes());
    bytes.extend(contents.cursor.chain.as_bytes());
    bytes.extend(contents.cursor.time.as_millis().to_be_bytes());
    bytes.extend(contents.cursor.newest_commit.get().to_be_bytes());
    bytes.extend_from_slice(contents.lobby.as_ref());
    if pins.relay.len() > PINS_PER_BLOB {
        return None;
    }
    bytes.push(u8::try_from(pins.relay.len()).ok()?);
    pins.relay.iter().for_each(|pin| bytes.extend(pin.as_bytes()));
    put_option(&mut bytes, pins.log.as_ref().map(|key| key.as_bytes().as_slice()));
    put_option(&mut bytes, pins.incarnation.as_ref().map(|life| life.as_bytes().as_slice()));
    bytes.extend(u32::try_from(contents.group_info.len()).ok()?.to_be_bytes());
    bytes.extend(contents.group_info);
    let padded = padding::large(bytes.len());
    bytes.resize(padded, 0);
    Some(bytes)
}

fn put_option(bytes: &mut Vec<u8>, value: Option<&[u8]>) {
    bytes.push(u8::from(value.is_some()));
    bytes.extend(value.into_iter().flatten());
}

impl<'a> Plain<'a> {
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return None;
        }
        let room = reader.room()?;
        let cursor = Cursor {
            seq: Seq::new(reader.u64()?),
            chain: Chain::from_bytes(reader.array()?),
            time: Timestamp::from_millis(reader.u64()?),
            newest_commit: Seq::new(reader.u64()?),
        };
        let lobby = Zeroizing::new(reader.array()?);
        let count = reader.u8()?;
        if usize::from(count) > PINS_PER_BLOB {
            return None;
        }
        let pins = Pins {
            relay: (0..count).map(|_| reader.array().map(KeyPin::from_bytes)).collect::<Option<_>>()?,
            log: if reader.flag()? { Some(LogKey::from_bytes(reader.array()?)) } else { None },
            incarnation: if reader.flag()? { Some(reader.incarnation()?) } else { None },
        };
        let length = usize::try_from(reader.u32()?).ok()?;
        let group_info = reader.take(length)?;
        let zeros = reader.rest().iter().all(|&byte| byte == 0);
        zeros.then_some(Self { room, cursor, lobby, pins, group_info })
    }
}

const VERSION: u8 = 1;
