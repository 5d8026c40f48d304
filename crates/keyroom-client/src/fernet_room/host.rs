//! The room as its host runs it: many peers, each valid new token forwarded to all others.

mod peers;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_fernet::{Cipher, Found};
use keyroom_types::{Key, Label};

use self::peers::{Peer, Peers};
use super::admission::Admission;
use super::own::{Outgoing, OwnMessages};
use super::people::{guest_label, mistaken_for};
use super::queue::Queued;
use super::reception::{Reception, Verdict};
use super::sealer::{Saying, say, seal};
use super::timeline::Timeline;
use super::{Ivs, Leaving, Moment};
use crate::command::RoomId;
use crate::event::{CloseReason, RoomEvent};
use crate::history::{DropReason, History, MessageState, Notice, PeerId, Person, Position, SendFailure};

/// What a hosted room is made of.
pub(crate) struct HostSetup<'a> {
    pub(crate) room: RoomId,
    pub(crate) me: Label,
    pub(crate) key: &'a Key,
    pub(crate) pace: Duration,
    pub(crate) history: Arc<dyn History>,
}

/// A hosted room.
///
/// The driver gives it connections and bytes only while [`Host::takes_bytes`], writes what
/// [`Host::poll_write`] gives with one call each, and closes what [`Host::poll_drop`] names.
pub(crate) struct Host {
    me: Label,
    cipher: Arc<Cipher>,
    pace: Duration,
    timeline: Timeline,
    reception: Reception,
    own: OwnMessages,
    peers: Peers,
    admission: Admission,
    /// The id of the newest connection.
    newest: PeerId,
    /// Found in streams, and not judged while queues are over half.
    ready: VecDeque<(PeerId, Step)>,
    drops: VecDeque<PeerId>,
    turned_away_at: Option<Instant>,
    leaving: Option<Leaving>,
}

/// What a peer did, in the order of its stream.
enum Step {
    Found(Found),
    /// More unfinished text than a token can have.
    TooLong,
    Closed,
}

impl Host {
    pub(crate) fn new(setup: HostSetup<'_>) -> Self {
        Self {
            me: setup.me,
            cipher: Arc::new(Cipher::new(setup.key)),
            pace: setup.pace,
            timeline: Timeline::new(setup.room, setup.history),
            reception: Reception::default(),
            own: OwnMessages::default(),
            peers: Peers::default(),
            admission: Admission::default(),
            newest: PeerId(0),
            ready: VecDeque::new(),
            drops: VecDeque::new(),
            turned_away_at: None,
            leaving: None,
        }
    }

    /// A connection was accepted. `None`: close it at once.
    pub(crate) fn handle_connected(&mut self, now: Moment, address: SocketAddr) -> Option<PeerId> {
        if self.leaving.is_some() {
            return None;
        }
        match self.admission.admit(now.instant, address.ip()) {
            Ok(source) => {
                let peer = self.introduce(address, true);
                self.peers.insert(peer, Peer::new(source, &self.cipher, self.pace));
                self.timeline.notice(now.wall, Notice::Joined(peer));
                Some(peer)
            }
            Err(reason) => {
                // One line in a while, or turning away would fill the timeline as well as letting in.
                let told = self.turned_away_at.is_some_and(|at| now.instant < at + TURNED_AWAY_EVERY);
                if !told {
                    self.turned_away_at = Some(now.instant);
                    let peer = self.introduce(address, false);
                    self.timeline.notice(now.wall, Notice::Dropped(peer, reason));
                }
                None
            }
        }
    }

    /// Whether bytes and closings may be handed over now. While not, leave them in their sockets.
    pub(crate) fn takes_bytes(&self) -> bool {
        self.ready.is_empty() && !self.peers.hold_back()
    }

    /// One read from a peer's socket.
    pub(crate) fn handle_bytes(&mut self, now: Moment, peer: PeerId, read: &[u8]) {
        let Some(state) = self.peers.get_mut(peer).filter(|state| !state.gone) else { return };
        let pushed = state.splitter.push(now.instant, read);
        self.collect(peer);
        if pushed.is_err() {
            self.ready.push_back((peer, Step::TooLong));
        }
        self.peers.refresh(now.instant, peer);
        self.pump(now);
    }

    /// A write to a peer failed: the other end is gone, but what it sent before it went may not be read yet.
    pub(crate) fn handle_write_failed(&mut self, now: Moment, peer: PeerId) {
        let Some(state) = self.peers.get_mut(peer).filter(|state| !state.gone) else { return };
        state.deaf = true;
        let lost = state.take_queue(self.pace);
        lost.for_each(|position| self.own.lost(&mut self.timeline, position));
        self.peers.refresh(now.instant, peer);
        self.pump(now);
    }

