//! Founding a room.

use keyroom_types::limits::HYBRID_MEMBERS;
use keyroom_types::{PassKey, RoomId};
use openmls::prelude::{MlsGroup, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, SignatureScheme};
use openmls_basic_credential::SignatureKeyPair;

use super::{CommitError, Room, capabilities, group_id, ratchet};
use crate::leaf::{LeafInfo, is_name_that_fits};
use crate::state::{CLASSICAL, HYBRID};
use crate::validity::unlimited;
use crate::{Entrance, Fault, Identity, Policy, Provider, Storage, credential};

/// A new room.
#[derive(Debug)]
pub struct Founding<'a> {
    /// Its name at the relay, drawn at random.
    pub room: RoomId,
    /// Who founds it.
    pub identity: &'a Identity,
    /// The founder's pass, fresh.
    pub pass: PassKey,
    /// The founder's name.
    pub name: String,
    /// Its first policy, which names the founder as an admin. Its declared size decides the suite for good.
    pub policy: Policy,
}

impl Room {
    /// Founds a room. It is at epoch 0, before the first envelope of its log.
    pub fn create<S: Storage>(p: &Provider<'_, S>, founding: Founding<'_>) -> Result<Self, CommitError> {
        let Founding { room, identity, pass, name, policy } = founding;
        if !is_name_that_fits(&name) {
            return Err(CommitError::Name);
        }
        if !policy.is_admin(&identity.key()) {
            return Err(CommitError::Invalid(Fault::NoAdmin));
        }
        let suite = if policy.max_members <= HYBRID_MEMBERS { HYBRID } else { CLASSICAL };
        let signer = SignatureKeyPair::new(SignatureScheme::ED25519).map_err(CommitError::library)?;
        signer.store(p.storage).map_err(CommitError::library)?;
        let info = LeafInfo { pass, entrance: Entrance::Founder, replaces: None, name };
        let group = MlsGroup::builder()
            .with_group_id(group_id(&room))
            .ciphersuite(suite)
            .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .padding_size(0)
            .max_past_epochs(0)
            .number_of_resumption_psks(0)
            .use_ratchet_tree_extension(true)
            .sender_ratchet_configuration(ratchet())
            .lifetime(unlimited())
            .with_capabilities(capabilities(suite))
            .with_leaf_node_extensions(info.extensions())
            .map_err(CommitError::library)?
            .with_group_context_extensions(policy.extensions()?)
            .build(p, &signer, credential::issue(identity, &room, signer.public()))
            .map_err(CommitError::library)?;
        Ok(Self::of(p, group)?)
    }
}
