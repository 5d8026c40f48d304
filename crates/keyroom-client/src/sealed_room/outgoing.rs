//! What is to be said: from the outbox into envelopes, and what the relay answers to them.
//!
//! An envelope is made only when the room is live and caught up; it and the advanced ratchet are in the profile before it is
//! sent. One that the relay refuses as stale, or whose answer was lost with the process, is given up only when the log was
//! read through what displaced it, or through a head signed later, and it is not there. Then its content is sealed anew: a
//! new envelope with the same message id. Attack matrix rows 15, 38, 52.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use keyroom_history::{MlsStorage, State, Tx};
use keyroom_link::RequestId;
use keyroom_mls::{Body, Content, Crypto, Provider, Room, Standing};
use keyroom_types::limits::{FRAME_BYTES, WAITING_MESSAGES};
use keyroom_types::{EnvelopeId, Kind, PassKey, Seq};
use keyroom_wire::{Append, Change, Code, NewEnvelope, Refusal};

use super::acts::is_act;
use super::commits::{UnderWay, Wish};
use super::record::FoundDesk;
use super::stored::Unsynced;
use super::{Desk, HEAL, Phase, SealedRoom, Trouble, group_trouble};
use crate::event::{CloseReason, RoomEvent};
use crate::history::{Position, SendFailure};

/// What is under way to the relay, and what waits.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Appends of messages that have no answer.
    flying: HashMap<RequestId, Flying>,
    /// Envelopes of ours that may be in the log although it was not said, until the log was read through that place.
    doubtful: Vec<Doubtful>,
    /// Contents in the outbox.
    pub(super) waiting: usize,
    /// The commit that is under way.
    pub(super) commit: Option<UnderWay>,
    /// The relay took no healing on this connection: what is to be said does not wait for it.
    pub(super) heals_in_vain: bool,
    /// Commits that are wanted.
    pub(super) wishes: std::collections::VecDeque<Wish>,
    /// The newest commit of the log was skipped, and its blob is of no epoch that the room is in.
    pub(super) republish: Option<Seq>,
    /// Refused for now: nothing is sent before.
    not_before: Option<Instant>,
    /// Nothing is sent any more.
    stopped: bool,
}

/// An append of messages.
pub(super) struct Flying {
    items: Vec<Item>,
    /// Newcomers that it confirms.
    confirms: Vec<PassKey>,
    /// Whether it says that we leave.
    leaves: bool,
}

impl Flying {
    /// Messages and nothing else.
    pub(super) fn of(items: Vec<Item>) -> Self {
        Self { items, confirms: Vec::new(), leaves: false }
    }
}

/// One content of the outbox in an envelope.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) envelope: EnvelopeId,
    pub(super) position: Option<u64>,
    /// It is about the message there, which does not wait for it.
    pub(super) act: bool,
}

impl Item {
    /// The line whose state it is.
    fn line(&self) -> Option<u64> {
        self.position.filter(|_| !self.act)
    }
}

/// An envelope of which it is not known whether it is in the log.
struct Doubtful {
    item: Item,
    /// What displaced it, or where the relay says that it is: once the log was read through there without it, it is not in
    /// it.
    until: Seq,
    /// Whether the relay acknowledged it: then nothing needs to wait for it.
    acknowledged: bool,
}

impl Outgoing {
    /// Nothing is sent any more.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether sending stopped for good.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether nothing waits and nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting == 0 && self.commit.is_none() && self.wishes.is_empty()
    }

    /// Whether what is said now may go at once: all that was said before is under way, and nothing comes first.
    pub(super) fn is_open(&self, now: Instant, at: Seq) -> bool {
        let under_way = self.flying.values().map(|flying| flying.items.len()).sum::<usize>();
        // What the log should have by now and has not is sealed anew first.
        let awaited = self.doubtful.iter().all(|doubtful| doubtful.acknowledged && doubtful.until > at);
        !self.stopped
            && self.not_before.is_none_or(|at| at <= now)
            && self.commit.is_none()
            && self.wishes.is_empty()
            && self.republish.is_none()
            && awaited
            && self.flying.len() < FLYING
            && self.waiting == under_way + self.doubtful.len()
    }

    /// Whether only wishes wait.
    #[cfg(feature = "testing")]
    pub(super) fn has_said_all(&self) -> bool {
        self.waiting == 0 && self.commit.is_none()
    }

    /// So many more contents wait in the outbox.
    pub(super) fn pushed(&mut self, contents: usize) {
        self.waiting += contents;
    }

    /// So many were taken out of it, and said to nobody.
    pub(super) fn unsaid(&mut self, contents: usize) {
        self.waiting = self.waiting.saturating_sub(contents);
    }

    /// When sending is tried again, after a refusal.
    pub(super) fn not_before(&self) -> Option<Instant> {
        if self.stopped { None } else { self.not_before }
    }

    /// A later login named where the log ends: what displaced an envelope may have been lost with a relay that was killed,
    /// and this head is as good a place.
    pub(super) fn head_signed(&mut self, head: Seq) {
        self.doubtful.iter_mut().for_each(|doubtful| doubtful.until = doubtful.until.min(head));
        if let Some(UnderWay { until: Some(until), .. }) = &mut self.commit {
            *until = (*until).min(head);
        }
    }

    pub(super) fn later(&mut self, now: Instant, refusal: &Refusal) {
        let wait = Duration::from_millis(refusal.retry_ms.into()).clamp(LEAST_WAIT, MOST_WAIT);
        self.not_before = Some(now + wait);
    }
}

