//! Keys, names and texts do not turn up where they should not.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyroom_testkit::process::Running;
use keyroom_testkit::relay::{Relay, quiet_address};
use keyroom_testkit::scratch::Scratch;

use crate::recorder::Recorder;
use crate::support::{Home, Host, hosting, next};

/// A relay of its own that says all that it can say, a network that is recorded, and people with a profile each.
struct Scene {
    relay: Relay,
    scratch: Scratch,
    recorder: Recorder,
}

impl Scene {
    fn new(label: &str) -> Self {
        let scratch = Scratch::new(label);
        let config = scratch.write("relay.toml", "log_level = \"debug\"\n");
        let (data, address) = (scratch.path().join("data"), quiet_address());
        let relay = Relay::start(move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
            command.args(["relay", "--listen", &address]).arg("--config").arg(&config);
            command.arg("--data").arg(&data);
            command
        });
        let recorder = Recorder::before(&relay.way().address.to_string());
        Self { relay, scratch, recorder }
    }

    /// A room on that relay, by the way that is recorded.
    fn host(&self, ada: &Home) -> Host {
        let at = format!("keyroom://{}?pin={}", self.recorder.at, self.relay.way().pin);
        hosting(ada.run(&["-v", "host", "--ui", "plain", "--name", ROOM, "--as", ADA, "--at", &at]))
    }
}

fn enters(ben: &Home, invite: &str) -> Running {
    let mut guest = ben.run(&["-v", "join", "--key-stdin", "--as", BEN, "--json"]);
    guest.line(invite);
    guest.line_after("{\"event\":\"joined\"");
    guest
}

/// Attack matrix rows 1, 7, 34, 35 and 36: what is said, what it is called, who says it, the keys and the passphrase are in no byte
/// of the network, of the relay's directory, of the profiles, of any log, and of what other programs can read of a process.
#[test]
fn no_canary_is_in_the_capture_the_relay_the_profiles_the_logs_or_the_arguments() {
    let mut scene = Scene::new("canaries");
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    for home in [&ada, &ben] {
        home.0.write("passphrase", &format!("{PASSPHRASE}\n"));
    }
    let mut host = scene.host(&ada);
    let mut guest = enters(&ben, &host.invite);
    guest.line(TEXT);
    assert_eq!(host.run.next_line(), format!("{BEN}: {TEXT}"));
    host.run.line(ANSWER);
    assert_eq!(next(&mut guest, "message")["text"], ANSWER);

    let first = host.key.trim_end_matches('=').to_owned();
    let mut canaries: Vec<String> =
        [ROOM, ADA, BEN, TEXT, ANSWER, PASSPHRASE, &first].map(str::to_owned).to_vec();
    for process in [host.run.id(), guest.id(), scene.relay.id()] {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(format!("/proc/{process}/{file}")).expect("it runs");
            // What a person calls a room and herself is no secret of hers: she wrote it there.
            for canary in canaries.iter().filter(|canary| ![ROOM, ADA, BEN].contains(&canary.as_str())) {
                assert!(!contains(&bytes, canary.as_bytes()), "{file} holds {canary}");
            }
        }
    }
    let (_, _, guest_err) = guest.end();
    let (_, _, host_err) = host.run.end();
    // Another door: its key crosses the network, sealed.
    let removed = ada.done(&["remove", ROOM, BEN]);
    let second = removed[1].rsplit_once('#').expect("a new invite").1.trim_end_matches('=').to_owned();
    assert_ne!(second, first);
    canaries.push(second);
    assert_eq!(scene.relay.end(), Some(0));

    let capture = scene.recorder.recorded();
    assert!(capture.len() >= 3, "all three spoke by the way that is recorded");
    for (connection, ways) in capture.iter().enumerate() {
        for bytes in ways {
            assert!(bytes.len() > 1_000, "connection {connection} has a conversation in it");
            absent(&canaries, bytes, "the network");
        }
    }
    let said = scene.relay.said().join("\n");
    assert!(said.contains("connected with"), "the relay's log is on: {said}");
    absent(&canaries, said.as_bytes(), "the relay's log");
    for err in [&guest_err, &host_err] {
        // People are told who came and what the room is called; that is no log.
        let secrets: Vec<String> =
            canaries.iter().filter(|canary| ![ROOM, ADA, BEN].contains(&canary.as_str())).cloned().collect();
        absent(&secrets, err.as_bytes(), "standard error");
    }
    let data = files_below(&scene.scratch.path().join("data"));
    assert!(data.iter().any(|file| fs::read(file).is_ok_and(|bytes| bytes.len() > 10_000)), "{data:?}");
    let profiles = [&ada, &ben].map(|home| files_below(&home.0.path().join("profile")));
    for files in profiles.iter().chain([&data]) {
        for file in files {
            absent(&canaries, &fs::read(file).expect("nobody has it open"), &file.display().to_string());
        }
    }
    assert!(profiles.iter().flatten().filter(|file| file.ends_with("profile.db")).count() == 2);
}

