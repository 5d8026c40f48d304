//! The relay over real sockets on loopback, against clients that are not ours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod abuse;
mod disk;
mod files;
mod links;
mod pages;
mod support;
