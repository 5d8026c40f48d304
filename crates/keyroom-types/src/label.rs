//! Names that people give: of a room, of themselves, of a guest.

use std::fmt;
use std::str::FromStr;

use crate::text;

/// A short name for a room or a person: one line, trimmed, without hidden characters, at most
/// [`Label::MAX_CHARS`] characters.
///
/// Attack matrix rows 22 and 23: what could hide or reorder is refused here, what only looks like another
/// label is told apart where labels are shown side by side.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Label(String);

impl Label {
    /// Longest label, in Unicode scalar values.
    pub const MAX_CHARS: usize = 64;

    /// The label's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The label that a program gives, such as `host`: a word that is lawful as it stands.
    pub fn from_word(word: &'static str) -> Self {
        Self(word.to_owned())
    }

    /// The label that a program gives, such as `guest 12`.
    pub fn numbered(word: &'static str, number: u64) -> Self {
        Self(format!("{word} {number}"))
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(given: &str) -> Result<Self, LabelError> {
        let trimmed = given.trim();
        if trimmed.is_empty() {
            return Err(LabelError::Empty);
        }
        // Bytes first, so that a text of megabytes is not walked to be counted.
        let chars = if trimmed.len() > Self::MAX_CHARS * 4 { trimmed.len() } else { trimmed.chars().count() };
        if chars > Self::MAX_CHARS {
            return Err(LabelError::TooLong { chars });
        }
        match trimmed.chars().find(|&ch| text::is_hidden(ch)) {
            Some(ch) => Err(LabelError::Hidden(ch)),
            None => Ok(Self(trimmed.to_owned())),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a label.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// Longer than a label may be.
    #[error("the name is too long: {chars} characters, at most 64 are possible")]
    TooLong {
        /// Characters found (bytes, for a text far too long).
        chars: usize,
    },
    /// A character that cannot be seen or that changes the order of others.
    #[error("the name has a character that cannot be seen: {}", text::quoted_char(*.0))]
    Hidden(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_trimmed_and_bounded() {
        assert_eq!("  Anna ".parse::<Label>().unwrap().as_str(), "Anna");
        assert_eq!(" \t".parse::<Label>(), Err(LabelError::Empty));
        assert_eq!("x".repeat(65).parse::<Label>(), Err(LabelError::TooLong { chars: 65 }));
        assert_eq!("ü".repeat(64).parse::<Label>().unwrap().as_str().chars().count(), 64);
    }

    /// Attack matrix rows 22 and 23.
    #[test]
    fn hidden_characters_in_a_label_are_refused() {
        for hidden in ['\u{202e}', '\u{200b}', '\u{7}', '\n', '\u{2066}', '\u{feff}'] {
            assert_eq!(format!("An{hidden}na").parse::<Label>(), Err(LabelError::Hidden(hidden)));
        }
    }
}
