//! Sealed rooms from the command line, as people and scripts meet them: real processes, real sockets on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod changes;
mod commands;
mod doctor;
mod inspect;
mod knocks;
mod profiles;
#[cfg(target_os = "linux")]
mod recorder;
mod refusals;
mod relays;
mod secrets;
mod support;
mod talking;
#[cfg(target_os = "linux")]
mod walk;
