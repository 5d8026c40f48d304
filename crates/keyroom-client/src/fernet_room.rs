//! Fernet rooms as state machines: who may come in, what is shown, what goes to whom, and when.
//!
//! Sans-IO: no socket, clock or randomness in here. The driver calls `handle_*`, `say` and the like with what
//! happened and when, then drains every `poll_*` until each returns `None`. The history is the one thing that
//! is called from here; it is a trait that neither blocks nor fails in memory.
//!
//! Rules and numbers: `docs/protocol.md`, "Fernet rooms".

mod admission;
mod back_off;
mod duplicates;
mod guest;
mod host;
mod notices;
mod own;
pub(crate) mod people;
mod queue;
mod reception;
mod refusals;
mod sealer;
pub(crate) mod split;
mod timeline;

#[cfg(test)]
mod simulation;

use std::time::{Duration, Instant, SystemTime};

pub(crate) use duplicates::{Duplicates, Judgement};
pub(crate) use guest::{Guest, GuestSetup};
pub(crate) use host::{Host, HostSetup};

/// When something happened: on the clock that never jumps, and on the one that people read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// For intervals and timeouts.
    pub(crate) instant: Instant,
    /// For lines of the timeline and the times in tokens.
    pub(crate) wall: SystemTime,
}

impl Moment {
    /// Seconds since 1970, 0 for a clock before that.
    fn unix_s(self) -> u64 {
        self.wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}

/// Where a new IV comes from: the system's random source, or a counter in tests. `None` when it fails.
pub(crate) type Ivs<'a> = &'a mut dyn FnMut() -> Option<[u8; 16]>;

/// How long leaving waits for the next write to end.
const LEAVE_STALL: Duration = Duration::from_secs(2);
/// How long leaving takes at most, even where every write ends in time.
const LEAVE_TOTAL: Duration = Duration::from_secs(30);

/// A room that is being left: how long it may still send what is pending.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    started: Instant,
    progress: Instant,
}

impl Leaving {
    fn new(now: Instant) -> Self {
        Self { started: now, progress: now }
    }

    /// When it is over, whatever is still pending.
    fn deadline(&self) -> Instant {
        (self.progress + LEAVE_STALL).min(self.started + LEAVE_TOTAL)
    }
}
