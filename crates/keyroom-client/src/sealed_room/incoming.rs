//! What the link says: logins, answers, and the log itself.

use keyroom_history::{Stage, Tx};
use keyroom_link::{Event as LinkEvent, Lost, Stop, credit_cost};
use keyroom_mls::{Claim, Provider};
use keyroom_types::{Cursor, EnvelopeId, Header, Kind, LogKey, Seq, SignedHead};
use keyroom_wire::{Code, Content as Bytes, Envelope, PassRole, Welcome};

use super::alarm::{Alarm, Broken};
use super::notice::{Line, peer_of};
use super::seen::Compared;
use super::{Desk, Phase, SealedRoom, Trouble, group_trouble};
use crate::event::{CloseReason, Connection, RoomEvent};
use crate::history::Position;

/// What one transaction showed, told once it is in the profile.
#[derive(Default)]
pub(super) struct Told {
    /// New lines: the first and the last.
    new: Option<(u64, u64)>,
    changed: Vec<u64>,
    events: Vec<RoomEvent>,
    alarms: Vec<Alarm>,
    /// Own messages that the log has.
    own: Vec<u64>,
    close: Option<CloseReason>,
}

impl Told {
    /// A line was added.
    pub(super) fn line(&mut self, position: u64) {
        let (first, _) = self.new.unwrap_or((position, position));
        self.new = Some((first, position));
    }

    pub(super) fn changed(&mut self, position: u64) {
        self.changed.push(position);
    }

    pub(super) fn event(&mut self, event: RoomEvent) {
        self.events.push(event);
    }

    pub(super) fn alarm(&mut self, alarm: Alarm) {
        self.alarms.push(alarm);
    }

    pub(super) fn close(&mut self, reason: CloseReason) {
        self.close = Some(reason);
    }
}

impl SealedRoom {
    /// Takes anything but envelopes.
    pub(super) fn link_said(&mut self, desk: &mut Desk<'_>, event: LinkEvent) -> Result<(), Trouble> {
        match event {
            LinkEvent::Welcome { welcome, log_key } => self.welcomed(desk, &welcome, log_key)?,
            LinkEvent::Created { request, head } => {
                if matches!(self.phase, Phase::Founding(founding) if founding == request) {
                    self.head(head);
                    self.known_head = Some(head.seq);
                    (self.may_commit, self.admin_there) = (true, true);
                    self.created(desk)?;
                }
            }
            LinkEvent::Appended { request, appended } => self.append_done(desk, request, appended.last)?,
            LinkEvent::Refused { request, refusal } => {
                let ours = self.knock_refused(desk, request, &refusal)?
                    || self.list_refused(request, &refusal)
                    || self.append_refused(desk, request, &refusal)?
                    || self.commit_refused(desk, request, &refusal)?
                    || self.join_refused(desk, request, &refusal)?;
                if !ours && matches!(self.phase, Phase::Founding(founding) if founding == request) {
                    self.close(CloseReason::Refused(refusal.code));
                }
            }
            LinkEvent::Subscribed { head } => {
                self.known_head = self.known_head.max(Some(head));
                self.admissions.ask_again();
            }
            LinkEvent::Head(head) => {
                self.head(head);
                self.keep_record(desk)?;
            }
            LinkEvent::Lost { why, wait } => self.lost(why, wait),
            LinkEvent::Stopped(stop) => self.stopped(desk, stop)?,
            LinkEvent::Turn { turn, .. } => self.turn(desk, &turn),
            LinkEvent::Blobs { request, blobs } => self.blobs_named(desk, request, &blobs)?,
            LinkEvent::Blob { request, bytes, .. } => self.blob_came(desk, request, &bytes)?,
            LinkEvent::WrongBlob { request, .. } => self.blob_failed(desk, request),
            LinkEvent::BeginAgain if matches!(self.phase, Phase::Entering(_)) => {
                // A join that was on its way is not in the log, or the relay would have known our pass.
                self.forget_join(desk)?;
                self.begin_again(desk);
            }
            LinkEvent::Done { request } => {
                self.knock_kept(desk, request)?;
                self.knock_declined(request);
            }
            LinkEvent::Answered { cursor, welcome } => self.let_in(desk, cursor, welcome),
            LinkEvent::Ephemeral(bytes) => self.hinted(desk, &bytes)?,
            LinkEvent::Declined => self.declined(desk)?,
            LinkEvent::Knocked(knocked) => self.knocked(desk, &knocked),
            LinkEvent::Knocks { request, knocks } => self.knocks_listed(desk, request, &knocks),
            _ => {}
        }
        Ok(())
    }

