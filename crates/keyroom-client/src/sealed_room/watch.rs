//! A commit's author may publish a blob that nobody can enter by. Whoever knows the door's key looks, and offers another. Attack
//! matrix row 51.
//!
//! Blobs are large, so not all look: the first three members in the tree whose clients know the key, one after another, and each
//! later one only if nothing that was offered before it opens: somebody before it may be as bad as the author.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::RequestId;
use keyroom_mls::{DoorSecrets, Provider, open_blob};
use keyroom_types::{Digest, Seq};
use keyroom_wire::Blobs;

use super::{Desk, SealedRoom, Trouble, group_trouble};

/// What is known of the newest commit's blob.
#[derive(Debug, Default)]
pub(super) struct Watch {
    due: Option<Instant>,
    step: Step,
    /// Blobs that were not looked at yet.
    others: VecDeque<Digest>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Step {
    #[default]
    Nothing,
    /// Asked which blobs there are.
    List(RequestId),
    /// Asked for one of them.
    Blob(RequestId, Seq),
}

impl Watch {
    /// Somebody else's commit counts, and its blob is to be looked at by the member of this rank.
    pub(super) fn commit(&mut self, now: Instant, rank: u32) {
        self.step = Step::Nothing;
        self.others.clear();
        self.due = (rank < LOOKERS).then(|| now + FIRST + STEP * rank);
    }

    /// When it is looked at.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl SealedRoom {
    /// Asks for the blobs of the newest commit, if it is time.
    pub(super) fn look_at_blob(&mut self, desk: &mut Desk<'_>) {
        if self.watch.due.is_none_or(|due| due > desk.now) {
            return;
        }
        self.watch.due = None;
        let has_door = self
            .group
            .as_ref()
            .is_some_and(|group| !group.policy().approval && !group.policy().doors.is_empty());
        if has_door && self.record.key.is_some() && self.may_commit() {
            // An error means that too much waits: then this blob is not looked at here.
            self.watch.step = desk.link.list_blobs().map_or(Step::Nothing, Step::List);
        }
    }

    /// The relay named the newest commit's blobs: to look at the author's, or to enter by one.
    pub(super) fn blobs_named(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        blobs: &Blobs,
    ) -> Result<(), Trouble> {
        if !self.watched_blobs(desk, request, blobs)? && !self.looked_for_blobs(desk, request, blobs)? {
            self.offered(desk, blobs);
        }
        Ok(())
    }

    /// A blob came: to be looked at, or to enter by.
    pub(super) fn blob_came(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        bytes: &Bytes,
    ) -> Result<(), Trouble> {
        let taken = self.watched_blob(desk, request, bytes)? || self.welcome_came(desk, request, bytes)?;
        if taken { Ok(()) } else { self.blob(desk, request, bytes) }
    }

    /// The relay named the newest commit's blobs. Returns whether that was asked for here.
    fn watched_blobs(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        blobs: &Blobs,
    ) -> Result<bool, Trouble> {
        if self.watch.step != Step::List(request) {
            return Ok(false);
        }
        self.watch.step = Step::Nothing;
        let newest = self.newest_commit();
        if blobs.newest_commit == newest {
            self.watch.others = blobs.blobs.iter().copied().collect();
            self.look_at_next(desk, newest)?;
        }
        Ok(true)
    }

    /// Asks for the next blob. Where none is left, none of them opens, or there is none at all: nobody can enter.
    fn look_at_next(&mut self, desk: &mut Desk<'_>, newest: Seq) -> Result<(), Trouble> {
        let Some(next) = self.watch.others.pop_front() else { return self.offer_blob(desk, newest) };
        self.watch.step =
            desk.link.get_blob(next).map_or(Step::Nothing, |request| Step::Blob(request, newest));
        Ok(())
    }

    /// A blob came. Returns whether it was asked for here.
    fn watched_blob(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        bytes: &Bytes,
    ) -> Result<bool, Trouble> {
        let Step::Blob(asked, of) = self.watch.step else { return Ok(false) };
        if asked != request {
            return Ok(false);
        }
        self.watch.step = Step::Nothing;
        let newest = self.newest_commit();
        let (Some(key), Some(group), true) = (&self.record.key, &self.group, of == newest) else {
            return Ok(true);
        };
        let door = DoorSecrets::of(key, desk.crypto);
        let opened = open_blob(desk.crypto, &self.record.room, &door, bytes);
        if !opened.is_ok_and(|blob| group.is_of_this_epoch(&blob)) {
            tracing::debug!(commit = of.get(), "a commit's blob does not open");
            self.look_at_next(desk, newest)?;
        }
        Ok(true)
    }

    /// Offers a blob of ours for the newest commit.
    pub(super) fn offer_blob(&mut self, desk: &mut Desk<'_>, of: Seq) -> Result<(), Trouble> {
        let (standing, pins) = (self.standing(), self.pins());
        let Some(group) = &self.group else { return Ok(()) };
        // Who could not follow a commit would lead newcomers to where nobody else is any more; and a room that wants to be asked
        // offers none, also if it has come to want that while we looked.
        if self.record.unsure.is_some() || group.policy().approval {
            return Ok(());
        }
        let tx = desk.profile.begin()?;
        let storage = tx.mls();
        let provider = Provider { crypto: desk.crypto, storage: &storage };
        let blob = group.blob(&provider, &standing, &pins).map_err(group_trouble)?;
        #[cfg(feature = "testing")]
        let blob = if self.vice == Some(super::Vice::PoisonedBlob) { vec![8; 4_096] } else { blob };
        // Whether it is taken is of no consequence here: others publish theirs, or a newer commit is there.
        let _ = desk.link.republish(of, blob.into());
        Ok(())
    }
}

/// Members that look.
const LOOKERS: u32 = 3;
/// How long the author's blob is left alone: commits come in runs.
const FIRST: Duration = Duration::from_millis(700);
/// How much later each further member looks.
const STEP: Duration = Duration::from_secs(4);
