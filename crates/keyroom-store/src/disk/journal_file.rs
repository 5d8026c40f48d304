//! The bytes of one file of the journal: a header, and frames behind it.
//!
//! - Header: "KRjournl", the store's incarnation (16 bytes), a salt (8), the number of its first frame (8, big-endian), CRC-32 (4).
//! - Frame: the salt (8), its number (8, big-endian), length of its content (4, big-endian), the content, CRC-32 over all of it (4).
//!
//! A file is written again and again from its beginning, each time with another salt, so that what an earlier time left behind the
//! last frame is not taken for one. Nobody outside knows the salt: an envelope cannot be made to look like a frame.

use std::ops::Range;

use keyroom_types::Incarnation;

use super::codec::{self, Broken, checked, checksum, take};

/// What a file's frames have in common until it is begun anew.
pub(super) type Salt = [u8; 8];

/// The beginning of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) salt: Salt,
    /// Number of the file's first frame.
    pub(super) first: u64,
}

impl Header {
    pub(super) fn encode(&self, incarnation: &Incarnation, out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend(MAGIC);
        out.extend(incarnation.as_bytes());
        out.extend(self.salt);
        out.extend(self.first.to_be_bytes());
        let sum = checksum(&[&out[begin..]]);
        out.extend(sum.to_be_bytes());
    }

    /// The header of a file; `None` where there never was one.
    fn decode(file: &[u8], incarnation: &Incarnation) -> Result<Option<Self>, Broken> {
        let bytes = &file[..file.len().min(HEADER_BYTES)];
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let mut rest = checked(bytes, &[])?;
        if take(&mut rest)? != *MAGIC || take(&mut rest)? != *incarnation.as_bytes() {
            return Err(Broken);
        }
        Ok(Some(Self { salt: take(&mut rest)?, first: u64::from_be_bytes(take(&mut rest)?) }))
    }
}

/// Puts what stands before a frame's content.
pub(super) fn begin_frame(salt: &Salt, number: u64, out: &mut Vec<u8>) {
    out.extend(salt);
    out.extend(number.to_be_bytes());
    out.extend([0; 4]);
}

/// Ends the frame that begins at `begin`; fails where its content is longer than four GiB.
pub(super) fn end_frame(begin: usize, out: &mut Vec<u8>) -> Result<(), Broken> {
    let content = begin + BEFORE_BYTES;
    let len = u32::try_from(out.len().checked_sub(content).ok_or(Broken)?).map_err(|_| Broken)?;
    out[content - 4..content].copy_from_slice(&len.to_be_bytes());
    let sum = checksum(&[&out[begin..]]);
    out.extend(sum.to_be_bytes());
    Ok(())
}

/// Where the content of the frame of this number lies, if it begins at `at` and is whole.
fn frame(file: &[u8], at: usize, salt: &Salt, number: u64) -> Option<Range<usize>> {
    let mut rest = file.get(at..)?;
    let is_named = take(&mut rest).ok()? == *salt && u64::from_be_bytes(take(&mut rest).ok()?) == number;
    let len = usize::try_from(u32::from_be_bytes(take(&mut rest).ok()?)).ok()?;
    let content = at + BEFORE_BYTES..(at + BEFORE_BYTES).checked_add(len)?;
    let whole = file.get(at..content.end.checked_add(4)?).filter(|_| is_named)?;
    codec::checked(whole, &[]).is_ok().then_some(content)
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) header: Header,
    /// Where the contents of its frames lie, in their order.
    pub(super) frames: Vec<Range<usize>>,
    /// Where the next frame is written.
    pub(super) end: usize,
}

impl Scanned {
    /// Number of its last frame, or of the one before its first.
    pub(super) fn newest(&self) -> u64 {
        self.header.first.saturating_sub(1) + self.frames.len() as u64
    }
}

/// Reads a file; `None` if it was never begun. A frame that is not whole ends it: it was being written when the power went, and
/// nobody was told that it is there. Where one follows it that is whole, it had been synced, and what it is now is damage, unless
/// it and all that follow are among those up to `settled`, which are elsewhere.
pub(super) fn scan(file: &[u8], incarnation: &Incarnation, settled: u64) -> Result<Option<Scanned>, Broken> {
    let Some(header) = Header::decode(file, incarnation)? else { return Ok(None) };
    let mut scanned = Scanned { header, frames: Vec::new(), end: HEADER_BYTES };
    let mut next = header.first;
    while let Some(content) = frame(file, scanned.end, &header.salt, next) {
        scanned.end = content.end + 4;
        scanned.frames.push(content);
        next = next.checked_add(1).ok_or(Broken)?;
    }
    let later = next.max(settled).checked_add(1).ok_or(Broken)?;
    if has_frame(&file[scanned.end.min(file.len())..], &header.salt, later) {
        return Err(Broken);
    }
    Ok(Some(scanned))
}

