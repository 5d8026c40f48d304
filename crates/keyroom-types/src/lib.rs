//! The words that every Keyroom crate shares: keys, addresses, invites, limits, and how text from
//! others is made safe to show. No I/O, no clock, no randomness.

#![forbid(unsafe_code)]

mod address;
mod invite;
mod key;
mod label;
pub mod limits;
pub mod text;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use invite::{Invite, InviteError};
pub use key::{Key, KeyError};
pub use label::{Label, LabelError};
