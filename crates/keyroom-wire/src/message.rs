//! The link's messages as types: what was decoded has every length, count and enum checked.
//!
//! `proto/link.proto` is the reference for what each means; the types here carry the same names.

use bytes::Bytes;
use keyroom_types::{
    Cursor, Digest, DoorId, DoorKey, EnvelopeId, FileId, Header, KeyPin, Kind, LogKey, PassKey, RoomId, Seq,
    Signature, SignedHead, Timestamp,
};

use crate::Code;

/// Client to relay: a request and its number, which is 0 for [`Request::Credit`], [`Request::Ephemeral`] and
/// [`Request::Ping`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToRelay {
    /// The number that the answer carries.
    pub request: u64,
    /// What is said.
    pub body: Request,
}

/// What a client says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// First of every link.
    Login(Box<Login>),
    /// Makes the room.
    Create(Create),
    /// Appends envelopes and changes doors and passes, all or nothing.
    Append(Append),
    /// Asks for all envelopes behind a place.
    Subscribe {
        /// The last envelope that the client has.
        after: Seq,
        /// First credit.
        credit: u64,
    },
    /// Sum of all credit so far.
    Credit(u64),
    /// Asks for a stretch of the log.
    Fetch {
        /// The place before it.
        after: Seq,
        /// Its last place.
        through: Seq,
    },
    /// Uploads a part of a blob.
    PutBlob {
        /// Name of the whole.
        blob: Digest,
        /// Length of the whole, at most [`keyroom_types::limits::BLOB_BYTES`].
        size: u32,
        /// Where the part begins.
        offset: u32,
        /// The part.
        part: Bytes,
    },
    /// Asks for a part of a blob.
    GetBlob {
        /// Name of the whole.
        blob: Digest,
        /// Where the part begins.
        offset: u32,
    },
    /// Offers another blob for the newest commit.
    Republish {
        /// The newest commit.
        based_on: Seq,
        /// The blob.
        blob: Digest,
    },
    /// Asks which blobs there are for the newest commit.
    ListBlobs,
    /// A newcomer asks for its turn.
    TakeTurn,
    /// Bytes for all that are there now.
    Ephemeral(Bytes),
    /// Asks for the right to write or read a file.
    FileTicket {
        /// The file.
        file: FileId,
        /// What for.
        purpose: FilePurpose,
        /// To write: its length.
        size: u64,
    },
    /// Asks for a sign of life.
    Ping(u64),
    /// A newcomer leaves from 1 to [`keyroom_types::limits::KNOCK_BYTES`] bytes for the admins.
    Knock(Bytes),
    /// Asks for the knocks behind this number.
    ListKnocks {
        /// The last one that the client has.
        after: u64,
    },
    /// Declines the knock of this pass.
    DropKnock(PassKey),
}

/// The first request of a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Login {
    /// Version that the client chose.
    pub version: u32,
    /// The room.
    pub room: RoomId,
    /// Who logs in.
    pub who: Who,
    /// How the client trusts this relay.
    pub binding: Binding,
    /// By the key of [`Who`], over the login text.
    pub signature: Signature,
}

/// Who logs in, and as what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    /// A member's pass.
    Pass(PassKey),
    /// A newcomer with a door's key.
    Door {
        /// The door.
        door: DoorKey,
        /// The pass that the newcomer will have.
        newcomer: PassKey,
        /// By that pass, over the login text.
        signature: Signature,
    },
    /// Who makes the room, with its first pass.
    Founder(PassKey),
}

/// How a client trusts the relay that it speaks to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Binding {
    /// By the key that it saw in the handshake.
    SeenKey(KeyPin),
    /// By the DNS name that it dialled, in lower case.
    DialledName(String),
}

/// Makes a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Create {
    /// Its doors.
    pub doors: Vec<Door>,
    /// The blob of its first state.
    pub blob: Option<Digest>,
}

/// A door as the relay knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Door {
    /// Its id.
    pub id: DoorId,
    /// Public half of its signing pair.
    pub key: DoorKey,
    /// When it closes by itself.
    pub expires: Option<Timestamp>,
    /// How many newcomers it admits.
    pub uses: Option<u64>,
}

