//! Every sentence that a screen shows, in one place, so that a catalogue of translations can take its place.
//!
//! Beginner's words only: room, key, address, host. Errors say what happened, why, and the next step.

pub mod advanced;
pub mod form;
pub mod gate;
pub mod inspector;
pub mod message;
pub mod people;
pub mod preferences;
pub mod progress;
pub mod room;
pub mod sealed;
pub mod search;
pub mod timeline;

pub use advanced::*;
pub use form::*;
pub use gate::*;
pub use inspector::*;
pub use message::*;
pub use people::*;
pub use preferences::*;
pub use progress::*;
pub use room::*;
pub use sealed::*;
pub use search::*;
pub use timeline::*;

/// The program's name.
pub const KEYROOM: &str = "Keyroom";
/// Button and title.
pub const HOST_A_ROOM: &str = "Host a room";
/// Button and title.
pub const JOIN_A_ROOM: &str = "Join a room";
/// Start: title.
pub const START_TITLE: &str = "Rooms that open with a key";
/// Start: what one can do here.
pub const START_LEAD: &str = "Start a room and show its key, or come in with a key that someone gave you. No account, nothing to set up.";
/// Start: the left card.
pub const HOST_CARD: &str = "This computer opens the room and shows the key.";
/// Start: the right card.
pub const JOIN_CARD: &str = "Enter the key, or paste a link.";
/// Kind of room.
pub const FERNET: &str = "Fernet";
/// What that kind means, for a tip.
pub const FERNET_TIP: &str =
    "Messages are encrypted with the room's key alone. Who has the key can read everything.";
/// A button that answers *no*.
pub const CANCEL: &str = "Cancel";
/// The narrow window's way back.
pub const BACK: &str = "Back";
/// Button.
pub const COPY_KEY: &str = "Copy key";
/// Button.
pub const COPY_LINK: &str = "Copy link";
/// Button.
pub const COPY: &str = "Copy";
/// Button.
pub const SEND: &str = "Send";
/// Button on a message that was not sent.
pub const RETRY: &str = "Try again";
/// Button on a long message.
pub const SHOW_ALL: &str = "Show all";
/// Button in the room's header.
pub const KEY: &str = "Key";
/// Button beside a person.
pub const RENAME: &str = "Rename";
/// Heading over the key.
pub const KEY_HEADING: &str = "Key";
/// Heading over the addresses.
pub const ADDRESS_HEADING: &str = "Address";
/// Under the QR code.
pub const SCAN: &str = "Scan to join";
/// Button that closes a sheet.
pub const DONE: &str = "Done";
/// Today's line.
pub const TODAY: &str = "Today";
/// Yesterday's line.
pub const YESTERDAY: &str = "Yesterday";
/// Days of the week, Monday first. The short form is the first three letters.
pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Months. The short form is the first three letters.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What a Fernet room lacks (design, section 3), plainly. A sealed room has all of it.
pub fn lacks() -> Vec<String> {
    [
        "Whoever gets the key can read everything that was said in this room, even what was recorded earlier.",
        "The room cannot prove who wrote a message, and an old message can be sent again by others. Who watches the network sees when you write and about how much.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// *About*: a paragraph each.
pub fn about(kept: bool) -> Vec<String> {
    let disk = if kept {
        "Sealed rooms are kept on disk, encrypted under your passphrase. Free software under the MIT and Apache 2.0 licences."
    } else {
        "Nothing is kept on disk. Free software under the MIT and Apache 2.0 licences."
    };
    [
        "Private chat in rooms that you open with a key. No account, no phone number, no cloud: the room is open on the host's computer, and is gone when the host closes it.",
        "In a sealed room every message has a key of its own (MLS, RFC 9420). A Fernet room encrypts with its key alone, as Python's cryptography library does, so that small programs can join.",
        disk,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// *About*: the version.
pub fn version(version: &str) -> String {
    format!("Version {version}")
}

/// A number of bytes for a person: `900 bytes`, `98 kB`, `1.0 MB`.
pub fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".to_owned(),
        0..10_000 => format!("{} bytes", grouped(count as u64)),
        10_000..1_000_000 => format!("{} kB", count / 1_000),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// A number with a comma at the thousands: `1,024`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
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
