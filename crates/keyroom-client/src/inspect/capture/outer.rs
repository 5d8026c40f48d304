//! What was around a frame of the link: the WebSocket frame, and the TLS records that carried it.

use std::sync::Arc;

/// What was around one frame of the link, as it came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outer {
    /// The head of the WebSocket frame; the frame of the link is its payload.
    pub head: Vec<u8>,
    /// The TLS records that carried it, whole; neighbours may stand in them, too.
    pub records: Vec<Record>,
}

/// One TLS record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// As it went over TCP. Shared: a record may carry many frames.
    pub bytes: Arc<[u8]>,
    /// Where in the record's decrypted content the WebSocket frame, or its part in this record, begins and ends.
    pub part: std::ops::Range<u32>,
}

impl Outer {
    /// What it costs to hold.
    pub(crate) fn size(&self) -> usize {
        self.head.len() + self.records.iter().map(|record| record.bytes.len() + 8).sum::<usize>()
    }

    /// The form in which the profile keeps it: numbers are four bytes, big-endian, and lengths stand before what they are of.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size() + 8 + self.records.len() * 4);
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        bytes.extend(number(self.head.len()));
        bytes.extend(&self.head);
        for record in &self.records {
            bytes.extend(record.part.start.to_be_bytes());
            bytes.extend(record.part.end.to_be_bytes());
            bytes.extend(number(record.bytes.len()));
            bytes.extend(&*record.bytes);
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let length = number(&mut rest)?;
        let head = take(&mut rest, length)?.to_vec();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let part = number(&mut rest)?..number(&mut rest)?;
            let length = number(&mut rest)?;
            records.push(Record { part, bytes: take(&mut rest, length)?.into() });
        }
        Some(Self { head, records })
    }
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_be_bytes(*number))
}

fn take<'a>(rest: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = behind;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_and_other_bytes_are_refused() {
        let outer = Outer {
            head: vec![0x82, 5],
            records: vec![
                Record { bytes: [23, 3, 3, 0, 1, 9].into(), part: 0..1 },
                Record { bytes: [].into(), part: 7..9 },
            ],
        };
        let bytes = outer.encode();
        assert_eq!(Outer::decode(&bytes), Some(outer));
        assert_eq!(Outer::decode(&Outer::default().encode()), Some(Outer::default()));
        for end in (0..bytes.len()).filter(|end| ![6, 24].contains(end)) {
            assert_eq!(Outer::decode(&bytes[..end]), None, "{end}");
        }
    }
}
