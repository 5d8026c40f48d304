//! Ctrl-C, and a request to end: the first one leaves cleanly, the second ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// Calls `leave` at the first signal. Once a process.
pub(crate) fn first(leave: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let asked = AtomicBool::new(false);
    let on_signal = move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        leave();
    };
    ctrlc::set_handler(on_signal)
        .map_err(|error| Failure::failed(format!("Ctrl-C cannot be listened for: {error}.")))
}

/// Exit code of a program ended by Ctrl-C, by the shells' convention.
const INTERRUPTED: i32 = 130;
