//! Fernet tokens: codec and stream splitter. No I/O, no clock, no randomness.
//!
//! [`Cipher`] seals and opens one token; what it accepts is what Python's `cryptography.fernet` accepts, what
//! it makes is canonical.. Formats and rules:
//! `docs/protocol.md`, "Fernet rooms"; why our own: `docs/adr/0002-fernet-codec.md`.

#![forbid(unsafe_code)]

mod alphabet;
mod cipher;
mod policy;
mod token;

pub use cipher::{Cipher, OpenError, Opened, SealError};
pub use policy::Policy;
pub use token::{Token, TokenId};
