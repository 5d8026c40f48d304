//! A newcomer's way in: turn, blob, reading up to the newest commit, join. Attack matrix rows 17, 31, 32, 51, 54.

mod choice;

use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_history::{DbError, RoomRecord, Secret32, Stage, Trust as StoredTrust, Tx};
use keyroom_link::{Credential, DoorSecret, Link, PassSecret, RequestId, sign_succession};
use keyroom_mls::{DoorSecrets, Identity, Join, Provider, Room};
use keyroom_types::{
    Address, Digest, DoorSeeds, IdentityKey, Key, KeyPin, Kind, Label, LogKey, PassKey, RoomId, Seq,
    Signature,
};
use keyroom_wire::{Append, Change, Code, NewEnvelope, Refusal, Turn};
use zeroize::Zeroizing;

use self::choice::{Candidate, Choice};
use super::alarm::Broken;
use super::footing::Footing;
use super::incoming::CONFIRMED_PASS;
use super::pending::Pending;
use super::record::FoundDesk;
use super::{Desk, Phase, SealedRoom, Trouble, group_trouble, link_for, pass_secret};
use crate::event::{CloseReason, Connection, RoomEvent};

/// A room to be entered.
#[derive(Clone, Debug)]
pub struct EnterSetup {
    /// The room.
    pub room: RoomId,
    /// What this person is called there.
    pub me: Label,
    /// The key of the door.
    pub key: Key,
    /// Where the relay is, best first.
    pub addresses: Vec<Address>,
    /// How it is recognised.
    pub trust: StoredTrust,
    /// The key of its heads, if the invite told it.
    pub log_key: Option<LogKey>,
    /// Who invited: must be in the room. A bare key has none.
    pub inviter: Option<IdentityKey>,
    /// Whether nothing was pinned: the blob must name the key that was seen.
    pub first_contact: bool,
    /// The pass that this person had there before it lost its state.
    pub replaces: Option<Secret32>,
}

/// How far it is.
pub(super) struct Entering {
    door: DoorSecrets,
    inviter: Option<IdentityKey>,
    first_contact: bool,
    seen: Option<KeyPin>,
    step: Step,
    /// The blobs that the relay offers.
    choice: Choice,
    /// Whose blobs led us astray before.
    distrusted: Vec<PassKey>,
    /// The blob to enter by, and the commit that it is of.
    blob: Option<(Candidate, Seq)>,
    /// How often no blob was of use, and when they are looked at again.
    fruitless: u32,
    again: Option<Instant>,
    our_turn: bool,
    joins: u32,
    /// The pass that this person had in the room before, and whether the relay is asked to hand its role on.
    replaces: Option<PassSecret>,
    succeeds: bool,
    /// Whether that pass was a member's, and the join that is under way hands that on.
    was_member: bool,
    inherits: bool,
    /// What the profile knew of the room before.
    before: Option<Box<RoomRecord>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    /// Waiting for the turn.
    Queue,
    /// Asked for that blob.
    Blob(RequestId, Digest),
    /// The room wants to be asked: waiting for an answer.
    Knocking,
    /// Reading up to the newest commit.
    Reading,
    /// The join is on its way.
    Joining(RequestId),
    /// The relay says that the join came too late. It may be in the log all the same, until that was read through there.
    Displaced(Seq),
}

impl Entering {
    fn new(door: DoorSecrets, inviter: Option<IdentityKey>, step: Step) -> Self {
        Self {
            door,
            inviter,
            first_contact: false,
            seen: None,
            step,
            choice: Choice::default(),
            distrusted: Vec::new(),
            blob: None,
            fruitless: 0,
            again: None,
            our_turn: false,
            joins: 0,
            replaces: None,
            succeeds: true,
            was_member: false,
            inherits: false,
            before: None,
        }
    }

    /// For who knocked before this process began.
    pub(super) fn knocked(door: DoorSecrets, inviter: Option<IdentityKey>) -> Self {
        Self::new(door, inviter, Step::Knocking)
    }

    /// Has it wait for the answer to a knock: what is needed for one, and the relay's key where nothing else is pinned.
    pub(super) fn ask(&mut self) -> (&DoorSecrets, Option<Option<KeyPin>>) {
        self.step = Step::Knocking;
        self.our_turn = false;
        (&self.door, self.first_contact.then_some(self.seen))
    }

    /// There is another way in: to the queue.
    pub(super) fn queue(&mut self) {
        self.step = Step::Queue;
        self.choice = Choice::default();
    }

