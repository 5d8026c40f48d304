//! Words of the inspector. The first line of each thing is for who hears of it for the first time; names of formats and keys
//! come after it, for who knows them. Names and meanings of fields, steps and checks come from the engine (`engine.rs`).

use std::ops::Range;

use keyroom_client::inspect::{Attack, FieldKind};
use keyroom_types::text;

use super::{Word, count, grouped, phrase, pick, say, sentence};
use crate::inspector::{PageName, TabName};

/// Title, and the line of a message's menu.
pub const NETWORK_SAW: Word = Word::new("What the network saw", "Was das Netz sah");
/// The line of the room's menu.
pub const WHY_PRIVATE: Word = Word::new("Why is this private?", "Warum ist das privat?");
/// The title of the window's part.
pub const INSPECTOR: Word = Word::new("Inspector", "Inspektor");
/// Buttons of the inspector's header.
pub const WIDER: Word = Word::new("In the place of the room", "Anstelle des Raums");
/// The same, back.
pub const BESIDE: Word = Word::new("Beside the room", "Neben dem Raum");
/// Closes it.
pub const CLOSE_INSPECTOR: Word = Word::new("Close the inspector", "Inspektor schließen");
/// Saves an inspection.
pub const SAVE_TEXT: Word = Word::new("Save as text", "Als Text sichern");
/// The same, drawn.
pub const SAVE_PICTURE: Word = Word::new("Save as picture", "Als Bild sichern");
/// While that is done.
pub const SAVING: Word = Word::new("Saving …", "Wird gesichert …");
/// The kind of the room.
pub const SEALED_ROOM: Word = Word::new("sealed room", "versiegelter Raum");
/// The same.
pub const FERNET_ROOM: Word = Word::new("Fernet room", "Fernet-Raum");
/// A fact of a message.
pub const FROM: Word = Word::new("from", "von");
/// The same.
pub const TEXT: Word = Word::new("text", "Text");
/// The same.
pub const ID: Word = Word::new("id", "Kennung");
/// The same.
pub const TIME: Word = Word::new("time", "Zeit");
/// The same.
pub const PLACE: Word = Word::new("place in the log", "Platz im Protokoll");
/// The same, of a line that is no message.
pub const LINE: Word = Word::new("line", "Zeile");
/// Heading.
pub const YOU_SEE: Word = Word::new("You see", "Du siehst");
/// Heading over the steps.
pub const HOW_OPENED: Word = Word::new("How it was opened", "Wie sie geöffnet wurde");
/// Before what a wrong step would have meant.
pub const IF_WRONG: Word = Word::new("If this had been wrong:", "Wäre das falsch gewesen:");
/// What is seen of an envelope that made no message.
pub const NO_MESSAGE: Word = Word::new(
    "This is no message of somebody, but a change of the room.",
    "Das ist keine Nachricht von jemandem, sondern eine Änderung des Raums.",
);
/// Beside the way into a field.
pub const OUT_OF_IT: Word = Word::new("All of it", "Alles davon");
/// Levels of nesting that are no layers of their own.
pub const ENVELOPE: Word = Word::new("Envelope", "Umschlag");
/// The same.
pub const MLS_MESSAGE: Word = Word::new("MLS message", "MLS-Nachricht");
/// The same.
pub const SEALED_ENTRY: Word = Word::new("Sealed entry", "Versiegelter Eintritt");
/// Nothing is pointed at.
pub const POINT_AT: Word = Word::new(
    "Point at a byte to see what it is. Click to keep it.",
    "Zeig auf ein Byte, um zu sehen, was es ist. Ein Klick hält es fest.",
);
/// The button of a field that has parts.
pub const LOOK_INSIDE: Word = Word::new("Look inside", "Hineinsehen");
/// The lab: what it is.
pub const LAB_LEAD_FERNET: Word = Word::new(
    "Each button does something to a copy of this very message and opens it with the room's key. The room never hears of it.",
    "Jeder Knopf tut etwas mit einer Kopie genau dieser Nachricht und öffnet sie mit dem Schlüssel des Raums. Der Raum erfährt nie davon.",
);
/// The same in a sealed room.
pub const LAB_LEAD_SEALED: Word = Word::new(
    "The key of this message was deleted when it was opened, so nothing can be tried on the message itself. The lab makes a small room of its own, in which the same words are said, and attacks that.",
    "Der Schlüssel dieser Nachricht wurde beim Öffnen gelöscht, darum lässt sich an ihr selbst nichts ausprobieren. Das Labor macht einen eigenen kleinen Raum, in dem dieselben Worte gesagt werden, und greift den an.",
);
/// While the lab's room is made.
pub const LAB_SETTING_UP: Word = Word::new("The lab is being set up …", "Das Labor wird eingerichtet …");
/// There is nothing to try on.
pub const LAB_NOTHING: Word = Word::new(
    "There is nothing to try it on: the text or its bytes are gone.",
    "Es gibt nichts zum Ausprobieren: Der Text oder seine Bytes sind weg.",
);
/// How to choose a bit.
pub const LAB_PICK: Word = Word::new(
    "Click a byte of the copy, then one of its eight bits.",
    "Klick auf ein Byte der Kopie, dann auf eines seiner acht Bits.",
);
/// Between the bits of a byte.
pub const LAB_BITS: Word = Word::new("Flip one bit:", "Ein Bit kippen:");
/// A room of its kind, in two sentences.
pub const NOTE_FERNET: Word = Word::new(
    "This kind of room has one key for everything: whoever learns it can read all that was ever captured, and a captured message can be sent again. A sealed room closes both.",
    "Diese Art von Raum hat einen Schlüssel für alles: Wer ihn erfährt, kann alles lesen, was je mitgeschnitten wurde, und eine mitgeschnittene Nachricht lässt sich noch einmal senden. Ein versiegelter Raum verhindert beides.",
);
/// The same.
pub const NOTE_SEALED: Word = Word::new(
    "Each message has a key of its own, which is deleted when it was opened. Whoever learns the room's key tomorrow reads nothing of today.",
    "Jede Nachricht hat ihren eigenen Schlüssel, der nach dem Öffnen gelöscht wird. Wer morgen den Schlüssel des Raums erfährt, liest nichts von heute.",
);
/// Why there are no bytes.
pub const GONE_OFF: Word = Word::new(
    "The bytes of this message are not here: keeping them is switched off.",
    "Die Bytes dieser Nachricht sind nicht hier: Sie aufzuheben ist abgeschaltet.",
);
/// Own messages come back with the log.
pub const GONE_NOT_SENT: Word = Word::new(
    "The bytes of this message are not here: they come back from the relay once it has taken the message.",
    "Die Bytes dieser Nachricht sind nicht hier: Sie kommen vom Relay zurück, sobald es die Nachricht angenommen hat.",
);
/// The history cannot be read.
pub const UNREADABLE: Word = Word::new(
    "What the profile has of this cannot be read now.",
    "Was das Profil davon hat, lässt sich jetzt nicht lesen.",
);
/// The room's page.
pub const WHO_COULD_SEE: Word = Word::new("Who could see what", "Wer was sehen konnte");
/// The same, before its table.
pub const WHO_LEAD: Word = Word::new(
    "Computed from what kind of room this is and how it stands now, not from a brochure.",
    "Berechnet aus der Art dieses Raums und seinem jetzigen Stand, nicht aus einer Broschüre.",
);
/// Heading of the table's first column.
pub const WHO: Word = Word::new("Who", "Wer");
/// Headings of the table's other columns.
pub const SIGHTS: [Word; 6] = [
    Word::new("Texts of before", "Texte von früher"),
    Word::new("Texts of now", "Texte von jetzt"),
    Word::new("Who writes", "Wer schreibt"),
    Word::new("Who is in the room", "Wer im Raum ist"),
    Word::new("When", "Wann"),
    Word::new("How long", "Wie lang"),
];
/// Heading.
pub const SESSION: Word =
    Word::new("How this room is reached, and its keys", "Wie dieser Raum erreicht wird, und seine Schlüssel");
