//! The room as a guest sees it: one connection to the host, made again whenever it is lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_fernet::{Cipher, Found, Refusal, Splitter};
use keyroom_types::limits::STREAM_BUFFER_BYTES;
use keyroom_types::{Address, Key, Label};

use super::back_off::BackOff;
use super::own::{Outgoing, OwnMessages};
use super::people::{host_label, mistaken_for};
use super::reception::{Reception, Verdict};
use super::refusals::Refusals;
use super::sealer::{Saying, say, seal};
use super::timeline::Timeline;
use super::{Ivs, Leaving, Moment};
use crate::command::RoomId;
use crate::event::{CloseReason, Connection, LostReason, RoomEvent};
use crate::history::{History, MessageState, Notice, PeerId, Person, Position, SendFailure};

/// What a joined room is made of.
pub(crate) struct GuestSetup<'a> {
    pub(crate) room: RoomId,
    pub(crate) me: Label,
    pub(crate) addresses: Vec<Address>,
    pub(crate) key: &'a Key,
    pub(crate) pace: Duration,
    pub(crate) history: Arc<dyn History>,
    /// Where the jitter of the back-off comes from: any number, not a secret.
    pub(crate) seed: u64,
}

/// A joined room.
///
/// The driver makes the connection that [`Guest::poll_connect`] asks for, writes what [`Guest::poll_write`]
/// gives with one call each, and closes the connection when [`Guest::poll_disconnect`] says so.
pub(crate) struct Guest {
    me: Label,
    addresses: Vec<Address>,
    cipher: Arc<Cipher>,
    pace: Duration,
    timeline: Timeline,
    reception: Reception,
    own: OwnMessages,
    back_off: BackOff,
    phase: Phase,
    /// The try that is under way or comes next, from 1.
    attempt: u32,
    /// The wish of the phase for a connection, or for the end of one.
    wants: Option<Wish>,
    leaving: Option<Leaving>,
}

enum Phase {
    Connecting { place: usize, worst: Option<LostReason> },
    Connected(Box<Live>),
    Waiting { until: Instant },
}

/// A connection that is there.
struct Live {
    since: Instant,
    splitter: Splitter,
    refusals: Refusals,
    /// The first message of the outbox is being written.
    writing: bool,
    not_before: Option<Instant>,
    /// A message of this room came through it.
    proven: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Wish {
    Connect,
    Disconnect,
}

impl Guest {
    /// A guest that wants its first connection. Without any address it tries this computer.
    pub(crate) fn new(mut setup: GuestSetup<'_>) -> Self {
        if setup.addresses.is_empty() {
            setup.addresses.push(Address::this_computer());
        }
        let mut guest = Self {
            me: setup.me,
            addresses: setup.addresses,
            cipher: Arc::new(Cipher::new(setup.key)),
            pace: setup.pace,
            timeline: Timeline::new(setup.room, setup.history),
            reception: Reception::default(),
            own: OwnMessages::default(),
            back_off: BackOff::new(setup.seed),
            phase: Phase::Connecting { place: 0, worst: None },
            attempt: 1,
            wants: None,
            leaving: None,
        };
        guest.connect(0, None);
        guest
    }

    /// The connection that was asked for is there.
    pub(crate) fn handle_connected(&mut self, now: Moment, address: SocketAddr) {
        let Phase::Connecting { place, .. } = self.phase else { return };
        self.phase = Phase::Connected(Box::new(Live {
            since: now.instant,
            splitter: Splitter::new(self.cipher.clone(), STREAM_BUFFER_BYTES),
            refusals: Refusals::default(),
            writing: false,
            not_before: None,
            proven: false,
        }));
        let label = self.timeline.person(HOST).map_or_else(host_label, |person| person.label);
        self.timeline
            .tell(RoomEvent::Connection(Connection::Connected { address: self.addresses[place].clone() }));
        self.timeline.set_person(Person { peer: HOST, label, here: true, address: Some(address) });
        self.timeline.notice(now.wall, Notice::Connected);
    }

    /// The connection that was asked for could not be made.
    pub(crate) fn handle_connect_failed(&mut self, now: Moment, reason: LostReason) {
        let Phase::Connecting { place, worst } = self.phase else { return };
        // The most telling reason of all addresses is shown: one that answers says more than one out of reach.
        let worst = worst.filter(|worst| telling(*worst) >= telling(reason)).unwrap_or(reason);
        if place + 1 < self.addresses.len() {
            self.connect(place + 1, Some(worst));
        } else {
            self.attempt = self.attempt.saturating_add(1);
            self.wait(now, worst);
        }
    }

