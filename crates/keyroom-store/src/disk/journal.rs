//! The journal: what short appends wrote, in the order of their commits, synced apart from the tables. Why:
//! `docs/adr/0017-journal.md`.
//!
//! Two files are written in turn. One is begun anew when all of it is in the tables and durable there, so that neither grows
//! longer than the tail may become, and a sync has no new length of a file to write.

use std::fs::File;
use std::io;

use bytes::Bytes;
use keyroom_types::Incarnation;

use super::OpenError;
use super::codec::Broken;
use super::files::{self, Files};
use super::journal_file::{self, HEADER_BYTES, Header, Salt, Scanned, scan};

/// Both files, one of which is being written.
#[derive(Debug)]
pub(super) struct Journal {
    incarnation: Incarnation,
    halves: [Half; 2],
    current: usize,
    /// Number of the next frame.
    next: u64,
}

#[derive(Debug)]
struct Half {
    file: File,
    /// How long the file is.
    len: u64,
    /// Where its next frame stands; zero where it is begun anew before that.
    end: u64,
    salt: Salt,
    /// Number of its last frame; one that is being wiped has all numbers, so that it is not begun anew.
    newest: u64,
    /// Whether there is anything but zeros in it.
    is_written: bool,
}

/// A file that is being wiped.
#[derive(Debug)]
pub(super) struct Wiped {
    half: usize,
    file: File,
    len: u64,
}

/// A frame that is being made.
#[derive(Debug)]
pub(super) struct Frame {
    half: usize,
    salt: Salt,
    number: u64,
    /// Where in its file the bytes go.
    at: u64,
    /// Where in the bytes it begins.
    begin: usize,
}

/// What a frame is called, and what it has.
pub(super) type Numbered = (u64, Bytes);

impl Journal {
    /// Opens the files, and reads what is in them behind the frame `settled`.
    pub(super) fn open(
        files: &Files,
        incarnation: Incarnation,
        settled: u64,
    ) -> Result<(Self, Vec<Numbered>), OpenError> {
        let ([first, second], [bytes, more]) = files.journal()?;
        let half = |file, bytes: &[u8]| Half {
            file,
            len: bytes.len() as u64,
            end: 0,
            salt: Salt::default(),
            newest: 0,
            is_written: bytes.iter().any(|byte| *byte != 0),
        };
        let halves = [half(first, &bytes), half(second, &more)];
        let found = find([bytes, more], &incarnation, settled).map_err(|Broken| OpenError::Damaged)?;
        let mut journal = Self { incarnation, halves, current: 0, next: found.next };
        for (half, scanned) in &found.files {
            journal.found(*half, scanned, settled);
        }
        Ok((journal, found.frames))
    }

    /// Goes on with a file that has something the tables may not have.
    fn found(&mut self, half: usize, scanned: &Scanned, settled: u64) {
        if scanned.newest() > settled {
            let Header { salt, .. } = scanned.header;
            let Half { end, salt: own, newest, .. } = &mut self.halves[half];
            (*end, *own, *newest) = (scanned.end as u64, salt, scanned.newest());
            self.current = half;
        }
    }

    /// Begins a frame in `out`, which is emptied. All up to `settled` is durable elsewhere; a file that has `long` bytes makes
    /// way for the other one as soon as that one is free.
    pub(super) fn begin(&self, settled: u64, long: u64, out: &mut Vec<u8>) -> io::Result<Frame> {
        out.clear();
        let (current, other) = (&self.halves[self.current], 1 - self.current);
        let half = match (current.end, &self.halves[other]) {
            (end, other_half) if end >= long.max(1) && other_half.newest <= settled => other,
            _ => self.current,
        };
        let (mut at, mut salt) = (self.halves[half].end, self.halves[half].salt);
        if half != self.current || at == 0 {
            at = 0;
            getrandom::fill(&mut salt).map_err(io::Error::other)?;
            Header { salt, first: self.next }.encode(&self.incarnation, out);
        }
        let begin = out.len();
        journal_file::begin_frame(&salt, self.next, out);
        Ok(Frame { half, salt, number: self.next, at, begin })
    }

