//! People, networks and faults for tests.

#![forbid(unsafe_code)]

pub mod python;