    /// Nothing more comes from a peer: it closed its connection, or that broke.
    pub(crate) fn handle_closed(&mut self, now: Moment, peer: PeerId) {
        let Some(state) = self.peers.get_mut(peer).filter(|state| !state.gone) else { return };
        state.gone = true;
        state.splitter.end();
        let lost = state.take_queue(self.pace);
        self.collect(peer);
        self.ready.push_back((peer, Step::Closed));
        lost.for_each(|position| self.own.lost(&mut self.timeline, position));
        self.peers.refresh(now.instant, peer);
        self.pump(now);
    }

    /// The write to a peer that [`Host::poll_write`] asked for has ended.
    pub(crate) fn handle_written(&mut self, now: Moment, peer: PeerId) {
        let Some(state) = self.peers.get_mut(peer) else { return };
        let own = state.queue.written(now.instant).and_then(|queued| queued.own);
        self.peers.refresh(now.instant, peer);
        if let Some(leaving) = &mut self.leaving {
            leaving.progress = now.instant;
        }
        if let Some(position) = own {
            self.own.written(&mut self.timeline, position);
        }
        self.pump(now);
    }

    /// The write to a peer is not over: its socket takes nothing more for now.
    pub(crate) fn handle_blocked(&mut self, now: Moment, peer: PeerId) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.queue.blocked(now.instant);
            self.peers.refresh(now.instant, peer);
        }
    }

    /// The person says something.
    pub(crate) fn say(&mut self, now: Moment, text: &str, split: Option<usize>, ivs: Ivs<'_>) {
        let saying = Saying { text, split, newest: self.newest };
        let (timeline, seen) = (&mut self.timeline, &mut self.reception.seen);
        for outgoing in say(now, &saying, &self.cipher, ivs, &self.own, timeline, seen) {
            self.queue_own(outgoing);
        }
        self.pump(now);
    }

    /// The person wants a failed message sent again.
    pub(crate) fn retry(&mut self, now: Moment, position: Position) {
        let Some(message) = self.timeline.message_at(position) else { return };
        let Some(recipe) = self.own.take_failed(position) else { return };
        let sealed = seal(&self.cipher, &message.text, recipe).and_then(|(wire, _)| {
            self.own.check_room(1, wire.len())?;
            Ok(wire)
        });
        match sealed {
            Ok(wire) => {
                self.timeline.set_state(position, MessageState::Waiting);
                self.queue_own(Outgoing { position, wire, recipe, newest: self.newest });
                self.pump(now);
            }
            Err(refusal) => {
                self.own.fail(&mut self.timeline, position, recipe, SendFailure::ConnectionLost);
                self.timeline.tell(RoomEvent::SendRefused(refusal));
            }
        }
    }

    /// The person calls somebody something else. Attack matrix row 22.
    pub(crate) fn rename(&mut self, peer: PeerId, label: Label) {
        let Some(person) = self.timeline.person(peer) else { return };
        match mistaken_for(&label, peer, &self.me, &self.timeline.people(), &guest_label(peer)) {
            Some(like) => self.timeline.tell(RoomEvent::RenameRefused { like }),
            None => self.timeline.set_person(Person { label, ..person }),
        }
    }

    /// Queues an event of the driver's own, in order with the room's.
    pub(crate) fn tell(&mut self, event: RoomEvent) {
        self.timeline.tell(event);
    }

    /// From now on only what is pending is sent.
    pub(crate) fn leave(&mut self, now: Moment) {
        self.leaving.get_or_insert(Leaving::new(now.instant));
    }

    /// Whether leaving has nothing more to wait for.
    pub(crate) fn has_flushed(&self, now: Moment) -> bool {
        let Some(leaving) = &self.leaving else { return false };
        let idle = self.own.is_empty() && self.ready.is_empty() && self.peers.all_written();
        idle || now.instant >= leaving.deadline()
    }

    /// The room is over: settles what is still open.
    pub(crate) fn close(&mut self, now: Moment, why: CloseReason) {
        self.own.leave(&mut self.timeline);
        for peer in self.peers.ids() {
            self.forget(now, peer);
        }
        self.timeline.tell(RoomEvent::Closed(why));
    }

    /// Next token to write, and to whom.
    pub(crate) fn poll_write(&mut self, now: Instant) -> Option<(PeerId, Arc<[u8]>)> {
        self.peers.poll_write(now)
    }

    /// Next connection to close.
    pub(crate) fn poll_drop(&mut self) -> Option<PeerId> {
        self.drops.pop_front()
    }

    /// Next event for the face.
    pub(crate) fn poll_event(&mut self) -> Option<RoomEvent> {
        self.timeline.poll_event()
    }

    /// When `handle_timeout` or `poll_write` is next due; ask again after every other call.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let leaving = self.leaving.as_ref().map(Leaving::deadline);
        [self.peers.poll_timeout(), self.reception.notices.poll_timeout(), leaving]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due by time alone.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        while let Some(peer) = self.peers.next_timer(now.instant) {
            let Some(state) = self.peers.get_mut(peer) else { continue };
            if state.queue.is_stalled(now.instant) {
                self.drop_peer(now, peer, DropReason::DoesNotRead);
                continue;
            }
            if state.splitter.poll_timeout().is_some_and(|at| at <= now.instant) {
                state.splitter.handle_timeout(now.instant);
                self.collect(peer);
            }
            self.peers.refresh(now.instant, peer);
        }
        self.reception.notices.handle_timeout(&mut self.timeline, now.instant);
        self.pump(now);
    }

    /// Moves what a peer's splitter found to the steps that are judged in order.
    fn collect(&mut self, peer: PeerId) {
        let Some(state) = self.peers.get_mut(peer) else { return };
        while let Some(found) = state.splitter.poll() {
            self.ready.push_back((peer, Step::Found(found)));
        }
    }

    /// Hands out own and others' messages in turn while no peer's queue is over half.
    fn pump(&mut self, now: Moment) {
        loop {
            let held = self.peers.hold_back();
            let said = !held && self.hand_out_own(now);
            let heard = !self.peers.hold_back() && self.take_step(now);
            if !said && !heard {
                return;
            }
        }
    }

    fn queue_own(&mut self, outgoing: Outgoing) {
        if self.peers.is_empty() {
            let Outgoing { position, recipe, .. } = outgoing;
            self.own.fail(&mut self.timeline, position, recipe, SendFailure::NobodyHere);
        } else {
            self.own.queue(outgoing);
        }
    }

    fn hand_out_own(&mut self, now: Moment) -> bool {
        let Some(newest) = self.own.front().map(|outgoing| outgoing.newest) else { return false };
        let to = self.peers.here().filter(|&peer| peer <= newest).collect::<Vec<_>>();
        let Some(outgoing) = self.own.hand_out(&mut self.timeline, to.len()) else { return false };
        self.broadcast(now, &to, &outgoing.wire, Some(outgoing.position));
        true
    }

    fn take_step(&mut self, now: Moment) -> bool {
        let Some((peer, step)) = self.ready.pop_front() else { return false };
        match step {
            Step::Found(found) => match self.reception.take(&mut self.timeline, now, peer, found) {
                Verdict::Forward(wire) => {
                    let to = self.peers.here().filter(|&other| other != peer).collect::<Vec<_>>();
                    self.broadcast(now, &to, &wire.into(), None);
                }
                Verdict::Refused(_) => {
                    let state = self.peers.get_mut(peer);
                    if state.is_some_and(|state| !state.gone && state.refusals.one_too_many(now.instant)) {
                        self.drop_peer(now, peer, DropReason::TooMuchRefused);
                    }
                }
                Verdict::Done => {}
            },
            Step::TooLong => self.drop_peer(now, peer, DropReason::TooLong),
            Step::Closed => {
                if self.forget(now, peer) {
                    self.timeline.notice(now.wall, Notice::Left(peer));
                }
            }
        }
        true
    }

    fn broadcast(&mut self, now: Moment, to: &[PeerId], wire: &Arc<[u8]>, own: Option<Position>) {
        for &peer in to {
            let Some(state) = self.peers.get_mut(peer) else { continue };
            if state.queue.push(Queued { wire: wire.clone(), own }).is_ok() {
                self.peers.refresh(now.instant, peer);
                continue;
            }
            if let Some(position) = own {
                self.own.lost(&mut self.timeline, position);
            }
            self.drop_peer(now, peer, DropReason::DoesNotRead);
        }
    }

    /// Ends a connection from this side.
    fn drop_peer(&mut self, now: Moment, peer: PeerId, reason: DropReason) {
        if self.forget(now, peer) {
            self.timeline.notice(now.wall, Notice::Dropped(peer, reason));
            self.drops.push_back(peer);
            self.ready.retain(|(other, _)| *other != peer);
        }
    }

    /// Takes a peer out of the room; `false` when it is out already.
    fn forget(&mut self, now: Moment, peer: PeerId) -> bool {
        let Some(mut state) = self.peers.remove(peer) else { return false };
        for position in state.take_queue(self.pace) {
            self.own.lost(&mut self.timeline, position);
        }
        self.reception.notices.close(&mut self.timeline, now.instant, peer);
        self.admission.left(state.source);
        if let Some(person) = self.timeline.person(peer) {
            self.timeline.set_person(Person { here: false, ..person });
        }
        true
    }

    /// Gives a connection its id and a person behind it.
    fn introduce(&mut self, address: SocketAddr, here: bool) -> PeerId {
        self.newest = PeerId(self.newest.0 + 1);
        let peer = self.newest;
        self.timeline.set_person(Person { peer, label: guest_label(peer), here, address: Some(address) });
        peer
    }
}

/// Least time between two lines about connections that were turned away.
const TURNED_AWAY_EVERY: Duration = Duration::from_secs(10);
