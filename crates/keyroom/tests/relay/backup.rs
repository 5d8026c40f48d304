//! A backup that is made while members append, and what they see of it once it was restored.

use std::path::Path;
use std::process::Command;

use keyroom_testkit::crowd::{Crowd, History, Say};
use keyroom_testkit::https;
use keyroom_testkit::process::Running;
use keyroom_testkit::scratch::Scratch;

use crate::{UNBOUND, relay};

/// Runs `keyroom relay backup`: exit code, standard output, standard error.
fn backup(data: &Path, to: &Path) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyroom"));
    command.args(["relay", "backup", "--data"]).arg(data).arg("--to").arg(to);
    let (code, out, err) = Running::start(&mut command).end();
    (code, out.join("\n"), err)
}

#[test]
fn a_backup_of_a_running_relay_holds_all_that_was_acknowledged_before_and_what_is_missing_is_noticed() {
    let scratch = Scratch::new("backup");
    let (data, copy) = (scratch.path().join("data"), scratch.path().join("copy"));
    let mut relay = relay(scratch.path(), UNBOUND);
    let mut crowd = Crowd::new(relay.way(), 4);
    let (quiet, busy) = (crowd.found(2), crowd.found(3));
    crowd.say(quiet[1], [Say::message("before")]);
    crowd.say(busy[1], (0..50).map(|number| Say::message(format!("before {number}"))));
    crowd.wait("it is said", |all| all[quiet[1]].is_done() && all[busy[1]].is_done());
    let acknowledged = crowd.with(busy[1], |one| one.acknowledged);

    crowd.say(busy[2], (0..400).map(|number| Say::message(format!("meanwhile {number}"))));
    let (code, out, err) = backup(&data, &copy);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("Backed up 2 rooms with "), "{out}");
    crowd.wait("it is said", |all| all[busy[2]].is_done());
    crowd.say(busy[1], [Say::message("after the backup")]);
    crowd.wait("all have it", |all| busy.iter().all(|&one| all[one].log.len() == 452));
    assert_eq!(https::get(relay.way(), "/readyz").status, 200);
    let whole = crowd.with(busy[0], |one| one.log.clone());

    // The disk is lost, and the backup is put in its place.
    crowd.relay_is_up(false);
    assert_eq!(relay.end(), Some(0));
    std::fs::rename(&data, scratch.path().join("lost")).unwrap();
    std::fs::rename(&copy, &data).unwrap();
    relay.start_again();
    crowd.relay_is_up(true);

    // Who has seen more is told that the log is shorter, and stops; who knows nothing reads how it began.
    crowd.wait("who has seen more stops", |all| {
        let stopped =
            |one: &History| one.stopped.is_some_and(|stop| stop.to_string().contains("rolled back"));
        busy.iter().all(|&one| stopped(&all[one]))
    });
    let reader = crowd.fresh(busy[0]);
    crowd.wait("it is read", |all| {
        let end = all[reader].heads.first().map(|head| head.seq);
        all[reader].live && end == Some(all[reader].seq())
    });
    let restored = crowd.with(reader, |one| one.log.clone());
    assert!(restored.len() > acknowledged && restored.len() < whole.len(), "{}", restored.len());
    assert_eq!(restored, whole[..restored.len()]);
    // A room in which nothing was missing goes on.
    crowd.say(quiet[0], [Say::message("after")]);
    let summary = crowd.settle(&quiet);
    assert_eq!((summary.envelopes, summary.acknowledged), (3, 3));
    assert_eq!(relay.end(), Some(0));
}

#[test]
fn a_backup_is_never_written_over_something_and_says_what_is_in_the_way() {
    let scratch = Scratch::new("backup-refused");
    let nothing = scratch.path().join("nothing");
    let (code, _, err) = backup(&nothing, &scratch.path().join("copy"));
    assert_eq!(code, Some(1));
    assert!(err.contains("There is no relay's data in") && err.contains("--data DIR"), "{err}");
    let mut relay = relay(scratch.path(), "");
    let data = scratch.path().join("data");
    let (code, _, err) = backup(&data, scratch.path());
    assert_eq!(code, Some(1));
    assert!(err.contains("is there already") && err.contains("--to DIR"), "{err}");
    // What an interrupted one left is no backup, and is in nobody's way.
    let copy = scratch.path().join("copy");
    let left = scratch.path().join("copy.unfinished");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("junk"), "junk").unwrap();
    assert_eq!(backup(&data, &copy).0, Some(0));
    assert!(!left.exists() && !copy.join("junk").exists());
    for file in ["log.key", "ticket.key", "tls/key.pem"] {
        let read = |dir: &Path| std::fs::read(dir.join(file)).unwrap();
        assert_eq!(read(&copy), read(&data), "{file}");
    }
    assert_eq!(relay.end(), Some(0));
}
