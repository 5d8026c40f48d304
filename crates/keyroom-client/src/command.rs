//! What a face asks of the engine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyroom_history::Choices;
use keyroom_types::{Address, DoorId, Key, Label, RelayReference, SealedInvite};

use crate::event::KnockId;
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
    /// Opens a sealed room, on a relay in this process or on another one.
    HostSealed {
        /// The new room's id, from [`RoomId::fresh`].
        room: RoomId,
        /// How to open it.
        options: Box<SealedHostOptions>,
    },
    /// Enters a sealed room, or again one that the profile knows.
    JoinSealed {
        /// The new room's id, from [`RoomId::fresh`].
        room: RoomId,
        /// How to enter it.
        options: Box<SealedJoinOptions>,
    },
    /// Goes on in a sealed room of the profile, with its relay where this computer hosts it.
    OpenSealed {
        /// The new room's id, from [`RoomId::fresh`].
        room: RoomId,
        /// The room in the profile.
        id: keyroom_types::RoomId,
        /// Where its relay listens, if it is hosted here.
        listen: Listen,
    },
    /// Changes a sealed room: its members, doors or name.
    Change {
        /// Which room.
        room: RoomId,
        /// What is wanted.
        change: Change,
    },
    /// Asks for an invite to a sealed room; answered by [`RoomEvent::Invite`](crate::RoomEvent::Invite), after a new door was
    /// opened if none is open whose key is known.
    NewInvite {
        /// Which room.
        room: RoomId,
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
    /// Does something about a message of a sealed room, or says that one is being written.
    Act {
        /// In which room.
        room: RoomId,
        /// What.
        act: Act,
    },
    /// Notes that a sealed room was read up to there.
    MarkRead {
        /// Which room.
        room: RoomId,
        /// The last line that was read.
        through: Position,
    },
    /// Changes what was chosen for a sealed room: muted, receipts, typing hints.
    Choose {
        /// Which room.
        room: RoomId,
        /// What is chosen from now on.
        choices: Choices,
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
    /// Asks for the networks that this computer is on; answered by [`Event::Networks`](crate::Event::Networks).
    ListNetworks,
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

/// What somebody does about a message of a sealed room. It is shown at once, and said to the others like a message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Act {
    /// Answers a message.
    Reply {
        /// Which.
        to: Position,
        /// What is said.
        text: String,
    },
    /// Gives an own message another text. What it said before stays to be looked at.
    Edit {
        /// Which.
        of: Position,
        /// The new text.
        text: String,
    },
    /// Withdraws an own message: its text is gone, here and with the others.
    Delete {
        /// Which.
        of: Position,
    },
    /// Puts something beside a message, or takes it back.
    React {
        /// Which.
        to: Position,
        /// What is shown beside it.
        emoji: String,
        /// Whether it is put there.
        on: bool,
    },
    /// Something is being written. Told to those who are there, now and then, and kept by nobody.
    Typing,
}

/// A change of a sealed room.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Takes a member out. All doors are closed, and a new one is opened whose key only those who stay learn.
    Remove(PeerId),
    /// Gives the room another name.
    Rename(Label),
    /// Closes the door and opens another: invites given out until now open nothing.
    NewDoor,
    /// Opens one more door beside those that are open, whose key only this profile knows.
    AddDoor {
        /// How long it is open, by the relay's time.
        open_for: Option<Duration>,
        /// How many may enter through it.
        uses: Option<u32>,
    },
    /// Closes one door. Others stay open.
    CloseDoor(DoorId),
    /// Closes all doors: nobody enters.
    CloseDoors,
    /// Gives or takes the rights of an admin.
    Admin(PeerId, bool),
    /// From now on newcomers ask and wait for an admin, or no longer.
    Approval(bool),
    /// From now on messages are kept for so long, in whole seconds, or for ever.
    Lifetime(Option<Duration>),
    /// Lets in who knocked.
    Admit(KnockId),
    /// Turns away who knocked.
    Decline(KnockId),
    /// Draws new keys for this member.
    Heal,
    /// Leaves for good: the others are told, the pass is deleted at the relay, and the room in the profile.
    LeaveForGood,
}

/// How to open a sealed room.
#[derive(Clone, Debug)]
pub struct SealedHostOptions {
    /// The room's name.
    pub name: Label,
    /// What this person is called in it.
    pub me: Label,
    /// The key of its first door; `None` draws a fresh one.
    pub key: Option<Key>,
    /// Where the room lives.
    pub at: RelayAt,
    /// Whether others on the network may find the room by its key.
    pub announce: bool,
    /// The most members that it is to have: to 100 its keys are hybrid (post-quantum).
    pub max_members: u32,
    /// How long its invites hold.
    pub invite_for: Duration,
    /// Whether newcomers ask and wait for an admin, instead of entering with the key alone.
    pub approval: bool,
}

/// Where a sealed room lives.
#[derive(Clone, Debug)]
pub enum RelayAt {
    /// On a relay in this process.
    Here {
        /// Where it listens.
        listen: Listen,
        /// Where it keeps its data; `None`: in memory, and the room ends with the process.
        data: Option<PathBuf>,
    },
    /// On another relay.
    There(RelayReference),
}

/// How to enter a sealed room.
#[derive(Clone, Debug)]
pub struct SealedJoinOptions {
    /// What this person is called in it.
    pub me: Label,
    /// What was given.
    pub by: Entry,
}

/// With what somebody enters a sealed room.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A whole invite.
    Invite(SealedInvite),
    /// A bare key, and where the relay is; without a place it is looked for on this network.
    Key {
        /// The key.
        key: Key,
        /// Where to try, best first.
        addresses: Vec<Address>,
    },
}

/// How long invites hold unless another time is chosen.
pub const INVITE_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

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
