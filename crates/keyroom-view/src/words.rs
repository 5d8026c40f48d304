//! The catalogue: every sentence that a screen shows, in every language of the window (`docs/adr/0013-languages.md`).
//!
//! Beginner's words only: room, key, address, host. Errors say what happened, why, and the next step.

pub mod advanced;
#[cfg(test)]
mod complete;
mod engine;
pub mod form;
pub mod gate;
mod inspected_room;
pub mod inspector;
pub mod language;
pub mod looks;
pub mod message;
pub mod people;
pub mod preferences;
pub mod progress;
pub mod refused;
pub mod room;
pub mod sealed;
pub mod search;
pub mod timeline;

pub use advanced::*;
pub use engine::{phrase, sentence};
pub use form::*;
pub use gate::*;
pub use inspected_room::*;
pub use inspector::*;
pub use language::{Language, Word, language, speak, spoken_here};
pub(crate) use language::{pick, say};
pub use looks::*;
pub use message::*;
pub use people::*;
pub use preferences::*;
pub use progress::*;
pub use refused::*;
pub use room::*;
pub use sealed::*;
pub use search::*;
pub use timeline::*;

/// The program's name.
pub const KEYROOM: &str = "Keyroom";
/// Button and title.
pub const HOST_A_ROOM: Word = Word::new("Host a room", "Raum eröffnen");
/// Button and title.
pub const JOIN_A_ROOM: Word = Word::new("Join a room", "Raum betreten");
/// Start: title.
pub const START_TITLE: Word = Word::new("Rooms that open with a key", "Räume, die ein Schlüssel öffnet");
/// Start: what one can do here.
pub const START_LEAD: Word = Word::new(
    "Start a room and show its key, or come in with a key that someone gave you. No account, nothing to set up.",
    "Eröffne einen Raum und zeig seinen Schlüssel, oder komm mit einem Schlüssel herein, den du bekommen hast. Kein Konto, nichts einzurichten.",
);
/// Start: the left card.
pub const HOST_CARD: Word = Word::new(
    "This computer opens the room and shows the key.",
    "Dieser Computer öffnet den Raum und zeigt den Schlüssel.",
);
/// Start: the right card.
pub const JOIN_CARD: Word =
    Word::new("Enter the key, or paste a link.", "Gib den Schlüssel ein oder füg einen Link ein.");
/// Kind of room.
pub const FERNET: Word = Word::new("Fernet", "Fernet");
/// What that kind means, for a tip.
pub const FERNET_TIP: Word = Word::new(
    "Messages are encrypted with the room's key alone. Who has the key can read everything.",
    "Nachrichten sind nur mit dem Schlüssel des Raums verschlüsselt. Wer den Schlüssel hat, kann alles lesen.",
);
/// A button that answers *no*.
pub const CANCEL: Word = Word::new("Cancel", "Abbrechen");
/// The narrow window's way back.
pub const BACK: Word = Word::new("Back", "Zurück");
/// Button.
pub const COPY_KEY: Word = Word::new("Copy key", "Schlüssel kopieren");
/// Button.
pub const COPY_LINK: Word = Word::new("Copy link", "Link kopieren");
/// Button.
pub const COPY: Word = Word::new("Copy", "Kopieren");
/// Button.
pub const SEND: Word = Word::new("Send", "Senden");
/// Button on a message that was not sent.
pub const RETRY: Word = Word::new("Try again", "Erneut senden");
/// Button on a long message.
pub const SHOW_ALL: Word = Word::new("Show all", "Ganz zeigen");
/// Button in the room's header.
pub const KEY: Word = Word::new("Key", "Schlüssel");
/// Button beside a person.
pub const RENAME: Word = Word::new("Rename", "Umbenennen");
/// Heading over the key.
pub const KEY_HEADING: Word = Word::new("Key", "Schlüssel");
/// Heading over the addresses.
pub const ADDRESS_HEADING: Word = Word::new("Address", "Adresse");
/// Under the QR code.
pub const SCAN: Word = Word::new("Scan to join", "Zum Eintreten scannen");
/// Button that closes a sheet.
pub const DONE: Word = Word::new("Done", "Fertig");
/// Today's line.
pub const TODAY: Word = Word::new("Today", "Heute");
/// Yesterday's line.
pub const YESTERDAY: Word = Word::new("Yesterday", "Gestern");
/// Days of the week, Monday first.
pub const WEEKDAYS: [Word; 7] = [
    Word::new("Monday", "Montag"),
    Word::new("Tuesday", "Dienstag"),
    Word::new("Wednesday", "Mittwoch"),
    Word::new("Thursday", "Donnerstag"),
    Word::new("Friday", "Freitag"),
    Word::new("Saturday", "Samstag"),
    Word::new("Sunday", "Sonntag"),
];
/// The same, short.
pub const WEEKDAYS_SHORT: [Word; 7] = [
    Word::new("Mon", "Mo"),
    Word::new("Tue", "Di"),
    Word::new("Wed", "Mi"),
    Word::new("Thu", "Do"),
    Word::new("Fri", "Fr"),
    Word::new("Sat", "Sa"),
    Word::new("Sun", "So"),
];
/// Months.
pub const MONTHS: [Word; 12] = [
    Word::new("January", "Januar"),
    Word::new("February", "Februar"),
    Word::new("March", "März"),
    Word::new("April", "April"),
    Word::new("May", "Mai"),
    Word::new("June", "Juni"),
    Word::new("July", "Juli"),
    Word::new("August", "August"),
    Word::new("September", "September"),
    Word::new("October", "Oktober"),
    Word::new("November", "November"),
    Word::new("December", "Dezember"),
];
/// The same, short.
pub const MONTHS_SHORT: [Word; 12] = [
    Word::new("Jan", "Jan."),
    Word::new("Feb", "Feb."),
    Word::new("Mar", "März"),
    Word::new("Apr", "Apr."),
    Word::new("May", "Mai"),
    Word::new("Jun", "Juni"),
    Word::new("Jul", "Juli"),
    Word::new("Aug", "Aug."),
    Word::new("Sep", "Sept."),
    Word::new("Oct", "Okt."),
    Word::new("Nov", "Nov."),
    Word::new("Dec", "Dez."),
];

