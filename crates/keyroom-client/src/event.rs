//! What the engine tells a face.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use keyroom_link::Lost;
use keyroom_mls::Code as SpokenCode;
use keyroom_types::{Address, Invite, Label};
use keyroom_wire::Code;

use crate::command::RoomId;
use crate::history::{PeerId, Person, Position, SendFailure};
use crate::relay_link::ConnectError;
use crate::sealed_room::Alarm;

/// What the engine tells a face, in the order in which it happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something happened in a room.
    Room {
        /// In which.
        room: RoomId,
        /// What.
        event: RoomEvent,
    },
    /// What is found on this network; the whole list each time.
    Nearby(Nearby),
    /// The networks that this computer is on, the one that leads out first.
    Networks(Vec<Network>),
}

/// A network that this computer is on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Network {
    /// This computer's address there.
    pub address: std::net::IpAddr,
    /// What the system calls the way there: `wlan0`, `Ethernet 2`.
    pub interface: String,
}

/// What happened in one room.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RoomEvent {
    /// The room is open on this computer. First event of a hosted room.
    Opened(Opened),
    /// The state of the connection changed. First event of a joined room: `Connecting`.
    Connection(Connection),
    /// Somebody came, left, or has another label.
    Person(Person),
    /// Entries `first..=last` are new in the history.
    Appended {
        /// The first new one.
        first: Position,
        /// The last new one.
        last: Position,
    },
    /// The entry at this place changed.
    Changed {
        /// Which.
        position: Position,
    },
    /// A text was not taken. Nothing was added to the history.
    SendRefused(SendRefusal),
    /// Something was not done about a message.
    ActRefused(ActRefusal),
    /// Something that was done about a message here did not get to the others.
    ActFailed {
        /// Which message.
        position: Position,
        /// Why.
        why: SendFailure,
    },
    /// Somebody is writing, it seems: a hint, which proves nothing.
    Typing(PeerId),
    /// The label was not taken: it looks like the label of another person here.
    RenameRefused {
        /// The label that it would be mistaken for.
        like: Label,
    },
    /// The room announces itself on the network, or does not.
    Announced(bool),
    /// A sealed room was made or entered; who is in it follows.
    Entered {
        /// Its name at the relay and in the profile.
        room: keyroom_types::RoomId,
        /// What it is called.
        name: Label,
    },
    /// Where a sealed room can be entered now, and with which key: after it was made, and when its door was changed.
    Invite(Invite),
    /// The room has a new door, whose key is in the profile.
    NewKey,
    /// Something is wrong with the room, and a person must know.
    Alarm(Alarm),
    /// What was wrong with the room's relay is over.
    AlarmOver(Alarm),
    /// Who asks to be let in: the whole list, whenever it changes. Told to admins.
    Knocks(Vec<Knock>),
    /// A change of the room was not made.
    WishRefused(WishRefusal),
    /// The room is over; no event of it follows.
    Closed(CloseReason),
}

/// A room that this computer hosts, just opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where and with which key others come in.
    pub invite: Invite,
    /// Where the room really listens.
    pub listening: Vec<SocketAddr>,
    /// Every address at which others on the network can reach it, best first; loopback addresses only where it
    /// listens on nothing else.
    pub addresses: Vec<Address>,
    /// The port that was asked for by default but taken, where another had to do.
    pub taken_port: Option<u16>,
    /// Whether the room can be found on this network.
    pub announced: bool,
}

/// Names a knock: it follows from who knocks and with which pass, so that no relay can make it another's.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KnockId(pub u64);

impl fmt::Display for KnockId {
    /// 16 lowercase hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Somebody who asks to be let in. It has the room's key, and nothing else is known of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Knock {
    /// To answer it by.
    pub id: KnockId,
    /// The name that it chose. Nothing says that it is unique or true.
    pub name: Label,
    /// Who it will be in the room.
    pub peer: PeerId,
    /// The code of its identity, to compare aloud.
    pub code: SpokenCode,
    /// When it knocked, as the relay says.
    pub at: SystemTime,
}

