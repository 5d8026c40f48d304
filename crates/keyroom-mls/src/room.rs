//! A sealed room, seen by one member.

mod commit;
mod create;
mod enter;
mod error;
mod join;
mod leaf_key;
mod note;
mod open;
mod own;
mod send;
mod tree;

use std::fmt;

use keyroom_types::{Chain, Cursor, IdentityKey, PassKey, RoomId, SignedHead};
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, GroupId, MlsGroup, MlsGroupJoinConfig,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, PastEpochDeletion, ProtocolVersion, SenderRatchetConfiguration,
};
use zeroize::Zeroizing;

use crate::leaf::LEAF;
use crate::lobby::{self, SealKey};
use crate::policy::POLICY;
use crate::state::State;
use crate::{Blob, Claim, Code, Crypto, Entrance, Member, Pins, Policy, Provider, Storage, blob, room_code};

pub use commit::{Commit, Intent};
pub use create::Founding;
pub use error::{CommitError, JoinError, LoadError, OpenError, SendError};
pub use join::{Join, Joined, OldPass};
pub use open::Check;

use leaf_key::LeafKey;

/// Where the author of an envelope stands: it goes into the authenticated data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// What it has taken of the log.
    pub cursor: Cursor,
    /// The newest signed head that it has.
    pub head: Option<SignedHead>,
}

impl Standing {
    pub(crate) fn claim(&self, room: RoomId) -> Claim {
        Claim {
            room,
            based_on: self.cursor.newest_commit,
            newest: (self.cursor.seq, self.cursor.chain),
            head: self.head,
        }
    }
}

/// A room as one of its members. Its secrets are the MLS library's, in the caller's storage and in here.
///
/// After a transaction that was rolled back it is ahead of its storage: drop it and [`Room::load`] it again.
pub struct Room {
    group: MlsGroup,
    signer: LeafKey,
    state: State,
    own: Member,
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Room({}, epoch {}, {} members)", self.id(), self.epoch(), self.state.seats.len())
    }
}

impl Room {
    /// The room as it was stored last, if it was.
    pub fn load<S: Storage>(p: &Provider<'_, S>, room: &RoomId) -> Result<Option<Self>, LoadError> {
        let group = MlsGroup::load(p.storage, &group_id(room)).map_err(LoadError::storage)?;
        group.map(|group| Self::of(p, group)).transpose()
    }

    fn of<S: Storage>(p: &Provider<'_, S>, group: MlsGroup) -> Result<Self, LoadError> {
        let own = group.own_leaf_index();
        let active = group.is_active().then_some(own);
        let state = State::of(group.public_group(), active).ok_or(LoadError::NoRoom)?;
        // A room that we were removed from has no leaf of ours, but can still be shown.
        let key = group.own_leaf_node().map_or(&[][..], |leaf| leaf.signature_key().as_slice());
        let signer = match LeafKey::read(p.storage, key) {
            Some(signer) => signer,
            None if !group.is_active() => LeafKey::gone(),
            None => return Err(LoadError::NoKey),
        };
        let own = state.seats.get(&own.u32()).map_or_else(nobody, |seat| seat.member.clone());
        Ok(Self { group, signer, state, own })
    }

    /// Forgets the group and its keys in the storage.
    pub fn delete<S: Storage>(mut self, p: &Provider<'_, S>) -> Result<(), LoadError> {
        self.group.delete(p.storage).map_err(LoadError::storage)?;
        note::forget(p.storage, &self.id()).map_err(LoadError::storage)?;
        LeafKey::delete(p.storage, &self.signer.public()).map_err(LoadError::storage)
    }

    /// Writes the secrets that move on with every message: for a storage that leaves them out while a run of messages is
    /// opened or sealed. Nothing else changes.
    pub fn store_secrets<S: Storage>(&mut self, p: &Provider<'_, S>) -> Result<(), LoadError> {
        // The library's call that writes them and nothing else; of past epochs it has none.
        self.group.delete_past_epoch_secrets(p, PastEpochDeletion::delete_all()).map_err(LoadError::storage)
    }

    /// The room's name at its relay.
    pub fn id(&self) -> RoomId {
        self.state.room
    }

