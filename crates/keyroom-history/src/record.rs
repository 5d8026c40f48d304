//! What a profile stores, in the form in which the engine has it.

use std::fmt;

use keyroom_types::{
    Address, Chain, Cursor, EnvelopeId, IdentityKey, Incarnation, Key, KeyPin, LogKey, MessageId, RoomId,
    Seq, SignedHead, Timestamp,
};
use zeroize::Zeroizing;

use crate::Secret32;

/// A room, as this profile stands in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoomRecord {
    /// Its name at the relay.
    pub room: RoomId,
    /// Its name for people.
    pub name: String,
    /// How far we are in.
    pub stage: Stage,
    /// Where its relay is, best first.
    pub addresses: Vec<Address>,
    /// Whom we take for its relay.
    pub trust: Trust,
    /// What the relay signs heads with.
    pub log_key: Option<LogKey>,
    /// Which life of the relay's store the room is in.
    pub incarnation: Option<Incarnation>,
    /// Seed of our pass.
    pub pass: Secret32,
    /// The room's present key, where we know it: for invites.
    pub key: Option<Key>,
    /// When the door of that key closes.
    pub key_expires: Option<Timestamp>,
    /// The last envelope that was taken.
    pub cursor: Option<Cursor>,
    /// The chain's value at the last commit, for the room code.
    pub last_commit: Option<Chain>,
    /// Whom the invite named; a bare key names nobody.
    pub inviter: Option<IdentityKey>,
    /// Whether the room is the one that was meant.
    pub verified: bool,
    /// When our keys were last renewed.
    pub healed: Timestamp,
    /// What we need to find out again where we stand. Opaque here.
    pub unsure: Option<Vec<u8>>,
    /// The newest signed head that we checked.
    pub head: Option<SignedHead>,
    /// Whether our own relay, in this profile, holds it.
    pub hosted: bool,
    /// Our name there.
    pub me: String,
    /// When we entered.
    pub entered: Timestamp,
    /// Whether its relay keeps it in memory only.
    pub volatile: bool,
}

impl RoomRecord {
    /// A room of which nothing is known but its name at the relay, our pass and whom we take for the relay, begun to be entered
    /// at that time.
    pub fn new(room: RoomId, pass: Secret32, trust: Trust, now: Timestamp) -> Self {
        Self {
            room,
            name: String::new(),
            stage: Stage::Joining,
            addresses: Vec::new(),
            trust,
            log_key: None,
            incarnation: None,
            pass,
            key: None,
            key_expires: None,
            cursor: None,
            last_commit: None,
            inviter: None,
            verified: false,
            healed: now,
            unsure: None,
            head: None,
            hosted: false,
            me: String::new(),
            entered: now,
            volatile: false,
        }
    }
}

/// How far into a room a profile is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Stage {
    /// It is being made.
    Founding = 1,
    /// We are entering by a door.
    Joining = 2,
    /// We asked to be let in.
    Knocking = 3,
    /// We joined, and nobody has confirmed it yet.
    Waiting = 4,
    /// We are in.
    Member = 5,
    /// We left.
    Left = 6,
    /// Somebody removed us.
    Removed = 7,
    /// The relay no longer has it.
    Ended = 8,
    /// The relay lied about it.
    Forked = 9,
}

/// Whom we take for a room's relay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trust {
    /// Whose certificate has one of these keys.
    Pins(Vec<KeyPin>),
    /// Whose certificate names the first address's host (WebPKI).
    Name,
}

/// A line to put at the end of a timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewEntry {
    /// When.
    pub at: Timestamp,
    /// Its envelope's place in the log, where it has one.
    pub seq: Option<Seq>,
    /// What.
    pub body: EntryBody,
}

/// A line of a timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its place in the timeline: from 0, without gaps.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// Its envelope's place in the log, where it has one.
    pub seq: Option<Seq>,
    /// What.
    pub body: EntryBody,
}

/// What stands on a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EntryBody {
    /// Somebody wrote something.
    Message {
        /// Who.
        author: IdentityKey,
        /// The name that was shown then.
        name: String,
        /// Its id, the author's own.
        id: MessageId,
        /// What; none any more where it was deleted or its time is over.
        text: Option<String>,
        /// The message that it answers.
        reply: Option<MessageId>,
        /// Whether its text is not the first one.
        edited: bool,
        /// How far it has come.
        state: State,
    },
    /// Something happened.
    Notice {
        /// What kind of thing; the engine's own numbers.
        kind: u16,
        /// The engine's own encoding.
        data: Vec<u8>,
    },
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Somebody else's.
    Received,
    /// Ours, in the outbox.
    Waiting,
    /// Written to the relay.
    Sent,
    /// Acknowledged: on disk there and here.
    Stored,
    /// Seen by somebody else's program.
    Delivered,
    /// Given up, for a reason of the engine's.
    Failed(u16),
}

/// Something that waits to be sent. `Debug` hides what it says.
#[derive(Clone, Eq, PartialEq)]
pub struct Outgoing {
    /// Rises with each.
    pub id: u64,
    /// What it says.
    pub content: Zeroizing<Vec<u8>>,
    /// The line of the timeline that shows it.
    pub position: Option<u64>,
    /// The envelope, once it is encrypted.
    pub sealed: Option<(EnvelopeId, Vec<u8>)>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("id", &self.id)
            .field("position", &self.position)
            .field("sealed", &self.sealed.as_ref().map(|(envelope, _)| envelope))
            .finish_non_exhaustive()
    }
}

/// Somebody who asks to be let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnockRecord {
    /// What the engine answers it by; below 2⁶³.
    pub id: u64,
    /// Who.
    pub identity: IdentityKey,
    /// The name that it chose.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// What a message said before it was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EarlierText {
    /// What.
    pub text: String,
    /// When it was changed.
    pub until: Timestamp,
}

/// What a person chose for a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Choices {
    /// Nothing is said when messages come.
    pub muted: bool,
    /// Others are told what was seen here.
    pub receipts: bool,
    /// Others are told that something is being written here, and we who writes there.
    pub typing: bool,
}

impl Default for Choices {
    /// Not muted, with receipts and typing hints.
    fn default() -> Self {
        Self { muted: false, receipts: true, typing: true }
    }
}

/// A message that a search found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hit {
    /// Its room.
    pub room: RoomId,
    /// Its place in the timeline.
    pub position: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: IdentityKey,
    /// The name that was shown then.
    pub name: String,
    /// What it says.
    pub text: String,
}
