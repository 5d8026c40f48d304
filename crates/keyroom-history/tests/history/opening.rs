//! Profiles are made, opened, shared out and refused.

use keyroom_history::{Cost, Damage, KeyFileError, Profile, ProfileError};
use keyroom_testkit::scratch::Scratch;

use crate::make::{CHEAP, PASSPHRASE, made, message, open, record, room, text, within};

#[test]
fn what_was_committed_is_there_when_the_profile_is_opened_again() {
    let scratch = made("reopen");
    let mut profile = open(&scratch);
    let seed = profile.identity_seed();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.append(&room(1), &message(1, 10, "hello")).unwrap()
    });
    drop(profile);
    let mut profile = open(&scratch);
    assert_eq!(profile.identity_seed(), seed);
    within(&mut profile, |tx| assert_eq!(text(tx, &room(1), 0).as_deref(), Some("hello")));
    assert_eq!(profile.check(), Ok(()));
}

#[test]
fn what_was_not_committed_is_gone() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| tx.put_room(&record(1)).unwrap());
    let tx = profile.begin().unwrap();
    tx.append(&room(1), &message(1, 10, "hello")).unwrap();
    drop(tx);
    within(&mut profile, |tx| assert_eq!((tx.len(&room(1)), tx.rooms().unwrap().len()), (Ok(0), 1)));
}

#[test]
fn a_long_log_is_moved_by_who_begins_and_not_by_who_begins_at_once() {
    let scratch = made("long-log");
    let log = scratch.path().join("profile/profile.db-wal");
    let len = || std::fs::metadata(&log).unwrap().len();
    let mut profile = open(&scratch);
    let tx = profile.begin().unwrap();
    tx.put_room(&record(1)).unwrap();
    let long = "x".repeat(16 << 10);
    for id in 0..2_400 {
        tx.append(&room(1), &message(id, 10, &long)).unwrap();
    }
    tx.commit().unwrap();
    let before = len();
    assert!(before > 32 << 20, "{before}");
    assert!(profile.is_due());
    drop(profile.begin_at_once().unwrap());
    assert_eq!(len(), before);
    drop(profile.begin().unwrap());
    assert!(len() < 1 << 20, "{}", len());
    assert!(!profile.is_due());
}

#[test]
fn two_profiles_have_nothing_in_common() {
    let (one, two) = (Profile::ephemeral().unwrap(), Profile::ephemeral().unwrap());
    assert_ne!(one.identity_seed(), two.identity_seed());
    assert!(one.is_ephemeral());
    assert!(one.sync().is_ok() && one.syncer().sync().is_ok());
}

#[test]
fn a_wrong_passphrase_is_told_from_damage_and_opens_nothing() {
    let scratch = made("wrong-passphrase");
    let dir = scratch.path().join("profile");
    assert!(matches!(Profile::open(&dir, "wrong"), Err(ProfileError::WrongPassphrase)));
    let key = dir.join("profile.key");
    let mut bytes = std::fs::read(&key).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&key, bytes).unwrap();
    let answer = Profile::open(&dir, PASSPHRASE);
    assert!(matches!(answer, Err(ProfileError::KeyFile(KeyFileError::Damaged))), "{answer:?}");
}

#[test]
fn a_profile_that_is_open_is_in_use() {
    let scratch = made("in-use");
    let profile = open(&scratch);
    let again = Profile::open(&scratch.path().join("profile"), PASSPHRASE);
    assert!(matches!(again, Err(ProfileError::InUse)), "{again:?}");
    drop(profile);
    open(&scratch);
}

#[test]
fn a_profile_is_not_made_twice_and_not_found_where_none_is() {
    let scratch = made("twice");
    let dir = scratch.path().join("profile");
    assert!(Profile::exists(&dir));
    assert!(matches!(Profile::create(&dir, "other", CHEAP), Err(ProfileError::Exists)));
    open(&scratch);
    let empty = Scratch::new("none");
    assert!(!Profile::exists(empty.path()));
    assert!(matches!(Profile::open(empty.path(), PASSPHRASE), Err(ProfileError::NoProfile)));
    assert!(matches!(Profile::open(&empty.path().join("no"), PASSPHRASE), Err(ProfileError::NoProfile)));
}

#[test]
fn half_a_profile_is_never_thrown_away() {
    let scratch = made("half");
    let dir = scratch.path().join("profile");
    let (key, kept) = (dir.join("profile.key"), scratch.path().join("kept"));
    std::fs::rename(&key, &kept).unwrap();
    for answer in [Profile::open(&dir, PASSPHRASE), Profile::create(&dir, PASSPHRASE, CHEAP)] {
        assert!(matches!(answer, Err(ProfileError::KeyFile(KeyFileError::Missing))), "{answer:?}");
    }
    std::fs::rename(&kept, &key).unwrap();
    open(&scratch);
    std::fs::remove_file(dir.join("profile.db")).unwrap();
    let answer = Profile::open(&dir, PASSPHRASE);
    assert!(matches!(answer, Err(ProfileError::Damaged(Damage::Missing))), "{answer:?}");
}

#[test]
fn what_an_interrupted_making_left_is_in_nobodys_way() {
    let scratch = Scratch::new("interrupted");
    let dir = scratch.path().join("profile");
    std::fs::create_dir(&dir).unwrap();
    for name in ["unfinished.db", "unfinished.db-wal", "profile.new"] {
        std::fs::write(dir.join(name), b"left").unwrap();
    }
    std::fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    drop(Profile::create(&dir, PASSPHRASE, CHEAP).unwrap());
    let mut names: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["profile.db", "profile.key", "profile.lock"]);
}

#[test]
fn the_passphrase_can_be_changed_and_the_old_one_opens_no_longer() {
    let scratch = made("change");
    let dir = scratch.path().join("profile");
    let mut profile = open(&scratch);
    let wrong = profile.change_passphrase(&dir, "wrong", "new");
    assert!(matches!(wrong, Err(ProfileError::WrongPassphrase)));
    let elsewhere = profile.change_passphrase(scratch.path(), PASSPHRASE, "new");
    assert!(matches!(elsewhere, Err(ProfileError::NoProfile)));
    profile.change_passphrase(&dir, PASSPHRASE, "new").unwrap();
    drop(profile);
    assert!(matches!(Profile::open(&dir, PASSPHRASE), Err(ProfileError::WrongPassphrase)));
    Profile::open(&dir, "new").unwrap();
}

#[test]
fn a_database_of_another_key_is_not_taken_for_an_empty_one() {
    let (one, two) = (made("one"), made("two"));
    let database = |scratch: &Scratch| scratch.path().join("profile/profile.db");
    std::fs::copy(database(&two), database(&one)).unwrap();
    let answer = Profile::open(&one.path().join("profile"), PASSPHRASE);
    assert!(matches!(answer, Err(ProfileError::Damaged(_))), "{answer:?}");
}

#[test]
fn a_cost_that_nobody_would_choose_is_refused() {
    let scratch = Scratch::new("cost");
    let cost = Cost { memory_kib: 100 << 20, passes: 1, lanes: 1 };
    let answer = Profile::create(&scratch.path().join("profile"), PASSPHRASE, cost);
    assert!(matches!(answer, Err(ProfileError::KeyFile(KeyFileError::Cost))));
    assert!(!scratch.path().join("profile").exists());
}
