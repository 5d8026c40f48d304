//! The words that every Keyroom crate shares: keys, addresses, invites, limits, and how text from
//! others is made safe to show. No I/O, no clock, no randomness.

#![forbid(unsafe_code)]

mod key;
pub mod limits;
pub mod text;

pub use key::{Key, KeyError};
