//! All rooms and all links of one relay, and what passes between them.
//!
//! No socket and no clock in here: a driver brings frames and `now`, and writes what the links give. Locks are taken in
//! one order: the map of rooms, a room, a link.

mod create;
mod enter;
mod finish;
mod knock;
mod link;
mod read;
mod rooms;
mod tick;
mod write;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use keyroom_link::LogSecret;
use keyroom_link::relay::{Session, Terms};
use keyroom_store::{Store, StoreError};
use keyroom_types::{FileId, RoomId, Timestamp};
use keyroom_wire::{Code, FilePurpose};
use tokio::sync::watch;

pub use self::link::HubLink;
use self::rooms::{LinkCell, Rooms};
use self::write::Writes;
pub use self::write::{Done, Writer};
use crate::bucket::{Buckets, Rate, network_of};
use crate::counts::Counts;
use crate::quotas::LiveQuotas;
use crate::{Now, Quotas};

/// What a hub needs from outside.
pub struct HubConfig {
    /// Where rooms are kept.
    pub store: Arc<dyn Store>,
    /// Writes to that store, many rooms at once. `None`: each write is made when it comes, which suits a store that is
    /// volatile.
    pub writer: Option<Box<dyn Writer>>,
    /// The terms of links.
    pub terms: Terms,
    /// Signs heads.
    pub log_secret: LogSecret,
    /// What a stranger, a pass, a door and a room may take.
    pub quotas: Quotas,
    /// 32 random bytes from the system.
    pub random: Box<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// Makes file tickets; `None`: no files here.
    pub tickets: Option<Box<TicketMaker>>,
    /// How long bodies are kept; `None`: for ever.
    pub retention: Option<Duration>,
}

/// Makes the bearer token for a file, and says when it ends; a refusal where the size is over the quota.
pub type TicketMaker =
    dyn Fn(FilePurpose, RoomId, FileId, u64, Timestamp) -> Result<(String, Timestamp), Code> + Send + Sync;

/// All rooms and links of one relay.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    store: Arc<dyn Store>,
    writes: Writes,
    terms: Terms,
    log_secret: LogSecret,
    quotas: LiveQuotas,
    random: Box<dyn Fn() -> [u8; 32] + Send + Sync>,
    tickets: Option<Box<TicketMaker>>,
    retention: Mutex<Option<Duration>>,
    rooms: Rooms,
    next_link: AtomicU64,
    logins: Mutex<Buckets<IpAddr>>,
    foundings: Mutex<Buckets<IpAddr>>,
    counts: Arc<Counts>,
    /// When the store last failed to write, until it succeeds again.
    failed_at: Mutex<Option<Instant>>,
    draining: AtomicBool,
    /// Dropped last, when the store is closed.
    end: watch::Sender<()>,
}

impl Hub {
    /// A hub over a store. Counts its rooms first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn new(config: HubConfig) -> Result<Self, StoreError> {
        let counts = Arc::new(Counts::default());
        let mut last: Option<RoomId> = None;
        loop {
            let page = config.store.rooms(last.as_ref(), PAGE)?;
            counts.rooms.add(page.len() as u64);
            match page.last() {
                Some(summary) if page.len() == PAGE => last = Some(summary.room),
                _ => break,
            }
        }
        let quotas = config.quotas;
        let (logins, foundings) = (login_rate(&quotas), founding_rate(&quotas));
        let writes = match config.writer {
            Some(writer) => Writes::Later(writer),
            None => Writes::Now,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                store: config.store,
                writes,
                terms: config.terms,
                log_secret: config.log_secret,
                quotas: LiveQuotas::new(quotas),
                random: config.random,
                tickets: config.tickets,
                retention: Mutex::new(config.retention),
                rooms: Rooms::default(),
                next_link: AtomicU64::new(1),
                logins: Mutex::new(Buckets::new(logins)),
                foundings: Mutex::new(Buckets::new(foundings)),
                counts,
                failed_at: Mutex::new(None),
                draining: AtomicBool::new(false),
                end: watch::Sender::new(()),
            }),
        })
    }

    /// Changes what may be taken and how long bodies are kept, from now on. What was taken stays taken.
    pub fn set_limits(&self, quotas: Quotas, retention: Option<Duration>) {
        let shared = &self.shared;
        shared.quotas.set(quotas);
        lock(&shared.logins).set_rate(login_rate(&quotas));
        lock(&shared.foundings).set_rate(founding_rate(&quotas));
        *lock(&shared.retention) = retention;
        shared.terms.uploads.set_limit(quotas.uploading_bytes);
    }

    /// Who uses the store beside this hub holds one of these for as long.
    pub(crate) fn user(&self) -> watch::Sender<()> {
        self.shared.end.clone()
    }

    /// Has no sender any more once everything that used this hub is gone and its store is closed.
    pub(crate) fn end(&self) -> watch::Receiver<()> {
        self.shared.end.subscribe()
    }

    /// A link that has just opened. `wake` is woken whenever it has something to write or its timeout has changed.
    ///
    /// # Errors
    /// [`Code::Rate`] where this address opens links too fast, [`Code::Shutdown`] while draining, and when to try again
    /// in milliseconds.
    pub fn open(&self, now: Now, peer: IpAddr, wake: Waker) -> Result<HubLink, (Code, u32)> {
        let shared = &self.shared;
        if shared.draining.load(Ordering::Acquire) {
            return Err((Code::Shutdown, DRAIN_RETRY_MS));
        }
        if let Err(wait) = lock(&shared.logins).take(now.mono, network_of(peer)) {
            shared.counts.refused(Code::Rate).add(1);
            return Err((Code::Rate, millis(wait)));
        }
        let session = Session::new(now.mono, &shared.terms, (shared.random)());
        let id = shared.next_link.fetch_add(1, Ordering::Relaxed);
        shared.counts.links.add(1);
        shared.counts.links_opened.add(1);
        Ok(HubLink::new(Arc::clone(shared), peer, LinkCell::new(id, session, wake)))
    }

    /// What was counted.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.shared.counts)
    }

    /// Whether the store takes writes, as far as is known. A failure is forgotten after a while, so that somebody tries
    /// again.
    pub fn is_ready(&self, now: Instant) -> bool {
        lock(&self.shared.failed_at).is_none_or(|at| at + FORGOTTEN <= now)
    }

    /// Tells all links that the relay shuts down: they end after what is queued, and no new ones are opened.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Release);
        for link in self.shared.rooms.links() {
            link.end(&self.shared.counts, Code::Shutdown, DRAIN_RETRY_MS);
        }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub(..)")
    }
}

fn login_rate(quotas: &Quotas) -> Rate {
    Rate { burst: quotas.logins_per_address, each: quotas.logins_per_address_per_minute, per: MINUTE }
}

fn founding_rate(quotas: &Quotas) -> Rate {
    Rate { burst: quotas.rooms_per_address, each: quotas.rooms_per_address_per_hour, per: HOUR }
}

/// Locks what no panic can leave half done: a poisoned lock is as good as another.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().max(1)).unwrap_or(u32::MAX)
}

const PAGE: usize = 1_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// After so long without another try a failed store may be well again.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// When clients may come again after a shutdown, which may be a restart, in milliseconds.
const DRAIN_RETRY_MS: u32 = 1_000;
