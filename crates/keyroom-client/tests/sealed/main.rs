//! Sealed rooms through engines, over real sockets on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod acts;
mod doors;
mod knocks;
mod members;
mod resuming;
mod several;
mod support;
mod talking;
