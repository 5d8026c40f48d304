//! Checks that fields of many messages share.

use bytes::Bytes;
use keyroom_types::limits::{BLOB_BYTES, BLOB_PART_BYTES, COMMIT_BYTES, ENVELOPE_BYTES, KNOCK_BYTES};
use keyroom_types::{Kind, Timestamp};

use crate::{Code, PassRole, WireError};

/// A field of fixed length.
pub(super) fn fixed<T>(
    field: &'static str,
    bytes: &[u8],
    from: fn(&[u8]) -> Option<T>,
) -> Result<T, WireError> {
    from(bytes).ok_or(WireError::Length { field })
}

/// A field of fixed length that may be empty.
pub(super) fn optional<T>(
    field: &'static str,
    bytes: &[u8],
    from: fn(&[u8]) -> Option<T>,
) -> Result<Option<T>, WireError> {
    if bytes.is_empty() { Ok(None) } else { fixed(field, bytes, from).map(Some) }
}

/// A field that has no place in this message.
pub(super) fn empty(field: &'static str, bytes: &[u8]) -> Result<(), WireError> {
    if bytes.is_empty() { Ok(()) } else { Err(WireError::Length { field }) }
}

/// A message, or one of several, that must be there.
pub(super) fn needed<T>(field: &'static str, value: Option<T>) -> Result<T, WireError> {
    value.ok_or(WireError::Missing { field })
}

/// At most so many bytes.
pub(super) fn at_most(field: &'static str, bytes: Bytes, most: usize) -> Result<Bytes, WireError> {
    if bytes.len() > most { Err(WireError::TooLong { field }) } else { Ok(bytes) }
}

/// A knock's bytes: some, and not too many.
pub(super) fn knock_bytes(bytes: Bytes) -> Result<Bytes, WireError> {
    if bytes.is_empty() {
        Err(WireError::Length { field: "bytes" })
    } else {
        at_most("bytes", bytes, KNOCK_BYTES)
    }
}

/// Ids on their way out.
pub(super) fn raw(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// Ids that may be absent on their way out.
pub(super) fn raw_or_empty<T>(value: Option<&T>, bytes: impl Fn(&T) -> &[u8]) -> Bytes {
    value.map_or_else(Bytes::new, |value| raw(bytes(value)))
}

pub(super) fn kind(number: i32) -> Result<Kind, WireError> {
    u8::try_from(number).ok().and_then(Kind::from_number).ok_or(WireError::Number { field: "kind" })
}

/// An envelope's bytes, by what it is.
pub(super) fn body(kind: Kind, bytes: Bytes) -> Result<Bytes, WireError> {
    at_most("body", bytes, if kind.is_commit() { COMMIT_BYTES } else { ENVELOPE_BYTES })
}

/// A role on the wire; 0 is none.
pub(super) fn role(number: i32) -> Result<Option<PassRole>, WireError> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(PassRole::Provisional)),
        2 => Ok(Some(PassRole::Member)),
        3 => Ok(Some(PassRole::Admin)),
        _ => Err(WireError::Number { field: "role" }),
    }
}

pub(super) const fn role_number(role: Option<PassRole>) -> i32 {
    match role {
        None => 0,
        Some(PassRole::Provisional) => 1,
        Some(PassRole::Member) => 2,
        Some(PassRole::Admin) => 3,
    }
}

pub(super) fn code(number: i32) -> Result<Code, WireError> {
    Code::from_number(number).ok_or(WireError::Number { field: "code" })
}

/// A number of which 0 says that there is none.
pub(super) fn nonzero(number: u64) -> Option<u64> {
    Some(number).filter(|&number| number != 0)
}

/// A time of which 0 says that there is none.
pub(super) fn time_or_none(number: u64) -> Option<Timestamp> {
    nonzero(number).map(Timestamp::from_millis)
}

/// A part of a blob: not empty, and within the whole, which is within its limit.
pub(super) fn part(size: u32, offset: u32, part: Bytes) -> Result<Bytes, WireError> {
    let whole = within_blob("size", size)?;
    let part = at_most("bytes", part, BLOB_PART_BYTES)?;
    let end = within_blob("offset", offset)? + part.len();
    if part.is_empty() || end > whole { Err(WireError::Length { field: "bytes" }) } else { Ok(part) }
}

/// A length or place in a blob.
pub(super) fn within_blob(field: &'static str, number: u32) -> Result<usize, WireError> {
    usize::try_from(number).ok().filter(|&number| number <= BLOB_BYTES).ok_or(WireError::TooLong { field })
}
