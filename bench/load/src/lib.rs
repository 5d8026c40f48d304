//! A relay under load, beside nats-server, mosquitto and ejabberd in the same run. How to: `bench/README.md`.
//!
//! ```text
//! work: idle, fanout, ping, durable ──► crowd ──► client ──► member over frames (ours), nats, mqtt, xmpp ──► server
//!       rooms, catch-up, storm (ours)
//!        └──► table, probe, accounting: what was measured
//! ```

#![forbid(unsafe_code)]

mod accounting;
mod cli;
mod client;
mod crowd;
mod fault;
mod frames;
mod member;
mod mqtt;
mod nats;
mod pipe;
mod probe;
mod room;
mod server;
mod stats;
mod table;
mod tls;
pub mod work;
mod xmpp;

pub use accounting::{Cpu, Memory, open_files_up_to, raise_open_files};
pub use cli::{Cli, Command, Report, run};
pub use client::{Client, Event};
pub use crowd::{Crowd, Pace, Ran};
pub use fault::Fault;
pub use frames::{Frames, WebSocket, dial};
pub use member::Member;
pub use mqtt::Mqtt;
pub use nats::{Nats, NatsPart};
pub use probe::fdatasync;
pub use room::{Part, Room};
pub use server::{Entrant, Keeping, Server};
pub use stats::Samples;
pub use table::Table;
pub use xmpp::Xmpp;
