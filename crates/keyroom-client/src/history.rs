//! What was said in a room, read in pages through a trait, so that a database can take memory's place.

pub(crate) mod matching;
mod memory;
#[cfg(feature = "testing")]
pub(crate) mod staged;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use keyroom_history::Choices;
use keyroom_types::Label;

pub use memory::MemoryHistory;

use crate::command::RoomId;
use crate::inspect::{CaptureLimits, InspectedEnvelope, RoomReport};
use crate::profile::{RoomSummary, Roster};

/// Place of an entry in its room's timeline on this computer: from 0, no gaps, never reused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Position(pub u64);

/// One other side of a connection in one room: never used twice in it. A guest that connects again is a new one;
/// the host is the same one to its guest however often the connection is made.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerId(pub u64);

/// Who stands behind a connection, as far as a Fernet room can know: the wire has no names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Which connection.
    pub peer: PeerId,
    /// `guest 1`, `host`, or what this person was renamed to on this computer.
    pub label: Label,
    /// Whether the connection is there now.
    pub here: bool,
    /// The other end's IP address and port, for the host to look at.
    pub address: Option<std::net::SocketAddr>,
}

/// One line of a room's timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place.
    pub position: Position,
    /// When it happened: on this computer's clock, or on the relay's for what has a place in its log.
    pub at: SystemTime,
    /// Its place in the log of a sealed room's relay. `None` in a Fernet room, and for what the log does not have.
    pub seq: Option<u64>,
    /// What it is.
    pub body: Body,
}

/// What a line of the timeline is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Body {
    /// Somebody said something.
    Message(Message),
    /// Something happened.
    Notice(Notice),
}

/// Something that somebody said. The text is as it came: hostile until it is made safe to show.
#[derive(Clone, Debug)]
pub struct Message {
    /// SHA-256 of the decoded token.
    pub id: MessageId,
    /// Who said it.
    pub from: Sender,
    /// What was said, exactly.
    pub text: Arc<str>,
    /// How far it came.
    pub state: MessageState,
}

/// What belongs to a message of a sealed room besides its text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// Whether it answers another message; where that stands, if it is known here.
    pub reply: Option<Option<Position>>,
    /// Whether its text is not the first one.
    pub edited: bool,
    /// What it said before, oldest first.
    pub earlier: Vec<EarlierText>,
    /// Whether its text is gone: withdrawn, or its time is over.
    pub gone: bool,
    /// What others and we put beside it.
    pub reactions: Vec<Reaction>,
    /// Who has seen it, of those who tell.
    pub seen_by: Vec<PeerId>,
    /// Something that was done about it here is still to be said to the others.
    pub unsaid: bool,
}

/// A message that was searched for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// In which room.
    pub room: FoundIn,
    /// Its place there.
    pub position: Position,
    /// When it was written.
    pub at: SystemTime,
    /// Who wrote it.
    pub from: Sender,
    /// The name of its author that was shown then: hostile, like the text.
    pub name: Arc<str>,
    /// What it says.
    pub text: Arc<str>,
    /// Where the words that were searched for stand in the text, in bytes, in order.
    pub marks: Vec<Range<usize>>,
}

/// A room in which a message was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FoundIn {
    /// One that is kept, open or not.
    Kept(keyroom_types::RoomId),
    /// One that is open and only in memory.
    Open(RoomId),
}

/// What a message said before it was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EarlierText {
    /// What.
    pub text: Arc<str>,
    /// When it was changed.
    pub until: SystemTime,
}

/// What somebody put beside a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reaction {
    /// Who.
    pub by: Sender,
    /// What: as it came, hostile until it is made safe to show.
    pub emoji: Arc<str>,
}

/// What tells one message from every other: in a Fernet room the SHA-256 of the decoded token, in a sealed room the 16
/// bytes that its author drew.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MessageId {
    /// Of a token.
    Token([u8; 32]),
    /// Of a sealed message.
    Sealed(keyroom_types::MessageId),
}

impl fmt::Display for MessageId {
    /// 64 or 32 lowercase hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: &[u8] = match self {
            Self::Token(hash) => hash,
            Self::Sealed(id) => id.as_bytes(),
        };
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Who said something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// This person.
    Me,
    /// Whoever is behind that connection; a guest cannot know who behind the host wrote.
    Peer(PeerId),
}

/// How far a message came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageState {
    /// Somebody else's: it came and was opened.
    Received,
    /// Own: not yet written to every connection.
    Waiting,
    /// Own: written to this many connections. A Fernet room cannot know more than that.
    Sent {
        /// How many.
        to: usize,
    },
    /// Own, in a sealed room: the relay has it on its disk, and this computer on its own.
    Stored,
    /// Own, in a sealed room: another member has it.
    Delivered,
    /// Own: not sent.
    Failed(SendFailure),
}

