//! One run: text in the base64url alphabet, and the tokens that are joined in it.
//!
//! Any other byte ends the run; `=` ends it after the token that it pads. Boundaries inside are found by the
//! HMAC. The first candidate of a run is tried at every length that a token can have: where nothing is broken,
//! it is the token. Behind junk only the latest candidate is tried, and only where the text shows an end (padding,
//! the run's end, the next start, silence). So a run costs two hashes of its length, and a try for each start.

use keyroom_types::limits::CANDIDATE_STARTS;

use crate::candidate::Candidate;
use crate::{Cipher, alphabet};

/// A stretch of the stream that is decided.
pub(crate) enum Piece {
    /// Text with an authentic HMAC.
    Token(Vec<u8>),
    /// Bytes that have a token's length and no authentic HMAC.
    TokenShaped(usize),
    /// Bytes of a token that never ended.
    Stale(usize),
    /// Bytes of a run with too many starts.
    TooManyStarts(usize),
    /// Bytes of no token.
    Junk(usize),
}

/// The undecided text and where tokens may begin in it.
#[derive(Default)]
pub(crate) struct Run {
    /// What is undecided stands from `base` on; what is before is done with and goes at the next `compact`.
    text: Vec<u8>,
    base: usize,
    /// At `base`.
    first: Option<Candidate>,
    /// The last start that was found, if that is another.
    latest: Option<Candidate>,
    /// Starts found in this run since its last token.
    starts: usize,
    /// No start before this place in `text` is unknown.
    scanned: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    /// A run begins or a token has just ended at `base`: a token of any time may begin here.
    #[default]
    Fresh,
    /// A token may have begun, or must show itself by [`START`].
    Inside,
    /// One `=` has come behind a candidate that needs two.
    Padding,
    /// Too many starts: nothing is looked for until the run ends.
    Dropping,
}

impl Run {
    /// Bytes that are undecided.
    pub(crate) fn pending(&self) -> usize {
        self.text.len() - self.base
    }

