//! Commits of this member: what is wanted, the one that is under way, and what becomes of it.

use std::time::Duration;

use keyroom_history::Tx;
use keyroom_link::RequestId;
use keyroom_mls::{Body, Content, DoorSecrets, Intent, OpenDoor, Opened, Policy, Provider};
use keyroom_types::{Digest, DoorId, EnvelopeId, Header, IdentityKey, Key, Kind, PassKey, Seq, Timestamp};
use keyroom_wire::{Append, Change, Code, NewEnvelope, PassRole, Refusal};

use super::admit::answers;
use super::outgoing::NEXT_HEAD;
use super::pending::Pending;
use super::record::relay_door;
use super::{Desk, SealedRoom, Trouble, group_trouble};
use crate::event::{KnockId, RoomEvent, WishRefusal};
use crate::profile::note_key;

/// A commit that somebody wants. It is made into one when nothing else is under way, from how the room is then.
#[derive(Clone, Debug)]
pub enum Wish {
    /// New key material for this member; leaves that were replaced go with it.
    Heal,
    /// Members out, by their passes; all doors closed, and a new one opened with this key.
    Remove(Vec<PassKey>, Key),
    /// A new door instead of all that are open.
    NewDoor(Key, Option<Timestamp>, Option<u32>),
    /// One more door, whose key only this profile knows.
    AddDoor(Key, Option<Timestamp>, Option<u32>),
    /// One door closed.
    CloseDoor(DoorId),
    /// All doors closed.
    CloseDoors,
    /// Another name of the room.
    Rename(String),
    /// Newcomers ask and wait for an admin, or no longer.
    Approval(bool),
    /// Messages are kept for so long, or for ever.
    Lifetime(Option<Duration>),
    /// Somebody who knocks is let in.
    Admit(KnockId),
    /// Gives or takes the rights of an admin.
    Admin(IdentityKey, bool),
}

/// A commit on its way.
pub(super) struct UnderWay {
    /// `None` after a restart.
    request: Option<RequestId>,
    pending: Pending,
    /// To be made again if it was displaced. `None` after a restart.
    wish: Option<Wish>,
    /// Refused, or sent before a restart: given up once the log was read through there.
    pub(super) until: Option<Seq>,
    /// The newest commit that it was made for.
    based_on: Seq,
}

impl SealedRoom {
    /// Asks for a commit.
    pub fn wish(&mut self, desk: &mut Desk<'_>, wish: Wish) {
        match self.check_wish(&wish) {
            // It is so already.
            Ok(()) if self.is_so(&wish) => {}
            Ok(()) => {
                self.outgoing.wishes.push_back(wish);
                self.go_on(desk);
            }
            Err(refusal) => self.events.push_back(RoomEvent::WishRefused(refusal)),
        }
    }

    fn check_wish(&self, wish: &Wish) -> Result<(), WishRefusal> {
        let Some(group) = &self.group else { return Err(WishRefusal::NotIn) };
        if self.outgoing.is_stopped() {
            return Err(WishRefusal::NotIn);
        }
        if !matches!(wish, Wish::Heal) && !group.policy().is_admin(&self.identity.key()) {
            return Err(WishRefusal::NotAdmin);
        }
        if let Wish::Admit(id) = wish
            && self.admissions.get(*id).is_none()
        {
            return Err(WishRefusal::NoKnock);
        }
        if let Wish::Admin(who, true) = wish
            && !group.members().iter().any(|member| member.identity == *who)
        {
            return Err(WishRefusal::NoMember);
        }
        if let Wish::Remove(passes, _) = wish {
            let members = group.members();
            if passes.iter().any(|pass| !members.iter().any(|member| member.pass == *pass)) {
                return Err(WishRefusal::NoMember);
            }
            if members.iter().any(|member| member.me && passes.contains(&member.pass)) {
                return Err(WishRefusal::Self_);
            }
        }
        Ok(())
    }

    /// Whether the room is as it is wanted to be.
    fn is_so(&self, wish: &Wish) -> bool {
        match wish {
            Wish::Approval(on) => self.wants_approval() == *on,
            Wish::CloseDoor(id) => self.group.as_ref().is_some_and(|group| group.policy().door(id).is_none()),
            _ => false,
        }
    }

