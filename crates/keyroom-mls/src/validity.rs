//! Whether a commit is valid: a pure function of the room before it, the commit and its header. No clock, no private
//! memory, so all members come to one verdict, live or years later. Spec: "Validity".

mod entry;
mod member;
mod parts;

use keyroom_types::{Header, Kind};

use crate::state::State;
use crate::{Blame, Claim, Fault, Skipped};

pub(crate) use member::counted_policy;
pub(crate) use parts::Part;
pub(crate) use parts::{Author, NewLeaf, Parts, unlimited};

/// Judges a commit or an external commit. Used for our own before they are merged, and for everybody's, live and replayed.
pub(crate) fn judge(before: &State, parts: &Parts, header: &Header) -> Result<Claim, Box<Skipped>> {
    let skip = |fault, blame| Box::new(Skipped { fault, blame });
    let relay = |fault| skip(fault, Blame::Relay);
    let (blame, pass) = match &parts.author {
        Author::Member(leaf) => match before.seats.get(leaf) {
            Some(seat) => (Blame::Member(seat.member.clone()), seat.member.pass),
            None => return Err(skip(Fault::Mls, Blame::Nobody)),
        },
        Author::Newcomer => {
            let Some(info) = parts.path.as_ref().and_then(|leaf| leaf.info.as_ref()) else {
                return Err(skip(Fault::Leaf, Blame::Newcomer(header.pass)));
            };
            (Blame::Newcomer(info.pass), info.pass)
        }
    };
    // The position first: an author is blamed only for what stands where it put it.
    let blamed = |fault| skip(fault, blame.clone());
    let (claim, join) = parts.claim.as_ref().ok_or_else(|| blamed(Fault::Claim))?;
    position(before, claim, header).map_err(relay)?;
    if pass != header.pass {
        return Err(relay(Fault::WrongPass));
    }
    if !is_newest_possible(claim, header) {
        return Err(blamed(Fault::Newest));
    }
    match (&parts.author, join) {
        (Author::Member(leaf), None) if header.kind == Kind::Commit => member::judge(before, *leaf, parts),
        (Author::Newcomer, Some(join)) if header.kind == Kind::Join => {
            entry::judge(before, parts, claim, join, header.time)
        }
        _ => Err(Fault::WrongKind),
    }
    .map_err(blamed)?;
    Ok(claim.clone())
}

fn position(before: &State, claim: &Claim, header: &Header) -> Result<(), Fault> {
    if claim.room == before.room && claim.based_on == header.based_on {
        Ok(())
    } else {
        Err(Fault::Misplaced)
    }
}

/// The newest envelope that an author knew lies from its base on and before what it made.
pub(crate) fn is_newest_possible(claim: &Claim, header: &Header) -> bool {
    (claim.based_on..header.seq).contains(&claim.newest.0)
}

/// A leaf that is new in the tree, whoever brings it.
fn check_new_leaf(before: &State, leaf: &NewLeaf) -> Result<(), Fault> {
    let info = leaf.info.as_ref().ok_or(Fault::Leaf)?;
    let repeated = before.seats.values().any(|seat| seat.member.pass == info.pass || seat.key == leaf.key);
    if repeated {
        return Err(Fault::Repeated);
    }
    if leaf.is_proven(&before.room) { Ok(()) } else { Err(Fault::Credential) }
}

#[cfg(test)]
mod tests;
