//! Both ends of the relay link as state machines: no socket, clock or randomness in here. Spec: `docs/protocol.md`,
//! "The link".

#![forbid(unsafe_code)]

pub mod relay;
pub mod sign;