#[cfg(feature = "testing")]
impl SealedRoom {
    /// What is under way, for a test that fails.
    pub fn doing(&self) -> String {
        let doubtful: Vec<(Seq, bool)> =
            self.outgoing.doubtful.iter().map(|doubtful| (doubtful.until, doubtful.acknowledged)).collect();
        format!(
            "known head {:?}, flying {}, doubtful {doubtful:?}, waiting {}, commit until {:?}, wishes {:?}, not before {}, stopped {}, may commit {}, awaited join {:?}",
            self.known_head,
            self.outgoing.flying.len(),
            self.outgoing.waiting,
            self.outgoing.commit.as_ref().map(|commit| commit.until),
            self.outgoing.wishes,
            self.outgoing.not_before.is_some(),
            self.outgoing.stopped,
            self.may_commit,
            self.awaited_join,
        )
    }
}

impl SealedRoom {
    /// After a restart: what was sealed is doubtful until the log was read, as is a commit.
    pub(super) fn load_outgoing(&mut self, desk: &mut FoundDesk<'_>) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        let all = tx.outbox(&self.record.room, WAITING_MESSAGES * 2)?;
        self.outgoing.waiting = all.len();
        self.outgoing.doubtful = all
            .into_iter()
            .filter_map(|outgoing| {
                let (envelope, _) = outgoing.sealed?;
                let act = is_act(&outgoing.content);
                let item = Item { id: outgoing.id, envelope, position: outgoing.position, act };
                Some(Doubtful { item, until: NEXT_HEAD, acknowledged: false })
            })
            .collect();
        let pending = tx.pending(&self.record.room)?;
        self.last_commit_base = tx.commit_base(&self.record.room)?;
        self.unsynced.load(&tx, &self.record.room)?;
        drop(tx);
        self.load_commit(pending.as_deref());
        Ok(())
    }

    /// The room was entered: what waited in the profile before, for a leaf that is gone, is said by the new one. Whoever has
    /// it already knows it by its id.
    pub(super) fn take_up_outbox(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        let all = tx.outbox(&self.record.room, WAITING_MESSAGES * 2)?;
        for outgoing in all.iter().filter(|outgoing| outgoing.sealed.is_some()) {
            tx.outbox_unseal(outgoing.id)?;
            if let Some(position) = outgoing.position.filter(|_| !is_act(&outgoing.content)) {
                tx.set_state(&self.record.room, position, State::Waiting, None, None)?;
            }
        }
        self.unsynced.load(&tx, &self.record.room)?;
        tx.commit()?;
        self.outgoing.doubtful.clear();
        self.outgoing.waiting = all.len();
        Ok(())
    }

    /// Sends what waits. Called when the room is live and caught up.
    pub(super) fn send_on(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        if self.outgoing.stopped || self.record.unsure.is_some() {
            return Ok(());
        }
        self.resolve(desk)?;
        self.resolve_commit(desk)?;
        self.outgoing.not_before = self.outgoing.not_before.filter(|at| *at > desk.now);
        let held = self.outgoing.not_before.is_some()
            || self.outgoing.commit.is_some()
            || self.outgoing.doubtful.iter().any(|doubtful| !doubtful.acknowledged);
        if held {
            return Ok(());
        }
        self.put_due(desk)?;
        self.republish(desk)?;
        self.repair_if_due(desk.now);
        if self.outgoing.flying.is_empty() && self.commit_if_wanted(desk)? {
            return Ok(());
        }
        if !self.outgoing.wishes.is_empty() && self.may_commit() {
            // The commit goes first: what is sent now would only delay it. Who may not commit yet talks meanwhile.
            return Ok(());
        }
        while self.outgoing.flying.len() < FLYING && self.seal_some(desk)? {}
        Ok(())
    }

