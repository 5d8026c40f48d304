//! What is removed is gone from the decrypted pages too, the index of the search included (attack matrix row 37).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::path::Path;

use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _, block_padding::NoPadding};
use keyroom_testkit::scratch::Scratch;
use keyroom_types::{IdentityKey, MessageId, RoomId, Timestamp};

use crate::{Cost, EntryBody, NewEntry, Profile, RoomRecord, Secret32, Stage, State, Trust, Tx, key_file};

const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

/// No other text has any part of it.
const CANARY: &str = "qxzvwjkqxzvwjk";

const MESSAGES: u32 = 300;

/// All pages of the database in clear, by SQLCipher's documentation ("Database Encryption", "Page format"): AES-256-CBC with
/// the raw key; at a page's end 80 bytes, the IV first; the first page begins with the salt.
fn decrypted(dir: &Path) -> Vec<u8> {
    let (key, _) = key_file::read(&dir.join("profile.key"), "").unwrap();
    let mut bytes = std::fs::read(dir.join("profile.db")).unwrap();
    for (number, page) in bytes.chunks_mut(4096).enumerate() {
        let (sealed, end) = page.split_at_mut(4016);
        let sealed = if number == 0 { &mut sealed[16..] } else { sealed };
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key.bytes(), &end[..16]).unwrap();
        cipher.decrypt_padded::<NoPadding>(sealed).unwrap();
    }
    assert!(bytes.windows(12).any(|part| part == b"CREATE TABLE"), "the pages are in clear");
    bytes
}

fn contains(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|part| part.eq_ignore_ascii_case(canary.as_bytes()))
}

fn room(number: u8) -> RoomId {
    RoomId::from_bytes([number; 16])
}

fn record(number: u8) -> RoomRecord {
    RoomRecord {
        name: "room".into(),
        stage: Stage::Member,
        verified: true,
        me: "me".into(),
        ..RoomRecord::new(room(number), Secret32::from_bytes([1; 32]), Trust::Name, Timestamp::default())
    }
}

fn message(id: u32, text: String) -> NewEntry {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&id.to_be_bytes());
    NewEntry {
        at: Timestamp::from_millis(10 + u64::from(id)),
        seq: None,
        body: EntryBody::Message {
            author: IdentityKey::from_bytes([1; 32]),
            name: "ann".into(),
            id: MessageId::from_bytes(bytes),
            text: Some(text),
            reply: None,
            edited: false,
            state: State::Waiting,
        },
    }
}

