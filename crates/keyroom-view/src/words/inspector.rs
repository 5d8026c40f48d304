//! Words of the inspector. The first line of each thing is for who hears of it for the first time; names of formats and keys
//! come after it, for who knows them. Names and meanings of fields, steps and checks come from the engine.

use std::ops::Range;

use keyroom_client::inspect::{Attack, EpochChange, FieldKind, Sees, Session};
use keyroom_types::text;

use super::{count, grouped};
use crate::inspector::{PageName, TabName};

/// Title, and the line of a message's menu.
pub const NETWORK_SAW: &str = "What the network saw";
/// The line of the room's menu.
pub const WHY_PRIVATE: &str = "Why is this private?";
/// The title of the window's part.
pub const INSPECTOR: &str = "Inspector";
/// Buttons of the inspector's header.
pub const WIDER: &str = "In the place of the room";
/// The same, back.
pub const BESIDE: &str = "Beside the room";
/// Closes it.
pub const CLOSE_INSPECTOR: &str = "Close the inspector";
/// Saves an inspection.
pub const SAVE_TEXT: &str = "Save as text";
/// The same, drawn.
pub const SAVE_PICTURE: &str = "Save as picture";
/// While that is done.
pub const SAVING: &str = "Saving …";
/// The kind of the room.
pub const SEALED_ROOM: &str = "sealed room";
/// The same.
pub const FERNET_ROOM: &str = "Fernet room";
/// A fact of a message.
pub const FROM: &str = "from";
/// The same.
pub const TEXT: &str = "text";
/// The same.
pub const ID: &str = "id";
/// The same.
pub const TIME: &str = "time";
/// The same.
pub const PLACE: &str = "place in the log";
/// The same, of a line that is no message.
pub const LINE: &str = "line";
/// Heading.
pub const YOU_SEE: &str = "You see";
/// Heading over the steps.
pub const HOW_OPENED: &str = "How it was opened";
/// Before what a wrong step would have meant.
pub const IF_WRONG: &str = "If this had been wrong:";
/// What is seen of an envelope that made no message.
pub const NO_MESSAGE: &str = "This is no message of somebody, but a change of the room.";
/// Beside the way into a field.
pub const OUT_OF_IT: &str = "All of it";
/// Nothing is pointed at.
pub const POINT_AT: &str = "Point at a byte to see what it is. Click to keep it.";
/// The button of a field that has parts.
pub const LOOK_INSIDE: &str = "Look inside";
/// The lab: what it is.
pub const LAB_LEAD_FERNET: &str = "Each button does something to a copy of this very message and opens it with the room's key. The room never hears of it.";
/// The same in a sealed room.
pub const LAB_LEAD_SEALED: &str = "The key of this message was deleted when it was opened, so nothing can be tried on the message itself. The lab makes a small room of its own, in which the same words are said, and attacks that.";
/// While the lab's room is made.
pub const LAB_SETTING_UP: &str = "The lab is being set up …";
/// There is nothing to try on.
pub const LAB_NOTHING: &str = "There is nothing to try it on: the text or its bytes are gone.";
/// How to choose a bit.
pub const LAB_PICK: &str = "Click a byte of the copy, then one of its eight bits.";
/// Between the bits of a byte.
pub const LAB_BITS: &str = "Flip one bit:";
/// A room of its kind, in two sentences.
pub const NOTE_FERNET: &str = "This kind of room has one key for everything: whoever learns it can read all that was ever captured, and a captured message can be sent again. A sealed room closes both.";
/// The same.
pub const NOTE_SEALED: &str = "Each message has a key of its own, which is deleted when it was opened. Whoever learns the room's key tomorrow reads nothing of today.";
/// Why there are no bytes.
pub const GONE_OFF: &str = "The bytes of this message are not here: keeping them is switched off.";
/// Own messages come back with the log.
pub const GONE_NOT_SENT: &str =
    "The bytes of this message are not here: they come back from the relay once it has taken the message.";
/// The history cannot be read.
pub const UNREADABLE: &str = "What the profile has of this cannot be read now.";
/// The room's page.
pub const WHO_COULD_SEE: &str = "Who could see what";
/// The same, before its table.
pub const WHO_LEAD: &str =
    "Computed from what kind of room this is and how it stands now, not from a brochure.";
