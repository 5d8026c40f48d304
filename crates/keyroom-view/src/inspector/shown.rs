//! What the inspector shows: plain structs with strings that are ready to show.

use keyroom_client::inspect::{Attack, FieldKind};

use super::bytes::Bytes;
use crate::screen::{Chip, Switch, Tone};

/// The inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectorView {
    /// Whether it stands beside the room; else in its place.
    pub beside: bool,
    /// Whether there is room for it beside the room.
    pub can_widen: bool,
    /// The kind of the room, always.
    pub kind: Chip,
    /// `message from guest 2 · 10:42:09`.
    pub subject: String,
    /// Its pages that there are, and which is shown.
    pub pages: Vec<PageName>,
    /// The page that is shown.
    pub page: PageName,
    /// What is on it.
    pub content: PageView,
    /// Whether it can be saved: [`Inspect::Save`](super::Inspect::Save).
    pub can_save: bool,
    /// Where it was saved, or why it was not; else empty.
    pub saved: String,
}

/// A page of the inspector; [`PageName::word`] is its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PageName {
    /// One message, or another line of the timeline.
    Message,
    /// The room.
    Room,
    /// One text as a Fernet token and as a sealed envelope.
    Compare,
    /// How long captures are kept.
    Keeping,
}

/// What a page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum PageView {
    /// One message.
    Message(Box<MessagePage>),
    /// The room.
    Room(Box<RoomPage>),
    /// Both kinds.
    Compare(Box<ComparePage>),
    /// How long captures are kept.
    Keeping(Box<KeepingPage>),
}

/// A part of a message's page; [`TabName::word`] is its word.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TabName {
    /// *The network sees*.
    #[default]
    Bytes,
    /// *How it was opened*.
    Steps,
    /// *Try it on a copy*.
    Lab,
}

/// One message, in three views and a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage {
    /// *You see*.
    pub see: See,
    /// The part that is shown where there is room for one.
    pub tab: TabName,
    /// Levels of nesting, from the outside to the inside; none where the bytes are gone.
    pub levels: Vec<String>,
    /// Which level is shown.
    pub level: usize,
    /// The way from the level into the field that is shown, for [`Inspect::Out`](super::Inspect::Out): empty at the level itself.
    pub way: Vec<String>,
    /// Its bytes; none where they are gone.
    pub bytes: Option<Bytes>,
    /// Heading over the bytes.
    pub heading: String,
    /// How they come to be there.
    pub how: String,
    /// The field that is pointed at, by its number among those without parts.
    pub pointed: Option<usize>,
    /// The kinds that are in sight.
    pub legend: Vec<LegendLine>,
    /// What must be said of the bytes: that they are gone, or that a layer was not captured.
    pub remarks: Vec<String>,
    /// *How it was opened*.
    pub steps: Vec<StepView>,
    /// The lab.
    pub lab: LabView,
    /// What this kind of room does about it, in two sentences.
    pub note: String,
    /// How that is meant.
    pub note_tone: Tone,
}

/// What the person sees of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct See {
    /// Who said it; empty for a line that nobody said.
    pub author: String,
    /// The text, safe to show.
    pub text: String,
    /// Whether it reads from right to left.
    pub rtl: bool,
    /// What else belongs to it, name and value.
    pub facts: Vec<(&'static str, String)>,
}

/// A kind of field, with the letter that stands for its colour.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LegendLine {
    /// Which.
    pub kind: FieldKind,
    /// Its letter.
    pub letter: char,
    /// What it is, in a word.
    pub word: &'static str,
    /// The same, for a screen reader.
    pub words: &'static str,
}

/// One step of opening a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StepView {
    /// Its name, with its number: `5. HMAC`.
    pub title: String,
    /// What it does, for who hears of it for the first time.
    pub what: String,
    /// How it came out: `right ✓`.
    pub outcome: String,
    /// How that is meant.
    pub tone: Tone,
    /// What it worked with, safe to show; keys are fingerprints.
    pub values: Vec<(String, String)>,
    /// What would have happened had this been wrong.
    pub if_wrong: String,
    /// Where that is written: `RFC 9420, 6.3.2`.
    pub source: String,
}

