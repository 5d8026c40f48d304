//! Rules for external commits: who comes in, through which door. Attack matrix rows 13, 31, 32 and 33.

use keyroom_types::Timestamp;

use super::{NewLeaf, Part, Parts, check_new_leaf};
use crate::claim::{JoinClaim, join_text};
use crate::identity::is_signed;
use crate::leaf::{LeafInfo, Replaces};
use crate::state::State;
use crate::{Claim, Entrance, Fault, OpenDoor};

pub(super) fn judge(
    before: &State,
    parts: &Parts,
    claim: &Claim,
    join: &JoinClaim,
    time: Timestamp,
) -> Result<(), Fault> {
    proposals(&parts.proposals)?;
    let leaf = parts.path.as_ref().ok_or(Fault::Mls)?;
    let info = leaf.info.as_ref().ok_or(Fault::Leaf)?;
    check_new_leaf(before, leaf)?;
    if info.entrance != Entrance::Door(join.door) || info.pass != join.pass {
        return Err(Fault::Entrance);
    }
    if before.policy.approval {
        return Err(Fault::Approval);
    }
    let open = before.policy.door(&join.door).ok_or(Fault::DoorClosed)?;
    let text = join_text(claim, &leaf.key, &join.pass, join.old.as_ref().map(|(pass, _)| pass));
    if !open.door.signed(&text, &join.door_signature) {
        return Err(Fault::DoorSignature);
    }
    is_passable(before, open, time)?;
    if before.seats.len() >= usize::try_from(before.policy.max_members).unwrap_or(usize::MAX) {
        return Err(Fault::TooMany);
    }
    reentry(before, leaf, info, join, &text)
}

fn proposals(proposals: &[Part]) -> Result<(), Fault> {
    // The library lets an external commit remove a leaf, whosever it is. Attack matrix row 33.
    if proposals.iter().any(|part| matches!(part, Part::Remove(_))) {
        return Err(Fault::JoinRemoves);
    }
    match proposals {
        [Part::ExternalInit] => Ok(()),
        _ => Err(Fault::Proposal),
    }
}

/// Whether anybody may still come through this door.
pub(crate) fn is_passable(before: &State, open: &OpenDoor, time: Timestamp) -> Result<(), Fault> {
    if !open.is_open_at(time) {
        return Err(Fault::DoorExpired);
    }
    let Some(uses) = open.uses else { return Ok(()) };
    let through = Entrance::Door(open.door.id);
    let used = before.seats.values().filter(|seat| seat.member.entrance == through).count();
    let used = u32::try_from(used).unwrap_or(u32::MAX).saturating_add(open.spent);
    if used < uses { Ok(()) } else { Err(Fault::DoorUsedUp) }
}

fn reentry(
    before: &State,
    leaf: &NewLeaf,
    info: &LeafInfo,
    join: &JoinClaim,
    text: &[u8],
) -> Result<(), Fault> {
    match (&info.replaces, &join.old) {
        (None, None) => Ok(()),
        (Some(Replaces(named)), Some((pass, signature))) if named == pass => {
            let old = before.by_pass(pass).ok_or(Fault::Reentry)?;
            let same = leaf.credential.as_ref().is_some_and(|(identity, _)| *identity == old.member.identity);
            let signed = is_signed(pass.as_bytes(), text, signature);
            if same && signed { Ok(()) } else { Err(Fault::Reentry) }
        }
        _ => Err(Fault::Reentry),
    }
}
