//! What waits for the relay: sent in order, a bounded number at a time, and again after each login until answered.

use std::collections::VecDeque;

use bytes::Bytes;
use keyroom_types::limits::{LINK_REQUESTS, LINK_WAITING, LINK_WAITING_BYTES};
use keyroom_types::{Digest, FileId, PassKey, Seq};
use keyroom_wire::{Append, Create, FilePurpose, Knocked, Request, ToRelay};

use super::blob::{Download, Upload};
use super::{CommandError, RequestId};

/// One request of the application. A blob goes with what names it, so that it is there again when that is sent again.
pub(super) enum What {
    Create(Create, Option<Bytes>),
    /// With the blob of its commit and the welcomes of its answers.
    Append(Append, Vec<Bytes>),
    Republish {
        based_on: Seq,
        name: Digest,
        blob: Bytes,
    },
    Fetch {
        after: Seq,
        through: Seq,
    },
    GetBlob(Download),
    ListBlobs,
    TakeTurn,
    FileTicket {
        file: FileId,
        purpose: FilePurpose,
        size: u64,
    },
    Knock(Bytes),
    /// With what has come so far.
    ListKnocks(Vec<Knocked>),
    DropKnock(PassKey),
}

impl What {
    /// As it goes over the link.
    pub(super) fn request(&self) -> Request {
        match self {
            Self::Create(create, _) => Request::Create(create.clone()),
            Self::Append(append, _) => Request::Append(append.clone()),
            Self::Republish { based_on, name, .. } => Request::Republish { based_on: *based_on, blob: *name },
            Self::Fetch { after, through } => Request::Fetch { after: *after, through: *through },
            Self::GetBlob(download) => download.request(),
            Self::ListBlobs => Request::ListBlobs,
            Self::TakeTurn => Request::TakeTurn,
            Self::Knock(bytes) => Request::Knock(bytes.clone()),
            Self::ListKnocks(come) => {
                Request::ListKnocks { after: come.last().map_or(0, |knocked| knocked.number) }
            }
            Self::DropKnock(pass) => Request::DropKnock(*pass),
            Self::FileTicket { file, purpose, size } => {
                Request::FileTicket { file: *file, purpose: *purpose, size: *size }
            }
        }
    }

    pub(super) fn blobs(&self) -> &[Bytes] {
        match self {
            Self::Create(_, blob) => blob.as_slice(),
            Self::Append(_, blobs) => blobs,
            Self::Republish { blob, .. } => std::slice::from_ref(blob),
            _ => &[],
        }
    }

    /// Whether it changes the room, so that the order among those like it counts.
    const fn changes(&self) -> bool {
        matches!(self, Self::Create(..) | Self::Append(..) | Self::Republish { .. })
    }
}

/// A request that has no answer yet.
pub(super) struct Waiting {
    pub(super) id: RequestId,
    pub(super) what: What,
    /// Its number on this connection, when it was sent.
    sent: Option<u64>,
    /// What it counts of [`LINK_WAITING_BYTES`].
    bytes: usize,
}

/// What an answer belongs to.
pub(super) enum Asked {
    /// The request at this place.
    Request(usize),
    /// The part of a blob that goes before a request.
    Part,
    /// Nothing that waits.
    Nothing,
}

/// All requests without an answer, the oldest first.
#[derive(Default)]
pub(super) struct Requests {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    last_id: u64,
    /// Last number given on this connection.
    last_number: u64,
    upload: Option<Upload>,
}

impl Requests {
    /// Takes a request, or refuses it where too much waits.
    pub(super) fn push(&mut self, what: What) -> Result<RequestId, CommandError> {
        // Whatever the relay would refuse as malformed is refused here, where the fault is.
        let frame = ToRelay { request: u64::MAX, body: what.request() }.encode();
        let bytes = frame.len() + what.blobs().iter().map(Bytes::len).sum::<usize>();
        ToRelay::decode(frame)?;
        if self.waiting.len() >= LINK_WAITING || self.bytes + bytes > LINK_WAITING_BYTES {
            return Err(CommandError::Full);
        }
        self.bytes += bytes;
        self.last_id += 1;
        let id = RequestId(self.last_id);
        self.waiting.push_back(Waiting { id, what, sent: None, bytes });
        Ok(id)
    }

    /// The place of a newcomer's request for its turn: it stays, because its answer comes again and again.
    pub(super) fn turn(&self) -> Option<RequestId> {
        self.waiting.iter().find(|waiting| matches!(waiting.what, What::TakeTurn)).map(|waiting| waiting.id)
    }

