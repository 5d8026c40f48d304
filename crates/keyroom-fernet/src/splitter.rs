//! From a byte stream without frames to tokens. Rules and numbers: `docs/protocol.md`, "Tokens in a stream".
//!
//! Sans-IO: the driver hands over each socket read with its time, then drains [`Splitter::poll`] until it
//! returns `None`, and calls [`Splitter::handle_timeout`] when [`Splitter::poll_timeout`] says so.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::run::{Piece, Run, START};
use crate::token::SHORTEST_CHARS;
use crate::{Cipher, Opened, Policy, alphabet};

/// Finds the tokens in what one peer sends, however its reads split or join them.
///
/// Work is linear in what came, whatever it is. Memory is the unfinished text, at most the limit and one read,
/// and what was found and not polled yet.
pub struct Splitter {
    cipher: Arc<Cipher>,
    limit: usize,
    run: Run,
    pieces: Vec<Piece>,
    found: VecDeque<Found>,
    /// Bytes that were no token and are not reported yet: less than [`JUNK_BYTES`].
    junk: usize,
    last_read: Option<Instant>,
    /// The silence after `last_read` has been dealt with.
    silent: bool,
    closed: bool,
}

impl Splitter {
    /// A splitter for one peer's stream. `limit` bounds the unfinished text, in bytes; the usual one is
    /// `keyroom_types::limits::STREAM_BUFFER_BYTES`.
    pub fn new(cipher: Arc<Cipher>, limit: usize) -> Self {
        Self {
            cipher,
            limit,
            run: Run::default(),
            pieces: Vec::new(),
            found: VecDeque::new(),
            junk: 0,
            last_read: None,
            silent: false,
            closed: false,
        }
    }

    /// Takes the bytes of one socket read. Where a read ends matters: only a read that holds exactly one
    /// token may hold it in a form that is not canonical.
    ///
    /// # Errors
    /// [`StreamError::TooMuch`] when the unfinished text passes the limit, and at every call after that; what
    /// was found before can still be polled.
    pub fn push(&mut self, now: Instant, read: &[u8]) -> Result<(), StreamError> {
        let too_much = StreamError::TooMuch { limit: self.limit };
        if self.closed {
            return Err(too_much);
        }
        if read.is_empty() {
            return Ok(());
        }
        self.last_read = Some(now);
        self.silent = false;
        if !self.take_whole(read) {
            self.take_pieces(read);
        }
        self.run.compact();
        if self.run.pending() > self.limit {
            self.closed = true;
            self.run = Run::default();
            self.report_junk();
            return Err(too_much);
        }
        Ok(())
    }

    /// Next token or refusal, in the order of the stream.
    pub fn poll(&mut self) -> Option<Found> {
        self.found.pop_front()
    }

