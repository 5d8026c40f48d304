//! The relay: keeps rooms' logs of envelopes that it cannot read, and serves them over TLS. Spec: `docs/protocol.md`,
//! "The link".
//!
//! The sockets ([`serve`]) know nothing of rooms, and the rooms (a [`Service`]) nothing of sockets.

#![forbid(unsafe_code)]

mod backup;
mod bucket;
mod check;
mod clock;
mod config;
mod counts;
mod error;
mod files;
pub mod hub;
mod log;
mod net;
mod private;
mod quotas;
mod room;
mod rooms;
mod run;
mod service;
mod signals;
mod supervisor;
#[cfg(test)]
mod testing;

pub use backup::{BackUpError, BackedUp, back_up};
pub use check::check;
pub use config::{Config, ConfigError, ListenAt, LogFormat, LogLevel, MetricsFor, Written, data_home};
pub use counts::{Count, Counts};
pub use error::StartError;
pub use files::{Purpose, Ticket, TicketError, Tickets};
pub use log::start_log;
pub use net::{Ground, Metrics, Running, serve};
pub use quotas::Quotas;
pub use run::{Relay, Started, run};
pub use service::{Link, Now, Refused, Service};
#[cfg(test)]
use testing::scratch_dir;
