//! What an operator's monitoring reads: counts, never names or addresses.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::tls::Identity;
use super::websocket::Fault;
use crate::Refused;

/// The relay's counters. Clones count together.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    pub(crate) link: Arc<LinkMetrics>,
    pub(crate) connections: Counter,
    pub(crate) handshakes_failed: Counter,
    pub(crate) accept_errors: Counter,
    pub(crate) requests: Family<Request, Counter>,
    pub(crate) file_bytes_in: Counter,
    pub(crate) file_bytes_out: Counter,
    reloads: Family<Outcome, Counter>,
    certificate_ends: Gauge,
}

impl Metrics {
    /// Counters that stand at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("keyroom");
        let this = Self {
            link: Arc::default(),
            connections: Counter::default(),
            handshakes_failed: Counter::default(),
            accept_errors: Counter::default(),
            requests: Family::default(),
            file_bytes_in: Counter::default(),
            file_bytes_out: Counter::default(),
            reloads: Family::default(),
            certificate_ends: Gauge::default(),
            registry: Arc::default(),
        };
        let link = &this.link;
        registry.register("connections", "Connections that were accepted", this.connections.clone());
        registry.register(
            "tls_handshakes_failed",
            "Connections whose TLS handshake failed or took too long",
            this.handshakes_failed.clone(),
        );
        registry.register(
            "accept_errors",
            "Connections that the system did not hand over, mostly for want of file descriptors",
            this.accept_errors.clone(),
        );
        registry.register(
            "reloads",
            "How often the configuration was read again, and whether it was taken over",
            this.reloads.clone(),
        );
        registry.register(
            "certificate_ends_seconds",
            "When the certificate ends, in seconds since 1970; 0 for the relay's own, which is made at each start",
            this.certificate_ends.clone(),
        );
        registry.register("http_requests", "Requests by route and status", this.requests.clone());
        registry.register("links", "Links that are open", link.open.clone());
        registry.register("link_messages_received", "Messages of links", link.messages_in.clone());
        registry.register("link_messages_sent", "Messages of links", link.messages_out.clone());
        registry.register("link_bytes_received", "Bytes of messages of links", link.bytes_in.clone());
        registry.register("link_bytes_sent", "Bytes of messages of links", link.bytes_out.clone());
        registry.register(
            "link_refusals",
            "Connections and links that were refused, by reason",
            link.refused.clone(),
        );
        registry.register("link_faults", "Links that broke the protocol, by fault", link.faults.clone());
        registry.register("file_bytes_received", "Bytes of files", this.file_bytes_in.clone());
        registry.register("file_bytes_sent", "Bytes of files", this.file_bytes_out.clone());
        this.begin_at_zero();
        Self { registry: Arc::new(Mutex::new(registry)), ..this }
    }

    /// A count that appears with its first one hides that one from whoever looks at differences.
    fn begin_at_zero(&self) {
        for refused in Refused::ALL {
            drop(self.link.refused.get_or_create(&Reason { reason: refused.to_string() }));
        }
        for reason in Fault::ALL.iter().map(Fault::to_string).chain(Misuse::ALL.iter().map(Misuse::to_string))
        {
            drop(self.link.faults.get_or_create(&Reason { reason }));
        }
        for outcome in [Outcome::DONE, Outcome::REFUSED] {
            drop(self.reloads.get_or_create(&outcome));
        }
        drop(self.requests.get_or_create(&Request { route: "link", status: 101 }));
    }

    /// The configuration was read again.
    pub(crate) fn reloaded(&self, done: bool) {
        let outcome = if done { Outcome::DONE } else { Outcome::REFUSED };
        self.reloads.get_or_create(&outcome).inc();
    }

    /// New handshakes show this certificate.
    pub(crate) fn show_certificate(&self, identity: &Identity) {
        self.certificate_ends.set(identity.ends.unwrap_or(0));
    }

    /// Registers more counters beside these.
    pub fn register(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// All counters in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if text::encode(&mut out, &registry).is_err() {
            // Writing to a string fails only where a collector of the service does.
            out.clear();
        }
        out
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(..)")
    }
}

/// What links count.
#[derive(Default)]
pub(crate) struct LinkMetrics {
    pub(crate) open: Gauge,
    messages_in: Counter,
    messages_out: Counter,
    bytes_in: Counter,
    bytes_out: Counter,
    refused: Family<Reason, Counter>,
    faults: Family<Reason, Counter>,
}

impl LinkMetrics {
    pub(crate) fn received(&self, bytes: usize) {
        self.messages_in.inc();
        self.bytes_in.inc_by(as_count(bytes));
    }

    pub(crate) fn sent(&self, frames: &[Bytes]) {
        if !frames.is_empty() {
            self.messages_out.inc_by(as_count(frames.len()));
            self.bytes_out.inc_by(as_count(frames.iter().map(Bytes::len).sum()));
        }
    }

    pub(crate) fn refuse(&self, refused: Refused) {
        self.refused.get_or_create(&Reason { reason: refused.to_string() }).inc();
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.faults.get_or_create(&Reason { reason: fault.to_string() }).inc();
    }

    pub(crate) fn misuse(&self, misuse: Misuse) {
        self.faults.get_or_create(&Reason { reason: misuse.to_string() }).inc();
    }
}

/// Why a connection was ended, other than for its framing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Misuse {
    /// A message began and stood still.
    #[error("stalled")]
    Stalled,
    /// It did not read what was written to it.
    #[error("unread")]
    Unread,
    /// The head of a request took too long.
    #[error("slow_request")]
    SlowRequest,
    /// What came was no request, or its head was too large.
    #[error("bad_request")]
    BadRequest,
}

impl Misuse {
    const ALL: [Self; 4] = [Self::Stalled, Self::Unread, Self::SlowRequest, Self::BadRequest];
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Reason {
    reason: String,
}

/// The label of `keyroom_reloads`.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Outcome {
    result: &'static str,
}

impl Outcome {
    const DONE: Self = Self { result: "done" };
    const REFUSED: Self = Self { result: "refused" };
}

/// The labels of `keyroom_http_requests`.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(crate) struct Request {
    pub(crate) route: &'static str,
    pub(crate) status: u16,
}

pub(crate) fn as_count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
