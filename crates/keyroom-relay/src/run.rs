//! The relay as a program: from a configuration to an end that was asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_types::KeyPin;
use tokio::sync::Notify;

use crate::{Config, Ground, StartError, rooms, serve};

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
        let hub = rooms::open(config, &ground)?;
        let tasks = rooms::tend(&hub);
        let asked = hub.clone();
        let ready = move || asked.is_ready(Instant::now());
        let running = serve(config, ground, Arc::new(hub), ready).await?;
        started(&Started {
            addresses: running.addresses().to_vec(),
            pin: running.pin(),
            by_name: running.is_by_name(),
        });
        stop.asked().await;
        running.shutdown(PATIENCE).await;
        for task in tasks {
            task.abort();
        }
        Ok(())
    })
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

/// How long clients have to finish what they are at.
const PATIENCE: Duration = Duration::from_secs(10);