/// Heading.
pub const TREE: Word = Word::new("The members' tree", "Der Baum der Mitglieder");
/// What the tree is.
pub const TREE_LEAD: Word = Word::new(
    "Every member has a place at a leaf and knows the keys from there to the root: a removal changes the keys on the way, so that the others need not be told one by one. A filled circle has a key, an empty one has none.",
    "Jedes Mitglied hat einen Platz an einem Blatt und kennt die Schlüssel von dort bis zur Wurzel: Wird jemand entfernt, wechseln die Schlüssel auf diesem Weg, und die anderen müssen es nicht einzeln erfahren. Ein voller Kreis hat einen Schlüssel, ein leerer keinen.",
);
/// A place of the tree that nobody has.
pub const EMPTY_PLACE: Word = Word::new("an empty place", "ein leerer Platz");
/// The root of the tree.
pub const ROOT: Word = Word::new("root: the whole room", "Wurzel: der ganze Raum");
/// Heading.
pub const EPOCHS: Word = Word::new("When the keys changed", "Wann die Schlüssel wechselten");
/// Nothing is known of that.
pub const NO_EPOCHS: Word = Word::new(
    "No change of the room's keys was seen here yet.",
    "Hier wurde noch kein Wechsel der Schlüssel gesehen.",
);
/// A Fernet room has none of these.
pub const FERNET_ONE_KEY: Word = Word::new(
    "A Fernet room has one key from its first message to its last: no session, no tree, no change of keys.",
    "Ein Fernet-Raum hat einen Schlüssel von der ersten bis zur letzten Nachricht: keine Sitzung, keinen Baum, keinen Wechsel der Schlüssel.",
);
/// While the room is looked at.
pub const LOOKING_AT: Word = Word::new("Looking …", "Sehe nach …");
/// The page that compares both kinds.
pub const COMPARE_LEAD: Word = Word::new(
    "The same words, sealed twice just now, with fresh keys: once as each kind of room does it. Nothing of it belongs to a room.",
    "Dieselben Worte, eben zweimal verschlüsselt, mit frischen Schlüsseln: einmal so, wie jede Art von Raum es tut. Nichts davon gehört zu einem Raum.",
);
/// Columns of that page.
pub const COMPARE_QUESTION: Word = Word::new("Question", "Frage");
/// The page of settings.
pub const KEEPING_LEAD: Word = Word::new(
    "The inspector shows the very bytes that went over the network. For that they are kept for a while, in the profile, as well protected as the messages. What is older, or more than is allowed, goes by itself.",
    "Der Inspektor zeigt genau die Bytes, die durchs Netz gingen. Dafür werden sie eine Weile im Profil aufgehoben, so gut geschützt wie die Nachrichten. Was älter ist oder mehr, als erlaubt, verschwindet von selbst.",
);
/// Its settings.
pub const KEEP_FOR: Word = Word::new("Keep them for", "Aufheben für");
/// The same.
pub const KEEP_UP_TO: Word = Word::new("At most", "Höchstens");
/// What a switch does.
pub const KEEP_RECORDS: Word =
    Word::new("With the TLS record around each message", "Mit dem TLS-Record um jede Nachricht");
