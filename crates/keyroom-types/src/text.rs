//! Text from others, made safe to show: what could move the cursor, reorder a line or hide becomes a mark.
//!
//! Attack matrix rows 22–24. C0 controls show as their control picture (`␛`, `␊`), everything else that is
//! marked shows as its code point: `⟨U+202E⟩`. The marks are for eyes; scripts that need the exact text use
//! `--json`, whose strings are escaped by JSON's own rules.

use std::borrow::Cow;

/// One line, whatever the text holds: line breaks, controls, bidi controls and other hidden characters
/// become visible marks.
pub fn one_line(text: &str) -> Cow<'_, str> {
    marked(text, is_hidden)
}

/// Like [`one_line`], but line feeds and tabs stay: for a place that lays out several lines itself.
pub fn several_lines(text: &str) -> Cow<'_, str> {
    // A lone carriage return would let a terminal-minded reader expect an overwrite; CRLF is one line end.
    let text: Cow<'_, str> =
        if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() };
    let keep = |ch: char| is_hidden(ch) && ch != '\n' && ch != '\t';
    match text {
        Cow::Borrowed(text) => marked(text, keep),
        Cow::Owned(text) => Cow::Owned(marked(&text, keep).into_owned()),
    }
}

/// A single character in quotation marks, or its mark where it has no visible form.
pub fn quoted_char(ch: char) -> String {
    if is_hidden(ch) { mark(ch) } else { format!("‘{ch}’") }
}

/// Whether a character is invisible, moves the cursor, breaks the line or changes the order of its neighbours.
///
/// Zero-width joiner and non-joiner, variation selectors and the emoji tags are not counted: writing in Persian,
/// Hindi or emoji needs them, and they cannot reach outside their own word.
pub fn is_hidden(ch: char) -> bool {
    ch.is_control()
        || is_bidi_control(ch)
        || matches!(ch, '\u{2028}' | '\u{2029}' | '\u{200B}' | '\u{2060}'..='\u{2064}'
        | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{206A}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Whether a character steers the bidirectional algorithm (UAX #9, section 2).
pub fn is_bidi_control(ch: char) -> bool {
    matches!(ch, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn marked(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for ch in text.chars() {
        if hidden(ch) { shown.push_str(&mark(ch)) } else { shown.push(ch) }
    }
    Cow::Owned(shown)
}

fn mark(ch: char) -> String {
    match u32::from(ch) {
        code @ 0..=0x1F => char::from_u32(0x2400 + code).unwrap_or('\u{FFFD}').to_string(),
        0x7F => '\u{2421}'.to_string(),
        code => format!("⟨U+{code:04X}⟩"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_borrowed_unchanged() {
        for text in ["hello", "Grüße, مرحبا, שלום, नमस्ते, 你好", "👩‍👩‍👧 👋🏽", "می‌خواهم"]
        {
            assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text));
        }
    }

    /// Attack matrix rows 23 and 24.
    #[test]
    fn controls_and_bidi_controls_become_visible_marks() {
        assert_eq!(one_line("a\nb\r\u{1b}[2J\u{7f}"), "a␊b␍␛[2J␡");
        assert_eq!(one_line("\u{9b}31m \u{202e}txt.exe\u{2069}"), "⟨U+009B⟩31m ⟨U+202E⟩txt.exe⟨U+2069⟩");
        assert_eq!(one_line("a\u{2028}b\u{feff}"), "a⟨U+2028⟩b⟨U+FEFF⟩");
    }

    #[test]
    fn several_lines_keeps_line_ends_and_tabs_only() {
        assert_eq!(several_lines("a\r\nb\tc\rd\u{7}"), "a\nb\tc␍d␇");
        assert_eq!(several_lines("a\nb"), "a\nb");
    }

    #[test]
    fn no_scalar_value_survives_as_a_control_in_one_line() {
        for ch in '\0'..=char::MAX {
            let text = ch.to_string();
            assert!(!one_line(&text).chars().any(is_hidden), "U+{:04X}", u32::from(ch));
        }
    }
}