    /// The connection is lost, and all numbers with it.
    pub(super) fn reset(&mut self) {
        self.last_number = 0;
        self.upload = None;
        for waiting in &mut self.waiting {
            waiting.sent = None;
        }
    }

    /// Number of the next request on this connection.
    pub(super) const fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The next frame to send; before the room is made, only what makes it. `others` wait for an answer too.
    pub(super) fn next(&mut self, made: bool, others: usize) -> Option<ToRelay> {
        let parts = usize::from(self.upload.as_ref().is_some_and(Upload::waits));
        let sent = self.waiting.iter().filter(|waiting| waiting.sent.is_some()).count();
        if sent + parts + others >= LINK_REQUESTS {
            return None;
        }
        let (mut blocked, mut blob_taken, mut downloading) = (false, false, false);
        for place in 0..self.waiting.len() {
            let Waiting { id, what, sent, .. } = &self.waiting[place];
            if !made && !matches!(what, What::Create(..)) {
                continue;
            }
            let (id, sent, blobs) = (*id, sent.is_some(), what.blobs());
            let changes = what.changes();
            let again = matches!(what, What::GetBlob(_)) && std::mem::replace(&mut downloading, true);
            match blobs {
                _ if sent || again => blob_taken |= !blobs.is_empty(),
                _ if changes && blocked => {}
                [] => return Some(self.send(place)),
                // The relay holds few blobs: the next ones go up when those before have served.
                _ if blob_taken => blocked = true,
                blobs => {
                    let upload = self.upload.take().filter(|upload| upload.owner() == id);
                    let fresh = || Upload::new(id, blobs.iter().cloned().collect());
                    let upload = self.upload.insert(upload.unwrap_or_else(fresh));
                    if upload.is_done() {
                        return Some(self.send(place));
                    }
                    if !upload.waits() {
                        self.last_number += 1;
                        let request = self.last_number;
                        return upload.next(request).map(|body| ToRelay { request, body });
                    }
                    (blocked, blob_taken) = (true, true);
                }
            }
        }
        None
    }

    fn send(&mut self, place: usize) -> ToRelay {
        let request = self.number();
        let waiting = &mut self.waiting[place];
        waiting.sent = Some(request);
        ToRelay { request, body: waiting.what.request() }
    }

    /// What an answer with this number belongs to.
    pub(super) fn asked(&self, number: u64) -> Asked {
        if self.upload.as_ref().is_some_and(|upload| upload.waits_for(number)) {
            return Asked::Part;
        }
        match self.waiting.iter().position(|waiting| waiting.sent == Some(number)) {
            Some(place) => Asked::Request(place),
            None => Asked::Nothing,
        }
    }

    pub(super) fn upload(&mut self) -> Option<&mut Upload> {
        self.upload.as_mut()
    }

    /// Place of the request that the upload goes before.
    pub(super) fn uploading(&self) -> Option<usize> {
        let owner = self.upload.as_ref()?.owner();
        self.waiting.iter().position(|waiting| waiting.id == owner)
    }

    pub(super) fn get(&mut self, place: usize) -> Option<&mut Waiting> {
        self.waiting.get_mut(place)
    }

    /// Has it sent again: there is more to ask.
    pub(super) fn ask_more(&mut self, place: usize) {
        if let Some(waiting) = self.waiting.get_mut(place) {
            waiting.sent = None;
        }
    }

    /// It has its answer.
    pub(super) fn remove(&mut self, place: usize) -> Option<Waiting> {
        let waiting = self.waiting.remove(place)?;
        self.bytes -= waiting.bytes;
        if self.upload.as_ref().is_some_and(|upload| upload.owner() == waiting.id) {
            self.upload = None;
        }
        Some(waiting)
    }

    /// Whether a knock waits to be sent, or for its answer.
    pub(super) fn has_knock(&self) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting.what, What::Knock(_)))
    }

    /// A newcomer is in: what it knocked with, and did not send, is not sent any more.
    pub(super) fn remove_unsent_knocks(&mut self) {
        let unsent = |waiting: &Waiting| waiting.sent.is_none() && matches!(waiting.what, What::Knock(_));
        while let Some(place) = self.waiting.iter().position(unsent) {
            self.remove(place);
        }
    }

    /// A newcomer is in: it waits for no turn any more.
    pub(super) fn remove_turn(&mut self) {
        let place = self.waiting.iter().position(|waiting| matches!(waiting.what, What::TakeTurn));
        if let Some(place) = place {
            self.remove(place);
        }
    }
}