    /// Receipts and confirmations that are due go through the outbox like everything else.
    fn put_due(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        // Who may not commit itself may not confirm others; it does when somebody has confirmed it.
        let passes = if self.may_commit() { self.confirmations.take_due(desk.now) } else { Vec::new() };
        if !passes.is_empty() {
            self.put_quiet(desk, Body::Confirm { passes })?;
            let tx = desk.profile.begin()?;
            self.confirmations.keep(&tx, &self.record.room)?;
            tx.commit()?;
        }
        if self.confirmations.take_answer(desk.now) {
            self.put_quiet(desk, Body::Receipt { seen: self.at() })?;
        }
        if let Some(seen) = self.receipts.take_due(desk.now)
            && desk.profile.begin()?.choices(&self.record.room)?.receipts
        {
            self.put_quiet(desk, Body::Receipt { seen })?;
        }
        // Healing comes before the first thing that is said on a day.
        if self.outgoing.waiting > 0 && self.is_to_heal(desk.wall) {
            let wanted = self.outgoing.wishes.iter().any(|wish| matches!(wish, Wish::Heal));
            if !wanted {
                self.outgoing.wishes.push_front(Wish::Heal);
            }
        }
        Ok(())
    }

    /// Whether our keys are to be renewed before the next thing that is said.
    pub(super) fn is_to_heal(&self, wall: keyroom_types::Timestamp) -> bool {
        // Both times are of our own clock; one that was set back far counts as a day that has passed.
        let day = u64::try_from(HEAL.as_millis()).unwrap_or(u64::MAX);
        let healed = self.record.healed;
        let due = wall > healed.plus_millis(day) || healed > wall.plus_millis(day);
        due && self.may_commit() && !self.outgoing.heals_in_vain
    }

    /// Where the newest commit was skipped, newcomers need a blob of the epoch that goes on (attack matrix row 51). The relay
    /// takes the first few.
    fn republish(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let newest = self.newest_commit();
        let skipped = self.outgoing.republish.take() == Some(newest);
        let has_blobs = self.group.as_ref().is_some_and(|group| !group.policy().approval);
        if skipped && has_blobs && self.may_commit() { self.offer_blob(desk, newest) } else { Ok(()) }
    }

    /// Seals the next contents and sends them in one append. Returns whether there were any.
    fn seal_some(&mut self, desk: &mut Desk<'_>) -> Result<bool, Trouble> {
        let flying = self.outgoing.flying.values().flat_map(|flying| &flying.items);
        let doubtful = self.outgoing.doubtful.iter().map(|doubtful| &doubtful.item);
        let flying: HashSet<u64> = flying.chain(doubtful).map(|item| item.id).collect();
        if self.outgoing.waiting <= flying.len() {
            return Ok(false);
        }
        let (room, standing) = (self.record.room, self.standing());
        let Some(group) = &mut self.group else { return Ok(false) };
        let tx = desk.profile.begin()?;
        let (mut items, mut entries, mut bytes) = (Vec::new(), Vec::new(), 0);
        let (mut confirms, mut leaves) = (Vec::new(), false);
        for next in tx.outbox(&room, flying.len() + AT_ONCE)? {
            if flying.contains(&next.id) || next.sealed.is_some() {
                continue;
            }
            let Ok(content) = Content::decode(&next.content) else {
                tx.outbox_done(next.id)?;
                self.outgoing.waiting -= 1;
                continue;
            };
            // A confirmation goes alone, since the relay refuses it whole if somebody was faster.
            let leave = content.body == Body::Leave;
            let confirm =
                if let Body::Confirm { passes } = &content.body { Some(passes.clone()) } else { None };
            if (confirm.is_some() || leave) && !items.is_empty() {
                break;
            }
            let mut envelope = [0; EnvelopeId::BYTES];
            (desk.random)(&mut envelope);
            let envelope = EnvelopeId::from_bytes(envelope);
            // The group's secrets are written once for all of them.
            let entry = seal(&tx.mls_late(), group, desk.crypto, &tx, &standing, &content, envelope)?;
            tx.outbox_sealed(next.id, &envelope, &[])?;
            let act = is_act(&next.content);
            let item = Item { id: next.id, envelope, position: next.position, act };
            if let Some(position) = item.line() {
                tx.set_state(&room, position, State::Sent, None, None)?;
            }
            bytes += entry.body.len();
            items.push(item);
            entries.push(entry);
            leaves = leave;
            confirms = confirm.unwrap_or_default();
            if leaves || !confirms.is_empty() {
                break;
            }
            if items.len() == AT_ONCE || bytes > MOST_BYTES {
                break;
            }
        }
        if let Err(error) = self.store_secrets(desk.crypto, &tx).and_then(|()| Ok(tx.commit()?)) {
            // The ratchet in memory has moved and the stored one has not: what is sealed now would use keys twice.
            self.group = None;
            return Err(error);
        }
        if items.is_empty() {
            return Ok(false);
        }
        for position in items.iter().filter_map(Item::line) {
            self.events.push_back(RoomEvent::Changed { position: Position(position) });
        }
        self.fly(desk, &standing, entries, Flying { items, confirms, leaves })?;
        Ok(true)
    }

