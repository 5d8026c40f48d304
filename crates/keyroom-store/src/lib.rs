//! Rooms' logs: the store trait, the stores, and the suite that each of them passes. Spec: `docs/protocol.md`,
//! "Durability".

#![forbid(unsafe_code)]

mod checks;
mod committer;
pub mod conformance;
mod disk;
mod error;
mod memory;
mod store;

pub use committer::{Busy, CommitError, Committer};
pub use disk::{DiskStore, OpenError, Pace};
pub use error::{RoomError, StoreError, WriteError};
pub use memory::MemoryStore;
pub use store::{Body, Entry, Head, RecordKey, RoomState, RoomSummary, Store, Stored, Write};
