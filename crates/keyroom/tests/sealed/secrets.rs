//! Keys and texts do not turn up where they should not.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};

use keyroom_testkit::relay::quiet_address;

use crate::support::{Home, hosting};

/// Attack matrix rows 7, 34 and 36.
#[test]
fn neither_key_nor_text_turns_up_in_arguments_directories_or_logs() {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let host = ["-v", "host", "--ui", "plain", "--name", "Room-canary", "--as", "Ada", "--listen", &at];
    let mut host = hosting(ada.run(&host));
    let mut guest = ben.run(&["-v", "join", "--key-stdin", "--as", "Ben", "--json"]);
    guest.line(&host.invite);
    guest.line_after("{\"event\":\"joined\"");
    guest.line(TEXT);
    assert_eq!(host.run.next_line(), format!("Ben: {TEXT}"));
    let key = host.key.trim_end_matches('=');
    for process in [host.run.id(), guest.id()] {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(format!("/proc/{process}/{file}")).expect("it runs");
            assert!(!contains(&bytes, key.as_bytes()), "{file} holds the key");
        }
    }
    let (_, _, guest_err) = guest.end();
    let (_, _, host_err) = host.run.end();
    for err in [&guest_err, &host_err] {
        assert!(!err.contains(key) && !err.contains(TEXT), "{err}");
    }
    for home in [&ada, &ben] {
        let files = files_below(home.0.path());
        assert!(files.iter().any(|file| file.ends_with("profile.db")), "{files:?}");
        for file in &files {
            let bytes = fs::read(file).expect("nobody has it open");
            for secret in [key, TEXT, "Room-canary"] {
                assert!(!contains(&bytes, secret.as_bytes()), "{secret} is in {}", file.display());
            }
        }
    }
    assert!(ada.0.path().join("profile/relay").is_dir(), "the relay's data were looked at, too");
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const TEXT: &str = "canary-zx81-in-a-coal-mine";
