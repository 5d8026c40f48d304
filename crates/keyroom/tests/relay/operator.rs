//! The relay as a new operator meets it: what does not work says what happened, why, and what to do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use keyroom_testkit::crowd::{Code, Crowd, Lost, Say};
use keyroom_testkit::https;
use keyroom_testkit::process::Running;
use keyroom_testkit::relay::{Relay, quiet_address};
use keyroom_testkit::scratch::Scratch;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use crate::{UNBOUND, relay};

/// Runs `keyroom relay` with these arguments to its end, which must come with this code and one sentence, or a few, on one
/// line of standard error.
fn refused(code: i32, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    let (ended, out, err) = Running::start(command.arg("relay").args(args)).end();
    assert_eq!((ended, out), (Some(code), Vec::new()), "{args:?}: {err}");
    let text = err.strip_prefix("keyroom: ").unwrap_or_else(|| panic!("{args:?}: {err}")).to_owned();
    assert!(text.ends_with('.') && !text.contains('\n'), "{args:?}: {text:?}");
    assert!(!text.starts_with(char::is_lowercase), "{args:?}: {text:?}");
    text
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a temporary directory has a plain name")
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let scratch = Scratch::new("taken");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = refused(1, &["--data", shown(scratch.path()), "--listen", &address]);
    assert!(text.contains(&format!("cannot listen at {address}")) && text.contains("--listen"), "{text}");
}

#[test]
fn a_key_that_does_not_exist_is_named_with_its_file_and_line() {
    let scratch = Scratch::new("unknown-key");
    let file = scratch.write("relay.toml", "listen = [\":7443\"]\n\n[quotas]\nroomz = 3\n");
    let text = refused(2, &["--config", shown(&file)]);
    assert!(text.contains(shown(&file)) && text.contains("line 4") && text.contains("`roomz`"), "{text}");
    assert!(text.contains("Check its spelling, or take it out"), "{text}");
    let text = refused(2, &["--config", shown(&scratch.path().join("none.toml"))]);
    assert!(text.contains("none.toml cannot be read") && text.contains("Check its path"), "{text}");
}

#[test]
fn memory_and_data_do_not_go_together() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    let (code, _, err) = Running::start(command.args(["relay", "--memory", "--data", "x"])).end();
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--memory") && err.contains("--data"), "{err}");
    let scratch = Scratch::new("memory");
    let file = scratch.write("relay.toml", "memory = true\ndata = \"/x\"\n");
    assert!(refused(2, &["--config", shown(&file)]).contains("take one of them out"));
}

#[test]
fn a_directory_of_a_running_relay_is_not_opened_twice() {
    let scratch = Scratch::new("twice");
    let mut first = relay(scratch.path(), "");
    let data = scratch.path().join("data");
    let text = refused(1, &["--data", shown(&data), "--listen", &quiet_address()]);
    assert!(text.contains("nother") && text.contains("Stop the other one"), "{text}");
    assert!(text.contains(shown(&data)), "{text}");
    assert_eq!(https::get(first.way(), "/readyz").status, 200, "the first one goes on");
    assert_eq!(first.end(), Some(0));
}

#[test]
fn a_place_that_cannot_hold_data_is_named_with_what_to_do() {
    let scratch = Scratch::new("no-place");
    let file = scratch.write("file", "not a directory");
    for place in [file.clone(), file.join("below"), Path::new("/proc/keyroom").to_owned()] {
        let text = refused(1, &["--data", shown(&place), "--listen", &quiet_address()]);
        assert!(text.contains(shown(&place)) && text.contains("--data DIR"), "{text}");
    }
}

#[test]
fn a_certificate_that_cannot_work_is_refused_before_anybody_is_let_in() {
    let scratch = Scratch::new("certificates");
    for (name, ends) in [("good", 2999), ("expired", 2020)] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["relay.example.org".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(ends, 1, 1));
        scratch.write(&format!("{name}.pem"), &params.self_signed(&key).unwrap().pem());
        scratch.write(&format!("{name}.key"), &key.serialize_pem());
    }
    let start = |certificate: &str, key: &str| {
        let here = |name: &str| scratch.path().join(name);
        let text = format!(
            "names = [\"relay.example.org\"]\ncertificate = {:?}\nkey = {:?}\n",
            here(certificate),
            here(key)
        );
        let config = scratch.write("relay.toml", &text);
        let (config, data) = (shown(&config), here("data"));
        refused(1, &["--config", config, "--data", shown(&data), "--listen", &quiet_address()])
    };
    let text = start("expired.pem", "expired.key");
    assert!(text.contains("expired.pem") && text.contains("has expired. Renew it"), "{text}");
    let text = start("good.pem", "expired.key");
    assert!(text.contains("expired.key") && text.contains("not the key of the certificate"), "{text}");
    let text = start("none.pem", "good.key");
    assert!(text.contains("none.pem") && text.contains("Check the path"), "{text}");
}