    fn welcomed(&mut self, desk: &mut Desk<'_>, welcome: &Welcome, log_key: LogKey) -> Result<(), Trouble> {
        self.record.log_key = Some(log_key);
        self.record.volatile = welcome.volatile;
        self.may_commit = welcome.role.is_some_and(|role| role >= PassRole::Member);
        self.admin_there = welcome.role == Some(PassRole::Admin);
        self.outgoing.heals_in_vain = false;
        self.captures.connected();
        if self.may_commit && matches!(self.phase, Phase::Member) {
            let tx = desk.profile.begin()?;
            tx.set_room_setting(&self.record.room, CONFIRMED_PASS, &self.pass.to_string())?;
            tx.commit()?;
        }
        if let Some(head) = welcome.head {
            self.record.incarnation = Some(head.incarnation);
            self.known_head = Some(head.seq);
            self.outgoing.head_signed(head.seq);
            self.join_head_signed(head.seq);
            self.head(head);
        }
        if let (Phase::Member, Some((envelope, _))) = (&self.phase, welcome.last) {
            let known = desk.profile.begin()?.was_sent(&self.record.room, &envelope)?;
            if !known {
                self.record.unsure = Some(Broken::Copied.encode());
                self.alarm(Alarm::Copied);
            }
        }
        self.keep_record(desk)?;
        match welcome.role {
            None => self.still_asks(),
            Some(_) if welcome.answered.is_none() => self.answer_forgotten(desk)?,
            Some(_) => {}
        }
        let at = self.record.cursor.map_or(0, |cursor| cursor.seq.get());
        let of = self.known_head.map_or(at, Seq::get);
        if matches!(self.phase, Phase::Member) && of > at {
            self.events.push_back(RoomEvent::Connection(Connection::CatchingUp { at, of }));
        }
        Ok(())
    }

    pub(super) fn keep_record(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        if self.record.stage == Stage::Joining {
            // A room that was never entered leaves nothing behind.
            return Ok(());
        }
        let tx = desk.profile.begin()?;
        tx.put_room(&self.record)?;
        Ok(tx.commit()?)
    }

    fn head(&mut self, head: SignedHead) {
        if self.record.head.is_none_or(|known| known.seq <= head.seq) {
            self.record.head = Some(head);
        }
    }

    fn lost(&mut self, why: Lost, wait: std::time::Duration) {
        self.known_head = None;
        self.told_online = false;
        if matches!(why, Lost::Relay(code) if self.asks_by(code)) {
            return;
        }
        if let (Phase::Entering(_), Lost::Relay(code)) = (&self.phase, why)
            && matches!(code, Code::NoDoor | Code::DoorExpired | Code::DoorUsedUp | Code::NoRoom)
        {
            self.close(CloseReason::Refused(code));
            return;
        }
        self.events.push_back(RoomEvent::Connection(Connection::Lost { why, retry_in: wait }));
        if let Lost::Fault(fault) = why {
            self.relay_broke(fault);
        }
    }

