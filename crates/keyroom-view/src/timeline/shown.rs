//! The copy of a text that a screen shows: safe, bounded, with its direction. The original stays exact.
//!
//! Attack matrix rows 22 and 23 (hidden and reordering characters become marks), 25 (text stays text: what is markup or a
//! link in it is found later, in the copy that is made here) and 27 (text bombs: length, lines, marks and joiners are bounded).

use std::sync::Arc;

use keyroom_types::{limits, text};
use unicode_bidi::{BidiClass, bidi_class};

use crate::markup::{self, Names};
use crate::words::more_marks;

/// What a screen shows of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Shown {
    /// Safe to show; may have several lines.
    pub(crate) text: Arc<str>,
    /// Whether its first strong character reads from right to left (UAX #9, rules P2 and P3).
    pub(crate) rtl: bool,
    /// Whether something of it is left out at the end.
    pub(crate) cut: bool,
}

/// The copy of a message. With `all`, as much as a message can hold.
pub(crate) fn message(original: &str, all: bool) -> Shown {
    let (chars, lines) = if all { (limits::FERNET_TEXT_BYTES, usize::MAX) } else { (MAX_CHARS, MAX_LINES) };
    let start = beginning(original, chars, lines);
    let safe = calm(&text::several_lines(start));
    // Marks are longer than what they stand for, so the bound holds only when it is applied again.
    let bounded = beginning(&safe, chars, lines);
    let cut = start.len() < original.len() || bounded.len() < safe.len();
    let mut shown = bounded.to_owned();
    if cut {
        shown.push('…');
    }
    Shown { text: shown.into(), rtl: is_rtl(start), cut }
}

/// The first line of a message in plain words, short: for the list of rooms, quotes and titles.
pub(crate) fn line(original: &str, names: &Names) -> String {
    let said = words(original, names);
    let start = beginning(&said, LINE_CHARS, 1);
    // Signs that parted marks and joiners are gone.
    let mut line = calm(&text::one_line(start));
    if start.len() < said.len() {
        line.push('…');
    }
    line
}

/// What a message says as the timeline shows it, without the signs that format it there.
pub(crate) fn words(original: &str, names: &Names) -> String {
    let shown = message(without_blank_lines(original), false);
    let said: String = markup::said(&shown.text, names, shown.cut).iter().map(|said| &*said.text).collect();
    // Nothing but signs is shown as it is.
    let words: &str = if said.trim().is_empty() { &shown.text } else { &said };
    words.trim().to_owned()
}

/// A text from its first line on that says something.
fn without_blank_lines(text: &str) -> &str {
    let blank = text.len() - text.trim_start().len();
    &text[text[..blank].rfind('\n').map_or(0, |end| end + 1)..]
}

/// A part of a message, safe to show, its lines as they are: for the search.
pub(crate) fn part(original: &str) -> String {
    calm(&text::several_lines(original))
}

/// A piece of a message in one line, for the search.
pub(crate) fn piece(original: &str) -> String {
    let flat: String = original.chars().map(|ch| if matches!(ch, '\n' | '\t') { ' ' } else { ch }).collect();
    calm(&text::one_line(&flat))
}

/// What somebody put beside a message: a few characters, whatever it holds.
pub(crate) fn emoji(original: &str) -> String {
    calm(&text::one_line(beginning(original, EMOJI_CHARS, 1)))
}

/// Whether the first strong character reads from right to left.
pub(crate) fn is_rtl(text: &str) -> bool {
    text.chars().take(MAX_CHARS).map(bidi_class).find_map(|class| match class {
        BidiClass::L => Some(false),
        BidiClass::R | BidiClass::AL => Some(true),
        _ => None,
    }) == Some(true)
}

/// The first `chars` characters in at most `lines` lines; never walks further than that.
fn beginning(text: &str, chars: usize, lines: usize) -> &str {
    let mut line = 1;
    for (count, (at, ch)) in text.char_indices().enumerate() {
        if ch == '\n' {
            line += 1;
        }
        if count == chars || line > lines {
            return &text[..at];
        }
    }
    text
}

/// Bounds what piles up on one letter: marks above and below it, joiners, flag tags.
fn calm(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut marks, mut dropped, mut joins) = (0, 0, 0);
    let mut after_joiner = false;
    for ch in text.chars() {
        match ch {
            '\u{200C}' | '\u{200D}' => {
                joins += 1;
                after_joiner = true;
                if joins <= MAX_JOINS {
                    shown.push(ch);
                }
                continue;
            }
            '\u{E0020}'..='\u{E007F}' => marks += 1,
            _ if bidi_class(ch) == BidiClass::NSM => marks += 1,
            _ => {
                if dropped > 0 {
                    shown.push_str(&more_marks(dropped));
                }
                (marks, dropped) = (0, 0);
                if !after_joiner {
                    joins = 0;
                }
                after_joiner = false;
                shown.push(ch);
                continue;
            }
        }
        if marks <= MAX_MARKS { shown.push(ch) } else { dropped += 1 }
    }
    if dropped > 0 {
        shown.push_str(&more_marks(dropped));
    }
    shown
}

