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