/// Attack matrix row 7, where host and relay are one program.
#[test]
fn no_canary_is_in_the_directory_of_a_host_that_is_its_own_relay() {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let mut host =
        hosting(ada.run(&["-v", "host", "--ui", "plain", "--name", ROOM, "--as", ADA, "--listen", &at]));
    let mut guest = enters(&ben, &host.invite);
    guest.line(TEXT);
    assert_eq!(host.run.next_line(), format!("{BEN}: {TEXT}"));
    let key = host.key.trim_end_matches('=').to_owned();
    assert_eq!(guest.end().0, Some(0));
    assert_eq!(host.run.end().0, Some(0));
    let canaries = [ROOM, ADA, BEN, TEXT, &key].map(str::to_owned);
    for home in [&ada, &ben] {
        for file in files_below(&home.0.path().join("profile")) {
            absent(&canaries, &fs::read(&file).expect("nobody has it open"), &file.display().to_string());
        }
    }
    assert!(ada.0.path().join("profile/relay").is_dir(), "the relay's data were looked at, too");
}

/// Attack matrix row 35: whatever the umask, what is kept is its owner's alone, a hosted relay's files too; and a guess at the
/// passphrase costs what is promised.
#[test]
fn what_is_kept_is_closed_to_others_and_each_guess_costs_64_mib_and_three_passes() {
    let ada = Home::new("ada");
    let path = |name: &str| ada.0.path().join(name).to_str().unwrap().to_owned();
    let (profile, passphrase) = (path("parent/profile"), path("passphrase"));
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_keyroom")]);
    command.args(["--no-discovery", "--profile", &profile, "--passphrase-file", &passphrase]);
    command.args(["host", "--ui", "plain", "--listen", "127.0.0.1:0"]);
    let mut host = hosting(Running::start(&mut command));
    host.run.line(TEXT);
    assert_eq!(host.run.end().0, Some(0));
    let dir = Path::new(&profile);
    let files = files_below(dir);
    assert!(files.iter().any(|file| file.starts_with(dir.join("relay"))), "{files:?}");
    for file in &files {
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file), 0o600, "{}", file.display());
        let parents = file.ancestors().skip(1).take_while(|parent| parent.starts_with(dir));
        parents.for_each(|parent| assert_eq!(mode(parent), 0o700, "{}", parent.display()));
    }
    // Its form: `crates/keyroom-history/src/key_file.rs`.
    let key = fs::read(dir.join("profile.key")).unwrap();
    let costs: Vec<u32> =
        key[5..17].chunks(4).map(|number| u32::from_be_bytes(number.try_into().unwrap())).collect();
    assert_eq!(costs, [64 * 1024, 3, 4]);
}

/// Attack matrix row 5: what the network sees of a message is one of a few lengths, by the bucket, whatever is in it.
#[test]
fn the_records_of_messages_have_one_length_for_each_bucket() {
    let scene = Scene::new("lengths");
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let host = scene.host(&ada);
    let connection = scene.recorder.recorded().len();
    let mut guest = enters(&ben, &host.invite);
    // So that nothing else of Ben's is on its way: a person without others sends no receipts.
    assert_eq!(host.run.end().0, Some(0));
    let mut lengths = |text: &str| {
        let before = scene.recorder.sent_records(connection).len();
        guest.line(text);
        next(&mut guest, "sent");
        // The append is by far the largest.
        scene.recorder.sent_records(connection)[before..].iter().copied().max().expect("something was sent")
    };
    let mut buckets = Vec::new();
    for (least, most) in BUCKETS {
        let seen: BTreeSet<usize> = [least, least + 1, (least + most) / 2, most - 7, most]
            .map(|length| lengths(&"x".repeat(length)))
            .into();
        assert_eq!(seen.len(), 1, "texts of {least} to {most} bytes: {seen:?}");
        buckets.extend(seen);
    }
    assert!(buckets.windows(2).all(|pair| pair[0] < pair[1]), "{buckets:?}");
}

fn absent(canaries: &[String], bytes: &[u8], place: &str) {
    for canary in canaries {
        assert!(!contains(bytes, canary.as_bytes()), "{canary} is in {place}");
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    // By the first byte first: captures and databases are long.
    let (first, rest) = part.split_first().expect("a canary is something");
    let mut from = bytes;
    while let Some(at) = from.iter().position(|byte| byte == first) {
        from = &from[at + 1..];
        if from.starts_with(rest) {
            return true;
        }
    }
    false
}

const TEXT: &str = "canary-zx81-in-a-coal-mine";
const ANSWER: &str = "canary-c64-sings-no-more";
const ROOM: &str = "Room-canary-7b1f";
const ADA: &str = "Ada-canary-88c2";
const BEN: &str = "Ben-canary-90d4";
const PASSPHRASE: &str = "canary correct horse battery";

/// Lengths of texts whose contents, with some 40 bytes around them, are of one bucket: 512 B, 1, 2 and 4 KiB.
const BUCKETS: [(usize, usize); 4] = [(1, 440), (520, 950), (1_100, 1_950), (2_200, 4_000)];