    /// From the blobs on again, when the relay says.
    fn begin_later(&mut self, now: Instant, refusal: &Refusal) {
        self.blob = None;
        self.choice = Choice::default();
        self.step = Step::Queue;
        let wait = Duration::from_millis(refusal.retry_ms.into()).clamp(SOON, LATEST);
        self.again = Some(now + wait);
    }

    /// When the relay's blobs are looked at again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.again
    }
}

impl SealedRoom {
    /// Enters a room through its door.
    ///
    /// # Errors
    /// The link took no command.
    pub fn enter(
        desk: &mut FoundDesk<'_>,
        identity: Identity,
        setup: EnterSetup,
    ) -> Result<(Self, Link), Trouble> {
        let mut pass = Zeroizing::new([0; 32]);
        (desk.random)(pass.as_mut());
        let pass = Secret32::from_bytes(*pass);
        let door = DoorSecrets::of(&setup.key, desk.crypto);
        let record = RoomRecord {
            addresses: setup.addresses,
            log_key: setup.log_key,
            key: Some(setup.key.clone()),
            inviter: setup.inviter,
            me: setup.me.as_str().to_owned(),
            ..RoomRecord::new(setup.room, pass, setup.trust, desk.wall)
        };
        let credential = Credential::Door {
            door: DoorSecret::from_bytes(&DoorSeeds::of(&setup.key).signing),
            newcomer: pass_secret(&record),
        };
        let mut link = link_for(&record, credential, desk.now, desk.seed);
        link.take_turn().map_err(group_trouble)?;
        let tx = desk.profile.begin()?;
        let before = tx.room(&setup.room)?.map(Box::new);
        let distrusted = Footing::distrusted(&tx, &setup.room)?;
        let replaces = setup.replaces.map(|pass| PassSecret::from_bytes(pass.as_bytes()));
        let confirmed = tx.room_setting(&setup.room, CONFIRMED_PASS)?;
        let was_member = replaces.as_ref().is_some_and(|old| Some(old.public().to_string()) == confirmed);
        drop(tx);
        let entering = Entering {
            before,
            first_contact: setup.first_contact,
            distrusted,
            replaces,
            was_member,
            ..Entering::new(door, setup.inviter, Step::Queue)
        };
        Ok((Self::new(identity, record, None, Phase::Entering(Box::new(entering))), link))
    }

    /// The relay showed this key.
    pub fn relay_seen(&mut self, seen: KeyPin) {
        if let Phase::Entering(entering) = &mut self.phase {
            entering.seen = Some(seen);
        }
    }

