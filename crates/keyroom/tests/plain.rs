//! The plain face, as a script sees it: real processes, real sockets on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use keyroom_testkit::process::Running;

fn keyroom(args: &[&str]) -> Running {
    Running::start(Command::new(env!("CARGO_BIN_EXE_keyroom")).args(args))
}

/// A host on a free loopback port: itself, its key, its address, its invite.
fn host(more: &[&str]) -> (Running, String, String, String) {
    let mut host =
        keyroom(&[&["host", "--fernet", "--ui", "plain", "--listen", "127.0.0.1:0"], more].concat());
    let key = host.next_line().strip_prefix("key: ").expect("the key is the first line").to_owned();
    let address = host.next_line().strip_prefix("address: ").expect("then the address").to_owned();
    let invite = host.next_line().strip_prefix("invite: ").expect("then the invite").to_owned();
    (host, key, address, invite)
}

fn join(key: &str, address: &str) -> Running {
    let mut guest = keyroom(&["join", address, "--fernet", "--ui", "plain", "--key-stdin"]);
    guest.line(key);
    assert_eq!(guest.next_line(), format!("joined: {address}"));
    guest
}

#[test]
fn two_guests_and_a_host_read_each_other_line_by_line() {
    let (mut host, key, address, _) = host(&[]);
    let mut anna = join(&key, &address);
    host.error_with("guest 1 came in");
    let mut bo = join(&key, &address);
    host.error_with("guest 2 came in");

    anna.line("hello from Anna");
    assert_eq!(host.next_line(), "guest 1: hello from Anna");
    assert_eq!(bo.next_line(), "host: hello from Anna");
    host.line("welcome");
    assert_eq!(anna.next_line(), "host: welcome");
    assert_eq!(bo.next_line(), "host: welcome");
}

#[test]
fn end_of_input_sends_what_is_pending_and_leaves_with_zero() {
    let (mut host, key, address, _) = host(&[]);
    let mut guest = join(&key, &address);
    host.error_with("came in");
    guest.bytes((0..40).map(|n| format!("line {n}\n")).collect::<String>().as_bytes());
    let (code, out, err) = guest.end();
    assert_eq!((code, out), (Some(0), Vec::<String>::new()), "{err}");
    for n in 0..40 {
        assert_eq!(host.next_line(), format!("guest 1: line {n}"));
    }
    host.error_with("guest 1 left");
    assert_eq!(host.end().0, Some(0));
}

/// Attack matrix rows 23 and 24, plain face.
#[test]
fn a_message_is_one_line_without_controls_whatever_it_holds() {
    let (mut host, key, address, _) = host(&[]);
    let mut guest = keyroom(&["join", &address, "--fernet", "--json", "--key-stdin"]);
    guest.line(&key);
    guest.line_after("{\"event\":\"joined\"");
    guest.line("a\u{1b}]52;c;QUJD\u{7}\u{9b}31m\u{202e}gpj.exe\u{2066}\u{2028}z");
    assert_eq!(host.next_line(), "guest 1: a␛]52;c;QUJD␇⟨U+009B⟩31m⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+2028⟩z");
}

#[test]
fn an_invite_alone_is_enough_to_enter() {
    let (mut host, _, address, invite) = host(&["--name", "Garden"]);
    let mut guest = keyroom(&["join", "--fernet", "--ui", "plain", "--key-stdin"]);
    guest.line(&invite);
    assert_eq!(guest.next_line(), format!("joined: {address}"));
    guest.line("hi");
    assert_eq!(host.next_line(), "guest 1: hi");
}

#[test]
fn ctrl_c_leaves_cleanly() {
    let (host, key, address, _) = host(&[]);
    let guest = join(&key, &address);
    guest.signal("INT");
    assert_eq!(guest.end().0, Some(0));
    host.signal("TERM");
    assert_eq!(host.end().0, Some(0));
}

/// Attack matrix row 34, the command line's part.
#[test]
fn a_secret_as_an_argument_is_refused_with_two_and_a_reason() {
    let key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    let link = format!("keyroom://127.0.0.1:1/?kind=fernet#{key}");
    for secret in [key, link.as_str()] {
        let (code, out, err) = keyroom(&["join", secret, "--fernet"]).end();
        assert_eq!((code, out), (Some(2), vec![]));
        assert!(err.contains("every program on this computer can read it"), "{err}");
        assert!(!err.contains("cw_0"), "the error does not repeat the key");
    }
}

