//! What all connections of a relay share.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use super::Metrics;
use super::roll::Roll;
use crate::Config;
use crate::config::MetricsFor;
use crate::files::Files;

/// One relay, as its connections see it.
pub(crate) struct Shared<S> {
    pub(crate) service: Arc<S>,
    pub(crate) ready: Box<dyn Fn() -> bool + Send + Sync>,
    pub(crate) files: Option<Files>,
    pub(crate) metrics: Metrics,
    pub(super) pages: RwLock<Pages>,
    pub(crate) roll: Arc<Roll>,
    pub(crate) phase: watch::Sender<Phase>,
}

/// Who may see what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    pub(crate) metrics_for: MetricsFor,
    pub(crate) log_addresses: bool,
}

impl Pages {
    pub(super) fn of(config: &Config) -> Self {
        Self { metrics_for: config.metrics, log_addresses: config.log_addresses }
    }
}

impl<S> Shared<S> {
    pub(crate) fn pages(&self) -> Pages {
        // They are written whole.
        *self.pages.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_pages(&self, pages: Pages) {
        *self.pages.write().unwrap_or_else(PoisonError::into_inner) = pages;
    }

    /// Whether clients should come here.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_draining() && (self.ready)()
    }

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
