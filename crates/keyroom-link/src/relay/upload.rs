//! Blobs on their way in: part by part, each checked against its name at the end.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::{Digest, limits};
use keyroom_wire::{Code, Refusal};

use super::Blob;
use super::terms::{Share, UploadBudget};

/// The blobs that a link holds before an append names them.
#[derive(Debug)]
pub(super) struct Uploads {
    unfinished: Option<Upload>,
    /// Whole blobs whose hash was checked, the oldest first.
    whole: VecDeque<(Blob, Share)>,
    expires: Instant,
}

/// A blob that is not all there.
#[derive(Debug)]
struct Upload {
    name: Digest,
    size: usize,
    bytes: Vec<u8>,
    share: Share,
}

impl Uploads {
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
        let fresh = || Box::new(Self { unfinished: None, whole: VecDeque::new(), expires: now + KEPT });
        let uploads = place.get_or_insert_with(fresh);
        uploads.expires = now + KEPT;
        let taken = uploads.take(budget, name, size, offset, part);
        place.take_if(|uploads| uploads.is_empty());
        taken
    }

    fn take(
        &mut self,
        budget: &UploadBudget,
        name: Digest,
        size: u32,
        offset: u32,
        part: &Bytes,
    ) -> Result<u32, Refusal> {
        let mut upload = match self.unfinished.take() {
            Some(upload) if offset != 0 && upload.name == name => upload,
            other if offset != 0 => {
                self.unfinished = other;
                return Err(Refusal::new(Code::NoBlob));
            }
            before => {
                drop(before);
                self.release(&[name]);
                let share = budget.take(u64::from(size)).ok_or(Refusal::later(Code::Busy, RETRY_MS))?;
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                Upload { name, size, bytes: Vec::with_capacity(size.min(limits::BLOB_PART_BYTES)), share }
            }
        };
        let there = upload.bytes.len();
        let fits = u32::try_from(there) == Ok(offset)
            && part.len() <= upload.size - there
            && (!part.is_empty() || upload.size == 0)
            && u32::try_from(upload.size) == Ok(size);
        if !fits {
            return Err(Refusal::new(Code::NoBlob));
        }
        upload.bytes.extend_from_slice(part);
        let so_far = u32::try_from(upload.bytes.len()).unwrap_or(u32::MAX);
        if upload.bytes.len() < upload.size {
            self.unfinished = Some(upload);
        } else if Digest::of(&upload.bytes) == name {
            self.whole.push_back((Blob { name, bytes: Bytes::from(upload.bytes) }, upload.share));
            self.make_room();
        } else {
            return Err(Refusal::new(Code::BlobHash));
        }
        Ok(so_far)
    }

    /// Lets the oldest go where there are more than may be.
    fn make_room(&mut self) {
        let bytes = |whole: &VecDeque<(Blob, Share)>| -> usize {
            whole.iter().map(|(blob, _)| blob.bytes.len()).sum()
        };
        while self.whole.len() > limits::LINK_BLOBS || bytes(&self.whole) > limits::LINK_BLOB_BYTES {
            self.whole.pop_front();
        }
    }

    /// The whole blob of that name.
    pub(super) fn finished(&self, name: &Digest) -> Option<Blob> {
        self.whole.iter().map(|(blob, _)| blob).find(|blob| blob.name == *name).cloned()
    }

    /// Forgets blobs that have served.
    pub(super) fn release(&mut self, names: &[Digest]) {
        self.whole.retain(|(blob, _)| !names.contains(&blob.name));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unfinished.is_none() && self.whole.is_empty()
    }

    /// When they are dropped if nothing happens to any of them.
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
        place: Option<Box<Uploads>>,
        budget: UploadBudget,
        now: Instant,
    }

    impl Stage {
        fn new() -> Self {
            Self { place: None, budget: UploadBudget::new(1_000), now: Instant::now() }
        }

        fn part(&mut self, name: &Digest, size: u32, offset: u32, part: &'static [u8]) -> Result<u32, Code> {
            let part = Bytes::from_static(part);
            Uploads::part(&mut self.place, self.now, &self.budget, *name, size, offset, &part)
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

    #[test]
    fn some_whole_blobs_are_held_and_the_oldest_goes_where_one_more_comes() {
        let mut stage = Stage::new();
        let texts: [&'static [u8]; limits::LINK_BLOBS + 1] = [b"1", b"2", b"3", b"4", b"5", b"6"];
        let names = texts.map(Digest::of);
        for (name, text) in names.iter().zip(texts) {
            assert_eq!(stage.part(name, 1, 0, text), Ok(1));
        }
        assert_eq!(stage.finished(&names[0]), None);
        assert!(names[1..].iter().all(|name| stage.finished(name).is_some()));
        assert_eq!(stage.budget.used(), limits::LINK_BLOBS as u64);
        stage.place.as_mut().unwrap().release(&names[1..3]);
        assert_eq!(stage.finished(&names[2]), None);
        assert_eq!((stage.finished(&names[3]).unwrap(), stage.budget.used()), (Bytes::from_static(b"4"), 3));
    }

    #[test]
    fn the_bytes_of_whole_blobs_are_bounded_too() {
        let mut uploads = Uploads { unfinished: None, whole: VecDeque::new(), expires: Instant::now() };
        let budget = UploadBudget::new(u64::MAX);
        for fill in 0..3 {
            let bytes = Bytes::from(vec![fill; limits::BLOB_BYTES]);
            let share = budget.take(bytes.len() as u64).unwrap();
            uploads.whole.push_back((Blob { name: Digest::of(&bytes), bytes }, share));
            uploads.make_room();
        }
        assert_eq!((uploads.whole.len(), budget.used()), (2, limits::LINK_BLOB_BYTES as u64));
    }
}