/// Why an own message was not sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailure {
    /// Nobody was in the room.
    #[error("nobody else was in the room")]
    NobodyHere,
    /// The connection was lost while it waited.
    #[error("the connection was lost")]
    ConnectionLost,
    /// The room was left while it waited.
    #[error("the room was left before it was sent")]
    Left,
    /// The relay did not take it.
    #[error("the relay did not take it: {0}")]
    Relay(keyroom_wire::Code),
    /// The relay did not take it, for a reason that this version does not know.
    #[error("the relay did not take it")]
    Other,
}

/// Something that happened in a room, worth a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// A guest connected.
    Joined(PeerId),
    /// A guest closed the connection.
    Left(PeerId),
    /// This computer disconnected a guest.
    Dropped(PeerId, DropReason),
    /// A peer sent messages that the key does not open, this many since the last such line.
    NotOpened(PeerId, u64),
    /// A peer sent messages that opened to something other than text.
    NotText(PeerId, u64),
    /// A peer sent bytes that are no messages at all, this many bytes.
    Junk(PeerId, u64),
    /// A message came again: somebody may be replaying it.
    Repeated {
        /// Through whom.
        peer: PeerId,
        /// The message that it repeats, where it is still known.
        of: Option<Position>,
        /// How often since the last such line.
        times: u64,
    },
    /// The connection to the host was made.
    Connected,
    /// The connection to the host was lost.
    Disconnected(crate::event::LostReason),
    /// A member came in again, for a place in the room that it had before: it lost its state.
    Reentered(PeerId),
    /// An admin let somebody in.
    Admitted {
        /// Whom.
        who: PeerId,
        /// By whom.
        by: PeerId,
    },
    /// An admin took somebody out.
    Removed {
        /// Whom.
        who: PeerId,
        /// By whom.
        by: PeerId,
    },
    /// The room's rules were changed: its name, admins or doors.
    RulesChanged(PeerId),
    /// A change of the room that was not valid was skipped; by whom, where that is proven.
    Skipped(Option<PeerId>),
    /// A message that could not be read, or that said false things of its place.
    Unreadable(Option<PeerId>),
    /// The relay no longer keeps this message.
    Expired,
    /// A change of the room's keys could not be followed here.
    Unsure(Option<PeerId>),
    /// Another member was heard: the room has taken us in.
    Confirmed(PeerId),
    /// Something that a later version wrote down.
    Unknown,
}

/// Why this computer disconnected a peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DropReason {
    /// It let too much pile up.
    #[error("it does not read what is sent to it")]
    DoesNotRead,
    /// Too much of what it sent was no message of this room.
    #[error("too much of what it sent could not be opened")]
    TooMuchRefused,
    /// It sent more in one piece than can be a message.
    #[error("it sent more in one piece than a message can be")]
    TooLong,
    /// The room is full, or has enough connections from the same address.
    #[error("the room is full")]
    RoomFull,
    /// It connected too often.
    #[error("it connected too often")]
    TooOften,
}

