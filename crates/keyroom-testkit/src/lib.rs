//! People, networks and faults for tests. Never shipped.

#![forbid(unsafe_code)]
// A test kit fails loudly: a panic here is a failed test, with its reason.
#![allow(clippy::panic)]

pub mod crowd;
pub mod https;
pub mod netns;
pub mod pair;
pub mod process;
pub mod python;
pub mod relay;
pub mod scratch;
pub mod sealed;
pub mod siege;
#[cfg(target_os = "linux")]
pub mod tmpfs;
