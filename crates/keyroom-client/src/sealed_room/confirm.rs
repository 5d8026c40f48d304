//! Members tell the relay that a newcomer's join was valid, so that it may commit; and the newcomer that it is in.
//!
//! One of them is enough. So that a hundred do not do it at once, each waits longer the further it stands behind the
//! newcomer in the tree, and leaves it to whoever was earlier. Who has yet to be confirmed is in the profile, since the one
//! member that may do it can be killed before it does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use keyroom_history::{DbError, Tx};
use keyroom_types::limits::{APPEND_CHANGES, CONFIRMED_PASSES};
use keyroom_types::{PassKey, RoomId};

/// Newcomers that nobody has confirmed, as far as this member knows.
#[derive(Debug, Default)]
pub(super) struct Confirmations {
    waiting: BTreeMap<PassKey, Instant>,
    /// When to say anything at all: somebody's join was skipped, and who made it finds out by what it cannot open.
    answer: Option<Instant>,
    /// Others that said something since.
    voices: BTreeSet<PassKey>,
}

impl Confirmations {
    /// Somebody joined. `rank`: how many other members come before this one, from 0.
    pub(super) fn joined(&mut self, now: Instant, pass: PassKey, rank: u32) {
        self.waiting.insert(pass, now + STEP * rank.min(MOST_STEPS));
    }

    /// Somebody confirmed it, or it is gone. Returns whether it was waited for.
    pub(super) fn settled(&mut self, pass: &PassKey) -> bool {
        self.waiting.remove(pass).is_some()
    }

    /// Those whom the profile knows to be waiting, of whom `is_there` says that they still are.
    pub(super) fn load(
        &mut self,
        tx: &Tx<'_>,
        room: &RoomId,
        now: Instant,
        is_there: impl Fn(&PassKey) -> bool,
    ) -> Result<(), DbError> {
        let kept = tx.room_setting(room, UNCONFIRMED)?.unwrap_or_default();
        let passes = kept.split(' ').filter_map(|pass| pass.parse().ok()).filter(is_there);
        self.waiting.extend(passes.map(|pass| (pass, now)));
        Ok(())
    }

    /// Has the profile know who waits.
    pub(super) fn keep(&self, tx: &Tx<'_>, room: &RoomId) -> Result<(), DbError> {
        let passes: Vec<String> = self.waiting.keys().take(KEPT).map(PassKey::to_string).collect();
        tx.set_room_setting(room, UNCONFIRMED, &passes.join(" "))
    }

    /// A join was skipped.
    pub(super) fn skipped(&mut self, now: Instant, rank: u32) {
        self.voices.clear();
        self.answer.get_or_insert(now + STEP * rank.min(MOST_STEPS));
    }

    /// Another member said something, which answers as well. Some voices are needed: who hears them counts.
    pub(super) fn answered(&mut self, by: &PassKey) {
        if self.answer.is_some() {
            self.voices.insert(*by);
            self.answer.take_if(|_| self.voices.len() >= VOICES);
        }
    }

    /// Whether it is time to answer a skipped join.
    pub(super) fn take_answer(&mut self, now: Instant) -> bool {
        self.answer.take_if(|due| *due <= now).is_some()
    }

    /// Those that it is time for, as many as one append may name, now taken out.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<PassKey> {
        let due = self.waiting.iter().filter(|(_, at)| **at <= now).map(|(pass, _)| *pass);
        let due: Vec<PassKey> = due.take(CONFIRMED_PASSES.min(APPEND_CHANGES)).collect();
        for pass in &due {
            self.waiting.remove(pass);
        }
        due
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().copied().chain(self.answer).min()
    }
}

/// The room's setting that holds who waits.
const UNCONFIRMED: &str = "unconfirmed";

/// So many of them are kept: it is rewritten whenever somebody comes.
const KEPT: usize = 256;

/// How much longer each further member waits.
const STEP: Duration = Duration::from_millis(400);

/// So many members answer a join that was skipped.
const VOICES: usize = 3;

/// Steps that are waited at most.
const MOST_STEPS: u32 = 25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_member_confirms_at_once_and_the_others_only_if_nobody_did() {
        let now = Instant::now();
        let newcomer = PassKey::from_bytes([1; 32]);
        let (mut first, mut second) = (Confirmations::default(), Confirmations::default());
        first.joined(now, newcomer, 0);
        second.joined(now, newcomer, 1);
        assert_eq!(first.take_due(now), [newcomer]);
        assert_eq!(second.take_due(now), []);
        assert_eq!(second.due(), Some(now + STEP));
        second.settled(&newcomer);
        assert_eq!(second.take_due(now + STEP), []);
    }
}