    /// Counts the commits since the room was founded.
    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }

    /// Whether we are still a member.
    pub fn is_active(&self) -> bool {
        self.group.is_active()
    }

    /// The policy of this epoch.
    pub fn policy(&self) -> &Policy {
        &self.state.policy
    }

    /// Everybody in the room, by place in the tree.
    pub fn members(&self) -> Vec<Member> {
        self.state.seats.values().map(|seat| seat.member.clone()).collect()
    }

    /// Whether a blob is of the epoch that this group is in, and of no other group.
    pub fn is_of_this_epoch(&self, blob: &Blob) -> bool {
        self.group.public_group().group_context() == &blob.context
    }

    /// How many they are.
    pub fn member_count(&self) -> usize {
        self.state.seats.len()
    }

    /// The member at this place of the tree.
    pub fn member(&self, leaf: u32) -> Option<Member> {
        self.state.seats.get(&leaf).map(|seat| seat.member.clone())
    }

    /// Ourselves; after a removal as we were, as long as the room is not loaded anew.
    pub fn me(&self) -> Member {
        self.own.clone()
    }

    /// Whether the messages stay secret if X25519 falls: the suite is hybrid.
    pub fn is_hybrid(&self) -> bool {
        self.state.hybrid
    }

    /// The MLS suite's name, for the inspector.
    pub fn suite_name(&self) -> &'static str {
        if self.state.hybrid {
            "MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519"
        } else {
            "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
        }
    }

    /// Whether a commit of ours waits to be merged or abandoned.
    pub fn has_pending(&self) -> bool {
        self.group.pending_commit().is_some()
    }

    /// The code that members of this epoch compare. `last_commit` is the chain's value at the commit that began it.
    pub fn room_code(&self, last_commit: &Chain) -> Code {
        room_code(self.group.epoch_authenticator().as_slice(), last_commit)
    }

    /// The blob of the present epoch, for a first state or to republish. `standing.cursor` is the place that it names.
    pub fn blob<S: Storage>(
        &self,
        p: &Provider<'_, S>,
        standing: &Standing,
        pins: &Pins,
    ) -> Result<Vec<u8>, CommitError> {
        let message =
            self.group.export_group_info(&p.crypto.0, &self.signer, true).map_err(CommitError::library)?;
        let openmls::prelude::MlsMessageBodyOut::GroupInfo(group_info) = message.body() else {
            return Err(CommitError::Library("no GroupInfo".to_owned()));
        };
        let group_info = group_info.tls_serialize_detached().map_err(CommitError::library)?;
        let lobby = self.export(p.crypto, lobby::LOBBY)?;
        seal_blob(p.crypto, &self.state, standing, pins, &lobby, &group_info)
    }

    fn export(&self, crypto: &Crypto, label: &str) -> Result<SealKey, CommitError> {
        let secret = self.group.export_secret(&crypto.0, label, self.id().as_bytes(), KEY);
        seal_key(&Zeroizing::new(secret.map_err(CommitError::library)?))
    }

    /// Decodes policy and members anew: the epoch has changed.
    fn refresh(&mut self) -> bool {
        let own = self.group.is_active().then(|| self.group.own_leaf_index());
        let Some(state) = State::of(self.group.public_group(), own) else { return false };
        self.state = state;
        if let Some(seat) = own.and_then(|own| self.state.seats.get(&own.u32())) {
            self.own = seat.member.clone();
        }
        true
    }
}

/// Seals a blob for the doors of `state`'s policy. Whether a door has expired is judged by the standing's time.
fn seal_blob(
    crypto: &Crypto,
    state: &State,
    standing: &Standing,
    pins: &Pins,
    lobby: &SealKey,
    group_info: &[u8],
) -> Result<Vec<u8>, CommitError> {
    let cursor = standing.cursor;
    let contents = blob::Contents { room: state.room, cursor, pins, lobby, group_info };
    let open = state.policy.doors.iter().filter(|open| open.is_open_at(cursor.time));
    blob::seal(crypto, &contents, open.map(|open| &open.door)).ok_or(CommitError::TooLarge)
}

fn seal_key(bytes: &[u8]) -> Result<SealKey, CommitError> {
    let key = bytes.try_into().map_err(|_| CommitError::Library("a key of another length".to_owned()))?;
    Ok(Zeroizing::new(key))
}

fn group_id(room: &RoomId) -> GroupId {
    GroupId::from_slice(room.as_bytes())
}

/// Stands for ourselves in a room that we were removed from and that was loaded anew: the tree has forgotten us.
fn nobody() -> Member {
    Member {
        leaf: u32::MAX,
        identity: IdentityKey::from_bytes([0; 32]),
        pass: PassKey::from_bytes([0; 32]),
        name: String::new(),
        entrance: Entrance::Added,
        replaces: None,
        admin: false,
        me: true,
    }
}

/// How every member of a room runs its group.
fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .padding_size(0)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(ratchet())
        .build()
}

/// The log brings everything in order, so hardly a key has to wait; gaps come from envelopes that were never appended.
fn ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(1, 1_000)
}

pub(crate) fn capabilities(suite: Ciphersuite) -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![suite])
        .extensions(vec![ExtensionType::Unknown(POLICY), ExtensionType::Unknown(LEAF)])
        .credentials(vec![CredentialType::Basic])
        .build()
}

/// Length of an exported key.
const KEY: usize = 32;

#[cfg(test)]
mod faults;
