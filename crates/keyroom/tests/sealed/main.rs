//! Sealed rooms from the command line, as people and scripts meet them: real processes, real sockets on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod commands;
mod inspect;
mod profiles;
mod refusals;
mod relays;
mod secrets;
mod support;
mod talking;
