//! Which time is believed where something is dropped for its age.
//!
//! A clock that jumps forward, for a moment or for good, must not cost what is kept: bodies and files go only by a time
//! that the clock has said for a while. A jump back costs nothing.

use std::time::{Duration, Instant};

use keyroom_types::Timestamp;

use crate::Now;

/// The clock on the wall, without its latest jump forward.
#[derive(Debug, Default)]
pub(crate) struct Believed {
    /// When it was last believed, and what it said.
    base: Option<Now>,
    /// Since when it says something else, and what it said then.
    other: Option<Now>,
}

impl Believed {
    /// What time it is, for all that is known. To be asked now and then.
    pub(crate) fn look(&mut self, now: Now) -> Timestamp {
        let Some(base) = self.base else { return self.believe(now) };
        let expected = going_on(base, now.mono);
        if now.wall <= expected.plus_millis(SLACK_MS) {
            return self.believe(now);
        }
        match self.other {
            Some(other) if is_near(going_on(other, now.mono), now.wall) => {
                if now.mono.saturating_duration_since(other.mono) >= LONG {
                    return self.believe(now);
                }
            }
            _ => {
                tracing::warn!(
                    "the clock of this computer jumped forward: nothing is dropped for it for an hour"
                );
                self.other = Some(now);
            }
        }
        expected
    }

    fn believe(&mut self, now: Now) -> Timestamp {
        (self.base, self.other) = (Some(now), None);
        now.wall
    }
}

/// What a clock says at `mono` that goes on from there.
fn going_on(from: Now, mono: Instant) -> Timestamp {
    let since = mono.saturating_duration_since(from.mono).as_millis();
    from.wall.plus_millis(u64::try_from(since).unwrap_or(u64::MAX))
}

fn is_near(one: Timestamp, other: Timestamp) -> bool {
    one.as_millis().abs_diff(other.as_millis()) <= SLACK_MS
}

/// What clocks that are kept right are corrected by, at the most.
const SLACK_MS: u64 = 5 * 60 * 1_000;

/// After so long a new time is believed: the computer slept, or its clock was wrong before.
const LONG: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;
    const YEAR_MS: u64 = 365 * 24 * 60 * MINUTE_MS;

    struct Desk {
        clock: Believed,
        now: Now,
    }

    impl Desk {
        fn new() -> Self {
            let now = Now { mono: Instant::now(), wall: Timestamp::from_millis(YEAR_MS) };
            Self { clock: Believed::default(), now }
        }

        /// Minutes pass; what is believed then, in minutes after the beginning.
        fn pass(&mut self, minutes: u64) -> u64 {
            self.now.mono += Duration::from_secs(60 * minutes);
            self.now.wall = self.now.wall.plus_millis(minutes * MINUTE_MS);
            (self.clock.look(self.now).as_millis() - YEAR_MS) / MINUTE_MS
        }

        fn jump(&mut self, minutes: i64) {
            let millis = self.now.wall.as_millis().saturating_add_signed(minutes * 60_000);
            self.now.wall = Timestamp::from_millis(millis);
        }
    }

    #[test]
    fn a_clock_that_goes_well_is_believed() {
        let mut desk = Desk::new();
        assert_eq!((desk.pass(0), desk.pass(10), desk.pass(600)), (0, 10, 610));
        desk.jump(4);
        assert_eq!(desk.pass(10), 624);
        desk.jump(-30);
        assert_eq!((desk.pass(10), desk.pass(10)), (604, 614));
    }

    #[test]
    fn a_jump_forward_that_is_taken_back_was_never_believed() {
        let mut desk = Desk::new();
        desk.pass(10);
        desk.jump(500_000);
        assert_eq!((desk.pass(10), desk.pass(30)), (20, 50));
        desk.jump(-500_000);
        assert_eq!((desk.pass(30), desk.pass(60)), (80, 140));
        // Not even many in a row.
        for times in 1..20 {
            desk.jump(500_000);
            assert_eq!(desk.pass(50), 140 + 50 * times);
        }
    }

    #[test]
    fn a_computer_that_slept_is_believed_after_an_hour() {
        let mut desk = Desk::new();
        desk.pass(10);
        desk.jump(480);
        assert_eq!((desk.pass(10), desk.pass(59), desk.pass(1), desk.pass(10)), (20, 79, 560, 570));
    }
}
