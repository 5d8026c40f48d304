//! The relay as a program, and as a part of one: from a configuration to an end that was asked for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use keyroom_types::KeyPin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::hub::Hub;
use crate::signals::{Asked, Signals};
use crate::{
    Config, ConfigError, Counts, Ground, Refused, Running, StartError, log, rooms, serve, supervisor,
};

/// Serves until the process is asked to end (SIGINT, SIGTERM, Ctrl-C), and then ends well; who asks twice is not kept
/// waiting. `started` is told where, once it serves. At SIGHUP the configuration is read `again`.
///
/// # Errors
/// It does not start.
pub fn run(
    config: &Config,
    again: impl Fn() -> Result<Config, ConfigError>,
    started: impl FnOnce(&Started),
) -> Result<(), StartError> {
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| StartError::Data(format!("the system gives no threads: {error}")))?;
    runtime.block_on(async {
        // First, so that no signal is lost while it starts.
        let signals = Signals::listen();
        let mut signals =
            signals.map_err(|error| StartError::Data(format!("the system tells no signals: {error}")))?;
        let relay = Relay::start(config).await?;
        started(&relay.started());
        supervisor::tell(supervisor::READY);
        while signals.next().await == Asked::Reload {
            supervisor::tell(supervisor::RELOADING);
            relay.reload(again());
            supervisor::tell(supervisor::READY);
        }
        supervisor::tell(supervisor::STOPPING);
        tokio::select! {
            () = relay.shutdown(PATIENCE) => Ok(()),
            () = signals.end() => std::process::exit(INTERRUPTED),
        }
    })
}

/// A relay that serves rooms within a program that does more. Dropping it stops the listeners; connections that are
/// there go on.
pub struct Relay {
    running: Running<Hub>,
    hub: Hub,
    config: Config,
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
        let (hub, health) = rooms::open(config, &ground)?;
        let tasks = Tasks(rooms::tend(&hub, &health));
        let (counts, end) = (hub.counts(), hub.end());
        let asked = hub.clone();
        let ready = move || health.is_ready(&asked);
        let running = serve(config, ground, Arc::new(hub.clone()), ready).await?;
        Ok(Self { running, hub, config: config.clone(), counts, tasks, end })
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

    /// Takes over what changed in the configuration and the certificate, if all of it is right; else all stays as it is.
    /// What became of it is in the log and in the metrics.
    pub fn reload(&self, read: Result<Config, ConfigError>) {
        let config = read.and_then(|config| config.check().map(|()| config)).map_err(StartError::from);
        let taken = config.and_then(|config| self.take_over(&config));
        self.running.metrics().reloaded(taken.is_ok());
        match taken {
            Ok(restart) if restart.is_empty() => {
                tracing::info!("configuration and certificate were read again");
            }
            Ok(restart) => tracing::warn!(
                keys = restart.join(", "),
                "configuration and certificate were read again; these keys take a restart of the relay"
            ),
            Err(error) => {
                tracing::warn!(%error, "the configuration was read again and cannot be used: all stays as it is");
            }
        }
    }

    /// The keys that changed and stay as they are until the next start.
    fn take_over(&self, config: &Config) -> Result<Vec<&'static str>, StartError> {
        self.running.reload(config, &self.config.names)?;
        self.hub.set_limits(config.quotas, config.message_age());
        log::set_log_level(config.log_level);
        Ok(self.config.fixed_changes(config))
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
        let Self { running, hub, tasks, mut end, .. } = self;
        running.shutdown(patience).await;
        drop((hub, tasks));
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

/// How long it may take until all that uses the store has let go of it.
const CLOSING: Duration = Duration::from_secs(10);
/// How long clients have to finish what they are at.
const PATIENCE: Duration = Duration::from_secs(10);
/// Exit code of a program that was ended at once, by the shells' convention.
const INTERRUPTED: i32 = 130;
