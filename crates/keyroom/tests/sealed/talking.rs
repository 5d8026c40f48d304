//! A host and those who join talk, in lines and in JSON.

use serde_json::json;

use crate::support::{entering, event, host, hosting, join, keyroom, next};

#[test]
fn a_host_and_two_joiners_read_each_other_line_by_line() {
    let mut host = host();
    let mut ben = join("Ben", &host.invite);
    host.run.error_with("Ben came in");
    let mut cleo = join("Cleo", &host.invite);
    host.run.error_with("Cleo came in");
    ben.error_with("Cleo came in");

    ben.line("hello from Ben");
    assert_eq!(host.run.next_line(), "Ben: hello from Ben");
    assert_eq!(cleo.next_line(), "Ben: hello from Ben");
    host.run.line("welcome");
    assert_eq!(ben.next_line(), "Ada: welcome");
    assert_eq!(cleo.next_line(), "Ada: welcome");
}

#[test]
fn end_of_input_sends_what_is_pending_and_leaves_with_zero() {
    let mut host = host();
    let mut ben = join("Ben", &host.invite);
    ben.bytes((0..40).map(|n| format!("line {n}\n")).collect::<String>().as_bytes());
    let (code, out, err) = ben.end();
    assert_eq!((code, out), (Some(0), Vec::<String>::new()), "{err}");
    for n in 0..40 {
        assert_eq!(host.run.next_line(), format!("Ben: line {n}"));
    }
    assert_eq!(host.run.end().0, Some(0));
}

#[test]
fn events_have_the_fields_that_scripts_read() {
    let mut host = keyroom(&[
        "--ephemeral",
        "host",
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--name",
        "Garden",
        "--as",
        "Ada",
    ]);
    let [key, address, invite] = [(); 3].map(|()| event(&mut host));
    assert_eq!(
        (&key["event"], &address["event"], &invite["event"]),
        (&json!("key"), &json!("address"), &json!("invite"))
    );
    let invite = invite["invite"].as_str().unwrap();
    assert!(invite.starts_with(&format!("keyroom://{}/", address["address"].as_str().unwrap())), "{invite}");
    assert!(invite.ends_with(&format!("#{}", key["key"].as_str().unwrap())));

    let mut ben = keyroom(&["--ephemeral", "join", "--json", "--key-stdin", "--as", "Ben"]);
    ben.line(invite);
    assert_eq!(event(&mut ben), json!({"event": "joined", "room": "Garden"}));
    assert_eq!(
        next(&mut host, "member"),
        json!({"event": "member", "room": "Garden", "member": "Ben", "change": "joined", "reason": null})
    );
    ben.line("line one\u{1b}[0m \"quoted\"");
    let (sent, came) = (next(&mut ben, "sent"), next(&mut host, "message"));
    assert_eq!(came["text"], "line one\u{1b}[0m \"quoted\"");
    assert_eq!((&came["from"], &came["room"]), (&json!("Ben"), &json!("Garden")));
    assert_eq!((&came["id"], &came["seq"], &came["at"]), (&sent["id"], &sent["seq"], &sent["at"]));
    assert!(came["seq"].is_u64() && came["id"].as_str().unwrap().len() == 32, "{came}");
    ben.end_input();
    assert_eq!(next(&mut ben, "left"), json!({"event": "left", "room": "Garden"}));
    assert_eq!(ben.end().0, Some(0));
}

/// Attack matrix rows 23 and 24, plain face.
#[test]
fn a_message_is_one_line_without_controls_whatever_it_holds() {
    let mut host = host();
    let mut ben = join("Ben", &host.invite);
    ben.line("a\u{1b}]52;c;QUJD\u{7}\u{9b}31m\u{202e}gpj.exe\u{2066}\u{2028}z");
    assert_eq!(host.run.next_line(), "Ben: a␛]52;c;QUJD␇⟨U+009B⟩31m⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+2028⟩z");
}

#[test]
fn a_bare_key_and_an_address_are_enough_to_enter() {
    let mut host = host();
    let mut ben = entering("Ben", &host.key, &[&host.address]);
    assert_eq!(ben.next_line(), "joined: Kitchen");
    ben.line("hi");
    assert_eq!(host.run.next_line(), "Ben: hi");
}

#[test]
fn an_invite_says_itself_which_kind_of_room_it_is_to() {
    let fernet = ["host", "--fernet", "--ui", "plain", "--listen", "127.0.0.1:0"];
    let mut host = hosting(keyroom(&fernet));
    let mut guest = entering("Ben", &host.invite, &[]);
    assert_eq!(guest.next_line(), format!("joined: {}", host.address));
    guest.line("hi");
    assert_eq!(host.run.next_line(), "guest 1: hi");
}

#[test]
fn ctrl_c_leaves_cleanly() {
    let host = host();
    let ben = join("Ben", &host.invite);
    ben.signal("INT");
    assert_eq!(ben.end().0, Some(0));
    host.run.signal("TERM");
    assert_eq!(host.run.end().0, Some(0));
}
