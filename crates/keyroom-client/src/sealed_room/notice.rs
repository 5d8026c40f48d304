//! What happened in a room besides messages, as the profile keeps it and as a face shows it.

use keyroom_history::{EntryBody, NewEntry, Tx};
use keyroom_types::{Header, IdentityKey, PassKey};
use sha2::{Digest as _, Sha256};

use super::incoming::Told;
use super::{SealedRoom, Trouble};
use crate::history::{Notice, PeerId};

/// A line of the timeline that is no message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Line {
    /// Somebody came in through a door; `true`: again, for a leaf that it had before.
    Joined(IdentityKey, bool),
    /// An admin let somebody in.
    Admitted { who: IdentityKey, by: IdentityKey },
    /// Somebody was taken out.
    Removed { who: IdentityKey, by: IdentityKey },
    /// Somebody left.
    Left(IdentityKey),
    /// The room's rules were changed: name, admins, doors, or the like.
    Policy(IdentityKey),
    /// A commit that is not valid was skipped. Its author, where that is proven.
    Skipped(Option<IdentityKey>),
    /// A message that cannot be read, or that says false things about its place.
    Unreadable(Option<IdentityKey>),
    /// The relay keeps this message no longer.
    Expired,
    /// The room's keys were changed in a way that could not be followed here.
    Unsure(Option<IdentityKey>),
    /// We were seen in the room by somebody.
    Confirmed(IdentityKey),
}

impl Line {
    fn encode(&self) -> (u16, Vec<u8>) {
        let one = |key: &IdentityKey| key.as_bytes().to_vec();
        let maybe = |key: &Option<IdentityKey>| key.as_ref().map_or(Vec::new(), one);
        let two = |a: &IdentityKey, b: &IdentityKey| [a.as_bytes().as_slice(), b.as_bytes()].concat();
        match self {
            Self::Joined(who, again) => (if *again { 2 } else { 1 }, one(who)),
            Self::Admitted { who, by } => (3, two(who, by)),
            Self::Removed { who, by } => (4, two(who, by)),
            Self::Left(who) => (5, one(who)),
            Self::Policy(by) => (6, one(by)),
            Self::Skipped(by) => (7, maybe(by)),
            Self::Unreadable(by) => (8, maybe(by)),
            Self::Expired => (9, Vec::new()),
            Self::Unsure(by) => (10, maybe(by)),
            Self::Confirmed(by) => (11, one(by)),
        }
    }
}

/// Reads a line that the profile kept. `None` for one of a later version.
pub(crate) fn decode_notice(kind: u16, data: &[u8]) -> Option<Notice> {
    let who = || IdentityKey::from_slice(data.get(..32)?).map(|key| peer_of(&key));
    let by = || IdentityKey::from_slice(data.get(32..64)?).map(|key| peer_of(&key));
    Some(match kind {
        1 => Notice::Joined(who()?),
        2 => Notice::Reentered(who()?),
        3 => Notice::Admitted { who: who()?, by: by()? },
        4 => Notice::Removed { who: who()?, by: by()? },
        5 => Notice::Left(who()?),
        6 => Notice::RulesChanged(who()?),
        7 => Notice::Skipped(who()),
        8 => Notice::Unreadable(who()),
        9 => Notice::Expired,
        10 => Notice::Unsure(who()),
        11 => Notice::Confirmed(who()?),
        _ => return None,
    })
}

/// A member as the faces know it: 63 bits of the SHA-256 of its identity, so that it is the same after a restart.
pub(crate) fn peer_of(identity: &IdentityKey) -> PeerId {
    PeerId(short(&Sha256::digest(identity.as_bytes()).into()))
}

/// The first 63 bits of a hash: a number that a database's integer holds.
pub(super) fn short(hash: &[u8; 32]) -> u64 {
    let first = hash.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first) >> 1
}

impl SealedRoom {
    /// Adds a line to the timeline.
    pub(super) fn line(
        &self,
        tx: &Tx<'_>,
        header: &Header,
        line: &Line,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        let (kind, data) = line.encode();
        let entry =
            NewEntry { at: header.time, seq: Some(header.seq), body: EntryBody::Notice { kind, data } };
        told.line(tx.append(&self.record.room, &entry)?);
        Ok(())
    }

    /// Whether that pass is ours.
    pub(super) fn is_me(&self, pass: &PassKey) -> bool {
        self.pass == *pass
    }
}
