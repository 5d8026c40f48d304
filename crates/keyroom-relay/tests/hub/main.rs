//! The hub's rules, over real links to a store in memory, under virtual time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod append;
mod blobs;
mod changes;
mod clock;
mod create;
mod delivery;
mod desk;
mod disk;
mod heads;
mod hostile;
mod join;
mod knock;
mod login;
