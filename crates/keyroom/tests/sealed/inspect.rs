//! `keyroom inspect` for rooms and messages of the profile.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use keyroom_testkit::relay::quiet_address;

use crate::support::{Home, hosting, next};

/// What went to Ben over the network.
type Recorded = Arc<Mutex<Vec<u8>>>;

/// Forwards connections to that address, and records what goes to who connects. Where to connect to.
fn recording(to: String) -> (String, Recorded) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let recorded = Recorded::default();
    let record = Arc::clone(&recorded);
    thread::spawn(move || {
        for near in listener.incoming() {
            let (mut near, mut far) = (near.unwrap(), TcpStream::connect(&to).unwrap());
            let (mut from_near, mut to_near) = (near.try_clone().unwrap(), near.try_clone().unwrap());
            let (mut to_far, record) = (far.try_clone().unwrap(), Arc::clone(&record));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_near, &mut to_far);
                let _ = to_far.shutdown(Shutdown::Write);
            });
            thread::spawn(move || {
                let mut piece = [0; 4_096];
                while let Ok(count @ 1..) = far.read(&mut piece) {
                    record.lock().unwrap().extend(&piece[..count]);
                    if to_near.write_all(&piece[..count]).is_err() {
                        break;
                    }
                }
                let _ = near.flush();
                let _ = near.shutdown(Shutdown::Write);
            });
        }
    });
    (at, recorded)
}

/// Ada's room Kitchen; Ben comes, says something and goes, with the TLS records kept where `records` says so.
fn kitchen(records: bool) -> (Home, Home) {
    let (ada, ben, _) = recorded_kitchen(records);
    (ada, ben)
}

/// The same, with what the network saw on its way to Ben.
fn recorded_kitchen(records: bool) -> (Home, Home, Recorded) {
    let (ada, ben) = (Home::new("ada-inspect"), Home::new("ben-inspect"));
    let at = quiet_address();
    let mut host =
        hosting(ada.run(&["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--listen", &at]));
    let (between, recorded) = recording(host.address.clone());
    let invite = host.invite.replace(&host.address, &between);
    let mut guest = ben.run(&["join", "--key-stdin", "--as", "Ben", "--ui", "plain", "--json"]);
    guest.line(&invite);
    next(&mut guest, "joined");
    if records {
        assert_eq!(guest.end().0, Some(0));
        let said = ben.done(&["inspect", "--records", "on"]);
        assert_eq!(said, ["The bytes of messages are kept for 7 days, 64 MiB at most, with TLS records."]);
        guest = ben.run(&["join", "--key-stdin", "--as", "Ben", "--ui", "plain", "--json"]);
        guest.line(&invite);
        next(&mut guest, "joined");
    }
    guest.line("blue whales");
    assert_eq!(host.run.next_line(), "Ben: blue whales");
    host.run.line("red foxes \u{1b}]0;title\u{7}\u{202e}");
    assert!(next(&mut guest, "message")["text"].as_str().unwrap().starts_with("red foxes"));
    assert_eq!(guest.end().0, Some(0));
    assert_eq!(host.run.end().0, Some(0));
    (ada, ben, recorded)
}

fn json(lines: &[String]) -> Value {
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).expect("one JSON object")
}

/// The place in the log and the id of the message with this text.
fn message(home: &Home, text: &str) -> (String, String) {
    let lines = home.done(&["export", "Kitchen"]);
    let events = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found =
        events.into_iter().find(|event| event["text"].as_str().is_some_and(|said| said.starts_with(text)));
    let found = found.expect("it was said");
    (found["seq"].to_string(), found["id"].as_str().unwrap().to_owned())
}

/// The leaves of a layer, each with where it stands.
fn leaves<'a>(fields: &'a [Value], all: &mut Vec<&'a Value>) {
    for field in fields {
        match field["fields"].as_array() {
            Some(inside) if !inside.is_empty() => leaves(inside, all),
            _ => all.push(field),
        }
    }
}

