//! Blobs on their way up and down, part by part.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use keyroom_types::Digest;
use keyroom_types::limits::BLOB_PART_BYTES;
use keyroom_wire::Request;

use super::{RelayFault, RequestId};

/// Blobs that go up before the request that names them. They begin anew on each connection: the relay keeps them only
/// there.
pub(super) struct Upload {
    owner: RequestId,
    /// The one that is on its way, and those behind it.
    blobs: VecDeque<Bytes>,
    /// Its name, once a part of it was sent.
    name: Option<Digest>,
    /// What the relay has of it for certain.
    arrived: usize,
    /// Number and end of the part that was sent and not answered.
    sent: Option<(u64, usize)>,
}

impl Upload {
    pub(super) fn new(owner: RequestId, blobs: VecDeque<Bytes>) -> Self {
        Self { owner, blobs, name: None, arrived: 0, sent: None }
    }

    pub(super) const fn owner(&self) -> RequestId {
        self.owner
    }

    pub(super) fn is_done(&self) -> bool {
        self.blobs.is_empty()
    }

    /// Whether a part was sent and not answered.
    pub(super) const fn waits(&self) -> bool {
        self.sent.is_some()
    }

    pub(super) fn waits_for(&self, number: u64) -> bool {
        self.sent.is_some_and(|(sent, _)| sent == number)
    }

    /// The next part.
    pub(super) fn next(&mut self, number: u64) -> Option<Request> {
        let blob = self.blobs.front()?;
        let end = blob.len().min(self.arrived + BLOB_PART_BYTES);
        self.sent = Some((number, end));
        Some(Request::PutBlob {
            blob: *self.name.get_or_insert_with(|| Digest::of(blob)),
            size: wire(blob.len()),
            offset: wire(self.arrived),
            part: blob.slice(self.arrived..end),
        })
    }

    /// The relay says how far it has come.
    pub(super) fn progress(&mut self, offset: u32) -> Result<(), RelayFault> {
        match self.sent.take() {
            Some((_, end)) if wire(end) == offset => self.arrived = end,
            _ => return Err(RelayFault::BlobPart),
        }
        if self.blobs.pop_front_if(|blob| blob.len() == self.arrived).is_some() {
            (self.name, self.arrived) = (None, 0);
        }
        Ok(())
    }
}

/// A blob that comes down. What has come stays over a lost connection: the name says whether the whole is right.
pub(super) struct Download {
    name: Digest,
    size: Option<u32>,
    come: BytesMut,
}

impl Download {
    pub(super) fn new(name: Digest) -> Self {
        Self { name, size: None, come: BytesMut::new() }
    }

    pub(super) const fn name(&self) -> Digest {
        self.name
    }

    /// Asks for what is missing.
    pub(super) fn request(&self) -> Request {
        Request::GetBlob { blob: self.name, offset: wire(self.come.len()) }
    }

    /// Takes a part, whose bounds were checked where it was decoded; `Some` when it is the last one: the whole, if its
    /// bytes are those of its name.
    pub(super) fn part(
        &mut self,
        size: u32,
        offset: u32,
        part: &Bytes,
    ) -> Result<Option<Result<Bytes, RelayFault>>, RelayFault> {
        if offset != wire(self.come.len()) || *self.size.get_or_insert(size) != size {
            return Err(RelayFault::BlobPart);
        }
        self.come.extend_from_slice(part);
        if wire(self.come.len()) < size {
            return Ok(None);
        }
        let whole = std::mem::take(&mut self.come).freeze();
        let right = Digest::of(&whole) == self.name;
        Ok(Some(if right { Ok(whole) } else { Err(RelayFault::BlobHash) }))
    }
}

/// A length within a blob, which is far below the type's limit.
fn wire(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
