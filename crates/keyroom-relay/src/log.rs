//! The log: ids and counts on standard error, never contents, and addresses of clients only where that was asked for.

use tracing::Level;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat, LogLevel};

/// Sends the log of this process to standard error, as the configuration says. Only the first call of a process counts.
pub fn start_log(config: &Config) {
    let level = match config.log_level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let log = fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false).with_ansi(false);
    let started = match config.log_format {
        LogFormat::Text => tracing::subscriber::set_global_default(log.finish()),
        LogFormat::Json => tracing::subscriber::set_global_default(log.json().flatten_event(true).finish()),
    };
    // A program that embeds the relay may have a log of its own, and keeps it.
    drop(started);
}
