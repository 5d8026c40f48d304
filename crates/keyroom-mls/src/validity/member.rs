//! Rules for members' commits: who may do what. Attack matrix rows 16, 19, 21 and 29.

use std::collections::BTreeSet;

use keyroom_types::limits::HYBRID_MEMBERS;

use super::{NewLeaf, Part, Parts, check_new_leaf};
use crate::leaf::LeafInfo;
use crate::state::{Seat, State};
use crate::{Entrance, Fault, Policy};

pub(super) fn judge(before: &State, leaf: u32, parts: &Parts) -> Result<(), Fault> {
    let author = before.seats.get(&leaf).ok_or(Fault::Mls)?;
    if let Some(path) = &parts.path {
        check_path(author, path)?;
    }
    let change = Change::of(before, &parts.proposals)?;
    let may_all = author.member.admin;
    change.check_added(before, may_all)?;
    let after = change.policy.unwrap_or(&before.policy);
    check_removed(before, &change, after, may_all)?;
    if !may_all && change.policy.is_some_and(|after| Some(after) != counted(before, &change).as_ref()) {
        return Err(Fault::NotAdmin);
    }
    check_doors(before, &change, after)?;
    check_size(before, &change, after)?;
    change.keeps_admin(before, after)
}

/// What the proposals add up to.
struct Change<'a> {
    added: Vec<(&'a NewLeaf, bool)>,
    removed: Vec<&'a Seat>,
    policy: Option<&'a Policy>,
}

impl<'a> Change<'a> {
    fn of(before: &'a State, proposals: &'a [Part]) -> Result<Self, Fault> {
        let mut change = Self { added: Vec::new(), removed: Vec::new(), policy: None };
        let mut gone = BTreeSet::new();
        for proposal in proposals {
            match proposal {
                Part::Add { leaf, unlimited } => change.added.push((leaf, *unlimited)),
                Part::Remove(leaf) if gone.insert(*leaf) => {
                    change.removed.push(before.seats.get(leaf).ok_or(Fault::Mls)?);
                }
                Part::Context(policy) if change.policy.is_none() => {
                    change.policy = Some(policy.as_ref().ok_or(Fault::Policy)?);
                }
                _ => return Err(Fault::Proposal),
            }
        }
        Ok(change)
    }

    fn check_added(&self, before: &State, may_all: bool) -> Result<(), Fault> {
        if !self.added.is_empty() && !may_all {
            return Err(Fault::NotAdmin);
        }
        let mut seen = BTreeSet::new();
        for (leaf, unlimited) in &self.added {
            check_new_leaf(before, leaf)?;
            let info = leaf.info.as_ref().ok_or(Fault::Leaf)?;
            if info.entrance != Entrance::Added || info.replaces.is_some() {
                return Err(Fault::Entrance);
            }
            if !unlimited {
                return Err(Fault::Lifetime);
            }
            if !seen.insert(info.pass.as_bytes().to_vec()) || !seen.insert(leaf.key.clone()) {
                return Err(Fault::Repeated);
            }
        }
        Ok(())
    }

    /// Leaves that are removed and carry this door's name.
    fn removed_through(&self, entrance: Entrance) -> u32 {
        let count = self.removed.iter().filter(|seat| seat.member.entrance == entrance).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn keeps_admin(&self, before: &State, after: &Policy) -> Result<(), Fault> {
        let stays = |seat: &&Seat| !self.removed.iter().any(|gone| gone.member.leaf == seat.member.leaf);
        let mut staying = before.seats.values().filter(stays).map(|seat| seat.member.identity);
        let mut coming =
            self.added.iter().filter_map(|(leaf, _)| leaf.credential).map(|(identity, _)| identity);
        if staying.any(|identity| after.is_admin(&identity))
            || coming.any(|identity| after.is_admin(&identity))
        {
            Ok(())
        } else {
            Err(Fault::NoAdmin)
        }
    }
}

/// Under a leaf only the name may change, and keys that nobody is known by.
fn check_path(author: &Seat, path: &NewLeaf) -> Result<(), Fault> {
    let info = path.info.as_ref().ok_or(Fault::Leaf)?;
    let same = LeafInfo { name: info.name.clone(), ..author.info() } == *info
        && path.key == author.key
        && path.credential.as_ref().is_some_and(|(identity, _)| *identity == author.member.identity);
    if same { Ok(()) } else { Err(Fault::LeafChanged) }
}

fn check_removed(before: &State, change: &Change<'_>, after: &Policy, may_all: bool) -> Result<(), Fault> {
    if change.removed.iter().all(|seat| before.is_replaced(seat)) {
        return Ok(());
    }
    if !may_all {
        return Err(Fault::NotAdmin);
    }
    // Whoever is removed knows the keys of the doors. Attack matrix row 29.
    let left_open = before.policy.doors.iter().any(|old| after.door(&old.door.id).is_some());
    if left_open { Err(Fault::DoorLeftOpen) } else { Ok(()) }
}

/// The policy before, with the removed leaves counted as spent. `None` where none of them counts.
pub(crate) fn counted_policy(before: &State, leaves: &[u32]) -> Option<Policy> {
    let proposals: Vec<Part> = leaves.iter().map(|leaf| Part::Remove(*leaf)).collect();
    counted(before, &Change::of(before, &proposals).ok()?)
}

fn counted(before: &State, change: &Change<'_>) -> Option<Policy> {
    let mut policy = before.policy.clone();
    for open in &mut policy.doors {
        open.spent = open.spent.saturating_add(change.removed_through(Entrance::Door(open.door.id)));
    }
    (policy != before.policy).then_some(policy)
}

/// A door that stays keeps its keys, and its uses stay counted: else a removal would give them back.
fn check_doors(before: &State, change: &Change<'_>, after: &Policy) -> Result<(), Fault> {
    for open in &after.doors {
        let Some(old) = before.policy.door(&open.door.id) else { continue };
        if old.door != open.door {
            return Err(Fault::DoorChanged);
        }
        let least = old.spent.saturating_add(change.removed_through(Entrance::Door(open.door.id)));
        if open.spent < least {
            return Err(Fault::Spent);
        }
    }
    Ok(())
}

fn check_size(before: &State, change: &Change<'_>, after: &Policy) -> Result<(), Fault> {
    let members = (before.seats.len() + change.added.len()).saturating_sub(change.removed.len());
    let fits = u32::try_from(members).is_ok_and(|members| members <= after.max_members);
    let bears = !before.hybrid || after.max_members <= HYBRID_MEMBERS;
    if fits && bears { Ok(()) } else { Err(Fault::TooMany) }
}
