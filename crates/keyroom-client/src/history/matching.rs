//! Which messages a text is about, for rooms that are in memory, and where the words stand, for all of them.
//!
//! The rules are those of the database's index (`keyroom-history`, "Search"): each word must stand in the message, the last
//! may be the beginning of one; upper and lower case, accents, and all that is neither letter nor digit make no difference.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The words that are searched for.
pub(crate) struct Query {
    /// What stands between spaces, as words of the index: `it's` is two that follow each other.
    phrases: Vec<Vec<String>>,
}

impl Query {
    /// `None` where there is no word in the text.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let phrases =
            text.split_whitespace().take(WORDS).map(|part| words(part).map(|(_, word)| word).collect());
        let phrases: Vec<Vec<String>> = phrases.filter(|phrase: &Vec<String>| !phrase.is_empty()).collect();
        (!phrases.is_empty()).then_some(Self { phrases })
    }

    /// Where the words stand in a text, in bytes, in order. `None` where one of them does not.
    pub(crate) fn marks(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let folded: String = text.chars().flat_map(fold).collect();
        // Most messages are out at once, without being taken apart.
        if !self.phrases.iter().flatten().all(|word| folded.contains(word.as_str())) {
            return None;
        }
        let words: Vec<(Range<usize>, String)> = words(text).collect();
        let last = self.phrases.len() - 1;
        let mut marks = Vec::new();
        for (number, phrase) in self.phrases.iter().enumerate() {
            let before = marks.len();
            let places = words.windows(phrase.len()).filter(|there| is_it(there, phrase, number == last));
            for there in places.take(MARKS) {
                marks.extend(there.iter().map(|(place, _)| place.clone()));
            }
            if marks.len() == before {
                return None;
            }
        }
        marks.sort_by_key(|mark| (mark.start, mark.end));
        marks.dedup();
        Some(marks)
    }
}

fn is_it(there: &[(Range<usize>, String)], phrase: &[String], may_begin: bool) -> bool {
    let end = phrase.len() - 1;
    there.iter().zip(phrase).enumerate().all(|(at, ((_, word), wanted))| {
        if may_begin && at == end { word.starts_with(wanted.as_str()) } else { word == wanted }
    })
}

/// The words of a text, folded, and where they stand.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let is_part = |ch: char| ch.is_alphanumeric() || is_combining_mark(ch);
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = rest.by_ref().find(|&(_, ch)| ch.is_alphanumeric())?;
        let mut end = text.len();
        while let Some(&(at, ch)) = rest.peek() {
            if !is_part(ch) {
                end = at;
                break;
            }
            rest.next();
        }
        Some((start..end, text[start..end].chars().flat_map(fold).collect()))
    })
}

/// One character as it is compared: in small letters, without its accents.
fn fold(ch: char) -> impl Iterator<Item = char> {
    let accent = |ch: &char| matches!(ch, '\u{300}'..='\u{36F}');
    std::iter::once(ch).nfd().filter(move |ch| !accent(ch)).flat_map(char::to_lowercase)
}

/// Words that count; nobody types more. As in the index.
const WORDS: usize = 32;
/// Places of one word that are marked in a message.
const MARKS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(query: &str, text: &'a str) -> Option<Vec<&'a str>> {
        let marks = Query::of(query)?.marks(text)?;
        Some(marks.into_iter().map(|mark| &text[mark]).collect())
    }

    #[test]
    fn each_word_must_stand_there_and_the_last_may_be_a_beginning() {
        assert_eq!(found("seeds sat", "On Saturday I bring the seeds."), Some(vec!["Saturday", "seeds"]));
        assert_eq!(found("seed sat", "On Saturday I bring the seeds."), None);
        assert_eq!(found("seeds beans", "On Saturday I bring the seeds."), None);
        assert_eq!(found("", "x"), None);
        assert_eq!(found(" - !!", "x - !!"), None);
    }

    #[test]
    fn case_accents_and_signs_make_no_difference() {
        assert_eq!(found("cafe", "Im Café!"), Some(vec!["Café"]));
        assert_eq!(found("CAFÉ", "cafe\u{301}s"), Some(vec!["cafe\u{301}s"]));
        assert_eq!(found("it's", "so it's, it s and its"), Some(vec!["it", "s", "it", "s"]));
        assert_eq!(found("привет", "ПРИВЕТ всем"), Some(vec!["ПРИВЕТ"]));
        assert_eq!(found("नमस्ते", "आज नमस्ते कहा"), Some(vec!["नमस्ते"]));
        assert_eq!(found("שלום", "אז שלום לך"), Some(vec!["שלום"]));
    }

    /// Attack matrix row 27: a message that is nothing but one word is marked in bounded places.
    #[test]
    fn a_flood_of_the_word_is_marked_in_bounded_places() {
        assert_eq!(found("x", &"x ".repeat(10_000)).map(|marks| marks.len()), Some(MARKS));
    }
}
