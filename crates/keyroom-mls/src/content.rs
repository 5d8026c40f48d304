//! What a message says: a CBOR map (RFC 8949) inside the MLS application message. Spec: "Content".

mod fields;

use ciborium::Value;
use keyroom_types::limits::{CONFIRMED_PASSES, EMOJI_BYTES, FILE_NAME_BYTES};
use keyroom_types::{Digest, FileId, Key, MessageId, PassKey, Seq};
use zeroize::Zeroizing;

use crate::leaf::is_name_that_fits;
use fields::Fields;

/// One message's content. Fields that this version does not know are kept, and written again.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Random, and signed with the content: the same id from the same identity is the same message, sent again.
    pub id: MessageId,
    /// What it is.
    pub body: Body,
    unknown: Vec<(u64, Value)>,
}

/// The kinds of content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    /// A text.
    Text {
        /// What was written.
        text: String,
        /// The message that it answers.
        reply: Option<MessageId>,
    },
    /// A new text for an own message.
    Edit {
        /// The message.
        target: MessageId,
        /// Its new text.
        text: String,
    },
    /// An own message is withdrawn.
    Delete {
        /// The message.
        target: MessageId,
    },
    /// A reaction, set or taken back.
    Reaction {
        /// The message.
        target: MessageId,
        /// What is shown beside it.
        emoji: String,
        /// Whether it is set.
        on: bool,
    },
    /// A file at the relay.
    File {
        /// Its name, as its owner gave it: not to be trusted.
        name: String,
        /// Its length in bytes.
        size: u64,
        /// Where it is.
        file: FileId,
        /// What opens it.
        key: Key,
        /// What it must hash to.
        digest: Digest,
    },
    /// The author has seen everything up to there.
    Receipt {
        /// The newest that it has seen.
        seen: Seq,
    },
    /// A new name to show.
    Profile {
        /// The name.
        name: String,
    },
    /// The author leaves the room.
    Leave,
    /// The key of a door that this commit's author opened, for those who stay.
    DoorKey {
        /// The key.
        key: Key,
    },
    /// A member confirms newcomers' passes at the relay; it also tells them that they are in.
    Confirm {
        /// The passes.
        passes: Vec<PassKey>,
    },
    /// A kind of a later version: kept as it is.
    Unknown {
        /// Its number.
        kind: u64,
    },
}

/// Why bytes are no content, or a content cannot be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Not a map of the expected form.
    #[error("the message's content is malformed")]
    Malformed,
    /// Of a version that this one does not read.
    #[error("the message is of version {0}, which this version cannot read")]
    Version(u64),
    /// Longer than the largest bucket.
    #[error("the message is too long")]
    TooLong,
    /// A field is longer than it may be, or a name is none.
    #[error("a field of the message is too long or not allowed")]
    Field,
}

impl Content {
    /// The longest text that fits into a message, in bytes of UTF-8: the 48 KiB bucket without what stands around it.
    pub const MAX_TEXT: usize = (48 << 10) - 128;

    /// A content of this version.
    pub fn new(id: MessageId, body: Body) -> Self {
        Self { id, body, unknown: Vec::new() }
    }

    /// The binary form, not padded. Keys ascend, so one content has one form.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, ContentError> {
        check(&self.body)?;
        let mut fields = Fields::default();
        fields.put(VERSION_FIELD, Value::from(VERSION));
        fields.put(ID, Value::from(self.id.as_bytes().as_slice()));
        put_body(&mut fields, &self.body);
        for (key, value) in &self.unknown {
            fields.put(*key, value.clone());
        }
        fields.encode()
    }

    /// Reads the binary form without its padding.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        let mut fields = Fields::decode(bytes)?;
        match fields.number(VERSION_FIELD)? {
            VERSION => {}
            other => return Err(ContentError::Version(other)),
        }
        let id = MessageId::from_bytes(fields.array(ID)?);
        let body = take_body(&mut fields)?;
        check(&body)?;
        Ok(Self { id, body, unknown: fields.rest() })
    }
}

