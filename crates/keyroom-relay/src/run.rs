//! The relay as a program: from a configuration to an end that was asked for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::KeyPin;
use tokio::sync::Notify;

use crate::{Config, Ground, Link, Now, Refused, Service, StartError, serve};

/// Serves until `stop` is asked for, and then ends well. `started` is told where, once it serves.
///
/// # Errors
/// It does not start.
pub fn run(config: &Config, stop: &Stop, started: impl FnOnce(&Started)) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| StartError::Data(format!("the system gives no threads: {error}")))?;
    runtime.block_on(async {
        let ground = Ground::open(config)?;
        let (service, ready) = rooms(config, &ground)?;
        let running = serve(config, ground, service, ready).await?;
        started(&Started {
            addresses: running.addresses().to_vec(),
            pin: running.pin(),
            by_name: running.is_by_name(),
        });
        stop.asked().await;
        running.shutdown(PATIENCE).await;
        Ok(())
    })
}

/// What serves the links, and whether its store can be used.
fn rooms(
    _config: &Config,
    _ground: &Ground,
) -> Result<(Arc<impl Service>, impl Fn() -> bool + Send + Sync + 'static), StartError> {
    Ok((Arc::new(NoRooms), || false))
}

/// Where a relay is and how it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Started {
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// What clients pin.
    pub pin: KeyPin,
    /// Whether clients check its certificate by its name instead.
    pub by_name: bool,
}

/// Asks a relay to end, from any thread. Clones ask the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// One that was not asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The relay shall end now.
    pub fn ask(&self) {
        self.0.notify_one();
    }

    async fn asked(&self) {
        self.0.notified().await;
    }
}

/// Stands in for the rooms of a relay that has none yet: it refuses every link.
struct NoRooms;

/// Of which there is none.
enum NoLink {}

impl Service for NoRooms {
    type Link = NoLink;

    fn open(&self, _now: Now, _peer: IpAddr, _wake: Waker) -> Result<NoLink, Refused> {
        Err(Refused::Unavailable)
    }

    fn drain(&self, _now: Now) {}
}

impl Link for NoLink {
    fn frame_limit(&self) -> usize {
        match *self {}
    }

    fn receive(&mut self, _now: Now, _frame: Bytes) {
        match *self {}
    }

    fn transmit(&mut self, _now: Now, _budget: usize, _out: &mut Vec<Bytes>) {
        match *self {}
    }

    fn timeout(&self) -> Option<Instant> {
        match *self {}
    }

    fn handle_timeout(&mut self, _now: Now) {
        match *self {}
    }

    fn is_over(&self) -> bool {
        match *self {}
    }
}

/// How long clients have to finish what they are at.
const PATIENCE: Duration = Duration::from_secs(10);
