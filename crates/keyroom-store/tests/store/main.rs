//! Every store against the suite, and against a model under random writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod committer;
mod disk;
mod memory;
mod model;
#[cfg(target_os = "linux")]
mod power;
mod support;