fn put_body(fields: &mut Fields, body: &Body) {
    let mut kind = |kind: u64| fields.put(KIND, Value::from(kind));
    match body {
        Body::Text { text, reply } => {
            kind(1);
            fields.put(FIRST, Value::from(text.as_str()));
            if let Some(reply) = reply {
                fields.put(SECOND, Value::from(reply.as_bytes().as_slice()));
            }
        }
        Body::Edit { target, text } => {
            kind(2);
            fields.put(FIRST, Value::from(target.as_bytes().as_slice()));
            fields.put(SECOND, Value::from(text.as_str()));
        }
        Body::Delete { target } => {
            kind(3);
            fields.put(FIRST, Value::from(target.as_bytes().as_slice()));
        }
        Body::Reaction { target, emoji, on } => {
            kind(4);
            fields.put(FIRST, Value::from(target.as_bytes().as_slice()));
            fields.put(SECOND, Value::from(emoji.as_str()));
            fields.put(THIRD, Value::from(*on));
        }
        Body::File { name, size, file, key, digest } => {
            kind(5);
            fields.put(FIRST, Value::from(name.as_str()));
            fields.put(SECOND, Value::from(*size));
            fields.put(THIRD, Value::from(file.as_bytes().as_slice()));
            fields.put(FOURTH, Value::from(key.as_bytes().as_slice()));
            fields.put(FIFTH, Value::from(digest.as_bytes().as_slice()));
        }
        Body::Receipt { seen } => {
            kind(6);
            fields.put(FIRST, Value::from(seen.get()));
        }
        Body::Profile { name } => {
            kind(7);
            fields.put(FIRST, Value::from(name.as_str()));
        }
        Body::Leave => kind(8),
        Body::DoorKey { key } => {
            kind(9);
            fields.put(FIRST, Value::from(key.as_bytes().as_slice()));
        }
        Body::Confirm { passes } => {
            kind(10);
            let passes = passes.iter().map(|pass| Value::from(pass.as_bytes().as_slice()));
            fields.put(FIRST, Value::Array(passes.collect()));
        }
        Body::Unknown { kind: number } => kind(*number),
    }
}

fn take_body(fields: &mut Fields) -> Result<Body, ContentError> {
    Ok(match fields.number(KIND)? {
        1 => Body::Text { text: fields.text(FIRST)?, reply: fields.message_or_none(SECOND)? },
        2 => Body::Edit { target: fields.message(FIRST)?, text: fields.text(SECOND)? },
        3 => Body::Delete { target: fields.message(FIRST)? },
        4 => Body::Reaction {
            target: fields.message(FIRST)?,
            emoji: fields.text(SECOND)?,
            on: fields.flag(THIRD)?,
        },
        5 => Body::File {
            name: fields.text(FIRST)?,
            size: fields.number(SECOND)?,
            file: FileId::from_bytes(fields.array(THIRD)?),
            key: Key::from_bytes(fields.array(FOURTH)?),
            digest: Digest::from_bytes(fields.array(FIFTH)?),
        },
        6 => Body::Receipt { seen: Seq::new(fields.number(FIRST)?) },
        7 => Body::Profile { name: fields.text(FIRST)? },
        8 => Body::Leave,
        9 => Body::DoorKey { key: Key::from_bytes(fields.array(FIRST)?) },
        10 => Body::Confirm { passes: fields.passes(FIRST)? },
        kind => Body::Unknown { kind },
    })
}

fn check(body: &Body) -> Result<(), ContentError> {
    let fits = match body {
        Body::Text { text, .. } | Body::Edit { text, .. } if text.len() > Content::MAX_TEXT => {
            return Err(ContentError::TooLong);
        }
        Body::Reaction { emoji, .. } => !emoji.is_empty() && emoji.len() <= EMOJI_BYTES,
        Body::File { name, .. } => !name.is_empty() && name.len() <= FILE_NAME_BYTES,
        Body::Profile { name } => is_name_that_fits(name),
        Body::Confirm { passes } => passes.len() <= CONFIRMED_PASSES,
        _ => true,
    };
    if fits { Ok(()) } else { Err(ContentError::Field) }
}

const VERSION: u64 = 1;
const VERSION_FIELD: u64 = 0;
const ID: u64 = 1;
const KIND: u64 = 2;
const FIRST: u64 = 3;
const SECOND: u64 = 4;
const THIRD: u64 = 5;
const FOURTH: u64 = 6;
const FIFTH: u64 = 7;

#[cfg(test)]
mod tests;
