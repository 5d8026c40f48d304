//! The inspector's words. They are English here; a face that speaks another language says the same in its own.
//!
//! A [`Phrase`] is made by `phrases!` alone, which puts it into the `PHRASES` of its file, and [`all_phrases`] goes through those
//! of all files: a catalogue can be held against it, so that no phrase is forgotten. A file whose `PHRASES` do not stand here
//! does not compile without a warning. What is the same in every language (numbers, digits, names that somebody chose) is
//! said with [`Text::as_is`].

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// Something that the inspector says, with `{}` where something is filled in. Reads as its English words, and is known by
/// them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Phrase(&'static str);

impl Phrase {
    /// For `phrases!` only.
    pub(super) const fn new(english: &'static str) -> Self {
        Self(english)
    }

    /// In English.
    pub const fn english(self) -> &'static str {
        self.0
    }

    /// In another language.
    pub fn say(self, tongue: Tongue<'_>) -> &'static str {
        tongue(self)
    }

    /// With as many texts filled in as it has places.
    pub(super) fn with<const N: usize>(self, filled: [Text; N]) -> Text {
        debug_assert_eq!(self.0.matches(PLACE).count(), N, "{self}");
        let english = fill(self.0, filled.iter().map(|text| text.english.clone()));
        Text { english: english.into(), phrase: Some(self), filled: filled.into() }
    }

    /// The phrase of these that somebody has kept by its English words. One that this version does not know stays as it is.
    pub(super) fn kept(english: &str, phrases: &[Self]) -> Text {
        let known = phrases.iter().find(|phrase| **phrase == *english);
        known.map_or_else(|| Text::as_is(english), |phrase| (*phrase).into())
    }
}

impl Deref for Phrase {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<str> for Phrase {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Phrase {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// How a language says a phrase, with as many places in the same order.
pub type Tongue<'a> = &'a dyn Fn(Phrase) -> &'static str;

/// English: the phrases as they are.
pub fn english(phrase: Phrase) -> &'static str {
    phrase.english()
}

/// Phrases and what is filled in. Reads as English.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Text {
    english: Cow<'static, str>,
    /// None: it is the same in every language.
    phrase: Option<Phrase>,
    filled: Vec<Text>,
}

impl Text {
    /// What is the same in every language: a number, digits, a name that somebody chose, a word of another standard.
    #[allow(clippy::needless_pass_by_value, reason = "a number is handed in as it comes")]
    pub fn as_is(same: impl ToString) -> Self {
        Self { english: same.to_string().into(), phrase: None, filled: Vec::new() }
    }

    /// In another language.
    pub fn say(&self, tongue: Tongue<'_>) -> String {
        match self.phrase {
            Some(phrase) => fill(tongue(phrase), self.filled.iter().map(|text| text.say(tongue).into())),
            None => self.english.clone().into_owned(),
        }
    }
}

impl From<Phrase> for Text {
    fn from(phrase: Phrase) -> Self {
        Self { english: phrase.0.into(), phrase: Some(phrase), filled: Vec::new() }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.english == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.english == *other
    }
}

/// What is filled in is not looked at: it may be somebody's name, with places of its own.
fn fill(template: &str, filled: impl Iterator<Item = Cow<'static, str>>) -> String {
    let mut parts = template.split(PLACE);
    let mut said = parts.next().unwrap_or_default().to_owned();
    for (part, text) in parts.zip(filled) {
        said.push_str(&text);
        said.push_str(part);
    }
    said
}

const PLACE: &str = "{}";

/// Constants of phrases, and `PHRASES` with all of them.
macro_rules! phrases {
    ($($(#[$about:meta])* $vis:vis $name:ident = $english:literal;)+) => {
        $($(#[$about])* $vis const $name: $crate::inspect::Phrase = $crate::inspect::Phrase::new($english);)+
        /// All that this file says.
        pub(in crate::inspect) const PHRASES: &[$crate::inspect::Phrase] = &[$($name),+];
    };
}
pub(super) use phrases;

/// Everything that the inspector can say, but for what is the same in every language.
pub fn all_phrases() -> impl Iterator<Item = Phrase> {
    let all = [FILES, super::decode::WORDS, super::lab::WORDS];
    all.into_iter().flatten().flat_map(|phrases| phrases.iter().copied())
}

/// Those of the files of this folder.
const FILES: &[&[Phrase]] = &[
    super::fernet::PHRASES,
    super::field::PHRASES,
    super::noted::PHRASES,
    super::report::PHRASES,
    super::room::PHRASES,
    super::sealed::PHRASES,
    super::sides::PHRASES,
    super::sight::PHRASES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    const CAME: Phrase = Phrase::new("{} came at {}.");
    const NINE: Phrase = Phrase::new("nine");

    fn german(phrase: Phrase) -> &'static str {
        match phrase.english() {
            "{} came at {}." => "{} kam um {}.",
            "nine" => "neun",
            _ => "",
        }
    }

    #[test]
    fn a_phrase_is_said_in_another_language_with_all_that_is_filled_in() {
        // Attack matrix row 22: a name is never read as a template.
        let text = CAME.with([Text::as_is("{} Zoe"), NINE.into()]);
        assert_eq!(text, "{} Zoe came at nine.");
        assert_eq!(text.say(&german), "{} Zoe kam um neun.");
        assert_eq!(text.say(&english), &*text);
        assert_eq!(Phrase::kept("nine", &[NINE]).say(&german), "neun");
        assert_eq!(Phrase::kept("ten", &[NINE]).say(&german), "ten");
    }

    #[test]
    fn every_phrase_says_something_and_is_known_by_it() {
        let all: Vec<&str> = all_phrases().map(Phrase::english).collect();
        assert!(all.len() > 300, "{}", all.len());
        assert!(all.iter().all(|phrase| !phrase.trim().is_empty() && !phrase.contains('\n')));
        assert!(all.iter().collect::<BTreeSet<_>>().len() > 250);
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the source is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    /// The catalogue of another language is held against `all_phrases`: what is said without them would be English for good.
    #[test]
    fn nothing_in_words_goes_past_the_list_of_phrases() {
        let mut found = Vec::new();
        files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/inspect")), &mut found);
        assert!(found.len() > 20);
        for path in found.iter().filter(|path| !path.ends_with("phrase.rs")) {
            let source = fs::read_to_string(path).expect("it can be read");
            let code: String = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().into();
            let code: String = code.split_whitespace().collect();
            let name = path.display();
            assert!(!code.contains("Phrase::new("), "{name}: phrases! makes phrases");
            for said in code.split("as_is(").skip(1) {
                let literal = said.trim_start_matches("&format!(").trim_start_matches("format!(");
                let text =
                    literal.strip_prefix('"').and_then(|text| text.split('"').next()).unwrap_or_default();
                let plain: String =
                    text.split('{').map(|part| part.split('}').next_back().unwrap_or_default()).collect();
                let words = plain.split(|ch: char| !ch.is_alphabetic()).any(|word| word.chars().count() > 1);
                assert!(!words, "{name}: {text:?} is no phrase");
            }
        }
    }
}