    /// The connection closed or broke.
    pub(crate) fn handle_lost(&mut self, now: Moment, reason: LostReason) {
        let Phase::Connected(live) = &mut self.phase else { return };
        live.splitter.end();
        self.take_found(now);
        self.lose(now, reason);
    }

    /// One read from the host's socket.
    pub(crate) fn handle_bytes(&mut self, now: Moment, read: &[u8]) {
        let Phase::Connected(live) = &mut self.phase else { return };
        let pushed = live.splitter.push(now.instant, read);
        let takes = self.take_found(now);
        if (pushed.is_err() || !takes) && matches!(self.phase, Phase::Connected(_)) {
            self.wants = Some(Wish::Disconnect);
            self.lose(now, LostReason::NotARoom);
        }
    }

    /// The write that [`Guest::poll_write`] asked for has ended.
    pub(crate) fn handle_written(&mut self, now: Moment) {
        let Phase::Connected(live) = &mut self.phase else { return };
        if !std::mem::take(&mut live.writing) {
            return;
        }
        live.not_before = now.instant.checked_add(self.pace);
        if let Some(leaving) = &mut self.leaving {
            leaving.progress = now.instant;
        }
        if let Some(sent) = self.own.hand_out(&mut self.timeline, 1) {
            self.own.written(&mut self.timeline, sent.position);
        }
    }

    /// The person says something: now, or when the host can be reached again.
    pub(crate) fn say(&mut self, now: Moment, text: &str, split: Option<usize>, ivs: Ivs<'_>) {
        let saying = Saying { text, split, newest: HOST };
        let (timeline, seen) = (&mut self.timeline, &mut self.reception.seen);
        for outgoing in say(now, &saying, &self.cipher, ivs, &self.own, timeline, seen) {
            self.own.queue(outgoing);
        }
    }

    /// The person wants a failed message sent again.
    pub(crate) fn retry(&mut self, position: Position) {
        let Some(message) = self.timeline.message_at(position) else { return };
        let Some(recipe) = self.own.take_failed(position) else { return };
        match seal(&self.cipher, &message.text, recipe) {
            Ok((wire, _)) if self.own.check_room(1, wire.len()).is_ok() => {
                self.timeline.set_state(position, MessageState::Waiting);
                self.own.queue(Outgoing { position, wire, recipe, newest: HOST });
            }
            _ => self.own.fail(&mut self.timeline, position, recipe, SendFailure::ConnectionLost),
        }
    }

    /// The person calls the host something else. Attack matrix row 22.
    pub(crate) fn rename(&mut self, peer: PeerId, label: Label) {
        let Some(person) = self.timeline.person(peer) else { return };
        match mistaken_for(&label, peer, &self.me, &self.timeline.people(), &host_label()) {
            Some(like) => self.timeline.tell(RoomEvent::RenameRefused { like }),
            None => self.timeline.set_person(Person { label, ..person }),
        }
    }

    /// The person does not want to wait for the next try.
    pub(crate) fn reconnect(&mut self) {
        if matches!(self.phase, Phase::Waiting { .. }) && self.leaving.is_none() {
            self.connect(0, None);
        }
    }

    /// From now on only what is pending is sent.
    pub(crate) fn leave(&mut self, now: Moment) {
        self.leaving.get_or_insert(Leaving::new(now.instant));
    }

    /// Whether leaving has nothing more to wait for: nobody waits for a host that is out of reach.
    pub(crate) fn has_flushed(&self, now: Moment) -> bool {
        let Some(leaving) = &self.leaving else { return false };
        let out_of_reach = matches!(self.phase, Phase::Waiting { .. });
        self.own.is_empty() || out_of_reach || now.instant >= leaving.deadline()
    }

    /// The room is over: settles what is still open.
    pub(crate) fn close(&mut self, now: Moment) {
        self.own.leave(&mut self.timeline);
        self.reception.notices.close(&mut self.timeline, now.instant, HOST);
        self.host_is_gone();
        self.timeline.tell(RoomEvent::Closed(CloseReason::Left));
    }

    /// The address to connect to now; given once for each try.
    pub(crate) fn poll_connect(&mut self) -> Option<Address> {
        let Phase::Connecting { place, .. } = self.phase else { return None };
        (self.wants == Some(Wish::Connect)).then(|| {
            self.wants = None;
            self.addresses[place].clone()
        })
    }

