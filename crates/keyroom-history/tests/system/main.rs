//! Profiles and the system: modes, kills, full disks. Apart from the other tests, since these start processes: one that is
//! just being started holds the locks of all open profiles for a moment, and another test would find its own in use.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod full;
mod killed;
#[path = "../history/make.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod make;
mod private;

/// One at a time, for the same reason.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
