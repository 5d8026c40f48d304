//! What a client and a relay say to each other: typed, bounded messages and their protobuf form. Spec:
//! `proto/link.proto`; `docs/protocol.md`, "The link".

#![forbid(unsafe_code)]

mod code;
mod codec;
mod error;
mod message;
mod proto;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;

pub use code::Code;
pub use codec::encode_deliver;
pub use error::WireError;
pub use keyroom_types::SignedHead;
pub use message::*;

/// The version of the link that this code speaks.
pub const VERSION: u32 = 1;
