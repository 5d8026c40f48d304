//! The rooms of a running relay: store, committer, hub, what the net layer asks of them, and what is due now and then.

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::LogSecret;
use keyroom_link::relay::{Terms, UploadBudget};
use keyroom_store::{Busy, Committer, DiskStore, MemoryStore, OpenError, Store, Write};
use keyroom_types::RoomId;
use keyroom_wire::{Code, FilePurpose};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};
use zeroize::Zeroizing;

use crate::clock::Believed;
use crate::counts::Exposed;
use crate::hub::{Done, Hub, HubConfig, HubLink, TicketMaker, Writer};
use crate::quotas::LiveQuotas;
use crate::{Config, Ground, Link, Now, Purpose, Refused, Service, StartError, Ticket, Tickets, private};

/// Opens what a relay needs to serve rooms, on disk or in memory only, and counts what it does.
pub(crate) fn open(config: &Config, ground: &Ground) -> Result<(Hub, Arc<Health>), StartError> {
    // The committer's thread may be the last that has the store.
    let user = Arc::new(OnceLock::new());
    let (store, writer): (Arc<dyn Store>, Option<Box<dyn Writer>>) = match ground.data() {
        Some(data) => {
            let dir = data.join("rooms");
            let store: Arc<dyn Store> =
                Arc::new(DiskStore::open(&dir).map_err(|error| not_open(&dir, &error))?);
            let committer = Committer::start_with(Arc::clone(&store), Arc::clone(&user))
                .map_err(|error| StartError::Data(format!("the system gives no threads: {error}")))?;
            let measured = Measured { committer, seconds: commit_seconds(ground) };
            (store, Some(Box::new(measured)))
        }
        None => (Arc::new(MemoryStore::new().map_err(|_| StartError::NoRandomness)?), None),
    };
    let log_secret = log_secret(ground.data())?;
    let terms = Terms {
        log_key: log_secret.public(),
        pins: vec![ground.pin()],
        names: config.names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        login_within: LOGIN_WITHIN,
        silence: SILENCE,
        uploads: UploadBudget::new(config.quotas.uploading_bytes),
    };
    let tickets = ground.tickets().map(|tickets| ticket_maker(tickets, ground.quotas()));
    let health = Arc::new(Health { store: Arc::downgrade(&store), full: AtomicBool::new(false) });
    let hub = Hub::new(HubConfig {
        store,
        writer,
        terms,
        log_secret,
        quotas: config.quotas,
        random: Box::new(challenge),
        tickets,
        retention: config.message_age(),
    });
    let hub = hub.map_err(|error| StartError::Data(format!("the rooms cannot be read: {error}")))?;
    user.get_or_init(|| hub.user());
    let counts = Box::new(Exposed(hub.counts()));
    ground.metrics().register(|registry| registry.register_collector(counts));
    Ok((hub, health))
}

/// Whether the store takes writes.
pub(crate) struct Health {
    // It must not keep the store open.
    store: Weak<dyn Store>,
    /// A write failed, and since then there was no space for a little file either.
    full: AtomicBool,
}

impl Health {
    /// Whether appends can be taken, as far as is known.
    pub(crate) fn is_ready(&self, hub: &Hub) -> bool {
        hub.is_ready(Now::read().mono) && !self.full.load(Ordering::Relaxed)
    }

    /// Looks whether there is space again: without appends nobody else would find out. Blocks.
    fn probe(&self) {
        let full = self.store.upgrade().is_some_and(|store| !store.has_space());
        self.full.store(full, Ordering::Relaxed);
    }
}

/// A writer that measures how long each write waits for the disk.
struct Measured {
    committer: Committer,
    seconds: Histogram,
}

impl Writer for Measured {
    fn is_free(&self) -> bool {
        Writer::is_free(&self.committer)
    }

    fn submit(&self, write: Write, done: Done) -> Result<(), Busy> {
        let (seconds, begun) = (self.seconds.clone(), Instant::now());
        let measured = move |result: Result<(), Code>| {
            seconds.observe(begun.elapsed().as_secs_f64());
            done(result);
        };
        Writer::submit(&self.committer, write, Box::new(measured))
    }
}

/// From a quarter of a millisecond to eight seconds.
fn commit_seconds(ground: &Ground) -> Histogram {
    let seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
    let (name, help) = ("commit_seconds", "From an append to its place on the disk, in seconds");
    ground.metrics().register(|registry| registry.register(name, help, seconds.clone()));
    seconds
}

/// Starts what is due now and then, until the tasks are aborted.
pub(crate) fn tend(hub: &Hub, health: &Arc<Health>) -> [JoinHandle<()>; 2] {
    [tokio::spawn(tick(hub.clone(), Arc::clone(health))), tokio::spawn(sweep(hub.clone()))]
}

async fn tick(hub: Hub, health: Arc<Health>) {
    let mut every = interval(TICK);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ready, mut probing) = (true, None::<JoinHandle<()>>);
    loop {
        every.tick().await;
        // A disk that fails may take its time over this, too.
        if !ready && probing.as_ref().is_none_or(JoinHandle::is_finished) {
            let health = Arc::clone(&health);
            probing = Some(tokio::task::spawn_blocking(move || health.probe()));
        }
        let still = health.is_ready(&hub);
        match (ready, still) {
            (true, false) => tracing::warn!("the store takes no writes: appends are refused until it does"),
            (false, true) => tracing::info!("the store takes writes again"),
            _ => {}
        }
        ready = still;
        // Thousands of heads that are signed and sent at once would keep everybody waiting behind them.
        let touched = hub.touched();
        for (part, rooms) in touched.chunks(touched.len().div_ceil(PARTS).max(FEW)).enumerate() {
            if part > 0 {
                sleep(PART_EVERY).await;
            }
            hub.tick_rooms(Now::read(), rooms);
        }
    }
}

