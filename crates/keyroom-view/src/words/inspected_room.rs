//! Words of the inspector's page about a room: who could see what, the session, the tree, the epochs.

use keyroom_client::inspect::{Entered, EpochChange, Sees, Session};
use keyroom_types::text;

use super::{count, grouped, phrase, pick, say};

/// A cell of the table.
pub fn sees(sees: Sees) -> String {
    match sees {
        Sees::No => say!("no", "nein"),
        Sees::Yes => say!("yes", "ja"),
        Sees::Partly(what) => phrase(what).to_owned(),
    }
}

/// The same, for a screen reader.
pub fn sees_spoken(what: &str, sees: Sees) -> String {
    match sees {
        Sees::No => say!("{what}: no", "{what}: nein"),
        Sees::Yes => say!("{what}: yes", "{what}: ja"),
        Sees::Partly(part) => {
            let part = phrase(part);
            say!("{what}: partly, {part}", "{what}: teilweise, {part}")
        }
    }
}

/// The session: name, value, and what it is.
pub fn connection(session: Option<&Session>) -> (&'static str, String, &'static str) {
    let value = match session {
        Some(Session::Tls { version, group, suite, .. }) => format!("{version}, {group}, {suite}"),
        Some(Session::WithinTheProcess) => say!(
            "the relay is in this program: no network between",
            "das Relay ist in diesem Programm: kein Netz dazwischen"
        ),
        None => say!("not known yet", "noch nicht bekannt"),
    };
    (
        pick!("Way to the relay", "Weg zum Relay"),
        value,
        pick!(
            "Version, group of the key exchange, and cipher suite of TLS (RFC 8446).",
            "Version, Gruppe des Schlüsselaustauschs und Cipher Suite von TLS (RFC 8446)."
        ),
    )
}

/// By what the relay is recognised.
pub fn recognised(pins: &[String]) -> (&'static str, String, &'static str) {
    let value = if pins.is_empty() {
        say!("its name, by a certificate", "an seinem Namen, durch ein Zertifikat")
    } else {
        pins.join(", ")
    };
    (
        pick!("Relay recognised by", "Relay erkannt"),
        value,
        pick!(
            "The pin: SHA-256 of the relay's public key, which the invite carried. Another relay cannot take its place.",
            "Der Pin: SHA-256 des öffentlichen Schlüssels vom Relay, aus der Einladung. Ein anderes Relay kann nicht an seine Stelle treten."
        ),
    )
}

/// The room's own keys.
pub fn suite(suite: Option<&str>) -> (&'static str, String, &'static str) {
    let value = suite.unwrap_or(pick!("not known yet", "noch nicht bekannt")).to_owned();
    (
        pick!("How messages are sealed", "Wie Nachrichten versiegelt werden"),
        value,
        pick!(
            "The MLS cipher suite (RFC 9420, 5.1 and 17.1).",
            "Die Cipher Suite von MLS (RFC 9420, 5.1 und 17.1)."
        ),
    )
}

/// How often the keys changed.
pub fn epoch(epoch: Option<u64>) -> (&'static str, String, &'static str) {
    let value = epoch.map_or_else(|| say!("not known yet", "noch nicht bekannt"), grouped);
    (
        pick!("Epoch", "Epoche"),
        value,
        pick!(
            "How often the room's keys have changed: with each newcomer, each removal, each renewal (RFC 9420, 8).",
            "Wie oft die Schlüssel des Raums gewechselt haben: wenn jemand neu ist, entfernt wird oder seine Schlüssel erneuert (RFC 9420, 8)."
        ),
    )
}

/// When the own keys were renewed.
pub fn healed(at: &str) -> (&'static str, String, &'static str) {
    let value = if at.is_empty() { say!("not yet", "noch nicht") } else { at.to_owned() };
    (
        pick!("Own keys renewed", "Eigene Schlüssel erneuert"),
        value,
        pick!(
            "The last healing: who had stolen this device's keys before has lost the room since.",
            "Die letzte Heilung: Wer vorher die Schlüssel dieses Geräts gestohlen hatte, hat den Raum seitdem verloren."
        ),
    )
}

