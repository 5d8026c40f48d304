//! Client end of one room's link, over as many connections as it takes: log in, resume, append, read, check. Spec:
//! `docs/protocol.md`, "The link".
//!
//! ```text
//! dialling ─ connected ─► greeting ─ Hello, Login ─► logging in ─ Welcome ─► live
//!    ▲                                                                        │
//!    └──────── waiting ◄──────────── lost, in any state ◄─────────────────────┘
//! ```
//!
//! Sans-IO: no socket and no clock in here, and no randomness but a seed. The driver calls `handle_*` with what happened
//! and when, then drains every `poll_*` until each returns `None`.

mod blob;
mod commands;
mod cursor;
mod entry;
mod event;
mod fault;
mod flow;
mod live;
mod login;
mod reader;
mod requests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::limits::{CREDIT_PER_ENVELOPE, ENVELOPE_BYTES};
use keyroom_types::{Incarnation, LogKey, RoomId};
use keyroom_wire::{Binding, Request, ToClient, ToRelay};

use crate::{BackOff, Credential};
use entry::Entry;
use flow::Flow;
use live::Live;
use login::Greeting;
use reader::Reader;
use requests::Requests;

pub use event::{Event, Lost, RequestId, Stop};
pub use fault::{CommandError, RelayFault};
pub use keyroom_types::Cursor;

/// What a link begins with.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// The room.
    pub room: RoomId,
    /// As whom to log in first.
    pub credential: Credential,
    /// The key that heads are signed with, where the invite or an earlier link told it.
    pub log_key: Option<LogKey>,
    /// The life of the relay's store that the room is in, where it is known.
    pub incarnation: Option<Incarnation>,
    /// Where to read on from. `None` for a newcomer, who learns it from a blob: see [`Link::subscribe`].
    pub cursor: Option<Cursor>,
    /// How much the relay may deliver before the application has taken it, in bytes; at least one envelope.
    pub window: u64,
    /// What the jitter of the back-off follows from: any number that no other client has.
    pub seed: u64,
}

/// Names one connection of a link, so that what an old one still says is known for old.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(u64);

/// Client end of one room's link.
///
/// Whatever has no answer when a connection is lost is sent again after the next login, in the same order: the relay
/// knows an append by the ids of its envelopes and answers it as before.
pub struct Link {
    entry: Entry,
    reader: Reader,
    requests: Requests,
    flow: Flow,
    back_off: BackOff,
    ephemeral: VecDeque<Bytes>,
    state: State,
    /// The newest connection.
    connection: ConnectionId,
    dial: bool,
    hang_up: VecDeque<ConnectionId>,
    events: VecDeque<Event>,
}

enum State {
    /// Until the next try.
    Waiting { until: Instant },
    /// The driver makes a connection.
    Dialling { until: Instant },
    /// Connected; hello and login.
    Greeting(Greeting),
    /// Logged in.
    Live(Box<Live>),
    /// For good.
    Stopped,
}

/// Why a frame cannot be followed.
enum Trouble {
    Fault(RelayFault),
    Lost(Lost, Duration),
    Stop(Box<Stop>),
}

