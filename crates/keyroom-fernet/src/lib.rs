//! Fernet tokens: codec and stream splitter. No I/O, no clock, no randomness.
//!
//! [`Cipher`] seals and opens one token; what it accepts is what Python's `cryptography.fernet` accepts, what
//! it makes is canonical. [`Splitter`] finds tokens in a byte stream that has no frames. Formats and rules:
//! `docs/protocol.md`, "Fernet rooms"; why our own: `docs/adr/0002-fernet-codec.md`.

#![forbid(unsafe_code)]

mod alphabet;
mod candidate;
mod cipher;
mod hash;
mod passes;
mod plaintext;
mod policy;
mod run;
mod splitter;
mod token;

pub use cipher::{Cipher, OpenError, Opened, SealError};
pub use plaintext::Plaintext;
pub use policy::Policy;
pub use splitter::{Found, JUNK_BYTES, JUNK_SILENCE, Refusal, SILENCE, STALE, Splitter, StreamError};
pub use token::{Token, TokenId, decode};
