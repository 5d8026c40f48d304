//! What a link asks of its room.

use bytes::Bytes;
use keyroom_types::{Digest, FileId, PassKey, RoomId, Seq};
use keyroom_wire::{Append, Door, FilePurpose, Who};

/// A request that only the room can answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number that the answer carries.
    pub request: u64,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked of the room. Signatures, sizes, order and uploaded blobs have been checked.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Does the room know them? Whoever logs in has proved to hold the keys.
    Login {
        /// Which room.
        room: RoomId,
        /// Who.
        who: Who,
    },
    /// Make the room.
    Create {
        /// Its doors.
        doors: Vec<Door>,
        /// The blob of its first state.
        blob: Option<Blob>,
    },
    /// Append to the log.
    Append {
        /// What.
        append: Append,
        /// The blob that its commit names.
        blob: Option<Blob>,
        /// The welcomes that its answers to knocks name, each once.
        welcomes: Vec<Blob>,
    },
    /// Deliver from here on.
    Subscribe {
        /// The place before the first delivery.
        after: Seq,
        /// First credit.
        credit: u64,
    },
    /// Read a stretch.
    Fetch {
        /// The place before it.
        after: Seq,
        /// Its last place.
        through: Seq,
    },
    /// Read a part of a blob.
    GetBlob {
        /// Its name.
        blob: Digest,
        /// Where the part begins.
        offset: u32,
    },
    /// Keep another blob for the newest commit.
    Republish {
        /// That commit.
        based_on: Seq,
        /// The blob.
        blob: Blob,
    },
    /// Which blobs there are.
    ListBlobs,
    /// A turn to join.
    TakeTurn,
    /// Bytes for the others.
    Ephemeral(Bytes),
    /// Keep a knock for the admins.
    Knock(Bytes),
    /// The knocks behind this number.
    ListKnocks {
        /// The last one that the client has.
        after: u64,
    },
    /// Decline the knock of this pass.
    DropKnock(PassKey),
    /// The right to write or read a file.
    FileTicket {
        /// Which.
        file: FileId,
        /// What for.
        purpose: FilePurpose,
        /// To write: its length.
        size: u64,
    },
}

/// A blob that was uploaded whole and whose bytes are those of its name.
#[derive(Clone, Debug)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub name: Digest,
    /// The bytes.
    pub bytes: Bytes,
}
