//! Words of the preferences, of desktop notifications, and of the question before Keyroom is closed.

use super::{Word, count, pick, say};
use crate::input::Notify;

/// Button and title.
pub const PREFERENCES: Word = Word::new("Preferences", "Einstellungen");
/// The name that forms are filled with.
pub const PREFERRED_NAME: Word = Word::new("Your name", "Dein Name");
/// What it is for.
pub const PREFERRED_NAME_HINT: Word = Word::new(
    "New rooms begin with it. Rooms that you are in keep the name that you have there.",
    "Neue Räume beginnen damit. In Räumen, in denen du bist, bleibt der Name, den du dort hast.",
);
/// Heading of the choices.
pub const NOTIFY: Word = Word::new(
    "When something is said while you look elsewhere",
    "Wenn etwas gesagt wird, während du woanders hinsiehst",
);
/// What is kept: on disk.
pub const KEPT_HERE: Word = Word::new(
    "Sealed rooms are kept on this computer, encrypted under your passphrase. Fernet rooms are never kept.",
    "Versiegelte Räume bleiben auf diesem Computer, verschlüsselt mit deiner Passphrase. Fernet-Räume bleiben nie.",
);
/// The title of a notification that hides what it is about.
pub const SOMETHING_SAID: &str = "Keyroom";
/// A message with a key or a link in it: never shown outside of the window (attack matrix row 34).
pub const HIDDEN_SECRET: Word =
    Word::new("A message with a key or a link in it", "Eine Nachricht mit einem Schlüssel oder Link darin");
/// A notification about a room that needs its person.
pub const ROOM_NEEDS_YOU: Word = Word::new("A room needs your attention.", "Ein Raum braucht dich.");
/// A notification about somebody who asks to come in.
pub const SOMEBODY_ASKS: Word = Word::new("Somebody asks to come in.", "Jemand bittet um Einlass.");
/// Mutes a room.
pub const MUTE_WORD: Word = Word::new("Mute", "Stummschalten");
/// Takes that back.
pub const UNMUTE_WORD: Word = Word::new("Unmute", "Stummschaltung aufheben");
/// The question before closing: goes on hosting.
pub const MINIMISE: Word = Word::new("Minimise instead", "Lieber minimieren");

/// A choice about notifications, and what follows from it.
pub fn notify_choice(notify: Notify) -> (&'static str, &'static str) {
    match notify {
        Notify::Off => (
            pick!("Say nothing", "Nichts sagen"),
            pick!(
                "The title of the window still counts what is unread.",
                "Der Titel des Fensters zählt weiter, was ungelesen ist."
            ),
        ),
        Notify::Hidden => (
            pick!("Say that there is something", "Sagen, dass etwas da ist"),
            pick!(
                "A notification without names and words: whoever sees your screen learns only that there are messages.",
                "Eine Mitteilung ohne Namen und Worte: Wer deinen Bildschirm sieht, erfährt nur, dass Nachrichten da sind."
            ),
        ),
        Notify::Shown => (
            pick!("Show who and what", "Zeigen, wer und was"),
            pick!(
                "Notifications show the room, the name and the beginning of the message, on the locked screen too where the system allows it.",
                "Mitteilungen zeigen den Raum, den Namen und den Anfang der Nachricht, auch auf dem Sperrbildschirm, wo das System es erlaubt."
            ),
        ),
    }
}

/// A notification that hides what it is about.
pub fn new_unread(messages: u64) -> String {
    count(messages, pick!("new message", "neue Nachricht"), pick!("new messages", "neue Nachrichten"))
}

/// The title of a notification that shows it.
pub fn said_in(who: &str, room: &str) -> String {
    say!("{who} in {room}", "{who} in {room}")
}

/// The question before the window is closed while this computer hosts rooms.
pub fn quit_question(rooms: u64, others: u64, kept: bool) -> (String, String) {
    let rooms = count(rooms, pick!("room", "Raum"), pick!("rooms", "Räume"));
    let who = match others {
        0 => say!("Nobody else is there now.", "Sonst ist gerade niemand da."),
        _ => say!(
            "{} will be disconnected.",
            "Die Verbindung zu {} endet.",
            count(others, pick!("person", "Person"), pick!("people", "Personen"))
        ),
    };
    let after = if kept {
        pick!(
            "Kept rooms can be opened again with one click; all others end.",
            "Behaltene Räume lassen sich mit einem Klick wieder öffnen; alle anderen enden."
        )
    } else {
        pick!(
            "What you host ends for everybody, and nothing that was said is kept.",
            "Was bei dir offen ist, endet für alle, und nichts, was gesagt wurde, bleibt erhalten."
        )
    };
    (
        say!("Close Keyroom?", "Keyroom schließen?"),
        say!(
            "This window hosts {rooms}: while it is closed nobody can write there. {who} {after} Minimised, it goes on hosting.",
            "In diesem Fenster offen: {rooms}. Solange es geschlossen ist, kann dort niemand schreiben. {who} {after} Minimiert bleibt alles offen."
        ),
    )
}
