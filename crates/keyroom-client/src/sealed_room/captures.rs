//! Envelopes are kept as they came, and what was checked when they were opened: for the inspector.

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_history::{Capture, Tx};
use keyroom_mls::Opened;
use keyroom_types::{Cursor, Header};
use keyroom_wire::{Content as Bytes, Envelope};

use super::{Desk, SealedRoom, Trouble};
use crate::inspect::{Author, CaptureLimits, EpochChange, Facts, Tap, Verdict};

/// What is being noted of the envelope that is looked at. Without a tap nothing is.
#[derive(Default)]
pub(super) struct Captures {
    tap: Option<Arc<Tap>>,
    limits: CaptureLimits,
    facts: Option<Facts>,
    /// When those that are too old were last looked for.
    swept: Option<Instant>,
    /// There is another connection, of which the profile is to know what was agreed on.
    connected: bool,
}

impl Captures {
    /// What opening the envelope told.
    pub(super) fn opened(&mut self, opened: &Opened) {
        if let Some(facts) = &mut self.facts {
            facts.opened(opened);
        }
    }

    /// The relay answers on another connection.
    pub(super) fn connected(&mut self) {
        self.connected = true;
    }

    /// Whether a capture with so many behind it is still there when all of them came. To who comes back to much, the oldest
    /// would only be written to be dropped again.
    fn stays(&self, behind: u64) -> bool {
        behind.saturating_mul(LEAST_BYTES) < self.limits.bytes
    }

    /// When the old ones are next looked for.
    pub(super) fn due(&self) -> Option<Instant> {
        self.swept.map(|last| last + SWEEP_EVERY)
    }
}

impl SealedRoom {
    /// From now on what comes through this tap is kept, within these limits.
    pub(crate) fn capture_with(&mut self, tap: Arc<Tap>, limits: CaptureLimits) {
        self.captures = Captures { tap: Some(tap), limits, ..Captures::default() };
    }

    /// Begins to note what is found out about an envelope.
    pub(super) fn begin_capture(&mut self, envelope: &Envelope, before: Option<&Cursor>, after: &Cursor) {
        let is_young = envelope.header.time >= self.captures.limits.bounds(self.wall).since;
        let is_whole = matches!(envelope.content, Bytes::Body(_));
        self.captures.facts = None;
        if self.captures.tap.is_some() && is_young && is_whole && self.captures.stays(self.behind(envelope)) {
            let hybrid = self.group.as_ref().is_some_and(keyroom_mls::Room::is_hybrid);
            self.captures.facts = Some(Facts::new(&envelope.header, before, after, hybrid));
        }
    }

    /// How many envelopes are known to follow.
    fn behind(&self, envelope: &Envelope) -> u64 {
        self.known_head.map_or(0, |head| head.get().saturating_sub(envelope.header.seq.get()))
    }

    /// It is our own, come back.
    pub(super) fn own_capture(&mut self) {
        let (Some(facts), Some(group)) = (&mut self.captures.facts, &self.group) else { return };
        let me = group.me();
        facts.verdict = Verdict::Own;
        facts.epoch = Some(group.epoch());
        facts.author = Some(Author { identity: me.identity, leaf: me.leaf, name: me.name });
    }

    /// Keeps the envelope's bytes and what was noted, in the transaction of what it meant.
    pub(super) fn keep_capture(&mut self, tx: &Tx<'_>, envelope: &Envelope) -> Result<(), Trouble> {
        let (Some(tap), Some(mut facts), Bytes::Body(body)) =
            (&self.captures.tap, self.captures.facts.take(), &envelope.content)
        else {
            return Ok(());
        };
        let seq = envelope.header.seq;
        let Some(frame) = tap.take(seq.get(), body) else { return Ok(()) };
        facts.session = frame.session;
        let capture = Capture {
            seq,
            at: self.wall,
            frame: frame.bytes.to_vec(),
            outer: frame.outer.map(|outer| outer.encode()),
            facts: facts.encode(),
        };
        Ok(tx.capture(&self.record.room, &capture, &self.captures.limits.bounds(self.wall))?)
    }

    /// A change of the room's keys, for the timeline of epochs. A few words, kept whether bytes are captured or not.
    pub(super) fn note_epoch(&self, tx: &Tx<'_>, header: &Header, opened: &Opened) -> Result<(), Trouble> {
        if let Opened::Changed(changes) | Opened::Removed(changes) = opened {
            tx.note_epoch(&self.record.room, &EpochChange::note(header, changes))?;
        }
        Ok(())
    }

    /// The same for our own entry, which we do not open but have made.
    pub(super) fn note_entry(&self, desk: &mut Desk<'_>, header: &Header) -> Result<(), Trouble> {
        let Some(group) = &self.group else { return Ok(()) };
        let tx = desk.profile.begin()?;
        tx.note_epoch(&self.record.room, &EpochChange::entry(header, &group.me(), group.epoch()))?;
        Ok(tx.commit()?)
    }

    /// Captures whose time is over go, and the profile learns what the connection has agreed on.
    pub(super) fn sweep_captures(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Some(tap) = &self.captures.tap else { return Ok(()) };
        if std::mem::take(&mut self.captures.connected)
            && let Some(session) = tap.session()
        {
            let tx = desk.profile.begin()?;
            tx.set_session(&self.record.room, &session.encode())?;
            tx.commit()?;
        }
        if self.captures.swept.is_some_and(|last| desk.now < last + SWEEP_EVERY) {
            return Ok(());
        }
        self.captures.swept = Some(desk.now);
        let bounds = self.captures.limits.bounds(desk.wall);
        let tx = desk.profile.begin()?;
        tx.prune_captures(&bounds)?;
        Ok(tx.commit()?)
    }
}

/// The longest that a capture outlives its time in a room that stays open.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What a capture of the shortest message takes, rounded down.
const LEAST_BYTES: u64 = 1_000;

#[cfg(test)]
mod tests {
    use keyroom_types::Timestamp;

    use super::*;

    #[test]
    fn a_clock_that_shows_less_than_the_time_to_keep_loses_nothing() {
        let limits = CaptureLimits::default();
        assert_eq!(limits.bounds(Timestamp::from_millis(5)).since, Timestamp::from_millis(0));
    }

    #[test]
    fn what_others_would_drop_again_is_not_captured() {
        let limits = CaptureLimits { bytes: 10_000, ..CaptureLimits::default() };
        let captures = Captures { limits, ..Captures::default() };
        assert!(captures.stays(0) && captures.stays(9));
        assert!(!captures.stays(10) && !captures.stays(u64::MAX));
    }
}
