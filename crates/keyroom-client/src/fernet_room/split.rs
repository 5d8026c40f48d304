//! How long a text may be for its token to fit into one read of a simple peer, and how a longer one is split.

/// The longest text, in bytes of UTF-8, whose token has at most `token_chars` characters; 0 when none fits.
///
/// A token of `n` text bytes has 57 + 16 · (n div 16 + 1) bytes (fernet/spec `Spec.md`, "Token Format", with the
/// padding of RFC 5652, section 6.3), written in base64: 703 bytes for one `recv(1024)`, 3,007 for one `recv(4096)`.
pub fn longest_text(token_chars: usize) -> usize {
    let blocks = (token_chars / 4 * 3).saturating_sub(OVERHEAD) / BLOCK;
    (blocks * BLOCK).saturating_sub(1)
}

/// Splits a text into parts whose tokens have at most `token_chars` characters each, at white space where there
/// is some in the second half of a part. The parts joined are the text. `None` when a part could hold no
/// character at all.
pub fn split_text(text: &str, token_chars: usize) -> Option<Vec<&str>> {
    let longest = longest_text(token_chars);
    if longest < char::MAX.len_utf8() {
        return None;
    }
    let (mut parts, mut rest) = (Vec::new(), text);
    while rest.len() > longest {
        let hard = rest.floor_char_boundary(longest);
        // White space stays at the end of its part, so that nothing is lost when parts are joined.
        let soft = rest[..hard].char_indices().rev().take_while(|(place, _)| *place >= hard / 2);
        let soft =
            soft.into_iter().find(|(_, ch)| ch.is_whitespace()).map(|(place, ch)| place + ch.len_utf8());
        let (part, behind) = rest.split_at(soft.unwrap_or(hard));
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    Some(parts)
}

/// Version, time, IV and HMAC.
const OVERHEAD: usize = 57;
/// AES block.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use keyroom_fernet::Cipher;
    use keyroom_types::Key;
    use keyroom_types::limits::{COMMON_PEER_CHARS, SIMPLE_PEER_CHARS};
    use proptest::prelude::*;

    use super::*;

    fn token_chars(text: &[u8]) -> usize {
        let cipher = Cipher::new(&Key::from_bytes([7; 32]));
        cipher.seal(text, 1, [0; 16]).unwrap().as_bytes().len()
    }

    #[test]
    fn simple_peers_read_703_and_3007_bytes() {
        assert_eq!(longest_text(SIMPLE_PEER_CHARS), 703);
        assert_eq!(longest_text(COMMON_PEER_CHARS), 3_007);
        assert_eq!(longest_text(99), 0);
        assert_eq!(longest_text(100), 15);
    }

    #[test]
    fn the_longest_text_fits_and_one_byte_more_does_not() {
        for chars in (100..2_000).step_by(7).chain([1_024, 4_096]) {
            let longest = longest_text(chars);
            assert!(token_chars(&vec![b'x'; longest]) <= chars, "{chars}");
            assert!(token_chars(&vec![b'x'; longest + 1]) > chars, "{chars}");
        }
    }

    #[test]
    fn parts_end_behind_white_space_where_there_is_some() {
        assert_eq!(split_text("one two three four", 100).unwrap(), ["one two three ", "four"]);
        assert_eq!(split_text("0123456789abcdefgh", 100).unwrap(), ["0123456789abcde", "fgh"]);
        assert_eq!(split_text("short", 100).unwrap(), ["short"]);
        assert_eq!(split_text("any", 99), None);
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text_and_each_fits(text in "(\\PC|[ \n]){0,400}", chars in 100_usize..300) {
            let parts = split_text(&text, chars).unwrap();
            prop_assert_eq!(parts.concat(), &text[..]);
            prop_assert!(parts.iter().all(|part| token_chars(part.as_bytes()) <= chars));
            prop_assert!(parts.len() == 1 || parts.iter().all(|part| !part.is_empty()));
        }
    }
}