/// The state of a room's connection, for a person to read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Connection {
    /// This computer hosts the room.
    Hosting,
    /// Trying to reach the host.
    Connecting {
        /// Where.
        address: Address,
        /// Which try this is, from 1.
        attempt: u32,
    },
    /// The host was reached.
    Connected {
        /// Where.
        address: Address,
    },
    /// A sealed room's relay could not be reached, or the link to it was lost; it is tried again.
    Lost {
        /// Why.
        why: Lost,
        /// How long until the next try.
        retry_in: Duration,
    },
    /// A sealed room's relay was not reached, or not trusted; it is tried again.
    NotConnected(ConnectError),
    /// Others enter the room first.
    Queue {
        /// So many.
        ahead: u32,
    },
    /// Getting what a newcomer must know.
    Reading,
    /// Entering.
    Joining,
    /// The room wants to be asked: waiting for an admin to let us in.
    Knocking {
        /// The code of our identity, which the admin sees, too.
        code: SpokenCode,
    },
    /// In the room, as far as the relay says: waiting for the room, until another member was heard.
    Unconfirmed,
    /// Another member was heard: the room has taken us in.
    Confirmed,
    /// Reading what was said meanwhile.
    CatchingUp {
        /// How far it is.
        at: u64,
        /// How far it goes.
        of: u64,
    },
    /// Nothing is missing.
    Online,
    /// The connection is gone, and will be tried again.
    Waiting {
        /// Why it is gone, or could not be made.
        reason: LostReason,
        /// How long until the next try.
        retry_in: Duration,
        /// Which try that will be.
        attempt: u32,
    },
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LostReason {
    /// Nobody listens at that address.
    #[error("no room is open at this address")]
    Refused,
    /// No answer in time.
    #[error("nothing answers at this address")]
    TimedOut,
    /// The name is not known on this network.
    #[error("this name is not known on this network")]
    UnknownName,
    /// The network cannot reach the address.
    #[error("this address cannot be reached from this network")]
    Unreachable,
    /// The host closed the connection.
    #[error("the host closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The host sent more than can be a message.
    #[error("the other side does not speak as a room does")]
    NotARoom,
}

/// Why a room is over.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This person left.
    #[error("you left the room")]
    Left,
    /// The room could not be opened.
    #[error("{0}")]
    CannotListen(#[from] ListenFault),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a key")]
    NoRandomness,
    /// The relay could not be started.
    #[error("the relay of this room cannot start: {0}")]
    NoRelay(String),
    /// The relay is not the one of the invite. Never to be overridden.
    #[error("{0}")]
    NotTrusted(ConnectError),
    /// The relay does not let us in.
    #[error("the relay does not let you in: {0}")]
    Refused(Code),
    /// The key opens nothing there.
    #[error("the key does not open this room")]
    WrongKey,
    /// The invite is over.
    #[error("the invite has expired: ask for a new one")]
    InviteExpired,
    /// No room with this key announces itself here.
    #[error("no room with this key was found on this network: give its address, or use the whole invite")]
    NotFoundNearby,
    /// There is no blob: everybody who enters must be let in.
    #[error(
        "this room lets nobody in without asking, or has nothing to enter by now: try again, or ask a member"
    )]
    NoBlob,
    /// Nobody let us in.
    #[error("an admin of the room turned you away, or nobody answered for a week")]
    Declined,
    /// Who invited is not in the room: the invite may be false.
    #[error("whoever made this invite is not in the room: it may be false, or old")]
    InviterGone,
    /// The relay is another one than the room itself says.
    #[error("this is not the relay that the room's members use: somebody may stand between")]
    OtherRelay,
    /// The join did not succeed however often it was tried.
    #[error("the room changes too often to enter it now: try again")]
    CannotJoin,
    /// The join had not arrived when the connection ended.
    #[error("your entry did not reach the room: enter again with the invite")]
    NotJoined,
    /// An admin took us out.
    #[error("you were removed from the room")]
    Removed,
    /// The relay does not know us any more, and did not show why.
    #[error("the relay does not let you in any more: you were removed, or it withholds the room")]
    PassRefused,
    /// The room's log is gone.
    #[error("this room ended: its relay no longer has it")]
    Ended,
    /// The same profile is used elsewhere.
    #[error("the room was opened elsewhere with the same profile")]
    Replaced,
    /// Relay and client have no version in common.
    #[error("the relay is too old or too new for this version of Keyroom")]
    Version,
    /// The room must not go on.
    #[error("{0}")]
    Alarm(Alarm),
    /// The profile failed.
    #[error("{0}")]
    Profile(String),
}

