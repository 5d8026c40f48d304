//! A relay that lies to one of its clients: it numbers the envelopes that it shows anew, computes the chain over them, and
//! signs the heads of what it shows. Attack matrix, "Who" R.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use keyroom_link::{LogSecret, sign_head};
use keyroom_types::{Cursor, Digest, EnvelopeId, Incarnation, RoomId, Seq};
use keyroom_wire::{
    Answer, Append, Appended, Blobs, Code, Content, Envelope, Refusal, Request, ToClient, ToRelay, Turn,
};

use crate::pair::{Between, log_secret};

/// What becomes of one envelope.
pub enum Trick {
    /// It is not shown.
    Drop,
    /// It is shown twice; the second one with another id, or the client would see at once.
    Twice,
    /// It is shown behind the next one.
    Later,
    /// Another is shown instead.
    Change(Box<dyn FnMut(&mut Envelope)>),
    /// This one is shown before it.
    Before(Box<Envelope>),
}

/// Stands between one client and an honest hub, with the hub's keys.
pub struct EvilRelay {
    room: RoomId,
    incarnation: Incarnation,
    secret: LogSecret,
    /// Where the client stands in what it is shown.
    shown: Cursor,
    /// The last place of the true log that was shown, or passed over.
    taken: Seq,
    /// Places of commits: true and shown, since they differ.
    commits: BTreeMap<Seq, Seq>,
    /// What is to be done, by the count of envelopes since this began, from 0.
    tricks: BTreeMap<u64, Trick>,
    count: u64,
    held: Option<Envelope>,
    /// Nothing is shown any more.
    withhold: bool,
    /// The next appends are answered as stale, although they are appended.
    stale: u32,
    /// Appends on their way.
    appends: HashMap<u64, Append>,
    /// Blobs that are offered instead.
    blobs: Vec<Bytes>,
    asked: HashMap<u64, Digest>,
    /// Offers no true blob.
    deaf: bool,
    /// Whether what it shows is not the log any more.
    lied: bool,
}

impl EvilRelay {
    /// One that is honest so far, to a client that stands there.
    pub fn new(room: RoomId, incarnation: Incarnation, cursor: Cursor) -> Self {
        Self {
            room,
            incarnation,
            secret: log_secret(),
            shown: cursor,
            taken: cursor.seq,
            commits: BTreeMap::new(),
            tricks: BTreeMap::new(),
            count: 0,
            held: None,
            withhold: false,
            stale: 0,
            appends: HashMap::new(),
            blobs: Vec::new(),
            asked: HashMap::new(),
            deaf: false,
            lied: false,
        }
    }

    /// Does that to the envelope of that count from here on, from 0.
    #[must_use]
    pub fn with(mut self, count: u64, trick: Trick) -> Self {
        self.tricks.insert(count, trick);
        self
    }

    /// Acknowledges, and shows nothing.
    #[must_use]
    pub fn withholding(mut self) -> Self {
        self.withhold = true;
        self
    }

    /// Answers that many appends as stale, and appends them.
    #[must_use]
    pub fn answering_stale(mut self, appends: u32) -> Self {
        self.stale = appends;
        self
    }

    /// Offers these blobs to newcomers, before the true ones.
    #[must_use]
    pub fn offering(mut self, blobs: Vec<Bytes>) -> Self {
        self.blobs = blobs;
        self
    }

    /// Offers these blobs to newcomers, and no true one.
    #[must_use]
    pub fn offering_only(mut self, blobs: Vec<Bytes>) -> Self {
        self.deaf = true;
        self.offering(blobs)
    }

    fn to_shown(&self, seq: Seq) -> Seq {
        if seq <= self.taken {
            match self.commits.get(&seq) {
                Some(shown) => *shown,
                None => seq.min(self.shown.seq),
            }
        } else {
            Seq::new(self.shown.seq.get() + (seq.get() - self.taken.get()))
        }
    }

    fn to_true(&self, seq: Seq) -> Seq {
        self.commits.iter().find(|(_, shown)| **shown == seq).map_or(seq, |(real, _)| *real)
    }

    fn head(&self) -> Answer {
        let Cursor { seq, time, chain, .. } = self.shown;
        Answer::Head(sign_head(&self.secret, &self.room, self.incarnation, seq, time, chain))
    }

    /// Shows an envelope: the next one, whatever it was.
    fn show(&mut self, mut envelope: Envelope) -> ToClient {
        let header = &mut envelope.header;
        let real = header.seq;
        header.seq = self.shown.seq.next();
        header.time = header.time.max(self.shown.time);
        header.based_on = self.shown.newest_commit;
        let body = match &envelope.content {
            Content::Body(body) => Digest::of(body),
            Content::Dropped(digest) => *digest,
        };
        let newest_commit = if header.kind.is_commit() { header.seq } else { self.shown.newest_commit };
        self.shown = Cursor {
            seq: header.seq,
            chain: self.shown.chain.then(header, &body, envelope.blob.as_ref()),
            time: header.time,
            newest_commit,
        };
        if header.kind.is_commit() {
            self.commits.insert(real, header.seq);
        }
        ToClient { request: 0, body: Answer::Deliver(envelope) }
    }

