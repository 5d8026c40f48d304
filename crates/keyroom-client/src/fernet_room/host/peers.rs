//! The peers of a hosted room, and who is due for what, without looking at each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_fernet::{Cipher, Splitter};
use keyroom_types::limits::STREAM_BUFFER_BYTES;

use crate::fernet_room::admission::Source;
use crate::fernet_room::queue::PeerQueue;
use crate::fernet_room::refusals::Refusals;
use crate::history::{PeerId, Position};

/// One guest's connection.
pub(super) struct Peer {
    pub(super) source: Source,
    pub(super) splitter: Splitter,
    pub(super) queue: PeerQueue,
    pub(super) refusals: Refusals,
    /// The connection has ended; what came through it is not all judged yet.
    pub(super) gone: bool,
    /// Nothing can be written to it any more; what it sent before is still being read.
    pub(super) deaf: bool,
    write_due: Option<Instant>,
    timer_due: Option<Instant>,
    holds_back: bool,
}

impl Peer {
    pub(super) fn new(source: Source, cipher: &Arc<Cipher>, pace: Duration) -> Self {
        Self {
            source,
            splitter: Splitter::new(cipher.clone(), STREAM_BUFFER_BYTES),
            queue: PeerQueue::new(pace),
            refusals: Refusals::default(),
            gone: false,
            deaf: false,
            write_due: None,
            timer_due: None,
            holds_back: false,
        }
    }

    /// Empties the queue and gives the places of own messages that were in it.
    pub(super) fn take_queue(&mut self, pace: Duration) -> impl Iterator<Item = Position> + use<> {
        std::mem::replace(&mut self.queue, PeerQueue::new(pace)).into_own()
    }
}

/// All peers of a room. After a change of one, [`Peers::refresh`] brings the order of what is due up to date.
#[derive(Default)]
pub(super) struct Peers {
    peers: BTreeMap<PeerId, Peer>,
    writes: BTreeSet<(Instant, PeerId)>,
    timers: BTreeSet<(Instant, PeerId)>,
    holding_back: usize,
}

impl Peers {
    pub(super) fn insert(&mut self, id: PeerId, peer: Peer) {
        self.peers.insert(id, peer);
    }

    pub(super) fn get_mut(&mut self, id: PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: PeerId) -> Option<Peer> {
        let peer = self.peers.remove(&id)?;
        peer.write_due.map(|at| self.writes.remove(&(at, id)));
        peer.timer_due.map(|at| self.timers.remove(&(at, id)));
        self.holding_back -= usize::from(peer.holds_back);
        Some(peer)
    }

    /// Everybody who can be written to.
    pub(super) fn here(&self) -> impl Iterator<Item = PeerId> {
        self.peers.iter().filter(|(_, peer)| !peer.gone && !peer.deaf).map(|(&id, _)| id)
    }

    pub(super) fn ids(&self) -> Vec<PeerId> {
        self.peers.keys().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.here().next().is_none()
    }

    pub(super) fn all_written(&self) -> bool {
        self.peers.values().all(|peer| peer.queue.is_empty())
    }

    /// Whether some peer that reads has so much waiting that the others should write less.
    pub(super) fn hold_back(&self) -> bool {
        self.holding_back > 0
    }

    /// Brings the order of what is due up to date with one peer.
    pub(super) fn refresh(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let write = peer.queue.due(now);
        if peer.write_due != write {
            peer.write_due.map(|at| self.writes.remove(&(at, id)));
            write.map(|at| self.writes.insert((at, id)));
            peer.write_due = write;
        }
        let timer = [peer.splitter.poll_timeout(), peer.queue.deadline(now)].into_iter().flatten().min();
        let timer = timer.filter(|_| !peer.gone);
        if peer.timer_due != timer {
            peer.timer_due.map(|at| self.timers.remove(&(at, id)));
            timer.map(|at| self.timers.insert((at, id)));
            peer.timer_due = timer;
        }
        let holds_back = peer.queue.holds_back(now);
        self.holding_back = self.holding_back + usize::from(holds_back) - usize::from(peer.holds_back);
        peer.holds_back = holds_back;
    }

    /// Next token that is due, and to whom.
    pub(super) fn poll_write(&mut self, now: Instant) -> Option<(PeerId, Arc<[u8]>)> {
        let &(at, id) = self.writes.first()?;
        if at > now {
            return None;
        }
        let wire = self.peers.get_mut(&id).and_then(|peer| peer.queue.take(now));
        self.refresh(now, id);
        wire.map(|wire| (id, wire))
    }

    /// Next peer whose timer is due; its timer is then unset until the next refresh.
    pub(super) fn next_timer(&mut self, now: Instant) -> Option<PeerId> {
        let &(at, id) = self.timers.first()?;
        if at > now {
            return None;
        }
        self.timers.remove(&(at, id));
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.timer_due = None;
        }
        Some(id)
    }

    /// When the next write or timer is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let first = |set: &BTreeSet<(Instant, PeerId)>| set.first().map(|&(at, _)| at);
        [first(&self.writes), first(&self.timers)].into_iter().flatten().min()
    }
}
