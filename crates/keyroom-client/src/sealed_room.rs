//! A sealed room as its member sees it: a state machine between the link, the MLS group and the profile. Spec:
//! `docs/protocol.md`, "Sealed rooms".
//!
//! ```text
//! founding ───────────── Created ─────────────┐
//! entering: turn ► blob ► reading ► joining ──┤
//! reopened: catching up ──────────────────────┴─► member ─► over
//! ```
//!
//! Sans-IO: no socket and no clock in here. The driver hands in what the link said and what a person wants, with a [`Desk`]
//! that holds all that the room works with; then it drains [`SealedRoom::poll_event`]. What one call changes (ratchet,
//! message, cursor) is one transaction of the profile. If that transaction fails, the group in memory is ahead of the
//! profile and is loaded again.

#![cfg_attr(not(feature = "testing"), allow(unreachable_pub, reason = "public for simulations only"))]

mod acts;
mod admit;
mod alarm;
mod captures;
mod commits;
mod confirm;
mod enter;
mod footing;
mod incoming;
mod knock;
mod notice;
mod opened;
mod outgoing;
mod pending;
mod receipts;
mod record;
mod repair;
mod saying;
mod seen;
mod stored;
#[cfg(feature = "testing")]
mod vice;
mod watch;

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use keyroom_history::{DbError, Profile, RoomRecord};
use keyroom_link::{Credential, Event as LinkEvent, Link, LinkConfig, PassSecret, RequestId};
use keyroom_mls::{Crypto, Identity, Provider, Room, Standing};
use keyroom_types::{Cursor, EnvelopeId, IdentityKey, MessageId, PassKey, Seq, Timestamp};
use keyroom_wire::Envelope;

use self::acts::Hints;
use self::admit::Admissions;
use self::alarm::{Faults, LastWord};
use self::captures::Captures;
use self::confirm::Confirmations;
use self::enter::Entering;
use self::footing::Footing;
use self::knock::Asking;
use self::outgoing::Outgoing;
use self::receipts::Receipts;
use self::repair::Repair;
use self::seen::SeenChains;
use self::stored::Unsynced;
use self::watch::Watch;
use crate::event::{CloseReason, RoomEvent};

pub(crate) use acts::is_act;
pub(crate) use admit::shown_knock;
pub use alarm::Alarm;
pub use commits::Wish;
pub use enter::EnterSetup;
pub(crate) use incoming::REFUSED_PASS;
pub(crate) use notice::{decode_notice, peer_of};
pub use record::{FoundDesk, FoundSetup, room_id};
#[cfg(feature = "testing")]
pub use vice::Vice;

/// All that a room works with in one call.
pub struct Desk<'a> {
    /// Now, on the clock that never jumps.
    pub now: Instant,
    /// Now, on the clock that people read, in milliseconds since 1970. Only for lines of the timeline, never for what is
    /// valid.
    pub wall: Timestamp,
    /// The room's link.
    pub link: &'a mut Link,
    /// The profile.
    pub profile: &'a mut Profile,
    /// The MLS library's cryptography.
    pub crypto: &'a Crypto,
    /// The system's random source, or a sequence in tests.
    pub random: &'a mut dyn FnMut(&mut [u8]),
}

impl Desk<'_> {
    /// A fresh name for a message.
    fn message_id(&mut self) -> MessageId {
        let mut id = [0; MessageId::BYTES];
        (self.random)(&mut id);
        MessageId::from_bytes(id)
    }

    /// A fresh name for an envelope.
    fn envelope_id(&mut self) -> EnvelopeId {
        let mut id = [0; EnvelopeId::BYTES];
        (self.random)(&mut id);
        EnvelopeId::from_bytes(id)
    }
}

