//! What an envelope costs of a link's credit. Both ends count alike.

use keyroom_types::limits::CREDIT_PER_ENVELOPE;
use keyroom_wire::{Content, Envelope};

/// The length of its body, and 128.
pub fn credit_cost(envelope: &Envelope) -> u64 {
    let body = match &envelope.content {
        Content::Body(bytes) => bytes.len(),
        Content::Dropped(_) => 0,
    };
    // A body has at most a frame's length.
    (body + CREDIT_PER_ENVELOPE) as u64
}