    /// When `handle_timeout` is next due; ask again after every other call. `None` while nothing is unfinished.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let run = (!self.closed && !self.run.is_idle()).then_some(if self.silent { STALE } else { SILENCE });
        let junk = (self.junk > 0).then_some(JUNK_SILENCE);
        self.last_read?.checked_add([run, junk].into_iter().flatten().min()?)
    }

    /// Judges what is unfinished after [`SILENCE`], [`JUNK_SILENCE`] and [`STALE`]. Calling too early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(last_read) = self.last_read else { return };
        let quiet = now.saturating_duration_since(last_read);
        if quiet >= SILENCE && !self.silent {
            self.silent = true;
            self.run.silence(&self.cipher, &mut self.pieces);
        }
        if quiet >= STALE {
            self.run.give_up(&mut self.pieces);
        }
        self.open_pieces();
        if quiet >= JUNK_SILENCE {
            self.report_junk();
        }
        self.run.compact();
    }

    /// The stream has ended: judges what is unfinished as silence does, and reports at once.
    pub fn end(&mut self) {
        self.run.silence(&self.cipher, &mut self.pieces);
        self.open_pieces();
        self.report_junk();
        self.run.compact();
    }

    /// Bytes held of a token that is not complete yet.
    pub fn pending(&self) -> usize {
        self.run.pending()
    }

    /// Opens a read that is one token in whatever form Python would accept. Joined tokens are left to the runs:
    /// Python itself would see the first only.
    fn take_whole(&mut self, read: &[u8]) -> bool {
        if read.len() < SHORTEST_CHARS || !alphabet::first_byte_is_version(read) {
            return false;
        }
        let Ok((opened, used)) = self.cipher.open_prefix(read, &Policy::lenient()) else { return false };
        let (token, behind) = read.split_at(used);
        // A canonical token with other bytes around it: they may be the end of the token before or the beginning
        // of the next, and the runs find all of them.
        let digits = token.iter().position(|&byte| byte == b'g').unwrap_or_default();
        let canonical = alphabet::decode_canonical(token[digits..].trim_ascii_end()).is_some();
        let ends_another = self.run.pending() > 0 && read.first() == Some(&b'=');
        let joined = behind.windows(START.len()).any(|text| text == START);
        if joined || ends_another || (canonical && (digits > 0 || !behind.is_empty())) {
            return false;
        }
        // The HMAC proves that the token begins here, so nothing before this read can be a part of it.
        self.run.abandon(&mut self.pieces);
        self.open_pieces();
        self.report_junk();
        self.found.push_back(Found::Token { opened, wire: token.trim_ascii().to_vec() });
        true
    }

    fn take_pieces(&mut self, read: &[u8]) {
        let mut rest = read;
        while !rest.is_empty() {
            let digits = rest.iter().position(|&byte| !alphabet::is_digit(byte)).unwrap_or(rest.len());
            self.run.digits(&self.cipher, &rest[..digits], &mut self.pieces);
            rest = &rest[digits..];
            if let Some((&byte, behind)) = rest.split_first() {
                if byte == b'=' {
                    self.run.padding(&self.cipher, &mut self.pieces);
                } else {
                    self.run.end(&self.cipher, &mut self.pieces);
                }
                self.open_pieces();
                // Simple peers may put line ends between tokens: those are no offence.
                self.add_junk(usize::from(byte != b'=' && !byte.is_ascii_whitespace()));
                rest = behind;
            }
        }
        self.open_pieces();
    }

    fn open_pieces(&mut self) {
        for piece in std::mem::take(&mut self.pieces) {
            let refused = match piece {
                Piece::Junk(bytes) => {
                    self.add_junk(bytes);
                    continue;
                }
                Piece::Token(wire) => {
                    let bytes = wire.len();
                    match self.cipher.open(&wire, &Policy::lenient()) {
                        Ok(opened) => Found::Token { opened, wire },
                        Err(_) => Found::Refused { bytes, reason: Refusal::NotAuthentic },
                    }
                }
                Piece::TokenShaped(bytes) => Found::Refused { bytes, reason: Refusal::NotAuthentic },
                Piece::Stale(bytes) => Found::Refused { bytes, reason: Refusal::Incomplete },
                Piece::TooManyStarts(bytes) => Found::Refused { bytes, reason: Refusal::TooManyStarts },
            };
            self.report_junk();
            self.found.push_back(refused);
        }
    }

    fn add_junk(&mut self, bytes: usize) {
        self.junk += bytes;
        while self.junk >= JUNK_BYTES {
            self.junk -= JUNK_BYTES;
            self.found.push_back(Found::Refused { bytes: JUNK_BYTES, reason: Refusal::Junk });
        }
    }

    fn report_junk(&mut self) {
        let bytes = std::mem::take(&mut self.junk);
        if bytes > 0 {
            self.found.push_back(Found::Refused { bytes, reason: Refusal::Junk });
        }
    }
}

impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter").field("pending", &self.pending()).finish_non_exhaustive()
    }
}

/// What the splitter made of a stretch of the stream.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// An authentic token, opened. Its text need not be UTF-8, and it may be a duplicate: the caller judges.
    Token {
        /// What it held.
        opened: Opened,
        /// The token byte for byte as it came, without white space around it: what a host forwards.
        wire: Vec<u8>,
    },
    /// Bytes that are no token for this key. One stretch is reported once.
    Refused {
        /// Length of the stretch.
        bytes: usize,
        /// Why.
        reason: Refusal,
    },
}

/// Why a stretch of the stream gave no token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Has the shape of a token, and does not open: most likely another key.
    #[error("a token that this key does not open")]
    NotAuthentic,
    /// Not the shape of a token. White space between tokens is not counted. Neighbours are one refusal, up to
    /// [`JUNK_BYTES`], a token, a refusal of another kind or [`JUNK_SILENCE`].
    #[error("bytes that are no token")]
    Junk,
    /// A token began, and its rest did not come within [`STALE`].
    #[error("a token whose end did not come")]
    Incomplete,
    /// More places where a token could begin than `keyroom_types::limits::CANDIDATE_STARTS`.
    #[error("too many beginnings of tokens without an end")]
    TooManyStarts,
}

/// Why a stream cannot go on. The peer's fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The unfinished text passed the limit.
    #[error("more than {limit} bytes came without the end of a token")]
    TooMuch {
        /// The splitter's limit, in bytes.
        limit: usize,
    },
}

/// A text of a token's length is judged as it stands after this silence.
pub const SILENCE: Duration = Duration::from_millis(100);

/// Junk is reported when nothing has come for this long, so that who types by hand is refused once for a sentence and
/// not once for a key. Nobody pauses so often in `REFUSALS_WINDOW_S` that pauses alone make `REFUSALS`.
pub const JUNK_SILENCE: Duration = Duration::from_secs(1);

/// So much junk is reported though it goes on: a flood is many refusals, however it is cut.
pub const JUNK_BYTES: usize = 4 << 10;

/// A token whose rest has not come after this silence is given up. Longer than TCP's usual first retransmissions
/// (1 + 2 + 4 + 8 s), so that a bad network costs no message.
pub const STALE: Duration = Duration::from_secs(30);
