//! `--json`: the events that scripts read (design section 5), field by field.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use keyroom_testkit::process::Running;
use serde_json::{Value, json};

fn keyroom(args: &[&str]) -> Running {
    Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).args(args))
}

fn event(running: &mut Running) -> Value {
    serde_json::from_str(&running.next_line()).expect("every line is one JSON object")
}

/// The next event of this kind.
fn next(running: &mut Running, kind: &str) -> Value {
    loop {
        let event = event(running);
        if event["event"] == kind {
            return event;
        }
    }
}

#[test]
fn events_have_the_fields_that_scripts_read() {
    let mut host = keyroom(&["host", "--fernet", "--json", "--listen", "127.0.0.1:0", "--name", "Garden"]);
    let key = event(&mut host);
    let address = event(&mut host);
    let invite = event(&mut host);
    assert_eq!(
        (&key["event"], &address["event"], &invite["event"]),
        (&json!("key"), &json!("address"), &json!("invite"))
    );
    let key = key["key"].as_str().unwrap();
    let address = address["address"].as_str().unwrap();
    assert_eq!(invite["invite"].as_str().unwrap(), format!("keyroom://{address}/?kind=fernet#{key}"));

    let mut guest = keyroom(&["join", address, "--fernet", "--json", "--key-stdin"]);
    guest.line(key);
    assert_eq!(event(&mut guest), json!({"event": "joined", "room": address}));
    assert_eq!(
        next(&mut host, "member"),
        json!({"event": "member", "room": "Garden", "member": "guest 1", "change": "joined", "reason": null})
    );

    guest.line("line one\u{1b}[0m \"quoted\"");
    let sent = next(&mut guest, "sent");
    let came = next(&mut host, "message");
    assert_eq!(came["text"], "line one\u{1b}[0m \"quoted\"");
    assert_eq!(
        (&came["from"], &came["room"], &came["seq"]),
        (&json!("guest 1"), &json!("Garden"), &Value::Null)
    );
    assert_eq!(came["id"], sent["id"], "both sides name the message alike");
    assert_eq!(came["id"].as_str().unwrap().len(), 64);
    let at = came["at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.as_bytes()[10] == b'T', "{at}");

    guest.end_input();
    assert_eq!(next(&mut guest, "left"), json!({"event": "left", "room": address}));
    assert_eq!(guest.end().0, Some(0));
    assert_eq!(next(&mut host, "member")["change"], "left");
}

#[test]
fn errors_are_events_too() {
    let mut guest = keyroom(&["join", "127.0.0.1:1", "--fernet", "--json", "--key-stdin"]);
    guest.line("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=");
    let error = next(&mut guest, "error");
    assert_eq!(error["kind"], "failed");
    assert!(error["text"].as_str().unwrap().contains("no room is open"));
    assert_eq!(guest.end().0, Some(1));
}
