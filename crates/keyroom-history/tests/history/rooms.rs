//! Rooms, and what belongs to each.

use keyroom_history::{DbError, Profile, RoomRecord, Stage, State, Trust};
use keyroom_types::{
    Chain, Cursor, EnvelopeId, Incarnation, Key, KeyPin, LogKey, Seq, Signature, SignedHead, Timestamp,
};

use crate::make::{message, message_of, person, record, room, within};

fn full(number: u8) -> RoomRecord {
    let time = Timestamp::from_millis(77);
    RoomRecord {
        name: "Grüße".into(),
        stage: Stage::Forked,
        addresses: ["10.0.0.1:1", "[fe80::1%2]:7", "relay.example"]
            .map(|address| address.parse().unwrap())
            .into(),
        trust: Trust::Pins(vec![KeyPin::from_bytes([1; 32]), KeyPin::from_bytes([2; 32])]),
        log_key: Some(LogKey::from_bytes([3; 32])),
        incarnation: Some(Incarnation::from_bytes([4; 16])),
        key: Some(Key::from_bytes([5; 32])),
        key_expires: Some(time),
        cursor: Some(cursor(u64::MAX)),
        last_commit: Some(Chain::from_bytes([6; 32])),
        inviter: Some(person(8)),
        verified: true,
        healed: time,
        unsure: Some(vec![1]),
        head: Some(SignedHead {
            incarnation: Incarnation::from_bytes([4; 16]),
            seq: Seq::new(5),
            time,
            chain: Chain::from_bytes([7; 32]),
            signature: Signature::from_bytes([8; 64]),
        }),
        hosted: true,
        volatile: true,
        ..record(number)
    }
}

fn cursor(seq: u64) -> Cursor {
    Cursor {
        seq: Seq::new(seq),
        chain: Chain::from_bytes([9; 32]),
        time: Timestamp::from_millis(5),
        newest_commit: Seq::new(3),
    }
}

#[test]
fn a_room_reads_back_as_it_was_stored_and_keeps_its_place() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        for number in [3, 1, 2] {
            tx.put_room(&record(number)).unwrap();
        }
        tx.append(&room(1), &message(1, 10, "kept")).unwrap();
        tx.put_room(&full(1)).unwrap();
        assert_eq!(tx.rooms().unwrap(), [record(3), full(1), record(2)]);
        assert_eq!(tx.room(&room(1)).unwrap(), Some(full(1)));
        assert_eq!(tx.room(&room(9)).unwrap(), None);
        assert_eq!(tx.len(&room(1)), Ok(1));
    });
}

#[test]
fn the_cursor_moves_and_the_rest_stays() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&full(1)).unwrap();
        let chain = Chain::from_bytes([1; 32]);
        tx.set_cursor(&room(1), &cursor(9), &chain).unwrap();
        let expected = RoomRecord { cursor: Some(cursor(9)), last_commit: Some(chain), ..full(1) };
        assert_eq!(tx.room(&room(1)).unwrap(), Some(expected));
    });
}

#[test]
fn a_forgotten_room_leaves_nothing_and_others_keep_all() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        for number in [1, 2] {
            let room = room(number);
            tx.put_room(&full(number)).unwrap();
            tx.append(&room, &message(1, 10, "text")).unwrap();
            tx.append(&room, &message_of(person(1), 2, 10, State::Waiting, "own")).unwrap();
            tx.react(&room, 0, &person(2), "👍", true).unwrap();
            tx.set_seen(&room, &person(2), Seq::new(4)).unwrap();
            tx.outbox_push(&room, b"own", Some(1)).unwrap();
            tx.set_pending(&room, Some(b"commit")).unwrap();
            tx.set_draft(&room, "draft").unwrap();
            tx.sent(&room, &EnvelopeId::from_bytes([1; 16])).unwrap();
        }
        tx.forget_room(&room(1)).unwrap();
        tx.forget_room(&room(1)).unwrap();
        assert_eq!(tx.len(&room(1)), Err(DbError::NoRoom));
        assert_eq!(tx.rooms().unwrap(), [full(2)]);
        // Entered again, it begins anew.
        tx.put_room(&record(1)).unwrap();
        let first = room(1);
        assert_eq!((tx.len(&first), tx.outbox_len(&first)), (Ok(0), Ok((0, 0))));
        assert_eq!((tx.pending(&first), tx.draft(&first)), (Ok(None), Ok(String::new())));
        assert!(tx.seen(&first).unwrap().is_empty() && tx.reactions(&first, 0).unwrap().is_empty());
        assert_eq!(tx.was_sent(&first, &EnvelopeId::from_bytes([1; 16])), Ok(false));
        let second = room(2);
        assert_eq!((tx.len(&second), tx.outbox_len(&second)), (Ok(2), Ok((1, 3))));
        assert_eq!(tx.reactions(&second, 0).unwrap().len(), 1);
        assert_eq!(tx.search("text", None, 10).unwrap().len(), 1);
    });
}

