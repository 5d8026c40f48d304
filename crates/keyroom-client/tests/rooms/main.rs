//! Rooms over real sockets on loopback, with raw peers, Python peers and whole engines.

// Helpers of tests fail as tests do: loudly.
#![allow(clippy::panic, clippy::unwrap_used)]

mod beacon;
mod bot;
mod crowd;
mod engines;
mod nearby;
mod python;
mod raw;
mod support;