/// An append.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Append {
    /// Newest commit that the author had processed.
    pub based_on: Seq,
    /// One envelope or more; the kinds go together: messages; one commit and its followers; one join.
    pub entries: Vec<NewEnvelope>,
    /// Changes that take effect with it.
    pub changes: Vec<Change>,
}

impl Append {
    /// Whether its entries are messages; or one commit and its followers; or one join; only commits name blobs; and
    /// knocks are answered with a commit.
    pub fn goes_together(&self) -> bool {
        let all = |entries: &[NewEnvelope], kind| entries.iter().all(|entry| entry.kind == kind);
        let kinds = match self.entries.split_first() {
            None => false,
            Some((first, others)) => match first.kind {
                Kind::Application => all(others, Kind::Application),
                Kind::Commit => all(others, Kind::Follower),
                Kind::Join => others.is_empty(),
                Kind::Follower => false,
            },
        };
        let commits = self.entries.first().is_some_and(|first| first.kind == Kind::Commit);
        kinds
            && self.entries.iter().all(|entry| entry.blob.is_none() || entry.kind.is_commit())
            && (commits || self.welcomes().next().is_none())
    }

    /// The welcomes that its answers name, in their order.
    pub fn welcomes(&self) -> impl Iterator<Item = Digest> + '_ {
        self.changes.iter().filter_map(|change| match change {
            Change::Answer { welcome, .. } => Some(*welcome),
            _ => None,
        })
    }
}

/// An envelope on its way into the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewEnvelope {
    /// Its id.
    pub id: EnvelopeId,
    /// What it is.
    pub kind: Kind,
    /// The opaque bytes.
    pub body: Bytes,
    /// The blob published with it.
    pub blob: Option<Digest>,
}

/// One change of doors or passes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Opens or replaces a door.
    OpenDoor(Door),
    /// Closes a door.
    CloseDoor(DoorId),
    /// Closes all doors.
    CloseAllDoors,
    /// Gives a pass a role.
    Grant(PassKey, PassRole),
    /// Makes a provisional pass a member's.
    Confirm(PassKey),
    /// Deletes a pass.
    Revoke(PassKey),
    /// Deletes all passes but these.
    Keep(Vec<PassKey>),
    /// Lets in a newcomer who knocked; with a commit only.
    Answer {
        /// Its pass.
        newcomer: PassKey,
        /// What it may do.
        role: PassRole,
        /// The blob that it gets.
        welcome: Digest,
    },
    /// Hands the role of an earlier pass to a newcomer, and deletes that pass; with a join only.
    Succeed {
        /// The earlier pass.
        old: PassKey,
        /// Its signature over the room and the new pass.
        signature: Signature,
    },
}

/// What a pass may do; each role may all that those before it may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PassRole {
    /// A newcomer: messages, no commits.
    Provisional,
    /// A member: messages and commits.
    Member,
    /// An admin: also doors and the passes of others.
    Admin,
}

/// What a file ticket allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FilePurpose {
    /// To write the file.
    Put,
    /// To read it.
    Get,
}

/// Relay to client: an answer and the request's number, which is 0 in what the relay says by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToClient {
    /// The request that this answers.
    pub request: u64,
    /// What is said.
    pub body: Answer,
}

/// What a relay says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// First of every link.
    Hello(Hello),
    /// The login was accepted.
    Welcome(Box<Welcome>),
    /// The room was made.
    Created(SignedHead),
    /// The append is in the log, on disk.
    Appended(Appended),
    /// The subscription stands; where the log ended then.
    Subscribed(Seq),
    /// An envelope of the subscription.
    Deliver(Envelope),
    /// A stretch of the log.
    Range {
        /// Envelopes in order.
        envelopes: Vec<Envelope>,
        /// Where the log ends now.
        head: Seq,
    },
    /// So many bytes of the blob have arrived.
    BlobProgress(u32),
    /// A part of a blob.
    BlobPart {
        /// Length of the whole.
        size: u32,
        /// Where the part begins.
        offset: u32,
        /// The part.
        part: Bytes,
    },
    /// Blobs of the newest commit.
    Blobs(Blobs),
    /// The newcomer's place.
    Turn(Turn),
    /// Bytes from another link of the room.
    Ephemeral(Bytes),
    /// Where the room stands.
    Head(SignedHead),
    /// The right to write or read a file.
    Ticket {
        /// The bearer token.
        token: String,
        /// When it ends.
        expires: Timestamp,
    },
    /// Answers a ping.
    Pong(u64),
    /// The request was refused.
    Refused(Refusal),
    /// The relay ends the link.
    Goodbye {
        /// Why.
        code: Code,
        /// When to come again.
        retry_ms: u32,
    },
    /// The request was done.
    Done,
    /// A knock that waits.
    Knocked(Knocked),
    /// Knocks that wait.
    Knocks {
        /// By their numbers.
        knocks: Vec<Knocked>,
        /// There are more behind them.
        more: bool,
    },
    /// An admin declined the newcomer's knock.
    Declined,
    /// An admin let the newcomer in.
    Answered(Answered),
}

