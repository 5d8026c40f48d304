//! SIGHUP: configuration and certificate are read again.

use std::path::Path;

use keyroom_testkit::https;
use keyroom_testkit::process::Running;
use keyroom_testkit::relay::{Way, quiet_address};
use keyroom_testkit::scratch::Scratch;
use keyroom_types::{Digest, KeyPin};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, date_time_ymd};

use crate::relay;

/// Puts a new certificate in its files; the pin of its key.
fn issue(scratch: &Scratch, name: &str) -> KeyPin {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2999, 1, 1));
    scratch.write("relay.pem", &params.self_signed(&key).unwrap().pem());
    scratch.write("relay.key", &key.serialize_pem());
    KeyPin::from_bytes(*Digest::of(&key.subject_public_key_info()).as_bytes())
}

fn config(scratch: &Scratch, rest: &str) -> std::path::PathBuf {
    let at = |name: &str| scratch.path().join(name);
    let text = format!(
        "names = [\"relay.example.org\"]\ncertificate = {:?}\nkey = {:?}\ndata = {:?}\n{rest}\n",
        at("relay.pem"),
        at("relay.key"),
        at("data")
    );
    scratch.write("relay.toml", &text)
}

fn start(config: &Path, address: &str) -> Running {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyroom"));
    command.args(["relay", "--listen", address, "--config"]).arg(config);
    let mut running = Running::start(&mut command);
    assert_eq!(running.line_after("relay: "), format!("https://relay.example.org:{}", port(address)));
    running
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').unwrap().1
}

fn count(way: &Way, line: &str) -> bool {
    https::get(way, "/metrics").body.lines().any(|there| there == line)
}

#[test]
fn new_handshakes_show_the_new_certificate_and_a_bad_one_keeps_the_old() {
    let scratch = Scratch::new("reload-certificate");
    let first = issue(&scratch, "relay.example.org");
    let (file, address) = (config(&scratch, ""), quiet_address());
    let mut running = start(&file, &address);
    let at = |pin| Way { address: address.parse().unwrap(), pin };
    let mut kept = https::websocket(&at(first)).unwrap();

    let second = issue(&scratch, "relay.example.org");
    running.signal("HUP");
    running.error_with("were read again");
    assert!(https::tls(&at(first)).is_err(), "the first one is shown no more");
    assert!(count(&at(second), "keyroom_reloads_total{result=\"done\"} 1"));
    assert!(count(&at(second), "keyroom_certificate_ends_seconds 32472144000"));
    // Who is there goes on: a ping comes back.
    https::ping(&mut kept).unwrap();

    // For another name, half of a pair, and nothing at all.
    issue(&scratch, "other.example.org");
    running.signal("HUP");
    let line = running.error_with("cannot be used");
    assert!(line.contains("is not for relay.example.org"), "{line}");
    scratch.write("relay.key", &KeyPair::generate().unwrap().serialize_pem());
    running.signal("HUP");
    running.error_with("cannot be used");
    std::fs::remove_file(scratch.path().join("relay.pem")).unwrap();
    running.signal("HUP");
    running.error_with("no certificate can be read");
    assert!(count(&at(second), "keyroom_reloads_total{result=\"refused\"} 3"));

    let third = issue(&scratch, "relay.example.org");
    running.signal("HUP");
    running.error_with("were read again");
    assert!(count(&at(third), "keyroom_reloads_total{result=\"done\"} 2"));
    drop(kept);
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn limits_hold_at_once_and_a_file_with_a_fault_changes_nothing() {
    let scratch = Scratch::new("reload-limits");
    let mut relay = relay(scratch.path(), "");
    let way = relay.way().clone();
    let file = scratch.path().join("relay.toml");
    let reload = |relay: &mut keyroom_testkit::relay::Relay, text: &str, said: &str| {
        std::fs::write(&file, text).unwrap();
        relay.process().signal("HUP");
        relay.process().error_with(said)
    };
    let kept = https::websocket(&way).unwrap();
    reload(&mut relay, "metrics = \"off\"\n[quotas]\nlinks_per_address = 2\n", "were read again");
    assert_eq!(https::get(&way, "/metrics").status, 404);
    let second = https::websocket(&way).unwrap();
    assert!(https::websocket(&way).is_err(), "two are there");
    drop(second);

    let line = reload(&mut relay, "[quotas]\nlinks = 0\n", "cannot be used");
    assert!(line.contains("relay.toml, line 2: with `links = 0` nobody could connect"), "{line}");
    assert_eq!(https::get(&way, "/metrics").status, 404, "all stays as it is");
    let line = reload(&mut relay, "names = [\"a.example.org\"]\nlog_format = \"json\"\n", "take a restart");
    assert!(line.contains("names, log_format"), "{line}");
    let page = https::get(&way, "/metrics").body;
    assert!(page.contains("keyroom_reloads_total{result=\"refused\"} 1\n"), "{page}");
    assert!(page.contains("keyroom_link_refusals_total{reason=\"too_many_from_address\"} 1\n"), "{page}");
    let more: Vec<_> = (0..5).map(|_| https::websocket(&way).unwrap()).collect();

    // A certificate in files does not replace the relay's own key, which invites pin.
    issue(&scratch, "relay.example.org");
    let text = std::fs::read_to_string(config(&scratch, "")).unwrap();
    let line = reload(&mut relay, &text, "take a restart");
    assert!(line.contains("certificate"), "{line}");
    assert_eq!(https::get(&way, "/healthz").status, 200, "with the pin that it had");
    drop((kept, more));
    assert_eq!(relay.end(), Some(0));
}
