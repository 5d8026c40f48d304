//! What the network saw: the captured bytes of a message, from the outside to the inside.

use super::field::Field;
use super::phrase::Phrase;

/// Bytes as they were at one depth, divided into fields.
///
/// Where an inner layer is part of an outer one's bytes it is a field there; where it had to be decoded or decrypted
/// first, it is a layer of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layer {
    /// What these bytes are.
    pub name: Phrase,
    /// How they come out of the layer before, or where they were captured.
    pub how: Phrase,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// All of them, divided.
    pub fields: Vec<Field>,
}

impl Layer {
    pub(super) fn new(name: Phrase, how: Phrase, bytes: Vec<u8>, fields: Vec<Field>) -> Self {
        Self { name, how, bytes, fields }
    }
}
