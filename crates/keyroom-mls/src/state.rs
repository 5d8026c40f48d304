//! The room at one epoch, decoded once: policy and members. Messages look up their sender here and decode nothing.

use std::collections::BTreeMap;

use keyroom_types::{PassKey, RoomId};
use openmls::prelude::{Ciphersuite, LeafNode, LeafNodeIndex, PublicGroup};

use crate::credential;
use crate::leaf::{LeafInfo, Replaces};
use crate::{Member, Policy};

/// Policy and members of one epoch.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) room: RoomId,
    pub(crate) hybrid: bool,
    pub(crate) policy: Policy,
    pub(crate) seats: BTreeMap<u32, Seat>,
}

/// A member and the key that its leaf signs with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seat {
    pub(crate) member: Member,
    pub(crate) key: Vec<u8>,
}

impl Seat {
    fn of(index: u32, leaf: &LeafNode, policy: &Policy, me: Option<u32>) -> Option<Self> {
        let (identity, _) = credential::claimed(leaf.credential())?;
        let info = LeafInfo::of(leaf)?;
        let admin = policy.is_admin(&identity);
        let member = member(index, identity, info, admin, me == Some(index));
        Some(Self { member, key: leaf.signature_key().as_slice().to_vec() })
    }

    /// The leaf's content, as it must stay but for the name.
    pub(crate) fn info(&self) -> LeafInfo {
        LeafInfo {
            pass: self.member.pass,
            entrance: self.member.entrance,
            replaces: self.member.replaces.map(Replaces),
            name: self.member.name.clone(),
        }
    }
}

pub(crate) fn member(
    leaf: u32,
    identity: keyroom_types::IdentityKey,
    info: LeafInfo,
    admin: bool,
    me: bool,
) -> Member {
    Member {
        leaf,
        identity,
        pass: info.pass,
        name: info.name,
        entrance: info.entrance,
        replaces: info.replaces.map(|Replaces(pass)| pass),
        admin,
        me,
    }
}

impl State {
    /// Decodes a group that was checked when its parts came in. `None`: it is no room.
    pub(crate) fn of(group: &PublicGroup, me: Option<LeafNodeIndex>) -> Option<Self> {
        let room = RoomId::from_slice(group.group_id().as_slice())?;
        let hybrid = is_hybrid(group.ciphersuite())?;
        let policy = Policy::of(group.group_context().extensions())?;
        let me = me.map(|leaf| leaf.u32());
        let seats = leaves(group)
            .map(|(index, leaf)| Some((index, Seat::of(index, leaf, &policy, me)?)))
            .collect::<Option<_>>()?;
        Some(Self { room, hybrid, policy, seats })
    }

    /// Like [`State::of`] for a group that a stranger gave us: checks what members check as each leaf comes in.
    pub(crate) fn checked(group: &PublicGroup, me: Option<LeafNodeIndex>) -> Option<Self> {
        let state = Self::of(group, me)?;
        let signed = leaves(group).all(|(_, leaf)| {
            credential::claimed(leaf.credential()).is_some_and(|(identity, signature)| {
                credential::holds(&identity, &signature, &state.room, leaf.signature_key().as_slice())
            })
        });
        let mut passes: Vec<_> = state.seats.values().map(|seat| seat.member.pass).collect();
        passes.sort_unstable();
        passes.dedup();
        let fits = passes.len() == state.seats.len() && state.seats.values().any(|seat| seat.member.admin);
        (signed && fits).then_some(state)
    }

    pub(crate) fn by_pass(&self, pass: &PassKey) -> Option<&Seat> {
        self.seats.values().find(|seat| seat.member.pass == *pass)
    }

    /// Whether another leaf of the same identity says that it came in this one's place.
    pub(crate) fn is_replaced(&self, seat: &Seat) -> bool {
        self.seats.values().any(|other| {
            other.member.replaces == Some(seat.member.pass) && other.member.identity == seat.member.identity
        })
    }
}

fn leaves(group: &PublicGroup) -> impl Iterator<Item = (u32, &LeafNode)> {
    group.members().filter_map(|member| Some((member.index.u32(), group.leaf(member.index)?)))
}

/// The suites of rooms; no other is one.
pub(crate) fn is_hybrid(suite: Ciphersuite) -> Option<bool> {
    match suite {
        HYBRID => Some(true),
        CLASSICAL => Some(false),
        _ => None,
    }
}

pub(crate) const HYBRID: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;
pub(crate) const CLASSICAL: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;
