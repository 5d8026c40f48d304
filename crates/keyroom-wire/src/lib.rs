//! What a client and a relay say to each other: typed, bounded messages and their protobuf form. Spec:
//! `proto/link.proto`; `docs/protocol.md`, "The link".

#![forbid(unsafe_code)]

mod code;
mod message;
mod proto;

pub use code::Code;
pub use message::*;

/// The version of the link that this code speaks.
pub const VERSION: u32 = 1;