    /// The relay told our place in the queue.
    pub(super) fn turn(&mut self, desk: &mut Desk<'_>, turn: &Turn) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        match turn {
            Turn::Waiting { ahead } => {
                entering.our_turn = false;
                self.events.push_back(RoomEvent::Connection(Connection::Queue { ahead: *ahead }));
            }
            Turn::Now { blobs, .. } => {
                entering.our_turn = true;
                // Where there is something to enter by after all, nobody has to be asked.
                if !blobs.blobs.is_empty()
                    && let Err(trouble) = self.forget_knock(desk)
                {
                    return self.fail(&trouble);
                }
                self.offered(desk, blobs);
            }
        }
    }

    /// The link lost its place: another turn, a newer blob.
    pub(super) fn begin_again(&mut self, desk: &mut Desk<'_>) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        entering.blob = None;
        entering.choice = Choice::default();
        self.look_again(desk);
    }

    /// Asks which blobs there are, or for the turn.
    fn look_again(&mut self, desk: &mut Desk<'_>) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        entering.step = Step::Queue;
        self.record.cursor = desk.link.cursor().copied();
        // Errors mean that the link has stopped, and it says so itself.
        if entering.our_turn {
            let _ = desk.link.list_blobs();
        } else {
            let _ = desk.link.take_turn();
        }
    }

    /// Joins once the log was read to its newest commit.
    pub(super) fn enter_on(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Phase::Entering(entering) = &mut self.phase else { return Ok(()) };
        if desk.link.is_live() && entering.again.take_if(|due| *due <= desk.now).is_some() {
            if entering.step == Step::Queue {
                self.look_again(desk);
            }
            return Ok(());
        }
        if let Step::Displaced(until) = entering.step {
            if desk.link.is_live() && self.record.cursor.is_some_and(|cursor| cursor.seq >= until) {
                self.forget_join(desk)?;
                self.begin_again(desk);
            }
            return Ok(());
        }
        let (Step::Reading, true) = (entering.step, entering.our_turn && desk.link.is_live()) else {
            return Ok(());
        };
        let (Some(cursor), Some((_, of))) = (self.record.cursor, &entering.blob) else { return Ok(()) };
        if cursor.seq < *of {
            return Ok(());
        }
        if cursor.newest_commit != *of {
            // Somebody was faster: this blob is of an older epoch.
            self.begin_again(desk);
            return Ok(());
        }
        entering.joins += 1;
        if entering.joins > MOST_JOINS {
            desk.link.close();
            self.close(CloseReason::CannotJoin);
            return Ok(());
        }
        self.join(desk)
    }

    fn join(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let (standing, pins) = (self.standing(), self.pins());
        let pass = self.pass;
        let id = desk.envelope_id();
        let Phase::Entering(entering) = &mut self.phase else { return Ok(()) };
        let Some((Candidate { blob, .. }, _)) = &entering.blob else { return Ok(()) };
        let footing = Footing::entered(blob.author());
        let pins = keyroom_mls::Pins {
            relay: if pins.relay.is_empty() { blob.pins.relay.clone() } else { pins.relay },
            ..pins
        };
        // Who was removed meanwhile has no leaf that a new one could replace: it comes in like anybody else.
        let identity = self.identity.key();
        let old = entering.replaces.clone().filter(|old| blob.has_leaf(&identity, &old.public()));
        let sign = old.as_ref().map(|old| move |text: &[u8]| old.sign(text));
        let replaces = old.as_ref().map(PassSecret::public).zip(sign.as_ref());
        let succeeds = entering.succeeds;
        let tx = desk.profile.begin()?;
        let joined = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            Room::join(
                &provider,
                Join {
                    room: self.record.room,
                    identity: &self.identity,
                    pass,
                    name: self.record.me.clone(),
                    door: &entering.door,
                    blob,
                    standing,
                    replaces: replaces.map(|(pass, sign)| (pass, sign as &dyn Fn(&[u8]) -> Signature)),
                    pins,
                },
            )
        };
        let (group, body, new_blob) = match joined {
            Ok(joined) => joined,
            Err(error) => {
                drop(tx);
                tracing::debug!(%error, "a blob's room cannot be joined");
                self.begin_again_without(desk);
                return Ok(());
            }
        };
        // The record is kept from here on: the join may be in the log although nobody told us.
        self.record.stage = Stage::Waiting;
        tx.put_room(&self.record)?;
        tx.sent(&self.record.room, &id)?;
        let pending = Pending { envelope: id, join: true, followers: Vec::new(), key: None };
        tx.set_pending(&self.record.room, Some(&pending.encode()))?;
        self.footing = footing;
        self.footing.keep(&tx, &self.record.room)?;
        tx.commit()?;
        self.group = Some(group);
        self.awaited_join = Some(id);
        let new_blob = new_blob.map(Bytes::from);
        let entry = NewEnvelope {
            id,
            kind: Kind::Join,
            body: body.into(),
            blob: new_blob.as_ref().map(|blob| Digest::of(blob)),
        };
        // Who was a member is one again at once: else a room whose only members lost their state could never be changed.
        let succession = old.filter(|_| succeeds).map(|old| Change::Succeed {
            old: old.public(),
            signature: sign_succession(&old, &self.record.room, &pass),
        });
        let inherits = succession.is_some();
        let append = Append {
            based_on: standing.cursor.newest_commit,
            entries: vec![entry],
            changes: succession.into_iter().collect(),
        };
        let request = desk.link.append(append, new_blob).map_err(group_trouble)?;
        if let Phase::Entering(entering) = &mut self.phase {
            entering.step = Step::Joining(request);
            entering.inherits = inherits && entering.was_member;
        }
        self.events.push_back(RoomEvent::Connection(Connection::Joining));
        Ok(())
    }

    /// This blob opens and cannot be joined with: the next one.
    fn begin_again_without(&mut self, desk: &mut Desk<'_>) {
        let Phase::Entering(entering) = &mut self.phase else { return };
        if let Some((candidate, _)) = entering.blob.take() {
            entering.choice.refuse(candidate.name, CloseReason::CannotJoin);
        }
        self.look_again(desk);
    }

    /// Our join stands in the log: from here on everything is for us.
    pub(super) fn joined(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        self.awaited_join = None;
        if let Phase::Entering(entering) = &self.phase {
            self.may_commit = entering.inherits;
        }
        self.phase = Phase::Member;
        self.reload_if_needed(desk)?;
        self.record.name = self.name().as_str().to_owned();
        let tx = desk.profile.begin()?;
        tx.set_pending(&self.record.room, None)?;
        self.footing.keep(&tx, &self.record.room)?;
        tx.put_room(&self.record)?;
        tx.commit()?;
        if self.may_commit {
            // Whoever came while nobody could confirm it may still wait; the relay knows who.
            let members = self.group.as_ref().map(Room::members).unwrap_or_default();
            let others = members.iter().filter(|member| !member.me).map(|member| member.pass);
            others.for_each(|pass| self.confirmations.joined(desk.now, pass, 0));
        }
        self.take_up_outbox(desk)?;
        self.tell_entered();
        self.events.push_back(RoomEvent::Connection(Connection::Unconfirmed));
        Ok(())
    }

    /// Whether it is not in the log yet.
    pub(super) fn is_entering(&self) -> bool {
        matches!(self.phase, Phase::Entering(_)) || self.awaited_join.is_some()
    }

    /// The relay refused something of a newcomer's. Returns whether it was that.
    pub(super) fn join_refused(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        refusal: &Refusal,
    ) -> Result<bool, Trouble> {
        let Phase::Entering(entering) = &mut self.phase else { return Ok(false) };
        match entering.step {
            Step::Joining(joining) if joining == request => match refusal.code {
                Code::Stale => {
                    // What came between is behind where we stood; else the relay lies, and a later head has to do.
                    let at = self.record.cursor.map_or(Seq::ZERO, |cursor| cursor.seq);
                    let base = entering.blob.as_ref().map_or(Seq::ZERO, |(_, of)| *of);
                    let until = if refusal.seq > base { refusal.seq } else { at.next() };
                    entering.step = Step::Displaced(until);
                    self.enter_on(desk)?;
                }
                Code::NotYourTurn => {
                    entering.our_turn = false;
                    self.forget_join(desk)?;
                    self.begin_again(desk);
                }
                Code::Rate | Code::Busy | Code::NoBlob => {
                    entering.begin_later(desk.now, refusal);
                    self.forget_join(desk)?;
                }
                Code::Change if entering.succeeds => {
                    // The relay does not know the earlier pass any more.
                    entering.succeeds = false;
                    self.forget_join(desk)?;
                    self.begin_again(desk);
                }
                code => {
                    self.forget_join(desk)?;
                    desk.link.close();
                    self.close(CloseReason::Refused(code));
                }
            },
            Step::Blob(blob, _) if blob == request => {
                // One that the relay names and does not have yet, or not any more.
                entering.begin_later(desk.now, refusal);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A later login named where the log ends: what displaced the join may have been lost with a relay that was killed.
    pub(super) fn join_head_signed(&mut self, head: Seq) {
        if let Phase::Entering(entering) = &mut self.phase
            && let Step::Displaced(until) = &mut entering.step
        {
            *until = head.min(*until);
        }
    }

    pub(super) fn forget_join(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        self.awaited_join = None;
        let Some(group) = self.group.take() else { return Ok(()) };
        self.record.stage = Stage::Joining;
        let tx = desk.profile.begin()?;
        {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            group.delete(&provider).map_err(group_trouble)?;
        }
        self.undo_entry(&tx)?;
        Ok(tx.commit()?)
    }

    /// Nothing came of an entry: what the profile knew of the room before stays.
    pub(super) fn undo_entry(&self, tx: &Tx<'_>) -> Result<(), DbError> {
        let room = self.record.room;
        let before = match &self.phase {
            Phase::Entering(entering) => entering.before.as_deref(),
            _ => None,
        };
        tx.set_pending(&room, None)?;
        match before {
            // Its timeline and what waits there stay. Its group is gone: it can only be entered again.
            Some(before) => {
                let unsure = Some(Broken::Copied.encode());
                tx.put_room(&RoomRecord { unsure, ..before.clone() })
            }
            // It was known to an earlier process, which knocked.
            None if tx.len(&room)? > 0 => {
                tx.put_room(&RoomRecord { stage: Stage::Left, ..self.record.clone() })
            }
            None => tx.forget_room(&room),
        }
    }
}

/// How long what a relay refuses for now is left alone. Never shorter: one that goes on like that would be asked without end.
const SOON: Duration = Duration::from_millis(50);
const LATEST: Duration = Duration::from_secs(60);

/// Joins that are tried before somebody is told that it does not work.
const MOST_JOINS: u32 = 32;
