//! The two ten-line Python programs of `examples/`, unchanged, against Keyroom.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use keyroom_testkit::{process::Running, python};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

fn keyroom(args: &[&str]) -> Running {
    Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).args(args))
}

fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn a_ten_line_python_host_talks_with_a_keyroom_guest() {
    let port = free_port();
    let mut host =
        Running::start(Command::new(python::interpreter().unwrap()).arg(example("host.py")).arg(&port));
    let key = host.line_after("key: ");
    let address = format!("127.0.0.1:{port}");
    let mut guest = keyroom(&["join", &address, "--fernet", "--ui", "plain", "--key-stdin"]);
    guest.line(&key);
    guest.line_after("joined: ");
    guest.line("hello from Keyroom");
    assert_eq!(host.next_line(), "guest: hello from Keyroom");
    assert_eq!(guest.next_line(), "host: you said: hello from Keyroom");
}

#[test]
fn a_ten_line_python_guest_talks_with_a_keyroom_host() {
    let mut host = keyroom(&["host", "--fernet", "--ui", "plain", "--listen", "127.0.0.1:0"]);
    let key = host.line_after("key: ");
    let address = host.line_after("address: ");
    let port = address.rsplit(':').next().unwrap().to_owned();
    let mut guest =
        Running::start(Command::new(python::interpreter().unwrap()).arg(example("join.py")).arg(port));
    guest.line(&key);
    assert_eq!(host.line_after("guest 1: "), "hello from Python");
    host.line("welcome, Python");
    // Python's prompt has no line end of its own.
    assert_eq!(guest.next_line(), "key: host: welcome, Python");
    host.end_input();
    assert_eq!(host.end().0, Some(0));
    assert_eq!(guest.end().0, Some(0), "it ends when the host closes the connection");
}