/// A room's timeline, people and drafts. Memory now; the encrypted database later.
///
/// Positions are dense: `page(room, from, n)` gives the entries `from..from + n` that exist.
pub trait History: Send + Sync {
    /// Adds an entry at the end and tells its place.
    fn append(&self, room: RoomId, at: SystemTime, body: Body) -> Result<Position, HistoryError>;
    /// Replaces the body of an entry.
    fn replace(&self, room: RoomId, position: Position, body: Body) -> Result<(), HistoryError>;
    /// How many entries the room has; 0 for a room that is not known.
    fn len(&self, room: RoomId) -> Result<u64, HistoryError>;
    /// At most `at_most` entries from `from` on, in order.
    fn page(&self, room: RoomId, from: Position, at_most: usize) -> Result<Vec<Entry>, HistoryError>;
    /// What belongs to a message besides its text; nothing in a room that knows of no such things.
    fn details(&self, _room: RoomId, _position: Position) -> Result<Details, HistoryError> {
        Ok(Details::default())
    }
    /// What belongs to each of at most `at_most` entries from `from` on, in order.
    fn details_page(
        &self,
        room: RoomId,
        from: Position,
        at_most: usize,
    ) -> Result<Vec<Details>, HistoryError> {
        let page = self.page(room, from, at_most)?;
        page.iter().map(|entry| self.details(room, entry.position)).collect()
    }
    /// The rooms that are kept, the one with the newest line first; none where nothing is kept.
    fn kept(&self) -> Result<Vec<RoomSummary>, HistoryError> {
        Ok(Vec::new())
    }
    /// From now on `room` of this process is that kept room, open or not: what is kept of it can be read.
    fn bind(&self, _room: RoomId, _id: keyroom_types::RoomId) {}
    /// How many lines of a kept room were read, from its beginning.
    fn lines_read(&self, _room: RoomId) -> Result<u64, HistoryError> {
        Ok(0)
    }
    /// Who is in a sealed room and by which rules, as it is known now; `None` for any other room.
    fn roster(&self, _room: RoomId) -> Result<Option<Roster>, HistoryError> {
        Ok(None)
    }
    /// What was chosen for a room.
    fn choices(&self, _room: RoomId) -> Result<Choices, HistoryError> {
        Ok(Choices::default())
    }
    /// Notes that the code of somebody's identity was compared, or not. It says something of the identity only, in
    /// whatever room that is met.
    fn set_verified(&self, _room: RoomId, _peer: PeerId, _on: bool) -> Result<(), HistoryError> {
        Err(HistoryError::NoEntry)
    }
    /// Whose messages are folded on this computer, in this room.
    fn muted(&self, _room: RoomId) -> Result<Vec<PeerId>, HistoryError> {
        Ok(Vec::new())
    }
    /// Folds the messages of somebody in this room from now on, or no longer. Where nothing is kept, does nothing: whoever asks
    /// remembers it as long as the room is open.
    fn set_muted(&self, _room: RoomId, _peer: PeerId, _on: bool) -> Result<(), HistoryError> {
        Ok(())
    }
    /// Deletes a kept room that is not open, wholly.
    fn erase(&self, _room: RoomId) -> Result<(), HistoryError> {
        Ok(())
    }
    /// Messages that a text is about, newest first: of one room, or of all that are kept or open.
    fn search(
        &self,
        _text: &str,
        _room: Option<RoomId>,
        _at_most: usize,
    ) -> Result<Vec<Found>, HistoryError> {
        Ok(Vec::new())
    }
    /// What this person prefers, by a name that faces agree on; `None` where nothing was said.
    fn preference(&self, _name: &str) -> Result<Option<String>, HistoryError> {
        Ok(None)
    }
    /// Notes what this person prefers.
    fn set_preference(&self, _name: &str, _value: &str) -> Result<(), HistoryError> {
        Err(HistoryError::Store)
    }
    /// Adds a person or replaces what is known of one.
    fn set_person(&self, room: RoomId, person: Person) -> Result<(), HistoryError>;
    /// Everybody who is or was in the room, in the order in which they came.
    fn people(&self, room: RoomId) -> Result<Vec<Person>, HistoryError>;
    /// One person.
    fn person(&self, room: RoomId, peer: PeerId) -> Result<Option<Person>, HistoryError>;
    /// What is written but not sent; empty when nothing is.
    fn draft(&self, room: RoomId) -> Result<String, HistoryError>;
    /// Keeps what is written but not sent.
    fn set_draft(&self, room: RoomId, draft: &str) -> Result<(), HistoryError>;
    /// Keeps the bytes of a message as they went over the network, for a bounded time. Where that is not done, does nothing.
    fn keep_wire(&self, _room: RoomId, _position: Position, _at: SystemTime, _wire: &[u8]) {}
    /// The bytes of a message as they went over the network, if they are still kept.
    fn wire(&self, _room: RoomId, _position: Position) -> Option<Arc<[u8]>> {
        None
    }
    /// The envelope at this place of a sealed room's log, looked at from its captured bytes; `None` where they are not there
    /// (any more).
    fn inspect(&self, _room: RoomId, _seq: u64) -> Result<Option<InspectedEnvelope>, HistoryError> {
        Ok(None)
    }
    /// A sealed room, looked at as it was when it was last open here; `None` for any other room.
    fn inspect_room(&self, _room: RoomId) -> Result<Option<RoomReport>, HistoryError> {
        Ok(None)
    }
    /// How long the bytes of messages are kept, and how much of them.
    fn capture_limits(&self) -> Result<CaptureLimits, HistoryError> {
        Ok(CaptureLimits::OFF)
    }
    /// Changes that. What is there and not allowed any more goes at once.
    fn set_capture_limits(&self, _limits: &CaptureLimits, _now: SystemTime) -> Result<(), HistoryError> {
        Err(HistoryError::Store)
    }
    /// Forgets a room wholly.
    fn forget(&self, room: RoomId) -> Result<(), HistoryError>;
}

/// Why the history did not answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no such entry.
    #[error("there is no such entry")]
    NoEntry,
    /// The store behind it failed.
    #[error("the history cannot be read or written")]
    Store,
}