/// A day of this year: `Tuesday, 3 November`; with the year in another.
pub fn day(weekday: usize, day: u8, month: usize, year: Option<i32>) -> String {
    let (weekday, month) = (WEEKDAYS[weekday].text(), MONTHS[month].text());
    match year {
        None => say!("{weekday}, {day} {month}", "{weekday}, {day}. {month}"),
        Some(year) => say!("{weekday}, {day} {month} {year}", "{weekday}, {day}. {month} {year}"),
    }
}

/// The same in short: `3 Nov`, `3 Nov 2025`.
pub fn day_short(day: u8, month: usize, year: Option<i32>) -> String {
    let month = MONTHS_SHORT[month].text();
    match year {
        None => say!("{day} {month}", "{day}. {month}"),
        Some(year) => say!("{day} {month} {year}", "{day}. {month} {year}"),
    }
}

/// A moment: `23 November 2026, 10:42:09`.
pub fn moment(day: u8, month: usize, year: i32, time: &str) -> String {
    let month = MONTHS[month].text();
    say!("{day} {month} {year}, {time}", "{day}. {month} {year}, {time}")
}

/// What a Fernet room lacks (design, section 3), plainly. A sealed room has all of it.
pub fn lacks() -> Vec<String> {
    [
        pick!(
            "Whoever gets the key can read everything that was said in this room, even what was recorded earlier.",
            "Wer den Schlüssel bekommt, kann alles lesen, was in diesem Raum gesagt wurde, auch was vorher aufgezeichnet wurde."
        ),
        pick!(
            "The room cannot prove who wrote a message, and an old message can be sent again by others. Who watches the network sees when you write and about how much.",
            "Der Raum kann nicht beweisen, wer eine Nachricht schrieb, und andere können eine alte Nachricht noch einmal senden. Wer das Netz beobachtet, sieht, wann du schreibst und ungefähr wie viel."
        ),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// *About*: a paragraph each.
pub fn about(kept: bool) -> Vec<String> {
    let disk = if kept {
        pick!(
            "Sealed rooms are kept on disk, encrypted under your passphrase. Free software under the MIT and Apache 2.0 licences.",
            "Versiegelte Räume bleiben auf der Festplatte, verschlüsselt mit deiner Passphrase. Freie Software unter den Lizenzen MIT und Apache 2.0."
        )
    } else {
        pick!(
            "Nothing is kept on disk. Free software under the MIT and Apache 2.0 licences.",
            "Auf der Festplatte bleibt nichts. Freie Software unter den Lizenzen MIT und Apache 2.0."
        )
    };
    [
        pick!(
            "Private chat in rooms that you open with a key. No account, no phone number, no cloud: a room is open on its host's computer, or on a relay that cannot read it.",
            "Private Gespräche in Räumen, die du mit einem Schlüssel öffnest. Kein Konto, keine Telefonnummer, keine Cloud: Ein Raum ist auf dem Computer offen, der ihn eröffnet hat, oder auf einem Relay, das ihn nicht lesen kann."
        ),
        pick!(
            "In a sealed room every message has a key of its own (MLS, RFC 9420). A Fernet room encrypts with its key alone, as Python's cryptography library does, so that small programs can join.",
            "In einem versiegelten Raum hat jede Nachricht ihren eigenen Schlüssel (MLS, RFC 9420). Ein Fernet-Raum verschlüsselt allein mit seinem Schlüssel, wie die Bibliothek cryptography von Python, damit kleine Programme mitmachen können."
        ),
        disk,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// *About*: the version.
pub fn version(version: &str) -> String {
    say!("Version {version}", "Version {version}")
}

/// A number of bytes for a person: `900 bytes`, `98 kB`, `1.0 MB`.
pub fn bytes(count: usize) -> String {
    match count {
        1 => say!("1 byte", "1 Byte"),
        0..10_000 => say!("{} bytes", "{} Bytes", grouped(count as u64)),
        10_000..1_000_000 => format!("{} kB", count / 1_000),
        _ => say!("{}.{} MB", "{},{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// A number with a sign at the thousands: `1,024`, in German `1.024`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(pick!(',', '.'));
        }
        shown.push(digit);
    }
    shown
}

/// `1 message`, `2 messages`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(703), "703 bytes");
        assert_eq!(bytes(3_007), "3,007 bytes");
        assert_eq!(bytes(100_000), "100 kB");
        assert_eq!(bytes(1 << 20), "1.0 MB");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn screens_speak_of_rooms_keys_addresses_and_hosts_only() {
        let all = [
            include_str!("words.rs").split("#[cfg(test)]").next().unwrap_or_default(),
            include_str!("words/form.rs"),
            include_str!("words/gate.rs"),
            include_str!("words/message.rs"),
            include_str!("words/people.rs"),
            include_str!("words/preferences.rs"),
            include_str!("words/progress.rs"),
            include_str!("words/room.rs"),
            include_str!("words/sealed.rs"),
            include_str!("words/search.rs"),
            include_str!("words/timeline.rs"),
        ]
        .concat()
        .to_lowercase();
        for word in ["token", "envelope", "door", "epoch", "peer", "socket", "ciphertext"] {
            for line in all.lines().filter(|line| line.contains('"')) {
                assert!(!line.contains(word), "{word}: {line}");
            }
        }
    }
}
