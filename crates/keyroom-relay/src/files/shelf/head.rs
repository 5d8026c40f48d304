//! What stands before a file's bytes on disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use keyroom_types::{FileId, RoomId, Timestamp};

use crate::files::Ticket;

/// Whose a file is, and since when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) room: RoomId,
    pub(super) file: FileId,
    pub(super) size: u64,
    pub(super) begun: Timestamp,
}

impl Head {
    /// Magic (8), room (16), file (16), size (8), begin in ms (8); numbers big-endian.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let (size, begun) = (self.size.to_be_bytes(), self.begun.as_millis().to_be_bytes());
        [MAGIC, self.room.as_bytes(), self.file.as_bytes(), &size, &begun].concat()
    }

    /// Reads it from a file; `None` where the file is too short or of another kind.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (room, rest) = rest.split_first_chunk()?;
        let (file, rest) = rest.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        Some(Self {
            room: RoomId::from_bytes(*room),
            file: FileId::from_bytes(*file),
            size: u64::from_be_bytes(*size),
            begun: Timestamp::from_millis(u64::from_be_bytes(rest.try_into().ok()?)),
        })
    }

    pub(super) fn is_for(&self, ticket: &Ticket) -> bool {
        self.room == ticket.room && self.size == ticket.size
    }
}

const MAGIC: &[u8] = b"KEYROOM\x01";
pub(super) const HEAD_BYTES: u64 = 8 + 16 + 16 + 8 + 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_and_half_of_it_does_not() {
        let head = Head {
            room: RoomId::from_bytes([1; 16]),
            file: FileId::from_bytes([2; 16]),
            size: 3,
            begun: Timestamp::from_millis(4),
        };
        let bytes = head.to_bytes();
        assert_eq!(Head::parse(&bytes), Some(head));
        assert_eq!(HEAD_BYTES, bytes.len() as u64);
        assert!((0..bytes.len()).all(|cut| Head::parse(&bytes[..cut]).is_none()));
    }
}
