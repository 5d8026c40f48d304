//! Sealing messages.

use keyroom_types::limits::EPHEMERAL_BYTES;
use openmls::prelude::MlsGroup;
use zeroize::Zeroizing;

use super::leaf_key::LeafKey;
use super::{Room, SendError, Standing};
use crate::{Claim, Content, ContentError, Provider, Storage, claim, lobby, padding};

impl Room {
    /// Seals one message. The ratchet has moved: store what comes out in the same transaction.
    pub fn send<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        standing: &Standing,
        content: &Content,
    ) -> Result<Vec<u8>, SendError> {
        if !self.group.is_active() {
            return Err(SendError::Over);
        }
        let claim = standing.claim(self.id());
        seal(p, &mut self.group, &self.signer, &claim, content)
    }

    /// Seals a hint that is not stored, such as that somebody types. Everybody in the room can make one.
    pub fn seal_ephemeral<S: Storage>(
        &self,
        p: &Provider<'_, S>,
        bytes: &[u8],
    ) -> Result<Vec<u8>, SendError> {
        if bytes.len() > EPHEMERAL_BYTES - EPHEMERAL_OVERHEAD {
            return Err(SendError::TooLong);
        }
        let key = self.export(p.crypto, lobby::EPHEMERAL).map_err(SendError::library)?;
        lobby::seal(p.crypto, &key, bytes, self.id().as_bytes())
            .ok_or_else(|| SendError::library("sealing failed"))
    }

    /// Opens a hint of the present epoch.
    pub fn open_ephemeral<S: Storage>(&self, p: &Provider<'_, S>, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes.len() > EPHEMERAL_BYTES || !self.group.is_active() {
            return None;
        }
        let key = self.export(p.crypto, lobby::EPHEMERAL).ok()?;
        lobby::open(p.crypto, &key, bytes, self.id().as_bytes())
    }
}

/// Seals a message in a group's present epoch.
pub(super) fn seal<S: Storage>(
    p: &Provider<'_, S>,
    group: &mut MlsGroup,
    signer: &LeafKey,
    claim: &Claim,
    content: &Content,
) -> Result<Vec<u8>, SendError> {
    let mut plain = content.encode()?;
    if !padding::to_bucket(&mut plain) {
        return Err(ContentError::TooLong.into());
    }
    seal_padded(p, group, signer, claim, plain)
}

pub(super) fn seal_padded<S: Storage>(
    p: &Provider<'_, S>,
    group: &mut MlsGroup,
    signer: &LeafKey,
    claim: &Claim,
    plain: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, SendError> {
    group.set_aad(claim::encode(claim, None));
    let message = group.create_message(p, signer, &plain).map_err(SendError::library)?;
    drop(plain);
    message.to_bytes().map_err(SendError::library)
}

/// Nonce and tag.
const EPHEMERAL_OVERHEAD: usize = lobby::NONCE + 16;
