//! Which blob a newcomer enters by. Attack matrix rows 17, 51.
//!
//! A commit's author publishes a blob, and members who see that it leads nowhere, or into an epoch that is not the room's, offer
//! theirs. The relay takes one for each pass. So the epoch that most of the blobs lead into is entered, and among equals the one
//! of the author; but first those of whom nobody led astray before (see [`crate::sealed_room::footing`]).

use std::time::Duration;

use bytes::Bytes;
use keyroom_history::Trust as StoredTrust;
use keyroom_link::RequestId;
use keyroom_mls::{Blob, BlobError, open_blob};
use keyroom_types::{Digest, Incarnation, LogKey, PassKey, Seq};
use keyroom_wire::Blobs;

use super::{Entering, Step};
use crate::event::{CloseReason, Connection, RoomEvent};
use crate::sealed_room::seen::Compared;
use crate::sealed_room::{Desk, Phase, SealedRoom, Trouble};

/// The blobs of the newest commit, as they are tried.
#[derive(Default)]
pub(super) struct Choice {
    newest_commit: Seq,
    /// What the relay offers, the author's first.
    offered: Vec<Digest>,
    /// Those that do not open, or that nobody can enter by.
    bad: Vec<Digest>,
    /// Those that open.
    good: Vec<Candidate>,
    /// Why those that open were refused, or the last that did not.
    why: Option<CloseReason>,
}

/// A blob that opens.
pub(super) struct Candidate {
    /// Its name at the relay.
    pub(super) name: Digest,
    /// The epoch that it leads into.
    epoch: Digest,
    pub(super) blob: Box<Blob>,
}

impl Choice {
    /// The relay names the blobs of a commit.
    pub(super) fn offer(&mut self, blobs: &Blobs) {
        if self.newest_commit != blobs.newest_commit {
            *self = Self { newest_commit: blobs.newest_commit, ..Self::default() };
        }
        self.offered.clone_from(&blobs.blobs);
        self.good.retain(|candidate| blobs.blobs.contains(&candidate.name));
    }

    /// The commit whose blobs they are.
    pub(super) fn newest_commit(&self) -> Seq {
        self.newest_commit
    }

    /// Whether the relay offers none.
    fn is_empty(&self) -> bool {
        self.offered.is_empty()
    }

    /// The next one to look at.
    pub(super) fn next(&self) -> Option<Digest> {
        let known =
            |name: &Digest| self.bad.contains(name) || self.good.iter().any(|good| good.name == *name);
        self.offered.iter().copied().find(|name| !known(name))
    }

    /// One opens.
    pub(super) fn keep(&mut self, name: Digest, epoch: Digest, blob: Blob) {
        self.good.push(Candidate { name, epoch, blob: Box::new(blob) });
    }

    /// One is of no use. The reason is what a person is told if none is.
    pub(super) fn refuse(&mut self, name: Digest, why: CloseReason) {
        self.good.retain(|candidate| candidate.name != name);
        self.bad.push(name);
        // What is wrong with one that opens says more than that another does not.
        if self.why.is_none() || matches!(self.why, Some(CloseReason::WrongKey | CloseReason::NoBlob)) {
            self.why = Some(why);
        }
    }

    /// Takes out the one to enter by, when all were looked at.
    pub(super) fn take_best(&mut self, distrusted: &[PassKey]) -> Option<Candidate> {
        let votes = |epoch: &Digest| self.good.iter().filter(|other| other.epoch == *epoch).count();
        let trusted = |one: &Candidate| one.blob.author().is_none_or(|author| !distrusted.contains(&author));
        let weight = |one: &Candidate| (trusted(one), votes(&one.epoch));
        // Of equals the last is the greatest: from the end, that is the first that was offered.
        let best = (0..self.good.len()).rev().max_by_key(|at| weight(&self.good[*at]))?;
        Some(self.good.remove(best))
    }

    /// Why none of them can be used.
    pub(super) fn why(&self) -> CloseReason {
        self.why.clone().unwrap_or(CloseReason::NoBlob)
    }
}

