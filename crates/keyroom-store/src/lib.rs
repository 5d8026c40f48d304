//! Rooms' logs: the store trait, the stores, and the suite that each of them passes. Spec: `docs/protocol.md`,
//! "Durability".
//!
//! [`MemoryStore`] is for rooms that shall leave nothing behind, [`DiskStore`] for all others; a [`Committer`] shares one
//! sync among all writes that wait. Why SQLite: `docs/adr/0004-embedded-store.md`.
//!
//! The tests of power loss, torn logs and changed bytes look at a part of all cases, for time's sake. All of them:
//! `KEYROOM_POWER=all KEYROOM_TORN=all KEYROOM_FLIPS=all cargo test -p keyroom-store` (some ten minutes). They need
//! `strace`; those of full disks need leave to mount.

#![forbid(unsafe_code)]

mod checks;
mod committer;
pub mod conformance;
mod disk;
mod error;
mod memory;
mod store;

pub use committer::{Busy, CommitError, Committer};
pub use disk::{Copied, CopyError, DiskStore, OpenError, Pace, copy_store};
pub use error::{RoomError, StoreError, WriteError};
pub use memory::MemoryStore;
pub use store::{Body, Entry, Head, RecordKey, RoomState, RoomSummary, Store, Stored, Write};