impl Link {
    /// A link that wants to be connected at once.
    pub fn new(now: Instant, config: LinkConfig) -> Self {
        let smallest = (ENVELOPE_BYTES + CREDIT_PER_ENVELOPE) as u64;
        Self {
            entry: Entry::new(config.credential),
            reader: Reader::new(config.room, config.log_key, config.incarnation, config.cursor),
            requests: Requests::default(),
            flow: Flow::new(config.window.max(smallest)),
            back_off: BackOff::new(config.seed),
            ephemeral: VecDeque::new(),
            state: State::Dialling { until: now + CONNECT },
            connection: ConnectionId(1),
            dial: true,
            hang_up: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// The driver made the connection that was asked for. `binding` is what it saw and checked there.
    pub fn handle_connected(&mut self, connection: ConnectionId, binding: Binding) {
        match self.state {
            State::Dialling { until } if connection == self.connection => {
                self.state = State::Greeting(Greeting::new(until, binding));
            }
            // It came too late.
            _ if connection != self.connection || self.is_stopped() => self.hang_up.push_back(connection),
            _ => {}
        }
    }

    /// Takes one whole frame. One of an old connection is ignored.
    pub fn handle_frame(&mut self, now: Instant, connection: ConnectionId, frame: Bytes) {
        if connection != self.connection {
            return;
        }
        let taken = ToClient::decode(frame).map_err(RelayFault::from).map_err(Trouble::from);
        let taken = taken.and_then(|message| match &self.state {
            State::Greeting(_) => self.greeted(now, message),
            State::Live(_) => self.answered(now, message),
            // The driver says that it is connected before it passes on a frame.
            State::Waiting { .. } | State::Dialling { .. } | State::Stopped => Ok(()),
        });
        match taken {
            Ok(()) => {}
            Err(Trouble::Fault(fault)) => self.lose(now, Lost::Fault(fault), Duration::ZERO),
            Err(Trouble::Lost(why, hint)) => self.lose(now, why, hint),
            Err(Trouble::Stop(stop)) => self.stop(*stop),
        }
    }

    /// A connection ended, or could not be made. An old one is ignored.
    pub fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        let connected = !matches!(self.state, State::Waiting { .. } | State::Stopped);
        if connection == self.connection && connected {
            self.lose(now, Lost::Disconnected, Duration::ZERO);
            // There is nothing left to hang up.
            self.hang_up.retain(|&other| other != connection);
        }
    }

    /// Does what is due. Calling it early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Waiting { until } if now >= *until => {
                self.connection = ConnectionId(self.connection.0 + 1);
                self.dial = true;
                self.state = State::Dialling { until: now + CONNECT };
            }
            State::Dialling { until } if now >= *until => self.lose(now, Lost::TimedOut, Duration::ZERO),
            State::Greeting(greeting) if now >= greeting.until() => {
                self.lose(now, Lost::TimedOut, Duration::ZERO);
            }
            State::Live(live) if now >= live.dead_at() => self.lose(now, Lost::Silent, Duration::ZERO),
            State::Live(live) => live.ping_if_due(now),
            _ => {}
        }
    }

    /// Tries again now instead of later: the network came back, or a person asked for it.
    pub fn try_now(&mut self, now: Instant) {
        if let State::Waiting { until } = &mut self.state {
            *until = now;
        }
    }

    /// When [`Link::handle_timeout`] is next due; ask again after every other call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Waiting { until } | State::Dialling { until } => Some(*until),
            State::Greeting(greeting) => Some(greeting.until()),
            State::Live(live) => Some(live.dead_at().min(live.ping_at())),
            State::Stopped => None,
        }
    }

    /// A connection to make now, to the relay of the room.
    pub fn poll_connect(&mut self) -> Option<ConnectionId> {
        std::mem::take(&mut self.dial).then_some(self.connection)
    }

    /// A connection to close now.
    pub fn poll_disconnect(&mut self) -> Option<ConnectionId> {
        self.hang_up.pop_front()
    }

    /// Next frame to write to the newest connection, oldest first. Frames are made as they are asked for: a driver that
    /// waits until one is written holds no other.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Bytes> {
        let message = match &mut self.state {
            State::Greeting(greeting) => greeting.poll_login()?,
            State::Live(_) => self.next_message(now)?,
            _ => return None,
        };
        Some(message.encode())
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Where the link stands in the log.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.reader.cursor()
    }

    /// Whether the relay let us in and the connection stands.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Live(_))
    }

    const fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped)
    }

    fn next_message(&mut self, now: Instant) -> Option<ToRelay> {
        let State::Live(live) = &mut self.state else { return None };
        live.next_message(now, &self.reader, &mut self.requests, &mut self.flow, &mut self.ephemeral).inspect(
            |message| {
                if is_join(message) {
                    self.entry.join_sent();
                }
                if matches!(message.body, Request::Knock(_)) {
                    self.entry.knock_sent();
                }
            },
        )
    }

    fn lose(&mut self, now: Instant, why: Lost, hint: Duration) {
        let wait = self.back_off.lost(now, hint);
        self.wait(now, why, wait);
    }

    fn wait(&mut self, now: Instant, why: Lost, wait: Duration) {
        self.let_go();
        self.state = State::Waiting { until: now + wait };
        self.events.push_back(Event::Lost { why, wait });
    }

    fn stop(&mut self, stop: Stop) {
        if !self.is_stopped() {
            self.let_go();
            self.state = State::Stopped;
            self.events.push_back(Event::Stopped(stop));
        }
    }

    /// Forgets the connection and what belongs to it alone.
    fn let_go(&mut self) {
        if matches!(self.state, State::Dialling { .. } | State::Greeting(_) | State::Live(_)) {
            self.hang_up.push_back(self.connection);
        }
        self.dial = false;
        self.requests.reset();
        self.ephemeral.clear();
    }
}

impl From<RelayFault> for Trouble {
    fn from(fault: RelayFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Stop(Box::new(stop))
    }
}

fn is_join(message: &ToRelay) -> bool {
    use keyroom_types::Kind;
    matches!(&message.body, Request::Append(append) if append.entries.iter().any(|e| e.kind == Kind::Join))
}

/// How long connection and login may take.
const CONNECT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