    fn stopped(&mut self, desk: &mut Desk<'_>, stop: Stop) -> Result<(), Trouble> {
        if matches!(stop, Stop::NewIncarnation { .. } | Stop::RoomEnded | Stop::Refused(_)) {
            self.forget_knock(desk)?;
        }
        match stop {
            Stop::Closed => self.close(CloseReason::Left),
            Stop::HeadConflict { .. } => self.stand_still(desk, Alarm::Forked)?,
            Stop::RolledBack { .. } => self.stand_still(desk, Alarm::RolledBack)?,
            Stop::LogKey => self.stand_still(desk, Alarm::LogKey)?,
            Stop::NewIncarnation { .. } | Stop::RoomEnded => {
                if matches!(self.phase, Phase::Member) {
                    self.record.stage = Stage::Ended;
                    self.keep_record(desk)?;
                    self.close(CloseReason::Ended);
                } else {
                    self.close(CloseReason::Refused(Code::NoRoom));
                }
            }
            Stop::Replaced => self.close(CloseReason::Replaced),
            Stop::NoCommonVersion { .. } => self.close(CloseReason::Version),
            Stop::Refused(Code::NoPass) if self.awaited_join.is_some() => self.close(CloseReason::NotJoined),
            Stop::Refused(Code::NoPass) if matches!(self.phase, Phase::Member) => {
                // The relay alone cannot remove anybody: what it withholds is the log, and it says so here. So the room stays
                // as it is, and a new invite is an entry, not another try with this pass.
                let tx = desk.profile.begin()?;
                tx.set_room_setting(&self.record.room, REFUSED_PASS, "1")?;
                tx.commit()?;
                self.close(CloseReason::PassRefused);
            }
            Stop::Refused(code) => self.close(CloseReason::Refused(code)),
            _ => self.close(CloseReason::Left),
        }
        Ok(())
    }

    /// Takes a run of envelopes in one transaction.
    pub(super) fn envelopes(
        &mut self,
        desk: &mut Desk<'_>,
        run: &[(Envelope, Cursor)],
    ) -> Result<(), Trouble> {
        let Some((last, cursor)) = run.last().map(|(envelope, cursor)| (envelope.header.seq, *cursor)) else {
            return Ok(());
        };
        let cost: u64 = run.iter().map(|(envelope, _)| credit_cost(envelope)).sum();
        let mut envelopes = run;
        if let Some(join) = self.awaited_join.or_else(|| self.is_entering().then_some(NO_ENVELOPE)) {
            // A newcomer cannot open what stands before its join; it only follows the chain.
            while let [(envelope, cursor), rest @ ..] = envelopes {
                envelopes = rest;
                self.follow(&envelope.header, cursor);
                if envelope.header.envelope == join && self.is_me(&envelope.header.pass) {
                    self.footing.joined(envelope.header.seq);
                    self.joined(desk)?;
                    self.note_entry(desk, &envelope.header)?;
                    break;
                }
            }
        }
        if envelopes.is_empty() {
            desk.link.consumed(cost);
            return if self.is_entering() { Ok(()) } else { self.keep_record(desk) };
        }
        self.reload_if_needed(desk)?;
        let mut told = Told::default();
        let (now, crypto) = (desk.now, desk.crypto);
        let tx = desk.profile.begin()?;
        let taken = envelopes.iter().try_for_each(|(envelope, cursor)| {
            // What stands behind the proof that the log is false is not taken.
            if told.alarms.contains(&Alarm::Forked) {
                return Ok(());
            }
            self.envelope(now, crypto, &tx, envelope, cursor, &mut told)
        });
        let taken = taken.and_then(|()| self.store_secrets(crypto, &tx)).and_then(|()| {
            let commit = self.record.last_commit.unwrap_or(cursor.chain);
            let cursor = self.record.cursor.unwrap_or(cursor);
            Ok(tx.set_cursor(&self.record.room, &cursor, &commit)?)
        });
        if let Err(trouble) = taken.and_then(|()| Ok(tx.commit()?)) {
            self.group = None;
            return Err(trouble);
        }
        // Shown as stored only when it is on both disks.
        self.unsynced.committed(std::mem::take(&mut told.own));
        desk.link.consumed(cost);
        self.tell(desk, told, last)
    }

