//! Fixed binary forms: a reader that never reads past its input and never allocates by a length that it was told.

use keyroom_types::{DoorId, Incarnation, PassKey, RoomId, Signature};

/// Reads a fixed binary form from its beginning. Every method answers `None` where the input is too short.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// 0 or 1; anything else would give one meaning two forms.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A length in RFC 9420's form (2.1.2): 1, 2 or 4 bytes, in the shortest form only.
    pub(crate) fn vector(&mut self) -> Option<&'a [u8]> {
        let first = self.u8()?;
        let low = usize::from(first & 0x3f);
        let (length, least) = match first >> 6 {
            0 => (low, 0),
            1 => (low << 8 | usize::from(self.u8()?), 1 << 6),
            2 => {
                let [b, c, d] = self.array::<3>()?.map(usize::from);
                (low << 24 | b << 16 | c << 8 | d, 1 << 14)
            }
            _ => return None,
        };
        if length < least { None } else { self.take(length) }
    }

    /// Like [`Reader::vector`], with the length in front.
    pub(crate) fn counted(&mut self) -> Option<&'a [u8]> {
        let whole = self.0;
        let content = self.vector()?.len();
        let head = whole.len() - self.0.len() - content;
        whole.get(..head + content)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn room(&mut self) -> Option<RoomId> {
        self.array().map(RoomId::from_bytes)
    }

    pub(crate) fn pass(&mut self) -> Option<PassKey> {
        self.array().map(PassKey::from_bytes)
    }

    pub(crate) fn door(&mut self) -> Option<DoorId> {
        self.array().map(DoorId::from_bytes)
    }

    pub(crate) fn signature(&mut self) -> Option<Signature> {
        self.array().map(Signature::from_bytes)
    }

    pub(crate) fn incarnation(&mut self) -> Option<Incarnation> {
        self.array().map(Incarnation::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_in_a_longer_form_than_needed_are_refused() {
        assert_eq!(Reader::new(&[2, 7, 8]).vector(), Some(&[7, 8][..]));
        assert_eq!(Reader::new(&[0x40, 2, 7, 8]).vector(), None);
        assert_eq!(Reader::new(&[0xc0, 0, 0, 0]).vector(), None);
        assert_eq!(Reader::new(&[3, 7, 8]).vector(), None);
        let long = [&[0x40, 64][..], &[9; 64]].concat();
        assert_eq!(Reader::new(&long).vector(), Some(&[9; 64][..]));
    }

    #[test]
    fn a_flag_has_two_values() {
        assert_eq!(Reader::new(&[0]).flag(), Some(false));
        assert_eq!(Reader::new(&[1]).flag(), Some(true));
        assert_eq!(Reader::new(&[2]).flag(), None);
    }
}
