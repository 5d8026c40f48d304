//! The relay as a program, and as a part of one: from a configuration to an end that was asked for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_types::KeyPin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::hub::Hub;
use crate::{Config, Counts, Ground, Refused, Running, StartError, rooms, serve};

/// Serves until `stop` is asked for, and then ends well. `started` is told where, once it serves.
///
/// # Errors
/// It does not start.
pub fn run(config: &Config, stop: &Stop, started: impl FnOnce(&Started)) -> Result<(), StartError> {
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| StartError::Data(format!("the system gives no threads: {error}")))?;
    runtime.block_on(async {
        let relay = Relay::start(config).await?;
        started(&relay.started());
        stop.asked().await;
        relay.shutdown(PATIENCE).await;
        Ok(())
    })
}

/// A relay that serves rooms within a program that does more. Dropping it stops the listeners; connections that are
/// there go on.
pub struct Relay {
    running: Running<Hub>,
    counts: Arc<Counts>,
    tasks: Tasks,
    end: watch::Receiver<()>,
}

impl Relay {
    /// Starts one on the current tokio runtime.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let ground = Ground::open(config)?;
        let hub = rooms::open(config, &ground)?;
        let tasks = Tasks(rooms::tend(&hub));
        let (counts, end) = (hub.counts(), hub.end());
        let asked = hub.clone();
        let ready = move || asked.is_ready(Instant::now());
        let running = serve(config, ground, Arc::new(hub), ready).await?;
        Ok(Self { running, counts, tasks, end })
    }

    /// Where it is and how it is known.
    pub fn started(&self) -> Started {
        Started {
            addresses: self.running.addresses().to_vec(),
            pin: self.running.pin(),
            by_name: self.running.is_by_name(),
        }
    }

    /// What it counts.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Serves a stream within this process: see [`Running::attach`].
    ///
    /// # Errors
    /// As many connections as there may be.
    pub fn attach<IO>(&self, stream: IO, peer: IpAddr) -> Result<(), Refused>
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.running.attach(stream, peer)
    }

    /// Ends well: see [`Running::shutdown`]. Then its data directory can be used again.
    pub async fn shutdown(self, patience: Duration) {
        let Self { running, tasks, mut end, .. } = self;
        running.shutdown(patience).await;
        drop(tasks);
        // What was cut off or aborted may still be on its way out, on other threads.
        let _ = timeout(CLOSING, end.changed()).await;
    }
}

/// What is due now and then; it ends when this is dropped.
struct Tasks([JoinHandle<()>; 2]);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// A connection is a file descriptor, and the usual limit of 1,024 is there for programs of long ago: takes what the
/// system allows without asking. What it does not give, `accept` will miss.
fn raise_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let now = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
    }
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

/// How long it may take until all that uses the store has let go of it.
const CLOSING: Duration = Duration::from_secs(10);
/// How long clients have to finish what they are at.
const PATIENCE: Duration = Duration::from_secs(10);
