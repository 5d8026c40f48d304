//! Words that stand only behind *Advanced*: a beginner never meets them.

use std::time::Duration;

use super::count;

/// The fold.
pub const ADVANCED: &str = "Advanced";
/// Doors: heading.
pub const DOORS: &str = "Doors";
/// Doors: what they are.
pub const DOORS_LEAD: &str = "A room can have several doors, each with a key of its own. Give somebody a door that lets in one person, or is open for an hour, and close it without troubling the others.";
/// The door that everybody in the room knows the key of.
pub const MAIN_DOOR: &str = "The room's own key";
/// Nobody can come in.
pub const NO_DOORS: &str = "No door is open: nobody can come in.";
/// A door whose key is not known here.
pub const KEY_UNKNOWN: &str = "somebody else has its key";
/// Button: shows a door's key on the sheet.
pub const SHOW_DOOR: &str = "Show its key";
/// Button: closes it.
pub const CLOSE_DOOR: &str = "Close";
/// Heading: one more.
pub const ONE_MORE: &str = "One more door";
/// How long it is open.
pub const OPEN_FOR: &str = "Open for";
/// How many can use it.
pub const LETS_IN: &str = "Lets in";
/// Button: makes it.
pub const MAKE_DOOR: &str = "Make a door";
/// Only admins may.
pub const DOORS_OF_ADMINS: &str = "Only who looks after the room can make and close doors.";

/// How long a new door is open.
pub fn door_open_for(time: Option<Duration>) -> String {
    match time {
        None => "always".to_owned(),
        Some(time) if time < Duration::from_secs(86_400) => count(time.as_secs() / 3_600, "hour", "hours"),
        Some(time) => count(time.as_secs() / 86_400, "day", "days"),
    }
}

/// How many a new door lets in.
pub fn door_lets_in(uses: Option<u32>) -> String {
    uses.map_or_else(|| "anybody with its key".to_owned(), |uses| count(uses.into(), "person", "people"))
}

/// A door by its name.
pub fn door_named(id: &str) -> String {
    format!("Door {id}")
}

/// How far a door was used, and how long it is open. `until` is a day and a time.
pub fn door_state(used: u32, uses: Option<u32>, until: Option<&str>, over: bool) -> String {
    let used = match uses {
        Some(uses) => format!("let in {used} of {uses}"),
        None => format!("let in {}", count(used.into(), "person", "people")),
    };
    match (until, over) {
        (Some(until), true) => format!("{used} · closed since {until}"),
        (Some(until), false) => format!("{used} · open until {until}"),
        (None, _) => format!("{used} · open until somebody closes it"),
    }
}

/// The question before a door is closed.
pub fn close_door_question(name: &str) -> (String, String) {
    (
        format!("Close {name}?"),
        "Its key and every link with that key open nothing any more. Who came in through it stays in."
            .to_owned(),
    )
}
