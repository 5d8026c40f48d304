//! Profiles: opened, refused, and gone on with.

use std::fs;

use keyroom_testkit::relay::quiet_address;

use crate::support::{Home, hosting, keyroom, next, sentence};

#[test]
fn a_profile_in_use_is_said_and_ends_with_one() {
    let ada = Home::new("ada");
    let _host = hosting(ada.run(&["host", "--ui", "plain", "--listen", "127.0.0.1:0"]));
    for args in [["rooms"].as_slice(), &["host", "--ui", "plain", "--listen", "127.0.0.1:0"]] {
        let text = ada.fails(1, args);
        assert!(text.contains("in use by another Keyroom") && text.contains("Close that one"), "{text}");
    }
}

#[test]
fn a_wrong_passphrase_ends_with_three_and_damage_says_what_to_do() {
    let ada = Home::new("ada");
    let host = hosting(ada.run(&["host", "--ui", "plain", "--listen", "127.0.0.1:0"]));
    assert_eq!(host.run.end().0, Some(0));
    ada.0.write("passphrase", "wrong horse\n");
    assert!(ada.fails(3, &["rooms"]).contains("does not open the profile"));
    ada.0.write("passphrase", "\n");
    assert!(ada.fails(2, &["rooms"]).contains("first line is empty"));
    ada.0.write("passphrase", "correct horse\n");
    fs::write(ada.0.path().join("profile/profile.key"), b"not a key file").unwrap();
    let text = ada.fails(1, &["rooms"]);
    assert!(text.contains("damaged") && text.contains("Put back a copy"), "{text}");
}

/// Attack matrix row 39, the command line's part: one sentence, and nothing is shown as if all were well.
#[test]
fn a_damaged_database_is_said_in_one_sentence() {
    let ada = Home::new("ada");
    let host = hosting(ada.run(&["host", "--ui", "plain", "--listen", "127.0.0.1:0"]));
    assert_eq!(host.run.end().0, Some(0));
    let path = ada.0.path().join("profile/profile.db");
    let whole = fs::read(&path).unwrap();
    let mut damaged = 0;
    for page in (0..whole.len() / PAGE).step_by(7) {
        let mut changed = whole.clone();
        changed[page * PAGE + 100] ^= 1;
        fs::write(&path, changed).unwrap();
        let _ = fs::remove_file(ada.0.path().join("profile/profile.db-wal"));
        let (code, out, err) = ada.run(&["members", "Room"]).end();
        if code != Some(0) {
            assert_eq!((code, &out), (Some(1), &vec![]), "page {page}: {err}");
            assert_eq!(err.lines().count(), 1, "page {page}: {err}");
            assert!(sentence(&err).contains("Put back a copy"), "page {page}: {err}");
            damaged += 1;
        }
    }
    assert!(damaged > 0, "the first page is read by all");
}

#[test]
fn without_a_profile_its_rooms_are_not_known() {
    let ada = Home::new("ada");
    for args in
        [["rooms"].as_slice(), &["members", "x"], &["export", "x"], &["search", "x"], &["send", "x", "y"]]
    {
        let text = ada.fails(1, args);
        assert!(text.contains("There is no profile") && text.contains("--profile DIR"), "{text}");
    }
    assert!(!ada.0.path().join("profile").exists(), "asking makes none");
}

#[test]
fn without_a_terminal_and_a_passphrase_nothing_is_kept_and_that_is_said() {
    let ada = Home::new("ada");
    let profile = ada.0.path().join("profile");
    let args = ["--profile", profile.to_str().unwrap(), "host", "--listen", "127.0.0.1:0"];
    let mut host = hosting(keyroom(&[args.as_slice(), &["--ui", "plain"]].concat()));
    host.run.error_with("Nothing is kept");
    let mut json = keyroom(&[args.as_slice(), &["--json"]].concat());
    let warning = next(&mut json, "warning");
    assert_eq!(warning["kind"], "not_kept");
    assert!(!profile.exists(), "never a plain file");
}

#[test]
fn host_and_joiner_go_on_from_their_profiles_and_show_nothing_twice() {
    let (ada, ben) = (Home::new("ada"), Home::new("ben"));
    let at = quiet_address();
    let host = ["host", "--ui", "plain", "--name", "Kitchen", "--as", "Ada", "--listen", &at];
    let mut first = hosting(ada.run(&host));
    let enter = ["join", "--key-stdin", "--as", "Ben", "--ui", "plain"];
    let mut guest = ben.run(&enter);
    guest.line(&first.invite);
    assert_eq!(guest.next_line(), "joined: Kitchen");
    guest.line("before");
    assert_eq!(first.run.next_line(), "Ben: before");
    assert_eq!(guest.end().0, Some(0));
    first.run.line("while Ben is away");
    assert_eq!(first.run.end().0, Some(0));

    // Where it listened before, and with the same key.
    let mut second = hosting(ada.run(&host[..7]));
    assert_eq!((&second.key, &second.address), (&first.key, &first.address));
    second.run.error_with("Going on with the room Kitchen");
    let mut guest = ben.run(&enter);
    // A member needs no door: that the invite has expired meanwhile does not matter.
    let (before, rest) = first.invite.split_once("until=").unwrap();
    guest.line(&format!("{before}until=1000000000#{}", rest.split_once('#').unwrap().1));
    assert_eq!(guest.next_line(), "joined: Kitchen");
    assert_eq!(guest.next_line(), "Ada: while Ben is away");
    guest.line("after");
    assert_eq!(second.run.next_line(), "Ben: after");
    let (code, out, err) = guest.end();
    assert_eq!((code, out), (Some(0), vec![]), "{err}");
    assert_eq!(second.run.end().0, Some(0));
}

#[test]
fn a_room_in_memory_is_not_gone_on_with() {
    let ada = Home::new("ada");
    let host = ["host", "--ui", "plain", "--listen", "127.0.0.1:0", "--memory"];
    let first = hosting(ada.run(&host));
    assert_eq!(first.run.end().0, Some(0));
    let second = hosting(ada.run(&host));
    assert_ne!(second.key, first.key);
    let (code, _, err) = second.run.end();
    assert_eq!(code, Some(0));
    assert!(!err.contains("Going on"), "{err}");
    assert!(!ada.0.path().join("profile/relay").exists());
    let (code, _, text) = ada.run(&["members", "Room"]).end();
    assert_eq!(code, Some(1));
    assert!(text.contains("2 rooms could be meant"), "{text}");
}

/// Of the database.
const PAGE: usize = 4096;