#[test]
fn a_room_that_is_not_there_is_an_error() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        assert_eq!(tx.append(&room(1), &message(1, 10, "no")), Err(DbError::NoRoom));
        assert_eq!(tx.set_cursor(&room(1), &cursor(1), &Chain::from_bytes([1; 32])), Err(DbError::NoRoom));
        assert_eq!(tx.outbox_push(&room(1), b"no", None), Err(DbError::NoRoom));
        assert_eq!(tx.search("no", Some(&room(1)), 1), Err(DbError::NoRoom));
    });
}

#[test]
fn receipts_never_go_back() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&record(1)).unwrap();
        for (who, seq) in [(2, 5), (3, 1), (2, 3), (3, 9)] {
            tx.set_seen(&room(1), &person(who), Seq::new(seq)).unwrap();
        }
        assert_eq!(tx.seen(&room(1)).unwrap(), [(person(2), Seq::new(5)), (person(3), Seq::new(9))]);
    });
}

#[test]
fn settings_and_drafts_are_replaced() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&record(1)).unwrap();
        assert_eq!((tx.setting("theme"), tx.draft(&room(1))), (Ok(None), Ok(String::new())));
        for value in ["dark", "light"] {
            tx.set_setting("theme", value).unwrap();
            tx.set_draft(&room(1), value).unwrap();
        }
        assert_eq!((tx.setting("theme"), tx.draft(&room(1))), (Ok(Some("light".into())), Ok("light".into())));
        tx.set_draft(&room(1), "").unwrap();
        assert_eq!(tx.draft(&room(1)), Ok(String::new()));
    });
}

#[test]
fn debug_of_a_room_hides_its_secrets() {
    let shown = format!("{:?}", full(1));
    assert!(shown.contains("pass: Secret32(..)") && shown.contains("key: Some(Key(..))"), "{shown}");
}

/// What a transaction looked up or wrote is remembered for the next ones, but not what was never stored.
#[test]
fn what_is_rolled_back_is_not_remembered() {
    let mut profile = Profile::ephemeral().unwrap();
    let tx = profile.begin().unwrap();
    tx.put_room(&record(1)).unwrap();
    tx.append(&room(1), &message(1, 10, "gone")).unwrap();
    tx.sent(&room(1), &EnvelopeId::from_bytes([1; 16])).unwrap();
    drop(tx);
    within(&mut profile, |tx| {
        assert_eq!(tx.len(&room(1)), Err(DbError::NoRoom));
        tx.put_room(&record(2)).unwrap();
        assert_eq!(tx.append(&room(2), &message(1, 10, "first")), Ok(0));
    });
    let tx = profile.begin().unwrap();
    assert_eq!(tx.append(&room(2), &message(2, 20, "gone")), Ok(1));
    drop(tx);
    within(&mut profile, |tx| {
        assert_eq!(tx.append(&room(2), &message(3, 30, "second")), Ok(1));
        tx.forget_room(&room(2)).unwrap();
        assert_eq!(tx.len(&room(2)), Err(DbError::NoRoom));
        tx.put_room(&record(2)).unwrap();
        assert_eq!(tx.append(&room(2), &message(1, 10, "anew")), Ok(0));
    });
    within(&mut profile, |tx| assert_eq!(tx.len(&room(2)), Ok(1)));
    assert_eq!(profile.check(), Ok(()));
}
