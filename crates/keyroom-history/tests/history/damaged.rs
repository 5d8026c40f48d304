//! Damaged files (attack matrix row 39): a typed answer, never a panic, never silent loss.

use std::path::{Path, PathBuf};

use keyroom_history::{Damage, DbError, EntryBody, Profile, ProfileError};
use keyroom_testkit::scratch::Scratch;

use crate::make::{CHEAP, PASSPHRASE, message, open, record, room, within};

const MESSAGES: u32 = 200;

fn words(id: u32) -> String {
    format!("message number {id} {}", "with some length to it ".repeat(8))
}

fn filled(label: &str) -> (Scratch, Vec<u8>) {
    let scratch = Scratch::new(label);
    let dir = scratch.path().join("profile");
    let mut profile = Profile::create(&dir, PASSPHRASE, CHEAP).unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        for id in 0..MESSAGES {
            tx.append(&room(1), &message(id, u64::from(id), &words(id))).unwrap();
        }
    });
    assert_eq!(profile.check(), Ok(()));
    drop(profile);
    let whole = std::fs::read(database(&dir)).unwrap();
    (scratch, whole)
}

fn database(dir: &Path) -> PathBuf {
    dir.join("profile.db")
}

/// What became of the profile: an error that says so, or all that was stored.
#[derive(Debug, PartialEq)]
enum Outcome {
    Refused,
    Found,
    Whole,
}

fn outcome(dir: &Path, case: &str) -> Outcome {
    // What the case before left would repair this one.
    let _ = std::fs::remove_file(dir.join("profile.db-wal"));
    let mut profile = match Profile::open(dir, PASSPHRASE) {
        Ok(profile) => profile,
        Err(ProfileError::Damaged(_)) => return Outcome::Refused,
        Err(other) => panic!("{case}: {other:?}"),
    };
    let read = (|| -> Result<(), DbError> {
        let tx = profile.begin()?;
        assert_eq!(tx.rooms()?.len(), 1, "{case}");
        let page = tx.page(&room(1), 0, usize::MAX)?;
        for (id, entry) in (0..).zip(&page) {
            let right =
                matches!(&entry.body, EntryBody::Message { text: Some(text), .. } if *text == words(id));
            assert!(right, "{case}: entry {id} is changed, and nothing says so");
        }
        assert_eq!(page.len(), MESSAGES as usize, "{case}");
        Ok(())
    })();
    match (read, profile.check()) {
        (Ok(()), Ok(())) => Outcome::Whole,
        (Ok(()) | Err(DbError::Damaged(_)), Err(damage)) => {
            assert_ne!(damage, Damage::Unreadable, "{case}");
            Outcome::Found
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn every_flipped_byte_is_found() {
    let (scratch, whole) = filled("flips");
    let dir = scratch.path().join("profile");
    // Where all of them are looked at, the whole of some page at least: its IV, its authentication, its padding.
    let all = std::env::var("KEYROOM_FLIPS").is_ok_and(|value| value == "all");
    let step = if all { 61 } else { 1_999 };
    for place in (0..whole.len()).step_by(step) {
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        std::fs::write(database(&dir), changed).unwrap();
        assert_ne!(outcome(&dir, &format!("byte {place}")), Outcome::Whole, "byte {place}");
    }
}

#[test]
fn every_cut_is_found() {
    let (scratch, whole) = filled("cuts");
    let dir = scratch.path().join("profile");
    let pages = (0..whole.len()).step_by(4096);
    let odd = [1, 15, 16, 100, 4095, 4097, whole.len() - 1, whole.len() - 4095];
    for length in pages.chain(odd) {
        std::fs::write(database(&dir), &whole[..length]).unwrap();
        assert_ne!(outcome(&dir, &format!("cut to {length}")), Outcome::Whole, "cut to {length}");
    }
    std::fs::write(database(&dir), [&whole[..], &[0; 4096]].concat()).unwrap();
    outcome(&dir, "a page more");
    std::fs::write(database(&dir), &whole).unwrap();
    assert_eq!(outcome(&dir, "whole again"), Outcome::Whole);
}

#[test]
fn pages_that_change_places_or_come_from_an_older_copy_are_found() {
    let (scratch, whole) = filled("swapped");
    let dir = scratch.path().join("profile");
    let mut swapped = whole.clone();
    let pages = whole.len() / 4096;
    swapped.copy_within(4096 * (pages - 2)..4096 * (pages - 1), 4096 * (pages - 1));
    std::fs::write(database(&dir), swapped).unwrap();
    assert_ne!(outcome(&dir, "swapped"), Outcome::Whole);
}

/// A damaged log of what was not yet moved to the database looks like one that a power loss cut: what is left is a state
/// that was committed once, and login notices that the relay is ahead.
#[test]
fn a_damaged_log_leaves_a_state_that_was_committed() {
    let (scratch, _) = filled("log");
    let dir = scratch.path().join("profile");
    let mut profile = open(&scratch);
    for id in MESSAGES..MESSAGES + 10 {
        within(&mut profile, |tx| tx.append(&room(1), &message(id, 1_000, &words(id))).unwrap());
    }
    let log = std::fs::read(dir.join("profile.db-wal")).unwrap();
    let before = std::fs::read(database(&dir)).unwrap();
    drop(profile);
    for place in (0..log.len()).step_by(log.len() / 40) {
        let mut changed = log.clone();
        changed[place] ^= 1;
        std::fs::write(database(&dir), &before).unwrap();
        std::fs::write(dir.join("profile.db-wal"), changed).unwrap();
        let mut profile = open(&scratch);
        let count = within(&mut profile, |tx| {
            let page = tx.page(&room(1), 0, usize::MAX).unwrap();
            assert_eq!(tx.search("number", None, usize::MAX).unwrap().len(), page.len(), "byte {place}");
            page.len()
        });
        assert!((MESSAGES as usize..=MESSAGES as usize + 10).contains(&count), "byte {place}: {count}");
        assert_eq!(profile.check(), Ok(()), "byte {place}");
    }
}
