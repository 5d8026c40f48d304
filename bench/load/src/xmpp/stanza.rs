//! What `ejabberd` says, from a buffer that may end anywhere. No XML in general: only what this server writes, in which no
//! element holds another of its own name.

use bytes::{Buf as _, Bytes, BytesMut};

/// Takes the first element off the buffer, if all of it is there. The opening of the stream counts as one.
pub(super) fn take(buffer: &mut BytesMut) -> Option<Bytes> {
    let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    buffer.advance(blank);
    let tag_end = find(buffer, b">")? + 1;
    let tag = &buffer[..tag_end];
    let whole = tag.starts_with(b"<?") || tag.starts_with(b"<stream:stream") || tag.ends_with(b"/>");
    if whole || tag.starts_with(b"</") {
        return Some(buffer.split_to(tag_end).freeze());
    }
    let name = tag[1..].split(|byte| byte.is_ascii_whitespace() || *byte == b'>').next().unwrap_or_default();
    let close = [b"</", name, b">"].concat();
    let end = tag_end + find(&buffer[tag_end..], &close)? + close.len();
    Some(buffer.split_to(end).freeze())
}

/// What stands between two things.
pub(super) fn between<'a>(text: &'a [u8], start: &[u8], end: &[u8]) -> Option<&'a [u8]> {
    let from = find(text, start)? + start.len();
    let length = find(&text[from..], end)?;
    Some(&text[from..from + length])
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_whole_and_in_order() {
        let whole = b"<?xml version='1.0'?><stream:stream id='1'><stream:features><x/></stream:features> \
                      <presence from='a'/><message from='b'><body>hi</body></message>";
        for end in 0..=whole.len() {
            let mut buffer = BytesMut::from(&whole[..end]);
            let taken: Vec<Bytes> = std::iter::from_fn(|| take(&mut buffer)).collect();
            assert!(taken.len() < 5 || end == whole.len(), "{end}");
        }
        let mut buffer = BytesMut::from(&whole[..]);
        let taken: Vec<Bytes> = std::iter::from_fn(|| take(&mut buffer)).collect();
        assert_eq!(taken.len(), 5);
        assert_eq!(taken[2], &b"<stream:features><x/></stream:features>"[..]);
        assert_eq!(between(&taken[4], b"<body>", b"</body>"), Some(&b"hi"[..]));
        assert!(buffer.is_empty());
    }
}