    /// Whether the connection must be closed now; said once.
    pub(crate) fn poll_disconnect(&mut self) -> bool {
        let wanted = self.wants == Some(Wish::Disconnect);
        if wanted {
            self.wants = None;
        }
        wanted
    }

    /// Next token to write.
    pub(crate) fn poll_write(&mut self, now: Instant) -> Option<Arc<[u8]>> {
        let Phase::Connected(live) = &mut self.phase else { return None };
        let wire = self.own.front().map(|outgoing| outgoing.wire.clone())?;
        if live.writing || live.not_before.is_some_and(|at| at > now) {
            return None;
        }
        live.writing = true;
        Some(wire)
    }

    /// Next event for the face.
    pub(crate) fn poll_event(&mut self) -> Option<RoomEvent> {
        self.timeline.poll_event()
    }

    /// When `handle_timeout` or `poll_write` is next due; ask again after every other call.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let phase = match &self.phase {
            Phase::Connecting { .. } => None,
            Phase::Waiting { until } => Some(*until),
            Phase::Connected(live) => {
                let write = live.not_before.filter(|_| !live.writing && self.own.front().is_some());
                [live.splitter.poll_timeout(), write].into_iter().flatten().min()
            }
        };
        let leaving = self.leaving.as_ref().map(Leaving::deadline);
        [phase, self.reception.notices.poll_timeout(), leaving].into_iter().flatten().min()
    }

    /// Does what is due by time alone.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        match &mut self.phase {
            Phase::Waiting { until } if *until <= now.instant && self.leaving.is_none() => {
                self.connect(0, None);
            }
            Phase::Connected(live) => {
                live.splitter.handle_timeout(now.instant);
                self.take_found(now);
            }
            _ => {}
        }
        self.reception.notices.handle_timeout(&mut self.timeline, now.instant);
    }

    /// Shows what the splitter found; `false` when the host sends too much that can be no message.
    fn take_found(&mut self, now: Moment) -> bool {
        let Phase::Connected(live) = &mut self.phase else { return true };
        let found: Vec<Found> = std::iter::from_fn(|| live.splitter.poll()).collect();
        for found in found {
            match self.reception.take(&mut self.timeline, now, HOST, found) {
                Verdict::Forward(_) => live.proven = true,
                // Another key is a slip of the hand, and the line about it says more than a lost connection.
                Verdict::Done | Verdict::Refused(Refusal::NotAuthentic) => {}
                Verdict::Refused(_) => {
                    if live.refusals.one_too_many(now.instant) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn connect(&mut self, place: usize, worst: Option<LostReason>) {
        self.phase = Phase::Connecting { place, worst };
        self.wants = Some(Wish::Connect);
        self.timeline.tell(RoomEvent::Connection(Connection::Connecting {
            address: self.addresses[place].clone(),
            attempt: self.attempt,
        }));
    }

    /// The end of a connection that was there.
    fn lose(&mut self, now: Moment, reason: LostReason) {
        let Phase::Connected(live) = &self.phase else { return };
        let held = live.proven || now.instant.saturating_duration_since(live.since) >= HELD;
        self.attempt = if held { 1 } else { self.attempt.saturating_add(1) };
        self.reception.notices.close(&mut self.timeline, now.instant, HOST);
        self.host_is_gone();
        self.timeline.notice(now.wall, Notice::Disconnected(reason));
        self.wait(now, reason);
    }

    fn wait(&mut self, now: Moment, reason: LostReason) {
        let retry_in = self.back_off.before(self.attempt);
        self.phase = Phase::Waiting { until: now.instant + retry_in };
        self.timeline.tell(RoomEvent::Connection(Connection::Waiting {
            reason,
            retry_in,
            attempt: self.attempt,
        }));
    }

    fn host_is_gone(&mut self) {
        if let Some(person) = self.timeline.person(HOST).filter(|person| person.here) {
            self.timeline.set_person(Person { here: false, ..person });
        }
    }
}

/// How much a reason tells somebody who wonders why nothing happens.
fn telling(reason: LostReason) -> u8 {
    match reason {
        LostReason::UnknownName => 0,
        LostReason::Unreachable => 1,
        LostReason::TimedOut => 2,
        LostReason::Refused => 3,
        LostReason::Closed | LostReason::Broken | LostReason::NotARoom => 4,
    }
}

/// The one other side of a joined room.
const HOST: PeerId = PeerId(1);
/// A connection that held for so long, or brought a message, starts the back-off anew.
const HELD: Duration = Duration::from_secs(10);