/// Characters of a message that are shown until the person asks for all.
const MAX_CHARS: usize = 4_000;
/// Lines of a message that are shown until then.
const MAX_LINES: usize = 200;
/// Characters of a line in the list of rooms.
const LINE_CHARS: usize = 120;
/// Characters of a reaction. The longest emoji families have seven, flags of regions too.
const EMOJI_CHARS: usize = 12;
/// Marks on one letter. Vietnamese needs two, biblical Hebrew four, a flag of a region six tags.
const MAX_MARKS: usize = 8;
/// Joiners in one chain. The longest emoji families need three or four, a Persian word a few.
const MAX_JOINS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        line(text, &Names::default())
    }

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        for text in
            ["hi", "Grüße", "می‌خواهم", "👩🏽‍👩🏽‍👧🏽‍👦🏽", "שָׁלוֹם", "नमस्ते क्षत्रिय", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "e\u{302}\u{323}\u{301}", "a\nb\tc"]
        {
            let shown = message(text, false);
            assert_eq!((&*shown.text, shown.cut), (text, false));
        }
    }

    /// Attack matrix row 23.
    #[test]
    fn reordering_and_hidden_characters_are_marks() {
        assert_eq!(&*message("a\u{202e}b\u{1b}[2J", false).text, "a⟨U+202E⟩b␛[2J");
        assert_eq!(one("one\ntwo\u{2066}"), "one…");
        assert_eq!(one("a\u{202e}b\u{1b}[2J\tc"), "a⟨U+202E⟩b␛[2J␉c");
        assert_eq!(one("**\u{202e}b** `\u{7}`"), "⟨U+202E⟩b ␇");
    }

    /// Attack matrix row 27: a letter with a thousand marks, a chain of a thousand joined emoji, a thousand lines.
    #[test]
    fn text_bombs_are_bounded() {
        let zalgo = format!("a{}b", "\u{301}".repeat(1_000));
        assert_eq!(&*message(&zalgo, false).text, format!("a{}⟨+992 marks⟩b", "\u{301}".repeat(8)));
        let through_joiners = format!("a{}", "\u{301}\u{200d}".repeat(1_000));
        let shown = message(&through_joiners, false).text;
        assert!(shown.chars().filter(|&ch| ch == '\u{301}').count() <= 8);
        let chain = "👩\u{200d}".repeat(1_000);
        assert_eq!(message(&chain, false).text.matches('\u{200d}').count(), 16);
        let lines = message(&"\n".repeat(3_000), false);
        assert!(lines.cut && lines.text.lines().count() <= MAX_LINES + 1);
    }

    /// Attack matrix row 27.
    #[test]
    fn a_very_long_text_shows_its_beginning_until_all_is_asked_for() {
        let long = "x".repeat(100_000);
        let shown = message(&long, false);
        assert!(shown.cut && shown.text.chars().count() == MAX_CHARS + 1);
        let all = message(&long, true);
        assert!(!all.cut && *all.text == *long);
        let marks = message(&"\u{202e}".repeat(5_000), false);
        assert!(marks.cut && marks.text.chars().count() == MAX_CHARS + 1);
    }

    #[test]
    fn direction_follows_the_first_strong_character() {
        assert!(is_rtl("123 שלום hello"));
        assert!(is_rtl("«مرحبا»"));
        assert!(!is_rtl("hello שלום"));
        assert!(!is_rtl("123 …"));
        assert!(message("\u{202d}שלום", false).rtl);
    }

    #[test]
    fn a_line_for_the_list_is_short_and_says_that_more_follows() {
        assert_eq!(one("hello"), "hello");
        assert_eq!(one("  hello\nworld"), "hello…");
        assert_eq!(one("\n \n  hello\n"), "hello");
        assert_eq!(one("a\r\nb"), "a…");
        assert_eq!(one(&"y".repeat(500)).chars().count(), LINE_CHARS + 1);
        let long = one(&"y".repeat(100_000));
        assert!(long.ends_with("y…") && long.chars().count() == LINE_CHARS + 1);
    }

    #[test]
    fn a_line_says_the_words_that_the_timeline_shows_without_their_signs() {
        for (text, said) in [
            ("**bold** and *italics* and `code`", "bold and italics and code"),
            ("2 * 3 * 4 is snake_case_name", "2 * 3 * 4 is snake_case_name"),
            ("`a*b*` @a_b_", "a*b* @a_b_"),
            ("> said\n\nmine", "said…"),
            ("- one\n- two", "• one…"),
            ("2) two", "2) two"),
            ("```rust\nfn *main*() {\n```", "fn *main*() {"),
            ("```\n\n  x\n```", "x"),
            ("```", "```"),
            ("> ", ">"),
            ("**a\nb**", "**a…"),
            ("https://аррӏе.com", "https://аррӏе.com ⟨xn--80ak6aa92e.com⟩"),
        ] {
            assert_eq!(one(text), said, "{text}");
        }
        // What ends behind what is shown is read, too.
        let long = format!("**{}**", "y".repeat(500));
        assert_eq!(one(&long), format!("{}…", "y".repeat(LINE_CHARS)));
        let named = Names::of([("A_b_".to_owned(), false)]);
        assert_eq!(line("hi @a_b_ _c_", &named), "hi @a_b_ c");
    }

    /// Attack matrix row 27: signs that are left out do not bring together what was kept apart.
    #[test]
    fn marks_and_joiners_do_not_pile_up_where_signs_were() {
        let marks = one(&format!("a{}", format!("*{}*", "\u{301}".repeat(8)).repeat(10)));
        let runs = marks.split(|ch| ch != '\u{301}').map(|run| run.chars().count());
        assert!(runs.max() <= Some(MAX_MARKS), "{marks}");
        let chain = one(&"*👩\u{200d}*".repeat(40));
        assert!(!chain.contains(&"👩\u{200d}".repeat(MAX_JOINS + 1)), "{chain}");
    }
}
