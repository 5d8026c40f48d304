//! What one member of a crowd did and saw.

use std::time::Instant;

use bytes::Bytes;
use keyroom_link::{Lost, Stop};
use keyroom_types::{EnvelopeId, Kind, LogKey, PassKey, RoomId, Seq};
use keyroom_wire::{Appended, Change, Code, Envelope, SignedHead};

/// Something to append.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Say {
    /// Bodies of its envelopes, one or more.
    pub bodies: Vec<Bytes>,
    /// The first one is a commit, the others follow it.
    pub commit: bool,
    /// Changes that go with it.
    pub changes: Vec<Change>,
    /// Ids of its envelopes; drawn where there are none.
    pub ids: Vec<EnvelopeId>,
}

impl Say {
    /// One message.
    pub fn message(body: impl Into<Bytes>) -> Self {
        Self { bodies: vec![body.into()], ..Self::default() }
    }

    /// A commit.
    pub fn commit(body: impl Into<Bytes>) -> Self {
        Self { bodies: vec![body.into()], commit: true, ..Self::default() }
    }

    pub(super) fn kind(&self, place: usize) -> Kind {
        match (self.commit, place) {
            (false, _) => Kind::Application,
            (true, 0) => Kind::Commit,
            (true, _) => Kind::Follower,
        }
    }
}

/// An append as it was sent, however often.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What.
    pub say: Say,
    /// The ids of its envelopes.
    pub ids: Vec<EnvelopeId>,
    /// The newest commit that its author knew.
    pub based_on: Seq,
    /// When it was first given to the link.
    pub at: Instant,
    /// The relay's answer, if it came.
    pub answer: Option<Result<Appended, Code>>,
}

/// What one member did and saw.
#[derive(Clone, Debug)]
pub struct History {
    /// Its room.
    pub room: RoomId,
    /// Its pass.
    pub pass: PassKey,
    /// The key that signs heads, once it is known.
    pub log_key: Option<LogKey>,
    /// All appends, in the order in which they were first given to a link.
    pub sent: Vec<Sent>,
    /// What was delivered, from the room's beginning.
    pub log: Vec<Envelope>,
    /// When each of these came.
    pub came: Vec<Instant>,
    /// Signed heads that the link accepted.
    pub heads: Vec<SignedHead>,
    /// Whether it is let in now.
    pub live: bool,
    /// How often it was let in.
    pub logins: usize,
    /// How often it began anew, as a program that starts again.
    pub restarts: usize,
    /// Why links were lost.
    pub lost: Vec<Lost>,
    /// Why its link ended for good.
    pub stopped: Option<Stop>,
    /// Appends that the test asked for, and of how many of them it has heard.
    pub asked: usize,
    /// See `asked`.
    pub heard: usize,
    /// Appends that wait to be sent, for an answer, or for the log to show what became of them.
    pub open: usize,
    /// Appends that were acknowledged.
    pub acknowledged: usize,
    /// Refusals that it does not see to by itself.
    pub refused: Vec<Code>,
    /// Tickets for files.
    pub tickets: Vec<String>,
}

impl History {
    pub(super) fn new(room: RoomId, pass: PassKey) -> Self {
        Self {
            room,
            pass,
            log_key: None,
            sent: Vec::new(),
            log: Vec::new(),
            came: Vec::new(),
            heads: Vec::new(),
            live: false,
            logins: 0,
            restarts: 0,
            lost: Vec::new(),
            stopped: None,
            asked: 0,
            heard: 0,
            open: 0,
            acknowledged: 0,
            refused: Vec::new(),
            tickets: Vec::new(),
        }
    }

    /// Place of the last envelope that was delivered.
    pub fn seq(&self) -> Seq {
        self.log.last().map_or(Seq::ZERO, |envelope| envelope.header.seq)
    }

    /// Whether it is there, and all that it was to say is acknowledged.
    pub fn is_done(&self) -> bool {
        self.live && self.heard == self.asked && self.open == 0
    }

    /// One line, for a test that fails.
    pub fn summary(&self) -> String {
        let lost = self.lost.iter().rev().take(3).collect::<Vec<_>>();
        format!(
            "live {}, logins {}, restarts {}, sent {}, acknowledged {}, open {}, at {}, stopped {:?}, refused {:?}, lost {lost:?}",
            self.live,
            self.logins,
            self.restarts,
            self.sent.len(),
            self.acknowledged,
            self.open,
            self.seq(),
            self.stopped,
            self.refused.iter().rev().take(3).collect::<Vec<_>>(),
        )
    }
}