/// The lab of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct LabView {
    /// What is attacked.
    pub lead: String,
    /// What can be tried; nothing while the lab is set up, and where there is nothing to try on.
    pub attacks: Vec<AttackView>,
    /// Why nothing can be tried now; else empty.
    pub waits: String,
    /// The copy's bytes.
    pub bytes: Option<Bytes>,
    /// Heading over them.
    pub heading: String,
    /// The chosen byte, by its place in the copy.
    pub byte: Option<usize>,
    /// Its bits, the first from the left; empty where no byte is chosen.
    pub bits: Vec<BitView>,
    /// What to do, or which byte is chosen.
    pub hint: String,
    /// What came of what was tried, the newest first.
    pub trials: Vec<TrialView>,
}

/// Something to try.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttackView {
    /// For [`Inspect::Try`](super::Inspect::Try).
    pub attack: Attack,
    /// The button's word.
    pub word: &'static str,
    /// What it does.
    pub hint: &'static str,
}

/// A bit to flip.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BitView {
    /// `0` or `1`, as it is in the copy before it is flipped.
    pub on: bool,
    /// Whether it is the one that was flipped last.
    pub flipped: bool,
    /// What a screen reader says.
    pub spoken: String,
}

/// What came of an attack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrialView {
    /// `Flip bit 3 of byte 31`.
    pub title: String,
    /// `Refused at step 5: HMAC.`
    pub came: String,
    /// How that is meant: what opens all the same is a warning.
    pub tone: Tone,
    /// What was done.
    pub done: String,
    /// What it means.
    pub meaning: String,
}

/// Why a room is private.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomPage {
    /// What is being waited for, or went wrong; else empty.
    pub waits: String,
    /// *Who could see what*.
    pub who: Vec<SightView>,
    /// The connection and the keys: what it is called, how it is, what it means.
    pub session: Vec<SessionLine>,
    /// The members' tree; nothing in a Fernet room.
    pub tree: Vec<TreeNode>,
    /// What is left out of it; else empty.
    pub tree_more: String,
    /// When the keys changed, the newest first.
    pub epochs: Vec<EpochLine>,
    /// That there are none of these, where that is so.
    pub note: String,
}

/// What one sort of people sees.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SightView {
    /// Who.
    pub who: String,
    /// A cell for each of [`SIGHTS`](crate::words::SIGHTS).
    pub cells: Vec<SightCell>,
    /// Why.
    pub why: String,
    /// All of it, for a screen reader.
    pub spoken: String,
}

/// A cell of the table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SightCell {
    /// `no`, `yes`, or what.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// One fact of the session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionLine {
    /// What it is called.
    pub name: String,
    /// How it is.
    pub value: String,
    /// What it means.
    pub tip: String,
}

/// A node of the tree, which lies on its side: the root at the left, the members at the right, one node in each row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TreeNode {
    /// How far from the root.
    pub depth: usize,
    /// In which row its parent stands; `None` for the root.
    pub parent: Option<usize>,
    /// Whether it has a key.
    pub has_key: bool,
    /// Whether it is a place for a member.
    pub leaf: bool,
    /// Who has it; empty for an inner node.
    pub name: String,
    /// Whether that is this person.
    pub me: bool,
    /// For a screen reader.
    pub spoken: String,
}

/// A change of the room's keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochLine {
    /// `epoch 12`.
    pub epoch: String,
    /// When.
    pub at: String,
    /// What happened.
    pub did: String,
    /// Whether somebody was removed.
    pub removal: bool,
}

/// One text as a Fernet token and as a sealed envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparePage {
    /// What is being waited for, or went wrong; else empty.
    pub waits: String,
    /// The text.
    pub text: String,
    /// Questions with both answers.
    pub rows: Vec<CompareRow>,
    /// The token's bytes.
    pub fernet: Option<Bytes>,
    /// The envelope's bytes.
    pub sealed: Option<Bytes>,
    /// The kinds that are in sight.
    pub legend: Vec<LegendLine>,
}

/// One question, and the answer of each kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CompareRow {
    /// The question.
    pub question: String,
    /// What the token gives away.
    pub fernet: String,
    /// What the envelope gives away.
    pub sealed: String,
}

/// How long captures are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeepingPage {
    /// For how long: the choices, in words.
    pub days: Vec<String>,
    /// Which of them holds.
    pub days_now: usize,
    /// How much: the choices, in words.
    pub sizes: Vec<String>,
    /// Which of them holds.
    pub size_now: usize,
    /// Whether TLS records are captured, too.
    pub records: Switch,
    /// That it could not be kept; else empty.
    pub error: String,
}
