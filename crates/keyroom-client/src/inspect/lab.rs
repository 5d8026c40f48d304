//! The lab: attacks on a copy, really carried out, and what refuses them.

mod fernet;
mod people;
mod sealed;

pub use fernet::FernetLab;
pub use people::LabError;
pub use sealed::SealedLab;

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
}

/// What came of an attack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trial {
    /// What was done.
    pub attack: Attack,
    /// The same in a sentence.
    pub done: String,
    /// Whether the copy opened.
    pub opened: bool,
    /// The check that refused it, by the name of its step; none where it opened.
    pub refused_by: Option<&'static str>,
    /// What that means.
    pub meaning: &'static str,
}