/// Why a change of a room was not made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WishRefusal {
    /// Only admins may.
    #[error("only an admin of the room may do that")]
    NotAdmin,
    /// There is no such member.
    #[error("there is no such member")]
    NoMember,
    /// Nobody asks to be let in by that name.
    #[error("nobody waits to be let in by that name any more")]
    NoKnock,
    /// Nobody takes itself out.
    #[error("an admin cannot remove itself: leave the room instead")]
    Self_,
    /// The room is not open.
    #[error("the room is not open")]
    NotIn,
    /// The room's rules do not allow it.
    #[error("the room's rules do not allow it: {0}")]
    Invalid(String),
    /// The relay refused it.
    #[error("the relay refused it: {0}")]
    Relay(String),
}

/// Why this computer cannot listen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenFault {
    /// Another program has that port.
    #[error("another program already uses port {port}")]
    PortTaken {
        /// Which.
        port: u16,
    },
    /// Not an address of this computer.
    #[error("{0} is not an address of this computer")]
    NotOurs(SocketAddr),
    /// The system does not allow it (ports below 1024, most often).
    #[error("the system does not allow listening at {0}")]
    NotAllowed(SocketAddr),
    /// Anything else.
    #[error("cannot listen at {0}")]
    Other(SocketAddr),
}

/// Why a text was not taken for sending.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendRefusal {
    /// Nothing but nothing.
    #[error("there is nothing to send")]
    Empty,
    /// Longer than a room takes.
    #[error("the message is too long: {bytes} bytes, and a room takes {limit} at once")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The longest possible.
        limit: usize,
    },
    /// Too many messages wait already.
    #[error("{waiting} messages are still waiting to be sent")]
    TooMany {
        /// How many.
        waiting: usize,
    },
    /// There is no such room, or it is over.
    #[error("this room is closed")]
    NoRoom,
    /// No part of a message fits into tokens that short.
    #[error("a message cannot be split for {chars} characters at once: the shortest has {least}")]
    SplitTooSmall {
        /// Characters asked for.
        chars: usize,
        /// Characters of the shortest token.
        least: usize,
    },
    /// The system gave no random bytes, without which no message can be encrypted.
    #[error("the system gave no random bytes to encrypt with")]
    NoRandomness,
}

/// Why nothing was done about a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ActRefusal {
    /// There is no such message.
    #[error("there is no such message")]
    NoMessage,
    /// It was withdrawn, or its time is over.
    #[error("the message is gone")]
    Gone,
    /// Only its author may.
    #[error("only the author of a message may change or withdraw it")]
    NotYours,
    /// Nothing that can stand beside a message.
    #[error("this cannot stand beside a message")]
    NotAnEmoji,
    /// The room is not open, or not a sealed one.
    #[error("the room is not open")]
    NotIn,
}

/// Rooms that announce themselves on this network.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Nearby {
    /// Not looking.
    Off,
    /// Looking; these are found so far.
    Looking(Vec<NearbyRoom>),
    /// Looking is not possible here.
    Impossible(DiscoveryFault),
}

/// A room found on this network. It is a hint from a stranger: whoever has no key learns nothing, and whoever
/// connects there trusts nothing but the key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearbyRoom {
    /// Where it says it is, best first; never empty.
    pub addresses: Vec<Address>,
    /// Whether it is one of this process's own.
    pub ours: bool,
}

/// Why rooms cannot be found on this network.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryFault {
    /// Turned off by the person.
    #[error("looking for rooms is turned off")]
    TurnedOff,
    /// No interface with multicast.
    #[error("this computer is not on a network where rooms can be found")]
    NoNetwork,
    /// The system refused the socket.
    #[error("the system does not let Keyroom look for rooms")]
    NotAllowed,
}
