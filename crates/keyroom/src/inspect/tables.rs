//! A room's tables, and the comparison of both kinds, as plain text and as JSON.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use keyroom_client::inspect::report::{Manner, layer as plain_layer, legend};
use keyroom_client::inspect::{EpochChange, RoomReport, Sees, Session, Sides, Sight};
use keyroom_types::text;
use serde_json::{Value, json};

use super::json::{layer as json_layer, line as json_line};
use crate::failure::Failure;
use crate::plain::json::rfc3339;

/// A room, for people.
pub(super) fn room(name: &str, report: &RoomReport) -> String {
    let mut out = format!("ROOM {}\n\nWHO COULD SEE WHAT\n", text::one_line(name));
    for sight in &report.who {
        line(&mut out, format_args!("\n  {}", sight.who));
        for (what, sees) in columns(sight) {
            line(&mut out, format_args!("    {what:<22} {}", words(sees)));
        }
        line(&mut out, format_args!("    {}", sight.why));
    }
    session(&mut out, report);
    members(&mut out, report);
    line(&mut out, format_args!("\nEPOCHS"));
    if report.epochs.is_empty() {
        line(&mut out, format_args!("  No change of the room's keys was seen here yet."));
    }
    for change in &report.epochs {
        let (at, did) = (time(change.at_ms), did(change));
        line(
            &mut out,
            format_args!("  {:>4}  {at}  place {}: {}", change.epoch, change.seq, text::one_line(&did)),
        );
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn session(out: &mut String, report: &RoomReport) {
    let connected = &report.connected;
    line(out, format_args!("\nSESSION"));
    match &connected.session {
        Some(Session::Tls { version, group, suite, pin, .. }) => {
            line(out, format_args!("  connection: {version}, {group}, {suite}"));
            line(out, format_args!("  relay's key, SHA-256: {pin}"));
        }
        Some(Session::WithinTheProcess) => {
            line(out, format_args!("  connection: the relay is in this program"));
        }
        None => line(out, format_args!("  connection: not known")),
    }
    let pins = if connected.pins.is_empty() { "by its name".to_owned() } else { connected.pins.join(", ") };
    line(out, format_args!("  relay recognised by: {pins}"));
    line(out, format_args!("  suite: {}", connected.suite.unwrap_or("not known")));
    let epoch = connected.epoch.map_or_else(|| "not known".to_owned(), |epoch| epoch.to_string());
    line(out, format_args!("  epoch: {epoch}"));
    line(out, format_args!("  own keys renewed: {}", time(connected.healed_ms)));
    let approval = if connected.approval { "; newcomers wait for an admin" } else { "" };
    line(out, format_args!("  open doors: {}{approval}", connected.doors));
    if let Some(code) = &connected.code {
        line(out, format_args!("  room code: {code}"));
    }
}

/// The tree lies on its side: the root is at the left, leaves are at the right.
fn members(out: &mut String, report: &RoomReport) {
    line(out, format_args!("\nMEMBERS IN THE TREE (o: has a key, .: blank)"));
    for (place, has_key) in report.tree.iter().enumerate() {
        let depth = depth(place, report.tree.len());
        let mark = if *has_key { 'o' } else { '.' };
        let indent = "    ".repeat(depth);
        let seat = report.seats.iter().find(|seat| place % 2 == 0 && place / 2 == seat.leaf as usize);
        match seat {
            None => line(out, format_args!("  {indent}{mark}")),
            Some(seat) => {
                let roles = [(seat.admin, "admin"), (seat.me, "you")];
                let roles: String =
                    roles.iter().filter(|(is, _)| *is).map(|(_, role)| format!(", {role}")).collect();
                let (name, code, came) = (text::one_line(&seat.name), seat.code, seat.entrance.words());
                line(out, format_args!("  {indent}{mark} leaf {}: {name}, {came}{roles}", seat.leaf));
                line(out, format_args!("  {indent}  code {code}"));
            }
        }
    }
}

/// How far below the root a node stands: RFC 9420, appendix C. Leaves are at level 0.
fn depth(place: usize, nodes: usize) -> usize {
    let level = |place: usize| place.trailing_ones() as usize;
    let root = (nodes + 1).ilog2().saturating_sub(1) as usize;
    root.saturating_sub(level(place))
}

fn did(change: &EpochChange) -> String {
    let by = change.by.as_ref().map_or("somebody", |by| by.name.as_str());
    let names = |people: &[keyroom_client::inspect::Author]| {
        people.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(", ")
    };
    let mut did = Vec::new();
    if change.is_entry {
        did.push(format!("{by} came in"));
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

fn columns(sight: &Sight) -> [(&'static str, Sees); 6] {
    [
        ("texts of before", sight.earlier),
        ("texts of now", sight.texts),
        ("who writes", sight.authors),
        ("who is in the room", sight.members),
        ("when", sight.times),
        ("how long", sight.sizes),
    ]
}

fn words(sees: Sees) -> String {
    match sees {
        Sees::No => "no".to_owned(),
        Sees::Yes => "YES".to_owned(),
        Sees::Partly(what) => format!("partly: {what}"),
    }
}

fn time(millis: u64) -> String {
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)).map(rfc3339);
    at.filter(|at| !at.is_empty()).unwrap_or_else(|| millis.to_string())
}

/// A room, for scripts.
pub(super) fn room_json(name: &str, report: &RoomReport) -> Result<String, Failure> {
    let sight = |sight: &Sight| {
        let sees =
            columns(sight).map(|(what, sees)| (what.replace(' ', "_"), json!(words(sees).to_lowercase())));
        let sees: serde_json::Map<String, Value> = sees.into_iter().collect();
        json!({ "who": &*sight.who, "sees": sees, "why": &*sight.why })
    };
    let connected = &report.connected;
    let session = match &connected.session {
        Some(Session::Tls { version, group, is_post_quantum, suite, pin }) => json!({
            "version": version, "group": group, "post_quantum": is_post_quantum, "suite": suite, "spki_sha256": pin,
        }),
        Some(Session::WithinTheProcess) => json!("in this program"),
        None => Value::Null,
    };
    let author = |one: &keyroom_client::inspect::Author| json!({ "leaf": one.leaf, "name": one.name });
    json_line(&json!({
        "event": "room_inspection",
        "room": name,
        "who": report.who.iter().map(sight).collect::<Vec<_>>(),
        "session": {
            "connection": session,
            "pins": connected.pins,
            "suite": connected.suite,
            "epoch": connected.epoch,
            "healed": time(connected.healed_ms),
            "doors": connected.doors,
            "approval": connected.approval,
            "code": connected.code.as_ref().map(ToString::to_string),
        },
        "members": report.seats.iter().map(|seat| json!({
            "leaf": seat.leaf, "name": seat.name, "code": seat.code.to_string(), "entrance": &*seat.entrance.words(),
            "admin": seat.admin, "you": seat.me,
        })).collect::<Vec<_>>(),
        "tree": report.tree,
        "epochs": report.epochs.iter().map(|change| json!({
            "epoch": change.epoch,
            "at": time(change.at_ms),
            "seq": change.seq,
            "by": change.by.as_ref().map(author),
            "entry": change.is_entry,
            "joined": change.joined.iter().map(author).collect::<Vec<_>>(),
            "removed": change.removed.iter().map(author).collect::<Vec<_>>(),
            "rules": change.rules,
        })).collect::<Vec<_>>(),
    }))
}

/// Both kinds, for people.
pub(super) fn sides(sides: &Sides, whole: bool) -> String {
    let mut out = String::from("WHAT EACH GIVES AWAY\n");
    for difference in &sides.differences {
        line(&mut out, format_args!("\n  {}", difference.question));
        line(&mut out, format_args!("    Fernet: {}", difference.fernet));
        line(&mut out, format_args!("    sealed: {}", difference.sealed));
    }
    let manner = Manner::english(whole, &rfc3339);
    line(&mut out, format_args!("\nFERNET"));
    sides.fernet.iter().for_each(|layer| plain_layer(&mut out, layer, &manner));
    line(&mut out, format_args!("\nSEALED"));
    plain_layer(&mut out, &sides.sealed, &manner);
    let all: Vec<_> = sides.fernet.iter().chain([&sides.sealed]).cloned().collect();
    legend(&mut out, &all, &manner);
    out
}

/// Both kinds, for scripts.
pub(super) fn sides_json(sides: &Sides) -> Result<String, Failure> {
    json_line(&json!({
        "event": "comparison",
        "differences": sides.differences.iter().map(|difference| json!({
            "question": &*difference.question, "fernet": &*difference.fernet, "sealed": &*difference.sealed,
        })).collect::<Vec<_>>(),
        "fernet": sides.fernet.iter().map(json_layer).collect::<Vec<_>>(),
        "sealed": json_layer(&sides.sealed),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_stand_where_the_rfcs_appendix_has_them() {
        let depths: Vec<usize> = (0..7).map(|place| depth(place, 7)).collect();
        assert_eq!(depths, [2, 1, 2, 0, 2, 1, 2]);
        assert_eq!((depth(0, 1), depth(1, 3)), (0, 0));
    }
}