impl SealedRoom {
    /// The relay named the blobs of the newest commit.
    pub(in crate::sealed_room) fn offered(&mut self, desk: &mut Desk<'_>, blobs: &Blobs) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        if matches!(entering.step, Step::Joining(_) | Step::Displaced(_)) {
            return;
        }
        entering.choice.offer(blobs);
        match &entering.blob {
            Some((_, of)) if *of == blobs.newest_commit => entering.step = Step::Reading,
            _ => {
                entering.blob = None;
                self.next_blob(desk);
            }
        }
    }

    /// Asks for the next blob that was not looked at; enters by the best of them when all were.
    fn next_blob(&mut self, desk: &mut Desk<'_>) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        let Some(next) = entering.choice.next() else { return self.choose(desk) };
        match desk.link.get_blob(next) {
            Ok(request) => {
                entering.step = Step::Blob(request, next);
                self.events.push_back(RoomEvent::Connection(Connection::Reading));
            }
            Err(_) => entering.step = Step::Queue,
        }
    }

    fn choose(&mut self, desk: &mut Desk<'_>) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        let Some(best) = entering.choice.take_best(&entering.distrusted) else {
            if entering.choice.is_empty() && desk.link.cursor().is_none() {
                // Nothing to enter by: the room wants to be asked.
                return self.knock(desk);
            }
            // The door is open, or the relay had not let us in: its author published a blob that opens nothing, and members
            // offer others when they see that.
            entering.fruitless += 1;
            if entering.fruitless < MOST_FRUITLESS {
                entering.step = Step::Queue;
                entering.again = Some(desk.now + LOOK_AGAIN);
            } else {
                let why = entering.choice.why();
                desk.link.close();
                self.close(why);
            }
            return;
        };
        let place = best.blob.cursor;
        if let Some(cursor) = desk.link.cursor() {
            // A later blob of the same log: what it says of a place that we know must be so.
            if self.seen.compare(place.seq, &place.chain) == Compared::Conflict {
                entering.choice.refuse(best.name, CloseReason::NoBlob);
                return self.next_blob(desk);
            }
            self.record.cursor = Some(*cursor);
        } else if desk.link.subscribe(place).is_ok() {
            self.record.cursor = Some(place);
            self.seen.push(&place);
        } else {
            // The link has stopped, and says why.
            return;
        }
        // Who has a bare key pinned nothing: the room itself says whom to trust.
        if entering.first_contact {
            self.record.trust = StoredTrust::Pins(best.blob.pins.relay.clone());
        }
        entering.step = Step::Reading;
        entering.blob = Some((best, entering.choice.newest_commit()));
    }

    /// A blob came.
    pub(in crate::sealed_room) fn blob(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        bytes: &Bytes,
    ) -> Result<(), Trouble> {
        let Phase::Entering(entering) = &mut self.phase else { return Ok(()) };
        let Step::Blob(asked, name) = entering.step else { return Ok(()) };
        if asked != request {
            return Ok(());
        }
        let known = (self.record.log_key, self.record.incarnation);
        let opened = open_blob(desk.crypto, &self.record.room, &entering.door, bytes)
            .and_then(|blob| blob.epoch_digest().map(|epoch| (blob, epoch)));
        match opened {
            Ok((blob, epoch)) => match entering.objection(known, &blob) {
                None => entering.choice.keep(name, epoch, blob),
                Some(why) => entering.choice.refuse(name, why),
            },
            Err(error) => {
                tracing::debug!(%error, "a blob does not open");
                let wrong_key = error == BlobError::NotForThisDoor;
                let why = if wrong_key { CloseReason::WrongKey } else { CloseReason::NoBlob };
                entering.choice.refuse(name, why);
            }
        }
        self.next_blob(desk);
        self.enter_on(desk)
    }

    /// The bytes of a blob were others than its name's.
    pub(in crate::sealed_room) fn blob_failed(&mut self, desk: &mut Desk<'_>, request: RequestId) {
        if let Phase::Entering(entering) = &mut self.phase
            && let Step::Blob(asked, name) = entering.step
            && asked == request
        {
            entering.choice.refuse(name, CloseReason::NoBlob);
            self.next_blob(desk);
        }
    }
}

impl Entering {
    /// Why this blob, which opens, is not one to enter by.
    fn objection(&self, known: (Option<LogKey>, Option<Incarnation>), blob: &Blob) -> Option<CloseReason> {
        if self.inviter.is_some_and(|inviter| !blob.has_member(&inviter)) {
            return Some(CloseReason::InviterGone);
        }
        let other_relay =
            self.first_contact && !self.seen.is_some_and(|seen| blob.pins.relay.contains(&seen));
        let other_log = !agrees(known, (blob.pins.log, blob.pins.incarnation));
        (other_relay || other_log).then_some(CloseReason::OtherRelay)
    }
}

/// Whether what is known of the relay is what the blob says.
fn agrees(known: (Option<LogKey>, Option<Incarnation>), told: (Option<LogKey>, Option<Incarnation>)) -> bool {
    let same_key = known.0.zip(told.0).is_none_or(|(a, b)| a == b);
    let same_life = known.1.zip(told.1).is_none_or(|(a, b)| a == b);
    same_key && same_life
}

/// How long after no blob was of use they are looked at again, and how often: members look at what an author published within
/// some seconds of each other (see [`crate::sealed_room::watch`]).
const LOOK_AGAIN: Duration = Duration::from_secs(4);
const MOST_FRUITLESS: u32 = 5;
