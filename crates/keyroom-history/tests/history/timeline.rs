//! Timelines, line by line.

use keyroom_history::{DbError, EntryBody, NewEntry, Profile, State};
use keyroom_types::{Seq, Timestamp};

use crate::make::{message, message_id, message_of, person, record, room, text, within};

fn with_room() -> Profile {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
    });
    profile
}

#[test]
fn positions_are_dense_in_each_room() {
    within(&mut with_room(), |tx| {
        for position in 0..5 {
            assert_eq!(tx.append(&room(1), &message(position, 10, "a")).unwrap(), u64::from(position));
            assert_eq!(tx.append(&room(2), &message(position, 10, "b")).unwrap(), u64::from(position));
        }
        assert_eq!(tx.len(&room(1)), Ok(5));
        let page = tx.page(&room(1), 3, 10).unwrap();
        assert_eq!(page.iter().map(|entry| entry.position).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(tx.page(&room(1), 1, 2).unwrap().len(), 2);
        assert!(tx.page(&room(1), u64::MAX, 2).unwrap().is_empty());
        assert_eq!(tx.entry(&room(1), 5), Ok(None));
        assert_eq!(tx.entry(&room(1), u64::MAX), Ok(None));
    });
}

#[test]
fn an_entry_reads_back_as_it_was_written() {
    within(&mut with_room(), |tx| {
        let notice = NewEntry {
            at: Timestamp::from_millis(3),
            seq: Some(Seq::new(9)),
            body: EntryBody::Notice { kind: u16::MAX, data: vec![1, 2] },
        };
        let answer = NewEntry {
            at: Timestamp::from_millis(4),
            seq: None,
            body: EntryBody::Message {
                author: person(7),
                name: "نام".into(),
                id: message_id(1),
                text: Some("a\0b".into()),
                reply: Some(message_id(2)),
                edited: true,
                state: State::Failed(7),
            },
        };
        let gone = NewEntry {
            at: Timestamp::from_millis(4),
            seq: None,
            body: EntryBody::Message {
                author: person(7),
                name: String::new(),
                id: message_id(3),
                text: None,
                reply: None,
                edited: false,
                state: State::Received,
            },
        };
        for entry in [notice, answer, gone] {
            let position = tx.append(&room(1), &entry).unwrap();
            let stored = tx.entry(&room(1), position).unwrap().unwrap();
            assert_eq!(
                (stored.position, stored.at, stored.seq, stored.body),
                (position, entry.at, entry.seq, entry.body)
            );
        }
        tx.set_notice(&room(1), 0, &[3]).unwrap();
        let stored = tx.entry(&room(1), 0).unwrap().unwrap();
        assert_eq!(stored.body, EntryBody::Notice { kind: u16::MAX, data: vec![3] });
        assert_eq!(tx.set_notice(&room(1), 1, &[3]), Err(DbError::NoEntry));
    });
}

#[test]
fn a_message_is_stored_once_for_each_author() {
    within(&mut with_room(), |tx| {
        tx.append(&room(1), &message(1, 10, "first")).unwrap();
        assert_eq!(tx.append(&room(1), &message(1, 11, "replayed")), Err(DbError::Repeated));
        let other = message_of(person(2), 1, 12, State::Received, "the same id from somebody else");
        assert_eq!(tx.append(&room(1), &other), Ok(1));
        assert_eq!(tx.append(&room(2), &message(1, 10, "another room")), Ok(0));
        assert_eq!(tx.find(&room(1), &person(2), &message_id(1)), Ok(Some(1)));
        assert_eq!(tx.find_any(&room(1), &message_id(1)), Ok(Some(0)));
        assert_eq!(tx.find(&room(1), &person(3), &message_id(1)), Ok(None));
        assert_eq!(tx.find_any(&room(1), &message_id(2)), Ok(None));
        assert_eq!(text(tx, &room(1), 0).as_deref(), Some("first"));
    });
}

#[test]
fn our_messages_up_to_a_place_become_delivered_once() {
    within(&mut with_room(), |tx| {
        for (id, state) in [(1, State::Stored), (2, State::Received), (3, State::Sent), (4, State::Stored)] {
            tx.append(&room(1), &message_of(person(1), id, 10, state, "a")).unwrap();
        }
        tx.append(&room(1), &message_of(person(1), 5, 10, State::Waiting, "a")).unwrap();
        assert_eq!(tx.delivered(&room(1), Seq::new(3)).unwrap(), [0, 2]);
        assert!(tx.delivered(&room(1), Seq::new(3)).unwrap().is_empty());
        tx.set_state(&room(1), 4, State::Sent, Some(Seq::new(5)), Some(Timestamp::from_millis(99))).unwrap();
        assert_eq!(tx.delivered(&room(1), Seq::new(100)).unwrap(), [3, 4]);
        let last = tx.entry(&room(1), 4).unwrap().unwrap();
        assert_eq!((last.at.as_millis(), last.seq), (99, Some(Seq::new(5))));
        assert_eq!(tx.set_state(&room(1), 9, State::Sent, None, None), Err(DbError::NoEntry));
    });
}

#[test]
fn edits_mark_a_message_and_deletion_takes_its_reactions() {
    within(&mut with_room(), |tx| {
        tx.append(&room(1), &message(1, 10, "first")).unwrap();
        tx.react(&room(1), 0, &person(2), "👍", true).unwrap();
        tx.react(&room(1), 0, &person(2), "👍", true).unwrap();
        tx.react(&room(1), 0, &person(1), "🎉", true).unwrap();
        tx.react(&room(1), 0, &person(1), "🎉", false).unwrap();
        assert_eq!(tx.reactions(&room(1), 0).unwrap(), [(person(2), "👍".to_owned())]);
        tx.react(&room(1), 7, &person(2), "👍", true).unwrap();
        assert!(tx.reactions(&room(1), 7).unwrap().is_empty());
        tx.set_text(&room(1), 0, Some("second")).unwrap();
        let edited = tx.entry(&room(1), 0).unwrap().unwrap().body;
        assert!(
            matches!(edited, EntryBody::Message { edited: true, ref text, .. } if text.as_deref() == Some("second"))
        );
        tx.set_text(&room(1), 0, None).unwrap();
        assert_eq!(text(tx, &room(1), 0), None);
        assert!(tx.reactions(&room(1), 0).unwrap().is_empty());
        assert_eq!(tx.set_text(&room(1), 5, Some("no")), Err(DbError::NoEntry));
    });
}

#[test]
fn what_is_older_than_its_time_expires_and_nothing_else() {
    within(&mut with_room(), |tx| {
        for (id, at) in [(1, 30), (2, 10), (3, 20)] {
            tx.append(&room(1), &message(id, at, "a")).unwrap();
            tx.append(&room(2), &message(id, at, "a")).unwrap();
        }
        tx.react(&room(1), 1, &person(2), "👍", true).unwrap();
        assert_eq!(tx.expire(&room(1), Timestamp::from_millis(21)).unwrap(), [1, 2]);
        assert!(tx.expire(&room(1), Timestamp::from_millis(21)).unwrap().is_empty());
        assert_eq!((text(tx, &room(1), 0).as_deref(), text(tx, &room(1), 1)), (Some("a"), None));
        assert!(tx.reactions(&room(1), 1).unwrap().is_empty());
        assert_eq!(text(tx, &room(2), 1).as_deref(), Some("a"));
        assert_eq!(tx.len(&room(1)), Ok(3));
    });
}

#[test]
fn what_is_sent_and_has_a_place_is_stored_once_it_is_said_to_be() {
    within(&mut with_room(), |tx| {
        let states = [State::Received, State::Waiting, State::Sent, State::Sent, State::Delivered];
        for (id, state) in (0..).zip(states) {
            tx.append(&room(1), &message_of(person(1), id, 10, state, "a")).unwrap();
            tx.append(&room(2), &message_of(person(1), id, 10, state, "a")).unwrap();
        }
        assert_eq!(tx.unsynced(&room(1)), Ok(vec![2, 3]));
        // Somebody has seen it meanwhile: more is known of it than that.
        tx.set_state(&room(1), 3, State::Delivered, None, None).unwrap();
        assert_eq!(tx.set_stored(&room(1), &[0, 1, 2, 3, 4]), Ok(vec![2]));
        let state = |position| match tx.entry(&room(1), position).unwrap().unwrap().body {
            EntryBody::Message { state, .. } => state,
            EntryBody::Notice { .. } => panic!("messages only"),
        };
        let after = [State::Received, State::Waiting, State::Stored, State::Delivered, State::Delivered];
        assert_eq!((0..5).map(state).collect::<Vec<_>>(), after);
        assert_eq!((tx.unsynced(&room(1)), tx.unsynced(&room(2))), (Ok(vec![]), Ok(vec![2, 3])));
        tx.set_state(&room(1), 1, State::Sent, None, None).unwrap();
        assert_eq!(tx.unsynced(&room(1)), Ok(vec![]), "it has no place in the log yet");
        assert_eq!(tx.set_stored(&room(1), &[1]), Ok(vec![]));
    });
}
