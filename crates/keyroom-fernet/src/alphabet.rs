//! Base64 as Python reads it and as we write it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig, Simd};

/// Canonical URL-safe base64: padded, spare bits zero. What we write, and the only form of joined tokens.
pub(crate) static CANONICAL: LazyLock<Simd> = LazyLock::new(|| {
    Simd::url_safe(GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical))
});

/// Characters of the canonical form of `bytes` bytes, or `None` where a length does not fit.
pub(crate) fn encoded_len(bytes: usize) -> Option<usize> {
    base64::encoded_len(bytes, true)
}

/// Decodes as `base64.urlsafe_b64decode` does, and says how many bytes of `text` that read.
///
/// Both alphabets are read and other bytes skipped. A `=` counts as padding once two digits of a group are
/// there, and the first complete padding ends the text: what stands behind it is never looked at. Spare
/// bits are ignored. `None` when the text ends inside a group.
///
/// Source: CPython 3.11, `Lib/base64.py` `urlsafe_b64decode` and `Modules/binascii.c` `a2b_base64`, not strict.
pub(crate) fn decode_lenient(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    decode_canonical(text).map(|raw| (raw, text.len())).or_else(|| decode_by_hand(text))
}

/// Decodes the canonical form, and nothing else.
pub(crate) fn decode_canonical(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut raw = vec![0; text.len() / 4 * 3];
    let written = CANONICAL.decode_slice(text, &mut raw).ok()?;
    raw.truncate(written);
    Some(raw)
}

/// Whether a canonical token can hold this byte, padding not counted.
pub(crate) fn is_digit(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// Whether a token may begin here: the first twelve bits are the version and the top of the time.
/// `None` when there is too little text to say.
pub(crate) fn begins_with_version(text: &[u8]) -> Option<bool> {
    match text {
        [] | [b'g'] => None,
        [b'g', b'A'..=b'P', ..] => Some(true),
        _ => Some(false),
    }
}

/// Whether the first byte that Python would decode is the version of Fernet.
pub(crate) fn first_byte_is_version(text: &[u8]) -> bool {
    let mut digits = text.iter().filter(|&&byte| VALUES[usize::from(byte)] != SKIPPED);
    digits.next() == Some(&b'g') && digits.next().is_some_and(|second| (b'A'..=b'P').contains(second))
}

fn decode_by_hand(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut raw = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut group = 0_u8;
    let mut left = 0_u8;
    let mut pads = 0_u8;
    for (place, &byte) in text.iter().enumerate() {
        if byte == b'=' {
            if group >= 2 {
                pads += 1;
                if group + pads >= 4 {
                    return Some((raw, place + 1));
                }
            }
            continue;
        }
        let digit = VALUES[usize::from(byte)];
        if digit == SKIPPED {
            continue;
        }
        pads = 0;
        match group {
            0 => left = digit,
            1 => {
                raw.push(left << 2 | digit >> 4);
                left = digit & 0x0F;
            }
            2 => {
                raw.push(left << 4 | digit >> 2);
                left = digit & 0x03;
            }
            _ => raw.push(left << 6 | digit),
        }
        group = (group + 1) % 4;
    }
    (group == 0).then_some((raw, text.len()))
}

const SKIPPED: u8 = 0xFF;

/// Value of each digit of either alphabet.
static VALUES: [u8; 256] = {
    let mut values = [SKIPPED; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut value = 0_u8;
    while value < 64 {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values[b'+' as usize] = 62;
    values[b'/' as usize] = 63;
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_reads_the_same_by_hand_and_by_the_library() {
        for len in 0..200_u8 {
            let raw: Vec<u8> = (0..len).map(|n| n.wrapping_mul(151)).collect();
            let text = CANONICAL.encode(&raw);
            assert_eq!(Some(text.len()), encoded_len(raw.len()));
            assert_eq!(decode_canonical(text.as_bytes()), Some(raw.clone()));
            assert_eq!(decode_by_hand(text.as_bytes()), Some((raw, text.len())));
        }
    }

    #[test]
    fn reading_ends_at_the_first_complete_padding() {
        assert_eq!(decode_lenient(b"QUI=QUJD"), Some((b"AB".to_vec(), 4)));
        assert_eq!(decode_lenient(b"QQ=\n=QUJD"), Some((b"A".to_vec(), 5)));
        assert_eq!(decode_lenient(b"=Q=U=J=D="), Some((b"AB".to_vec(), 7)));
        assert_eq!(decode_lenient(b"=Q=UJD="), Some((b"ABC".to_vec(), 7)));
        assert_eq!(decode_lenient(b"QQ=UJD=="), None);
    }

    #[test]
    fn stripped_padding_is_refused_as_python_refuses_it() {
        assert_eq!(decode_lenient(b"QUI"), None);
        assert_eq!(decode_lenient(b"QQ="), None);
        assert_eq!(decode_lenient(b"Q"), None);
        assert_eq!(decode_lenient(b""), Some((vec![], 0)));
    }
}