/// What that costs.
pub const KEEP_RECORDS_HINT: Word = Word::new(
    "Shows the outermost layer, too: what a listener on the line really has. Holds for rooms that are opened from now on.",
    "Zeigt auch die äußerste Schicht: was jemand an der Leitung wirklich hat. Gilt für Räume, die von jetzt an geöffnet werden.",
);
/// It could not be changed.
pub const KEEP_FAILED: Word = Word::new(
    "The setting could not be kept: the profile cannot be written now.",
    "Die Einstellung ließ sich nicht sichern: Das Profil lässt sich jetzt nicht beschreiben.",
);
/// Hexadecimal digits, for a screen reader.
pub const BYTES_LIST: Word = Word::new("Bytes", "Bytes");
/// Fields, for a screen reader.
pub const FIELDS_LIST: Word = Word::new("Fields", "Felder");

impl PageName {
    /// The word on its tab.
    pub fn word(self) -> &'static str {
        match self {
            Self::Message => pick!("Message", "Nachricht"),
            Self::Room => pick!("Room", "Raum"),
            Self::Compare => pick!("Compare", "Vergleich"),
            Self::Keeping => pick!("Settings", "Einstellungen"),
        }
    }
}

impl TabName {
    /// The word on its tab.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => pick!("The bytes", "Die Bytes"),
            Self::Steps => pick!("How it opened", "Wie geöffnet"),
            Self::Lab => pick!("Try it", "Probieren"),
        }
    }
}