fn steps(inspection: &Value, outcome: &str) -> Vec<String> {
    let steps = inspection["steps"].as_array().unwrap().iter();
    steps
        .filter(|step| step["outcome"] == outcome)
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_message_is_shown_from_its_captured_bytes_with_what_was_checked() {
    let (_, ben) = kitchen(false);
    let (seq, id) = message(&ben, "red foxes");
    let inspection = json(&ben.done(&["inspect", "Kitchen", &seq, "--json"]));
    assert_eq!(inspection["see"]["from"], "Ada");
    assert!(inspection["see"]["text"].as_str().unwrap().starts_with("red foxes"));
    assert!(inspection["remarks"][0].as_str().unwrap().starts_with("TLS record: not captured."));

    let layers = inspection["network"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[0]["layer"]), (1, &Value::from("message of the link")));
    let mut all = Vec::new();
    leaves(layers[0]["fields"].as_array().unwrap(), &mut all);
    let mut at = 0;
    for leaf in &all {
        assert_eq!(leaf["from"].as_u64(), Some(at), "{leaf}");
        at = leaf["to"].as_u64().unwrap();
        assert!(leaf["kind"] != "unknown", "{leaf}");
    }
    assert_eq!(layers[0]["hex"].as_str().unwrap().len() as u64, at * 2);
    assert!(!layers[0]["hex"].as_str().unwrap().contains("72656420666f786573"), "the text is not in it");
    for name in
        ["pass: value", "group id", "epoch", "chain there", "sender, generation, guard", "content's tag"]
    {
        assert!(all.iter().any(|leaf| leaf["name"] == name), "{name}");
    }

    // What needs no key is done again; the rest was noted when the key was there.
    assert_eq!(steps(&inspection, "passed"), ["header and chain", "group and epoch"]);
    let noted = steps(&inspection, "recorded");
    assert!(noted.contains(&"AEAD".to_owned()) && noted.contains(&"signature".to_owned()), "{noted:?}");
    assert_eq!(steps(&inspection, "refused"), Vec::<String>::new());
    let by_id = json(&ben.done(&["inspect", "Kitchen", &id[..12], "--json"]));
    assert_eq!(by_id, inspection);
}

#[test]
fn ones_own_message_is_the_envelope_that_came_back_and_says_that_it_was_not_opened() {
    let (ada, ben) = kitchen(false);
    let (seq, _) = message(&ben, "blue whales");
    let inspection = json(&ben.done(&["inspect", "Kitchen", &seq, "--json"]));
    assert_eq!(steps(&inspection, "passed"), ["header and chain", "group and epoch"]);
    assert!(steps(&inspection, "not_done").contains(&"AEAD".to_owned()));
    // Both have the same envelope. Ada's relay was in her own program.
    let hers = json(&ada.done(&["inspect", "Kitchen", &seq, "--json"]));
    assert_eq!(hers["network"][0]["hex"], inspection["network"][0]["hex"]);
    assert!(hers["remarks"][0].as_str().unwrap().contains("did not go over a network here"));
}

/// The records are those that went over the network, byte for byte, and as long as what they carried.
#[test]
fn with_the_setting_the_tls_records_around_a_message_are_kept_too() {
    let (_, ben, recorded) = recorded_kitchen(true);
    let (seq, _) = message(&ben, "red foxes");
    let inspection = json(&ben.done(&["inspect", "Kitchen", &seq, "--json"]));
    assert_eq!(inspection["remarks"].as_array().unwrap().len(), 0, "{}", inspection["remarks"]);
    let layers = inspection["network"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|layer| layer["layer"].as_str().unwrap()).collect();
    assert_eq!((names[0], *names.last().unwrap()), ("TLS record", "WebSocket frame"));
    let recorded: String = recorded.lock().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    for record in &layers[..layers.len() - 1] {
        assert!(recorded.contains(record["hex"].as_str().unwrap()), "it is in what a recorder saw");
    }
    assert!(!recorded.contains(layers.last().unwrap()["hex"].as_str().unwrap()), "the frame is inside");
    let length = |layer: &Value| layer["hex"].as_str().unwrap().len() / 2;
    let frame = length(layers.last().unwrap());
    // Type, version and length before, one byte of type and the tag behind (RFC 8446, 5.2).
    let inside: usize = layers[..layers.len() - 1].iter().map(|record| length(record) - 22).sum();
    assert!(inside >= frame, "{inside} {frame}");
    assert!(layers[0]["hex"].as_str().unwrap().starts_with("170303"));
    let mut all = Vec::new();
    leaves(layers.last().unwrap()["fields"].as_array().unwrap(), &mut all);
    assert!(
        all.iter()
            .any(|leaf| leaf["name"] == "FIN and opcode" && leaf["value"] == "binary, the whole message")
    );
    assert!(all.iter().any(|leaf| leaf["name"] == "group id"));
}