    /// Ends a frame and writes it. Durable on return; where it fails, the next one takes its place. Returns its number.
    pub(super) fn write(&mut self, frame: &Frame, out: &mut Vec<u8>) -> io::Result<u64> {
        journal_file::end_frame(frame.begin, out).map_err(|Broken| io::ErrorKind::FileTooLarge)?;
        let half = &mut self.halves[frame.half];
        let end = frame.at + out.len() as u64;
        half.grow(end)?;
        half.is_written = true;
        files::write_at(&half.file, out, frame.at)?;
        half.file.sync_data()?;
        (half.end, half.salt, half.newest) = (end, frame.salt, frame.number);
        self.current = frame.half;
        self.next = frame.number + 1;
        Ok(frame.number)
    }

    /// Takes a file out of use that has nothing behind the frame `settled`, to write zeros over it; `None` where there is none. From
    /// now on the other one is written.
    pub(super) fn begin_wipe(&mut self, settled: u64) -> io::Result<Option<Wiped>> {
        let is_free = |half: &Half| half.newest <= settled;
        let mut halves = self.halves.iter().enumerate();
        let Some((half, _)) = halves.find(|(_, half)| half.is_written && is_free(half)) else {
            return Ok(None);
        };
        let other = 1 - half;
        if half == self.current {
            if !is_free(&self.halves[other]) {
                return Ok(None);
            }
            self.current = other;
            self.halves[other].end = 0;
        }
        let Half { file, len, newest, .. } = &mut self.halves[half];
        let wiped = Wiped { half, file: file.try_clone()?, len: *len };
        *newest = u64::MAX;
        Ok(Some(wiped))
    }

    /// Makes both files empty, of which nothing is missed.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.halves.iter().try_for_each(|half| half.file.set_len(0))
    }

    /// A file was wiped, or could not be.
    pub(super) fn end_wipe(&mut self, wiped: &Wiped, is_done: bool) {
        let half = &mut self.halves[wiped.half];
        (half.end, half.newest, half.is_written) = (0, 0, !is_done);
    }
}

/// What both files hold.
pub(super) struct Found {
    /// What is behind the frame `settled`.
    pub(super) frames: Vec<Numbered>,
    /// Number of the next frame.
    pub(super) next: u64,
    /// Those that were ever begun, the later one last.
    files: Vec<(usize, Scanned)>,
}

/// Reads the bytes of both files, which must have all frames behind `settled`.
pub(super) fn find(files: [Vec<u8>; 2], incarnation: &Incarnation, settled: u64) -> Result<Found, Broken> {
    let mut found = Vec::new();
    for (half, bytes) in files.into_iter().enumerate() {
        found.extend(scan(&bytes, incarnation, settled)?.map(|scanned| (half, Bytes::from(bytes), scanned)));
    }
    // Of two that begin with one number the one without frames was begun first, and given up by a crash.
    found.sort_by_key(|(_, _, scanned)| (scanned.header.first, scanned.newest()));
    // Of a number that both have, the later file's counts: nobody was told of the other's.
    let until = found.last().map_or(0, |(_, _, newer)| newer.header.first);
    let (mut frames, mut next) = (Vec::new(), settled.checked_add(1).ok_or(Broken)?);
    for (place, (_, bytes, scanned)) in found.iter().enumerate() {
        let is_newer = place + 1 == found.len();
        for (number, content) in (scanned.header.first..).zip(&scanned.frames) {
            if number <= settled || number >= until && !is_newer {
                continue;
            }
            if number != next {
                return Err(Broken);
            }
            next = number.checked_add(1).ok_or(Broken)?;
            frames.push((number, bytes.slice(content.clone())));
        }
    }
    // The later file was begun when the other one's last frame was durable.
    if next < until {
        return Err(Broken);
    }
    Ok(Found { frames, next, files: found.into_iter().map(|(half, _, scanned)| (half, scanned)).collect() })
}

impl Wiped {
    /// Writes zeros over all of it.
    pub(super) fn wipe(&self) -> io::Result<()> {
        let zeros = [0; 16 << 10];
        for at in (0..self.len).step_by(zeros.len()) {
            let len = usize::try_from(self.len - at).map_or(zeros.len(), |left| left.min(zeros.len()));
            files::write_at(&self.file, &zeros[..len], at)?;
        }
        self.file.sync_data()
    }
}

