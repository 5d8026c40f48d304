//! Which way what is being written runs.

use unicode_bidi::{BidiClass, bidi_class};

/// Whether the first strong character runs from right to left (UAX #9, rules P2 and P3).
pub(crate) fn starts_right(text: &str) -> bool {
    text.chars().find_map(|ch| match bidi_class(ch) {
        BidiClass::L => Some(false),
        BidiClass::R | BidiClass::AL => Some(true),
        _ => None,
    }) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_strong_character_decides() {
        assert!(starts_right("… שלום Anna"));
        assert!(starts_right("123 مرحبا"));
        assert!(!starts_right("Anna שלום"));
        assert!(!starts_right("123"));
    }
}
