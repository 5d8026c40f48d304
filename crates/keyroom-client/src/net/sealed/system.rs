//! What the machine of a room is given by the computer that it runs on: time and randomness.

use std::time::{Instant, SystemTime};

use keyroom_types::{Key, Timestamp};

/// A fresh key.
pub(super) fn draw_key() -> Key {
    let mut bytes = [0; Key::BYTES];
    draw(&mut bytes);
    Key::from_bytes(bytes)
}

/// The system's random source. Where it fails there is nothing to go on with: every key would be known.
pub(super) fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system's random source works where this process could start");
}

/// What this computer says the time is.
pub(super) fn wall() -> Timestamp {
    SystemTime::now().into()
}

/// The clock that tokio's timers follow.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