    /// What is stored as sealed goes to the relay.
    pub(super) fn fly(
        &mut self,
        desk: &mut Desk<'_>,
        standing: &Standing,
        entries: Vec<NewEnvelope>,
        flying: Flying,
    ) -> Result<(), Trouble> {
        let mut changes: Vec<Change> = flying.confirms.iter().map(|pass| self.confirmation(*pass)).collect();
        if flying.leaves {
            changes.push(Change::Revoke(self.pass));
        }
        let append = Append { based_on: standing.cursor.newest_commit, entries, changes };
        let request = desk.link.append(append, None).map_err(group_trouble)?;
        self.outgoing.flying.insert(request, flying);
        Ok(())
    }

    /// One of our envelopes is in the log: its content is said. Returns the place of its line.
    pub(super) fn own_message(
        &mut self,
        tx: &Tx<'_>,
        header: &keyroom_types::Header,
    ) -> Result<Option<Option<u64>>, Trouble> {
        let room = self.record.room;
        let flying = self.outgoing.flying.values().flat_map(|flying| &flying.items);
        let doubtful = self.outgoing.doubtful.iter().map(|doubtful| &doubtful.item);
        let found = flying.chain(doubtful).find(|item| item.envelope == header.envelope).copied();
        let Some(item) = found else { return Ok(None) };
        if let Some(position) = item.line() {
            // Stored, once a sync has followed.
            tx.set_state(&room, position, State::Sent, Some(header.seq), Some(header.time))?;
        }
        tx.outbox_done(item.id)?;
        self.outgoing.waiting = self.outgoing.waiting.saturating_sub(1);
        self.outgoing.doubtful.retain(|doubtful| doubtful.item.id != item.id);
        for flying in self.outgoing.flying.values_mut() {
            flying.items.retain(|other| other.id != item.id);
        }
        Ok(Some(item.position))
    }

    /// The relay answered an append of messages.
    pub(super) fn append_done(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        through: Seq,
    ) -> Result<(), Trouble> {
        if self.outgoing.flying.get(&request).is_some_and(|flying| flying.leaves) {
            return self.wipe(desk);
        }
        // The log settles it: a relay that acknowledges what it does not append is found out there.
        if let Some(flying) = self.outgoing.flying.remove(&request) {
            let doubtful = |item| Doubtful { item, until: through, acknowledged: true };
            self.outgoing.doubtful.extend(flying.items.into_iter().map(doubtful));
        }
        Ok(())
    }

    fn wipe(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        if let Some(group) = self.group.take() {
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            group.delete(&provider).map_err(group_trouble)?;
        }
        tx.forget_room(&self.record.room)?;
        tx.commit()?;
        self.unsynced = Unsynced::default();
        desk.profile.checkpoint()?;
        desk.link.close();
        self.close(CloseReason::Left);
        Ok(())
    }

