//! Full-text search.

use keyroom_history::{Profile, Tx};
use keyroom_types::{RoomId, Timestamp};

use crate::make::{message, record, room, within};

fn found(tx: &Tx<'_>, query: &str, room: Option<&RoomId>) -> Vec<String> {
    tx.search(query, room, 100).unwrap().into_iter().map(|hit| hit.text).collect()
}

fn with(texts: &[&str], look: impl FnOnce(&Tx<'_>)) {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        for (id, text) in (0..).zip(texts) {
            tx.append(&room(1), &message(id, 100 + u64::from(id), text)).unwrap();
        }
        look(tx);
    });
}

#[test]
fn each_word_must_stand_there_and_the_last_may_be_a_beginning() {
    with(&["the quick fox", "the slow fox", "foxes are quick"], |tx| {
        assert_eq!(found(tx, "quick fo", None), ["foxes are quick", "the quick fox"]);
        assert_eq!(found(tx, "fox quick", None), ["the quick fox"]);
        assert_eq!(found(tx, "f", None).len(), 3);
        assert_eq!(found(tx, "ox", None).len(), 0);
        assert_eq!(found(tx, "", None).len(), 0);
        assert_eq!(tx.search("fox", None, 1).unwrap().len(), 1);
    });
}

#[test]
fn case_and_accents_make_no_difference_and_all_scripts_have_words() {
    let texts =
        ["Grüße aus dem Café", "cafe\u{301} noir", "नमस्ते दुनिया", "שלום עולם", "你好世界", "Мир и труд"];
    with(&texts, |tx| {
        assert_eq!(found(tx, "GRUSSE", None).len(), 0);
        assert_eq!(found(tx, "GRÜẞE", None).len() + found(tx, "grüße", None).len(), 2);
        assert_eq!(found(tx, "cafe", None), ["cafe\u{301} noir", "Grüße aus dem Café"]);
        assert_eq!(found(tx, "CAFÉ", None).len(), 2);
        assert_eq!(found(tx, "नमस्", None).len(), 1);
        assert_eq!(found(tx, "עולם", None).len(), 1);
        assert_eq!(found(tx, "你好", None).len(), 1);
        assert_eq!(found(tx, "ТРУД", None).len(), 1);
    });
}

#[test]
fn nothing_that_is_typed_is_taken_for_an_operator() {
    with(&["a near b", "room 7", "x-y z", "NOT"], |tx| {
        let hostile = [
            "\"",
            "\"\"",
            "*",
            "a*",
            "^a",
            "a OR",
            "NOT a",
            "NEAR(a b)",
            "text:a",
            "room:1",
            "- : ( ) {",
            "a AND",
            "\0",
            "'",
            "{room}: 1",
            "a\"b",
            "rank",
            "🎉",
            "\u{301}",
            "a\u{200d}b",
        ];
        for query in hostile {
            tx.search(query, None, 10).unwrap();
            tx.search(query, Some(&room(1)), 10).unwrap();
        }
        tx.search(&"a ".repeat(100_000), None, 10).unwrap();
        tx.search(&"a".repeat(1_000_000), None, 10).unwrap();
        assert_eq!(found(tx, "x-y", None), ["x-y z"]);
        assert_eq!(found(tx, "not", None), ["NOT"]);
        // The number that stands for a room in the index is no word.
        assert_eq!(found(tx, "1", None).len(), 0);
    });
}

#[test]
fn newest_come_first_whatever_came_in_first_and_one_room_can_be_meant() {
    with(&["word 100", "word 101"], |tx| {
        tx.append(&room(2), &message(0, 50, "word 50")).unwrap();
        tx.append(&room(2), &message(1, 101, "word 101 again")).unwrap();
        tx.append(&room(2), &message(2, u64::MAX, "word of a mad clock")).unwrap();
        let all = ["word of a mad clock", "word 101 again", "word 101", "word 100", "word 50"];
        assert_eq!(found(tx, "word", None), all);
        assert_eq!(found(tx, "word", Some(&room(1))), ["word 101", "word 100"]);
        let hit = tx.search("50", Some(&room(2)), 1).unwrap().remove(0);
        assert_eq!(
            (hit.room, hit.position, hit.at, &*hit.name),
            (room(2), 0, Timestamp::from_millis(50), "ann")
        );
    });
}

#[test]
fn edits_deletions_expiry_and_forgotten_rooms_are_followed() {
    with(&["one apple", "two apples", "three apples", "four apples"], |tx| {
        tx.set_text(&room(1), 1, Some("two pears")).unwrap();
        tx.set_text(&room(1), 2, None).unwrap();
        assert_eq!(found(tx, "apple", None), ["four apples", "one apple"]);
        assert_eq!(found(tx, "pears", None), ["two pears"]);
        tx.expire(&room(1), Timestamp::from_millis(101)).unwrap();
        assert_eq!(found(tx, "apple", None), ["four apples"]);
        tx.set_text(&room(1), 2, Some("three plums")).unwrap();
        assert_eq!(found(tx, "plums", None), ["three plums"]);
        tx.forget_room(&room(1)).unwrap();
        assert!(found(tx, "apple", None).is_empty() && found(tx, "pears", None).is_empty());
    });
}
