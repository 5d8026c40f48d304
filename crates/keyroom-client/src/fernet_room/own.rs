//! What this computer's person said, until it is written to everybody or given up.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use keyroom_types::limits::{REMEMBERED_TOKENS, WAITING_BYTES, WAITING_MESSAGES};

use super::sealer::Recipe;
use super::timeline::Timeline;
use crate::event::SendRefusal;
use crate::history::{MessageState, PeerId, Position, SendFailure};

/// Own messages that are not sent yet, in the order in which they were said.
#[derive(Debug, Default)]
pub(super) struct OwnMessages {
    outbox: VecDeque<Outgoing>,
    sending: BTreeMap<Position, Progress>,
    /// Of all tokens in `outbox` and `sending`, each counted once.
    bytes: usize,
    failed: BTreeMap<Position, Recipe>,
}

/// An own message that waits for its turn.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) position: Position,
    pub(super) wire: Arc<[u8]>,
    pub(super) recipe: Recipe,
    /// The newest peer that was there when it was said: later ones do not get it.
    pub(super) newest: PeerId,
}

#[derive(Debug)]
struct Progress {
    left: usize,
    written: usize,
    bytes: usize,
    recipe: Recipe,
}

impl OwnMessages {
    /// Whether `messages` more with `bytes` in all may wait.
    pub(super) fn check_room(&self, messages: usize, bytes: usize) -> Result<(), SendRefusal> {
        let waiting = self.outbox.len() + self.sending.len();
        if waiting + messages > WAITING_MESSAGES || self.bytes + bytes > WAITING_BYTES {
            return Err(SendRefusal::TooMany { waiting });
        }
        Ok(())
    }

    /// Adds a message at the end.
    pub(super) fn queue(&mut self, outgoing: Outgoing) {
        self.bytes += outgoing.wire.len();
        self.outbox.push_back(outgoing);
    }

    /// The message whose turn it is.
    pub(super) fn front(&self) -> Option<&Outgoing> {
        self.outbox.front()
    }

    /// Takes the message whose turn it is, to hand it to `peers`; [`OwnMessages::written`] and
    /// [`OwnMessages::lost`] then say what became of it at each.
    pub(super) fn hand_out(&mut self, timeline: &mut Timeline, peers: usize) -> Option<Outgoing> {
        let outgoing = self.outbox.pop_front()?;
        let progress =
            Progress { left: peers, written: 0, bytes: outgoing.wire.len(), recipe: outgoing.recipe };
        self.sending.insert(outgoing.position, progress);
        if peers == 0 {
            self.settle(timeline, outgoing.position);
        }
        Some(outgoing)
    }

    /// A message was written to one peer.
    pub(super) fn written(&mut self, timeline: &mut Timeline, position: Position) {
        if let Some(progress) = self.sending.get_mut(&position) {
            progress.left = progress.left.saturating_sub(1);
            progress.written += 1;
        }
        self.settle(timeline, position);
    }

    /// A message will not reach one peer: it is gone.
    pub(super) fn lost(&mut self, timeline: &mut Timeline, position: Position) {
        if let Some(progress) = self.sending.get_mut(&position) {
            progress.left = progress.left.saturating_sub(1);
        }
        self.settle(timeline, position);
    }

    /// A message cannot be sent; it may be tried again.
    pub(super) fn fail(
        &mut self,
        timeline: &mut Timeline,
        position: Position,
        recipe: Recipe,
        why: SendFailure,
    ) {
        self.failed.insert(position, recipe);
        if self.failed.len() > REMEMBERED_TOKENS {
            self.failed.pop_first();
        }
        timeline.set_state(position, MessageState::Failed(why));
    }

    /// What makes a failed message's token again; it is no longer counted as failed.
    pub(super) fn take_failed(&mut self, position: Position) -> Option<Recipe> {
        self.failed.remove(&position)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.outbox.is_empty() && self.sending.is_empty()
    }

    /// The room is left: what still waits has failed, or has reached some.
    pub(super) fn leave(&mut self, timeline: &mut Timeline) {
        for outgoing in std::mem::take(&mut self.outbox) {
            timeline.set_state(outgoing.position, MessageState::Failed(SendFailure::Left));
        }
        for (position, progress) in std::mem::take(&mut self.sending) {
            let state = match progress.written {
                0 => MessageState::Failed(SendFailure::Left),
                to => MessageState::Sent { to },
            };
            timeline.set_state(position, state);
        }
        self.bytes = 0;
    }

    /// Writes the final state of a message that waits for nobody any more.
    fn settle(&mut self, timeline: &mut Timeline, position: Position) {
        let Some(progress) = self.sending.get(&position).filter(|progress| progress.left == 0) else {
            return;
        };
        let (written, recipe) = (progress.written, progress.recipe);
        self.bytes = self.bytes.saturating_sub(progress.bytes);
        self.sending.remove(&position);
        match written {
            0 => self.fail(timeline, position, recipe, SendFailure::ConnectionLost),
            to => timeline.set_state(position, MessageState::Sent { to }),
        }
    }
}