/// Heading of the table's first column.
pub const WHO: &str = "Who";
/// Headings of the table's other columns.
pub const SIGHTS: [&str; 6] =
    ["Texts of before", "Texts of now", "Who writes", "Who is in the room", "When", "How long"];
/// Heading.
pub const SESSION: &str = "How this room is reached, and its keys";
/// Heading.
pub const TREE: &str = "The members' tree";
/// What the tree is.
pub const TREE_LEAD: &str = "Every member has a place at a leaf and knows the keys from there to the root: a removal changes the keys on the way, so that the others need not be told one by one. A filled circle has a key, an empty one has none.";
/// A place of the tree that nobody has.
pub const EMPTY_PLACE: &str = "an empty place";
/// The root of the tree.
pub const ROOT: &str = "root: the whole room";
/// Heading.
pub const EPOCHS: &str = "When the keys changed";
/// Nothing is known of that.
pub const NO_EPOCHS: &str = "No change of the room's keys was seen here yet.";
/// A Fernet room has none of these.
pub const FERNET_ONE_KEY: &str =
    "A Fernet room has one key from its first message to its last: no session, no tree, no change of keys.";
/// While the room is looked at.
pub const LOOKING_AT: &str = "Looking …";
/// The page that compares both kinds.
pub const COMPARE_LEAD: &str = "The same words, sealed twice just now, with fresh keys: once as each kind of room does it. Nothing of it belongs to a room.";
/// Columns of that page.
pub const COMPARE_QUESTION: &str = "Question";
/// The page of settings.
pub const KEEPING_LEAD: &str = "The inspector shows the very bytes that went over the network. For that they are kept for a while, in the profile, as well protected as the messages. What is older, or more than is allowed, goes by itself.";
/// Its settings.
pub const KEEP_FOR: &str = "Keep them for";
/// The same.
pub const KEEP_UP_TO: &str = "At most";
/// What a switch does.
pub const KEEP_RECORDS: &str = "With the TLS record around each message";
/// What that costs.
pub const KEEP_RECORDS_HINT: &str = "Shows the outermost layer, too: what a listener on the line really has. Holds for rooms that are opened from now on.";
/// It could not be changed.
pub const KEEP_FAILED: &str = "The setting could not be kept: the profile cannot be written now.";
/// Hexadecimal digits, for a screen reader.
pub const BYTES_LIST: &str = "Bytes";
/// Fields, for a screen reader.
pub const FIELDS_LIST: &str = "Fields";

impl PageName {
    /// The word on its tab.
    pub fn word(self) -> &'static str {
        match self {
            Self::Message => "Message",
            Self::Room => "Room",
            Self::Compare => "Compare",
            Self::Keeping => "Settings",
        }
    }
}

impl TabName {
    /// The word on its tab.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => "The bytes",
            Self::Steps => "How it opened",
            Self::Lab => "Try it",
        }
    }
}

/// A kind of field in a word, for a legend.
pub fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Frame => "framing",
        FieldKind::Place => "where, who",
        FieldKind::Time => "time",
        FieldKind::Random => "random",
        FieldKind::Hash => "hash",
        FieldKind::Cipher => "encrypted",
        FieldKind::Proof => "proof",
        FieldKind::Text => "letters",
        FieldKind::Filler => "filler",
        FieldKind::Unknown => "unknown",
    }
}

/// The button of an attack.
pub fn attack(attack: Attack) -> &'static str {
    match attack {
        Attack::None => "Open it",
        Attack::FlipBit(_) => "Flip a bit",
        Attack::WrongKey => "Wrong key",
        Attack::Replay => "Send it again",
        Attack::Old => "Old message",
        Attack::RemovedMember => "Ex-member",
    }
}

/// What that does, for a tip and a screen reader.
pub fn attack_hint(attack: Attack) -> &'static str {
    match attack {
        Attack::None => "Opens the copy as it is.",
        Attack::FlipBit(_) => "Changes one bit of what is encrypted, as noise or a liar on the way would.",
        Attack::WrongKey => "Opens it with another key.",
        Attack::Replay => "Lets it come a second time, as whoever recorded it could.",
        Attack::Old => "Lets it come long after it was written.",
        Attack::RemovedMember => "Opens it with all that somebody kept who is not to read any more.",
    }
}

