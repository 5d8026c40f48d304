//! Words of the search.

use super::{Word, count, pick, say};

/// Button and title.
pub const SEARCH: Word = Word::new("Search", "Suchen");
/// The field.
pub const SEARCH_FIELD: Word = Word::new("Words to look for", "Gesuchte Wörter");
/// The field: what it finds.
pub const SEARCH_HINT: Word = Word::new(
    "Messages with all of these words. The last one may be only begun.",
    "Nachrichten mit allen diesen Wörtern. Das letzte darf nur angefangen sein.",
);
/// Where: the room on the screen.
pub const IN_THIS_ROOM: Word = Word::new("In this room", "In diesem Raum");
/// Where: all rooms.
pub const IN_ALL_ROOMS: Word = Word::new("In all rooms", "In allen Räumen");
/// Nothing was found.
pub const NOTHING_FOUND: Word = Word::new("No message has these words.", "Keine Nachricht hat diese Wörter.");
/// The history did not answer.
pub const SEARCH_FAILED: Word = Word::new(
    "The messages cannot be read right now. Try again in a moment.",
    "Die Nachrichten lassen sich gerade nicht lesen. Versuch es gleich noch einmal.",
);

/// How many messages are shown.
pub fn found(messages: u64, more: bool) -> String {
    if more {
        say!(
            "The newest {}. With more words fewer are found.",
            "Die neuesten {}. Mit mehr Wörtern werden es weniger.",
            count(messages, pick!("message", "Nachricht"), pick!("messages", "Nachrichten"))
        )
    } else {
        count(messages, pick!("message", "Nachricht"), pick!("messages", "Nachrichten"))
    }
}

/// One message that was found, in a sentence for a screen reader.
pub fn found_spoken(room: &str, who: &str, when: &str, text: &str) -> String {
    say!("{who} in {room}, {when}: {text}", "{who} in {room}, {when}: {text}")
}
