//! Making a commit, with the messages that follow it.

mod intent;

use keyroom_types::limits::COMMIT_BYTES;
use keyroom_types::{EnvelopeId, Header, Kind, PassKey, Timestamp};
use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{CommitMessageBundle, LeafNodeParameters, MlsGroup, OpenMlsProvider as _, Sender};
use openmls_traits::crypto::OpenMlsCrypto as _;
use zeroize::Zeroizing;

use super::{CommitError, Pins, Room, Standing, note, seal_blob, seal_key, send};
use crate::state::State;
use crate::validity::{self, Parts};
use crate::{Claim, Content, Crypto, OpenKnock, Provider, Storage, claim, lobby, padding};

pub use intent::Intent;
use intent::Plan;

/// A commit that is made and pending. Nothing of the group has moved yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    /// The envelope's body.
    pub body: Vec<u8>,
    /// The new epoch's blob. `None` where newcomers need approval.
    pub blob: Option<Vec<u8>>,
    /// Sealed welcomes of those whom it adds, by their pass.
    pub welcomes: Vec<(PassKey, Vec<u8>)>,
    /// Bodies of the messages of the new epoch that were asked for, in order.
    pub followers: Vec<Vec<u8>>,
    /// The new epoch.
    pub epoch: u64,
}

impl Room {
    /// Makes a commit, judged as the others will judge it. `header_time` is the newest time of the log that is known.
    pub fn commit<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        standing: &Standing,
        header_time: Timestamp,
        intent: Intent,
        followers: &[Content],
        pins: &Pins,
    ) -> Result<Commit, CommitError> {
        if !self.group.is_active() {
            return Err(CommitError::Over);
        }
        if self.has_pending() {
            return Err(CommitError::Pending);
        }
        let plan = Plan::of(&self.state, &self.own, intent)?;
        let claim = standing.claim(self.id());
        let made = self.stage(p, &claim, &plan).and_then(|bundle| {
            self.check_pending(&claim, header_time)?;
            self.finish(p, standing, &claim, &plan, &bundle, followers, pins)
        });
        if made.is_err() {
            self.abandon(p)?;
        }
        made
    }

    /// Takes the pending commit back: it was displaced, or skipped.
    pub fn abandon<S: Storage>(&mut self, p: &Provider<'_, S>) -> Result<(), CommitError> {
        self.group.clear_pending_commit(p.storage).map_err(CommitError::library)?;
        note::forget(p.storage, &self.id()).map_err(CommitError::library)
    }

    fn stage<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        claim: &Claim,
        plan: &Plan,
    ) -> Result<CommitMessageBundle, CommitError> {
        let authenticated = claim::encode(claim, None);
        note::write(p.storage, &self.state.room, &authenticated).map_err(CommitError::library)?;
        self.group.set_aad(authenticated);
        let suite = self.group.ciphersuite();
        let mut builder = self
            .group
            .commit_builder()
            .consume_proposal_store(false)
            .force_self_update(true)
            .propose_removals(plan.removed.iter().map(|leaf| openmls::prelude::LeafNodeIndex::new(*leaf)))
            .propose_adds(plan.knocks.iter().map(|knock| knock.package(suite).clone()));
        if let Some(policy) = &plan.policy {
            builder = builder
                .propose_group_context_extensions(policy.extensions()?)
                .map_err(CommitError::library)?;
        }
        if let Some(info) = &plan.leaf {
            let leaf = LeafNodeParameters::builder().with_extensions(info.extensions()).build();
            builder = builder.leaf_node_parameters(leaf);
        }
        let builder = builder.load_psks(p.storage).map_err(CommitError::library)?;
        let builder = builder.create_group_info(!plan.after(&self.state).approval);
        let built = builder.build(p.rand(), p.crypto(), &self.signer, |_| true);
        built.map_err(CommitError::library)?.stage_commit(p).map_err(CommitError::library)
    }

    /// What the others will find.
    fn check_pending(&self, claim: &Claim, time: Timestamp) -> Result<(), CommitError> {
        let header = Header {
            seq: claim.newest.0.next(),
            time,
            kind: Kind::Commit,
            based_on: claim.based_on,
            envelope: EnvelopeId::from_bytes([0; 16]),
            pass: self.own.pass,
        };
        let parts = self.pending_parts(&claim::encode(claim, None)).ok_or(CommitError::Nothing)?;
        validity::judge(&self.state, &parts, &header)
            .map(|_| ())
            .map_err(|skipped| CommitError::Invalid(skipped.fault))
    }

    pub(super) fn pending_parts(&self, authenticated: &[u8]) -> Option<Parts> {
        let sender = Sender::Member(self.group.own_leaf_index());
        Parts::of(&sender, self.group.pending_commit()?, authenticated)
    }

    #[allow(clippy::too_many_arguments)] // All of what a commit consists of.
    fn finish<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        standing: &Standing,
        claim: &Claim,
        plan: &Plan,
        bundle: &CommitMessageBundle,
        followers: &[Content],
        pins: &Pins,
    ) -> Result<Commit, CommitError> {
        let body = bundle.commit().to_bytes().map_err(CommitError::library)?;
        if body.len() > COMMIT_BYTES {
            return Err(CommitError::TooLarge);
        }
        let blob = match bundle.group_info() {
            Some(group_info) if !plan.after(&self.state).approval => {
                let group_info = group_info.tls_serialize_detached().map_err(CommitError::library)?;
                Some(self.next_blob(p.crypto, standing, plan, pins, &group_info)?)
            }
            _ => None,
        };
        let welcomes = match bundle.to_welcome_msg() {
            Some(welcome) => {
                let welcome = welcome.to_bytes().map_err(CommitError::library)?;
                self.seal_welcomes(p.crypto, &plan.knocks, &welcome)?
            }
            None => Vec::new(),
        };
        let followers = self.follow(p, claim, followers)?;
        Ok(Commit { body, blob, welcomes, followers, epoch: self.epoch() + 1 })
    }

    /// The blob of the epoch that the pending commit begins.
    fn next_blob(
        &self,
        crypto: &Crypto,
        standing: &Standing,
        plan: &Plan,
        pins: &Pins,
        group_info: &[u8],
    ) -> Result<Vec<u8>, CommitError> {
        let pending = self.group.pending_commit().ok_or(CommitError::Nothing)?;
        let secret = pending
            .export_secret(&crypto.0, lobby::LOBBY, self.state.room.as_bytes(), super::KEY)
            .map(Zeroizing::new)
            .map_err(CommitError::library)?;
        let lobby = seal_key(&secret)?;
        let next = State {
            room: self.state.room,
            hybrid: self.state.hybrid,
            policy: plan.after(&self.state).clone(),
            seats: std::collections::BTreeMap::new(),
        };
        seal_blob(crypto, &next, standing, pins, &lobby, group_info)
    }

    /// Each welcome is sealed once more to the newcomer's own key: the relay learns no key package's name.
    fn seal_welcomes(
        &self,
        crypto: &Crypto,
        knocks: &[OpenKnock],
        welcome: &[u8],
    ) -> Result<Vec<(PassKey, Vec<u8>)>, CommitError> {
        let suite = self.group.ciphersuite();
        let seal = |knock: &OpenKnock| {
            let mut plain = Vec::with_capacity(padding::large(welcome.len() + 1));
            plain.extend(welcome);
            padding::to_multiple(&mut plain, 1);
            let padded = padding::large(plain.len());
            plain.resize(padded, 0);
            let init = knock.package(suite).hpke_init_key().as_slice();
            let info = super::enter::seal_info(&self.state.room);
            let sealed = crypto
                .0
                .hpke_seal(suite.hpke_config(), init, &info, &[], &plain)
                .map_err(CommitError::library)?;
            let kem = sealed.kem_output.as_slice();
            let length = u16::try_from(kem.len()).map_err(|_| CommitError::TooLarge)?;
            Ok((knock.pass, [&length.to_be_bytes(), kem, sealed.ciphertext.as_slice()].concat()))
        };
        knocks.iter().map(seal).collect()
    }

    /// Messages of the epoch that the pending commit begins, made on a copy of the group that is then forgotten.
    fn follow<S: Storage>(
        &self,
        p: &Provider<'_, S>,
        claim: &Claim,
        contents: &[Content],
    ) -> Result<Vec<Vec<u8>>, CommitError> {
        if contents.is_empty() {
            return Ok(Vec::new());
        }
        let work = || {
            let mut copy = MlsGroup::load(p.storage, self.group.group_id())
                .map_err(CommitError::library)?
                .ok_or_else(|| CommitError::library("the group is not stored"))?;
            copy.merge_pending_commit(p).map_err(CommitError::library)?;
            let one = |content| send::seal(p, &mut copy, &self.signer, claim, content);
            contents.iter().map(one).collect::<Result<Vec<_>, _>>().map_err(CommitError::from)
        };
        p.storage.scratch(work).map_err(CommitError::library)?
    }
}
