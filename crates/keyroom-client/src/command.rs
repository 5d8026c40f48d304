//! What a face asks of the engine.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyroom_types::{Address, Key, Label};

use crate::history::{PeerId, Position};

/// One room of this process: never used twice in it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RoomId(u64);

impl RoomId {
    /// An id that no other room of this process has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number behind the id, for scripts and logs.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// What a face asks of the engine. Each is answered by events, never by a return value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Opens a Fernet room on this computer.
    Host {
        /// The new room's id, from [`RoomId::fresh`].
        room: RoomId,
        /// How to open it.
        options: HostOptions,
    },
    /// Enters a Fernet room by its address and key.
    Join {
        /// The new room's id, from [`RoomId::fresh`].
        room: RoomId,
        /// How to enter it.
        options: JoinOptions,
    },
    /// Says something. The message appears in the history at once, as waiting.
    Send {
        /// In which room.
        room: RoomId,
        /// What is said, up to [`FERNET_TEXT_BYTES`](keyroom_types::limits::FERNET_TEXT_BYTES).
        text: String,
        /// Says it in several messages, each with a token of at most this many characters.
        split: Option<usize>,
    },
    /// Sends a failed message again: the same token, so that who has seen it can tell.
    Retry {
        /// In which room.
        room: RoomId,
        /// The failed message's place.
        position: Position,
    },
    /// Gives a guest (or the host) another label, on this computer only.
    Rename {
        /// In which room.
        room: RoomId,
        /// Whose label.
        peer: PeerId,
        /// The new label.
        label: Label,
    },
    /// Shows or hides a hosted room to others on the network.
    Announce {
        /// Which room.
        room: RoomId,
        /// Whether it announces itself.
        on: bool,
    },
    /// Tries to reach the host again now, instead of when the back-off ends.
    Reconnect {
        /// Which room.
        room: RoomId,
    },
    /// Sends what is pending, for a bounded time, then leaves. A hosted room ends.
    Leave {
        /// Which room.
        room: RoomId,
    },
    /// Starts or stops looking for rooms on this network.
    LookNearby {
        /// Whether to look.
        on: bool,
    },
}

/// How to open a Fernet room.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// The room's name, shown on this computer only: the wire of a Fernet room carries no names.
    pub name: Label,
    /// What this person is called on this computer.
    pub me: Label,
    /// The key to use; `None` draws a fresh one.
    pub key: Option<Key>,
    /// Where to listen.
    pub listen: Listen,
    /// Whether others on the network may find the room; never in effect where it listens on loopback only or where
    /// discovery is off.
    pub announce: bool,
    /// Least time between two writes to one peer, so that simple peers get one token per read.
    pub pace: Duration,
}

impl HostOptions {
    /// A room with a fresh key that listens there and does not announce itself.
    pub fn new(name: Label, me: Label, listen: Listen) -> Self {
        Self { name, me, key: None, listen, announce: false, pace: DEFAULT_PACE }
    }
}

/// Where a hosted room listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Listen {
    /// All interfaces, at the first free port from [`DEFAULT_PORT`](keyroom_types::DEFAULT_PORT) up.
    Everywhere,
    /// All interfaces, at exactly this port; 0 takes any free one. A taken port is an error.
    EverywhereAt(u16),
    /// Loopback only, at the first free port from the default up.
    ThisComputer,
    /// Loopback only, at exactly this port; 0 takes any free one. A taken port is an error.
    ThisComputerAt(u16),
    /// Exactly these; port 0 takes any free one. A taken port is an error.
    At(Vec<SocketAddr>),
}

/// How to enter a Fernet room.
#[derive(Clone, Debug)]
pub struct JoinOptions {
    /// What the room is called on this computer.
    pub name: Label,
    /// What this person is called on this computer.
    pub me: Label,
    /// Where to try, in this order; at least one.
    pub addresses: Vec<Address>,
    /// The room's key.
    pub key: Key,
    /// Least time between two writes.
    pub pace: Duration,
}

impl JoinOptions {
    /// The room at `addresses`, best first, that `key` opens.
    pub fn new(name: Label, me: Label, addresses: Vec<Address>, key: Key) -> Self {
        Self { name, me, addresses, key, pace: DEFAULT_PACE }
    }
}

/// Least time between two writes to one peer unless another was asked for.
pub const DEFAULT_PACE: Duration = Duration::from_millis(10);
