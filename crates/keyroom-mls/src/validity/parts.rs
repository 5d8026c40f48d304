//! What validity looks at in a commit, read from the library's form of it.

use keyroom_types::{IdentityKey, RoomId, Signature};
use openmls::prelude::{
    LeafNode, Lifetime, Proposal, ProposalOrRefType, QueuedProposal, Sender, StagedCommit,
};

use crate::claim::{self, JoinClaim};
use crate::leaf::LeafInfo;
use crate::{Claim, Policy, credential};

/// A commit, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) author: Author,
    pub(crate) proposals: Vec<Part>,
    /// The author's new leaf.
    pub(crate) path: Option<NewLeaf>,
    /// Its authenticated data, if it can be read.
    pub(crate) claim: Option<(Claim, Option<JoinClaim>)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Author {
    Member(u32),
    Newcomer,
}

/// One proposal.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Add {
        leaf: NewLeaf,
        unlimited: bool,
    },
    Remove(u32),
    /// A new group context; `None` where it is no room's.
    Context(Option<Policy>),
    ExternalInit,
    /// What no commit may carry.
    Other,
}

/// A leaf that comes with a commit.
#[derive(Clone, Debug)]
pub(crate) struct NewLeaf {
    pub(crate) key: Vec<u8>,
    pub(crate) credential: Option<(IdentityKey, Signature)>,
    pub(crate) info: Option<LeafInfo>,
}

impl NewLeaf {
    pub(crate) fn of(leaf: &LeafNode) -> Self {
        Self {
            key: leaf.signature_key().as_slice().to_vec(),
            credential: credential::claimed(leaf.credential()),
            info: LeafInfo::of(leaf),
        }
    }

    pub(crate) fn is_proven(&self, room: &RoomId) -> bool {
        self.credential
            .as_ref()
            .is_some_and(|(identity, signature)| credential::holds(identity, signature, room, &self.key))
    }
}

impl Parts {
    /// A commit that the library staged, with its signed authenticated data. `None`: a sender that no commit has.
    pub(crate) fn of(sender: &Sender, commit: &StagedCommit, authenticated: &[u8]) -> Option<Self> {
        let author = match sender {
            Sender::Member(leaf) => Author::Member(leaf.u32()),
            Sender::NewMemberCommit => Author::Newcomer,
            Sender::External(_) | Sender::NewMemberProposal => return None,
        };
        Some(Self {
            author,
            proposals: commit.queued_proposals().map(part).collect(),
            path: commit.update_path_leaf_node().map(NewLeaf::of),
            claim: claim::decode(authenticated),
        })
    }
}

fn part(queued: &QueuedProposal) -> Part {
    if queued.proposal_or_ref_type() != ProposalOrRefType::Proposal {
        return Part::Other;
    }
    match queued.proposal() {
        Proposal::Add(add) => {
            let leaf = add.key_package().leaf_node();
            Part::Add { leaf: NewLeaf::of(leaf), unlimited: *add.key_package().life_time() == unlimited() }
        }
        Proposal::Remove(remove) => Part::Remove(remove.removed().u32()),
        Proposal::GroupContextExtensions(context) => Part::Context(Policy::of(context.extensions())),
        Proposal::ExternalInit(_) => Part::ExternalInit,
        _ => Part::Other,
    }
}

/// The lifetime of every leaf: none. A bound would be judged by each member's own clock, and so differently.
pub(crate) fn unlimited() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}
