//! What every store must do, as a suite that each of them passes: one function a fact, named for it.
//!
//! [`suite`] runs them all. A fact takes a store without any room and panics where the store does something else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "the suite is a test, and a test fails by panicking")]

mod blobs;
mod log;
mod make;
mod many;
mod records;
mod refusals;
mod retention;

pub use make::{Room, body, envelope, room_id};

use crate::Store;

/// One fact about stores.
pub type Fact = fn(&dyn Store);

/// Every fact by its name, grouped by what it is about.
pub const FACTS: &[(&str, &[(&str, Fact)])] = &[
    ("log", log::FACTS),
    ("refusals", refusals::FACTS),
    ("records", records::FACTS),
    ("blobs", blobs::FACTS),
    ("retention", retention::FACTS),
    ("many", many::FACTS),
];

/// Holds every fact against a fresh store of its own.
///
/// # Panics
/// Where a fact does not hold; the name of the thread that panicked is the fact's.
pub fn suite(make: &mut dyn FnMut() -> Box<dyn Store>) {
    for (group, facts) in FACTS {
        for (name, fact) in *facts {
            let store = make();
            std::thread::Builder::new()
                .name(format!("{group}::{name}"))
                .spawn(move || fact(&*store))
                .expect("a thread can be had")
                .join()
                .unwrap_or_else(|_| panic!("{group}::{name} does not hold"));
        }
    }
}

/// Lists functions with their names.
macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        pub(super) const FACTS: &[(&str, super::Fact)] = &[$((stringify!($fact), $fact)),+];
    };
}
use facts;