    fn deliver(&mut self, envelope: Envelope) -> Vec<ToClient> {
        let count = self.count;
        self.count += 1;
        self.taken = envelope.header.seq;
        if self.withhold {
            self.lied = true;
            return Vec::new();
        }
        self.lied |= self.tricks.contains_key(&count);
        if !self.lied {
            let honest = ToClient { request: 0, body: Answer::Deliver(envelope.clone()) };
            self.show(envelope);
            return vec![honest];
        }
        let mut out = Vec::new();
        match self.tricks.remove(&count) {
            None => out.push(self.show(envelope)),
            Some(Trick::Drop) => {}
            Some(Trick::Twice) => {
                let mut again = envelope.clone();
                again.header.envelope = EnvelopeId::from_bytes([0xee; EnvelopeId::BYTES]);
                out.push(self.show(envelope));
                out.push(self.show(again));
            }
            Some(Trick::Later) => {
                self.held = Some(envelope);
                return out;
            }
            Some(Trick::Change(mut change)) => {
                let mut envelope = envelope;
                change(&mut envelope);
                out.push(self.show(envelope));
            }
            Some(Trick::Before(other)) => {
                out.push(self.show(*other));
                out.push(self.show(envelope));
            }
        }
        if let Some(held) = self.held.take() {
            out.push(self.show(held));
        }
        out.push(ToClient { request: 0, body: self.head() });
        out
    }

    fn offer(&self, blobs: Blobs) -> Blobs {
        let own = self.blobs.iter().map(|blob| Digest::of(blob));
        let others = if self.deaf { Vec::new() } else { blobs.blobs };
        Blobs { newest_commit: self.to_shown(blobs.newest_commit), blobs: own.chain(others).collect() }
    }

    fn answered(&mut self, request: u64, body: Answer) -> Answer {
        match body {
            Answer::Welcome(mut welcome) => {
                let Cursor { seq, time, chain, newest_commit } = self.shown;
                if self.lied {
                    welcome.head =
                        Some(sign_head(&self.secret, &self.room, self.incarnation, seq, time, chain));
                    welcome.newest_commit = newest_commit;
                    welcome.last = welcome.last.map(|(id, at)| (id, self.to_shown(at).min(seq)));
                }
                Answer::Welcome(welcome)
            }
            Answer::Subscribed(head) => Answer::Subscribed(self.to_shown(head)),
            Answer::Appended(appended) if self.appends.remove(&request).is_some() => {
                if self.stale > 0 {
                    self.stale -= 1;
                    return Answer::Refused(Refusal::at(Code::Stale, self.shown.newest_commit));
                }
                let (first, last) = (self.to_shown(appended.first), self.to_shown(appended.last));
                Answer::Appended(Appended { first, last, ..appended })
            }
            Answer::Refused(refusal) => match self.blob_asked(request) {
                Some(blob) => blob,
                None => Answer::Refused(Refusal { seq: self.to_shown(refusal.seq), ..refusal }),
            },
            Answer::Blobs(blobs) => Answer::Blobs(self.offer(blobs)),
            Answer::Turn(Turn::Now { turn_ms, blobs }) => {
                Answer::Turn(Turn::Now { turn_ms, blobs: self.offer(blobs) })
            }
            other => other,
        }
    }

    /// A blob that the hub does not have is one of ours.
    fn blob_asked(&mut self, request: u64) -> Option<Answer> {
        let asked = self.asked.remove(&request)?;
        let blob = self.blobs.iter().find(|blob| Digest::of(blob) == asked)?;
        let size = u32::try_from(blob.len()).ok()?;
        Some(Answer::BlobPart { size, offset: 0, part: blob.clone() })
    }
}

impl Between for EvilRelay {
    fn up(&mut self, frame: Bytes) -> Bytes {
        let Ok(mut message) = ToRelay::decode(frame.clone()) else { return frame };
        match &mut message.body {
            Request::Append(append) => {
                self.appends.insert(message.request, append.clone());
                append.based_on = self.to_true(append.based_on);
            }
            Request::Subscribe { after, .. } => {
                if *after == self.shown.seq {
                    *after = self.taken;
                } else {
                    // A newcomer's first place: from there on it is lied to.
                    self.taken = *after;
                    self.shown.seq = *after;
                }
            }
            Request::GetBlob { blob, .. } => {
                self.asked.insert(message.request, *blob);
            }
            _ => {}
        }
        message.encode()
    }

    fn down(&mut self, frame: Bytes) -> Vec<Bytes> {
        let Ok(ToClient { request, body }) = ToClient::decode(frame.clone()) else { return vec![frame] };
        let out = match body {
            Answer::Deliver(envelope) => self.deliver(envelope),
            Answer::Head(head) if !self.lied => vec![ToClient { request, body: Answer::Head(head) }],
            Answer::Head(_) if self.held.is_some() => Vec::new(),
            Answer::Head(_) => vec![ToClient { request: 0, body: self.head() }],
            body => vec![ToClient { request, body: self.answered(request, body) }],
        };
        out.iter().map(ToClient::encode).collect()
    }
}

/// A relay that changes or leaves out some of what it says, and does not make up for it: not well enough made to deceive.
pub(super) struct Filter(Box<dyn FnMut(&mut Answer) -> bool>);

impl Filter {
    pub(super) fn new(pass: impl FnMut(&mut Answer) -> bool + 'static) -> Self {
        Self(Box::new(pass))
    }
}

impl Between for Filter {
    fn up(&mut self, frame: Bytes) -> Bytes {
        frame
    }

    fn down(&mut self, frame: Bytes) -> Vec<Bytes> {
        let Ok(mut message) = ToClient::decode(frame.clone()) else { return vec![frame] };
        if (self.0)(&mut message.body) { vec![message.encode()] } else { Vec::new() }
    }
}
