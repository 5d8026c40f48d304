//! What a new person meets: nobody there, a full disk. The rest of the walk: `talking`, `relays`, `refusals`, `profiles`.

use std::fs;

use keyroom_testkit::relay::{Relay, quiet_address};
use keyroom_testkit::scratch::Scratch;
use keyroom_testkit::tmpfs::Tmpfs;

use crate::support::{Home, hosting, keyroom, sentence};

/// Two come while nobody is in the room, one after the other and not at once, say something and go; whoever is back reads it.
#[test]
fn a_room_on_a_relay_can_be_entered_and_written_to_while_nobody_is_there() {
    let scratch = Scratch::new("walk-relay");
    let (data, address) = (scratch.path().join("data"), quiet_address());
    let relay = Relay::start(move || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyroom"));
        command.args(["relay", "--listen", &address]).arg("--data").arg(&data);
        command
    });
    let at = format!("keyroom://{}?pin={}", relay.way().address, relay.way().pin);
    let ada = Home::new("ada");
    let host = ["host", "--ui", "plain", "--name", "Hall", "--as", "Ada", "--at", &at];
    let first = hosting(ada.run(&host));
    let mut run = first.run;
    run.line("come in, I am out");
    assert_eq!(run.end().0, Some(0));

    for who in ["Ben", "Cleo"] {
        let home = Home::new(who);
        let mut guest = home.run(&["join", "--key-stdin", "--as", who, "--ui", "plain"]);
        guest.line(&first.invite);
        assert_eq!(guest.next_line(), "joined: Hall");
        let waiting = guest.error_with("Waiting for the room");
        assert!(waiting.contains("somebody who is in it must be online"), "{waiting}");
        guest.line(&format!("{who} was here"));
        let (code, out, err) = guest.end();
        assert_eq!(code, Some(0), "{err}");
        assert!(!out.contains(&"Ada: come in, I am out".to_owned()), "row 31: nothing from before");
    }
    let mut again = hosting(ada.run(&host));
    again.run.error_with("Ben came in");
    assert_eq!(again.run.next_line(), "Ben: Ben was here");
    assert_eq!(again.run.next_line(), "Cleo: Cleo was here");
    again.run.error_with("Cleo came in");
}

/// Attack matrix row 2: the relay of a room that one is in has another key than before.
#[test]
fn a_member_whose_relay_has_another_key_is_told_once_and_sends_nothing_there() {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let host = ["host", "--ui", "plain", "--name", "Den", "--as", "Ada", "--listen", &at];
    let first = hosting(ada.run(&host));
    let mut guest = ben.run(&["-v", "join", "--key-stdin", "--as", "Ben", "--ui", "plain"]);
    guest.line(&first.invite);
    assert_eq!(guest.next_line(), "joined: Den");
    guest.error_with("you are in");
    assert_eq!(first.run.end().0, Some(0));
    guest.error_with("The connection is gone");
    guest.line("for Ada only");

    fs::remove_dir_all(ada.0.path().join("profile/relay/tls")).unwrap();
    let second = hosting(ada.run(&host));
    let text = guest.error_with("not trusted");
    assert!(text.contains("Nothing was sent to it") && text.contains("Ask for a new invite"), "{text}");
    assert_eq!(second.run.end().1, Vec::<String>::new(), "nothing came");
    let (_, out, err) = guest.end();
    assert!(out.is_empty() && !err.contains("not trusted"), "it is not said with each try: {err}");
}

/// Attack matrix row 46, where the disk is a person's: it is said what happened, what is kept, and what to do; and it is kept.
#[test]
fn a_full_disk_is_said_whether_a_profile_is_made_or_a_room_is_open_and_what_was_stored_is_there_after_it() {
    let disk = match Tmpfs::mount("walk-space", 3 << 20) {
        Ok(disk) => disk,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let scratch = Scratch::new("walk-passphrase");
    let passphrase = scratch.write("passphrase", "correct horse\n");
    let profile = disk.path().join("profile");
    let way = ["--profile", profile.to_str().unwrap(), "--passphrase-file", passphrase.to_str().unwrap()];
    let host = [&way[..], &["host", "--json", "--as", "Ada", "--listen", "127.0.0.1:0"]].concat();

    let ballast = disk.ballast((3 << 20) - 100_000);
    let (code, out, err) = keyroom(&host).end();
    assert_eq!(code, Some(1), "{out:?}");
    let text = sentence(&err);
    assert!(text.contains("the disk is full") && text.contains("Make room"), "{text}");
    fs::remove_file(ballast).unwrap();

    // What was begun is not in the way. And now while the room is open.
    let mut open = keyroom(&host);
    open.line_after("{\"event\":\"invite\"");
    let used = |disk: &Tmpfs| du(disk.path());
    let ballast = disk.ballast((3 << 20) - used(&disk) - 100_000);
    // All of it fits into the pipe, so that it can be written whenever the program ends.
    let lines: String = (0..28).map(|number| format!("{number} {}\n", "x".repeat(2_000))).collect();
    open.bytes(lines.as_bytes());
    let (code, out, err) = open.end();
    assert_eq!(code, Some(1), "{err}");
    let text = sentence(&err);
    assert!(text.contains("the disk is full") && text.contains("What was said until now is kept"), "{text}");
    let stored = out.iter().filter(|line| line.contains("\"event\":\"sent\"")).count();

    fs::remove_file(ballast).unwrap();
    let export = [&way[..], &["export", "Room"]].concat();
    let (code, kept, err) = keyroom(&export).end();
    assert_eq!(code, Some(0), "{err}");
    let kept = kept.iter().filter(|line| line.contains("\"event\":\"message\"")).count();
    assert!(kept >= stored, "{stored} were shown as sent, and {kept} are kept");
    let (code, _, err) = keyroom(&host).end();
    assert_eq!(code, Some(0), "the room goes on where there is space: {err}");
}

/// Bytes of the files below.
fn du(dir: &std::path::Path) -> usize {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let size = |path: &std::path::Path| usize::try_from(path.metadata().unwrap().len()).unwrap();
    entries.map(|path| if path.is_dir() { du(&path) } else { size(&path).next_multiple_of(4096) }).sum()
}
