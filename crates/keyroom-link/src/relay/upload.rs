//! A blob on its way in: part by part, checked against its name at the end.

use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::{Digest, limits};
use keyroom_wire::{Code, Refusal};

use super::Blob;
use super::terms::{Share, UploadBudget};

/// The one blob that a link holds before an append names it.
#[derive(Debug)]
pub(super) struct Upload {
    name: Digest,
    size: usize,
    bytes: Vec<u8>,
    /// All of it, once its hash was checked.
    whole: Option<Bytes>,
    expires: Instant,
    _share: Share,
}

impl Upload {
    /// Takes a part. Returns how much is there.
    pub(super) fn part(
        place: &mut Option<Box<Self>>,
        now: Instant,
        budget: &UploadBudget,
        name: Digest,
        size: u32,
        offset: u32,
        part: &Bytes,
    ) -> Result<u32, Refusal> {
        let upload = match place {
            Some(upload) if offset != 0 && upload.name == name && upload.whole.is_none() => upload,
            _ if offset != 0 => return Err(Refusal::new(Code::NoBlob)),
            _ => {
                *place = None;
                let share = budget.take(u64::from(size)).ok_or(Refusal::later(Code::Busy, RETRY_MS))?;
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let bytes = Vec::with_capacity(size.min(limits::BLOB_PART_BYTES));
                let expires = now + KEPT;
                place.insert(Box::new(Self { name, size, bytes, whole: None, expires, _share: share }))
            }
        };
        let there = upload.bytes.len();
        let fits = u32::try_from(there) == Ok(offset)
            && part.len() <= upload.size - there
            && (!part.is_empty() || upload.size == 0)
            && u32::try_from(upload.size) == Ok(size);
        if !fits {
            *place = None;
            return Err(Refusal::new(Code::NoBlob));
        }
        upload.bytes.extend_from_slice(part);
        upload.expires = now + KEPT;
        let so_far = u32::try_from(upload.bytes.len()).unwrap_or(u32::MAX);
        if upload.bytes.len() == upload.size {
            if Digest::of(&upload.bytes) != name {
                *place = None;
                return Err(Refusal::new(Code::BlobHash));
            }
            upload.whole = Some(Bytes::from(std::mem::take(&mut upload.bytes)));
        }
        Ok(so_far)
    }

    /// The whole blob of that name.
    pub(super) fn finished(&self, name: &Digest) -> Option<Blob> {
        let bytes = self.whole.as_ref().filter(|_| self.name == *name)?;
        Some(Blob { name: *name, bytes: bytes.clone() })
    }

    /// When it is dropped if nothing happens to it.
    pub(super) fn expires(&self) -> Instant {
        self.expires
    }
}

/// How long a blob waits for its next part, or for the append that names it.
const KEPT: Duration = Duration::from_secs(60);

/// When to try again while others upload, in milliseconds.
const RETRY_MS: u32 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    struct Stage {
        place: Option<Box<Upload>>,
        budget: UploadBudget,
        now: Instant,
    }

    impl Stage {
        fn new() -> Self {
            Self { place: None, budget: UploadBudget::new(1_000), now: Instant::now() }
        }

        fn part(&mut self, name: &Digest, size: u32, offset: u32, part: &'static [u8]) -> Result<u32, Code> {
            let part = Bytes::from_static(part);
            Upload::part(&mut self.place, self.now, &self.budget, *name, size, offset, &part)
                .map_err(|refusal| refusal.code)
        }

        fn finished(&self, name: &Digest) -> Option<Bytes> {
            self.place.as_ref()?.finished(name).map(|blob| blob.bytes)
        }
    }

    #[test]
    fn a_blob_is_there_when_its_last_part_came_and_its_hash_is_its_name() {
        let mut stage = Stage::new();
        let name = Digest::of(b"abcdef");
        assert_eq!(stage.part(&name, 6, 0, b"abc"), Ok(3));
        assert_eq!(stage.finished(&name), None);
        assert_eq!(stage.part(&name, 6, 3, b"def"), Ok(6));
        assert_eq!(stage.finished(&name).unwrap(), "abcdef");
        assert_eq!(stage.finished(&Digest::of(b"other")), None);
    }

    #[test]
    fn bytes_that_are_not_those_of_the_name_are_refused_and_free_the_budget() {
        let mut stage = Stage::new();
        assert_eq!(stage.part(&Digest::of(b"abc"), 3, 0, b"abd"), Err(Code::BlobHash));
        assert_eq!((stage.place.is_none(), stage.budget.used()), (true, 0));
    }

    #[test]
    fn a_part_out_of_place_or_too_long_is_refused() {
        let mut stage = Stage::new();
        let name = Digest::of(b"abcdef");
        assert_eq!(stage.part(&name, 6, 3, b"def"), Err(Code::NoBlob));
        assert_eq!(stage.part(&name, 6, 0, b"abc"), Ok(3));
        assert_eq!(stage.part(&name, 6, 2, b"cdef"), Err(Code::NoBlob));
        assert_eq!(stage.part(&name, 3, 0, b"abcd"), Err(Code::NoBlob));
        assert_eq!(stage.part(&name, 2_000, 0, b"a"), Err(Code::Busy));
        assert_eq!(stage.budget.used(), 0);
    }
}