/// Goes through all rooms for bodies that are older than they are kept, one room at a time on a thread that may wait.
async fn sweep(hub: Hub) {
    let mut clock = Believed::default();
    loop {
        let (mut last, now): (Option<RoomId>, _) = (None, clock.look(Now::read()));
        loop {
            let (hub, after) = (hub.clone(), last);
            let swept = tokio::task::spawn_blocking(move || hub.sweep(now, after.as_ref())).await;
            match swept {
                Ok(Ok(Some(room))) => last = Some(room),
                Ok(Ok(None)) | Err(_) => break,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "retention could not see to a room");
                    break;
                }
            }
        }
        sleep(SWEEP_EVERY).await;
    }
}

impl Service for Hub {
    type Link = HubLink;

    fn open(&self, now: Now, peer: IpAddr, wake: Waker) -> Result<HubLink, Refused> {
        Self::open(self, now, peer, wake).map_err(|(code, _)| match code {
            Code::Shutdown => Refused::Draining,
            _ => Refused::TooManyFromAddress,
        })
    }

    fn drain(&self, _now: Now) {
        Self::drain(self);
    }
}

impl Link for HubLink {
    fn frame_limit(&self) -> usize {
        Self::frame_limit(self)
    }

    fn receive(&mut self, now: Now, frame: Bytes) {
        Self::receive(self, now, frame);
    }

    fn transmit(&mut self, now: Now, budget: usize, out: &mut Vec<Bytes>) {
        Self::transmit(self, now, budget, out);
    }

    fn timeout(&self) -> Option<Instant> {
        Self::timeout(self)
    }

    fn handle_timeout(&mut self, now: Now) {
        Self::handle_timeout(self, now);
    }

    fn is_over(&self) -> bool {
        Self::is_over(self)
    }
}

fn ticket_maker(tickets: Arc<Tickets>, quotas: LiveQuotas) -> Box<TicketMaker> {
    Box::new(move |purpose, room, file, size, now| {
        let purpose = match purpose {
            FilePurpose::Put if size > quotas.get().file_bytes => return Err(Code::Files),
            FilePurpose::Put => Purpose::Put,
            FilePurpose::Get => Purpose::Get,
        };
        let expires = now.plus_millis(TICKET_MS);
        Ok((tickets.mint(&Ticket { purpose, room, file, size, expires }), expires))
    })
}

/// The key that signs heads: kept with the data, because invites pin it.
fn log_secret(data: Option<&Path>) -> Result<LogSecret, StartError> {
    let mut secret = Zeroizing::new([0; 32]);
    let Some(path) = data.map(|data| data.join("log.key")) else {
        getrandom::fill(&mut *secret).map_err(|_| StartError::NoRandomness)?;
        return Ok(LogSecret::from_bytes(&secret));
    };
    match private::read(&path).map_err(|error| StartError::io("read", &path, &error))? {
        Some(kept) => {
            // Not replaced by itself: rooms would turn red, and the operator may have a copy.
            secret = <[u8; 32]>::try_from(&kept[..]).map(Zeroizing::new).map_err(|_| {
                StartError::Data(format!(
                    "the relay's log key in {} is damaged. Put back a copy of that file; without one, remove it, and all rooms \
                     will warn their members",
                    path.display()
                ))
            })?;
        }
        None => {
            getrandom::fill(&mut *secret).map_err(|_| StartError::NoRandomness)?;
            private::write(&path, &*secret).map_err(|error| StartError::io("write", &path, &error))?;
        }
    }
    Ok(LogSecret::from_bytes(&secret))
}

fn not_open(dir: &Path, error: &OpenError) -> StartError {
    let advice = match error {
        OpenError::InUse => "Stop the other one, or choose another directory with --data DIR",
        OpenError::NewerSchema { .. } => {
            "Install the newer version, or choose another directory with --data DIR"
        }
        OpenError::Damaged => "Put back a backup, or choose another directory with --data DIR",
        OpenError::Full => "Make space and start again",
        _ => "Choose a directory that it may write to with --data DIR",
    };
    StartError::Data(format!("the relay cannot open its rooms in {}: {error}. {advice}", dir.display()))
}

/// 32 bytes for a login to sign.
fn challenge() -> [u8; 32] {
    let mut bytes = [0; 32];
    // A challenge that others could foresee could be signed before: without randomness there is no relay.
    getrandom::fill(&mut bytes).expect("the system's random source answered when the relay started");
    bytes
}

const LOGIN_WITHIN: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_secs(1);

/// A tick of many rooms is in so many parts, of not too few rooms each, over most of the time to the next one.
const PARTS: usize = 50;
const FEW: usize = 16;
const PART_EVERY: Duration = Duration::from_millis(15);

const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How long a file ticket is good for, in milliseconds: a day, so that a slow upload can be resumed.
const TICKET_MS: u64 = 24 * 60 * 60 * 1_000;
