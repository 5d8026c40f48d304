//! Our own commit comes back from the log.

use keyroom_types::Header;
use zeroize::Zeroizing;

use super::open::changes;
use super::{OpenError, Room, note, send};
use crate::padding::BUCKETS;
use crate::validity;
use crate::{Opened, Provider, Storage};

impl Room {
    /// Our pending commit is in the log: judged by the same function as others', then merged. `followers`: how many
    /// messages of ours were made ahead in its epoch.
    pub fn merge_own<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        followers: usize,
    ) -> Result<Opened, OpenError> {
        let authenticated = note::read(p.storage, &self.id()).map_err(OpenError::library)?;
        let authenticated = authenticated.ok_or(OpenError::NothingPending)?;
        let parts = self.pending_parts(&authenticated).ok_or(OpenError::NothingPending)?;
        let claim = match validity::judge(&self.state, &parts, header) {
            Ok(claim) => claim,
            Err(skipped) => {
                self.abandon(p).map_err(OpenError::library)?;
                return Ok(Opened::Skipped(*skipped));
            }
        };
        let by = self.own.clone();
        self.group.merge_pending_commit(p).map_err(OpenError::library)?;
        note::forget(p.storage, &self.id()).map_err(OpenError::library)?;
        // The messages that followed were made on a copy that was forgotten. Their keys must not be used again: as many
        // are used up here.
        for _ in 0..followers {
            let plain = Zeroizing::new(vec![0; BUCKETS[0]]);
            send::seal_padded(p, &mut self.group, &self.signer, &claim, plain).map_err(OpenError::library)?;
        }
        let before = self.advance()?;
        Ok(Opened::Changed(changes(&before, &self.state, by, claim, self.epoch())))
    }

    /// Takes up the epoch that was merged; gives the one before.
    pub(super) fn advance(&mut self) -> Result<crate::state::State, OpenError> {
        let room = self.state.room;
        let policy = self.state.policy.clone();
        let empty = crate::state::State {
            room,
            hybrid: self.state.hybrid,
            policy,
            seats: std::collections::BTreeMap::new(),
        };
        let before = std::mem::replace(&mut self.state, empty);
        // Validity has looked at every part of the new state, so this can only be our bug.
        if self.refresh() { Ok(before) } else { Err(OpenError::library("the merged state is no room")) }
    }
}
