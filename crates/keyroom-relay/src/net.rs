//! Everything between a socket and a [`Service`]: listeners, TLS, HTTP, WebSocket.
//!
//! ```text
//! accept ─► place in the roll ─► TLS (10 s) ─► HTTP ─┬─► /v1/link ─► Driver ◄─► Link
//!           else: closed                             ├─► /v1/blob/… ◄─► Files
//!                                                    └─► /healthz, /readyz, /metrics
//! ```
//!
//! What bounds memory: places ([`Quotas::links`](crate::Quotas)); before a login TLS's own 64 KiB, 8 KiB of a head and
//! the link's own limit of a frame; of what is to be written about 64 KiB a link.

mod accept;
pub(crate) mod http;
mod link;
mod listen;
mod machine;
mod memory;
pub(crate) mod metrics;
mod patience;
mod roll;
mod shared;
mod tls;
mod tls_stream;
mod websocket;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use keyroom_types::KeyPin;
pub use metrics::Metrics;
use shared::{Pages, Phase, Shared};
use tls::{Identity, Shown};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::files::{self, Files, Tickets};
use crate::quotas::LiveQuotas;
use crate::{Config, Now, Refused, Service, StartError, private};

/// What a relay stands on before it serves: its data directory, its certificate, the secret behind its tickets. Opened
/// first, because a service needs parts of it.
pub struct Ground {
    data: Option<PathBuf>,
    identity: Identity,
    tickets: Arc<Tickets>,
    metrics: Metrics,
    quotas: LiveQuotas,
}

