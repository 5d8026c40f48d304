//! Answers to the application's requests.

use keyroom_types::limits::KNOCKS_PER_ROOM;
use keyroom_types::{Kind, LogKey, Seq};
use keyroom_wire::{Answer, Append, Appended, Envelope, Knocked, Refusal, Turn};

use super::super::requests::{Asked, Waiting, What};
use super::super::{Event, Link, RelayFault, RequestId, State, Trouble};
use super::name;

impl Link {
    /// An answer to request `number` of this connection.
    pub(super) fn answer(&mut self, number: u64, body: Answer, offered: LogKey) -> Result<(), Trouble> {
        match (self.requests.asked(number), body) {
            (Asked::Part, Answer::BlobProgress(offset)) => {
                match self.requests.upload() {
                    Some(upload) => upload.progress(offset)?,
                    None => return Err(RelayFault::BlobPart.into()),
                }
                Ok(())
            }
            // Without its blob the request cannot be made.
            (Asked::Part, Answer::Refused(refusal)) => {
                let place = self.requests.uploading();
                place.map_or(Ok(()), |place| self.refused(place, refusal))
            }
            (Asked::Request(place), Answer::Refused(refusal)) => self.refused(place, refusal),
            (Asked::Request(place), Answer::BlobPart { size, offset, part }) => {
                self.blob_part(number, place, size, offset, &part)
            }
            (Asked::Request(place), Answer::Knocks { knocks, more }) => {
                self.knocks(number, place, knocks, more)
            }
            (Asked::Request(place), Answer::Turn(turn)) => self.turn(number, place, turn),
            (Asked::Request(place), body) => self.last_answer(number, place, body, offered),
            (_, body) => Err(RelayFault::Unasked { got: name(&body), request: number }.into()),
        }
    }

    fn refused(&mut self, place: usize, refusal: Refusal) -> Result<(), Trouble> {
        if let Some(waiting) = self.requests.remove(place) {
            self.events.push_back(Event::Refused { request: waiting.id, refusal });
        }
        Ok(())
    }

    fn blob_part(
        &mut self,
        number: u64,
        place: usize,
        size: u32,
        offset: u32,
        part: &bytes::Bytes,
    ) -> Result<(), Trouble> {
        let Some(Waiting { id, what: What::GetBlob(download), .. }) = self.requests.get(place) else {
            return Err(RelayFault::Unasked { got: "blob_part", request: number }.into());
        };
        let (request, blob) = (*id, download.name());
        match download.part(size, offset, part)? {
            None => {
                self.requests.ask_more(place);
                Ok(())
            }
            Some(whole) => {
                self.requests.remove(place);
                match whole {
                    Ok(bytes) => {
                        self.events.push_back(Event::Blob { request, blob, bytes });
                        Ok(())
                    }
                    // Not asked for again: it would be as wrong.
                    Err(fault) => {
                        self.events.push_back(Event::WrongBlob { request, blob });
                        Err(fault.into())
                    }
                }
            }
        }
    }

    /// A part of the list of knocks.
    fn knocks(&mut self, number: u64, place: usize, knocks: Vec<Knocked>, more: bool) -> Result<(), Trouble> {
        let Some(Waiting { id, what: What::ListKnocks(come), .. }) = self.requests.get(place) else {
            return Err(RelayFault::Unasked { got: "knocks", request: number }.into());
        };
        let before = come.len();
        come.extend(knocks);
        let rises = come.windows(2).all(|pair| pair[0].number < pair[1].number);
        // While the list comes, knocks may go and others come: no more than twice what may wait.
        if !rises || come.len() > 2 * KNOCKS_PER_ROOM || (more && come.len() == before) {
            return Err(RelayFault::Knocks.into());
        }
        if more {
            self.requests.ask_more(place);
            return Ok(());
        }
        let (request, knocks) = (*id, std::mem::take(come));
        self.requests.remove(place);
        self.events.push_back(Event::Knocks { request, knocks });
        Ok(())
    }

    /// A place in the queue. The request stays: its answer comes again whenever the place changes.
    fn turn(&mut self, number: u64, place: usize, turn: Turn) -> Result<(), Trouble> {
        match self.requests.get(place) {
            Some(Waiting { id, what: What::TakeTurn, .. }) => {
                self.events.push_back(Event::Turn { request: *id, turn });
                Ok(())
            }
            _ => Err(RelayFault::Unasked { got: "turn", request: number }.into()),
        }
    }

    fn last_answer(
        &mut self,
        number: u64,
        place: usize,
        body: Answer,
        offered: LogKey,
    ) -> Result<(), Trouble> {
        let Some(Waiting { id, what, .. }) = self.requests.get(place) else { return Ok(()) };
        let request: RequestId = *id;
        let event = match (&*what, body) {
            (What::Create(..), Answer::Created(head)) => {
                let known = self.reader.head(&head, offered)?;
                self.entry.founded();
                if let State::Live(live) = &mut self.state {
                    live.made = true;
                }
                self.events.extend(known.then_some(Event::Head(head)));
                Event::Created { request, head }
            }
            (What::Append(append, _), Answer::Appended(appended)) => {
                check_places(append, &appended)?;
                let joins = append.entries.iter().any(|entry| entry.kind == Kind::Join);
                self.reader.appended(appended.last);
                if joins {
                    self.entry.joined();
                }
                Event::Appended { request, appended }
            }
            (What::Republish { .. } | What::Knock(_) | What::DropKnock(_), Answer::Done) => {
                Event::Done { request }
            }
            (What::Fetch { after, through }, Answer::Range { envelopes, head }) => {
                check_range(*after, *through, &envelopes, head)?;
                Event::Range { request, envelopes, head }
            }
            (What::ListBlobs, Answer::Blobs(blobs)) => Event::Blobs { request, blobs },
            (What::FileTicket { .. }, Answer::Ticket { token, expires }) => {
                Event::Ticket { request, token, expires }
            }
            (_, body) => return Err(RelayFault::Unasked { got: name(&body), request: number }.into()),
        };
        let removed = self.requests.remove(place);
        // Who is let in, and who waits to be, takes no turn any more.
        let knocked = removed.is_some_and(|waiting| matches!(waiting.what, What::Knock(_)));
        if knocked || self.entry.is_pass() {
            self.requests.remove_turn();
        }
        self.events.push_back(event);
        Ok(())
    }
}

/// Whether the places are as many as the envelopes, and behind what they are based on.
fn check_places(append: &Append, appended: &Appended) -> Result<(), RelayFault> {
    let more = append.entries.len().saturating_sub(1) as u64;
    let fits = appended.first > append.based_on && appended.first.plus(more) == appended.last;
    if fits { Ok(()) } else { Err(RelayFault::Appended) }
}

/// Whether this is the stretch behind `after`, or its beginning.
fn check_range(after: Seq, through: Seq, envelopes: &[Envelope], head: Seq) -> Result<(), RelayFault> {
    let mut place = after;
    for envelope in envelopes {
        if envelope.header.seq != place.next() || place >= through {
            return Err(RelayFault::Range);
        }
        place = envelope.header.seq;
    }
    let last = envelopes.last().map_or(Seq::ZERO, |envelope| envelope.header.seq);
    if last > head { Err(RelayFault::Range) } else { Ok(()) }
}
