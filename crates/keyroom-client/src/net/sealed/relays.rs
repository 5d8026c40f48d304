//! The relays in this process: one for each data directory, whatever the number of rooms that are hosted there.
//!
//! Two relays on one directory would be two writers of one store. And a relay serves every room in its directory, so the
//! members of one room reach it while only another one is open here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use keyroom_relay::{Config, ListenAt, Relay};
use tokio::sync::Mutex;

use crate::command::Listen;
use crate::event::CloseReason;
use crate::net::listen::listen as try_listen;

/// What runs here, by its data directory; `None`: in memory.
#[derive(Clone, Default)]
pub(crate) struct Relays(Arc<Mutex<HashMap<Option<PathBuf>, Weak<Relay>>>>);

impl Relays {
    /// The relay that keeps its data there; started to listen at `listen` if none runs yet. With it the port that another
    /// program had, where it listens at the next one.
    pub(super) async fn get(
        &self,
        listen: &Listen,
        data: Option<&Path>,
    ) -> Result<(Arc<Relay>, Option<u16>), CloseReason> {
        let mut running = self.0.lock().await;
        let key = data.map(Path::to_owned);
        if let Some(relay) = running.get(&key).and_then(Weak::upgrade) {
            return Ok((relay, None));
        }
        // Finds a free port and lets go of it: the relay opens its sockets itself.
        let found = try_listen(listen)?;
        let wanted = found.at.clone();
        drop(found.sockets);
        let config = Config {
            listen: wanted.iter().map(|at| ListenAt::One(*at)).collect(),
            data: key.clone(),
            memory: key.is_none(),
            ..Config::default()
        };
        let relay = Relay::start(&config).await.map_err(|error| CloseReason::NoRelay(error.to_string()))?;
        let relay = Arc::new(relay);
        running.insert(key, Arc::downgrade(&relay));
        Ok((relay, found.taken_port))
    }

    /// A room leaves. With the last one the relay ends, and until it has, no other begins on the same data.
    pub(super) async fn leave(&self, relay: Arc<Relay>) {
        let _running = self.0.lock().await;
        // A dial that was just under way may still hold it: then it ends when that lets go.
        if let Some(relay) = Arc::into_inner(relay) {
            relay.shutdown(PATIENCE).await;
        }
    }
}

/// How long others have to finish when a relay ends.
const PATIENCE: Duration = Duration::from_secs(2);
