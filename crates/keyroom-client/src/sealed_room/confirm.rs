//! Members tell the relay that a newcomer's join was valid, so that it may commit; and the newcomer that it is in.
//!
//! One of them is enough. So that a hundred do not do it at once, each waits longer the further it stands behind the
//! newcomer in the tree, and leaves it to whoever was earlier.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keyroom_history::Tx;
use keyroom_mls::{Body, Content};
use keyroom_types::{MessageId, PassKey};
use sha2::{Digest as _, Sha256};

use super::{SealedRoom, Trouble, group_trouble};

/// Newcomers that nobody has confirmed, as far as this member knows.
#[derive(Debug, Default)]
pub(super) struct Confirmations(BTreeMap<PassKey, Instant>);

impl Confirmations {
    /// Somebody joined. `rank`: how many other members come before this one, from 0.
    pub(super) fn joined(&mut self, now: Instant, pass: PassKey, rank: u32) {
        self.0.insert(pass, now + STEP * rank.min(MOST_STEPS));
    }

    /// Somebody confirmed it, or it is gone.
    pub(super) fn settled(&mut self, pass: &PassKey) {
        self.0.remove(pass);
    }

    /// Those that it is time for, now taken out.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<PassKey> {
        let due: Vec<PassKey> = self.0.iter().filter(|(_, at)| **at <= now).map(|(pass, _)| *pass).collect();
        self.0.retain(|pass, _| !due.contains(pass));
        due
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }
}

impl SealedRoom {
    /// Puts a confirmation into the outbox, in the transaction of what it confirms.
    pub(super) fn confirm(&mut self, tx: &Tx<'_>, pass: &PassKey) -> Result<(), Trouble> {
        // Nobody is confirmed twice by one member, so that the pass makes a name for the message.
        let hash: [u8; 32] =
            Sha256::new().chain_update(LABEL).chain_update(pass.as_bytes()).finalize().into();
        let id = MessageId::from_bytes(hash.first_chunk().copied().unwrap_or_default());
        let content = Content::new(id, Body::Confirm { passes: vec![*pass] });
        tx.outbox_push(&self.record.room, &content.encode().map_err(group_trouble)?, None)?;
        self.outgoing.pushed(1);
        Ok(())
    }
}

const LABEL: &[u8] = b"keyroom confirmation\0";

/// How much longer each further member waits.
const STEP: Duration = Duration::from_millis(400);

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