    fn tell(&mut self, desk: &mut Desk<'_>, told: Told, last: Seq) -> Result<(), Trouble> {
        if let Some((first, last)) = told.new {
            self.events.push_back(RoomEvent::Appended { first: Position(first), last: Position(last) });
        }
        for position in told.changed {
            self.events.push_back(RoomEvent::Changed { position: Position(position) });
        }
        self.events.extend(told.events);
        if let (false, Some(of)) = (self.told_online, self.known_head)
            && last < of
        {
            self.events
                .push_back(RoomEvent::Connection(Connection::CatchingUp { at: last.get(), of: of.get() }));
        }
        for alarm in told.alarms {
            if alarm == Alarm::Forked {
                return self.stand_still(desk, alarm);
            }
            if matches!(alarm, Alarm::Unsure | Alarm::Copied) {
                self.keep_record(desk)?;
            }
            self.alarm(alarm);
        }
        if let Some(reason) = told.close {
            desk.link.close();
            self.close(reason);
        }
        Ok(())
    }

    /// The chain goes on: where the room stands, without what is in the envelope.
    pub(super) fn follow(&mut self, header: &Header, cursor: &Cursor) {
        self.record.cursor = Some(*cursor);
        self.seen.push(cursor);
        if header.kind.is_commit() {
            self.record.last_commit = Some(cursor.chain);
            self.last_commit_base = Some(header.based_on);
        }
    }

    fn envelope(
        &mut self,
        now: std::time::Instant,
        crypto: &keyroom_mls::Crypto,
        tx: &Tx<'_>,
        envelope: &Envelope,
        cursor: &Cursor,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        let before = self.record.cursor;
        self.begin_capture(envelope, before.as_ref(), cursor);
        self.take_envelope(now, crypto, tx, envelope, cursor, told)?;
        self.keep_capture(tx, envelope)
    }

    fn take_envelope(
        &mut self,
        now: std::time::Instant,
        crypto: &keyroom_mls::Crypto,
        tx: &Tx<'_>,
        envelope: &Envelope,
        cursor: &Cursor,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        let header = &envelope.header;
        let base = self.last_commit_base;
        self.follow(header, cursor);
        if header.kind.is_commit() {
            // Whoever changes the group, or looks for it in the profile, finds it as it is.
            self.store_secrets(crypto, tx)?;
            // What follows it may come to another process.
            tx.set_commit_base(&self.record.room, header.based_on)?;
        }
        if let Some(head) = self.seen.contradicted(header.seq) {
            tracing::debug!(seq = head.seq.get(), "a signed head contradicts the log");
            told.alarm(Alarm::Forked);
            return Ok(());
        }
        if self.is_me(&header.pass) {
            return self.own(now, crypto, tx, header, told);
        }
        let Bytes::Body(body) = &envelope.content else {
            // Retention took it. What follows is still opened: the ratchet goes on without it.
            self.line(tx, header, &Line::Expired, told)?;
            return Ok(());
        };
        #[cfg(feature = "testing")]
        if self.vice == Some(super::Vice::LeftOut) && header.kind == Kind::Commit {
            self.vice = None;
            let by = self
                .group
                .as_ref()
                .and_then(|group| group.members().into_iter().find(|member| member.pass == header.pass));
            let unsure = keyroom_mls::Unsure { by, transcript: None };
            return self.opened(now, tx, header, keyroom_mls::Opened::Unsure(unsure), told);
        }
        let Some(group) = &mut self.group else { return Ok(()) };
        let opened = {
            let storage = if header.kind.is_commit() { tx.mls() } else { tx.mls_late() };
            let provider = Provider { crypto, storage: &storage };
            let follows = if header.kind == Kind::Follower { base } else { None };
            group.open(&provider, header, body, follows).map_err(group_trouble)?
        };
        if matches!(opened, keyroom_mls::Opened::Skipped(_))
            && let Some(Claim { room, head: Some(head), .. }) = Claim::of_body(body)
            && room == self.record.room
            && self.is_proof(&head)
        {
            // Of an epoch that we do not know, as it is in a room that was led apart: its author is not proven, and need not be,
            // since the relay signed what it carries.
            told.alarm(Alarm::Forked);
            return Ok(());
        }
        self.opened(now, tx, header, opened, told)
    }

