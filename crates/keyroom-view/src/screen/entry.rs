//! The way into a sealed room, and its doors.

/// A step on the way into a sealed room.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum EntryStep {
    /// The relay's address is tried.
    #[default]
    Reaching,
    /// The relay proves that it is the one that is meant.
    Securing,
    /// The key opens a door.
    Entering,
    /// Nobody in the room was heard yet.
    Waiting,
    /// What was said meanwhile is read.
    CatchingUp,
}

impl EntryStep {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Reaching, Self::Securing, Self::Entering, Self::Waiting, Self::CatchingUp];
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StepState {
    /// Behind us.
    Done,
    /// Under way.
    Now,
    /// It did not succeed; the state line says why, and what to do.
    Failed,
    /// Not yet.
    Later,
}

/// One step as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StepLine {
    /// `Come in with the key`.
    pub text: String,
    /// How far it is.
    pub state: StepState,
    /// The same in one sentence, for a screen reader.
    pub spoken: String,
}

/// The doors of a sealed room, behind *Advanced*.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorList {
    /// `Advanced`.
    pub fold: String,
    /// Whether it is unfolded.
    pub open: bool,
    /// `Doors`.
    pub heading: String,
    /// What doors are.
    pub lead: String,
    /// Those that are open.
    pub doors: Vec<DoorRow>,
    /// What is said where there is none, or where this person may not change them; else empty.
    pub note: String,
    /// Makes one more; none for who may not.
    pub make: Option<DoorForm>,
}

/// One door.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DoorRow {
    /// `The room's own key`, `Door 3f2a90c1`.
    pub title: String,
    /// `let in 2 of 5 · open until 3 Nov 10:00`.
    pub detail: String,
    /// The word of the button that shows its key; empty where that is not known, or shown already.
    pub show: String,
    /// The word of the button that closes it; empty for who may not.
    pub close: String,
}

/// How a new door is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DoorForm {
    /// `One more door`.
    pub heading: String,
    /// `Open for`.
    pub time_label: String,
    /// The choices.
    pub times: Vec<String>,
    /// Which is chosen.
    pub time: usize,
    /// `Lets in`.
    pub uses_label: String,
    /// The choices.
    pub uses: Vec<String>,
    /// Which is chosen.
    pub use_: usize,
    /// `Make a door`.
    pub make: String,
}
