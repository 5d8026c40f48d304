//! Somebody in a room of a real relay: a [`Mind`] and a link that is driven over real connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keyroom_client::relay_link::{Driven, Told, Trust, binding, connect, drive};
use keyroom_link::{Event, Link};
use keyroom_types::{Address, KeyPin, RoomId, Seq};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep_until, timeout};

use crate::mind::Mind;
use crate::pair::Dice;

/// Somebody with a link that a task drives. Dropping it ends the connection.
pub struct Member {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    inner: Mutex<Inner>,
    driven: Driven,
    /// Something happened.
    changed: Notify,
    /// The mind was told something.
    told: Notify,
}

struct Inner {
    mind: Mind,
    dice: Dice,
}

impl Member {
    /// Somebody whose link goes to this relay. Needs a tokio runtime.
    pub fn start(address: &Address, pin: KeyPin, seed: u64, (mind, link): (Mind, Link)) -> Self {
        let (tell, mut events) = mpsc::channel(EVENTS);
        let address = address.clone();
        let dial = move || {
            let address = address.clone();
            async move {
                let trust = Trust::Pin(pin);
                let transport = connect(&address, &trust).await?;
                let bound = binding(&trust, &address, &transport).expect("a pinned relay is reached by TLS");
                Ok((transport, bound))
            }
        };
        let inner = Mutex::new(Inner { mind, dice: Dice::new(seed) });
        let driven = drive(link, dial, tell);
        let shared = Arc::new(Shared { inner, driven, changed: Notify::new(), told: Notify::new() });
        let own = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                own.act(None);
                let due = own.lock().mind.next_event();
                tokio::select! {
                    event = events.recv() => match event {
                        Some(Told::Link(event)) => own.act(Some(event)),
                        // It will be tried again.
                        Some(Told::NotConnected(_)) => {}
                        None => return,
                    },
                    () = own.told.notified() => {}
                    () = async {
                        match due {
                            Some(due) => sleep_until(due.into()).await,
                            None => std::future::pending().await,
                        }
                    } => {}
                }
            }
        });
        Self { shared, task }
    }

    /// Somebody who makes this room.
    pub fn founder(address: &Address, pin: KeyPin, room: RoomId, number: usize) -> Self {
        let seed = number as u64;
        Self::start(address, pin, seed, Mind::founder(room, number, Instant::now(), seed))
    }

    /// Somebody who enters this room by its door.
    pub fn newcomer(address: &Address, pin: KeyPin, room: RoomId, number: usize) -> Self {
        let seed = number as u64;
        Self::start(address, pin, seed, Mind::newcomer(room, number, Instant::now(), seed))
    }

    /// Somebody who was in already, and reads all of the log anew. Their earlier link must be gone, or it ends.
    pub fn again(address: &Address, pin: KeyPin, room: RoomId, number: usize) -> Self {
        let seed = number as u64;
        Self::start(address, pin, seed, Mind::again(room, number, Instant::now(), seed))
    }

    /// Looks at the mind.
    pub fn look<T>(&self, look: impl FnOnce(&Mind) -> T) -> T {
        look(&self.shared.lock().mind)
    }

    /// Tells the mind something.
    pub fn tell<T>(&self, tell: impl FnOnce(&mut Mind) -> T) -> T {
        let result = tell(&mut self.shared.lock().mind);
        self.shared.told.notify_one();
        result
    }

    /// Whether the link stands.
    pub fn is_live(&self) -> bool {
        self.shared.driven.with(|link| link.is_live())
    }

    /// The last envelope that it has taken.
    pub fn read_to(&self) -> Seq {
        self.look(|mind| mind.log().last().map_or(Seq::ZERO, |envelope| envelope.header.seq))
    }

    /// Tries to connect now, as a person may ask for who knows that the relay is back.
    pub fn try_now(&self) {
        self.shared.driven.with(|link| link.try_now(Instant::now()));
    }

    /// Waits until `done` says so.
    ///
    /// # Panics
    /// It takes far longer than a busy machine needs.
    pub async fn until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let waiting = async {
            loop {
                let changed = self.shared.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if done(self) {
                    return;
                }
                // Some things change without an event: looked at again after a moment.
                let _ = timeout(MOMENT, changed).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            let state = self.shared.driven.with(|link| self.shared.lock().mind.state(link));
            panic!("waited in vain until {what}: {state}");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(&self, event: Option<Event>) {
        let now = Instant::now();
        self.driven.with(|link| {
            let mut inner = self.lock();
            let Inner { mind, dice } = &mut *inner;
            if let Some(event) = event {
                mind.event(now, link, event);
            }
            mind.act(now, link, dice);
        });
        self.changed.notify_waiters();
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Events that wait to be taken.
const EVENTS: usize = 256;

const MOMENT: Duration = Duration::from_millis(50);

/// Far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(120);
