//! What a member wants to change, and what the commit must hold for it.

use crate::leaf::{LeafInfo, is_name_that_fits};
use crate::state::State;
use crate::validity::counted_policy;
use crate::{CommitError, Member, OpenDoor, OpenKnock, Policy};

/// What a commit is to change.
#[derive(Clone, Debug)]
pub enum Intent {
    /// New key material: the healing after a theft. Perhaps a new name to show.
    SelfUpdate {
        /// The new name.
        name: Option<String>,
    },
    /// An admin removes members: all doors are closed, and this one is opened.
    Remove {
        /// Their places in the tree.
        leaves: Vec<u32>,
        /// The new door, whose key the removed never learn.
        new_door: Option<OpenDoor>,
    },
    /// Any member removes the leaves that others have re-entered for.
    RemoveReplaced,
    /// An admin sets the whole policy.
    Policy(Policy),
    /// An admin lets in who knocked.
    Admit {
        /// The knocks.
        knocks: Vec<OpenKnock>,
    },
}

/// What a commit must hold.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) leaf: Option<LeafInfo>,
    pub(super) removed: Vec<u32>,
    pub(super) policy: Option<Policy>,
    pub(super) knocks: Vec<OpenKnock>,
}

impl Plan {
    pub(super) fn of(state: &State, own: &Member, intent: Intent) -> Result<Self, CommitError> {
        match intent {
            Intent::SelfUpdate { name: None } => Ok(Self::default()),
            Intent::SelfUpdate { name: Some(name) } => {
                if !is_name_that_fits(&name) {
                    return Err(CommitError::Name);
                }
                let seat = state.seats.get(&own.leaf).ok_or(CommitError::Over)?;
                Ok(Self { leaf: Some(LeafInfo { name, ..seat.info() }), ..Self::default() })
            }
            Intent::Remove { leaves, .. } if leaves.is_empty() => Err(CommitError::Nothing),
            Intent::Remove { leaves, new_door } => {
                let policy = Policy { doors: new_door.into_iter().collect(), ..state.policy.clone() };
                let policy = (policy != state.policy).then_some(policy);
                Ok(Self { removed: leaves, policy, ..Self::default() })
            }
            Intent::RemoveReplaced => {
                let seats = state.seats.values();
                let replaced = seats.filter(|seat| seat.member.leaf != own.leaf && state.is_replaced(seat));
                let removed: Vec<u32> = replaced.map(|seat| seat.member.leaf).collect();
                if removed.is_empty() {
                    return Err(CommitError::Nothing);
                }
                let policy = counted_policy(state, &removed);
                Ok(Self { removed, policy, ..Self::default() })
            }
            Intent::Policy(policy) if policy == state.policy => Err(CommitError::Nothing),
            Intent::Policy(policy) => Ok(Self { policy: Some(policy), ..Self::default() }),
            Intent::Admit { knocks } if knocks.is_empty() => Err(CommitError::Nothing),
            Intent::Admit { knocks } => Ok(Self { knocks, ..Self::default() }),
        }
    }

    /// The policy after it.
    pub(super) fn after<'a>(&'a self, before: &'a State) -> &'a Policy {
        self.policy.as_ref().unwrap_or(&before.policy)
    }
}