/// A sealed room on this device.
pub struct SealedRoom {
    identity: Identity,
    /// Public half of our pass: compared with every envelope's, and costly to derive.
    pass: PassKey,
    record: RoomRecord,
    /// `None` until the room is entered, and after a failed transaction until it is loaded again.
    group: Option<Room>,
    phase: Phase,
    /// How far the log is known to go on this connection.
    known_head: Option<Seq>,
    /// Whether catching up was told to the face.
    told_online: bool,
    outgoing: Outgoing,
    unsynced: Unsynced,
    confirmations: Confirmations,
    receipts: Receipts,
    watch: Watch,
    repair: Repair,
    captures: Captures,
    seen: SeenChains,
    footing: Footing,
    /// What the relay did wrong at the place where the log was read to.
    faults: Faults,
    /// What is said before the room stands still.
    last_word: Option<LastWord>,
    /// The last commit of the log and what it was based on, for the followers behind it.
    last_commit_base: Option<Seq>,
    /// Whether our pass may append commits: the relay said so, or a member confirmed us.
    may_commit: bool,
    /// Whether the relay knows our pass as an admin's.
    admin_there: bool,
    /// Members who said that they left: the next removal takes their leaves out, too.
    gone: BTreeSet<PassKey>,
    /// When messages were last looked through for those whose time is over.
    swept: Option<Instant>,
    /// When the secrets of past epochs are to leave the profile's write-ahead log.
    clean: Option<Instant>,
    /// Our knock, until it is answered.
    asking: Option<Asking>,
    /// Who asks to be let in, for admins.
    admissions: Admissions,
    /// Who writes, and when we last said that we do.
    hints: Hints,
    /// Our join, until it is seen in the log.
    awaited_join: Option<EnvelopeId>,
    /// When all that was due then was last done, or could not be.
    woken: Option<Instant>,
    /// What our own clock showed in the last call.
    wall: Timestamp,
    #[cfg(feature = "testing")]
    vice: Option<Vice>,
    events: VecDeque<RoomEvent>,
}

/// How far the room is.
enum Phase {
    Founding(RequestId),
    Entering(Box<Entering>),
    Member,
    Over,
}

/// Why a call could not do what it had to: the profile's fault, or the MLS library's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// The profile.
    #[error("the profile: {0}")]
    Profile(#[from] DbError),
    /// The MLS library, in words that carry no content.
    #[error("the room's keys: {0}")]
    Group(String),
}

impl SealedRoom {
    fn new(identity: Identity, record: RoomRecord, group: Option<Room>, phase: Phase) -> Self {
        Self {
            identity,
            pass: pass_secret(&record).public(),
            record,
            group,
            phase,
            known_head: None,
            told_online: false,
            outgoing: Outgoing::default(),
            unsynced: Unsynced::default(),
            confirmations: Confirmations::default(),
            receipts: Receipts::default(),
            watch: Watch::default(),
            repair: Repair::default(),
            captures: Captures::default(),
            seen: SeenChains::default(),
            footing: Footing::default(),
            faults: Faults::default(),
            last_word: None,
            last_commit_base: None,
            may_commit: false,
            admin_there: false,
            gone: BTreeSet::new(),
            swept: None,
            clean: None,
            asking: None,
            admissions: Admissions::default(),
            hints: Hints::default(),
            awaited_join: None,
            woken: None,
            wall: Timestamp::default(),
            #[cfg(feature = "testing")]
            vice: None,
            events: VecDeque::new(),
        }
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<RoomEvent> {
        self.events.pop_front()
    }

    /// What the profile keeps of the room.
    pub fn record(&self) -> &RoomRecord {
        &self.record
    }

    /// The room's group, once it was entered.
    pub fn group(&self) -> Option<&Room> {
        self.group.as_ref()
    }

    /// Whether nothing of it follows.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Who we are.
    pub fn identity_key(&self) -> IdentityKey {
        self.identity.key()
    }

    /// Whether the room was not entered yet.
    pub fn is_newcomer(&self) -> bool {
        matches!(self.phase, Phase::Entering(_) | Phase::Founding(_))
    }

    /// Ends it for a reason of the driver's.
    pub(crate) fn end(&mut self, reason: CloseReason) {
        self.close(reason);
    }

    /// Whether all that was said is in the log, as far as is known, and shown as stored.
    pub fn has_flushed(&self) -> bool {
        self.is_over() || (self.outgoing.is_idle() && self.unsynced.is_empty())
    }

    /// Takes what the link said, in order.
    pub fn take(&mut self, desk: &mut Desk<'_>, told: Vec<LinkEvent>) {
        self.wall = desk.wall;
        if self.last_word_said(desk, &told) {
            return;
        }
        let mut told = told.into_iter().peekable();
        while !self.is_over()
            && self.last_word.is_none()
            && let Some(event) = told.next()
        {
            // Envelopes come in runs, and share a transaction; the rest is rare and has one each.
            let taken = match event {
                LinkEvent::Envelope { envelope, cursor } => {
                    let mut run = vec![(envelope, cursor)];
                    while run.len() < RUN
                        && let Some(LinkEvent::Envelope { envelope, cursor }) =
                            told.next_if(|next| matches!(next, LinkEvent::Envelope { .. }))
                    {
                        run.push((envelope, cursor));
                    }
                    self.take_run(desk, &run)
                }
                other => self.link_said(desk, other),
            };
            if let Err(trouble) = taken {
                self.fail(&trouble);
            }
        }
        self.go_on(desk);
    }

    fn take_run(&mut self, desk: &mut Desk<'_>, run: &[(Envelope, Cursor)]) -> Result<(), Trouble> {
        let events = self.events.len();
        let taken = self.envelopes(desk, run);
        if taken.is_err() {
            // Nothing of it happened: the events that it gave are not true.
            self.events.truncate(events);
        }
        taken
    }

    /// Does what is due. Calling it early does nothing.
    pub fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        self.go_on(desk);
    }

