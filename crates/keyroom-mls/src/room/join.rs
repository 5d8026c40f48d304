//! Entering through a door, by an external commit that needs no member online.

use std::fmt;

use keyroom_types::limits::COMMIT_BYTES;
use keyroom_types::{EnvelopeId, Header, Kind, PassKey, RoomId, Signature};
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{
    CommitMessageBundle, CredentialWithKey, LeafNodeParameters, MlsGroup, OpenMlsProvider as _,
    SignatureScheme,
};
use openmls_basic_credential::SignatureKeyPair;

use super::{JoinError, Pins, Room, Standing, capabilities, group_id, join_config, seal_blob};
use crate::claim::{self, JoinClaim, join_text};
use crate::delegate::Watched;
use crate::known::Knowing;
use crate::leaf::{LeafInfo, Replaces, is_name_that_fits};
use crate::validity::{self, Author, NewLeaf, Parts};
use crate::{Blob, DoorSecrets, Entrance, Identity, Provider, Storage, credential, lobby};

/// The pass of an earlier leaf, and a function that signs with it (Ed25519).
pub type OldPass<'a> = (PassKey, &'a dyn Fn(&[u8]) -> Signature);

/// The room as it is if the relay appends the join; the envelope's body; the blob that goes with it.
pub type Joined = (Room, Vec<u8>, Option<Vec<u8>>);

/// An entry through a door.
pub struct Join<'a> {
    /// The room.
    pub room: RoomId,
    /// Who enters.
    pub identity: &'a Identity,
    /// A fresh pass.
    pub pass: PassKey,
    /// The name to show.
    pub name: String,
    /// The door.
    pub door: &'a DoorSecrets,
    /// What it opened.
    pub blob: &'a Blob,
    /// Where the newcomer stands: its log reaches to the blob's epoch.
    pub standing: Standing,
    /// Re-entry: the old pass, and a function that signs with it (Ed25519).
    pub replaces: Option<OldPass<'a>>,
    /// For the blob that goes with the join.
    pub pins: Pins,
}

impl fmt::Debug for Join<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Join({}, ..)", self.room)
    }
}

impl Room {
    /// Enters a room: the room as it is if the relay appends it, the envelope's body, and the blob that goes with it. If the
    /// relay refuses, roll back or [`Room::delete`] it and begin again.
    #[allow(clippy::needless_pass_by_value)] // A join is made once.
    pub fn join<S: Storage>(p: &Provider<'_, S>, join: Join<'_>) -> Result<Joined, JoinError> {
        if join.blob.room != join.room {
            return Err(JoinError::OtherRoom);
        }
        if !is_name_that_fits(&join.name) {
            return Err(JoinError::Name);
        }
        if let Some(old) = MlsGroup::load(p.storage, &group_id(&join.room)).map_err(JoinError::library)? {
            Self::of(p, old)?.delete(p)?;
        }
        let signer = SignatureKeyPair::new(SignatureScheme::ED25519).map_err(JoinError::library)?;
        signer.store(p.storage).map_err(JoinError::library)?;
        let issued = credential::issue(join.identity, &join.room, signer.public());
        let info = LeafInfo {
            pass: join.pass,
            entrance: Entrance::Door(join.door.id()),
            replaces: join.replaces.as_ref().map(|(pass, _)| Replaces(*pass)),
            name: join.name.clone(),
        };
        let authenticated = authenticated(&join, signer.public());
        check(&join, &issued, &info, &authenticated)?;
        let (group, bundle) = enter(p, &join, &signer, issued, &info, authenticated)?;
        let room = Self::of(p, group)?;
        let (body, blob) = room.envelope(p, &join, &bundle)?;
        Ok((room, body, blob))
    }

    fn envelope<S: Storage>(
        &self,
        p: &Provider<'_, S>,
        join: &Join<'_>,
        bundle: &CommitMessageBundle,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), JoinError> {
        let commit = bundle.commit().to_bytes().map_err(JoinError::library)?;
        let base = join.standing.cursor.newest_commit;
        let body = lobby::seal_join(p.crypto, &join.blob.lobby, &join.room, base, &commit);
        let body = body.ok_or_else(|| JoinError::library("sealing failed"))?;
        if body.len() > COMMIT_BYTES {
            return Err(JoinError::TooLarge);
        }
        let blob = match bundle.group_info() {
            Some(group_info) if !self.state.policy.approval => {
                let group_info = group_info.tls_serialize_detached().map_err(JoinError::library)?;
                let lobby = self.export(p.crypto, lobby::LOBBY)?;
                Some(seal_blob(p.crypto, &self.state, &join.standing, &join.pins, &lobby, &group_info)?)
            }
            _ => None,
        };
        Ok((body, blob))
    }
}

fn authenticated(join: &Join<'_>, leaf_key: &[u8]) -> Vec<u8> {
    let claim = join.standing.claim(join.room);
    let old = join.replaces.as_ref();
    let text = join_text(&claim, leaf_key, &join.pass, old.map(|(pass, _)| pass));
    let signatures = JoinClaim {
        door: join.door.id(),
        pass: join.pass,
        door_signature: join.door.sign(&text),
        old: old.map(|(pass, sign)| (*pass, sign(&text))),
    };
    claim::encode(&claim, Some(&signatures))
}

/// What the members will find, before anything is made.
fn check(
    join: &Join<'_>,
    issued: &CredentialWithKey,
    info: &LeafInfo,
    authenticated: &[u8],
) -> Result<(), JoinError> {
    let leaf = NewLeaf {
        key: issued.signature_key.as_slice().to_vec(),
        credential: credential::claimed(&issued.credential),
        info: Some(info.clone()),
    };
    let cursor = join.standing.cursor;
    let header = Header {
        seq: cursor.seq.next(),
        time: cursor.time,
        kind: Kind::Join,
        based_on: cursor.newest_commit,
        envelope: EnvelopeId::from_bytes([0; 16]),
        pass: join.pass,
    };
    let parts = Parts {
        author: Author::Newcomer,
        proposals: vec![validity::Part::ExternalInit],
        path: Some(leaf),
        claim: claim::decode(authenticated),
    };
    validity::judge(&join.blob.state, &parts, &header)
        .map(|_| ())
        .map_err(|skipped| JoinError::Refused(skipped.fault))
}

fn enter<S: Storage>(
    p: &Provider<'_, S>,
    join: &Join<'_>,
    signer: &SignatureKeyPair,
    issued: CredentialWithKey,
    info: &LeafInfo,
    authenticated: Vec<u8>,
) -> Result<(MlsGroup, CommitMessageBundle), JoinError> {
    let leaf = LeafNodeParameters::builder()
        .with_capabilities(capabilities(join.blob.context.ciphersuite()))
        .with_extensions(info.extensions())
        .build();
    // The tree is the one of the blob, whose signatures were checked when it was opened.
    let knowing = Knowing { inner: &p.crypto.0, known: &join.blob.known };
    let p = &Watched { inner: p, crypto: &knowing };
    MlsGroup::external_commit_builder()
        .with_config(join_config())
        .with_aad(authenticated)
        .skip_lifetime_validation()
        .build_group(p, join.blob.group_info.clone(), issued)
        .map_err(JoinError::library)?
        .leaf_node_parameters(leaf)
        .load_psks(p.storage())
        .map_err(JoinError::library)?
        .build(p.rand(), p.crypto(), signer, |_| true)
        .map_err(JoinError::library)?
        .finalize(p)
        .map_err(JoinError::library)
}
