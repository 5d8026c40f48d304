//! Who may look (attack matrix row 35).

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use keyroom_history::{Profile, ProfileError};
use keyroom_testkit::scratch::Scratch;

use crate::make::{CHEAP, PASSPHRASE, message, record, room, within};

/// The directory and every file in it, with modes.
fn modes(dir: &Path) -> Vec<(String, u32)> {
    let mut modes = vec![(".".to_owned(), std::fs::metadata(dir).unwrap().permissions().mode() & 0o777)];
    for file in std::fs::read_dir(dir).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        modes.push((file.file_name().into_string().unwrap(), mode));
    }
    modes.sort();
    modes
}

/// Run by the test below in a process of its own, whose umask is 0.
#[test]
fn a_process_that_hides_nothing() {
    let Ok(dir) = std::env::var("KEYROOM_TEST_UMASK_DIR") else { return };
    let mut profile = Profile::create(Path::new(&dir), PASSPHRASE, CHEAP).unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.append(&room(1), &message(1, 10, "hello")).unwrap();
    });
    profile.change_passphrase(Path::new(&dir), PASSPHRASE, "other").unwrap();
    println!("modes {:?}", modes(Path::new(&dir)));
    drop(profile);
    let mut profile = Profile::open(Path::new(&dir), "other").unwrap();
    within(&mut profile, |tx| tx.put_room(&record(2)).unwrap());
    println!("modes {:?}", modes(Path::new(&dir)));
}

#[test]
fn files_are_closed_to_others_whatever_the_umask() {
    let _alone = crate::alone();
    let scratch = Scratch::new("umask");
    let dir = scratch.path().join("parent/profile");
    let own = std::env::current_exe().unwrap();
    let script = "umask 000; exec \"$0\" --exact private::a_process_that_hides_nothing --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(own)
        .env("KEYROOM_TEST_UMASK_DIR", &dir)
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let shown: Vec<&str> = output.lines().filter(|line| line.contains("modes [")).collect();
    let expected = "[(\".\", 448), (\"profile.db\", 384), (\"profile.db-wal\", 384), (\"profile.key\", 384), \
                    (\"profile.lock\", 384)]";
    assert_eq!(shown.len(), 2, "{output}");
    assert!(shown.iter().all(|line| line.contains(expected)), "{shown:?}");
}

#[test]
fn a_directory_of_others_is_left_alone_and_an_empty_one_is_closed() {
    let _alone = crate::alone();
    let scratch = Scratch::new("shared");
    let shared = scratch.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(shared.join("somebody's"), b"").unwrap();
    let answer = Profile::create(&shared, PASSPHRASE, CHEAP);
    assert!(matches!(answer, Err(ProfileError::NotPrivate)), "{answer:?}");
    assert_eq!(modes(&shared).len(), 2);
    std::fs::remove_file(shared.join("somebody's")).unwrap();
    drop(Profile::create(&shared, PASSPHRASE, CHEAP).unwrap());
    // A copy that came with other modes is closed when it is opened.
    for (name, mode) in [(".", 0o755), ("profile.db", 0o644), ("profile.key", 0o666)] {
        std::fs::set_permissions(shared.join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    let _profile = Profile::open(&shared, PASSPHRASE).unwrap();
    for (name, mode) in modes(&shared) {
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
