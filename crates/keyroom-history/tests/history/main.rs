//! Profiles on real files.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod canaries;
mod captures;
mod choices;
mod damaged;
mod make;
mod mls;
mod model;
mod opening;
mod outbox;
mod rooms;
mod searching;
mod timeline;
