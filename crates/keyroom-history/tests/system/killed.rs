//! A killed process loses nothing that was committed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use keyroom_history::Profile;
use keyroom_testkit::scratch::Scratch;

use crate::make::{CHEAP, PASSPHRASE, message, record, room, text, within};

/// Run by the test below in a process of its own: writes until it is killed, and says what is committed.
#[test]
fn a_process_that_writes_until_it_is_killed() {
    let Ok(dir) = std::env::var("KEYROOM_TEST_KILL_DIR") else { return };
    let mut profile = Profile::open(Path::new(&dir), PASSPHRASE).unwrap();
    let mut out = std::io::stdout();
    loop {
        let position = within(&mut profile, |tx| {
            let next = tx.len(&room(1)).unwrap();
            let id = u32::try_from(next).unwrap();
            tx.set_draft(&room(1), &format!("after {next}")).unwrap();
            tx.append(&room(1), &message(id, 10, &format!("message {next}"))).unwrap()
        });
        writeln!(out, "\nkept {position}").unwrap();
        if position % 50 == 49 {
            profile.checkpoint().unwrap();
        }
    }
}

#[test]
fn every_acknowledged_message_is_there_after_a_kill() {
    let _alone = crate::alone();
    let scratch = Scratch::new("killed");
    let dir = scratch.path().join("profile");
    let mut profile = Profile::create(&dir, PASSPHRASE, CHEAP).unwrap();
    within(&mut profile, |tx| tx.put_room(&record(1)).unwrap());
    drop(profile);
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::a_process_that_writes_until_it_is_killed", "--nocapture"])
            .env("KEYROOM_TEST_KILL_DIR", &dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let kept = |line: String| line.strip_prefix("kept ").and_then(|number| number.parse::<u64>().ok());
        let mut last = lines.find_map(kept).unwrap();
        std::thread::sleep(Duration::from_millis(7 * round));
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(position) = lines.find_map(kept) {
            last = position;
        }
        let mut profile = Profile::open(&dir, PASSPHRASE).unwrap();
        within(&mut profile, |tx| {
            let len = tx.len(&room(1)).unwrap();
            assert!(len > last, "{len} entries, {last} was acknowledged");
            for position in 0..len {
                assert_eq!(text(tx, &room(1), position).unwrap(), format!("message {position}"));
            }
            assert_eq!(tx.draft(&room(1)).unwrap(), format!("after {}", len - 1));
        });
        assert_eq!(profile.check(), Ok(()));
    }
}
