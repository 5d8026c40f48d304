//! What every store does. The suite in [`crate::conformance`] is the rest of this page.

use bytes::Bytes;
use keyroom_types::{Chain, Digest, EnvelopeId, Header, Incarnation, RoomId, Seq, Timestamp};

use crate::{RoomError, StoreError, WriteError};

/// Keeps rooms: a log of envelopes each, a few blobs, and small records that change together with the log.
///
/// It knows nothing of what these mean. Calls block; a store is shared between threads, of which one at a time commits.
pub trait Store: Send + Sync + 'static {
    /// Which life of the store this is: drawn when it was made, kept as long as it keeps what it holds.
    fn incarnation(&self) -> Incarnation;

    /// Applies writes in their order. On return what has `Ok` is durable and can be read; each write is there whole or
    /// not at all. A write that is refused changes nothing, and so does every later write to the same room in this
    /// call, which is refused as [`WriteError::AfterRefused`]; those to other rooms go on.
    ///
    /// # Errors
    /// Nothing of the whole call was applied.
    fn commit(&self, writes: &[Write]) -> Result<Vec<Result<(), WriteError>>, StoreError>;

    /// A room's head and all its records; `None` if there is no such room.
    ///
    /// # Errors
    /// [`RoomError::Damaged`] concerns this room only.
    fn room(&self, room: &RoomId) -> Result<Option<RoomState>, RoomError>;

    /// The envelopes behind `after` in order, without a gap: at most `count`, and no more after their bodies reach
    /// `bytes` (so one at least, where there is one).
    ///
    /// # Errors
    /// Where an envelope is damaged, those before it are returned first; a call that begins with it fails.
    fn read(&self, room: &RoomId, after: Seq, count: usize, bytes: usize) -> Result<Vec<Stored>, RoomError>;

    /// Where an envelope stands, by its author's name for it.
    ///
    /// # Errors
    /// As for [`Store::room`].
    fn find(&self, room: &RoomId, envelope: &EnvelopeId) -> Result<Option<Header>, RoomError>;

    /// A whole blob of a room.
    ///
    /// # Errors
    /// As for [`Store::room`]; a blob whose bytes are not those of its name is damaged.
    fn blob(&self, room: &RoomId, blob: &Digest) -> Result<Option<Bytes>, RoomError>;

    /// Drops the bodies of messages (never of commits) older than `before`, the oldest first, at most `count`;
    /// headers and hashes stay. Durable on return. Returns how many it dropped.
    ///
    /// # Errors
    /// As for [`Store::commit`], and as for [`Store::room`].
    fn drop_bodies(&self, room: &RoomId, before: Timestamp, count: usize) -> Result<usize, RoomError>;

    /// Rooms in the order of their ids, behind `after`, at most `count`. A room whose head is damaged is left out.
    ///
    /// # Errors
    /// The store as a whole cannot be read.
    fn rooms(&self, after: Option<&RoomId>, count: usize) -> Result<Vec<RoomSummary>, StoreError>;

    /// Removes a room and all it holds. Durable on return; removing what is not there is no error.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    fn remove(&self, room: &RoomId) -> Result<(), StoreError>;

    /// Tries whether a commit would find space, after one that did not; it may write and remove a little.
    fn has_space(&self) -> bool {
        true
    }

    /// Whether nothing survives the process, so that a commit costs no wait.
    fn is_volatile(&self) -> bool;
}

/// One change of one room.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which room.
    pub room: RoomId,
    /// Makes the room, which must not be there yet; else it must be there.
    pub create: bool,
    /// Envelopes, dense, the first one right behind the room's head.
    pub entries: Vec<Entry>,
    /// Where the room stands after this write.
    pub head: Head,
    /// Records to set, or to remove.
    pub records: Vec<(RecordKey, Option<Bytes>)>,
    /// Blobs to keep, or to remove.
    pub blobs: Vec<(Digest, Option<Bytes>)>,
}

impl Write {
    /// Whether it is a short append, which costs less than what makes a room, brings a blob or fills pages of its own.
    pub(crate) fn is_short(&self) -> bool {
        !self.create
            && !self.entries.is_empty()
            && self.blobs.is_empty()
            && self.entries.iter().all(|entry| entry.body.len() <= SHORT)
    }
}

/// Longest body of a short append, in bytes: a quarter of a page of the database.
const SHORT: usize = 1 << 10;

/// One envelope to keep.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What stands before it.
    pub header: Header,
    /// The opaque bytes.
    pub body: Bytes,
    /// The blob that was published with it.
    pub blob: Option<Digest>,
}

/// One envelope as the store has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// What stands before it.
    pub header: Header,
    /// The opaque bytes, or what retention left of them.
    pub body: Body,
    /// The blob that was published with it, whether or not it is still kept.
    pub blob: Option<Digest>,
}

/// An envelope's bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    /// As they came.
    Kept(Bytes),
    /// Dropped by retention: their SHA-256 is left, which the chain needs.
    Dropped(Digest),
}

/// Where a room stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Its newest envelope; [`Seq::ZERO`] in a new room.
    pub seq: Seq,
    /// That envelope's time; in a new room the time of its making.
    pub time: Timestamp,
    /// The chain's value there.
    pub chain: Chain,
    /// Its newest commit; [`Seq::ZERO`] before the first.
    pub newest_commit: Seq,
    /// Bytes of all bodies that are kept, for quotas. Kept up by the store: what a [`Write`] says here is ignored.
    pub bytes: u64,
}

impl Body {
    /// How many bytes are kept.
    pub fn len(&self) -> usize {
        match self {
            Self::Kept(bytes) => bytes.len(),
            Self::Dropped(_) => 0,
        }
    }

    /// Whether no bytes are kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// SHA-256 of the bytes as they came, which the chain covers.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Kept(bytes) => Digest::of(bytes),
            Self::Dropped(digest) => *digest,
        }
    }
}

/// Names a small record of a room: a table, and a key in it of at most [`RecordKey::MAX_BYTES`].
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RecordKey {
    /// Which kind of record.
    pub table: u8,
    /// Which one of them.
    pub key: Bytes,
}

impl RecordKey {
    /// Longest key, in bytes.
    pub const MAX_BYTES: usize = 64;
}

/// All that a relay needs to serve a room, but for the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoomState {
    /// Where it stands.
    pub head: Head,
    /// Its records, ordered by key.
    pub records: Vec<(RecordKey, Bytes)>,
}

/// One line of the list of rooms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoomSummary {
    /// Which room.
    pub room: RoomId,
    /// Where it stands.
    pub head: Head,
}
