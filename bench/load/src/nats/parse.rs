//! What `nats-server` says, from a buffer that may end anywhere.

use bytes::{Buf as _, Bytes, BytesMut};

use crate::Fault;

/// One thing said.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// A message.
    Message {
        /// Where it was published.
        subject: Bytes,
        /// Its bytes.
        body: Bytes,
    },
    /// Asks for a sign of life.
    Ping,
    /// Gives one.
    Pong,
    /// `+OK` or another `INFO`.
    Other,
}

/// Takes the first thing said off the buffer, if all of it is there.
///
/// # Errors
/// The server says `-ERR`, or nothing that its protocol knows.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Said>, Fault> {
    let Some(end) = buffer.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let line = &buffer[..end];
    if let Some(message) = line.strip_prefix(b"MSG ") {
        // Subject, subscription, perhaps where to answer, length.
        let words = || message.split(|byte| *byte == b' ');
        let subject = words().next().map_or(0, <[u8]>::len);
        let length =
            words().next_back().and_then(|word| std::str::from_utf8(word).ok()?.parse::<usize>().ok());
        let length = length.ok_or_else(|| unknown(line))?;
        if buffer.len() < end + 2 + length + 2 {
            return Ok(None);
        }
        let mut line = buffer.split_to(end + 2).freeze();
        line.advance(b"MSG ".len());
        let body = buffer.split_to(length).freeze();
        buffer.advance(2);
        return Ok(Some(Said::Message { subject: line.slice(..subject), body }));
    }
    let said = match line {
        b"PING" => Said::Ping,
        b"PONG" => Said::Pong,
        b"+OK" => Said::Other,
        line if line.starts_with(b"INFO ") => Said::Other,
        line => return Err(unknown(line)),
    };
    buffer.advance(end + 2);
    Ok(Some(said))
}

fn unknown(line: &[u8]) -> Fault {
    Fault::Nats(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(said: &[u8]) -> Vec<Said> {
        let mut buffer = BytesMut::from(said);
        std::iter::from_fn(|| take(&mut buffer).unwrap()).collect()
    }

    #[test]
    fn messages_are_read_with_and_without_an_answers_subject() {
        let expected = |subject: &'static [u8], body: &'static [u8]| Said::Message {
            subject: Bytes::from_static(subject),
            body: Bytes::from_static(body),
        };
        let said = all(b"PING\r\nMSG room.1 1 5\r\na\r\nbc\r\nMSG x 2 back.to 0\r\n\r\n+OK\r\nPONG\r\n");
        assert_eq!(
            said,
            [Said::Ping, expected(b"room.1", b"a\r\nbc"), expected(b"x", b""), Said::Other, Said::Pong]
        );
    }

    #[test]
    fn a_message_is_taken_when_its_last_byte_is_there() {
        let whole = b"MSG room.1 1 3\r\nabc\r\n";
        for end in 0..whole.len() {
            assert_eq!(all(&whole[..end]), []);
        }
        assert_eq!(all(whole).len(), 1);
    }

    #[test]
    fn what_the_server_refuses_ends_the_run() {
        let error = take(&mut BytesMut::from(&b"-ERR 'Slow Consumer'\r\n"[..])).unwrap_err();
        assert!(error.to_string().contains("Slow Consumer"));
    }
}
