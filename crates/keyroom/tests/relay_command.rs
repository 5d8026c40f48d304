//! `keyroom relay`, as an operator's scripts see it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use keyroom_testkit::process::Running;

fn relay(args: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    Running::start(command.arg("relay").args(args))
}

/// A directory of this test's own.
fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("keyroom-relay-command-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn it_says_where_it_is_and_what_its_key_is() {
    let mut relay = relay(&["--memory", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    let first = relay.next_line().strip_prefix("address: ").unwrap().to_owned();
    let second = relay.next_line().strip_prefix("address: ").unwrap().to_owned();
    assert_ne!(first, second);
    let shown = relay.next_line();
    let pin =
        shown.strip_prefix(&format!("relay: keyroom://{first}?pin=")).unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(pin.len(), 43, "32 bytes in base64url: {pin}");
}

#[test]
fn its_key_stays_over_a_restart_and_a_terminated_relay_ends_with_zero() {
    let dir = scratch("restart");
    let start = || {
        let mut relay = relay(&["--data", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        let pin = relay.line_after("relay: ").split_once("?pin=").unwrap().1.to_owned();
        (relay, pin)
    };
    let (first, pin) = start();
    first.signal("TERM");
    assert_eq!(first.end().0, Some(0));
    let (_second, again) = start();
    assert_eq!(again, pin);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_bad_configuration_is_a_usage_error_with_file_and_line() {
    let dir = scratch("config");
    let file = dir.join("relay.toml");
    std::fs::write(&file, "memory = true\nlisen = []\n").unwrap();
    let (code, out, err) = relay(&["--config", file.to_str().unwrap()]).end();
    assert_eq!((code, out.len()), (Some(2), 0), "{err}");
    assert!(err.contains("relay.toml, line 2: unknown field `lisen`"), "{err}");
    let (code, _, err) = relay(&["--config", "/nowhere/relay.toml"]).end();
    assert_eq!(code, Some(2));
    assert!(err.contains("/nowhere/relay.toml cannot be read"), "{err}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_taken_port_is_an_error_that_says_what_to_do() {
    let mut first = relay(&["--memory", "--listen", "127.0.0.1:0"]);
    let address = first.line_after("address: ");
    let (code, _, err) = relay(&["--memory", "--listen", &address]).end();
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("Another program listens there: choose another port with --listen"), "{err}");
}

#[test]
fn check_config_says_what_a_relay_would_do_and_changes_nothing() {
    let dir = scratch("check");
    let (file, data) = (dir.join("relay.toml"), dir.join("data"));
    std::fs::write(&file, format!("listen = [\"127.0.0.1:7\"]\ndata = {data:?}\n[quotas]\nlinks = 70\n"))
        .unwrap();
    let check = |args: &[&str]| {
        let (code, out, err) = relay(&[&["check-config"], args].concat()).end();
        (code, out.join("\n"), err)
    };
    let (code, out, err) = check(&["--config", file.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    for sentence in [
        &format!("The relay could start with {}.", file.display()),
        "It listens at 127.0.0.1:7.",
        &format!("It keeps its data in {}.", data.display()),
        "It shows a certificate of its own",
        "It takes 70 connections at once.",
    ] {
        assert!(out.contains(sentence), "{out}");
    }
    assert!(!data.exists());
    assert_eq!(check(&["--config", file.to_str().unwrap(), "--data", file.to_str().unwrap()]).0, Some(2));

    std::fs::write(&file, "[quotas]\nlinks = 0\n").unwrap();
    let (code, out, err) = check(&["--config", file.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(
        err.contains("relay.toml, line 2: with `links = 0` nobody could connect. Choose 1 or more."),
        "{err}"
    );
    std::fs::write(
        &file,
        "names = [\"a.example\"]\ncertificate = \"/nowhere.pem\"\nkey = \"/nowhere.key\"\n",
    )
    .unwrap();
    let (code, _, err) = check(&["--config", file.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(err.starts_with("keyroom: /nowhere.pem: no certificate can be read"), "{err}");
    std::fs::remove_dir_all(dir).unwrap();
}
