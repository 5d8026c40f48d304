//! Lines of standard input, each bounded before it is held.

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write as _};

use keyroom_types::limits::FERNET_TEXT_BYTES;
use zeroize::{Zeroize as _, Zeroizing};

use crate::failure::Failure;

/// All of standard input, up to so many bytes. `what` is said where there are more: that `a token holds at most` so many.
pub(crate) fn all(most: usize, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    let mut input = Zeroizing::new(Vec::new());
    io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut input)
        .map_err(|error| Failure::failed(format!("Standard input cannot be read: {error}.")))?;
    if input.len() > most {
        let most = most >> 20;
        return Err(Failure::failed(format!("Standard input is too long: {what} {most} MiB here.")));
    }
    Ok(input)
}

/// What came on standard input.
#[derive(Debug)]
pub(crate) enum Line {
    /// A line without its end.
    Text(String),
    /// A line that no message can hold: this many bytes, thrown away as they came.
    TooLong(usize),
    /// A line that is not UTF-8.
    NotText,
}

/// Standard input, read line by line. One reader serves the key and the messages that follow it, so that
/// nothing is lost between the two.
pub(crate) struct Lines<R> {
    reader: R,
}

impl Lines<io::StdinLock<'static>> {
    /// Standard input of this process.
    pub(crate) fn stdin() -> Self {
        Self { reader: io::stdin().lock() }
    }

    /// One secret line: typed without echo where standard input is a terminal, else its first line.
    pub(crate) fn secret(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        if io::stdin().is_terminal() {
            return rpassword::prompt_password(prompt).map(Zeroizing::new).map(Some);
        }
        self.first_line(Some(prompt))
    }

    /// One line that is not secret, after a prompt on standard error.
    pub(crate) fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        Ok(self.first_line(Some(prompt))?.map(|line| line.to_string()))
    }

    fn first_line(&mut self, prompt: Option<&str>) -> io::Result<Option<Zeroizing<String>>> {
        if let Some(prompt) = prompt {
            let mut stderr = io::stderr();
            write!(stderr, "{prompt}")?;
            stderr.flush()?;
        }
        match self.next()? {
            None => Ok(None),
            Some(Line::Text(text)) => Ok(Some(Zeroizing::new(text))),
            Some(Line::TooLong(_) | Line::NotText) => Ok(Some(Zeroizing::new(String::from("\u{fffd}")))),
        }
    }
}

impl<R: BufRead> Lines<R> {
    /// The next line, or `None` at the end of input. Holds at most one message's worth.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut bytes = 0;
        loop {
            let chunk = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() && bytes == 0 {
                return Ok(None);
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = LINE_BYTES.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            let at_end = end.is_some() || chunk.is_empty();
            let used = part.len() + usize::from(end.is_some());
            bytes += used;
            self.reader.consume(used);
            if at_end {
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if bytes > LINE_BYTES {
            line.zeroize();
            return Ok(Some(Line::TooLong(bytes)));
        }
        Ok(Some(String::from_utf8(line).map_or(Line::NotText, Line::Text)))
    }
}

/// A little over the longest message, so that the refusal of a slightly longer one comes from the room itself,
/// with its length.
const LINE_BYTES: usize = FERNET_TEXT_BYTES + 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        // A reader of 7 bytes at a time, so that lines end anywhere in it.
        let mut lines = Lines { reader: io::BufReader::with_capacity(7, bytes) };
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push(match line {
                Line::Text(text) => text,
                Line::TooLong(bytes) => format!("<{bytes}>"),
                Line::NotText => "<?>".into(),
            });
        }
        seen
    }

    #[test]
    fn lines_come_whole_whatever_the_buffer() {
        assert_eq!(lines(b"hello, everybody\r\n\nlast"), ["hello, everybody", "", "last"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\xff\xfe\nok\n"), ["<?>", "ok"]);
    }

    #[test]
    fn a_line_of_megabytes_is_counted_but_not_held() {
        let mut bytes = vec![b'x'; 2_000_000];
        bytes.extend_from_slice(b"\nnext\n");
        assert_eq!(lines(&bytes), ["<2000001>", "next"]);
    }
}
