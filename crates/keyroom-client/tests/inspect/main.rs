//! The inspector: every byte belongs to exactly one named field, the fields are those that others find, the steps and the
//! lab's refusals are real.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod fernet;
mod lab;
mod mls_peer;
mod partition;
