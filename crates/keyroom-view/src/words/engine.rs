//! What the engine's inspector says, in the window's language. Its English words are the keys: a phrase that it says in other words, or
//! for the first time, has no German until somebody has looked at it here, and a test says so.

mod fields;
mod lab;
mod link;
mod room;
mod steps;

use std::collections::HashMap;
use std::sync::LazyLock;

use keyroom_client::inspect::{Phrase, Text};

use super::{Word, pick};

/// A phrase of the engine.
pub fn phrase(phrase: Phrase) -> &'static str {
    let english = phrase.english();
    pick!(english, GERMAN.get(english).copied().unwrap_or(english))
}

/// A sentence of the engine, with all that is filled in.
pub fn sentence(text: &Text) -> String {
    text.say(&phrase)
}

/// A word of a protocol or a format: the same in every language, so that it is found where it is written.
const fn term(word: &'static str) -> Word {
    Word::new(word, word)
}

static GERMAN: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| CATALOGUE.iter().flat_map(|words| words.iter().map(Word::both)).collect());

const CATALOGUE: [&[Word]; 15] = [
    steps::FERNET,
    steps::SEALED,
    steps::NOTED,
    room::SIGHT,
    room::SIDES,
    lab::LAB,
    lab::REPORT,
    fields::LAYERS,
    fields::TOKEN,
    fields::RECORD,
    fields::FRAME,
    fields::MLS,
    link::CLAIM,
    link::LINK,
    link::OTHERS,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use keyroom_client::inspect::all_phrases;

    use super::super::{Language, speak};
    use super::*;

    /// Who adds a phrase to the engine, or changes one, has to give its German here.
    #[test]
    fn everything_that_the_engine_can_say_has_its_german_and_nothing_else_has() {
        let said: BTreeSet<&str> = all_phrases().map(Phrase::english).collect();
        let known: BTreeSet<&str> = GERMAN.keys().copied().collect();
        let missing: Vec<_> = said.difference(&known).collect();
        let left: Vec<_> = known.difference(&said).collect();
        assert!(
            missing.is_empty(),
            "the engine says this, and the catalogue has no German for it: {missing:#?}"
        );
        assert!(left.is_empty(), "the engine says this no more: {left:#?}");
        let count: usize = CATALOGUE.iter().map(|words| words.len()).sum();
        assert_eq!(count, known.len(), "a phrase stands here twice");
    }

    #[test]
    fn a_term_is_a_name_and_no_sentence() {
        for (english, german) in GERMAN.iter().filter(|(english, german)| english == german) {
            assert!(english.split(' ').count() <= 4 && !english.ends_with('.'), "{german:?}");
        }
    }

    #[test]
    fn the_engine_is_heard_in_the_language_of_the_window() {
        let who = keyroom_client::inspect::MEMBERS;
        assert_eq!(phrase(who), "members");
        speak(Language::German);
        assert_eq!((phrase(who), sentence(&who.into()).as_str()), ("Mitglieder", "Mitglieder"));
        speak(Language::English);
    }
}
