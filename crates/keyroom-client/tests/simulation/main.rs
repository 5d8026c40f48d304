//! Sealed rooms under virtual time: the machine of the client, a real hub, wires that are cut, processes that are killed.
//!
//! A failing seed prints itself. Ten thousand of them, or those that failed:
//!
//! ```text
//! KEYROOM_SEEDS=0..10000 cargo test -p keyroom-client --test simulation after_any
//! ```
//!
//! The seed makes the schedule. The MLS library draws its keys itself, so two runs of a seed differ in their ciphertexts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod acts;
mod blobs;
mod check;
mod evil;
mod forks;
mod keys;
mod knocks;
mod races;
mod repair;
mod saying;
mod seeds;
mod storm;
