//! The two headers that say which bytes: `Content-Range` of an upload, `Range` of a fetch (RFC 9110, section 14).

/// Bytes `start..end` of a whole of `total`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// `bytes a-b/total`, as an upload has it.
pub(super) fn content_range(text: &str) -> Option<(Span, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (number(first)?, number(last)?, number(total)?);
    (first <= last && last < total).then(|| (Span { start: first, end: last + 1 }, total))
}

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// These bytes.
    Part(Span),
    /// Everything: the header is not understood, or asks for several ranges, and may be ignored.
    Whole,
    /// Bytes that are not there.
    Nothing,
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-count` of a file of `size` bytes.
pub(super) fn range(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Whole;
    };
    let span = match (first, number(first), number(last)) {
        ("", _, Some(count)) => Span { start: size.saturating_sub(count), end: size },
        (_, Some(first), None) if last.is_empty() => Span { start: first, end: size },
        (_, Some(first), Some(last)) if first <= last => {
            Span { start: first, end: last.saturating_add(1).min(size) }
        }
        _ => return Asked::Whole,
    };
    if span.start < span.end { Asked::Part(span) } else { Asked::Nothing }
}

/// Digits only: no sign, no space.
fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_strictly() {
        assert_eq!(content_range("bytes 0-0/1"), Some((Span { start: 0, end: 1 }, 1)));
        assert_eq!(content_range("bytes 5-9/20"), Some((Span { start: 5, end: 10 }, 20)));
        for wrong in [
            "bytes 5-4/20",
            "bytes 0-20/20",
            "bytes 0-1/*",
            "bytes */5",
            "0-1/2",
            "bytes +0-1/2",
            "bytes 0-18446744073709551615/18446744073709551615",
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        let part = |start, end| Asked::Part(Span { start, end });
        assert_eq!(range("bytes=0-", 10), part(0, 10));
        assert_eq!(range("bytes=3-4", 10), part(3, 5));
        assert_eq!(range("bytes=3-99", 10), part(3, 10));
        assert_eq!(range("bytes=3-18446744073709551615", 10), part(3, 10));
        assert_eq!(range("bytes=-4", 10), part(6, 10));
        assert_eq!(range("bytes=-99", 10), part(0, 10));
        assert_eq!(range("bytes=10-", 10), Asked::Nothing);
        assert_eq!(range("bytes=-0", 10), Asked::Nothing);
        for ignored in ["bytes=1-2,4-5", "bytes=4-3", "lines=1-2", "bytes=-", "bytes=a-b"] {
            assert_eq!(range(ignored, 10), Asked::Whole, "{ignored}");
        }
    }
}
