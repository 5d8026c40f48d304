//! Words of the search.

use super::count;

/// Button and title.
pub const SEARCH: &str = "Search";
/// The field.
pub const SEARCH_FIELD: &str = "Words to look for";
/// The field: what it finds.
pub const SEARCH_HINT: &str = "Messages with all of these words. The last one may be only begun.";
/// Where: the room on the screen.
pub const IN_THIS_ROOM: &str = "In this room";
/// Where: all rooms.
pub const IN_ALL_ROOMS: &str = "In all rooms";
/// Nothing was found.
pub const NOTHING_FOUND: &str = "No message has these words.";
/// The history did not answer.
pub const SEARCH_FAILED: &str = "The messages cannot be read right now. Try again in a moment.";

/// How many messages are shown.
pub fn found(messages: u64, more: bool) -> String {
    if more {
        format!("The newest {}. With more words fewer are found.", count(messages, "message", "messages"))
    } else {
        count(messages, "message", "messages")
    }
}

/// One message that was found, in a sentence for a screen reader.
pub fn found_spoken(room: &str, who: &str, when: &str, text: &str) -> String {
    format!("{who} in {room}, {when}: {text}")
}
