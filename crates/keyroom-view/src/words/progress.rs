//! Words of the way into a sealed room, step by step.

use crate::screen::EntryStep;

impl EntryStep {
    /// The step in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reaching => "Reach the room's computer",
            Self::Securing => "Make sure that it is the right one",
            Self::Entering => "Come in with the key",
            Self::Waiting => "Wait for somebody in the room",
            Self::CatchingUp => "Read what was said meanwhile",
        }
    }
}

/// A step in a sentence, for a screen reader.
pub fn step_spoken(word: &str, state: &str) -> String {
    format!("{word}: {state}")
}

/// The step is done.
pub const STEP_DONE: &str = "done";
/// The step is under way.
pub const STEP_NOW: &str = "under way";
/// The step did not succeed.
pub const STEP_FAILED: &str = "failed";
/// The step comes later.
pub const STEP_LATER: &str = "later";
