//! Reading: stretches of the log, blobs, and what a link is behind by.

use std::sync::Arc;

use bytes::Bytes;
use keyroom_link::relay::Blob;
use keyroom_store::{Body, Stored};
use keyroom_types::{Digest, Seq, limits};
use keyroom_wire::{Answer, Code, Content, Envelope, Refusal, Who, encode_deliver};

use super::HubLink;
use super::link::PAGE_ENVELOPES;
use super::lock;
use super::rooms::{RoomCell, Served, unreadable};
use crate::Now;

impl HubLink {
    /// Queues deliveries from behind `after`. Returns whether it could.
    pub(super) fn catch_up(&self, room: &Arc<RoomCell>, after: Seq, bytes: usize) -> bool {
        let recent: Option<Vec<(Seq, usize, Bytes)>> = lock(&room.served).as_ref().and_then(|served| {
            let mut left = bytes;
            let fits = |(_, _, frame): &&(Seq, usize, Bytes)| {
                let fits = left > 0;
                left = left.saturating_sub(frame.len());
                fits
            };
            Some(served.room.recent.after(after)?.take_while(fits).cloned().collect())
        });
        let frames = match recent {
            Some(frames) => frames,
            // Read without the room's lock: who is far behind holds up nobody.
            None => match self.shared.store.read(&room.id, after, PAGE_ENVELOPES, bytes) {
                Ok(stored) => {
                    stored.into_iter().filter(|one| one.header.seq <= room.durable()).map(encode).collect()
                }
                Err(error) => {
                    self.cell.end(&self.shared.counts, unreadable(&error), 0);
                    return true;
                }
            },
        };
        let delivered = self.cell.with(|session| {
            frames.iter().filter(|(seq, body, frame)| session.deliver(*seq, *body, frame)).count()
        });
        self.shared.counts.delivered.add(delivered as u64);
        delivered > 0
    }

    pub(super) fn fetch(
        &self,
        request: u64,
        room: &Arc<RoomCell>,
        after: Seq,
        through: Seq,
    ) -> Result<(), Refusal> {
        self.pass()?;
        let head = room.durable();
        let wanted = through.min(head).get().saturating_sub(after.get());
        let count = usize::try_from(wanted).unwrap_or(usize::MAX).min(limits::RANGE_ENVELOPES);
        let envelopes = match count {
            0 => Vec::new(),
            count => self
                .shared
                .store
                .read(&room.id, after, count, limits::RANGE_BYTES)
                .map_err(|error| Refusal::new(unreadable(&error)))?
                .into_iter()
                .map(envelope)
                .collect(),
        };
        self.cell.answer(request, Answer::Range { envelopes, head });
        Ok(())
    }

    pub(super) fn get_blob(
        &self,
        now: Now,
        request: u64,
        room: &Arc<RoomCell>,
        served: &mut Served,
        (name, offset): (&Digest, u32),
    ) -> Result<(), Refusal> {
        let answered = match self.who()? {
            Who::Pass(pass) => served.room.answered(&pass, now.wall),
            _ => None,
        };
        if !served.room.has_blob(name) && answered.is_none_or(|answered| answered.welcome != *name) {
            return Err(Refusal::new(Code::NoBlob));
        }
        let bytes = match &served.room.last_blob {
            Some(blob) if blob.name == *name => blob.bytes.clone(),
            _ => {
                let read = self.shared.store.blob(&room.id, name);
                let bytes = read.map_err(|error| Refusal::new(unreadable(&error)))?;
                // It is known, but not on disk yet: it will be in a moment.
                let bytes = bytes.ok_or(Refusal::later(Code::NoBlob, SOON_MS))?;
                served.room.last_blob = Some(Blob { name: *name, bytes: bytes.clone() });
                bytes
            }
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        if from > bytes.len() {
            return Err(Refusal::new(Code::NoBlob));
        }
        let part = bytes.slice(from..bytes.len().min(from + limits::BLOB_PART_BYTES));
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.cell.answer(request, Answer::BlobPart { size, offset, part });
        Ok(())
    }
}

fn envelope(stored: Stored) -> Envelope {
    let content = match stored.body {
        Body::Kept(body) => Content::Body(body),
        Body::Dropped(hash) => Content::Dropped(hash),
    };
    Envelope { header: stored.header, content, blob: stored.blob }
}

fn encode(stored: Stored) -> (Seq, usize, Bytes) {
    let envelope = envelope(stored);
    let body = match &envelope.content {
        Content::Body(body) => body.len(),
        Content::Dropped(_) => 0,
    };
    (envelope.header.seq, body, encode_deliver(&envelope))
}

/// When to ask again for what is on its way to the disk, in milliseconds.
const SOON_MS: u32 = 50;
