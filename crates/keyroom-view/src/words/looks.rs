//! Words of how the window looks and speaks, and of what only a screen reader says.

use super::{Word, say};

/// Heading of the languages.
pub const LANGUAGE: Word = Word::new("Language", "Sprache");
/// Heading of the sizes of text.
pub const TEXT_SIZE: Word = Word::new("Text size", "Schriftgröße");
/// The switch of high contrast.
pub const HIGH_CONTRAST: Word = Word::new("High contrast", "Hoher Kontrast");
/// What that switch does.
pub const HIGH_CONTRAST_HINT: Word = Word::new(
    "Stronger colours and edges, in light and in dark.",
    "Kräftigere Farben und Kanten, in Hell und in Dunkel.",
);
/// Closes what lies over the room.
pub const CLOSE: Word = Word::new("Close", "Schließen");
/// Button.
pub const SAVE: Word = Word::new("Save", "Sichern");
/// The start screen.
pub const START: Word = Word::new("Start", "Start");
/// Button.
pub const ABOUT_KEYROOM: Word = Word::new("About Keyroom", "Über Keyroom");
/// The picture of a code.
pub const QR_OF_DIGITS: Word = Word::new("QR code with the same digits", "QR-Code mit denselben Ziffern");
/// The picture of a link.
pub const QR_OF_LINK: Word =
    Word::new("QR code with the link to this room", "QR-Code mit dem Link zu diesem Raum");
/// Button.
pub const HIDE_PEOPLE: Word = Word::new("Hide people", "Leute ausblenden");
/// Button.
pub const SHOW_PEOPLE: Word = Word::new("Show people", "Leute zeigen");
/// The list of people.
pub const PEOPLE_IN_ROOM: Word = Word::new("People in this room", "Leute in diesem Raum");
/// Button.
pub const HIDE_LEFT: Word = Word::new("Hide who left", "Gegangene ausblenden");
/// Button.
pub const SHOW_LEFT: Word = Word::new("Show who left", "Gegangene zeigen");
/// The same for a screen reader.
pub const SHOW_CODE_LARGE: Word = Word::new("Show the room code large", "Den Raumcode groß zeigen");
/// The mark of a message that names this person, in the list of rooms, for a screen reader.
pub const YOU_ARE_NAMED: Word = Word::new("you are named", "du wirst genannt");
/// The column of rooms.
pub const ROOMS: Word = Word::new("Rooms", "Räume");
/// The list in it.
pub const YOUR_ROOMS: Word = Word::new("Your rooms", "Deine Räume");
/// The narrow window's way to the list.
pub const BACK_TO_ROOMS: Word = Word::new("Back to your rooms", "Zurück zu deinen Räumen");
/// Button.
pub const KEY_OF_ROOM: Word = Word::new("Key of this room", "Schlüssel dieses Raums");
/// Button of an empty room.
pub const SHOW_KEY: Word = Word::new("Show the key", "Schlüssel zeigen");
/// The button under the key, where little room is.
pub const COPY_KEY_SHORT: Word = Word::new("Copy key", "Kopieren");
/// Heading over several addresses.
pub const ADDRESSES: Word = Word::new("Addresses", "Adressen");
/// Key sheet: over what a Fernet room lacks.
pub const LACKS: Word = Word::new("What this kind of room does not have", "Was diese Art von Raum nicht hat");
/// About: over the licences.
pub const MADE_FROM: Word = Word::new("Made from", "Gemacht aus");
/// About: a part.
pub const SLINT_PART: Word = Word::new("Slint, the window", "Slint, das Fenster");
/// About: a licence.
pub const KEYROOM_LICENCE: Word = Word::new("MIT or Apache-2.0", "MIT oder Apache-2.0");
/// About: a licence, by its name.
pub const SLINT_LICENCE: &str = "Royalty-free 2.0";
/// About: the fonts, by their names.
pub const FONTS_PART: &str = "Inter, JetBrains Mono, Noto Emoji";
/// About: their licence, by its name.
pub const FONTS_LICENCE: &str = "OFL 1.1";
/// About: where Slint comes from.
pub const SLINT_SITE: &str = "slint.dev";
/// The same for a screen reader.
pub const OPEN_SLINT_SITE: Word = Word::new("Open slint.dev in the browser", "slint.dev im Browser öffnen");
/// Host: the button that shows the field for a port.
pub const CHOOSE_PORT: Word = Word::new("Choose the port", "Port wählen");
/// Button of an own long message.
pub const SHOW_ALL_OWN: Word = Word::new("Show all of your message", "Deine Nachricht ganz zeigen");
/// The timeline.
pub const MESSAGES: Word = Word::new("Messages", "Nachrichten");

/// A size of text: `125 %`.
pub fn percent(scale: u16) -> String {
    // Never broken between the number and its sign.
    format!("{scale}\u{a0}%")
}

/// Button beside a person.
pub fn rename(name: &str) -> String {
    say!("Rename {name}", "{name} umbenennen")
}

/// Button of a long message.
pub fn show_all_of(name: &str) -> String {
    say!("Show all of the message by {name}", "Die Nachricht von {name} ganz zeigen")
}

/// The button of a message of somebody who is muted, for a screen reader.
pub fn show_message_of(name: &str) -> String {
    say!("Show the message by {name}", "Nachricht von {name} zeigen")
}

/// Button of a message that was not sent.
pub fn send_again(text: &str) -> String {
    say!("Send again: {text}", "Noch einmal senden: {text}")
}

/// Button of a message.
pub fn more_about(text: &str) -> String {
    say!("More about this message: {text}", "Mehr zu dieser Nachricht: {text}")
}

/// Button that ends answering or changing.
pub fn cancel_about(about: &str) -> String {
    say!("Cancel: {about}", "Abbrechen: {about}")
}

/// Button beside an address.
pub fn copy_address(address: &str) -> String {
    say!("Copy the address {address}", "Die Adresse {address} kopieren")
}

/// How much is unread in a room of the list.
pub fn unread(count: &str) -> String {
    say!("{count} unread", "{count} ungelesen")
}
