//! Sockets: what carries the bytes of a Fernet room between its state machines.

pub(crate) mod addresses;
pub(crate) mod connection;
pub(crate) mod dial;
mod guest;
mod host;
mod listen;
mod sealed;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub(crate) use guest::join;
pub(crate) use host::host;
use keyroom_types::Label;
pub(crate) use sealed::{Relays, SealedStart, sealed};

use crate::command::{Act, Change, RoomId};
use crate::event::{Event, RoomEvent};
use crate::fernet_room::Moment;
use crate::history::{History, PeerId, Position};

/// What every room's driver is given.
pub(crate) struct Context {
    pub(crate) room: RoomId,
    pub(crate) history: Arc<dyn History>,
    pub(crate) sink: Sink,
}

impl Context {
    fn tell(&self, event: RoomEvent) {
        self.sink.tell(Event::Room { room: self.room, event });
    }
}

/// What a face asks of a room that is open.
#[derive(Debug)]
pub(crate) enum RoomCommand {
    Say { text: String, split: Option<usize> },
    Act(Act),
    Retry(Position),
    Rename(PeerId, Label),
    Announce(bool),
    Reconnect,
    Change(Change),
    NewInvite,
    Leave,
}

/// Where all events go: to the face, one at a time.
#[derive(Clone)]
pub(crate) struct Sink(Arc<Mutex<OnEvent>>);

type OnEvent = Box<dyn FnMut(Event) + Send>;

impl Sink {
    pub(crate) fn new(on_event: impl FnMut(Event) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(on_event))))
    }

    pub(crate) fn tell(&self, event: Event) {
        // A face that panicked in here once may still be told more: what it does with it is its own affair.
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(event);
    }
}

fn moment() -> Moment {
    Moment { instant: Instant::now(), wall: SystemTime::now() }
}

/// A fresh IV from the system's random source.
fn draw_iv() -> Option<[u8; 16]> {
    let mut iv = [0; 16];
    getrandom::fill(&mut iv).ok()?;
    Some(iv)
}

/// Ends when `at` is reached, or never.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// How long the other side may take to close its end after we closed ours. Without that wait, what it still
/// sends would meet a closed socket, whose answer (a reset) destroys what is under way to it.
const LINGER: Duration = Duration::from_secs(1);
