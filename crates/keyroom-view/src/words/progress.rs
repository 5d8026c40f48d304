//! Words of the way into a sealed room, step by step.

use crate::screen::EntryStep;

use super::{Word, pick, say};

impl EntryStep {
    /// The step in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reaching => pick!("Reach the room's computer", "Den Computer des Raums erreichen"),
            Self::Securing => pick!("Make sure that it is the right one", "Prüfen, dass es der richtige ist"),
            Self::Entering => pick!("Come in with the key", "Mit dem Schlüssel eintreten"),
            Self::Waiting => pick!("Wait for somebody in the room", "Auf jemanden im Raum warten"),
            Self::CatchingUp => pick!("Read what was said meanwhile", "Lesen, was inzwischen gesagt wurde"),
        }
    }
}

/// A step in a sentence, for a screen reader.
pub fn step_spoken(word: &str, state: &str) -> String {
    say!("{word}: {state}", "{word}: {state}")
}

/// The step is done.
pub const STEP_DONE: Word = Word::new("done", "erledigt");
/// The step is under way.
pub const STEP_NOW: Word = Word::new("under way", "läuft");
/// The step did not succeed.
pub const STEP_FAILED: Word = Word::new("failed", "gescheitert");
/// The step comes later.
pub const STEP_LATER: Word = Word::new("later", "später");