    /// Writes what messages have moved on in the group: once for all of a run, before it is committed.
    pub(super) fn store_secrets(&mut self, crypto: &keyroom_mls::Crypto, tx: &Tx<'_>) -> Result<(), Trouble> {
        match &mut self.group {
            Some(group) if tx.owes_secrets() => {
                let storage = tx.mls();
                group.store_secrets(&Provider { crypto, storage: &storage }).map_err(group_trouble)
            }
            _ => Ok(()),
        }
    }

    fn own(
        &mut self,
        now: std::time::Instant,
        crypto: &keyroom_mls::Crypto,
        tx: &Tx<'_>,
        header: &Header,
        told: &mut Told,
    ) -> Result<(), Trouble> {
        self.own_capture();
        if header.kind == Kind::Commit {
            if let Some(opened) = self.own_commit(crypto, tx, header)? {
                return self.opened(now, tx, header, opened, told);
            }
        } else if let Some(position) = self.own_message(tx, header)? {
            told.own.extend(position);
            return Ok(());
        }
        // A follower of a commit of ours, our own join, or what was given up too early: known, and nothing to show.
        if !tx.was_sent(&self.record.room, &header.envelope)? {
            self.record.unsure = Some(Broken::Copied.encode());
            told.alarm(Alarm::Copied);
        } else if header.kind == Kind::Commit {
            // Given up on the relay's word, and there all the same: the others are in an epoch whose keys are gone here.
            self.record.unsure = Some(Broken::Unsure(header.seq).encode());
            told.alarm(Alarm::Unsure);
        }
        Ok(())
    }

    /// Compares what somebody says of the log with what we have. Attack matrix rows 10, 50.
    pub(super) fn check_claim(&mut self, from: &keyroom_mls::Member, claim: &Claim, told: &mut Told) {
        if claim.head.is_some_and(|head| self.is_proof(&head)) {
            return told.alarm(Alarm::Forked);
        }
        let (seq, chain) = &claim.newest;
        // Nobody has what comes after its own envelope: where that is put before, somebody has taken out what was between.
        if *seq >= self.at() || self.seen.compare(*seq, chain) == Compared::Conflict {
            told.alarm(Alarm::Claim(peer_of(&from.identity)));
        }
    }

    /// Whether the relay signed this and showed us something else. One of a place that was not reached is kept for then.
    fn is_proof(&mut self, head: &SignedHead) -> bool {
        let Some(key) = self.record.log_key else { return false };
        if !self.seen.is_signed(&key, &self.record.room, head) {
            return false;
        }
        let other_life = self.record.incarnation.is_some_and(|ours| ours != head.incarnation);
        match self.seen.compare(head.seq, &head.chain) {
            Compared::Conflict => return true,
            Compared::Unknown if head.seq > self.at() => self.seen.keep_ahead(*head),
            Compared::Same | Compared::Unknown => {}
        }
        other_life
    }
}

/// The room's setting that says that the relay refused our pass.
pub(crate) const REFUSED_PASS: &str = "pass refused";

/// The room's setting that holds the pass of ours that the relay takes commits from: the one of a re-entry inherits that.
pub(super) const CONFIRMED_PASS: &str = "confirmed pass";

/// No envelope has this name: a newcomer that has not joined waits for none.
const NO_ENVELOPE: EnvelopeId = EnvelopeId::from_bytes([0; EnvelopeId::BYTES]);
