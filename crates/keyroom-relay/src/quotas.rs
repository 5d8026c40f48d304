//! What one stranger, one pass, one door and one room may take of a relay. Every field is a key of the configuration
//! file's `[quotas]`.

use std::sync::{Arc, PoisonError, RwLock};

use serde::Deserialize;

/// The quotas that an operator can set; the default is for a small public relay.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Rooms on this relay.
    pub rooms: u64,
    /// Whether strangers may open rooms; if not, those that exist are served.
    pub open: bool,
    /// Rooms that one address (in IPv6: one network of 64 bits) may open at once, before it must wait.
    pub rooms_per_address: u32,
    /// Rooms that one address may open in an hour, after that.
    pub rooms_per_address_per_hour: u32,
    /// Bytes of envelopes kept in one room.
    pub room_bytes: u64,
    /// Connections at once.
    pub links: u32,
    /// Connections from one address at once.
    pub links_per_address: u32,
    /// Logins that one address may try at once, before it must wait.
    pub logins_per_address: u32,
    /// Logins that one address may try in a minute, after that.
    pub logins_per_address_per_minute: u32,
    /// Envelopes that one pass may append at once, before it must wait.
    pub appends_per_pass: u32,
    /// Envelopes that one pass may append in a second, after that.
    pub appends_per_pass_per_second: u32,
    /// Commits that one pass may append at once, before it must wait.
    pub commits_per_pass: u32,
    /// Commits that one pass may append in a minute, after that.
    pub commits_per_pass_per_minute: u32,
    /// Newcomers that may enter through one door at once, before the next must wait.
    pub joins_per_door: u32,
    /// Newcomers that may enter through one door in a minute, after that.
    pub joins_per_door_per_minute: u32,
    /// Bytes of blobs that are being uploaded, over all links.
    pub uploading_bytes: u64,
    /// Memory of the process from which on nobody new is let in, and links that hold much of it end; 0: no ceiling.
    pub memory_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files of one room.
    pub room_file_bytes: u64,
    /// Bytes of all files on this relay.
    pub files_bytes: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            rooms: 100_000,
            open: true,
            rooms_per_address: 20,
            rooms_per_address_per_hour: 60,
            room_bytes: 1 << 30,
            links: 20_000,
            links_per_address: 5_000,
            logins_per_address: 5_000,
            logins_per_address_per_minute: 6_000,
            appends_per_pass: 2_000,
            appends_per_pass_per_second: 500,
            commits_per_pass: 60,
            commits_per_pass_per_minute: 60,
            joins_per_door: 2_000,
            joins_per_door_per_minute: 600,
            uploading_bytes: 256 << 20,
            memory_bytes: 0,
            file_bytes: 1 << 30,
            room_file_bytes: 4 << 30,
            files_bytes: 64 << 30,
        }
    }
}

/// The quotas of a relay that runs. Clones are the same: what one of them sets, all see at once.
#[derive(Clone, Debug)]
pub(crate) struct LiveQuotas(Arc<RwLock<Quotas>>);

impl LiveQuotas {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self(Arc::new(RwLock::new(quotas)))
    }

    pub(crate) fn get(&self) -> Quotas {
        // They are written whole.
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, quotas: Quotas) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = quotas;
    }
}
