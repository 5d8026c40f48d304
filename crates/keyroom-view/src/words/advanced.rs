//! Words that stand only behind *Advanced*: a beginner never meets them.

use std::time::Duration;

use super::{Word, count, pick, say};

/// The fold.
pub const ADVANCED: Word = Word::new("Advanced", "Erweitert");
/// Doors: heading.
pub const DOORS: Word = Word::new("Doors", "Türen");
/// Doors: what they are.
pub const DOORS_LEAD: Word = Word::new(
    "A room can have several doors, each with a key of its own. Give somebody a door that lets in one person, or is open for an hour, and close it without troubling the others.",
    "Ein Raum kann mehrere Türen haben, jede mit eigenem Schlüssel. Gib jemandem eine Tür, die eine Person hereinlässt oder eine Stunde offen ist, und schließ sie, ohne die anderen zu stören.",
);
/// The door that everybody in the room knows the key of.
pub const MAIN_DOOR: Word = Word::new("The room's own key", "Der Schlüssel des Raums selbst");
/// Nobody can come in.
pub const NO_DOORS: Word =
    Word::new("No door is open: nobody can come in.", "Keine Tür ist offen: Niemand kann hereinkommen.");
/// A door whose key is not known here.
pub const KEY_UNKNOWN: Word = Word::new("somebody else has its key", "ihren Schlüssel hat jemand anders");
/// Button: shows a door's key on the sheet.
pub const SHOW_DOOR: Word = Word::new("Show its key", "Schlüssel zeigen");
/// Button: closes it.
pub const CLOSE_DOOR: Word = Word::new("Close", "Schließen");
/// Heading: one more.
pub const ONE_MORE: Word = Word::new("One more door", "Noch eine Tür");
/// How long it is open.
pub const OPEN_FOR: Word = Word::new("Open for", "Offen für");
/// How many can use it.
pub const LETS_IN: Word = Word::new("Lets in", "Lässt herein");
/// Button: makes it.
pub const MAKE_DOOR: Word = Word::new("Make a door", "Tür machen");
/// Only admins may.
pub const DOORS_OF_ADMINS: Word = Word::new(
    "Only who looks after the room can make and close doors.",
    "Nur wer den Raum betreut, kann Türen machen und schließen.",
);

/// How long a new door is open.
pub fn door_open_for(time: Option<Duration>) -> String {
    match time {
        None => say!("always", "immer"),
        Some(time) if time < Duration::from_secs(86_400) => {
            count(time.as_secs() / 3_600, pick!("hour", "Stunde"), pick!("hours", "Stunden"))
        }
        Some(time) => count(time.as_secs() / 86_400, pick!("day", "Tag"), pick!("days", "Tage")),
    }
}

/// How many a new door lets in.
pub fn door_lets_in(uses: Option<u32>) -> String {
    uses.map_or_else(
        || say!("anybody with its key", "alle mit ihrem Schlüssel"),
        |uses| count(uses.into(), pick!("person", "Person"), pick!("people", "Personen")),
    )
}

/// A door by its name.
pub fn door_named(id: &str) -> String {
    say!("Door {id}", "Tür {id}")
}

/// How far a door was used, and how long it is open. `until` is a day and a time.
pub fn door_state(used: u32, uses: Option<u32>, until: Option<&str>, over: bool) -> String {
    let used = match uses {
        Some(uses) => say!("let in {used} of {uses}", "{used} von {uses} hereingelassen"),
        None => say!(
            "let in {}",
            "{} hereingelassen",
            count(used.into(), pick!("person", "Person"), pick!("people", "Personen"))
        ),
    };
    match (until, over) {
        (Some(until), true) => say!("{used} · closed since {until}", "{used} · geschlossen seit {until}"),
        (Some(until), false) => say!("{used} · open until {until}", "{used} · offen bis {until}"),
        (None, _) => {
            say!("{used} · open until somebody closes it", "{used} · offen, bis jemand sie schließt")
        }
    }
}

/// The question before a door is closed.
pub fn close_door_question(name: &str) -> (String, String) {
    (
        say!("Close {name}?", "{name} schließen?"),
        say!(
            "Its key and every link with that key open nothing any more. Who came in through it stays in.",
            "Ihr Schlüssel und jeder Link mit ihm öffnen nichts mehr. Wer durch sie hereinkam, bleibt drin."
        ),
    )
}
