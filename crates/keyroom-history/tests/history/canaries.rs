//! What must not be found in a profile's files (attack matrix row 35). What is deleted (row 37): `src/gone.rs`.

use std::path::Path;

use keyroom_history::Profile;
use keyroom_testkit::scratch::Scratch;

use crate::make::{CHEAP, PASSPHRASE, message, record, room, within};

/// No other text has any part of it.
const CANARY: &str = "qxzvwjkqxzvwjk";

/// Whether any file in the directory has it.
fn is_in_files(dir: &Path, canary: &[u8]) -> Option<String> {
    std::fs::read_dir(dir).unwrap().map(Result::unwrap).find_map(|file| {
        let bytes = std::fs::read(file.path()).unwrap();
        bytes
            .windows(canary.len())
            .any(|part| part == canary)
            .then(|| file.file_name().into_string().unwrap())
    })
}

#[test]
fn nothing_of_a_profile_can_be_read_from_its_files() {
    let scratch = Scratch::new("raw");
    let dir = scratch.path().join("profile");
    let mut profile = Profile::create(&dir, PASSPHRASE, CHEAP).unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        for id in 0..300 {
            tx.append(&room(1), &message(id, 10, &format!("{CANARY} {id}"))).unwrap();
        }
        tx.outbox_push(&room(1), CANARY.as_bytes(), None).unwrap();
        tx.set_draft(&room(1), CANARY).unwrap();
    });
    let seed = profile.identity_seed();
    for needle in [CANARY.as_bytes(), PASSPHRASE.as_bytes(), &seed[..], b"SQLite format", b"CREATE TABLE"] {
        assert_eq!(is_in_files(&dir, needle), None);
    }
    profile.checkpoint().unwrap();
    assert_eq!(is_in_files(&dir, CANARY.as_bytes()), None);
    drop(profile);
    for needle in [CANARY.as_bytes(), PASSPHRASE.as_bytes(), &seed[..], b"SQLite format"] {
        assert_eq!(is_in_files(&dir, needle), None);
    }
}
