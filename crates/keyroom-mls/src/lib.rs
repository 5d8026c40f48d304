//! A sealed room as a state machine over MLS (RFC 9420). Spec: `docs/protocol.md`, "Sealed rooms".

#![forbid(unsafe_code)]

mod provider;

pub use provider::Storage;
