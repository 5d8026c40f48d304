//! Timeline and search against a model.

use std::collections::{BTreeSet, HashMap};

use keyroom_history::{DbError, Profile, Tx};
use keyroom_types::{RoomId, Timestamp};
use proptest::prelude::*;

use crate::make::{message, person, record, room, text, within};

/// One thing that happens in one of two rooms.
#[derive(Clone, Debug)]
enum Act {
    Append { room: u8, id: u32, at: u64, words: Vec<usize> },
    Edit { room: u8, position: u64, words: Vec<usize> },
    Delete { room: u8, position: u64 },
    React { room: u8, position: u64, on: bool },
    Expire { room: u8, before: u64 },
    Forget { room: u8 },
}

const WORDS: [&str; 8] = ["apple", "apples", "applesauce", "pear", "Péar", "plum", "on", "one"];

/// What each word is to a search.
const FOLDED: [&str; 8] = ["apple", "apples", "applesauce", "pear", "pear", "plum", "on", "one"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let words = || prop::collection::vec(0..WORDS.len(), 0..4);
    let (room, position) = (1..=2_u8, 0..12_u64);
    let act = prop_oneof![
        8 => (room.clone(), 0..40_u32, 0..50_u64, words()).prop_map(|(room, id, at, words)| Act::Append { room, id, at, words }),
        3 => (room.clone(), position.clone(), words()).prop_map(|(room, position, words)| Act::Edit { room, position, words }),
        2 => (room.clone(), position.clone()).prop_map(|(room, position)| Act::Delete { room, position }),
        2 => (room.clone(), position, any::<bool>()).prop_map(|(room, position, on)| Act::React { room, position, on }),
        1 => (room.clone(), 0..50_u64).prop_map(|(room, before)| Act::Expire { room, before }),
        1 => room.prop_map(|room| Act::Forget { room }),
    ];
    prop::collection::vec(act, 0..60)
}

#[derive(Clone, Debug)]
struct Line {
    id: u32,
    at: u64,
    words: Option<Vec<usize>>,
    reaction: bool,
}

#[derive(Debug, Default)]
struct Model(HashMap<u8, Vec<Line>>);

impl Model {
    fn line(&mut self, room: u8, position: u64) -> Option<&mut Line> {
        self.0.entry(room).or_default().get_mut(usize::try_from(position).unwrap())
    }

    /// Rooms and positions of the messages that a search for some words must find.
    fn found(&self, only: Option<u8>, words: &[&str]) -> BTreeSet<(u8, u64)> {
        let (last, whole) = words.split_last().unwrap();
        let fits = |line: &Line| {
            line.words.as_ref().is_some_and(|has| {
                let has: Vec<&str> = has.iter().map(|&word| FOLDED[word]).collect();
                whole.iter().all(|word| has.contains(word)) && has.iter().any(|word| word.starts_with(last))
            })
        };
        let rooms = self.0.iter().filter(|&(&room, _)| only.is_none_or(|only| only == room));
        let lines = rooms
            .flat_map(|(&room, lines)| (0..).zip(lines).map(move |(position, line)| (room, position, line)));
        lines.filter(|(_, _, line)| fits(line)).map(|(room, position, _)| (room, position)).collect()
    }
}

fn said(words: &[usize]) -> String {
    words.iter().map(|&word| WORDS[word]).collect::<Vec<_>>().join(" ")
}

fn apply(tx: &Tx<'_>, model: &mut Model, act: &Act) {
    match act {
        Act::Append { room: number, id, at, words } => {
            let lines = model.0.entry(*number).or_default();
            let answer = tx.append(&room(*number), &message(*id, *at, &said(words)));
            if lines.iter().any(|line| line.id == *id) {
                assert_eq!(answer, Err(DbError::Repeated));
            } else {
                assert_eq!(answer, Ok(lines.len() as u64));
                lines.push(Line { id: *id, at: *at, words: Some(words.clone()), reaction: false });
            }
        }
        Act::Edit { room: number, position, words } => {
            let answer = tx.set_text(&room(*number), *position, Some(&said(words)));
            match model.line(*number, *position) {
                Some(line) => line.words = Some(words.clone()),
                None => assert_eq!(answer, Err(DbError::NoEntry)),
            }
        }
        Act::Delete { room: number, position } => {
            let answer = tx.set_text(&room(*number), *position, None);
            match model.line(*number, *position) {
                Some(line) => (line.words, line.reaction) = (None, false),
                None => assert_eq!(answer, Err(DbError::NoEntry)),
            }
        }
        Act::React { room: number, position, on } => {
            tx.react(&room(*number), *position, &person(2), "👍", *on).unwrap();
            if let Some(line) = model.line(*number, *position) {
                line.reaction = *on;
            }
        }
        Act::Expire { room: number, before } => {
            let gone = tx.expire(&room(*number), Timestamp::from_millis(*before)).unwrap();
            let mut expected = Vec::new();
            for (position, line) in (0..).zip(model.0.entry(*number).or_default()) {
                if line.at < *before && line.words.is_some() {
                    (line.words, line.reaction) = (None, false);
                    expected.push(position);
                }
            }
            assert_eq!(gone, expected);
        }
        Act::Forget { room: number } => {
            tx.forget_room(&room(*number)).unwrap();
            tx.put_room(&record(*number)).unwrap();
            model.0.remove(number);
        }
    }
}

fn compare(tx: &Tx<'_>, model: &Model) {
    for (&number, lines) in &model.0 {
        let room = room(number);
        assert_eq!(tx.len(&room).unwrap(), lines.len() as u64);
        for (position, line) in (0..).zip(lines) {
            assert_eq!(text(tx, &room, position), line.words.as_deref().map(said));
            assert_eq!(!tx.reactions(&room, position).unwrap().is_empty(), line.reaction);
        }
    }
    let found = |query: &[&str], only: Option<&RoomId>| -> Vec<(u8, u64)> {
        let hits = tx.search(&query.join(" "), only, usize::MAX).unwrap();
        assert!(hits.is_sorted_by_key(|hit| std::cmp::Reverse(hit.at)), "newest first");
        hits.iter().map(|hit| (hit.room.as_bytes()[0], hit.position)).collect()
    };
    for query in
        [&["a"][..], &["apple"], &["apples"], &["apple", "p"], &["pear", "o"], &["on"], &["plum", "on"]]
    {
        for only in [None, Some(1), Some(2)] {
            let hits = found(query, only.map(room).as_ref());
            let set: BTreeSet<_> = hits.iter().copied().collect();
            assert_eq!((hits.len(), &set), (set.len(), &model.found(only, query)), "{query:?} in {only:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn timeline_and_search_are_what_a_model_says(acts in acts(), at_once in 1..20_usize) {
        let mut profile = Profile::ephemeral().unwrap();
        let mut model = Model::default();
        within(&mut profile, |tx| [1, 2].map(|number| tx.put_room(&record(number)).unwrap()));
        for acts in acts.chunks(at_once) {
            within(&mut profile, |tx| acts.iter().for_each(|act| apply(tx, &mut model, act)));
            within(&mut profile, |tx| compare(tx, &model));
        }
        prop_assert_eq!(profile.check(), Ok(()));
    }
}
