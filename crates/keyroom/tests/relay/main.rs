//! `keyroom relay` as a process, with real clients over TLS: killed, cut off, crowded, full.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod crowd;
mod cut;
mod full;
mod kill;
mod planted;
mod shutdown;
mod support;
