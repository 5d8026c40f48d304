//! Padding: what is sealed has one of a few lengths, so that a size says little. Attack matrix row 5.

/// Lengths that a message's plaintext may have.
pub(crate) const BUCKETS: [usize; 6] = [512, 1 << 10, 2 << 10, 4 << 10, 16 << 10, 48 << 10];

/// Ends the text with 0x80 and zeros up to the next bucket. `false`: it fits into none.
pub(crate) fn to_bucket(text: &mut Vec<u8>) -> bool {
    let Some(bucket) = BUCKETS.into_iter().find(|&bucket| text.len() < bucket) else { return false };
    text.push(END);
    text.resize(bucket, 0);
    true
}

/// Ends the text with 0x80 and zeros up to a multiple of `step`.
pub(crate) fn to_multiple(text: &mut Vec<u8>, step: usize) {
    text.push(END);
    text.resize(text.len().next_multiple_of(step), 0);
}

/// The text before the padding.
pub(crate) fn strip(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|&byte| byte != 0)?;
    (padded[end] == END).then_some(&padded[..end])
}

/// The length that `len` bytes of a large thing are padded to: a multiple of an eighth of their highest power of two,
/// at least of 4 KiB. So the padding is an eighth at most, and few sizes are possible.
pub(crate) fn large(len: usize) -> usize {
    let power = len.checked_ilog2().map_or(1, |log| 1 << log);
    len.next_multiple_of((power / 8).max(4 << 10))
}

const END: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_comes_off_again_whatever_the_text_ends_with() {
        for text in [&b""[..], b"a", b"a\x80", b"a\x80\0\0", b"\0\0", &[7; 512]] {
            let mut padded = text.to_vec();
            assert!(to_bucket(&mut padded));
            assert!(BUCKETS.contains(&padded.len()));
            assert_eq!(strip(&padded), Some(text));
        }
    }

    #[test]
    fn no_padding_is_no_text() {
        assert_eq!(strip(b""), None);
        assert_eq!(strip(&[0; 512]), None);
        assert_eq!(strip(b"text"), None);
    }

    #[test]
    fn what_fits_into_no_bucket_is_refused() {
        assert!(to_bucket(&mut vec![1; (48 << 10) - 1]));
        assert!(!to_bucket(&mut vec![1; 48 << 10]));
    }

    /// Attack matrix row 5.
    #[test]
    fn large_sizes_come_in_steps_of_an_eighth() {
        assert_eq!((large(0), large(1), large(4097)), (0, 4096, 8192));
        assert_eq!(large(300_000), 327_680);
        let sizes: std::collections::BTreeSet<_> = (1..4_000_000).step_by(997).map(large).collect();
        assert!(sizes.len() < 100, "{}", sizes.len());
    }
}
