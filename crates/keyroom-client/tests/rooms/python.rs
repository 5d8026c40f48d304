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
///
/// The pace gives such a peer 10 ms to come back to its `recv`. A busy machine may not run it for longer than
/// that: such a run says nothing about the pace, and another is made.
#[test]
fn a_simple_python_peer_shows_two_hundred_tokens_sent_in_a_row() {
    let expected = (0..200).map(|number| format!("number {number}")).collect::<Vec<_>>();
    for _ in 0..10 {
        let (mut host, room) = Person::host();
        let mut peer = script("simple_guest.py", &[&room.listening[0].port().to_string()]);
        peer.line(&key().show());
        host.guests(1);
        expected.iter().for_each(|text| host.say(text));
        let shown = std::iter::repeat_with(|| peer.next_line()).take(200).take_while(|line| line != "late");
        let shown = shown.collect::<Vec<_>>();
        assert_eq!(shown, expected[..shown.len()]);
        if shown.len() == expected.len() {
            host.until(|host| host.states() == vec![MessageState::Sent { to: 1 }; 200]);
            return;
        }
        println!("Python was not run for longer than the pace: again");
    }
    panic!("in ten runs Python got two messages in one read: the pace is not kept");
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
