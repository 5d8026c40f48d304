//! A full disk refuses, reads, and goes on when there is space.

use keyroom_history::{DbError, Profile, ProfileError};
use keyroom_testkit::tmpfs::Tmpfs;

use crate::make::{CHEAP, PASSPHRASE, message, record, room, text, within};

#[test]
fn a_full_disk_refuses_serves_reads_and_recovers() {
    let _alone = crate::alone();
    let disk = match Tmpfs::mount("history-full", 4 << 20) {
        Ok(disk) => disk,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let dir = disk.path().join("profile");
    let mut profile = Profile::create(&dir, PASSPHRASE, CHEAP).unwrap();
    within(&mut profile, |tx| tx.put_room(&record(1)).unwrap());
    profile.checkpoint().unwrap();
    let ballast = disk.ballast(2 << 20);
    let long = "a".repeat(10_000);
    let mut kept = 0;
    let refusal = loop {
        let tx = profile.begin().unwrap();
        let appended = tx.append(&room(1), &message(kept, 10, &long)).map(drop);
        match appended.and_then(|()| tx.commit()) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refusal, DbError::DiskFull);
    assert!(kept > 10);
    // Reading needs nothing that is not there.
    let tx = profile.begin().unwrap();
    assert_eq!(tx.len(&room(1)), Ok(u64::from(kept)));
    assert_eq!(text(&tx, &room(1), u64::from(kept) - 1).as_deref(), Some(&*long));
    drop(tx);
    std::fs::remove_file(ballast).unwrap();
    within(&mut profile, |tx| tx.append(&room(1), &message(kept, 10, &long)).unwrap());
    profile.sync().unwrap();
    assert_eq!(profile.check(), Ok(()));
    drop(profile);
    let mut profile = Profile::open(&dir, PASSPHRASE).unwrap();
    within(&mut profile, |tx| assert_eq!(tx.len(&room(1)), Ok(u64::from(kept) + 1)));
}

#[test]
fn a_profile_that_does_not_fit_is_not_made_and_leaves_the_next_try_free() {
    let _alone = crate::alone();
    let disk = match Tmpfs::mount("history-tiny", 64 << 10) {
        Ok(disk) => disk,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let dir = disk.path().join("profile");
    for _ in 0..2 {
        let answer = Profile::create(&dir, PASSPHRASE, CHEAP);
        assert!(matches!(answer, Err(ProfileError::DiskFull)), "{answer:?}");
        assert!(!Profile::exists(&dir));
    }
}