    /// Whether newcomers ask before they come in.
    fn wants_approval(&self) -> bool {
        self.group.as_ref().is_some_and(|group| group.policy().approval)
    }

    /// After a restart: a commit or join that was under way is doubtful until the log was read.
    pub(super) fn load_commit(&mut self, pending: Option<&[u8]>) {
        let pending = pending.and_then(Pending::decode);
        self.awaited_join = pending.iter().find(|pending| pending.join).map(|pending| pending.envelope);
        self.outgoing.commit = pending.filter(|pending| !pending.join).map(|pending| UnderWay {
            request: None,
            pending,
            wish: None,
            until: Some(NEXT_HEAD),
            based_on: Seq::ZERO,
        });
    }

    /// Makes the next commit that is wanted, if any. Returns whether one is on its way now.
    pub(super) fn commit_if_wanted(&mut self, desk: &mut Desk<'_>) -> Result<bool, Trouble> {
        while self.may_commit()
            && let Some(wish) = self.outgoing.wishes.pop_front()
        {
            // How the room is now may not be how it was when it was wished.
            match self.check_wish(&wish) {
                Err(refusal) => self.events.push_back(RoomEvent::WishRefused(refusal)),
                Ok(()) if self.make_commit(desk, wish)? => return Ok(true),
                Ok(()) => {}
            }
        }
        Ok(false)
    }

