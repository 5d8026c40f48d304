//! The lab: attacks on a copy, really carried out, and what refuses them.

mod fernet;
mod people;
mod sealed;

pub use fernet::FernetLab;
pub use people::LabError;
pub use sealed::SealedLab;

use super::phrase::{Phrase, Text, phrases};

/// What is done to a copy of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Attack {
    /// Nothing: it opens.
    None,
    /// One bit is the other way round; counted from the first bit of the first byte.
    FlipBit(usize),
    /// It is opened with another key.
    WrongKey,
    /// It comes a second time.
    Replay,
    /// It comes long after it was made.
    Old,
    /// Somebody who was removed opens a message that was written afterwards, with all that it kept.
    RemovedMember,
}

impl Attack {
    /// Those that a face offers by name; a bit is picked by hand.
    pub const NAMED: [Self; 5] = [Self::None, Self::WrongKey, Self::Replay, Self::Old, Self::RemovedMember];

    /// Its name, for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "unchanged",
            Self::FlipBit(_) => "flip",
            Self::WrongKey => "wrong-key",
            Self::Replay => "replay",
            Self::Old => "old",
            Self::RemovedMember => "removed-member",
        }
    }

    /// The same for people: an inspection that is saved has it.
    pub(super) fn words(self) -> Text {
        match self {
            Self::None => UNCHANGED.into(),
            Self::FlipBit(bit) => FLIP.with([Text::as_is(bit)]),
            Self::WrongKey => WRONG_KEY.into(),
            Self::Replay => REPLAY.into(),
            Self::Old => OLD.into(),
            Self::RemovedMember => REMOVED_MEMBER.into(),
        }
    }
}

/// What came of an attack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trial {
    /// What was done.
    pub attack: Attack,
    /// The same in a sentence.
    pub done: Text,
    /// Whether the copy opened.
    pub opened: bool,
    /// The check that refused it, by the name of its step; none where it opened.
    pub refused_by: Option<Phrase>,
    /// What that means.
    pub meaning: Phrase,
}

phrases! {
    UNCHANGED = "unchanged";
    FLIP = "flip bit {}";
    WRONG_KEY = "wrong-key";
    REPLAY = "replay";
    OLD = "old";
    REMOVED_MEMBER = "removed-member";
    /// Of every lab.
    OPENS = "It opens.";
    NOTHING_DONE = "Nothing was done.";
}

/// All that the lab says.
pub(super) const WORDS: &[&[Phrase]] = &[PHRASES, fernet::PHRASES, sealed::PHRASES];
