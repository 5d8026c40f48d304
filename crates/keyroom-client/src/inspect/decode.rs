//! The decoders: from bytes to named fields. None of them needs a key, none trusts a length that it reads, and each
//! divides whatever it is given.

mod claim;
mod fernet;
mod join;
mod link;
mod mls;
mod protobuf;
mod tls;
mod websocket;

pub use claim::authenticated_data;
pub use fernet::{token, token_text};
pub use join::sealed_join;
pub(crate) use link::delivered;
pub use link::{to_client, to_relay};
pub use mls::message;
pub use tls::record;
pub use websocket::{Payload, frame};

use std::ops::Range;

use keyroom_types::Kind;

use super::field::Field;
use super::phrase::Phrase;

/// What the author of an envelope sealed, by the kind that its header names.
pub fn sealed_body(bytes: &[u8], range: Range<usize>, kind: Option<Kind>) -> Vec<Field> {
    match kind {
        Some(Kind::Join) => sealed_join(bytes, range),
        _ => message(bytes, range),
    }
}

/// All that the decoders say.
pub(super) const WORDS: &[&[Phrase]] = &[
    claim::PHRASES,
    fernet::PHRASES,
    join::PHRASES,
    link::PHRASES,
    mls::PHRASES,
    protobuf::PHRASES,
    tls::PHRASES,
    websocket::PHRASES,
];
