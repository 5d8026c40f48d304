//! Values as columns.

use keyroom_types::{
    Chain, Cursor, DoorId, EnvelopeId, IdentityKey, Incarnation, Key, KeyPin, LogKey, MessageId, RoomId, Seq,
    Signature, SignedHead, Timestamp,
};
use rusqlite::Row;

use crate::{Damage, DbError, Secret32};

/// A value that is stored as a fixed number of bytes.
pub(super) trait Bytes: Sized {
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! bytes {
    ($($name:ident),*) => {
        $(impl Bytes for $name {
            fn read(bytes: &[u8]) -> Option<Self> {
                Self::from_slice(bytes)
            }
        })*
    };
}

bytes!(DoorId, EnvelopeId, IdentityKey, Incarnation, KeyPin, LogKey, MessageId, RoomId, Signature);

macro_rules! secret_bytes {
    ($($name:ident),*) => {
        $(impl Bytes for $name {
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_bytes)
            }
        })*
    };
}

secret_bytes!(Chain, Key, Secret32);

impl Bytes for Cursor {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let cursor = Self {
            seq: Seq::new(number(&mut rest)?),
            chain: Chain::from_bytes(take(&mut rest)?),
            time: Timestamp::from_millis(number(&mut rest)?),
            newest_commit: Seq::new(number(&mut rest)?),
        };
        rest.is_empty().then_some(cursor)
    }
}

/// Seq, chain, time, newest commit.
pub(super) fn cursor(cursor: &Cursor) -> [u8; 56] {
    let mut bytes = [0; 56];
    bytes[..8].copy_from_slice(&cursor.seq.get().to_be_bytes());
    bytes[8..40].copy_from_slice(cursor.chain.as_bytes());
    bytes[40..48].copy_from_slice(&cursor.time.as_millis().to_be_bytes());
    bytes[48..].copy_from_slice(&cursor.newest_commit.get().to_be_bytes());
    bytes
}

impl Bytes for SignedHead {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let head = Self {
            incarnation: Incarnation::from_bytes(take(&mut rest)?),
            seq: Seq::new(number(&mut rest)?),
            time: Timestamp::from_millis(number(&mut rest)?),
            chain: Chain::from_bytes(take(&mut rest)?),
            signature: Signature::from_bytes(take(&mut rest)?),
        };
        rest.is_empty().then_some(head)
    }
}

/// Incarnation, seq, time, chain, signature.
pub(super) fn head(head: &SignedHead) -> Vec<u8> {
    let (seq, time) = (head.seq.get().to_be_bytes(), head.time.as_millis().to_be_bytes());
    [&head.incarnation.as_bytes()[..], &seq, &time, head.chain.as_bytes(), head.signature.as_bytes()].concat()
}

/// A value of fixed length.
pub(super) fn get<T: Bytes>(row: &Row<'_>, column: usize) -> Result<T, DbError> {
    get_if_any(row, column)?.ok_or(BROKEN)
}

/// The same, where there may be none.
pub(super) fn get_if_any<T: Bytes>(row: &Row<'_>, column: usize) -> Result<Option<T>, DbError> {
    let stored = row.get_ref(column)?.as_blob_or_null().map_err(|_| BROKEN)?;
    stored.map(|bytes| T::read(bytes).ok_or(BROKEN)).transpose()
}

/// A number that was stored by [`signed`].
pub(super) fn unsigned(number: i64) -> Result<u64, DbError> {
    u64::try_from(number).map_err(|_| BROKEN)
}

/// A number as SQLite has it.
pub(super) fn signed(number: u64) -> Result<i64, DbError> {
    i64::try_from(number).map_err(|_| DbError::Range)
}

/// A time as SQLite has it. One that no clock will ever show is moved to the last that it can.
pub(super) fn time(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The same, back.
pub(super) fn get_time(row: &Row<'_>, column: usize) -> Result<Timestamp, DbError> {
    Ok(Timestamp::from_millis(unsigned(row.get(column)?)?))
}

/// How many rows to ask for.
pub(super) fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_be_bytes)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// What was read is nothing that we write.
pub(super) const BROKEN: DbError = DbError::Damaged(Damage::Value);
