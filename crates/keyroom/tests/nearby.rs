//! The command line on a network of its own: two namespaces and a cable, so that no multicast leaves the test.
#![cfg(target_os = "linux")]

use keyroom_testkit::netns::Cable;
use keyroom_testkit::process::Running;

#[test]
fn join_with_a_key_alone_finds_the_only_room_on_the_network() {
    let cable = match Cable::lay("find") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let keyroom = |side: usize, args: &[&str]| {
        let mut command = cable.command(side, env!("CARGO_BIN_EXE_keyroom"));
        Running::start(command.args(args).args(["--fernet", "--ui", "plain"]))
    };
    let mut host = keyroom(0, &["host"]);
    let key = host.line_after("key: ");
    let address = host.line_after("address: ");
    assert!(
        address.starts_with(&Cable::address(0).to_string()),
        "an address for others comes first: {address}"
    );

    let mut guest = keyroom(1, &["join", "--key-stdin"]);
    guest.line(&key);
    assert_eq!(guest.next_line(), format!("joined: {address}"));
    guest.line("found by its key");
    assert_eq!(host.line_after("guest 1: "), "found by its key");
}

/// A joiner on the same Wi-Fi needs the key of a sealed room and nothing else; and the cable may come and go.
#[test]
fn a_sealed_room_is_found_by_its_key_and_outlives_a_cut_cable() {
    let cable = match Cable::lay("beacon") {
        Ok(cable) => cable,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let keyroom = |side: usize, args: &[&str]| {
        let mut command = cable.command(side, env!("CARGO_BIN_EXE_keyroom"));
        Running::start(command.args(args).args(["--ui", "plain", "--ephemeral"]))
    };
    let mut host = keyroom(0, &["host", "--name", "Kitchen", "--as", "Ada"]);
    let key = host.line_after("key: ");
    let mut joiner = keyroom(1, &["join", "--as", "Ben", "--key-stdin"]);
    joiner.line(&key);
    assert_eq!(joiner.next_line(), "joined: Kitchen");
    joiner.line("found by its key");
    assert_eq!(host.line_after("Ben: "), "found by its key");

    cable.plug(false);
    host.line("said while the cable was out");
    joiner.line("so was this");
    cable.plug(true);
    assert_eq!(joiner.line_after("Ada: "), "said while the cable was out");
    assert_eq!(host.line_after("Ben: "), "so was this");
}
