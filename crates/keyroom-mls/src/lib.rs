//! A sealed room as a state machine over MLS (RFC 9420): create, join, send, receive, policy, doors. Spec:
//! `docs/protocol.md`, "Sealed rooms".
//!
//! No I/O and no clock in here. The MLS library keeps its state through a [`Storage`] that the caller brings, so that the
//! caller can make a message, the advanced ratchet and whatever belongs to it one transaction. After a transaction that
//! was rolled back a [`Room`] is ahead of its storage: drop it and [`Room::load`] it again.

#![forbid(unsafe_code)]

mod blob;
mod bytes;
mod claim;
mod code;
mod content;
mod credential;
mod delegate;
mod door;
mod identity;
mod knock;
mod known;
mod leaf;
mod lobby;
mod member;
mod nowhere;
mod opened;
mod padding;
mod policy;
mod provider;
mod room;
mod state;
mod validity;
mod witness;

pub use blob::{Blob, BlobError, Pins, open_blob};
pub use claim::Claim;
pub use code::{Code, member_code, room_code};
pub use content::{Body, Content, ContentError};
pub use door::{Door, DoorSecrets};
pub use identity::Identity;
pub use knock::{Knock, KnockError, OpenKnock};
pub use leaf::{Entrance, Replaces};
pub use member::Member;
pub use opened::{Blame, Changes, Fault, Opened, Received, RefusedMessage, Skipped, Unsure};
pub use policy::{OpenDoor, Policy, PolicyError};
pub use provider::{Crypto, MemoryStorage, Provider, Storage};
#[cfg(feature = "testing")]
pub use provider::{Observed, Seen};
pub use room::{
    Check, Commit, CommitError, Founding, Intent, Join, JoinError, Joined, LoadError, OldPass, OpenError,
    Room, SendError, Standing,
};

// The people of `tests/room/`, for tests that have to reach inside.
#[cfg(test)]
extern crate self as keyroom_mls;
#[cfg(test)]
#[allow(dead_code, clippy::unwrap_used)] // Not every test needs all of it.
#[path = "../tests/room/support.rs"]
mod support;