/// Attack matrix row 6, the orderly part.
#[test]
fn a_relay_that_is_asked_to_end_says_goodbye_and_is_the_same_when_it_comes_back() {
    let scratch = Scratch::new("goodbye");
    let mut relay = relay(scratch.path(), UNBOUND);
    let mut crowd = Crowd::new(relay.way(), 1);
    let room = crowd.found(3);
    crowd.say(room[1], (0..5).map(|number| Say::message(format!("before {number}"))));
    crowd.wait("it is said", |all| all[room[1]].is_done());
    crowd.relay_is_up(false);
    assert_eq!(relay.end(), Some(0));
    crowd.wait("all are told", |all| {
        room.iter().all(|&member| all[member].lost.first() == Some(&Lost::Relay(Code::Shutdown)))
    });
    let key = crowd.with(room[0], |one| one.log_key);
    // The same pin: a relay with another one would be another relay.
    relay.start_again();
    crowd.relay_is_up(true);
    crowd.wait("all are back", |all| room.iter().all(|&member| all[member].live));
    crowd.say(room[2], [Say::message("after")]);
    let summary = crowd.settle(&room);
    assert_eq!((summary.envelopes, summary.acknowledged), (7, 7));
    // The same log key: a link that knows it stops where it is another one.
    assert_eq!(crowd.with(room[0], |one| one.log_key), key);
    assert_eq!(relay.end(), Some(0));
}

#[test]
fn the_pages_for_operators_show_what_happened() {
    let scratch = Scratch::new("pages");
    let mut relay = relay(scratch.path(), UNBOUND);
    assert_eq!(https::get(relay.way(), "/healthz").body, "ok\n");
    assert_eq!(https::get(relay.way(), "/readyz").body, "ready\n");
    let mut crowd = Crowd::new(relay.way(), 2);
    let room = crowd.found(4);
    crowd.say(room[3], (0..6).map(|number| Say::message(format!("{number}"))));
    crowd.wait("all have it", |all| room.iter().all(|&member| all[member].log.len() == 7));
    let page = https::get(relay.way(), "/metrics");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("application/openmetrics-text"), "{}", page.head);
    assert!(page.body.ends_with("# EOF\n"), "{}", page.body);
    let lines: Vec<&str> = page.body.lines().collect();
    for line in [
        "keyroom_links 4",
        "keyroom_rooms 1",
        "keyroom_rooms_served 1",
        "keyroom_appended_total 7",
        "keyroom_delivered_total 28",
        "keyroom_repeated_total 0",
        "keyroom_refused_total{code=\"stale\"} 0",
        "keyroom_http_requests_total{route=\"link\",status=\"101\"} 4",
        "keyroom_http_requests_total{route=\"healthz\",status=\"200\"} 1",
    ] {
        assert!(lines.contains(&line), "{line} is not in {}", page.body);
    }
    assert_eq!(https::get(relay.way(), "/").status, 404);
    assert_eq!(relay.end(), Some(0));
}

#[test]
fn rooms_in_memory_end_with_their_relay() {
    let address = quiet_address();
    let mut relay = Relay::start(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
        command.args(["relay", "--memory", "--listen", &address]);
        // Nothing is kept: not even where data would be.
        command.env("XDG_DATA_HOME", "/proc/nowhere");
        command
    });
    let mut crowd = Crowd::new(relay.way(), 3);
    let room = crowd.found(2);
    crowd.say(room[0], [Say::message("hi")]);
    let summary = crowd.settle(&room);
    assert_eq!(summary.envelopes, 2);
    assert_eq!(relay.end(), Some(0));
    assert!(fs::metadata("/proc/nowhere").is_err());
}