/// What came of an attack, in one line.
pub fn came_of(attack: Attack, opened: bool, step: Option<(usize, &str)>, check: Option<&str>) -> String {
    match (opened, step, check) {
        (true, ..) if attack == Attack::None => "It opens.".to_owned(),
        (true, ..) => "It opens all the same.".to_owned(),
        (false, Some((number, name)), _) => format!("Refused at step {number}: {name}."),
        (false, None, Some(check)) => format!("Refused by the check “{check}”."),
        (false, None, None) => "Refused.".to_owned(),
    }
}

/// The bit that an attack flips, as the inspector counts: bits of a byte from the left.
pub fn flipped(bit: usize) -> String {
    format!("Flip bit {} of byte {}", bit % 8, bit / 8)
}

/// The byte whose bits are shown.
pub fn byte_bits(at: usize, byte: u8, field: &str) -> String {
    format!("Byte {at} is {byte:02x}, in the field “{field}”. {LAB_BITS}")
}

/// One bit of it, for a screen reader.
pub fn bit(number: usize, on: bool) -> String {
    format!("Bit {number}, now {}", u8::from(on))
}

/// What was captured, over its bytes. What is inside of TLS only the relay sees: it is where TLS ends.
pub fn captured(by_network: bool, name: &str, bytes: usize) -> String {
    let who = if by_network { "The network sees" } else { "The relay sees, inside of TLS" };
    format!("{who} · {name}, {}, as captured", count(bytes as u64, "byte", "bytes"))
}

/// The bytes of the lab.
pub fn lab_bytes(bytes: usize) -> String {
    format!("The copy · {}", count(bytes as u64, "byte", "bytes"))
}

/// Who said it, and when.
pub fn message_from(author: &str, at: &str) -> String {
    format!("message from {author} · {at}")
}

/// A line that is no message, and when it was.
pub fn line_of(at: &str) -> String {
    format!("a line of the room · {at}")
}

/// Why there are no bytes (any more).
pub fn gone(days: u64, mib: u64) -> String {
    format!(
        "The bytes of this message are not here (any more): they are kept for {} and {} MiB, and only of what came while that was on. They are never made anew.",
        count(days, "day", "days"),
        grouped(mib)
    )
}

/// Where a field's bytes are.
pub fn bytes_from_to(range: &Range<usize>) -> String {
    match range.len() {
        0 | 1 => format!("byte {}", range.start),
        _ => format!("bytes {}–{}", range.start, range.end - 1),
    }
}

/// A field in one sentence.
pub fn part_spoken(kind: FieldKind, name: &str, value: &str, meaning: &str, place: &str) -> String {
    let value = if value.is_empty() { String::new() } else { format!(", {value}") };
    format!("{name}{value}: {meaning} {place}, {}.", kind.words())
}

/// How a step came out, in a word.
pub fn outcome(outcome: &keyroom_client::inspect::Outcome) -> String {
    use keyroom_client::inspect::Outcome;
    match outcome {
        Outcome::Passed => "right ✓".to_owned(),
        Outcome::Recorded => "right when it was opened ✓".to_owned(),
        Outcome::Refused(why) => format!("refused: {}", text::one_line(why)),
        Outcome::NotDone(why) => format!("not done: {}", text::one_line(why)),
    }
}

/// A cell of the table.
pub fn sees(sees: Sees) -> String {
    match sees {
        Sees::No => "no".to_owned(),
        Sees::Yes => "yes".to_owned(),
        Sees::Partly(what) => what.to_owned(),
    }
}

/// The same, for a screen reader.
pub fn sees_spoken(what: &str, sees: Sees) -> String {
    match sees {
        Sees::No => format!("{what}: no"),
        Sees::Yes => format!("{what}: yes"),
        Sees::Partly(part) => format!("{what}: partly, {part}"),
    }
}

/// The session: name, value, and what it is.
pub fn connection(session: Option<&Session>) -> (&'static str, String, &'static str) {
    let value = match session {
        Some(Session::Tls { version, group, suite, .. }) => format!("{version}, {group}, {suite}"),
        Some(Session::WithinTheProcess) => "the relay is in this program: no network between".to_owned(),
        None => "not known yet".to_owned(),
    };
    ("Way to the relay", value, "Version, group of the key exchange, and cipher suite of TLS (RFC 8446).")
}

/// By what the relay is recognised.
pub fn recognised(pins: &[String]) -> (&'static str, String, &'static str) {
    let value = if pins.is_empty() { "its name, by a certificate".to_owned() } else { pins.join(", ") };
    (
        "Relay recognised by",
        value,
        "The pin: SHA-256 of the relay's public key, which the invite carried. Another relay cannot take its place.",
    )
}

