//! `keyroom doctor`: says what is wrong, and what to do.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::{Home, Host, hosting, keyroom};

/// Each finding about this, and the exit code of the command.
fn found(ben: &Home, more: &[&str], about: &str) -> (Option<i32>, Vec<Value>) {
    let (code, out, _) = ben.run(&[&["doctor", "--json"], more].concat()).end();
    let findings = out.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (code, findings.filter(|finding| finding["about"] == about).collect())
}

/// Ben, who is in Ada's room and left; and the room's host.
fn ben() -> (Home, Host) {
    let host = hosting(Home::new("ada-ill").run(&[
        "host",
        "--ui",
        "plain",
        "--listen",
        "127.0.0.1:0",
        "--name",
        "Kitchen",
        "--as",
        "Ada",
        "--memory",
    ]));
    let ben = Home::new("ben-ill");
    let mut guest = ben.run(&["join", "--key-stdin", "--as", "Ben", "--ui", "plain"]);
    guest.line(&host.invite);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    assert_eq!(guest.end().0, Some(0));
    (ben, host)
}

#[test]
fn a_room_whose_relay_answers_is_good_and_one_whose_relay_is_off_is_said() {
    let (ben, host) = ben();
    let (code, rooms) = found(&ben, &[], "room");
    assert_eq!((code, &rooms[0]["level"]), (Some(0), &Value::from("good")), "{rooms:?}");
    let text = rooms[0]["text"].as_str().unwrap();
    assert!(text.contains(&host.address) && text.contains("X25519MLKEM768"), "{text}");
    drop(host.run.end());
    let (code, rooms) = found(&ben, &[], "room");
    assert_eq!((code, &rooms[0]["level"]), (Some(0), &Value::from("warning")), "it may be off: {rooms:?}");
    let (_, rooms) = found(&ben, &["--offline"], "room");
    assert!(rooms[0]["text"].as_str().unwrap().contains("not tried"), "{rooms:?}");
}

/// Attack matrix row 4: another key at the relay's address.
#[test]
fn a_relay_that_is_another_one_is_bad() {
    let (ben, host) = ben();
    let address = host.address.clone();
    drop(host.run.end());
    let other = hosting(keyroom(&["--ephemeral", "host", "--ui", "plain", "--listen", &address]));
    assert_eq!(other.address, address, "the same place");
    let (code, rooms) = found(&ben, &[], "room");
    assert_eq!((code, &rooms[0]["level"]), (Some(1), &Value::from("bad")), "{rooms:?}");
}

/// Attack matrix row 39: all of the database is read, and what is damaged is said.
#[test]
fn any_damaged_page_of_the_profile_is_found() {
    let (ben, _host) = ben();
    let (code, whole) = found(&ben, &["--offline"], "profile");
    assert_eq!((code, &whole[0]["level"]), (Some(0), &Value::from("good")), "{whole:?}");
    let path = ben.0.path().join("profile/profile.db");
    let bytes = fs::read(&path).unwrap();
    for page in (1..bytes.len() / PAGE).step_by(9) {
        let mut changed = bytes.clone();
        changed[page * PAGE + 100] ^= 1;
        fs::write(&path, changed).unwrap();
        let _ = fs::remove_file(ben.0.path().join("profile/profile.db-wal"));
        let (code, findings) = found(&ben, &["--offline"], "profile");
        assert_eq!(
            (code, &findings[0]["level"]),
            (Some(1), &Value::from("bad")),
            "page {page}: {findings:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn files_that_others_may_open_are_bad_and_the_sentence_says_how_to_close_them() {
    let (ben, _host) = ben();
    let (_, files) = found(&ben, &["--offline"], "files");
    assert_eq!(files[0]["level"], "good", "{files:?}");
    let key = ben.0.path().join("profile/profile.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, files) = found(&ben, &["--offline"], "files");
    assert_eq!((code, &files[0]["level"]), (Some(1), &Value::from("bad")), "{files:?}");
    assert!(files[0]["next"].as_str().unwrap().contains("chmod"), "{files:?}");
}

#[test]
fn without_a_profile_nothing_is_wrong() {
    let (code, out, err) = keyroom(&["doctor"]).end();
    assert_eq!(code, Some(0), "{out:?} {err}");
    assert!(
        out.iter().any(|line| line.starts_with("look  profile") || line.starts_with("note  profile")),
        "{out:?}"
    );
}

/// A page of the database.
const PAGE: usize = 4096;
