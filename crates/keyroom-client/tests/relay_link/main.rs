//! The client's way to a relay: against the real relay, and against servers that it has to refuse.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod exchange;
mod refused;
mod support;
