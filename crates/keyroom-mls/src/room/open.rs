//! Opening envelopes of the log.

mod check;
mod commit;
mod message;
mod refusal;

use keyroom_types::limits::{COMMIT_BYTES, ENVELOPE_BYTES};
use keyroom_types::{Header, Kind, Seq};
use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{ContentType, MlsMessageBodyIn, MlsMessageIn, PrivateMessageIn};

use super::{OpenError, Room};
use crate::state::State;
use crate::{Blame, Changes, Claim, Fault, Member, Opened, Provider, Skipped, Storage};

pub use check::Check;

impl Room {
    /// Opens one envelope of the log that is not our own, in order. Never call it twice for one envelope.
    ///
    /// `follows`: for a [`Kind::Follower`], the `based_on` of the commit that it follows.
    pub fn open<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        body: &[u8],
        follows: Option<Seq>,
    ) -> Result<Opened, OpenError> {
        if !self.group.is_active() {
            return Err(OpenError::Over);
        }
        match header.kind {
            Kind::Application => self.open_message(p, header, body, header.based_on),
            Kind::Follower => match follows {
                Some(base) => self.open_message(p, header, body, base),
                None => Ok(skipped(Fault::Misplaced, Blame::Relay)),
            },
            Kind::Commit => self.open_commit(p, header, body),
            Kind::Join => self.open_join(p, header, body),
        }
    }
}

fn skipped(fault: Fault, blame: Blame) -> Opened {
    Opened::Skipped(Skipped { fault, blame })
}

/// A private message of the expected kind for this group. Its outside is readable by everybody, so all find the same.
fn private(body: &[u8], content: ContentType) -> Result<PrivateMessageIn, Fault> {
    let longest = if content == ContentType::Commit { COMMIT_BYTES } else { ENVELOPE_BYTES };
    if body.len() > longest {
        return Err(Fault::Malformed);
    }
    let message = MlsMessageIn::tls_deserialize_exact_bytes(body).map_err(|_| Fault::Malformed)?;
    match message.extract() {
        MlsMessageBodyIn::PrivateMessage(message) if message.content_type() == content => Ok(message),
        MlsMessageBodyIn::PrivateMessage(_) => Err(Fault::WrongKind),
        _ => Err(Fault::Malformed),
    }
}

/// What is different after a commit. Members are told apart by their passes: a removed one's place may be taken.
pub(super) fn changes(before: &State, after: &State, by: Member, claim: Claim, epoch: u64) -> Changes {
    let is_in = |state: &State, member: &Member| {
        state.seats.get(&member.leaf).is_some_and(|seat| seat.member.pass == member.pass)
    };
    let joined = after.seats.values().filter(|seat| !is_in(before, &seat.member));
    let removed = before.seats.values().filter(|seat| !is_in(after, &seat.member));
    let renamed = after.seats.values().filter_map(|seat| {
        let old = &before.seats.get(&seat.member.leaf)?.member;
        let changed = old.pass == seat.member.pass && old.name != seat.member.name;
        changed.then(|| (seat.member.clone(), old.name.clone()))
    });
    Changes {
        by,
        claim,
        joined: joined.map(|seat| seat.member.clone()).collect(),
        removed: removed.map(|seat| seat.member.clone()).collect(),
        policy: (before.policy != after.policy).then(|| (before.policy.clone(), after.policy.clone())),
        renamed: renamed.collect(),
        epoch,
    }
}
