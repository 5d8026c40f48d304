//! A newcomer's way in where the room wants to be asked: a knock, the wait, and the welcome that answers it. Spec: "Knocking".
//!
//! ```text
//! nothing to enter by ─► knock ─► waiting ─┬─ answered ─► welcome ─► member
//!                                  ▲   │   ├─ declined ─► over
//!                                  └───┘   └─ a blob after all ─► to the queue
//! ```
//!
//! Knock and key packages are in the profile before the knock is sent, so that the answer may come to another process.

use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_history::{RoomRecord, Stage, Trust as StoredTrust};
use keyroom_link::{Credential, DoorSecret, Link, RequestId};
use keyroom_mls::{DoorSecrets, Identity, Knock, Provider, Room, member_code};
use keyroom_types::{Cursor, Digest, DoorSeeds};
use keyroom_wire::{Blobs, Code, Refusal};

use super::enter::Entering;
use super::record::FoundDesk;
use super::{Desk, Phase, SealedRoom, Trouble, group_trouble, link_for, pass_secret};
use crate::event::{CloseReason, Connection, RoomEvent};

/// A knock of ours that has no answer yet.
pub(super) struct Asking {
    knock: Knock,
    /// Until the relay has it.
    sent: Option<RequestId>,
    /// The relay did not take it for now: it is sent again then.
    again: Option<Instant>,
    /// When it is looked whether there is another way in by now.
    look: Instant,
    looked: u32,
    looking: Option<RequestId>,
    answer: Option<Answer>,
}

/// What the relay said of the answer.
struct Answer {
    cursor: Cursor,
    welcome: RequestId,
}

impl Asking {
    fn new(knock: Knock, sent: Option<RequestId>, now: Instant) -> Self {
        Self { knock, sent, again: None, look: now + FIRST_LOOK, looked: 0, looking: None, answer: None }
    }

    /// When something is to be done about it.
    pub(super) fn due(&self) -> Option<Instant> {
        Some(self.again.map_or(self.look, |again| again.min(self.look)))
    }
}

impl SealedRoom {
    /// Goes on with a knock that an earlier process made.
    pub(super) fn ask_on(
        desk: &mut FoundDesk<'_>,
        identity: Identity,
        record: RoomRecord,
    ) -> Result<(Self, Link), Trouble> {
        let kept = desk.profile.begin()?.pending(&record.room)?;
        let kept = kept.as_deref().and_then(decode).zip(record.key.clone());
        let Some(((came, knock), key)) = kept else {
            return Err(Trouble::Group("the knock is not in the profile".to_owned()));
        };
        let door = DoorSecret::from_bytes(&DoorSeeds::of(&key).signing);
        let credential = Credential::Door { door, newcomer: pass_secret(&record) };
        let mut link = link_for(&record, credential, desk.now, desk.seed);
        link.has_knocked();
        // The same bytes again are the same knock. Where the relay has had it they are not sent: it may have been declined.
        let bytes = Bytes::copy_from_slice(&knock.bytes);
        let sent = if came { None } else { Some(link.knock(bytes).map_err(group_trouble)?) };
        let entering = Entering::knocked(DoorSecrets::of(&key, desk.crypto), record.inviter);
        let mut room = Self::new(identity, record, None, Phase::Entering(Box::new(entering)));
        room.asking = Some(Asking::new(knock, sent, desk.now));
        room.tell_waiting();
        Ok((room, link))
    }

    /// Knocks, unless it has.
    pub(super) fn knock(&mut self, desk: &mut Desk<'_>) {
        if let Err(trouble) = self.try_knock(desk) {
            self.fail(&trouble);
        }
    }

