//! Words of the preferences, of desktop notifications, and of the question before Keyroom is closed.

use super::count;
use crate::input::Notify;

/// Button and title.
pub const PREFERENCES: &str = "Preferences";
/// The name that forms are filled with.
pub const PREFERRED_NAME: &str = "Your name";
/// What it is for.
pub const PREFERRED_NAME_HINT: &str =
    "New rooms begin with it. Rooms that you are in keep the name that you have there.";
/// Heading of the choices.
pub const NOTIFY: &str = "When something is said while you look elsewhere";
/// What is kept: on disk.
pub const KEPT_HERE: &str =
    "Sealed rooms are kept on this computer, encrypted under your passphrase. Fernet rooms are never kept.";
/// The title of a notification that hides what it is about.
pub const SOMETHING_SAID: &str = "Keyroom";
/// A message with a key or a link in it: never shown outside of the window (attack matrix row 34).
pub const HIDDEN_SECRET: &str = "A message with a key or a link in it";
/// A notification about a room that needs its person.
pub const ROOM_NEEDS_YOU: &str = "A room needs your attention.";
/// A notification about somebody who asks to come in.
pub const SOMEBODY_ASKS: &str = "Somebody asks to come in.";
/// Mutes a room.
pub const MUTE_WORD: &str = "Mute";
/// Takes that back.
pub const UNMUTE_WORD: &str = "Unmute";
/// The question before closing: goes on hosting.
pub const MINIMISE: &str = "Minimise instead";

/// A choice about notifications, and what follows from it.
pub fn notify_choice(notify: Notify) -> (&'static str, &'static str) {
    match notify {
        Notify::Off => ("Say nothing", "The title of the window still counts what is unread."),
        Notify::Hidden => (
            "Say that there is something",
            "A notification without names and words: whoever sees your screen learns only that there are messages.",
        ),
        Notify::Shown => (
            "Show who and what",
            "Notifications show the room, the name and the beginning of the message, on the locked screen too where the system allows it.",
        ),
    }
}

/// A notification that hides what it is about.
pub fn new_unread(messages: u64) -> String {
    count(messages, "new message", "new messages")
}

/// The title of a notification that shows it.
pub fn said_in(who: &str, room: &str) -> String {
    format!("{who} in {room}")
}

/// The question before the window is closed while this computer hosts rooms.
pub fn quit_question(rooms: u64, others: u64, kept: bool) -> (String, String) {
    let rooms = count(rooms, "room", "rooms");
    let who = match others {
        0 => "Nobody else is there now.".to_owned(),
        _ => format!("{} will be disconnected.", count(others, "person", "people")),
    };
    let after = if kept {
        "Kept rooms can be opened again with one click; all others end."
    } else {
        "What you host ends for everybody, and nothing that was said is kept."
    };
    (
        "Close Keyroom?".to_owned(),
        format!(
            "This window hosts {rooms}: while it is closed nobody can write there. {who} {after} Minimised, it goes on hosting."
        ),
    )
}
