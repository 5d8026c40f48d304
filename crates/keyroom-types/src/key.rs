//! The key that opens a room, and its written form.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The key that opens a room: 32 random bytes, shown as 44 characters of URL-safe base64 with padding.
///
/// In a Fernet room it is the Fernet key: `[..16]` signs, `[16..]` encrypts (fernet/spec `Spec.md`, "Key
/// Format"). Wiped on drop; `Debug` hides it; compared in constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; Key::BYTES]);

impl Key {
    /// Length of a key in bytes.
    pub const BYTES: usize = 32;
    /// Length of a key's written form in characters, padding included.
    pub const SHOWN_CHARS: usize = 44;

    /// Takes 32 bytes that the caller drew from the system's random source.
    pub fn from_bytes(bytes: [u8; Key::BYTES]) -> Self {
        Self(bytes)
    }

    /// The raw bytes. They are the secret: never log, store or compare them.
    pub fn as_bytes(&self) -> &[u8; Key::BYTES] {
        &self.0
    }

    /// Reads a key as people paste it: white space anywhere is ignored, padding is optional, and both base64
    /// alphabets are understood. Spare bits in the last character are ignored, as Python's `Fernet` does;
    /// other characters are refused, though Python skips them, because here they mean a slip of the hand.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut clean = Zeroizing::new([0_u8; Key::SHOWN_CHARS]);
        let mut len = 0;
        let mut extra = 0;
        for ch in text.chars().filter(|ch| !ch.is_whitespace()) {
            let byte = match ch {
                '+' => b'-',
                '/' => b'_',
                'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '=' => ch as u8,
                other => return Err(KeyError::Character(other)),
            };
            match clean.get_mut(len) {
                Some(place) => *place = byte,
                None => extra += 1,
            }
            len = (len + 1).min(Key::SHOWN_CHARS);
        }
        let digits = clean[..len].iter().position(|&b| b == b'=').unwrap_or(len);
        if len == 0 {
            return Err(KeyError::Empty);
        }
        if extra > 0 || digits > DIGITS {
            return Err(KeyError::TooLong { chars: len + extra });
        }
        if digits < DIGITS {
            return Err(KeyError::TooShort { chars: digits });
        }
        let mut bytes = Zeroizing::new([0_u8; Key::BYTES + 1]);
        let written =
            LENIENT.decode_slice(&clean[..digits], bytes.as_mut()).map_err(|_| KeyError::Malformed)?;
        let (key, _) = bytes.split_first_chunk::<{ Key::BYTES }>().ok_or(KeyError::Malformed)?;
        if written == Key::BYTES { Ok(Self(*key)) } else { Err(KeyError::Malformed) }
    }

    /// The written form: 44 characters of URL-safe base64, padded and canonical.
    pub fn show(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE.encode(self.0))
    }

    /// The written form in groups of four, to be read aloud: `rA1D 7l8f …`, eleven groups.
    pub fn show_grouped(&self) -> Zeroizing<String> {
        let shown = self.show();
        let mut grouped = Zeroizing::new(String::with_capacity(Key::SHOWN_CHARS + Key::SHOWN_CHARS / 4));
        for (place, ch) in shown.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(ch);
        }
        grouped
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why a text is not a key. Carries at most one offending character, never the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// Fewer characters than a key has, padding not counted.
    #[error("the key is cut short: {chars} of 43 characters")]
    TooShort {
        /// Characters found before the padding.
        chars: usize,
    },
    /// More characters than a key has.
    #[error("the key is too long: {chars} characters; a key has 43 and one = at its end")]
    TooLong {
        /// Characters found, white space not counted.
        chars: usize,
    },
    /// A character that no key contains.
    #[error("{} cannot be part of a key: it has only letters, digits, - and _", crate::text::quoted_char(*.0))]
    Character(char),
    /// Padding in the wrong place.
    #[error("this is not a key: its end is damaged")]
    Malformed,
}

/// Characters that carry the 32 bytes, without the one of padding.
const DIGITS: usize = Key::SHOWN_CHARS - 1;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn shown_key_reads_back_to_the_same_key() {
        let key = Key::from_bytes(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(Key::parse(&key.show()).unwrap(), key);
        assert_eq!(Key::parse(&key.show_grouped()).unwrap(), key);
        assert_eq!(Key::parse(SPEC).unwrap().show().as_str(), SPEC);
    }

    #[test]
    fn stray_spaces_line_breaks_and_missing_padding_are_understood() {
        let key = Key::parse(SPEC).unwrap();
        assert_eq!(Key::parse(&format!("  {}\r\n{} ", &SPEC[..20], &SPEC[20..])).unwrap(), key);
        assert_eq!(Key::parse(&SPEC[..43]).unwrap(), key);
        assert_eq!(Key::parse(&SPEC.replace('_', "/").replace('-', "+")).unwrap(), key);
    }

    #[test]
    fn each_slip_has_its_own_error() {
        assert_eq!(Key::parse(" \n"), Err(KeyError::Empty));
        assert_eq!(Key::parse(&SPEC[..22]), Err(KeyError::TooShort { chars: 22 }));
        assert_eq!(Key::parse(&format!("{SPEC}AAAA")), Err(KeyError::TooLong { chars: 48 }));
        assert_eq!(Key::parse(&format!("{}AA", &SPEC[..43])), Err(KeyError::TooLong { chars: 45 }));
        assert_eq!(Key::parse("cw_0x6:"), Err(KeyError::Character(':')));
    }

    #[test]
    fn debug_and_errors_never_carry_the_key() {
        let key = Key::parse(SPEC).unwrap();
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert!(!format!("{:?}", Key::parse(&SPEC[..42])).contains("cw_0"));
    }
}