/// The relay's first word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hello {
    /// Lowest version that it speaks.
    pub min_version: u32,
    /// Highest version that it speaks.
    pub max_version: u32,
    /// Random bytes, which the login signs.
    pub challenge: [u8; 32],
    /// Public half of the key that signs heads.
    pub log_key: LogKey,
}

/// The relay's answer to a login.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Welcome {
    /// Where the room stands; `None` where the founder has not made it yet.
    pub head: Option<SignedHead>,
    /// Newest commit in the log.
    pub newest_commit: Seq,
    /// What the pass may do; `None` for a door.
    pub role: Option<PassRole>,
    /// The last envelope that this pass appended, and its place.
    pub last: Option<(EnvelopeId, Seq)>,
    /// The relay closes a link that is silent for this long.
    pub silence_ms: u32,
    /// Bodies older than this are dropped; 0: never.
    pub retention_ms: u64,
    /// Nothing survives the relay's end.
    pub volatile: bool,
    /// The answer to this pass's knock, which waits until the pass appends something.
    pub answered: Option<Answered>,
    /// For a door: a knock of the newcomer's pass waits for its answer.
    pub knocked: bool,
}

/// A knock that waits for its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Knocked {
    /// Rises with each knock of the room.
    pub number: u64,
    /// The newcomer's pass.
    pub newcomer: PassKey,
    /// The door that it came to.
    pub door: DoorId,
    /// When the relay took it.
    pub time: Timestamp,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What became of a knock: an admin let the newcomer in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answered {
    /// At the commit that let it in, which is the newest one there: from here it reads on.
    pub cursor: Cursor,
    /// The blob that it begins with.
    pub welcome: Digest,
}

/// Where an append stands in the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Appended {
    /// Place of its first envelope.
    pub first: Seq,
    /// Place of its last one.
    pub last: Seq,
    /// The time in their headers.
    pub time: Timestamp,
    /// It had been in the log before this request.
    pub repeated: bool,
}

/// An envelope in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// What stands before it.
    pub header: Header,
    /// What is left of it.
    pub content: Content,
    /// The blob published with it.
    pub blob: Option<Digest>,
}

/// An envelope's bytes, or what retention left of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// As they came.
    Body(Bytes),
    /// Their SHA-256.
    Dropped(Digest),
}

/// The blobs of the newest commit.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Blobs {
    /// The newest commit.
    pub newest_commit: Seq,
    /// Its author's blob first, then those that others republished.
    pub blobs: Vec<Digest>,
}

/// A newcomer's place in the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Turn {
    /// So many are before it, at least one.
    Waiting {
        /// How many.
        ahead: u32,
    },
    /// It is its turn.
    Now {
        /// How long it has.
        turn_ms: u32,
        /// The blobs to begin from.
        blobs: Blobs,
    },
}

/// A refused request: nothing of it was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// When to try again; 0: not by itself.
    pub retry_ms: u32,
    /// With [`Code::Stale`]: the newest commit. With [`Code::CursorAhead`]: where the log ends.
    pub seq: Seq,
}

impl Refusal {
    /// A refusal that says no more than why.
    pub const fn new(code: Code) -> Self {
        Self { code, retry_ms: 0, seq: Seq::ZERO }
    }

    /// A refusal with a time to try again.
    pub const fn later(code: Code, retry_ms: u32) -> Self {
        Self { code, retry_ms, seq: Seq::ZERO }
    }

    /// A refusal with a place in the log.
    pub const fn at(code: Code, seq: Seq) -> Self {
        Self { code, retry_ms: 0, seq }
    }
}