#[test]
fn no_server_a_busy_port_and_half_a_key_each_get_a_sentence() {
    let (busy, key, address, _) = host(&[]);
    let (code, _, err) = keyroom(&["host", "--fernet", "--ui", "plain", "--listen", &address]).end();
    assert_eq!(code, Some(1));
    assert!(err.contains("another program already uses port") && err.contains("--listen"), "{err}");

    let mut half = keyroom(&["join", &address, "--fernet", "--ui", "plain", "--key-stdin"]);
    half.line(&key[..20]);
    let (code, _, err) = half.end();
    assert_eq!(code, Some(2));
    assert!(err.contains("cut short: 20 of 43 characters"), "{err}");

    drop(busy);
    let mut nobody = keyroom(&["join", &address, "--fernet", "--ui", "plain", "--key-stdin"]);
    nobody.line(&key);
    let (code, _, err) = nobody.end();
    assert_eq!(code, Some(1));
    assert!(err.contains("no room is open at this address") && err.contains("Check the address"), "{err}");
}

#[test]
fn a_wrong_key_shows_on_both_sides_and_ends_with_three() {
    let (mut host, _, address, _) = host(&[]);
    let mut guest = join("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", &address);
    host.error_with("came in");
    host.line("can you read this?");
    guest.error_with("that this key does not open");
    guest.line("and this?");
    host.error_with("guest 1 sent a message that this key does not open");
    let (code, out, err) = guest.end();
    assert_eq!((code, out), (Some(3), vec![]));
    assert!(err.contains("Ask the host for the key"), "{err}");
}

#[test]
fn a_line_of_a_megabyte_is_refused_with_its_size_and_the_next_one_goes() {
    let (mut host, key, address, _) = host(&[]);
    let mut guest = join(&key, &address);
    host.error_with("came in");
    guest.line(&"x".repeat(1_000_000));
    assert!(guest.error_with("Not sent").contains("1000001 bytes"));
    guest.line("after it");
    assert_eq!(host.next_line(), "guest 1: after it");
    assert_eq!(guest.end().0, Some(1), "something was not sent");
}

#[test]
fn long_texts_go_in_parts_that_simple_peers_can_read() {
    let (mut host, key, address, _) = host(&[]);
    let mut guest =
        keyroom(&["join", &address, "--fernet", "--ui", "plain", "--key-stdin", "--split", "1024"]);
    guest.line(&key);
    guest.line_after("joined: ");
    let text = "word ".repeat(400);
    guest.line(text.trim_end());
    let mut whole = String::new();
    while whole.len() < text.trim_end().len() {
        let part = host.line_after("guest 1: ");
        assert!(part.len() <= 703, "{}", part.len());
        whole.push_str(&part);
    }
    assert_eq!(whole, text.trim_end());
}

#[test]
fn without_a_display_the_app_says_so_and_hosts_in_the_terminal() {
    let mut app = Running::start(
        Command::new(env!("CARGO_BIN_EXE_keyroom"))
            .args(["--no-discovery", "--ephemeral"])
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY"),
    );
    app.error_with("There is no display here");
    let invite = app.line_after("invite: ");
    // It listens everywhere; this test talks to loopback only.
    let port =
        invite.split(['/', ',']).find_map(|part| part.rsplit_once(':')?.1.parse::<u16>().ok()).unwrap();
    let address = format!("127.0.0.1:{port}");
    let mut guest =
        keyroom(&["--no-discovery", "--ephemeral", "join", &address, "--ui", "plain", "--key-stdin"]);
    guest.line(&invite);
    assert_eq!(guest.next_line(), "joined: Room");
    guest.line("found you");
    assert_eq!(app.next_line(), "Guest: found you");
}

#[test]
fn a_fast_writer_in_parts_waits_instead_of_losing_lines() {
    let (mut host, key, address, _) = host(&[]);
    let mut guest = keyroom(&[
        "join",
        &address,
        "--fernet",
        "--ui",
        "plain",
        "--key-stdin",
        "--split",
        "1024",
        "--pace",
        "1",
    ]);
    guest.line(&key);
    guest.line_after("joined: ");
    let line = "0123456789".repeat(2_000);
    for _ in 0..40 {
        guest.line(&line);
    }
    let (code, _, err) = guest.end();
    assert_eq!(code, Some(0), "{err}");
    let mut bytes = 0;
    while bytes < 40 * line.len() {
        bytes += host.line_after("guest 1: ").len();
    }
    assert_eq!(bytes, 40 * line.len());
}
