//! What all connections of a relay share.

use std::sync::Arc;

use tokio::sync::watch;

use super::Metrics;
use super::roll::Roll;
use crate::config::MetricsFor;
use crate::files::Files;

/// One relay, as its connections see it.
pub(crate) struct Shared<S> {
    pub(crate) service: Arc<S>,
    pub(crate) ready: Box<dyn Fn() -> bool + Send + Sync>,
    pub(crate) files: Option<Files>,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_for: MetricsFor,
    pub(crate) log_addresses: bool,
    pub(crate) roll: Arc<Roll>,
    pub(crate) phase: watch::Sender<Phase>,
}

impl<S> Shared<S> {
    pub(crate) fn is_draining(&self) -> bool {
        *self.phase.borrow() >= Phase::Draining
    }
}

/// How far the end of a relay has come.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Phase {
    Serving,
    /// Nobody new comes in; who is here finishes.
    Draining,
    /// The time for that is over.
    Closing,
}