/// Attack matrix rows 23, 24: names and texts of others are marked, never obeyed.
#[test]
fn the_plain_form_names_every_byte_and_obeys_none() {
    let (_, ben) = kitchen(false);
    let (seq, _) = message(&ben, "red foxes");
    let lines = ben.done(&["inspect", "Kitchen", &seq, "--whole"]);
    let text = lines.join("\n");
    for part in
        ["YOU SEE", "THE NETWORK SEES", "HOW IT WAS OPENED", "Legend", "␛]0;title␇⟨U+202E⟩", "RFC 9420, 6.3"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.chars().any(|ch| ch.is_control() && ch != '\n') && !text.contains('\u{202e}'));
    let room = ben.done(&["inspect", "Kitchen"]).join("\n");
    for part in [
        "WHO COULD SEE WHAT",
        "X25519MLKEM768",
        "leaf 0: Ada",
        "leaf 1: Ben",
        "Ben came in",
        "a removed member",
    ] {
        assert!(room.contains(part), "{part}: {room}");
    }
}

#[test]
fn the_rooms_table_has_its_session_its_members_and_its_epochs() {
    let (ada, ben) = kitchen(false);
    let report = json(&ben.done(&["inspect", "Kitchen", "--json"]));
    let session = &report["session"];
    assert_eq!(session["connection"]["version"], "TLSv1.3");
    assert_eq!(session["connection"]["spki_sha256"], session["pins"][0]);
    assert_eq!(session["suite"], "MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519");
    assert_eq!(report["members"].as_array().unwrap().len(), 2);
    assert_eq!(report["tree"], serde_json::json!([true, true, true]));
    let hers = json(&ada.done(&["inspect", "Kitchen", "--json"]));
    assert_eq!(hers["session"]["connection"], "in this program");
    assert_eq!(hers["session"]["code"], session["code"]);
    let epochs = hers["epochs"].as_array().unwrap();
    assert!(
        epochs.iter().any(|change| change["entry"] == true && change["joined"][0]["name"] == "Ben"),
        "{epochs:?}"
    );
    let who: Vec<&str> =
        report["who"].as_array().unwrap().iter().map(|row| row["who"].as_str().unwrap()).collect();
    assert_eq!(who, ["the network", "the relay", "members", "somebody with the key", "a removed member"]);
}

/// Design section 6: the lab's refusals come from the library, on a room that was made for it.
#[test]
fn the_lab_names_the_check_that_refuses_each_attack() {
    let (_, ben) = kitchen(false);
    let (seq, _) = message(&ben, "red foxes");
    let inspection = json(&ben.done(&["inspect", "Kitchen", &seq, "--lab", "--json"]));
    let trials = inspection["lab"].as_array().unwrap();
    let by = |attack: &str| {
        let trial = trials.iter().find(|trial| trial["attack"] == attack).unwrap();
        trial["refused_by"].as_str().unwrap_or("nothing").to_owned()
    };
    assert_eq!(by("unchanged"), "nothing");
    assert_eq!(by("wrong-key"), "AEAD");
    assert_eq!(by("replay"), "ratchet generation");
    assert_eq!(
        (by("old"), by("removed-member")),
        ("group and epoch".to_owned(), "group and epoch".to_owned())
    );
    let flips: Vec<&Value> = trials.iter().filter(|trial| trial["attack"] == "flip").collect();
    assert!(flips.len() >= 6 && flips.iter().all(|trial| trial["opened"] == false), "{flips:?}");
}

#[test]
fn bytes_that_are_not_kept_are_not_made_up() {
    let (_, ben) = kitchen(false);
    let (seq, _) = message(&ben, "red foxes");
    assert_eq!(ben.done(&["inspect", "--keep-days", "0"]), ["The bytes of messages are not kept."]);
    let inspection = json(&ben.done(&["inspect", "Kitchen", &seq, "--json"]));
    assert!(inspection["network"].as_array().unwrap().is_empty());
    assert!(inspection["steps"].as_array().unwrap().is_empty());
    assert!(inspection["remarks"][0].as_str().unwrap().contains("are not here"));
    assert!(inspection["see"]["text"].as_str().unwrap().starts_with("red foxes"));
    assert!(ben.fails(1, &["inspect", "Kitchen", "99999"]).contains("keyroom export shows them"));
    assert!(ben.fails(2, &["inspect", "Kitchen", "--lab"]).contains("one message"));
    assert!(ben.fails(2, &["inspect", "Kitchen", "--key-stdin"]).contains("needs no key"));
}