    /// Returns whether it is on its way: what the room's rules do not allow is refused.
    fn make_commit(&mut self, desk: &mut Desk<'_>, wish: Wish) -> Result<bool, Trouble> {
        let Some((intent, key, mut wished)) = self.intent(desk, &wish) else { return Ok(false) };
        let (room, standing, pins) = (self.record.room, self.standing(), self.pins());
        let time = standing.cursor.time;
        let follower = match &key {
            // Who stays learns the new key in the new epoch, which who was removed cannot read.
            Some(key) => vec![Content::new(desk.message_id(), Body::DoorKey { key: key.clone() })],
            None => Vec::new(),
        };
        let ids: Vec<EnvelopeId> = (0..=follower.len()).map(|_| desk.envelope_id()).collect();
        let Some(group) = &mut self.group else { return Ok(false) };
        let tx = desk.profile.begin()?;
        let made = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            group.commit(&provider, &standing, time, intent, &follower, &pins)
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                drop(tx);
                self.group = None;
                self.reload_if_needed(desk)?;
                self.events.push_back(RoomEvent::WishRefused(WishRefusal::Invalid(error.to_string())));
                return Ok(false);
            }
        };
        let [commit_id, followers @ ..] = ids.as_slice() else { return Ok(false) };
        let pending = Pending { envelope: *commit_id, join: false, followers: followers.to_vec(), key };
        tx.set_pending(&room, Some(&pending.encode()))?;
        if let Wish::AddDoor(key, ..) = &wish {
            // Known before it opens anything: if the room does not take the door, the key is forgotten with the next one.
            let policy = group.policy();
            note_key(&tx, &room, Some(key), |id| policy.door(id).is_some())?;
        }
        for id in &ids {
            tx.sent(&room, id)?;
        }
        if let Err(error) = tx.commit() {
            self.group = None;
            return Err(error.into());
        }
        #[cfg(feature = "testing")]
        let made = match self.vice {
            Some(super::Vice::PoisonedBlob) => keyroom_mls::Commit { blob: Some(vec![7; 4_096]), ..made },
            Some(super::Vice::JunkCommit) => {
                keyroom_mls::Commit { body: vec![7; 600], blob: Some(vec![7; 4_096]), ..made }
            }
            Some(super::Vice::OwnEpoch) => keyroom_mls::Commit { body: vec![7; 600], ..made },
            _ => made,
        };
        let blob = made.blob.map(bytes::Bytes::from);
        let mut entries = vec![NewEnvelope {
            id: *commit_id,
            kind: Kind::Commit,
            body: made.body.into(),
            blob: blob.as_ref().map(|blob| Digest::of(blob)),
        }];
        entries.extend(followers.iter().zip(made.followers).map(|(id, body)| NewEnvelope {
            id: *id,
            kind: Kind::Follower,
            body: body.into(),
            blob: None,
        }));
        let (let_in, welcomes) = answers(made.welcomes);
        wished.extend(let_in);
        let mut changes = self.repairs(wished.len());
        changes.extend(wished);
        changes.truncate(keyroom_types::limits::APPEND_CHANGES);
        let append = Append { based_on: standing.cursor.newest_commit, entries, changes };
        let request = desk.link.append_with(append, blob, welcomes).map_err(group_trouble)?;
        let based_on = standing.cursor.newest_commit;
        self.outgoing.commit =
            Some(UnderWay { request: Some(request), pending, wish: Some(wish), until: None, based_on });
        Ok(true)
    }

    /// What a wish means in the room as it is now: for the group, the key of a new door, and for the relay.
    fn intent(&self, desk: &Desk<'_>, wish: &Wish) -> Option<(Intent, Option<Key>, Vec<Change>)> {
        let group = self.group.as_ref()?;
        let policy = group.policy();
        let with = |change: &dyn Fn(&mut Policy)| {
            let mut policy = policy.clone();
            change(&mut policy);
            Intent::Policy(policy)
        };
        let new_door = |key: &Key, expires, uses| OpenDoor {
            door: DoorSecrets::of(key, desk.crypto).door().clone(),
            expires,
            uses,
            spent: 0,
        };
        Some(match wish {
            Wish::Heal => {
                let members = group.members();
                let replaced = members.iter().filter_map(|member| member.replaces).collect::<Vec<_>>();
                let gone: Vec<PassKey> =
                    members.iter().map(|member| member.pass).filter(|pass| replaced.contains(pass)).collect();
                if gone.is_empty() {
                    (Intent::SelfUpdate { name: None }, None, Vec::new())
                } else {
                    // An admin of the room whose pass is none of the relay's leaves the passes to others.
                    let revoke = gone.into_iter().filter(|_| self.admin_there).map(Change::Revoke).collect();
                    (Intent::RemoveReplaced, None, revoke)
                }
            }
            Wish::Remove(passes, key) => {
                let members = group.members();
                // Who left goes with it.
                let out = |pass: &PassKey| passes.contains(pass) || self.gone.contains(pass);
                let leaves = members.iter().filter(|member| out(&member.pass));
                let keep = members.iter().map(|member| member.pass).filter(|pass| !out(pass));
                let door = new_door(key, None, None);
                let changes = vec![
                    Change::CloseAllDoors,
                    Change::OpenDoor(relay_door(&door)),
                    Change::Keep(keep.collect()),
                ];
                let leaves = leaves.map(|member| member.leaf).collect();
                (Intent::Remove { leaves, new_door: Some(door) }, Some(key.clone()), changes)
            }
            Wish::NewDoor(key, expires, uses) => {
                let door = new_door(key, *expires, *uses);
                let changes = vec![Change::CloseAllDoors, Change::OpenDoor(relay_door(&door))];
                (with(&|policy| policy.doors = vec![door.clone()]), Some(key.clone()), changes)
            }
            Wish::AddDoor(key, expires, uses) => {
                let door = new_door(key, *expires, *uses);
                let changes = vec![Change::OpenDoor(relay_door(&door))];
                (with(&|policy| policy.doors.push(door.clone())), None, changes)
            }
            Wish::CloseDoor(id) => {
                let changes = vec![Change::CloseDoor(*id)];
                (with(&|policy| policy.doors.retain(|open| open.door.id != *id)), None, changes)
            }
            Wish::CloseDoors => (with(&|policy| policy.doors.clear()), None, vec![Change::CloseAllDoors]),
            Wish::Approval(on) => (with(&|policy| policy.approval = *on), None, Vec::new()),
            Wish::Lifetime(lifetime) => (with(&|policy| policy.lifetime = *lifetime), None, Vec::new()),
            Wish::Admit(id) => {
                let knocks = vec![self.admissions.get(*id)?.clone()];
                (Intent::Admit { knocks }, None, Vec::new())
            }
            Wish::Rename(name) => (with(&|policy| policy.name.clone_from(name)), None, Vec::new()),
            Wish::Admin(who, on) => {
                let passes = group.members().into_iter().filter(|member| member.identity == *who);
                let role = if *on { PassRole::Admin } else { PassRole::Member };
                let changes = passes.map(|member| Change::Grant(member.pass, role)).collect();
                let intent = with(&|policy| {
                    policy.admins.retain(|admin| admin != who);
                    if *on {
                        policy.admins.push(*who);
                    }
                });
                (intent, None, changes)
            }
        })
    }

    /// One of our envelopes is in the log. If it is the commit that is under way, it counts: `Some`.
    pub(super) fn own_commit(
        &mut self,
        desk_crypto: &keyroom_mls::Crypto,
        tx: &Tx<'_>,
        header: &Header,
    ) -> Result<Option<Opened>, Trouble> {
        let is_ours =
            self.outgoing.commit.as_ref().is_some_and(|commit| commit.pending.envelope == header.envelope);
        let (true, Some(group)) = (is_ours, &mut self.group) else { return Ok(None) };
        let Some(UnderWay { pending, .. }) = self.outgoing.commit.take() else { return Ok(None) };
        let storage = tx.mls();
        let provider = Provider { crypto: desk_crypto, storage: &storage };
        let opened = group.merge_own(&provider, header, pending.followers.len()).map_err(group_trouble)?;
        tx.set_pending(&self.record.room, None)?;
        if matches!(opened, Opened::Changed(_)) {
            // By our own clock, which also says when the next one is due: by the relay's, a clock that is a day ahead would
            // have us heal for ever.
            self.record.healed = self.wall;
            if let Some(key) = pending.key {
                self.record.key = Some(key);
                self.record.key_expires = None;
            }
            tx.put_room(&self.record)?;
        }
        Ok(Some(opened))
    }

    /// The relay refused an append. If it was our commit: `true`.
    pub(super) fn commit_refused(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        refusal: &Refusal,
    ) -> Result<bool, Trouble> {
        let Some(commit) = self.outgoing.commit.as_mut().filter(|commit| commit.request == Some(request))
        else {
            return Ok(false);
        };
        match refusal.code {
            Code::Stale => {
                // What displaced it comes behind its base: a relay that names another place lies, and may have it.
                commit.until = Some(if refusal.seq > commit.based_on { refusal.seq } else { NEXT_HEAD });
                self.known_head = self.known_head.max(Some(refusal.seq));
            }
            Code::Rate | Code::Busy | Code::DiskFull | Code::Store | Code::Requests => {
                self.outgoing.later(desk.now, refusal);
                self.abandon(desk, true)?;
            }
            code => {
                let wish = commit.wish.take();
                self.outgoing.heals_in_vain |= matches!(wish, Some(Wish::Heal));
                let tx = desk.profile.begin()?;
                self.repair.done(&tx, &self.record.room)?;
                tx.commit()?;
                self.abandon(desk, false)?;
                let gone = code == Code::Change && wish.is_some_and(|wish| self.knock_gone(&wish));
                let refusal = if gone { WishRefusal::NoKnock } else { WishRefusal::Relay(code.to_string()) };
                self.events.push_back(RoomEvent::WishRefused(refusal));
            }
        }
        Ok(true)
    }

    /// Gives up a commit that the log, read far enough, does not have.
    pub(super) fn resolve_commit(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let at = self.at();
        let over =
            self.outgoing.commit.as_ref().is_some_and(|commit| commit.until.is_some_and(|until| until <= at));
        if over { self.abandon(desk, true) } else { Ok(()) }
    }

    fn abandon(&mut self, desk: &mut Desk<'_>, again: bool) -> Result<(), Trouble> {
        let Some(commit) = self.outgoing.commit.take() else { return Ok(()) };
        let Some(group) = &mut self.group else { return Ok(()) };
        let tx = desk.profile.begin()?;
        {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            if group.has_pending() {
                group.abandon(&provider).map_err(group_trouble)?;
            }
        }
        tx.set_pending(&self.record.room, None)?;
        if let Err(error) = tx.commit() {
            self.group = None;
            return Err(error.into());
        }
        if let (true, Some(wish)) = (again, commit.wish) {
            self.outgoing.wishes.push_front(wish);
        }
        Ok(())
    }
}
