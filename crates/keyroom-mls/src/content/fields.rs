//! A CBOR map with ascending integer keys, read and written within bounds.

use ciborium::Value;
use keyroom_types::limits::CONFIRMED_PASSES;
use keyroom_types::{MessageId, PassKey};
use zeroize::Zeroizing;

use super::ContentError;
use crate::padding::BUCKETS;

/// The map's fields, by ascending key.
#[derive(Default)]
pub(super) struct Fields(Vec<(u64, Value)>);

impl Fields {
    pub(super) fn put(&mut self, key: u64, value: Value) {
        self.0.push((key, value));
    }

    pub(super) fn encode(mut self) -> Result<Zeroizing<Vec<u8>>, ContentError> {
        self.0.sort_by_key(|(key, _)| *key);
        let length: usize = self.0.iter().map(|(_, value)| HEAD + room_for(value)).sum();
        // All at once, with the padding: a buffer that grows would leave copies of the text behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(bucket_of(length)));
        let map = self.0.into_iter().map(|(key, value)| (Value::from(key), value)).collect();
        ciborium::into_writer(&Value::Map(map), &mut *bytes).map_err(|_| ContentError::Malformed)?;
        if bytes.len() >= LONGEST { Err(ContentError::TooLong) } else { Ok(bytes) }
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() >= LONGEST {
            return Err(ContentError::TooLong);
        }
        let mut rest = bytes;
        let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, NESTING)
            .map_err(|_| ContentError::Malformed)?;
        let Value::Map(map) = value else { return Err(ContentError::Malformed) };
        let fields: Vec<(u64, Value)> = map
            .into_iter()
            .map(|(key, value)| {
                let key = key.as_integer().and_then(|key| u64::try_from(key).ok());
                key.map(|key| (key, value)).ok_or(ContentError::Malformed)
            })
            .collect::<Result<_, _>>()?;
        let ascends = fields.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if rest.is_empty() && ascends { Ok(Self(fields)) } else { Err(ContentError::Malformed) }
    }

    pub(super) fn number(&mut self, key: u64) -> Result<u64, ContentError> {
        let integer = self.take(key).and_then(|value| value.as_integer());
        integer.and_then(|integer| u64::try_from(integer).ok()).ok_or(ContentError::Malformed)
    }

    pub(super) fn flag(&mut self, key: u64) -> Result<bool, ContentError> {
        self.take(key).and_then(|value| value.as_bool()).ok_or(ContentError::Malformed)
    }

    pub(super) fn text(&mut self, key: u64) -> Result<String, ContentError> {
        self.take(key).and_then(|value| value.into_text().ok()).ok_or(ContentError::Malformed)
    }

    pub(super) fn array<const N: usize>(&mut self, key: u64) -> Result<[u8; N], ContentError> {
        self.take(key).as_ref().and_then(array).ok_or(ContentError::Malformed)
    }

    pub(super) fn message(&mut self, key: u64) -> Result<MessageId, ContentError> {
        self.array(key).map(MessageId::from_bytes)
    }

    pub(super) fn message_or_none(&mut self, key: u64) -> Result<Option<MessageId>, ContentError> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => array(&value).map(MessageId::from_bytes).map(Some).ok_or(ContentError::Malformed),
        }
    }

    pub(super) fn passes(&mut self, key: u64) -> Result<Vec<PassKey>, ContentError> {
        let list = self.take(key).and_then(|value| value.into_array().ok()).ok_or(ContentError::Malformed)?;
        if list.len() > CONFIRMED_PASSES {
            return Err(ContentError::Field);
        }
        let passes = list.iter().map(|value| array(value).map(PassKey::from_bytes));
        passes.collect::<Option<_>>().ok_or(ContentError::Malformed)
    }

    /// What nobody asked for.
    pub(super) fn rest(self) -> Vec<(u64, Value)> {
        self.0
    }

    fn take(&mut self, key: u64) -> Option<Value> {
        let place = self.0.iter().position(|(found, _)| *found == key)?;
        Some(self.0.remove(place).1)
    }
}

fn array<const N: usize>(value: &Value) -> Option<[u8; N]> {
    value.as_bytes()?.as_slice().try_into().ok()
}

/// What a value takes, at most.
fn room_for(value: &Value) -> usize {
    HEAD + match value {
        Value::Bytes(bytes) => bytes.len(),
        Value::Text(text) => text.len(),
        Value::Array(list) => list.iter().map(room_for).sum(),
        Value::Map(map) => map.iter().map(|(key, value)| room_for(key) + room_for(value)).sum(),
        Value::Tag(_, inner) => room_for(inner),
        _ => 0,
    }
}

fn bucket_of(length: usize) -> usize {
    BUCKETS.into_iter().find(|&bucket| length < bucket).unwrap_or(LONGEST)
}

/// How deep maps and lists may stand in each other.
const NESTING: usize = 8;
/// A key, or the beginning of a value, at most.
const HEAD: usize = 9;
const LONGEST: usize = BUCKETS[BUCKETS.len() - 1];
