//! Finds the WebSocket frames (RFC 6455) in what was decrypted, behind the answer to the upgrade.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

/// A reader of decrypted bytes that notes where each whole binary message stood.
#[derive(Default)]
pub(super) struct Frames {
    state: State,
    /// The end of what came so far, to find the end of the upgrade's answer.
    tail: [u8; 4],
    head: Vec<u8>,
    parts: Vec<(u64, Range<u32>)>,
}

#[derive(Default)]
enum State {
    /// Until the empty line.
    #[default]
    Upgrade,
    Head,
    Payload {
        left: u64,
        /// None for what is no message: a ping, a goodbye.
        hash: Option<Sha256>,
    },
    /// Something does not fit: nothing more is found.
    Lost,
}

/// A whole message.
pub(super) struct Found {
    /// What stood before the payload.
    pub(super) head: Vec<u8>,
    /// SHA-256 of the payload.
    pub(super) payload: [u8; 32],
    /// In which records it stood, and where in each one's content.
    pub(super) parts: Vec<(u64, Range<u32>)>,
}

impl Frames {
    /// Without what was to be true nothing is found any more.
    pub(super) fn check(&mut self, fact: bool) {
        if !fact {
            self.state = State::Lost;
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// The first record that is still needed.
    pub(super) fn needs(&self) -> Option<u64> {
        self.parts.first().map(|(record, _)| *record)
    }

    /// Takes bytes of this record's content, which stand at `at` in it; the messages that end in them.
    pub(super) fn read(&mut self, bytes: &[u8], record: u64, at: u32) -> Vec<Found> {
        let (mut found, mut place) = (Vec::new(), 0);
        while place < bytes.len() {
            let rest = &bytes[place..];
            let begin = place;
            match &mut self.state {
                State::Lost => break,
                State::Upgrade => {
                    self.tail.rotate_left(1);
                    self.tail[3] = rest[0];
                    place += 1;
                    if &self.tail == b"\r\n\r\n" {
                        self.state = State::Head;
                    }
                    continue;
                }
                State::Head => {
                    self.head.push(rest[0]);
                    place += 1;
                    match head(&self.head) {
                        Head::More => {}
                        Head::Unsound => self.state = State::Lost,
                        Head::Whole { length, is_message } => {
                            self.state = State::Payload { left: length, hash: is_message.then(Sha256::new) };
                        }
                    }
                }
                State::Payload { left, hash } => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    if let Some(hash) = hash {
                        hash.update(&rest[..count]);
                    }
                    *left -= count as u64;
                    place += count;
                }
            }
            self.note(record, at, begin..place);
            if matches!(self.state, State::Payload { left: 0, .. })
                && let State::Payload { hash, .. } = std::mem::replace(&mut self.state, State::Head)
            {
                let (head, parts) = (std::mem::take(&mut self.head), std::mem::take(&mut self.parts));
                if let Some(hash) = hash {
                    found.push(Found { head, payload: hash.finalize().into(), parts });
                }
            }
        }
        found
    }

    fn note(&mut self, record: u64, at: u32, range: Range<usize>) {
        let within = |place: usize| at.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
        match self.parts.last_mut() {
            Some((last, part)) if *last == record => part.end = within(range.end),
            _ => self.parts.push((record, within(range.start)..within(range.end))),
        }
    }
}

enum Head {
    More,
    Whole {
        length: u64,
        is_message: bool,
    },
    /// Masked, or in parts: a relay sends neither.
    Unsound,
}

fn head(bytes: &[u8]) -> Head {
    let [first, second, rest @ ..] = bytes else { return Head::More };
    if second & 0x80 != 0 || first & 0x80 == 0 || first & 0x0f == 0 {
        return Head::Unsound;
    }
    let is_message = first & 0x0f == 2;
    let length = match second & 0x7f {
        126 => rest.first_chunk().map(|length| u64::from(u16::from_be_bytes(*length))),
        127 => rest.first_chunk().map(|length| u64::from_be_bytes(*length)),
        length => Some(u64::from(length)),
    };
    length.map_or(Head::More, |length| Head::Whole { length, is_message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        bytes.extend([0x82, 3, 1, 2, 3]);
        bytes.extend([0x89, 2, 9, 9]);
        bytes.extend([0x82, 126, 1, 0]);
        bytes.extend([7; 256]);
        bytes.extend([0x82, 0]);
        bytes
    }

    #[test]
    fn messages_are_found_however_the_records_cut_them() {
        let bytes = stream();
        for step in 1..=bytes.len() {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for (record, piece) in bytes.chunks(step).enumerate() {
                found.extend(frames.read(piece, record as u64, 0));
            }
            let payloads: Vec<[u8; 32]> = found.iter().map(|found| found.payload).collect();
            let expected: [&[u8]; 3] = [&[1, 2, 3], &[7; 256], &[]];
            assert_eq!(payloads, expected.map(|payload| <[u8; 32]>::from(Sha256::digest(payload))));
            assert_eq!(found[1].head, [0x82, 126, 1, 0]);
            for message in &found {
                let length: u32 = message.parts.iter().map(|(_, part)| part.end - part.start).sum();
                let whole: Vec<u8> = message
                    .parts
                    .iter()
                    .flat_map(|(record, part)| {
                        let start = usize::try_from(*record).unwrap() * step;
                        bytes[start + part.start as usize..start + part.end as usize].to_vec()
                    })
                    .collect();
                assert_eq!(whole.len(), length as usize);
                assert!(whole.starts_with(&message.head));
                let payload: [u8; 32] = Sha256::digest(&whole[message.head.len()..]).into();
                assert_eq!(payload, message.payload);
            }
        }
    }

    #[test]
    fn a_masked_frame_or_one_in_parts_ends_it() {
        for head in [[0x82, 0x83], [0x02, 3], [0x80, 3]] {
            let mut frames = Frames::default();
            frames.read(b"\r\n\r\n", 0, 0);
            assert!(frames.read(&[&head[..], &[1, 2, 3]].concat(), 0, 4).is_empty());
            assert!(frames.is_lost());
        }
    }
}