/// Whether a frame of this number is anywhere in these bytes.
fn has_frame(bytes: &[u8], salt: &Salt, number: u64) -> bool {
    let mut name = Vec::with_capacity(16);
    name.extend(salt);
    name.extend(number.to_be_bytes());
    // Nobody outside knows the salt, so that there are few places to look at more closely.
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == name[0])) {
        at += next;
        if bytes[at..].starts_with(&name) && frame(bytes, at, salt, number).is_some() {
            return true;
        }
        at += 1;
    }
    false
}

const MAGIC: &[u8; 8] = b"KRjournl";

pub(super) const HEADER_BYTES: usize = 8 + Incarnation::BYTES + 8 + 8 + 4;

/// What stands before a frame's content.
const BEFORE_BYTES: usize = 8 + 8 + 4;

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = *b"8 bytes.";

    fn incarnation() -> Incarnation {
        Incarnation::from_bytes([7; 16])
    }

    /// A file whose frames have these contents, and its end after each.
    fn file(first: u64, contents: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
        let mut out = Vec::new();
        Header { salt: SALT, first }.encode(&incarnation(), &mut out);
        assert_eq!(out.len(), HEADER_BYTES);
        let mut ends = vec![out.len()];
        for (number, content) in (first..).zip(contents) {
            let begin = out.len();
            begin_frame(&SALT, number, &mut out);
            out.extend(*content);
            end_frame(begin, &mut out).unwrap();
            ends.push(out.len());
        }
        (out, ends)
    }

    #[test]
    fn what_is_written_is_read() {
        let (mut bytes, ends) = file(5, &[b"one", b"", b"three"]);
        for junk in [0, 1, 1_000] {
            bytes.resize(ends[3] + junk, 0x4b);
            let scanned = scan(&bytes, &incarnation(), 0).unwrap().unwrap();
            let contents: Vec<_> = scanned.frames.iter().map(|frame| &bytes[frame.clone()]).collect();
            assert_eq!(contents, [&b"one"[..], b"", b"three"]);
            assert_eq!((scanned.header.first, scanned.newest(), scanned.end), (5, 7, ends[3]));
        }
        for never in [&[][..], &[0], &[0; 1_000]] {
            assert!(scan(never, &incarnation(), 0).unwrap().is_none());
        }
    }

    #[test]
    fn a_file_that_is_cut_anywhere_has_the_frames_that_are_whole() {
        let (bytes, ends) = file(1, &[b"one", b"another", b"three"]);
        for len in HEADER_BYTES..=bytes.len() {
            let scanned = scan(&bytes[..len], &incarnation(), 0).unwrap().unwrap();
            let whole = ends.iter().rposition(|end| *end <= len).unwrap();
            assert_eq!((scanned.frames.len(), scanned.end), (whole, ends[whole]), "{len}");
        }
    }

    #[test]
    fn a_flipped_bit_is_damage_but_in_the_last_frame_which_may_have_been_torn() {
        let (bytes, ends) = file(1, &[b"one", b"another", b"three"]);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match scan(&flipped, &incarnation(), 0) {
                Ok(scanned) => {
                    assert!(bit / 8 >= ends[2], "{bit}");
                    assert_eq!(scanned.unwrap().newest(), 2);
                }
                Err(Broken) => assert!(bit / 8 < ends[2], "{bit}"),
            }
            // Where the tables have all of it, only the header counts.
            assert_eq!(scan(&flipped, &incarnation(), 3).is_err(), bit / 8 < HEADER_BYTES, "{bit}");
        }
    }

    #[test]
    fn what_an_earlier_time_left_is_not_taken_for_frames() {
        let (old, ends) = file(1, &[b"a long content of the time before", b"old", b"old"]);
        let mut bytes = Vec::new();
        Header { salt: *b"another.", first: 4 }.encode(&incarnation(), &mut bytes);
        bytes.extend(&old[bytes.len()..]);
        for settled in [0, 3] {
            assert!(scan(&bytes, &incarnation(), settled).unwrap().unwrap().frames.is_empty());
        }
        // The header of before, and a frame of the new time over its first: those that follow are settled.
        let mut bytes = old.clone();
        bytes[HEADER_BYTES..ends[1] - 3].fill(0x4b);
        assert!(scan(&bytes, &incarnation(), 3).unwrap().unwrap().frames.is_empty());
    }

    #[test]
    fn another_stores_file_is_refused() {
        let (bytes, _) = file(1, &[b"one"]);
        assert_eq!(scan(&bytes, &Incarnation::from_bytes([8; 16]), 0).unwrap_err(), Broken);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>, first: u64, settled: u64) {
            let _ = scan(&bytes, &incarnation(), settled);
            let mut with_header = Vec::new();
            Header { salt: SALT, first }.encode(&incarnation(), &mut with_header);
            with_header.append(&mut bytes);
            let _ = scan(&with_header, &incarnation(), settled);
        }
    }
}