/// The room's own keys.
pub fn suite(suite: Option<&str>) -> (&'static str, String, &'static str) {
    let value = suite.unwrap_or("not known yet").to_owned();
    ("How messages are sealed", value, "The MLS cipher suite (RFC 9420, 5.1 and 17.1).")
}

/// How often the keys changed.
pub fn epoch(epoch: Option<u64>) -> (&'static str, String, &'static str) {
    let value = epoch.map_or_else(|| "not known yet".to_owned(), grouped);
    (
        "Epoch",
        value,
        "How often the room's keys have changed: with each newcomer, each removal, each renewal (RFC 9420, 8).",
    )
}

/// When the own keys were renewed.
pub fn healed(at: &str) -> (&'static str, String, &'static str) {
    let value = if at.is_empty() { "not yet".to_owned() } else { at.to_owned() };
    (
        "Own keys renewed",
        value,
        "The last healing: who had stolen this device's keys before has lost the room since.",
    )
}

/// Doors of the room.
pub fn doors(doors: usize, approval: bool) -> (&'static str, String, &'static str) {
    let mut value = match doors {
        0 => "none: the key lets nobody in".to_owned(),
        doors => count(doors as u64, "door", "doors"),
    };
    if approval {
        value.push_str("; newcomers wait for an admin");
    }
    ("Open doors", value, "A door belongs to one key, and lets whoever has it come in, visibly.")
}

/// What members compare.
pub fn code_to_compare(code: &str) -> (&'static str, String, &'static str) {
    (
        "Room code",
        code.to_owned(),
        "Two members who read out the same digits have the same room and the same past: no relay has lied between them.",
    )
}

/// A change of the room's keys.
pub fn epoch_did(change: &EpochChange) -> String {
    let name = |one: &keyroom_client::inspect::Author| text::one_line(&one.name).into_owned();
    let by = change.by.as_ref().map_or_else(|| "Somebody".to_owned(), name);
    let names =
        |people: &[keyroom_client::inspect::Author]| people.iter().map(name).collect::<Vec<_>>().join(", ");
    let mut did = Vec::new();
    if change.is_entry {
        did.push(format!("{by} came in with the key"));
    } else if !change.joined.is_empty() {
        did.push(format!("{by} let in {}", names(&change.joined)));
    }
    if !change.removed.is_empty() {
        did.push(format!("{by} removed {}", names(&change.removed)));
    }
    if change.rules {
        did.push(format!("{by} changed the rules"));
    }
    if did.is_empty() {
        did.push(format!("{by} renewed its keys"));
    }
    did.join("; ")
}

/// The number of an epoch.
pub fn epoch_number(epoch: u64) -> String {
    format!("epoch {}", grouped(epoch))
}

/// A seat in the tree.
pub fn seat(name: &str, leaf: u32, entrance: &str, admin: bool, me: bool) -> String {
    let mut said = format!("{}, place {leaf}, {entrance}", text::one_line(name));
    for (is, role) in [(admin, "admin"), (me, "you")] {
        if is {
            said.push_str(", ");
            said.push_str(role);
        }
    }
    said
}

/// Nodes of a tree that are not drawn.
pub fn more_places(places: usize) -> String {
    format!("… and {} more. The list of people has them all.", count(places as u64, "place", "places"))
}

/// A node of the tree, for a screen reader.
pub fn node(name: &str, has_key: bool) -> String {
    let key = if has_key { "has a key" } else { "has no key" };
    if name.is_empty() { format!("a node that {key}") } else { format!("{name}: {key}") }
}

/// For how long captures are kept.
pub fn days(days: u64) -> String {
    if days == 0 { "Off: nothing is kept".to_owned() } else { count(days, "day", "days") }
}

/// How much of them.
pub fn mib(mib: u64) -> String {
    format!("{} MiB", grouped(mib))
}

/// Where an inspection was saved.
pub fn saved(path: &str) -> String {
    format!("Saved: {path}")
}

/// Why it was not.
pub fn not_saved(why: &str) -> String {
    format!("It was not saved: {}.", text::one_line(why))
}

/// Rows that a picture leaves out.
pub fn more_bytes(bytes: usize) -> String {
    format!("… {} more", count(bytes as u64, "byte", "bytes"))
}

/// With a capital letter at the beginning.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