    /// The relay refused an append of messages. Returns whether it was one.
    pub(super) fn append_refused(
        &mut self,
        desk: &mut Desk<'_>,
        request: RequestId,
        refusal: &Refusal,
    ) -> Result<bool, Trouble> {
        let Some(flying) = self.outgoing.flying.remove(&request) else { return Ok(false) };
        match refusal.code {
            Code::Stale => {
                self.known_head = self.known_head.max(Some(refusal.seq));
                let until = refusal.seq;
                self.outgoing.doubtful.extend(flying.items.into_iter().map(|item| Doubtful {
                    item,
                    until,
                    acknowledged: false,
                }));
            }
            // One of them is gone. The others are confirmed one by one.
            Code::Change | Code::Role if !flying.confirms.is_empty() => {
                self.drop_items(desk, &flying.items)?;
                if let [_, _, ..] = flying.confirms.as_slice() {
                    for pass in flying.confirms {
                        self.put_quiet(desk, Body::Confirm { passes: vec![pass] })?;
                    }
                }
            }
            code if is_temporary(code) => {
                self.outgoing.later(desk.now, refusal);
                self.unseal(desk, &flying.items)?;
            }
            code => self.give_up(desk, &flying.items, code)?,
        }
        Ok(true)
    }

    /// Gives up what the log, read far enough, does not have: it is sealed anew.
    fn resolve(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let at = self.at();
        let ready: Vec<Item> = self
            .outgoing
            .doubtful
            .iter()
            .filter(|doubtful| doubtful.until <= at)
            .map(|doubtful| doubtful.item)
            .collect();
        self.outgoing.doubtful.retain(|doubtful| doubtful.until > at);
        if ready.is_empty() { Ok(()) } else { self.unseal(desk, &ready) }
    }

    fn unseal(&mut self, desk: &mut Desk<'_>, items: &[Item]) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        for item in items {
            tx.outbox_unseal(item.id)?;
            if let Some(position) = item.line() {
                tx.set_state(&self.record.room, position, State::Waiting, None, None)?;
                self.events.push_back(RoomEvent::Changed { position: Position(position) });
            }
        }
        Ok(tx.commit()?)
    }

    fn drop_items(&mut self, desk: &mut Desk<'_>, items: &[Item]) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        items.iter().try_for_each(|item| tx.outbox_done(item.id))?;
        tx.commit()?;
        self.outgoing.waiting = self.outgoing.waiting.saturating_sub(items.len());
        Ok(())
    }

    /// What the relay will not take fails, with a reason, and can be tried again by hand.
    fn give_up(&mut self, desk: &mut Desk<'_>, items: &[Item], code: Code) -> Result<(), Trouble> {
        let tx = desk.profile.begin()?;
        for item in items {
            tx.outbox_done(item.id)?;
            if let (Some(position), true) = (item.position, item.act) {
                let (position, why) = (Position(position), SendFailure::Relay(code));
                self.events.push_back(RoomEvent::ActFailed { position, why });
            }
            if let Some(position) = item.line() {
                tx.set_state(&self.record.room, position, State::Failed(u16::from(code as u8)), None, None)?;
                self.events.push_back(RoomEvent::Changed { position: Position(position) });
            }
        }
        tx.commit()?;
        self.outgoing.waiting = self.outgoing.waiting.saturating_sub(items.len());
        Ok(())
    }

    /// Whether this member's pass may append commits: the relay told so, or somebody confirmed it.
    pub(super) fn may_commit(&self) -> bool {
        matches!(self.phase, Phase::Member) && self.may_commit
    }
}

/// Seals a content of the outbox. The outbox names its envelope in the same transaction, whose `storage` it is, as the ratchet
/// moves on in it.
pub(super) fn seal(
    storage: &MlsStorage<'_>,
    group: &mut Room,
    crypto: &Crypto,
    tx: &Tx<'_>,
    standing: &Standing,
    content: &Content,
    envelope: EnvelopeId,
) -> Result<NewEnvelope, Trouble> {
    let body = group.send(&Provider { crypto, storage }, standing, content).map_err(group_trouble)?;
    tx.sent(&group.id(), &envelope)?;
    Ok(NewEnvelope { id: envelope, kind: Kind::Application, body: body.into(), blob: None })
}

/// What will pass by itself.
fn is_temporary(code: Code) -> bool {
    matches!(code, Code::Rate | Code::Busy | Code::DiskFull | Code::Store | Code::Requests | Code::RoomFull)
}

/// Until a head that is signed from now on: no place is before it.
pub(super) const NEXT_HEAD: Seq = Seq::new(u64::MAX);

/// Appends of messages that may be without an answer at once.
const FLYING: usize = 8;
/// Messages in one of them.
const AT_ONCE: usize = 32;
/// Bytes in one of them, after which it takes no more.
const MOST_BYTES: usize = FRAME_BYTES / 4;
const LEAST_WAIT: Duration = Duration::from_millis(200);
const MOST_WAIT: Duration = Duration::from_secs(60);