impl Half {
    /// Makes the file longer, some frames ahead: a sync that has a new length to write takes twice as long.
    fn grow(&mut self, end: u64) -> io::Result<()> {
        if end <= self.len {
            return Ok(());
        }
        let is_new = self.len < HEADER_BYTES as u64;
        let mut zeros =
            vec![0; usize::try_from(end.next_multiple_of(GROWS_BY) - self.len).unwrap_or(usize::MAX)];
        match files::write_at(&self.file, &zeros, self.len) {
            // The frame alone may have a place, on a disk that is nearly full.
            Err(error) if files::is_full(&error) => {
                zeros.truncate(usize::try_from(end - self.len).unwrap_or(usize::MAX));
                files::write_at(&self.file, &zeros, self.len)?;
            }
            result => result?,
        }
        if is_new {
            // From here on what stands for the header is zeros or one that was written, whatever a power loss leaves.
            self.file.sync_all()?;
        }
        self.len += zeros.len() as u64;
        Ok(())
    }
}

/// Bytes by which a file grows.
const GROWS_BY: u64 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// A file whose frames have these numbers, each as its own content.
    fn file(first: u64, frames: std::ops::Range<u64>) -> Vec<u8> {
        let (salt, mut out) = (first.to_le_bytes(), Vec::new());
        Header { salt, first }.encode(&Incarnation::from_bytes([7; 16]), &mut out);
        for number in frames {
            let begin = out.len();
            journal_file::begin_frame(&salt, number, &mut out);
            out.extend(number.to_be_bytes());
            journal_file::end_frame(begin, &mut out).unwrap();
        }
        out
    }

    /// What is found, in both orders of the files: the frames' numbers and the next one.
    fn found(one: &[u8], other: &[u8], settled: u64) -> Result<(Vec<u64>, u64), Broken> {
        let both = [[one, other], [other, one]].map(|files| {
            let found = find(files.map(<[u8]>::to_vec), &Incarnation::from_bytes([7; 16]), settled)?;
            let is_content = |(number, content): &Numbered| content[..] == number.to_be_bytes();
            assert!(found.frames.iter().all(is_content));
            Ok((found.frames.iter().map(|(number, _)| *number).collect(), found.next))
        });
        assert_eq!(both[0], both[1]);
        both[0].clone()
    }

    #[test]
    fn frames_of_both_files_follow_each_other_from_what_is_settled_on() {
        let (older, newer) = (file(1, 1..4), file(4, 4..6));
        assert_eq!(found(&older, &newer, 0), Ok((vec![1, 2, 3, 4, 5], 6)));
        assert_eq!(found(&older, &newer, 2), Ok((vec![3, 4, 5], 6)));
        assert_eq!(found(&older, &newer, 5), Ok((vec![], 6)));
        assert_eq!(found(&older, &[], 0), Ok((vec![1, 2, 3], 4)));
        assert_eq!(found(&[], &[0; 500], 9), Ok((vec![], 10)));
        // Begun, and nothing whole in it yet.
        assert_eq!(found(&older, &file(4, 4..4), 0), Ok((vec![1, 2, 3], 4)));
    }

    #[test]
    fn frames_that_are_missing_are_missed() {
        assert_eq!(found(&file(2, 2..4), &[], 0), Err(Broken));
        assert_eq!(found(&file(1, 1..3), &file(4, 4..6), 0), Err(Broken));
        assert_eq!(found(&file(1, 1..3), &file(4, 4..4), 0), Err(Broken));
        assert_eq!(found(&[], &file(4, 4..6), 2), Err(Broken));
        // Where the tables have them nobody misses them.
        assert_eq!(found(&file(1, 1..3), &file(4, 4..6), 3), Ok((vec![4, 5], 6)));
    }

    #[test]
    fn of_a_number_that_both_files_have_the_later_ones_frame_counts() {
        // Its sync failed in the older file, and the newer one was begun in its place.
        assert_eq!(found(&file(1, 1..4), &file(3, 3..5), 0), Ok((vec![1, 2, 3, 4], 5)));
        // Begun before a crash and given up, then the other one was begun with the same number.
        let mut given_up = Vec::new();
        Header { salt: *b"given up", first: 3 }.encode(&Incarnation::from_bytes([7; 16]), &mut given_up);
        assert_eq!(found(&given_up, &file(3, 3..5), 2), Ok((vec![3, 4], 5)));
    }
}
