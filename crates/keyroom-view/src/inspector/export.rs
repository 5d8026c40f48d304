//! An inspection to take along: as text, and as what a picture shows.

use super::shown::{LegendLine, See, StepView};
use super::{Bytes, message};
use crate::screen::Chip;

/// In which form an inspection is saved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SaveAs {
    /// As text.
    Text,
    /// As a picture (PNG).
    Picture,
}

/// Something to be saved where a person finds it: a new file in the folder of downloads, of this name or one like it.
/// What became of it goes back as [`Inspect::Saved`](super::Inspect::Saved).
#[derive(Clone, Debug, PartialEq)]
pub struct Saving {
    /// The file's name without what its form adds: `keyroom-Garden-project-142`.
    pub name: String,
    /// What is in it.
    pub what: Export,
}

/// What is saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Export {
    /// A text.
    Text(String),
    /// What a picture shows.
    Picture(Box<Picture>),
}

/// What a picture shows: light, and as high as it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The kind of the room.
    pub kind: Chip,
    /// `message from guest 2 · 10:42:09`.
    pub subject: String,
    /// *You see*.
    pub see: See,
    /// Heading over the bytes.
    pub heading: String,
    /// The innermost level; none where the bytes are gone.
    pub bytes: Option<Bytes>,
    /// What must be said of them.
    pub remarks: Vec<String>,
    /// The kinds that are in sight.
    pub legend: Vec<LegendLine>,
    /// *How it was opened*.
    pub steps: Vec<StepView>,
    /// What this kind of room does about it.
    pub note: String,
}

impl Picture {
    pub(crate) fn of(
        kind: Chip,
        subject: String,
        page: super::MessagePage,
        heading: String,
        innermost: Option<Bytes>,
    ) -> Self {
        let legend = innermost.as_ref().map(message::legend).unwrap_or_default();
        Self {
            kind,
            subject,
            see: page.see,
            heading,
            bytes: innermost,
            remarks: page.remarks,
            legend,
            steps: page.steps,
            note: page.note,
        }
    }
}

/// A name for a file that any system takes: letters and digits of the room's name, and the line.
pub(crate) fn file_name(room: &str, line: u64) -> String {
    let mut name: String = room
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
        .take(NAME_LETTERS)
        .collect();
    while name.contains("--") {
        name = name.replace("--", "-");
    }
    let name = name.trim_matches('-');
    let name = if name.is_empty() { "room" } else { name };
    format!("keyroom-{name}-{line}")
}

const NAME_LETTERS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack matrix row 22: a room's name is what somebody chose.
    #[test]
    fn a_rooms_name_leads_to_no_other_folder() {
        assert_eq!(file_name("../../etc/passwd", 3), "keyroom-etc-passwd-3");
        assert_eq!(file_name("Garden project", 0), "keyroom-Garden-project-0");
        assert_eq!(file_name("CON:\u{202e}|\0\\", 1), "keyroom-CON-1");
        assert_eq!(file_name("…", 1), "keyroom-room-1");
        assert!(file_name(&"ä".repeat(500), 1).chars().count() < 60);
    }
}
