//! Rooms with several people and an honest relay, or one that lies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod checks;
mod doors;
mod life;
mod stolen;
