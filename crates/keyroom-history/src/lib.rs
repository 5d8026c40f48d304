//! A profile's encrypted database: rooms, messages, outbox, search, and the MLS library's state.
//!
//! [`Profile`] is one database of SQLCipher, which one process has open; all reading and writing goes through a [`Tx`]
//! of it, so that decrypting a message, moving the ratchet on and storing the text are one transaction. Why so:
//! `docs/adr/0008-profile.md`.
//!
//! The test of flipped bytes looks at a part of all cases, for time's sake; all of them: `KEYROOM_FLIPS=all`. The test of
//! a full disk needs leave to mount.

#![forbid(unsafe_code)]

mod cost;
mod damage;
mod error;
mod files;
#[cfg(test)]
mod gone;
mod key_file;
mod locked;
mod migrate;
mod mls;
mod pragmas;
mod profile;
mod record;
mod scrub;
mod secret;
mod syncer;
mod tx;

pub use cost::Cost;
pub use damage::Damage;
pub use error::{DbError, KeyFileError, ProfileError};
pub use mls::MlsStorage;
pub use profile::Profile;
pub use record::{
    Choices, EarlierText, Entry, EntryBody, Hit, KnockRecord, NewEntry, Outgoing, RoomRecord, Stage, State,
    Trust,
};
pub use secret::Secret32;
pub use syncer::Syncer;
pub use tx::{Capture, CaptureBounds, EpochNote, Tx};
