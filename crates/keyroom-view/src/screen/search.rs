//! The search, over everything.

use super::TextField;

/// What lies over everything while somebody searches.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// `Search`.
    pub title: String,
    /// The words.
    pub field: TextField,
    /// Whether it looks in all rooms.
    pub everywhere: bool,
    /// The words for *this room* and *all rooms*; none where no room is on the screen.
    pub scopes: Vec<String>,
    /// What was found, newest first.
    pub found: Vec<FoundRow>,
    /// Which of them Enter goes to.
    pub selected: usize,
    /// How many were found, or why there is nothing.
    pub note: String,
}

/// One message that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundRow {
    /// The room's name.
    pub room: String,
    /// Who wrote it.
    pub who: String,
    /// When: `10:42`, `Tue`, `3 Nov`.
    pub when: String,
    /// The part of the text where the first of the words stands, safe to show, in pieces.
    pub parts: Vec<FoundPart>,
    /// Whether it reads from right to left: then the first piece stands at the right.
    pub rtl: bool,
    /// All of it in one sentence, for a screen reader.
    pub spoken: String,
}

/// A piece of a message that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundPart {
    /// The text.
    pub text: String,
    /// Whether it is a word that was searched for.
    pub found: bool,
}