    /// Nothing is undecided.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending() == 0 && self.state != State::Dropping
    }

    /// Takes text in the alphabet, without padding.
    pub(crate) fn digits(&mut self, cipher: &Cipher, text: &[u8], out: &mut Vec<Piece>) {
        if text.is_empty() {
            return;
        }
        if self.state == State::Padding {
            self.settle(out);
        }
        if self.state == State::Dropping {
            out.push(Piece::Junk(text.len()));
            return;
        }
        self.text.extend_from_slice(text);
        while self.advance(cipher, out) {}
    }

    /// Takes one `=`.
    pub(crate) fn padding(&mut self, cipher: &Cipher, out: &mut Vec<Piece>) {
        if self.first.is_none() {
            self.settle(out);
            out.push(Piece::Junk(1));
            return;
        }
        self.text.push(b'=');
        let end = self.text.len();
        if self.take_padded(cipher, end, out) {
            return;
        }
        let more = self.state == State::Inside
            && self.candidates().any(|candidate| candidate.needs_one_more(&self.text, end));
        if more {
            self.state = State::Padding;
        } else {
            self.settle(out);
        }
    }

    /// The run has ended by a byte outside the alphabet.
    pub(crate) fn end(&mut self, cipher: &Cipher, out: &mut Vec<Piece>) {
        if !self.take_latest(cipher, self.text.len(), out) {
            self.settle(out);
        }
    }

    /// Nothing has come for a while: what has the length of a token is taken for one, whole or refused.
    pub(crate) fn silence(&mut self, cipher: &Cipher, out: &mut Vec<Piece>) {
        let end = self.text.len();
        if self.take_latest(cipher, end, out) {
            return;
        }
        let whole = self.candidates().any(|candidate| candidate.is_whole_at(&self.text, end));
        if whole || self.first.is_none() {
            self.settle(out);
        }
    }

    /// The rest of what has begun will not come.
    pub(crate) fn give_up(&mut self, out: &mut Vec<Piece>) {
        if self.pending() > 0 {
            out.push(Piece::Stale(self.pending()));
        }
        self.restart();
    }

    /// What came so far is known to be no part of what follows.
    pub(crate) fn abandon(&mut self, out: &mut Vec<Piece>) {
        self.settle(out);
    }

    /// Frees the text that is decided. Once per read, so that its cost is linear.
    pub(crate) fn compact(&mut self) {
        if self.base > 0 {
            self.text.drain(..self.base);
            self.scanned -= self.base;
            for candidate in self.first.iter_mut().chain(&mut self.latest) {
                candidate.shift(self.base);
            }
            self.base = 0;
        }
        if self.text.is_empty() && self.text.capacity() > KEPT_BYTES {
            self.text = Vec::new();
        }
    }

    /// One step through the digits that have come: a start or a token. False when more must come first.
    fn advance(&mut self, cipher: &Cipher, out: &mut Vec<Piece>) -> bool {
        if self.first.is_none() && !self.find_first(out) {
            return false;
        }
        let next = find(&self.text, self.scanned);
        let limit = next.unwrap_or(self.text.len());
        let ended = self.first.as_mut().and_then(|first| first.try_all(cipher, &self.text, limit));
        if let Some(end) = ended {
            self.emit(self.base, end, out);
            return true;
        }
        let Some(next) = next else {
            self.scanned = self.scanned.max(self.text.len().saturating_sub(START.len() - 1));
            return false;
        };
        if self.take_latest(cipher, next, out) {
            return true;
        }
        if self.starts == CANDIDATE_STARTS {
            out.push(Piece::TooManyStarts(self.pending()));
            self.restart();
            self.state = State::Dropping;
            return false;
        }
        self.latest = Some(Candidate::at(next));
        self.starts += 1;
        self.scanned = next + 1;
        true
    }

    /// Finds the first candidate and drops what stands before it.
    fn find_first(&mut self, out: &mut Vec<Piece>) -> bool {
        let rest = &self.text[self.base..];
        let start = match (self.state, alphabet::begins_with_version(rest)) {
            (State::Fresh, None) => return false,
            (State::Fresh, Some(true)) => Some(self.base),
            _ => find(&self.text, self.scanned),
        };
        self.state = State::Inside;
        let kept = start.unwrap_or_else(|| {
            let tail = (1..START.len()).rev().find(|&len| rest.ends_with(&START[..len]));
            self.text.len() - tail.unwrap_or_default()
        });
        if kept > self.base {
            out.push(Piece::Junk(kept - self.base));
        }
        self.base = kept;
        self.scanned = kept;
        let Some(start) = start else { return false };
        self.first = Some(Candidate::at(start));
        self.starts = 1;
        self.scanned = start + 1;
        true
    }

    /// Emits the token that has just been padded.
    fn take_padded(&mut self, cipher: &Cipher, end: usize, out: &mut Vec<Piece>) -> bool {
        let whole = self.first.as_mut().is_some_and(|first| first.try_end(cipher, &self.text, end));
        if whole {
            self.emit(self.base, end, out);
        }
        whole || self.take_latest(cipher, end, out)
    }

    /// Emits the token that begins at the latest start and ends at `end`. The first has been tried there.
    fn take_latest(&mut self, cipher: &Cipher, end: usize, out: &mut Vec<Piece>) -> bool {
        let Some(latest) = &mut self.latest else { return false };
        let (start, whole) = (latest.start, latest.try_end(cipher, &self.text, end));
        if whole {
            self.emit(start, end, out);
        }
        whole
    }

    fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.first.iter().chain(&self.latest)
    }

    fn forget_candidates(&mut self) {
        self.first = None;
        self.latest = None;
        self.starts = 0;
    }

    /// Emits a token, and what stood before it in the run.
    fn emit(&mut self, start: usize, end: usize, out: &mut Vec<Piece>) {
        if start > self.base {
            out.push(self.refused_up_to(start));
        }
        out.push(Piece::Token(self.text[start..end].to_vec()));
        self.base = end;
        self.scanned = end;
        self.forget_candidates();
        self.state = State::Fresh;
    }

    /// Refuses all that is undecided. A new run begins behind it.
    fn settle(&mut self, out: &mut Vec<Piece>) {
        if self.pending() > 0 {
            out.push(self.refused_up_to(self.text.len()));
        }
        self.restart();
    }

    fn refused_up_to(&self, end: usize) -> Piece {
        let shaped = self.candidates().any(|candidate| candidate.is_lawful_at(&self.text, end));
        let bytes = end - self.base;
        if shaped { Piece::TokenShaped(bytes) } else { Piece::Junk(bytes) }
    }

    fn restart(&mut self) {
        self.text.clear();
        self.base = 0;
        self.scanned = 0;
        self.forget_candidates();
        self.state = State::Fresh;
    }
}

/// The next start at or behind `from`.
fn find(text: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.windows(START.len()).position(|text| text == START).map(|place| from + place)
}

/// How a token shows itself behind other text: the version and 28 zero bits, the top of every time before the
/// year 4147. By chance it stands inside a token once in 2^36 places.
pub(crate) const START: &[u8] = b"gAAAAA";

/// Capacity that an idle run may keep.
const KEPT_BYTES: usize = 16 << 10;