/// Doors of the room.
pub fn doors(doors: usize, approval: bool) -> (&'static str, String, &'static str) {
    let mut value = match doors {
        0 => say!("none: the key lets nobody in", "keine: Der Schlüssel lässt niemanden herein"),
        doors => count(doors as u64, pick!("door", "Tür"), pick!("doors", "Türen")),
    };
    if approval {
        value.push_str(pick!("; newcomers wait for an admin", "; Neue warten auf Einlass"));
    }
    (
        pick!("Open doors", "Offene Türen"),
        value,
        pick!(
            "A door belongs to one key, and lets whoever has it come in, visibly.",
            "Eine Tür gehört zu einem Schlüssel und lässt herein, wer ihn hat, für alle sichtbar."
        ),
    )
}

/// What members compare.
pub fn code_to_compare(code: &str) -> (&'static str, String, &'static str) {
    (
        pick!("Room code", "Raumcode"),
        code.to_owned(),
        pick!(
            "Two members who read out the same digits have the same room and the same past: no relay has lied between them.",
            "Zwei Mitglieder, die dieselben Ziffern vorlesen, haben denselben Raum und dieselbe Vergangenheit: Kein Relay hat zwischen ihnen gelogen."
        ),
    )
}

/// A change of the room's keys.
pub fn epoch_did(change: &EpochChange) -> String {
    let name = |one: &keyroom_client::inspect::Author| text::one_line(&one.name).into_owned();
    let by = change.by.as_ref().map_or_else(|| say!("Somebody", "Jemand"), name);
    let names =
        |people: &[keyroom_client::inspect::Author]| people.iter().map(name).collect::<Vec<_>>().join(", ");
    let mut did = Vec::new();
    if change.is_entry {
        did.push(say!("{by} came in with the key", "{by} kam mit dem Schlüssel herein"));
    } else if !change.joined.is_empty() {
        did.push(say!("{by} let in {}", "{by} ließ {} herein", names(&change.joined)));
    }
    if !change.removed.is_empty() {
        did.push(say!("{by} removed {}", "{by} hat {} entfernt", names(&change.removed)));
    }
    if change.rules {
        did.push(say!("{by} changed the rules", "{by} hat die Regeln geändert"));
    }
    if did.is_empty() {
        did.push(say!("{by} renewed its keys", "{by} hat die eigenen Schlüssel erneuert"));
    }
    did.join("; ")
}

/// The number of an epoch.
pub fn epoch_number(epoch: u64) -> String {
    say!("epoch {}", "Epoche {}", grouped(epoch))
}

/// A seat in the tree.
pub fn seat(name: &str, leaf: u32, entrance: Entered, admin: bool, me: bool) -> String {
    let entrance = phrase(entrance.words());
    let mut said = say!("{}, place {leaf}, {entrance}", "{}, Platz {leaf}, {entrance}", text::one_line(name));
    for (is, role) in [(admin, pick!("admin", "betreut den Raum")), (me, pick!("you", "du"))] {
        if is {
            said.push_str(", ");
            said.push_str(role);
        }
    }
    said
}

/// Nodes of a tree that are not drawn.
pub fn more_places(places: usize) -> String {
    say!(
        "… and {} more. The list of people has them all.",
        "… und {} mehr. In der Liste der Leute stehen alle.",
        count(places as u64, pick!("place", "Platz"), pick!("places", "Plätze"))
    )
}

/// A node of the tree, for a screen reader.
pub fn node(name: &str, has_key: bool) -> String {
    let key = if has_key {
        pick!("has a key", "hat einen Schlüssel")
    } else {
        pick!("has no key", "hat keinen Schlüssel")
    };
    if name.is_empty() { say!("a node that {key}", "ein Knoten, er {key}") } else { format!("{name}: {key}") }
}
