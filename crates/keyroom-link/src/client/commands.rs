//! What an application asks of a link. A command is taken at any time before the link has stopped, and sent when the
//! relay lets us in.

use std::collections::BTreeSet;

use bytes::Bytes;
use keyroom_types::limits::{
    APPEND_WELCOMES, BLOB_BYTES, EPHEMERAL_BYTES, EPHEMERAL_WAITING, LINK_BLOB_BYTES,
};
use keyroom_types::{Digest, FileId, PassKey, Seq};
use keyroom_wire::{Append, Create, Door, FilePurpose, WireError};

use super::blob::Download;
use super::requests::What;
use super::{CommandError, Cursor, Event, Link, RequestId, Stop};

impl Link {
    /// Makes the room that the founder logged in for, with the blob of its first state.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn create(&mut self, doors: Vec<Door>, blob: Option<Bytes>) -> Result<RequestId, CommandError> {
        let name = blob.as_ref().map(blob_name).transpose()?;
        self.ask(What::Create(Create { doors, blob: name }, blob))
    }

    /// Appends envelopes. `blob` is what the commit or join in it names; it is uploaded first, as often as needed.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn append(&mut self, append: Append, blob: Option<Bytes>) -> Result<RequestId, CommandError> {
        self.append_with(append, blob, Vec::new())
    }

    /// As [`Link::append`], for an append whose changes answer knocks. `welcomes` are the blobs that these name: each
    /// once, however many newcomers share it, and at most [`keyroom_types::limits::APPEND_WELCOMES`].
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn append_with(
        &mut self,
        append: Append,
        blob: Option<Bytes>,
        welcomes: Vec<Bytes>,
    ) -> Result<RequestId, CommandError> {
        let named = append.entries.iter().find_map(|entry| entry.blob);
        if named != blob.as_ref().map(blob_name).transpose()? {
            return Err(CommandError::Blob);
        }
        let names = welcomes.iter().map(blob_name).collect::<Result<BTreeSet<_>, _>>()?;
        let together = welcomes.iter().chain(&blob).map(Bytes::len).sum::<usize>();
        let fits = welcomes.len() <= APPEND_WELCOMES && together <= LINK_BLOB_BYTES;
        if names.len() != welcomes.len() || names != append.welcomes().collect() || !fits {
            return Err(CommandError::Welcomes);
        }
        self.ask(What::Append(append, blob.into_iter().chain(welcomes).collect()))
    }

    /// Leaves bytes for the room's admins, for who has a door: one of them may let its pass in, which is
    /// [`Event::Answered`], or decline, which is [`Event::Declined`]. The relay keeps one knock a pass; another one
    /// replaces it.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn knock(&mut self, bytes: Bytes) -> Result<RequestId, CommandError> {
        self.ask(What::Knock(bytes))
    }

    /// For an application that began anew: its pass knocked over an earlier link, and may have been let in. The next
    /// login asks for that first.
    pub const fn has_knocked(&mut self) {
        self.entry.knock_sent();
    }

    /// Asks for all knocks that wait. Admins, who are told of each by [`Event::Knocked`] too.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn list_knocks(&mut self) -> Result<RequestId, CommandError> {
        self.ask(What::ListKnocks(Vec::new()))
    }

    /// Declines the knock of a pass; one that is not there is declined already. Admins.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn drop_knock(&mut self, newcomer: PassKey) -> Result<RequestId, CommandError> {
        self.ask(What::DropKnock(newcomer))
    }

    /// Offers another blob for the commit `based_on`, the newest one.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn republish(&mut self, based_on: Seq, blob: Bytes) -> Result<RequestId, CommandError> {
        let name = blob_name(&blob)?;
        self.ask(What::Republish { based_on, name, blob })
    }

    /// Reads the log from `cursor` on, for who could not know it before: after the blob, or the answer to its knock, that
    /// a newcomer begins with.
    ///
    /// # Errors
    /// There is a cursor already.
    pub fn subscribe(&mut self, cursor: Cursor) -> Result<(), CommandError> {
        if self.is_stopped() {
            return Err(CommandError::Stopped);
        }
        if self.reader.cursor().is_some() {
            return Err(CommandError::Subscribed);
        }
        match self.reader.begin(cursor) {
            Ok(head) => self.events.extend(head.map(Event::Head)),
            Err(super::Trouble::Stop(stop)) => self.stop(*stop),
            // A cursor that is compared with a head has no other trouble.
            Err(super::Trouble::Fault(_) | super::Trouble::Lost(..)) => {}
        }
        Ok(())
    }

    /// The application has taken envelopes that cost this much, see [`crate::credit_cost`]: as much more may come.
    pub fn consumed(&mut self, cost: u64) {
        self.flow.consumed(cost);
    }

    /// Asks for the envelopes behind `after` up to `through`, once.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn fetch(&mut self, after: Seq, through: Seq) -> Result<RequestId, CommandError> {
        self.ask(What::Fetch { after, through })
    }

    /// Asks for a whole blob that [`Event::Blobs`], [`Event::Turn`] or [`Event::Answered`] named. Blobs come one after another.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn get_blob(&mut self, blob: Digest) -> Result<RequestId, CommandError> {
        self.ask(What::GetBlob(Download::new(blob)))
    }

    /// Asks which blobs there are for the newest commit.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn list_blobs(&mut self) -> Result<RequestId, CommandError> {
        self.ask(What::ListBlobs)
    }

    /// Asks for a turn to join; asked again by itself after a lost connection, until the newcomer has joined.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn take_turn(&mut self) -> Result<RequestId, CommandError> {
        match self.requests.turn() {
            Some(request) if !self.is_stopped() => Ok(request),
            _ => self.ask(What::TakeTurn),
        }
    }

    /// Asks for the right to write or read a file.
    ///
    /// # Errors
    /// Nothing was sent.
    pub fn file_ticket(
        &mut self,
        file: FileId,
        purpose: FilePurpose,
        size: u64,
    ) -> Result<RequestId, CommandError> {
        self.ask(What::FileTicket { file, purpose, size })
    }

    /// Sends bytes to all that are there now. Without a link they are gone, and the oldest where too many wait.
    ///
    /// # Errors
    /// They are too long, or the link has stopped.
    pub fn ephemeral(&mut self, bytes: Bytes) -> Result<(), CommandError> {
        if self.is_stopped() {
            return Err(CommandError::Stopped);
        }
        if bytes.len() > EPHEMERAL_BYTES {
            return Err(CommandError::Invalid(WireError::TooLong { field: "bytes" }));
        }
        if self.is_live() {
            if self.ephemeral.len() == EPHEMERAL_WAITING {
                self.ephemeral.pop_front();
            }
            self.ephemeral.push_back(bytes);
        }
        Ok(())
    }

    /// Ends the link for good. What has no answer stays without one.
    pub fn close(&mut self) {
        self.stop(Stop::Closed);
    }

    fn ask(&mut self, what: What) -> Result<RequestId, CommandError> {
        if self.is_stopped() { Err(CommandError::Stopped) } else { self.requests.push(what) }
    }
}

/// The name of a blob that can be uploaded.
fn blob_name(blob: &Bytes) -> Result<Digest, CommandError> {
    if blob.is_empty() || blob.len() > BLOB_BYTES { Err(CommandError::Blob) } else { Ok(Digest::of(blob)) }
}
