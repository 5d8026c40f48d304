//! One connection: two streams of bytes that arrive late and in pieces, up to where they are cut.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::ConnectionId;
use keyroom_relay::Now;
use keyroom_relay::hub::HubLink;

use super::{Dice, Person, Who, framed};

/// A connection between somebody and the relay.
pub(super) struct Wire {
    pub(super) person: usize,
    connection: ConnectionId,
    /// The relay's end; `None` once it is closed there.
    pub(super) relay: Option<HubLink>,
    /// Whether the client's end is open.
    client: bool,
    up: Stream,
    down: Stream,
}

/// One direction.
#[derive(Default)]
struct Stream {
    flying: VecDeque<(Instant, Vec<u8>)>,
    arrived: Vec<u8>,
    sent: u64,
    /// Bytes behind this one are lost.
    cut_at: Option<u64>,
    /// When the receiver learns that nothing more comes.
    closed: Option<Instant>,
}

impl Wire {
    pub(super) fn new(person: usize, connection: ConnectionId, relay: HubLink, cut_at: Option<u64>) -> Self {
        let stream = || Stream { cut_at, ..Stream::default() };
        Self { person, connection, relay: Some(relay), client: true, up: stream(), down: stream() }
    }

    /// Cuts it, each direction at a random byte of what is flying.
    pub(super) fn cut(&mut self, now: Instant, dice: &mut Dice) {
        for (stream, notice) in [(&mut self.up, RELAY_NOTICES), (&mut self.down, CLIENT_NOTICES)] {
            let flying: usize = stream.flying.iter().map(|(_, bytes)| bytes.len()).sum();
            let mut kept = dice.place(flying + 1);
            for (_, bytes) in &mut stream.flying {
                bytes.truncate(kept);
                kept -= bytes.len();
            }
            stream.cut_at = Some(stream.sent.min(stream.cut_at.unwrap_or(u64::MAX)));
            if stream.closed.is_none() {
                stream.closed = Some(now + dice.time(notice));
            }
        }
    }

    /// The client's process is gone: nobody is at its end.
    pub(super) fn hang_up(&mut self) {
        self.client = false;
    }

    /// Moves what can be moved now. Returns whether anything was.
    pub(super) fn carry<W: Who>(
        &mut self,
        now: Now,
        person: &mut Person<W>,
        dice: &mut Dice,
        latency: Duration,
        bytes: &mut u64,
    ) -> bool {
        let mut moved = false;
        if self.client {
            while self.up.has_room()
                && let Some(frame) = person.poll_transmit_on(self.connection, now.mono)
            {
                moved = true;
                *bytes += self.up.send(now.mono, dice, latency, &frame);
            }
            if person.poll_disconnect_of(self.connection) {
                self.client = false;
                self.up.closed.get_or_insert(now.mono + dice.time(latency));
                moved = true;
            }
        }
        if let Some(relay) = &mut self.relay {
            relay.handle_timeout(now);
            let mut out = Vec::new();
            if self.down.has_room() {
                relay.transmit(now, SOCKET_BYTES, &mut out);
            }
            for frame in &out {
                moved = true;
                *bytes += self.down.send(now.mono, dice, latency, frame);
            }
            if out.is_empty() && relay.is_over() {
                self.relay = None;
                self.down.closed.get_or_insert(now.mono + dice.time(latency));
                moved = true;
            }
        }
        for frame in self.up.receive(now.mono) {
            moved = true;
            if let Some(relay) = &mut self.relay {
                relay.receive(now, frame);
            }
        }
        for frame in self.down.receive(now.mono) {
            moved = true;
            person.link.handle_frame(now.mono, self.connection, frame);
        }
        if self.up.is_over(now.mono) && self.relay.is_some() {
            self.relay = None;
            self.down.closed.get_or_insert(now.mono + dice.time(latency));
            moved = true;
        }
        if self.down.is_over(now.mono) && self.client {
            self.client = false;
            person.link.handle_disconnected(now.mono, self.connection);
            self.up.closed.get_or_insert(now.mono + dice.time(latency));
            moved = true;
        }
        moved
    }

    /// Whether both ends are closed.
    pub(super) fn is_gone(&self) -> bool {
        !self.client && self.relay.is_none()
    }

    pub(super) fn next_event(&self) -> Option<Instant> {
        let relay = self.relay.as_ref().and_then(HubLink::timeout);
        let up = self.relay.as_ref().and_then(|_| self.up.next_event());
        let down = if self.client { self.down.next_event() } else { None };
        relay.into_iter().chain(up).chain(down).min()
    }
}

impl Stream {
    fn has_room(&self) -> bool {
        self.flying.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < SOCKET_BYTES
    }

    /// Sends a frame in pieces. What is behind the cut is lost, and so is the connection.
    fn send(&mut self, now: Instant, dice: &mut Dice, latency: Duration, frame: &Bytes) -> u64 {
        let mut bytes = framed(frame);
        let whole = bytes.len() as u64;
        if let Some(cut_at) = self.cut_at {
            let left = usize::try_from(cut_at.saturating_sub(self.sent)).unwrap_or(usize::MAX);
            if left < bytes.len() {
                bytes.truncate(left);
                self.closed.get_or_insert(now + dice.time(CLIENT_NOTICES));
            }
        }
        self.sent += whole;
        let mut due = now + dice.time(latency);
        while !bytes.is_empty() {
            let rest = bytes.split_off((1 + dice.place(bytes.len().min(4_000))).min(bytes.len()));
            // A stream keeps its order.
            due = self.flying.back().map_or(due, |(last, _)| due.max(*last));
            self.flying.push_back((due, bytes));
            bytes = rest;
        }
        whole
    }

    /// The whole frames that have arrived.
    fn receive(&mut self, now: Instant) -> Vec<Bytes> {
        while self.flying.front().is_some_and(|(due, _)| *due <= now)
            && let Some((_, bytes)) = self.flying.pop_front()
        {
            self.arrived.extend_from_slice(&bytes);
        }
        let mut frames = Vec::new();
        while let Some((length, rest)) = self.arrived.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some(frame) = rest.get(..length) else { break };
            frames.push(Bytes::copy_from_slice(frame));
            self.arrived.drain(..4 + length);
        }
        frames
    }

    fn is_over(&self, now: Instant) -> bool {
        self.flying.is_empty() && self.closed.is_some_and(|at| at <= now)
    }

    fn next_event(&self) -> Option<Instant> {
        self.flying.front().map(|(due, _)| *due).or(self.closed)
    }
}

/// What the sockets of one direction hold.
const SOCKET_BYTES: usize = 64 << 10;

/// How long it may take a client to notice that its connection is gone.
const CLIENT_NOTICES: Duration = Duration::from_secs(2);

/// How long it may take the relay: long enough for a client to come back before.
const RELAY_NOTICES: Duration = Duration::from_secs(20);