    fn try_knock(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Phase::Entering(entering) = &mut self.phase else { return Ok(()) };
        let (door, first_contact) = entering.ask();
        if self.asking.is_some() {
            return Ok(());
        }
        match first_contact {
            // Who answers has opened the knock, which needs the room's key: so this relay has the room. From here on it has
            // to be the same one.
            Some(Some(seen)) => self.record.trust = StoredTrust::Pins(vec![seen]),
            Some(None) => {
                desk.link.close();
                self.close(CloseReason::OtherRelay);
                return Ok(());
            }
            None => {}
        }
        let tx = desk.profile.begin()?;
        let knock = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            let name = self.record.me.clone();
            Knock::make(&provider, &self.record.room, &self.identity, self.pass, name, door)
                .map_err(group_trouble)?
        };
        self.record.stage = Stage::Knocking;
        tx.put_room(&self.record)?;
        tx.set_pending(&self.record.room, Some(&encode(&knock, false)))?;
        tx.commit()?;
        let sent = desk.link.knock(Bytes::copy_from_slice(&knock.bytes)).map_err(group_trouble)?;
        self.asking = Some(Asking::new(knock, Some(sent), desk.now));
        Ok(())
    }

    /// The relay did something that was asked of it: perhaps it has our knock now.
    pub(super) fn knock_kept(&mut self, desk: &mut Desk<'_>, request: RequestId) -> Result<(), Trouble> {
        let Some(asking) = self.asking.as_mut().filter(|asking| asking.sent == Some(request)) else {
            return Ok(());
        };
        asking.sent = None;
        let tx = desk.profile.begin()?;
        tx.set_pending(&self.record.room, Some(&encode(&asking.knock, true)))?;
        tx.commit()?;
        self.tell_waiting();
        Ok(())
    }

    /// The relay let us through the door, behind which our knock waits.
    pub(super) fn still_asks(&mut self) {
        if self.asking.as_ref().is_some_and(|asking| asking.sent.is_none() && asking.answer.is_none()) {
            self.tell_waiting();
        }
    }

    fn tell_waiting(&mut self) {
        let code = member_code(&self.identity.key());
        self.events.push_back(RoomEvent::Connection(Connection::Knocking { code }));
    }

    /// Whether that is what a newcomer hears who asks the relay whether it was let in meanwhile.
    pub(super) fn asks_by(&self, code: Code) -> bool {
        let closed = matches!(code, Code::NoDoor | Code::DoorExpired | Code::DoorUsedUp);
        self.asking.is_some() && (closed || code == Code::NoPass)
    }

    /// The relay refused something. Returns whether it was our knock, or the welcome.
    pub(super) fn knock_refused(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        refusal: &Refusal,
    ) -> Result<bool, Trouble> {
        let Some(asking) = &mut self.asking else { return Ok(false) };
        if asking.looking == Some(request) {
            asking.looking = None;
        } else if asking.sent == Some(request) {
            match refusal.code {
                // Who else waits goes away some time.
                Code::Rate | Code::Busy | Code::DiskFull | Code::Store | Code::Requests | Code::Knocks => {
                    let wait = Duration::from_millis(refusal.retry_ms.into()).clamp(LEAST_WAIT, MOST_WAIT);
                    asking.again = Some(desk.now + wait);
                }
                code => self.give_up_asking(desk, CloseReason::Refused(code))?,
            }
        } else if asking.answer.as_ref().is_some_and(|answer| answer.welcome == request) {
            self.give_up_asking(desk, CloseReason::NotJoined)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Looks from time to time whether there is another way in: the room may not want to be asked any more, or a blob was
    /// missing for a moment only.
    pub(super) fn knock_on(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Some(asking) = &mut self.asking else { return Ok(()) };
        if asking.again.take_if(|at| *at <= desk.now).is_some() {
            let bytes = Bytes::copy_from_slice(&asking.knock.bytes);
            asking.sent = Some(desk.link.knock(bytes).map_err(group_trouble)?);
        }
        if asking.look <= desk.now {
            asking.look = desk.now + (FIRST_LOOK * 2_u32.saturating_pow(asking.looked)).min(MOST_WAIT);
            asking.looked = (asking.looked + 1).min(MOST_DOUBLINGS);
            if desk.link.is_live() && asking.answer.is_none() {
                // Where it cannot be asked now, it is later.
                asking.looking = desk.link.list_blobs().ok();
            }
        }
        Ok(())
    }

    /// The relay named the newest commit's blobs. Returns whether that was asked for here.
    pub(super) fn looked_for_blobs(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        blobs: &Blobs,
    ) -> Result<bool, Trouble> {
        let Some(asking) = self.asking.as_mut().filter(|asking| asking.looking == Some(request)) else {
            return Ok(false);
        };
        asking.looking = None;
        if !blobs.blobs.is_empty() && asking.answer.is_none() {
            self.forget_knock(desk)?;
            if let Phase::Entering(entering) = &mut self.phase {
                entering.queue();
            }
            // An error means that the link has stopped, and it says so itself.
            let _ = desk.link.take_turn();
        }
        Ok(true)
    }

    /// An admin let us in, as the relay says.
    pub(super) fn let_in(&mut self, desk: &mut Desk<'_>, cursor: Cursor, welcome: Digest) {
        match &mut self.asking {
            Some(asking) => {
                if let Ok(welcome) = desk.link.get_blob(welcome) {
                    asking.answer = Some(Answer { cursor, welcome });
                    self.events.push_back(RoomEvent::Connection(Connection::Joining));
                }
            }
            // It was given up for a blob that was there after all.
            None if matches!(self.phase, Phase::Entering(_)) => {
                desk.link.close();
                self.close(CloseReason::NotJoined);
            }
            None => {}
        }
    }

    /// A blob came. Returns whether it is the welcome.
    pub(super) fn welcome_came(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        bytes: &Bytes,
    ) -> Result<bool, Trouble> {
        let Some(asking) = &self.asking else { return Ok(false) };
        let Some(answer) = asking.answer.as_ref().filter(|answer| answer.welcome == request) else {
            return Ok(false);
        };
        let cursor = answer.cursor;
        let tx = desk.profile.begin()?;
        let entered = {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            Room::enter(&provider, self.record.room, bytes, &asking.knock)
        };
        let group = match entered {
            Ok(group) => group,
            Err(error) => {
                drop(tx);
                tracing::debug!(%error, "a welcome does not open");
                self.give_up_asking(desk, CloseReason::NotJoined)?;
                return Ok(true);
            }
        };
        let inviter = self.record.inviter;
        if inviter.is_some_and(|by| !group.members().iter().any(|member| member.identity == by)) {
            drop(tx);
            self.give_up_asking(desk, CloseReason::InviterGone)?;
            return Ok(true);
        }
        self.record.stage = Stage::Waiting;
        self.record.cursor = Some(cursor);
        self.record.last_commit = Some(cursor.chain);
        self.record.unsure = None;
        self.record.healed = desk.wall;
        self.record.name.clone_from(&group.policy().name);
        tx.put_room(&self.record)?;
        tx.set_pending(&self.record.room, None)?;
        tx.commit()?;
        self.asking = None;
        self.group = Some(group);
        self.phase = Phase::Member;
        self.seen.push(&cursor);
        // The place is the relay's word. The link holds it against the heads that the relay signed; what members say of it is
        // compared as always, and none of them was heard yet. An error means that the link has stopped, and says why.
        let _ = desk.link.subscribe(cursor);
        self.take_up_outbox(desk)?;
        self.tell_entered();
        self.events.push_back(RoomEvent::Connection(Connection::Unconfirmed));
        Ok(true)
    }

    /// An admin turned us away, or the relay forgot us.
    pub(super) fn declined(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        if self.asking.is_some() { self.give_up_asking(desk, CloseReason::Declined) } else { Ok(()) }
    }

    /// The relay knows our pass, and no answer any more: we came too late for it.
    pub(super) fn answer_forgotten(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let waits = self.asking.as_ref().is_some_and(|asking| asking.answer.is_none());
        if waits { self.give_up_asking(desk, CloseReason::NotJoined) } else { Ok(()) }
    }

    fn give_up_asking(&mut self, desk: &mut Desk<'_>, reason: CloseReason) -> Result<(), Trouble> {
        self.forget_knock(desk)?;
        desk.link.close();
        self.close(reason);
        Ok(())
    }

    /// Nothing comes of our knock: its keys go. What the profile knew of the room before stays.
    pub(super) fn forget_knock(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Some(asking) = self.asking.take() else { return Ok(()) };
        self.record.stage = Stage::Joining;
        let tx = desk.profile.begin()?;
        {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            asking.knock.forget(&provider).map_err(group_trouble)?;
        }
        self.undo_entry(&tx)?;
        Ok(tx.commit()?)
    }
}

/// The form in the profile: version 2, whether the relay has had it, and the knock. Version 1 is a commit or join that is under
/// way.
fn encode(knock: &Knock, came: bool) -> Vec<u8> {
    [&[VERSION, u8::from(came)][..], &knock.to_bytes()].concat()
}

fn decode(bytes: &[u8]) -> Option<(bool, Knock)> {
    match bytes {
        [VERSION, came @ (0 | 1), knock @ ..] => Some((*came == 1, Knock::from_bytes(knock)?)),
        _ => None,
    }
}

const VERSION: u8 = 2;

/// When it is first looked for another way in, then after twice that, and so on.
const FIRST_LOOK: Duration = Duration::from_secs(4);
const MOST_DOUBLINGS: u32 = 8;
const LEAST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(10 * 60);
