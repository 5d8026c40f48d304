//! Captured bytes: kept for a bounded time and to a bounded size, and gone with their message.

use keyroom_history::{Capture, CaptureBounds, EpochNote, Tx};
use keyroom_types::{Seq, Timestamp};

use crate::make::{made, message, message_id, open, record, room, within};

const ANY: CaptureBounds = CaptureBounds { since: Timestamp::from_millis(0), bytes: 1 << 20 };

fn capture(seq: u64, at: u64) -> Capture {
    Capture {
        seq: Seq::new(seq),
        at: Timestamp::from_millis(at),
        frame: vec![u8::try_from(seq % 251).unwrap(); 1_000],
        outer: seq.is_multiple_of(2).then(|| vec![7; 10]),
        facts: b"facts".to_vec(),
    }
}

fn kept(tx: &Tx<'_>, number: u8, through: u64) -> Vec<u64> {
    (1..=through).filter(|seq| tx.captured(&room(number), Seq::new(*seq)).unwrap().is_some()).collect()
}

#[test]
fn a_capture_is_kept_byte_for_byte_with_its_room_and_place() {
    let scratch = made("captures-bytes");
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        for seq in 1..=3 {
            tx.capture(&room(1), &capture(seq, 5), &ANY).unwrap();
        }
    });
    drop(profile);
    within(&mut open(&scratch), |tx| {
        for seq in 1..=3 {
            assert_eq!(tx.captured(&room(1), Seq::new(seq)).unwrap(), Some(capture(seq, 5)));
            assert_eq!(tx.captured(&room(2), Seq::new(seq)).unwrap(), None);
        }
        assert_eq!(tx.captured(&room(1), Seq::new(u64::MAX)).unwrap(), None);
        let before = tx.captured_bytes().unwrap();
        tx.capture(&room(1), &capture(3, 9), &ANY).unwrap();
        assert_eq!(tx.captured_bytes().unwrap(), before, "the same envelope is kept once");
        assert_eq!(tx.captured(&room(1), Seq::new(3)).unwrap(), Some(capture(3, 9)));
    });
}

#[test]
fn what_is_too_old_goes_when_new_ones_come_or_at_once_when_asked() {
    let scratch = made("captures-old");
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        for seq in 1..=60 {
            tx.capture(&room(1), &capture(seq, seq), &ANY).unwrap();
            tx.capture(&room(2), &capture(seq, seq), &ANY).unwrap();
        }
        let later = CaptureBounds { since: Timestamp::from_millis(50), ..ANY };
        for seq in 61..=64 {
            tx.capture(&room(1), &capture(seq, seq), &later).unwrap();
        }
        assert_eq!(kept(tx, 1, 64), (33..=64).collect::<Vec<_>>(), "32 at a time");
        assert_eq!(kept(tx, 2, 64).len(), 60);
        tx.prune_captures(&later).unwrap();
        assert_eq!(kept(tx, 1, 64), (50..=64).collect::<Vec<_>>());
        assert_eq!(kept(tx, 2, 64), (50..=60).collect::<Vec<_>>());
    });
}

#[test]
fn all_rooms_together_keep_no_more_than_is_allowed_and_the_newest_stay() {
    let scratch = made("captures-size");
    let mut profile = open(&scratch);
    let bounds = CaptureBounds { bytes: 20_000, ..ANY };
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        for seq in 1..=100 {
            tx.capture(&room(1), &capture(seq, seq * 2), &bounds).unwrap();
            tx.capture(&room(2), &capture(seq, seq * 2 + 1), &bounds).unwrap();
            assert!(tx.captured_bytes().unwrap() <= bounds.bytes);
        }
        let (one, two) = (kept(tx, 1, 100), kept(tx, 2, 100));
        assert!(one.len() >= 7 && two.len() >= 7, "{one:?} {two:?}");
        for kept in [&one, &two] {
            assert_eq!(kept.last(), Some(&100));
            assert_eq!(kept.len() as u64, 100 - kept[0] + 1, "without gaps: {kept:?}");
        }
        tx.prune_captures(&CaptureBounds { bytes: 0, ..ANY }).unwrap();
        assert_eq!((tx.captured_bytes().unwrap(), kept(tx, 1, 100)), (0, vec![]));
    });
}

/// Attack matrix row 37: how long a message was, and when it was there, goes with its text.
#[test]
fn a_deleted_message_an_expired_one_and_a_forgotten_room_take_their_captures_along() {
    let scratch = made("captures-gone");
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        for seq in 1..=4 {
            let entry = message(u32::try_from(seq).unwrap(), seq, "text");
            tx.append(&room(1), &keyroom_history::NewEntry { seq: Some(Seq::new(seq)), ..entry }).unwrap();
            tx.capture(&room(1), &capture(seq, seq), &ANY).unwrap();
        }
        let position = tx.find_any(&room(1), &message_id(3)).unwrap().unwrap();
        tx.set_text(&room(1), position, None).unwrap();
        assert_eq!(kept(tx, 1, 4), [1, 2, 4]);
        tx.expire(&room(1), Timestamp::from_millis(2)).unwrap();
        assert_eq!(kept(tx, 1, 4), [2, 4]);
        tx.note_epoch(&room(1), &note(1)).unwrap();
        tx.set_session(&room(1), "a").unwrap();
        tx.set_session(&room(1), "b").unwrap();
        assert_eq!(tx.session(&room(1)).unwrap().as_deref(), Some("b"));
        tx.forget_room(&room(1)).unwrap();
        assert_eq!(tx.captured_bytes().unwrap(), 0);
        tx.put_room(&record(1)).unwrap();
        assert_eq!((kept(tx, 1, 4), tx.epochs(&room(1)).unwrap()), (vec![], vec![]));
        assert_eq!(tx.session(&room(1)).unwrap(), None);
    });
}

fn note(epoch: u64) -> EpochNote {
    EpochNote { seq: Seq::new(epoch * 3), at: Timestamp::from_millis(epoch), epoch, said: vec![1, 2] }
}

#[test]
fn changes_of_keys_come_back_in_order_and_the_oldest_of_very_many_go() {
    let scratch = made("captures-epochs");
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        for epoch in 1..=3 {
            tx.note_epoch(&room(1), &note(epoch)).unwrap();
        }
        assert_eq!(tx.epochs(&room(1)).unwrap(), [note(1), note(2), note(3)]);
        for epoch in 4..=1_300 {
            tx.note_epoch(&room(1), &note(epoch)).unwrap();
        }
        let known = tx.epochs(&room(1)).unwrap();
        assert!((1_000..1_100).contains(&known.len()), "{}", known.len());
        assert_eq!(known.last(), Some(&note(1_300)));
    });
}

#[test]
fn the_sum_of_bytes_is_that_of_what_is_stored() {
    let scratch = made("captures-sum");
    let mut profile = open(&scratch);
    let before = within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.capture(&room(1), &capture(1, 5), &ANY).unwrap();
        tx.captured_bytes().unwrap()
    });
    let tx = profile.begin().unwrap();
    tx.capture(&room(1), &capture(2, 5), &ANY).unwrap();
    assert!(tx.captured_bytes().unwrap() > before);
    drop(tx);
    within(&mut profile, |tx| assert_eq!(tx.captured_bytes(), Ok(before)));
    drop(profile);
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        assert_eq!(tx.captured_bytes(), Ok(before));
        tx.forget_room(&room(1)).unwrap();
        assert_eq!(tx.captured_bytes(), Ok(0));
    });
    drop(profile);
    within(&mut open(&scratch), |tx| assert_eq!(tx.captured_bytes(), Ok(0)));
}
