//! Peers in real Python, as people write them.

use std::process::Command;

use keyroom_client::MessageState;
use keyroom_testkit::process::Running;
use keyroom_testkit::python::interpreter;

use crate::support::{Person, key};

fn script(name: &str, arguments: &[&str]) -> Running {
    let python = interpreter().unwrap_or_else(|error| panic!("{error}"));
    let path = format!("{}/tests/rooms/{name}", env!("CARGO_MANIFEST_DIR"));
    Running::start(Command::new(python).arg("-u").arg(path).args(arguments))
}

/// A peer that reads with one `recv(4096)` for each message shows all of 200 sent in a row.
#[test]
fn a_simple_python_peer_shows_two_hundred_tokens_sent_in_a_row() {
    let (mut host, room) = Person::host();
    let mut peer = script("simple_guest.py", &[&room.listening[0].port().to_string()]);
    peer.line(&key().show());
    host.guests(1);
    for number in 0..200 {
        host.say(&format!("number {number}"));
    }
    for number in 0..200 {
        assert_eq!(peer.next_line(), format!("number {number}"));
    }
    host.until(|host| host.states() == vec![MessageState::Sent { to: 1 }; 200]);
}

#[test]
fn a_guest_talks_to_a_simple_python_host() {
    let mut peer = script("simple_host.py", &[]);
    peer.line(&key().show());
    let port: u16 = peer.line_after("port: ").parse().unwrap();
    let mut anna = Person::join(([127, 0, 0, 1], port).into(), key());
    anna.say("hello Python");
    anna.until(|anna| anna.texts() == ["you said: hello Python"]);
}