fn within<T>(profile: &mut Profile, work: impl FnOnce(&Tx<'_>) -> T) -> T {
    let tx = profile.begin().unwrap();
    let answer = work(&tx);
    tx.commit().unwrap();
    answer
}

/// Puts the canary wherever a person's words can stand, among others' words, in many transactions, so that the index has
/// many parts.
fn filled(dir: &Path) -> Profile {
    let mut profile = Profile::create(dir, "", CHEAP).unwrap();
    within(&mut profile, |tx| [1, 2].map(|number| tx.put_room(&record(number)).unwrap()));
    for id in 0..MESSAGES {
        within(&mut profile, |tx| {
            let position = tx
                .append(
                    &room(1),
                    &message(id, format!("{CANARY}{id} {}{CANARY}", "long ".repeat(id as usize % 150))),
                )
                .unwrap();
            tx.append(&room(2), &message(id, format!("other words number {id}"))).unwrap();
            let waiting = tx.outbox_push(&room(1), CANARY.as_bytes(), Some(position)).unwrap();
            tx.outbox_sealed(waiting, &keyroom_types::EnvelopeId::from_bytes([1; 16]), CANARY.as_bytes())
                .unwrap();
            tx.outbox_done(waiting).unwrap();
            tx.set_draft(&room(1), CANARY).unwrap();
            tx.set_draft(&room(1), "").unwrap();
            tx.react(&room(1), position, &IdentityKey::from_bytes([2; 32]), CANARY, true).unwrap();
        });
    }
    profile.checkpoint().unwrap();
    profile
}

fn is_gone_after(remove: impl FnOnce(&mut Profile)) {
    let scratch = Scratch::new("gone");
    let dir = scratch.path().join("profile");
    let mut profile = filled(&dir);
    assert!(contains(&decrypted(&dir), CANARY), "the test looks in the right place");
    remove(&mut profile);
    profile.checkpoint().unwrap();
    assert_eq!(std::fs::metadata(dir.join("profile.db-wal")).unwrap().len(), 0);
    // Part of it would say enough.
    for canary in [CANARY, &CANARY[..6]] {
        assert!(!contains(&decrypted(&dir), canary), "{canary}");
    }
    within(&mut profile, |tx| {
        assert!(tx.search(CANARY, None, 10).unwrap().is_empty());
        assert_eq!(tx.search("number", None, 1_000).unwrap().len(), MESSAGES as usize);
    });
    assert_eq!(profile.check(), Ok(()));
}

#[test]
fn deleted_messages_are_gone() {
    is_gone_after(|profile| {
        within(profile, |tx| (0..300).for_each(|position| tx.set_text(&room(1), position, None).unwrap()));
    });
}

#[test]
fn earlier_texts_of_edited_messages_are_gone() {
    is_gone_after(|profile| {
        within(profile, |tx| {
            for position in 0..300 {
                tx.set_text(&room(1), position, Some("harmless")).unwrap();
                tx.react(&room(1), position, &IdentityKey::from_bytes([2; 32]), CANARY, false).unwrap();
            }
        });
    });
}

#[test]
fn what_deleted_and_expired_messages_said_before_is_gone_with_them() {
    let change = |tx: &Tx<'_>, positions: std::ops::Range<u64>| {
        for position in positions {
            tx.keep_text(&room(1), position, Timestamp::from_millis(1)).unwrap();
            tx.set_text(&room(1), position, Some("harmless")).unwrap();
            tx.react(&room(1), position, &IdentityKey::from_bytes([2; 32]), CANARY, false).unwrap();
        }
    };
    is_gone_after(|profile| {
        within(profile, |tx| change(tx, 0..300));
        within(profile, |tx| (0..150).for_each(|position| tx.set_text(&room(1), position, None).unwrap()));
        within(profile, |tx| drop(tx.expire(&room(1), Timestamp::from_millis(1_000)).unwrap()));
    });
    is_gone_after(|profile| {
        within(profile, |tx| change(tx, 0..300));
        within(profile, |tx| tx.forget_room(&room(1)).unwrap());
    });
}

#[test]
fn expired_messages_are_gone_at_once() {
    is_gone_after(|profile| {
        within(profile, |tx| {
            assert_eq!(tx.expire(&room(1), Timestamp::from_millis(1_000)).unwrap().len(), MESSAGES as usize);
        });
    });
}

#[test]
fn messages_that_expire_one_by_one_are_gone() {
    is_gone_after(|profile| {
        for before in (13..320).step_by(3) {
            within(profile, |tx| {
                assert!(tx.expire(&room(1), Timestamp::from_millis(before)).unwrap().len() <= 3);
            });
        }
    });
}

#[test]
fn forgotten_rooms_are_gone() {
    is_gone_after(|profile| within(profile, |tx| tx.forget_room(&room(1)).unwrap()));
}

#[test]
fn settings_of_a_forgotten_room_are_gone_and_those_of_others_stay() {
    is_gone_after(|profile| {
        within(profile, |tx| {
            tx.set_room_setting(&room(1), "footing", CANARY).unwrap();
            tx.set_room_setting(&room(2), "footing", "stays").unwrap();
            tx.set_setting("language", "de").unwrap();
        });
        within(profile, |tx| {
            tx.forget_room(&room(1)).unwrap();
            assert_eq!(tx.room_setting(&room(1), "footing").unwrap(), None);
            assert_eq!(tx.room_setting(&room(2), "footing").unwrap().as_deref(), Some("stays"));
            assert_eq!(tx.setting("language").unwrap().as_deref(), Some("de"));
        });
    });
}