/// A kind of field in a word, for a legend.
pub fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Frame => pick!("framing", "Rahmen"),
        FieldKind::Place => pick!("where, who", "wohin, wer"),
        FieldKind::Time => pick!("time", "Zeit"),
        FieldKind::Random => pick!("random", "Zufall"),
        FieldKind::Hash => pick!("hash", "Hash"),
        FieldKind::Cipher => pick!("encrypted", "Geheimtext"),
        FieldKind::Proof => pick!("proof", "Nachweis"),
        FieldKind::Text => pick!("letters", "Buchstaben"),
        FieldKind::Filler => pick!("filler", "Füllung"),
        FieldKind::Unknown => pick!("unknown", "unbekannt"),
    }
}

/// The button of an attack.
pub fn attack(attack: Attack) -> &'static str {
    match attack {
        Attack::None => pick!("Open it", "Öffnen"),
        Attack::FlipBit(_) => pick!("Flip a bit", "Ein Bit kippen"),
        Attack::WrongKey => pick!("Wrong key", "Falscher Schlüssel"),
        Attack::Replay => pick!("Send it again", "Noch einmal senden"),
        Attack::Old => pick!("Old message", "Alte Nachricht"),
        Attack::RemovedMember => pick!("Ex-member", "Ehemaliges"),
    }
}

/// What that does, for a tip and a screen reader.
pub fn attack_hint(attack: Attack) -> &'static str {
    match attack {
        Attack::None => pick!("Opens the copy as it is.", "Öffnet die Kopie, wie sie ist."),
        Attack::FlipBit(_) => pick!(
            "Changes one bit of what is encrypted, as noise or a liar on the way would.",
            "Ändert ein Bit des Verschlüsselten, wie Rauschen oder jemand Unehrliches unterwegs es täte."
        ),
        Attack::WrongKey => pick!("Opens it with another key.", "Öffnet sie mit einem anderen Schlüssel."),
        Attack::Replay => pick!(
            "Lets it come a second time, as whoever recorded it could.",
            "Lässt sie ein zweites Mal kommen, wie es könnte, wer sie aufgezeichnet hat."
        ),
        Attack::Old => pick!(
            "Lets it come long after it was written.",
            "Lässt sie lange, nachdem sie geschrieben wurde, kommen."
        ),
        Attack::RemovedMember => pick!(
            "Opens it with all that somebody kept who is not to read any more.",
            "Öffnet sie mit allem, was jemand behalten hat, der nicht mehr mitlesen soll."
        ),
    }
}

/// What came of an attack, in one line.
pub fn came_of(attack: Attack, opened: bool, step: Option<(usize, &str)>, check: Option<&str>) -> String {
    match (opened, step, check) {
        (true, ..) if attack == Attack::None => say!("It opens.", "Sie lässt sich öffnen."),
        (true, ..) => say!("It opens all the same.", "Sie lässt sich trotzdem öffnen."),
        (false, Some((number, name)), _) => {
            say!("Refused at step {number}: {name}.", "Abgelehnt bei Schritt {number}: {name}.")
        }
        (false, None, Some(check)) => {
            say!("Refused by the check “{check}”.", "Abgelehnt von der Prüfung „{check}“.")
        }
        (false, None, None) => say!("Refused.", "Abgelehnt."),
    }
}

/// The bit that an attack flips, as the inspector counts: bits of a byte from the left.
pub fn flipped(bit: usize) -> String {
    say!("Flip bit {} of byte {}", "Bit {} von Byte {} kippen", bit % 8, bit / 8)
}

/// The byte whose bits are shown.
pub fn byte_bits(at: usize, byte: u8, field: &str) -> String {
    say!(
        "Byte {at} is {byte:02x}, in the field “{field}”. {LAB_BITS}",
        "Byte {at} ist {byte:02x}, im Feld „{field}“. {LAB_BITS}"
    )
}

/// One bit of it, for a screen reader.
pub fn bit(number: usize, on: bool) -> String {
    say!("Bit {number}, now {}", "Bit {number}, jetzt {}", u8::from(on))
}