impl Ground {
    /// Opens the data directory, and makes there what a first start has to make.
    ///
    /// # Errors
    /// Says what cannot be used and what to do.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        config.check()?;
        let data = config.data_dir()?;
        if let Some(data) = &data {
            private::dir(data).map_err(|error| StartError::io("make", data, &error))?;
        }
        let identity = tls::identity(config, data.as_deref())?;
        let tickets = Arc::new(Tickets::open(data.as_deref())?);
        let quotas = LiveQuotas::new(config.quotas);
        Ok(Self { data, identity, tickets, metrics: Metrics::new(), quotas })
    }

    /// Where data is kept; `None` where nothing is.
    pub fn data(&self) -> Option<&std::path::Path> {
        self.data.as_deref()
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo of the relay's certificate: what a client signs at login.
    pub fn pin(&self) -> KeyPin {
        self.identity.pin
    }

    /// What makes tickets for files; `None` where no files are taken.
    pub fn tickets(&self) -> Option<Arc<Tickets>> {
        self.data.is_some().then(|| self.tickets.clone())
    }

    /// The quotas, as they are set last.
    pub(crate) fn quotas(&self) -> LiveQuotas {
        self.quotas.clone()
    }

    /// The relay's counters, to register more.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

/// Serves `service` at all addresses of the configuration, on the current tokio runtime. `ready` says whether its store
/// can be used.
///
/// # Errors
/// It cannot listen, or not use its data directory.
pub async fn serve<S: Service>(
    config: &Config,
    ground: Ground,
    service: Arc<S>,
    ready: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Running<S>, StartError> {
    let shown = Shown::new(&ground.identity);
    let tls = tls::server_config(shown.clone())?;
    let files = match &ground.data {
        Some(data) => Some(Files::open(data, ground.tickets.clone(), ground.quotas.clone())?),
        None => None,
    };
    let listeners = listen::listen(&config.sockets())?;
    let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let shared = Arc::new(Shared {
        service,
        ready: Box::new(ready),
        files: files.clone(),
        metrics: ground.metrics,
        pages: RwLock::new(Pages::of(config)),
        roll: roll::Roll::new(&config.quotas),
        phase: watch::Sender::new(Phase::Serving),
    });
    machine::expose(&shared, ground.data);
    shared.metrics.show_certificate(&ground.identity);
    let mut tasks: Vec<JoinHandle<()>> = listeners
        .into_iter()
        .map(|listener| tokio::spawn(accept::accept(shared.clone(), listener, tls.clone())))
        .collect();
    tasks.push(tokio::spawn(memory::watch(shared.roll.clone())));
    let file_age = watch::Sender::new(config.file_age());
    tasks.extend(files.map(|files| tokio::spawn(files::sweep(files, file_age.subscribe()))));
    let (pin, by_name) = (ground.identity.pin, ground.identity.by_name);
    Ok(Running { shared, addresses, pin, by_name, shown, quotas: ground.quotas, file_age, tasks })
}

/// A relay that serves. Dropping it stops the listeners; connections that are there go on.
pub struct Running<S: Service> {
    shared: Arc<Shared<S>>,
    addresses: Vec<SocketAddr>,
    pin: KeyPin,
    by_name: bool,
    shown: Arc<Shown>,
    quotas: LiveQuotas,
    file_age: watch::Sender<Duration>,
    tasks: Vec<JoinHandle<()>>,
}

impl<S: Service> Running<S> {
    /// Where it really listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What clients pin.
    pub fn pin(&self) -> KeyPin {
        self.pin
    }

    /// Whether the certificate is the operator's, so that clients check it by its name.
    pub fn is_by_name(&self) -> bool {
        self.by_name
    }

    /// Takes over what may change while it runs: quotas, the age of files, who may see what, and the operator's
    /// certificate, which is read again for these names. The relay's own key never changes.
    ///
    /// # Errors
    /// The certificate cannot be used: nothing was changed.
    pub(crate) fn reload(&self, config: &Config, names: &[String]) -> Result<(), StartError> {
        let shared = &self.shared;
        let read = match (&config.certificate, &config.key) {
            (Some(certificate), Some(key)) if self.by_name => tls::read(certificate, key, names).map(Some),
            _ => Ok(None),
        };
        if let Some(identity) = read? {
            self.shown.set(&identity);
            shared.metrics.show_certificate(&identity);
        }
        self.quotas.set(config.quotas);
        shared.roll.set_quotas(&config.quotas);
        shared.set_pages(Pages::of(config));
        self.file_age.send_replace(config.file_age());
        Ok(())
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Serves a stream that is no socket of ours, without TLS: that of a program that embeds the relay. It counts as a
    /// connection from `peer`.
    ///
    /// # Errors
    /// As many connections as there may be.
    pub fn attach<IO>(&self, stream: IO, peer: IpAddr) -> Result<(), Refused>
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let place = Arc::new(self.shared.roll.enter(peer)?);
        let stream = patience::Patient::new(stream);
        tokio::spawn(http::serve(self.shared.clone(), stream, peer, place));
        Ok(())
    }

    /// Ends well: nobody new comes in, links say goodbye, requests finish; who is left after `patience` is cut off.
    pub async fn shutdown(mut self, patience: Duration) {
        self.stop_listening();
        self.shared.phase.send_replace(Phase::Draining);
        self.shared.service.drain(Now::read());
        if timeout(patience, self.shared.roll.emptied()).await.is_err() {
            tracing::info!(
                connections = self.shared.roll.count(),
                "closing connections that are still there"
            );
            self.shared.phase.send_replace(Phase::Closing);
            self.shared.roll.close();
            // They are told why; who does not read that gets no more time.
            let _ = timeout(LAST_WORDS, self.shared.roll.emptied()).await;
        }
    }

    fn stop_listening(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }
}

impl<S: Service> Drop for Running<S> {
    fn drop(&mut self) {
        self.stop_listening();
    }
}

/// For how many more days the certificate of this configuration is good, after it was checked; `None`: the relay makes its
/// own.
pub(crate) fn certificate_ends(config: &Config) -> Result<Option<i64>, StartError> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else { return Ok(None) };
    let ends = tls::read(certificate, key, &config.names)?.ends.unwrap_or(0);
    let now = i64::try_from(Now::read().wall.as_millis() / 1_000).unwrap_or(i64::MAX);
    Ok(Some((ends - now) / (24 * 60 * 60)))
}

/// Ends when the relay's end has come so far.
async fn wait_for(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    if phase.wait_for(|phase| *phase >= wanted).await.is_err() {
        // The relay is gone without a word: its connections go on.
        std::future::pending::<()>().await;
    }
}

const LAST_WORDS: Duration = Duration::from_secs(2);
