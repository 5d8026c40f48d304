//! What a link tells its application.

use std::time::Duration;

use bytes::Bytes;
use keyroom_types::{Chain, Digest, Incarnation, LogKey, Seq, Timestamp};
use keyroom_wire::{Appended, Blobs, Code, Envelope, Knocked, Refusal, SignedHead, Turn, Welcome};

use super::{Cursor, RelayFault};

/// Names a request, from its command to its answer, over as many connections as that takes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub(super) u64);

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The relay let us in. `welcome.last` names the last envelope of this pass in the log: one that the application
    /// does not know means that its profile is a copy or was restored.
    Welcome {
        /// What the relay said; its head is checked.
        welcome: Box<Welcome>,
        /// The key that heads are signed with. To be kept, and pinned from now on.
        log_key: LogKey,
    },
    /// The room was made.
    Created {
        /// The request.
        request: RequestId,
        /// Where it stands; checked.
        head: SignedHead,
    },
    /// An append is in the log. It may be delivered before or after this is said.
    Appended {
        /// The request.
        request: RequestId,
        /// Where.
        appended: Appended,
    },
    /// A request was refused. With an append that is the relay's word only: what is in the log decides, and a refused
    /// append may still turn up there.
    Refused {
        /// The request.
        request: RequestId,
        /// Why.
        refusal: Refusal,
    },
    /// A request without more to report was done.
    Done {
        /// The request.
        request: RequestId,
    },
    /// The subscription stands; envelopes follow, up to this place for a start.
    Subscribed {
        /// Where the log ended then.
        head: Seq,
    },
    /// A newcomer was away while the room went on, and may no longer read from where it stood: it begins again, with its
    /// next turn, a newer blob and [`super::Link::subscribe`].
    BeginAgain,
    /// The next envelope of the log. When the application has taken it, it calls [`super::Link::consumed`].
    Envelope {
        /// The envelope.
        envelope: Envelope,
        /// Where the link stands behind it.
        cursor: Cursor,
    },
    /// The relay's signed word that the log is what we have, up to the cursor or close behind it.
    Head(SignedHead),
    /// A stretch of the log. The chain does not cover it: its reader compares it with what it knows.
    Range {
        /// The request.
        request: RequestId,
        /// In order, without a gap.
        envelopes: Vec<Envelope>,
        /// Where the log ends now.
        head: Seq,
    },
    /// A whole blob, with the bytes of its name.
    Blob {
        /// The request.
        request: RequestId,
        /// Its name.
        blob: Digest,
        /// Its bytes.
        bytes: Bytes,
    },
    /// The relay sent other bytes than the blob's. The request is over.
    WrongBlob {
        /// The request.
        request: RequestId,
        /// The blob's name.
        blob: Digest,
    },
    /// Blobs of the newest commit.
    Blobs {
        /// The request.
        request: RequestId,
        /// Which.
        blobs: Blobs,
    },
    /// Our place in the queue of newcomers; said again whenever it changes.
    Turn {
        /// The request.
        request: RequestId,
        /// The place.
        turn: Turn,
    },
    /// A ticket for a file.
    Ticket {
        /// The request.
        request: RequestId,
        /// The bearer token.
        token: String,
        /// When it ends.
        expires: Timestamp,
    },
    /// A newcomer knocks, or did so before we came. Said to admins, once on each connection.
    Knocked(Knocked),
    /// All knocks that wait.
    Knocks {
        /// The request.
        request: RequestId,
        /// By their numbers.
        knocks: Vec<Knocked>,
    },
    /// An admin declined our knock, or the relay forgot it while we were away.
    Declined,
    /// An admin let us in, and the link goes on as our pass: the application asks for the welcome with
    /// [`super::Link::get_blob`], and reads on with [`super::Link::subscribe`]. Said again after each login without a
    /// cursor, until our pass has appended something.
    Answered {
        /// At the commit that let us in. The relay's word, which the welcome must confirm.
        cursor: Cursor,
        /// The blob that holds the welcome.
        welcome: Digest,
    },
    /// Bytes from somebody who is there now.
    Ephemeral(Bytes),
    /// There is no link, for now.
    Lost {
        /// Why.
        why: Lost,
        /// How long until the next try.
        wait: Duration,
    },
    /// The link ended for good; the last event.
    Stopped(Stop),
}

/// Why there is no link for now. What had no answer is sent again after the next login.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The connection ended, or could not be made.
    #[error("the connection ended")]
    Disconnected,
    /// Connection or login took too long.
    #[error("the relay did not answer in time")]
    TimedOut,
    /// Nothing was heard for too long.
    #[error("the relay fell silent")]
    Silent,
    /// The relay ended it, or refused the login or the subscription.
    #[error("the relay ended the link: {0}")]
    Relay(Code),
    /// The relay broke the rules.
    #[error("{0}")]
    Fault(RelayFault),
}

/// Why a link ended for good. Another try would not help, or would overwrite evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// The application closed it.
    #[error("the link was closed")]
    Closed,
    /// The relay is too old or too new.
    #[error(
        "client and relay have no version of the link in common: {}-{} and {}-{}",
        ours.0, ours.1, theirs.0, theirs.1
    )]
    NoCommonVersion {
        /// Lowest and highest that we speak.
        ours: (u32, u32),
        /// Lowest and highest that the relay speaks.
        theirs: (u32, u32),
    },
    /// The relay signs heads with another key than the one pinned.
    #[error("the relay has another log key than the one pinned")]
    LogKey,
    /// A head that the relay signed is not of the log that it delivered.
    #[error("the relay signed another log at {} than it delivered", theirs.seq)]
    HeadConflict {
        /// The chain's value there, from what was delivered or another signed head.
        ours: Chain,
        /// What the relay signed: the proof.
        theirs: SignedHead,
    },
    /// The log is shorter than we knew it: a backup was restored, or the relay hides what it had shown.
    #[error("the log of the relay was rolled back from {ours} to {theirs}")]
    RolledBack {
        /// How far we know it.
        ours: Seq,
        /// How far the relay says that it goes.
        theirs: Seq,
    },
    /// The relay began anew: this room ended here.
    #[error("the relay has a new store: the room ended there")]
    NewIncarnation {
        /// The one that we knew.
        ours: Incarnation,
        /// The one that it has.
        theirs: Incarnation,
    },
    /// The relay has no such room, or no longer: it ended here.
    #[error("the room ended on this relay")]
    RoomEnded,
    /// The same pass logged in elsewhere.
    #[error("the room was opened elsewhere with the same pass")]
    Replaced,
    /// The relay does not let us in.
    #[error("the relay does not let us in: {0}")]
    Refused(Code),
}