/// What was captured, over its bytes. What is inside of TLS only the relay sees: it is where TLS ends.
pub fn captured(by_network: bool, name: &str, bytes: usize) -> String {
    let who = if by_network {
        pick!("The network sees", "Das Netz sieht")
    } else {
        pick!("The relay sees, inside of TLS", "Das Relay sieht, innerhalb von TLS")
    };
    say!(
        "{who} · {name}, {}, as captured",
        "{who} · {name}, {}, wie mitgeschnitten",
        count(bytes as u64, pick!("byte", "Byte"), pick!("bytes", "Bytes"))
    )
}

/// The bytes of the lab.
pub fn lab_bytes(bytes: usize) -> String {
    say!(
        "The copy · {}",
        "Die Kopie · {}",
        count(bytes as u64, pick!("byte", "Byte"), pick!("bytes", "Bytes"))
    )
}

/// Who said it, and when.
pub fn message_from(author: &str, at: &str) -> String {
    say!("message from {author} · {at}", "Nachricht von {author} · {at}")
}

/// A line that is no message, and when it was.
pub fn line_of(at: &str) -> String {
    say!("a line of the room · {at}", "eine Zeile des Raums · {at}")
}

/// Why there are no bytes (any more).
pub fn gone(days: u64, mib: u64) -> String {
    say!(
        "The bytes of this message are not here (any more): they are kept for {} and {} MiB, and only of what came while that was on. They are never made anew.",
        "Die Bytes dieser Nachricht sind nicht (mehr) hier: Sie bleiben {} und bis {} MiB, und nur von dem, was währenddessen kam. Sie werden nie neu gemacht.",
        count(days, pick!("day", "Tag"), pick!("days", "Tage")),
        grouped(mib)
    )
}

/// Where a field's bytes are.
pub fn bytes_from_to(range: &Range<usize>) -> String {
    match range.len() {
        0 | 1 => say!("byte {}", "Byte {}", range.start),
        _ => say!("bytes {}–{}", "Bytes {}–{}", range.start, range.end - 1),
    }
}

/// A field in one sentence.
pub fn part_spoken(kind: FieldKind, name: &str, value: &str, meaning: &str, place: &str) -> String {
    let value = if value.is_empty() { String::new() } else { format!(", {value}") };
    format!("{name}{value}: {meaning} {place}, {}.", phrase(kind.words()))
}

/// How a step came out, in a word.
pub fn outcome(outcome: &keyroom_client::inspect::Outcome) -> String {
    use keyroom_client::inspect::Outcome;
    match outcome {
        Outcome::Passed => say!("right ✓", "richtig ✓"),
        Outcome::Recorded => say!("right when it was opened ✓", "beim Öffnen richtig ✓"),
        Outcome::Refused(why) => say!("refused: {}", "abgelehnt: {}", text::one_line(&sentence(why))),
        Outcome::NotDone(why) => say!("not done: {}", "nicht getan: {}", text::one_line(&sentence(why))),
    }
}

/// For how long captures are kept.
pub fn days(days: u64) -> String {
    if days == 0 {
        say!("Off: nothing is kept", "Aus: nichts wird aufgehoben")
    } else {
        count(days, pick!("day", "Tag"), pick!("days", "Tage"))
    }
}

/// How much of them.
pub fn mib(mib: u64) -> String {
    say!("{} MiB", "{} MiB", grouped(mib))
}

/// Where an inspection was saved.
pub fn saved(path: &str) -> String {
    say!("Saved: {path}", "Gesichert: {path}")
}

/// Why it was not.
pub fn not_saved(why: &str) -> String {
    say!("It was not saved: {}.", "Es wurde nicht gesichert: {}.", text::one_line(why))
}

/// Why an inspection was not saved.
pub const NO_FOLDER: Word =
    Word::new("there is no folder to save it in", "es gibt keinen Ordner, in den es gesichert werden könnte");
/// The same.
pub const NO_PICTURE: Word = Word::new("the picture could not be drawn", "das Bild ließ sich nicht zeichnen");

/// Why there is no lab. The library's own words stand at the end.
pub fn lab_failed(why: &str) -> String {
    say!(
        "The lab's own room could not be made: {}",
        "Der eigene Raum des Labors ließ sich nicht machen: {}",
        text::one_line(why)
    )
}

/// Rows that a picture leaves out.
pub fn more_bytes(bytes: usize) -> String {
    say!("… {} more", "… {} mehr", count(bytes as u64, pick!("byte", "Byte"), pick!("bytes", "Bytes")))
}

/// With a capital letter at the beginning.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
