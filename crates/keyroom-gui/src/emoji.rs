//! Emoji on the software renderer, which draws outlines only.
//!
//! Single emoji are drawn by an outline font. What that font lacks would stay blank: joined sequences and skin
//! tones lose what joins them, newer emoji are named (`:melting_face:`). Only the shown copy changes; what a person
//! copies is the original.

mod covered;

/// A text as it is shown, and where each part of it comes from.
pub(crate) struct Shown {
    /// What the renderer draws.
    pub(crate) text: String,
    /// Where shown and original text part: (offset in the shown text, offset in the original), ascending.
    parts: Vec<(usize, usize)>,
    original_len: usize,
}

impl Shown {
    /// A text that is shown as it is.
    pub(crate) fn same(text: &str) -> Self {
        Self { text: text.to_owned(), parts: Vec::new(), original_len: text.len() }
    }

    /// A text of which the outline font can draw every emoji.
    pub(crate) fn outlined(text: &str) -> Self {
        if text.bytes().all(|byte| byte.is_ascii()) {
            return Self::same(text);
        }
        let mut shown =
            Self { text: String::with_capacity(text.len()), parts: Vec::new(), original_len: text.len() };
        let mut after_emoji = false;
        for (at, ch) in text.char_indices() {
            let dropped = matches!(ch, '\u{FE0E}' | '\u{FE0F}' | '\u{20E3}' | '\u{E0020}'..='\u{E007F}')
                || after_emoji && matches!(ch, '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}');
            if dropped {
                continue;
            }
            let name = if is_emoji(ch) && !covered::draws(ch) { Some(name(ch)) } else { None };
            after_emoji = is_emoji(ch);
            shown.mark(at);
            match name {
                Some(name) => shown.text.push_str(&name),
                None => shown.text.push(ch),
            }
            shown.mark(at + ch.len_utf8());
        }
        shown
    }

    /// The offset in the original text that an offset in the shown text stands for: the beginning of the character
    /// that was replaced or, behind it, its end.
    pub(crate) fn original(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.original_len;
        }
        let at = self.parts.partition_point(|&(shown, _)| shown <= offset);
        match at.checked_sub(1).and_then(|before| self.parts.get(before)) {
            None => offset,
            Some(&(shown, original)) => {
                let next = self.parts.get(at).map_or(self.original_len, |&(_, original)| original);
                (original + (offset - shown)).min(next)
            }
        }
    }

    /// Notes that the shown text as it is now ends where the original is at `original`, if that is news.
    fn mark(&mut self, original: usize) {
        let (shown, before) = self.parts.last().copied().unwrap_or((0, 0));
        let here = self.text.len();
        if here - shown != original - before {
            self.parts.push((here, original));
        }
    }
}

/// Whether this is an emoji by itself. Letters, digits and signs that text fonts have are not meant.
fn is_emoji(ch: char) -> bool {
    match u32::from(ch) {
        0..0x2300 => false,
        0x1F000..0x20000 => true,
        0x2300..0x3300 => {
            emojis::get(ch.encode_utf8(&mut [0; 4])).is_some() || {
                let mut with_selector = [0; 7];
                let len = ch.encode_utf8(&mut with_selector).len();
                with_selector[len..len + 3].copy_from_slice("\u{FE0F}".as_bytes());
                std::str::from_utf8(&with_selector[..len + 3]).is_ok_and(|text| emojis::get(text).is_some())
            }
        }
        _ => false,
    }
}

fn name(ch: char) -> String {
    let known = emojis::get(ch.encode_utf8(&mut [0; 4]));
    match known.and_then(|emoji| emoji.shortcode().or(Some(emoji.name()))) {
        Some(name) => format!(":{name}:"),
        None => format!(":U+{:04X}:", u32::from(ch)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_emoji_is_shown_as_it_is() {
        for text in ["hello", "Grüße ✓", "שלום", "नमस्ते क्‍ष", "می‌خواهم", "你好"]
        {
            let shown = Shown::outlined(text);
            assert_eq!(shown.text, text);
            assert_eq!(shown.original(shown.text.len()), text.len());
        }
    }

    #[test]
    fn joined_and_toned_emoji_fall_apart_into_what_the_font_draws() {
        assert_eq!(Shown::outlined("a👩‍👧b").text, "a👩👧b");
        assert_eq!(Shown::outlined("👋🏽!").text, "👋!");
        assert_eq!(Shown::outlined("❤️").text, "❤");
        assert_eq!(Shown::outlined("1️⃣").text, "1");
    }

    #[test]
    fn newer_emoji_are_named() {
        assert_eq!(Shown::outlined("so 🫠").text, "so :melting_face:");
        assert_eq!(Shown::outlined("\u{1FADF}\u{1FBFF}").text.matches(':').count(), 4);
    }

    #[test]
    fn a_selection_of_the_shown_text_stands_for_the_original() {
        let original = "so 🫠👋🏽 and on";
        let shown = Shown::outlined(original);
        assert_eq!(shown.text, "so :melting_face:👋 and on");
        let part = |from: &str, to: &str| {
            let from = shown.text.find(from).expect("in the text");
            let to = shown.text.find(to).expect("in the text");
            &original[shown.original(from)..shown.original(to)]
        };
        assert_eq!(part(":melting", "👋"), "🫠");
        assert_eq!(part(":melting", " and"), "🫠👋🏽");
        assert_eq!(part("so", " and on"), "so 🫠👋🏽");
        assert_eq!(shown.original(shown.text.len()), original.len());
    }

    #[test]
    fn every_offset_of_the_shown_text_is_a_character_boundary_of_the_original_or_inside_a_kept_one() {
        let original = "x🫠y👩‍👩‍👧‍👦z1️⃣é";
        let shown = Shown::outlined(original);
        for (offset, _) in shown.text.char_indices() {
            assert!(shown.original(offset) <= original.len());
        }
    }
}
