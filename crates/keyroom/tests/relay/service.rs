//! The service file: what systemd would start, and how it is told.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use keyroom_testkit::process::Running;
use keyroom_testkit::relay::quiet_address;
use keyroom_testkit::scratch::Scratch;

const UNIT: &str = include_str!("../../../../dist/systemd/keyroom-relay.service");

/// What the unit runs under this key, with our program and this configuration.
fn command(key: &str, config: &Path) -> Command {
    let line = UNIT.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let mut words = line.unwrap_or_else(|| panic!("the unit has {key}")).split(' ');
    assert_eq!(words.next(), Some("/usr/bin/keyroom"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    for word in words {
        match word {
            "/etc/keyroom/relay.toml" => command.arg(config),
            other => command.arg(other),
        };
    }
    command
}

#[test]
fn the_service_is_ready_when_it_serves_and_says_when_it_reloads_and_ends() {
    let scratch = Scratch::new("service");
    let text = format!("listen = [{:?}]\ndata = {:?}\n", quiet_address(), scratch.path().join("data"));
    let config = scratch.write("relay.toml", &text);
    assert_eq!(Running::start(&mut command("ExecStartPre", &config)).end().0, Some(0));
    assert!(!scratch.path().join("data").exists(), "a check changes nothing");

    let path = scratch.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut text = [0; 100];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    let mut running = Running::start(command("ExecStart", &config).env("NOTIFY_SOCKET", &path));
    assert_eq!(told(), "READY=1");
    let address = running.line_after("address: ");
    std::net::TcpStream::connect(address).expect("ready is when it can be reached");
    running.signal("HUP");
    assert_eq!((told(), told()), ("RELOADING=1".to_owned(), "READY=1".to_owned()));
    running.signal("TERM");
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn systemd_finds_no_fault_in_the_unit_and_little_that_it_may() {
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else {
        return println!("skipped: systemd-analyze is not here");
    };
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    let number = text.split(' ').nth(1).and_then(|number| number.parse::<u32>().ok());
    if number.is_none_or(|number| number < 250) {
        return println!("skipped: systemd-analyze of {number:?} does not look at files");
    }
    let scratch = Scratch::new("unit");
    // It must find the programs where the unit has them.
    let here = UNIT.replace("/usr/bin/keyroom", env!("CARGO_BIN_EXE_keyroom"));
    let unit = scratch.write("keyroom-relay.service", &here.replace("/usr/bin/kill", "/bin/kill"));
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("keyroom")).collect();
    assert_eq!(ours, Vec::<&str>::new());
    let secure = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=15"])
        .arg(&unit)
        .output()
        .unwrap();
    assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
}
