//! The rows of a timeline, and how they change.

use std::sync::Arc;

use keyroom_client::Position;

use crate::avatar::Avatar;
use crate::markup::Formed;
use crate::screen::Tone;

/// One row of a timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Row {
    /// A line that names the day: `Today`, `Monday, 3 November`.
    Day(String),
    /// The line above the first message that was not seen: `New`.
    Unread(String),
    /// Somebody said something.
    Message(Box<MessageRow>),
    /// Something happened: a quiet, centred line.
    Notice(NoticeRow),
    /// Something happened that is worth a look: a centred line in warning colours.
    Warning(NoticeRow),
}

/// Something that somebody said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageRow {
    /// Its place in the room: for [`Input::Retry`](crate::Input::Retry), `CopyMessage`, `ShowAll`.
    pub position: Position,
    /// Who said it.
    pub author: String,
    /// Initial and colour of who said it.
    pub avatar: Avatar,
    /// Whether it is this person's own: at the right, on the soft accent.
    pub own: bool,
    /// `10:42`.
    pub time: String,
    /// What was said, safe to show and bounded; it may have several lines. It is text: never read it as markup
    /// or links (attack matrix row 25).
    pub text: Arc<str>,
    /// The same as it is formatted, with its links; `None` where it is plain text. Show the one or the other.
    pub formed: Option<Arc<Formed>>,
    /// Whether it names this person.
    pub names_me: bool,
    /// Whether it is hidden because its author is muted here: `text` says so, `cut` offers to show it.
    pub folded: bool,
    /// Whether it reads from right to left: by its first strong character (UAX #9, rules P2 and P3).
    pub rtl: bool,
    /// Whether the same person goes on within five minutes: no avatar, no name.
    pub continues: bool,
    /// Whether only its beginning is shown: offer [`Input::ShowAll`](crate::Input::ShowAll).
    pub cut: bool,
    /// How far an own message came: `sending`, `sent ✓`; empty for others' messages.
    pub state: String,
    /// How that is meant.
    pub tone: Tone,
    /// Whether [`Input::Retry`](crate::Input::Retry) is offered.
    pub retry: bool,
    /// What it answers.
    pub quote: Option<Quote>,
    /// `edited`; empty for a message that says what it first said.
    pub edited: String,
    /// What it said before, oldest first, while that is looked at.
    pub earlier: Vec<String>,
    /// Whether its text is gone: `text` says so.
    pub gone: bool,
    /// What people put beside it.
    pub reactions: Vec<ReactionChip>,
    /// Whose devices have it, in words; empty where nobody told.
    pub reached: String,
}

/// The message that another one answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quote {
    /// Where it stands, for [`Input::JumpTo`](crate::Input::JumpTo); `None` where it is not known here.
    pub position: Option<Position>,
    /// Who said it.
    pub author: String,
    /// The beginning of what it says, safe to show.
    pub text: String,
}

/// What several people put beside a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReactionChip {
    /// What, safe to show and short. For [`Input::React`](crate::Input::React).
    pub emoji: String,
    /// How many did.
    pub count: u64,
    /// Whether this person is one of them.
    pub mine: bool,
    /// Who, in words: `👍 by Ben and you`.
    pub who: String,
}

/// Something that happened in a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticeRow {
    /// Its place in the room.
    pub position: Position,
    /// What happened: `guest 2 came in`.
    pub text: String,
    /// `10:42`.
    pub time: String,
}

/// One step from the rows that a face has to the rows that it should have. Apply them in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RowChange {
    /// Forget everything; these are the rows now.
    Reset(Vec<Row>),
    /// These come at the end.
    Append(Vec<Row>),
    /// These come at the beginning: keep what is in sight where it is.
    Prepend(Vec<Row>),
    /// This many go from the beginning: keep what is in sight where it is.
    DropFront(usize),
    /// This many go from the end.
    DropBack(usize),
    /// The row at this place is another now.
    Update(usize, Row),
    /// This row comes in at this place.
    Insert(usize, Row),
    /// The row at this place goes.
    Remove(usize),
}

impl RowChange {
    /// Applies the change to plain rows: what a face does with its own model.
    pub fn apply(self, rows: &mut Vec<Row>) {
        match self {
            Self::Reset(new) => *rows = new,
            Self::Append(new) => rows.extend(new),
            Self::Prepend(new) => drop(rows.splice(0..0, new)),
            Self::DropFront(count) => drop(rows.drain(..count.min(rows.len()))),
            Self::DropBack(count) => rows.truncate(rows.len().saturating_sub(count)),
            Self::Update(at, row) => {
                if let Some(place) = rows.get_mut(at) {
                    *place = row;
                }
            }
            Self::Insert(at, row) => rows.insert(at.min(rows.len()), row),
            Self::Remove(at) => {
                if at < rows.len() {
                    rows.remove(at);
                }
            }
        }
    }
}

impl MessageRow {
    /// The row in one sentence, for a screen reader.
    pub fn spoken(&self) -> String {
        let mut said = format!("{}, {}", self.author, self.time);
        let state = if self.reached.is_empty() { &self.state } else { &self.reached };
        let named = if self.names_me { crate::words::NAMES_YOU.text() } else { "" };
        for part in [state.as_str(), &self.edited, named] {
            if !part.is_empty() {
                said.push_str(", ");
                said.push_str(part);
            }
        }
        if let Some(quote) = &self.quote {
            said.push_str(&format!(", {}", crate::words::answers(&quote.author, &quote.text)));
        }
        match &self.formed {
            Some(formed) => said.push_str(&format!(": {}", formed.spoken())),
            None => said.push_str(&format!(": {}", self.text)),
        }
        for reaction in &self.reactions {
            said.push_str(&format!(". {}", reaction.who));
        }
        said
    }
}
