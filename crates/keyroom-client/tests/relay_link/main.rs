//! The client's way to a relay: against the real relay, against servers that it has to refuse, and with somebody in
//! between.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod captured;
mod cuts;
mod driving;
mod exchange;
mod in_between;
mod people;
mod proxy;
mod refused;
mod support;
