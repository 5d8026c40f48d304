//! The languages of the window, and how a sentence stands in each of them.
//!
//! Every sentence is written once, in all languages side by side: a [`Word`] or one of the macros `say!` and `pick!`
//! takes as many texts as there are languages, so that the compiler refuses a sentence that lacks one.
//!
//! Which language is spoken is part of the reducer's state. It says so to the thread that it runs on each time
//! before it makes words ([`speak`]): tests on other threads do not hear it.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them, as they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// What the language calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Its code (ISO 639-1), as it is kept.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language of a locale such as `de_AT.UTF-8`. One that is not spoken here is English.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::of_code(&language.to_ascii_lowercase()).unwrap_or_default()
    }

    /// The language of messages that the environment asks for: of `LC_ALL`, `LC_MESSAGES` and `LANG` the first that
    /// is set and not empty decides (POSIX.1-2017, Base Definitions, section 8.2).
    pub fn of_environment(read: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(read);
        set.into_iter()
            .find(|locale| !locale.is_empty())
            .map(|locale| Self::of_locale(&locale))
            .unwrap_or_default()
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language that this thread's words are in.
pub fn language() -> Language {
    SPOKEN.get()
}

/// From now on this thread's words are in that language.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// Work for another thread, in this one's language: a thread begins in English.
pub fn spoken_here<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let language = language();
    move || {
        speak(language);
        work()
    }
}

/// A sentence, or a piece of one, in every language. Reads as a `str` in the one that is spoken.
///
/// It is not `Clone`, so that `to_owned` makes a `String` of it.
#[derive(Debug)]
pub struct Word {
    english: &'static str,
    german: &'static str,
}

impl Word {
    /// The sentence in every language.
    ///
    /// # Panics
    /// One of them is empty: as a constant it does not compile then.
    pub const fn new(english: &'static str, german: &'static str) -> Self {
        assert!(!english.is_empty() && !german.is_empty(), "a sentence lacks a language");
        Self { english, german }
    }

    /// The sentence in the language that is spoken.
    pub fn text(&self) -> &'static str {
        pick!(self.english, self.german)
    }

    /// The sentence in every language, English first.
    pub(crate) fn both(&self) -> (&'static str, &'static str) {
        (self.english, self.german)
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        self.text()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// One of as many values as there are languages: that of the language which is spoken. The others are not made.
macro_rules! pick {
    ($english:expr, $german:expr $(,)?) => {
        match $crate::words::language() {
            $crate::words::Language::English => $english,
            $crate::words::Language::German => $german,
        }
    };
}
pub(crate) use pick;

/// A sentence with something filled in, as `format!` does, in the language that is spoken.
macro_rules! say {
    ($english:literal, $german:literal $(,)?) => {
        $crate::words::pick!(format!($english), format!($german))
    };
    ($english:literal, $german:literal, $($filled:tt)+) => {
        $crate::words::pick!(format!($english, $($filled)+), format!($german, $($filled)+))
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Language {
        let set = set.to_vec();
        Language::of_environment(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_first_variable_that_is_set_decides_the_language() {
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), Language::German);
        assert_eq!(of(&[("LANG", "de_DE.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")]), Language::English);
        assert_eq!(of(&[("LC_ALL", "de"), ("LC_MESSAGES", "en_GB"), ("LANG", "fr")]), Language::German);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "DE-ch")]), Language::German);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "de_DE")]), Language::English);
        assert_eq!(of(&[("LANG", "den_CA")]), Language::English);
        assert_eq!(of(&[]), Language::English);
    }

    #[test]
    fn a_word_is_read_in_the_language_of_its_thread() {
        const ROOM: Word = Word::new("room", "Raum");
        let count = 3;
        speak(Language::German);
        assert_eq!(ROOM.to_owned(), "Raum");
        assert_eq!(say!("{count} of {}", "{count} von {}", 4), "3 von 4");
        let elsewhere = std::thread::spawn(|| format!("{ROOM}")).join().unwrap();
        assert_eq!(elsewhere, "room");
        speak(Language::English);
        assert_eq!(&*ROOM, "room");
    }

    #[test]
    fn every_language_is_known_by_its_code() {
        for language in Language::ALL {
            assert_eq!(Language::of_code(language.code()), Some(language));
        }
        assert_eq!(Language::of_code("fr"), None);
    }
}
