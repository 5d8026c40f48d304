//! Every store against the suite, and against a model under random writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it skipped, and how much it looked at")]

mod backup;
mod committer;
mod damage;
mod disk;
#[cfg(target_os = "linux")]
mod full;
mod memory;
mod model;
#[cfg(target_os = "linux")]
mod power;
mod support;
mod tail;
mod torn;
