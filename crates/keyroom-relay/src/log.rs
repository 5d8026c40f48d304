//! The log: ids and counts on standard error, never contents, and addresses of clients only where that was asked for.

use std::io::stderr;
use std::sync::OnceLock;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Registry, registry, reload};

use crate::config::{Config, LogFormat, LogLevel};

/// Sends the log of this process to standard error, as the configuration says. Only the first call of a process counts.
pub fn start_log(config: &Config) {
    let (filter, handle) = reload::Layer::new(level(config.log_level));
    let filtered = registry().with(filter);
    let started = match config.log_format {
        LogFormat::Text => {
            let lines = layer().with_writer(stderr).with_target(false).with_ansi(false);
            tracing::subscriber::set_global_default(filtered.with(lines))
        }
        LogFormat::Json => {
            let lines = layer().with_writer(stderr).with_target(false).with_ansi(false);
            tracing::subscriber::set_global_default(filtered.with(lines.json().flatten_event(true)))
        }
    };
    // A program that embeds the relay may have a log of its own, and keeps it.
    if started.is_ok() {
        let _ = FILTER.set(handle);
    }
}

/// Logs so much from now on, if this process's log is ours.
pub(crate) fn set_log_level(wanted: LogLevel) {
    if let Some(handle) = FILTER.get() {
        // It fails only where the log is gone, and then there is nothing to filter.
        let _ = handle.reload(level(wanted));
    }
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    }
}

static FILTER: OnceLock<reload::Handle<LevelFilter, Registry>> = OnceLock::new();