    /// When [`SealedRoom::handle_timeout`] is next due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sweep = self.swept.map(|last| last + SWEEP_EVERY);
        let blobs = match &self.phase {
            Phase::Entering(entering) => entering.due(),
            _ => None,
        };
        if let Some(LastWord { until, .. }) = self.last_word {
            return Some(until);
        }
        let waits = [
            blobs,
            self.outgoing.not_before(),
            self.confirmations.due(),
            self.receipts.due(),
            self.watch.due(),
            self.repair.due(),
            self.clean,
            self.asking.as_ref().and_then(Asking::due),
            self.captures.due(),
            sweep,
        ];
        // What was due and could not be done (no link, a commit under way) is tried again when that changes: to wake for it
        // before would be to wake for ever.
        let later = |due: &Instant| self.woken.is_none_or(|woken| *due > woken);
        if self.is_over() { None } else { waits.into_iter().flatten().filter(later).min() }
    }

    /// How far the log was read.
    fn at(&self) -> Seq {
        self.record.cursor.map_or(Seq::ZERO, |cursor| cursor.seq)
    }

    /// The newest commit up to there.
    fn newest_commit(&self) -> Seq {
        self.record.cursor.map_or(Seq::ZERO, |cursor| cursor.newest_commit)
    }

    /// Whether nothing of the log is missing, as far as this connection knows.
    fn is_caught_up(&self) -> bool {
        self.known_head.is_some_and(|head| self.at() >= head)
    }

    /// Whether the log is known to go on behind what was read.
    pub(crate) fn is_behind(&self) -> bool {
        self.known_head.is_some_and(|head| self.at() < head)
    }

    /// Sends what waits, joins where it is time, and says what a person should know.
    fn go_on(&mut self, desk: &mut Desk<'_>) {
        (self.woken, self.wall) = (Some(desk.now), desk.wall);
        if self.last_word_said(desk, &[]) {
            return;
        }
        if let Err(trouble) = self.try_go_on(desk) {
            self.fail(&trouble);
        }
    }

    fn try_go_on(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        match self.phase {
            Phase::Entering(_) => {
                self.knock_on(desk)?;
                self.enter_on(desk)?;
            }
            Phase::Member => {
                self.reload_if_needed(desk)?;
                self.sweep(desk)?;
                self.tell_knocks(desk)?;
                self.sweep_captures(desk)?;
                // Who catches up has more to do than to keep the log short.
                let rests = self.clean.take_if(|due| *due <= desk.now).is_some();
                if rests || (self.is_caught_up() && desk.profile.is_due()) {
                    desk.profile.checkpoint()?;
                }
                if desk.link.is_live() && self.is_caught_up() {
                    self.tell_online();
                    self.look_at_blob(desk);
                    self.list_knocks(desk);
                    self.send_on(desk)?;
                }
            }
            Phase::Founding(_) | Phase::Over => {}
        }
        Ok(())
    }

    /// Messages whose time is over go, here as with everybody: where the room's rules say how long they live.
    fn sweep(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        let Some(lifetime) = self.group.as_ref().and_then(|group| group.policy().lifetime) else {
            self.swept = None;
            return Ok(());
        };
        if self.swept.is_some_and(|last| desk.now < last + SWEEP_EVERY) {
            return Ok(());
        }
        self.swept = Some(desk.now);
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let before = Timestamp::from_millis(desk.wall.as_millis().saturating_sub(lifetime));
        let tx = desk.profile.begin()?;
        let gone = tx.expire(&self.record.room, before)?;
        tx.commit()?;
        if !gone.is_empty() {
            // What was deleted leaves the write-ahead log, too.
            desk.profile.checkpoint()?;
        }
        let changed = |position| RoomEvent::Changed { position: crate::history::Position(position) };
        self.events.extend(gone.into_iter().map(changed));
        Ok(())
    }

    fn tell_online(&mut self) {
        if !std::mem::replace(&mut self.told_online, true) {
            self.relay_is_right();
            self.events.push_back(RoomEvent::Connection(crate::event::Connection::Online));
        }
    }

    /// After a failed transaction the group in memory is ahead of the profile (a ratchet that moved and was not stored): it is
    /// loaded from there.
    fn reload_if_needed(&mut self, desk: &mut Desk<'_>) -> Result<(), Trouble> {
        if self.group.is_none() {
            let id = self.record.room;
            let tx = desk.profile.begin()?;
            let storage = tx.mls();
            let provider = Provider { crypto: desk.crypto, storage: &storage };
            self.group = Room::load(&provider, &id).map_err(group_trouble)?;
            if let Some(record) = tx.room(&id)? {
                self.record = record;
            }
        }
        Ok(())
    }

    /// The profile failed: nothing more is taken or sent, since what is shown could not be kept.
    fn fail(&mut self, trouble: &Trouble) {
        self.group = None;
        self.close(CloseReason::Profile(trouble.to_string()));
    }

    fn close(&mut self, reason: CloseReason) {
        if !self.is_over() {
            self.phase = Phase::Over;
            self.events.push_back(RoomEvent::Closed(reason));
        }
    }

    /// Where an envelope that is made now says that its author stands.
    fn standing(&self) -> Standing {
        let start = || Cursor::start(&self.record.room);
        let standing = Standing { cursor: self.record.cursor.unwrap_or_else(start), head: self.record.head };
        #[cfg(feature = "testing")]
        if self.vice == Some(Vice::FalseChain) {
            let chain = keyroom_types::Chain::from_bytes([0xbb; 32]);
            return Standing { cursor: Cursor { chain, ..standing.cursor }, head: None };
        }
        standing
    }
}

/// What the MLS library could not do, without anything of what it worked on.
fn group_trouble(error: impl std::fmt::Display) -> Trouble {
    Trouble::Group(error.to_string())
}

/// Private half of the pass that a record holds.
fn pass_secret(record: &RoomRecord) -> PassSecret {
    PassSecret::from_bytes(record.pass.as_bytes())
}

/// A link for the room of `record`, as whom it says.
pub(crate) fn link_for(record: &RoomRecord, credential: Credential, now: Instant, seed: u64) -> Link {
    Link::new(
        now,
        LinkConfig {
            room: record.room,
            credential,
            log_key: record.log_key,
            incarnation: record.incarnation,
            cursor: record.cursor,
            window: WINDOW,
            seed,
        },
    )
}

/// Envelopes that share a transaction at most: what a crash may make us read again.
const RUN: usize = 256;

/// How long after a change of epoch the old one's secrets may stand in the write-ahead log: changes come in runs.
const CLEAN_AFTER: Duration = Duration::from_secs(5);

/// How often messages are looked through for those whose time is over.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How much the relay may deliver before it was taken.
const WINDOW: u64 = 1 << 20;

/// A member heals once a day before its first send.
const HEAL: Duration = Duration::from_secs(24 * 60 * 60);
