//! What somebody in a room wants, without a link of its own: takes the log, says things until each is in it, commits,
//! joins.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::{BufMut as _, Bytes, BytesMut};
use keyroom_link::{
    Credential, Cursor, DoorSecret, Event, Link, LinkConfig, Lost, PassSecret, RequestId, Stop, credit_cost,
};
use keyroom_relay::Now;
use keyroom_types::{Chain, Digest, DoorId, EnvelopeId, Kind, PassKey, RoomId, Seq, Timestamp};
use keyroom_wire::{Append, Appended, Change, Code, Door, Envelope, NewEnvelope, PassRole, Turn};

use super::{Dice, Who};

/// Somebody in a room.
pub struct Mind {
    number: usize,
    pass: PassSecret,
    /// The log as it was delivered.
    log: Vec<Envelope>,
    /// What is to be said, and has not been sent; and what has, by request.
    to_say: VecDeque<Said>,
    sent: HashMap<RequestId, (Said, EnvelopeId, Seq)>,
    /// Refused as stale: to be said again once the log was read up to there, unless it is found in it.
    doubtful: Vec<(Said, EnvelopeId, Seq)>,
    acknowledged: Vec<(EnvelopeId, Appended)>,
    joining: Joining,
    /// How far the log is known to go, on this connection.
    known: Option<Seq>,
    /// Refused for now: nothing is said before.
    not_before: Option<Instant>,
    stopped: Option<Stop>,
    faults: usize,
    /// The last refusals and losses.
    recent: VecDeque<String>,
}

impl Who for Mind {
    fn take(&mut self, now: Now, link: &mut Link, told: Vec<Event>) {
        told.into_iter().for_each(|event| self.event(now.mono, link, event));
    }

    fn act(&mut self, now: Now, link: &mut Link, dice: &mut Dice) -> bool {
        self.say_on(now.mono, link, dice)
    }

    fn next_event(&self) -> Option<Instant> {
        self.not_before
    }
}

/// A message or a commit, with a number that no other has.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Said {
    number: u64,
    kind: Kind,
    /// What follows the number.
    text: Bytes,
    changes: Vec<Change>,
}

/// How far somebody is on the way in.
#[derive(Debug, Eq, PartialEq)]
enum Joining {
    Founding,
    Outside,
    Waiting,
    Reading(RequestId),
    /// It has a blob's cursor, and reads up to the newest commit before it joins.
    Catching,
    Appending(RequestId),
    In,
}

impl Mind {
    /// Somebody who makes the room at once, and publishes a blob with each commit.
    pub fn founder(room: RoomId, number: usize, now: Instant, seed: u64) -> (Self, Link) {
        let pass = pass(number);
        let start = Cursor::start(&room);
        let mut link = Self::link(room, now, Credential::Founder(pass.clone()), Some(start), seed);
        let door = Door { id: DoorId::from_bytes([5; 16]), key: door().public(), expires: None, uses: None };
        let blob = written(&start);
        link.create(vec![door], Some(blob)).expect("a new link takes it");
        (Self::new(number, pass, Joining::Founding), link)
    }

    /// Somebody with the door's key, who wants to enter.
    pub fn newcomer(room: RoomId, number: usize, now: Instant, seed: u64) -> (Self, Link) {
        let pass = pass(number);
        let credential = Credential::Door { door: door(), newcomer: pass.clone() };
        let mut link = Self::link(room, now, credential, None, seed);
        link.take_turn().expect("a new link takes it");
        (Self::new(number, pass, Joining::Outside), link)
    }

    fn link(room: RoomId, now: Instant, credential: Credential, cursor: Option<Cursor>, seed: u64) -> Link {
        let config =
            LinkConfig { room, credential, log_key: None, incarnation: None, cursor, window: WINDOW, seed };
        Link::new(now, config)
    }

    fn new(number: usize, pass: PassSecret, joining: Joining) -> Self {
        Self {
            number,
            pass,
            log: Vec::new(),
            to_say: VecDeque::new(),
            sent: HashMap::new(),
            doubtful: Vec::new(),
            acknowledged: Vec::new(),
            joining,
            known: None,
            not_before: None,
            stopped: None,
            faults: 0,
            recent: VecDeque::new(),
        }
    }

    /// Says something of so many bytes, marked by `number`.
    pub fn say(&mut self, number: u64, bytes: usize) {
        let text = Bytes::from(vec![7; bytes.saturating_sub(8)]);
        self.to_say.push_back(Said { number, kind: Kind::Application, text, changes: Vec::new() });
    }

    /// Commits, marked by `number`, with a fresh blob.
    pub fn commit(&mut self, number: u64, changes: Vec<Change>) {
        self.to_say.push_back(Said {
            number,
            kind: Kind::Commit,
            text: Bytes::from_static(&[7; 92]),
            changes,
        });
    }

    /// Its pass.
    pub fn pass(&self) -> PassKey {
        self.pass.public()
    }

    /// The log as it was delivered, from where it began to read.
    pub fn log(&self) -> &[Envelope] {
        &self.log
    }

    /// What was acknowledged: the first envelope of each append, and its places.
    pub fn acknowledged(&self) -> &[(EnvelopeId, Appended)] {
        &self.acknowledged
    }

    /// Why its link ended for good.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// How often the relay broke the rules.
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// Whether it is in the room, and all that it wanted to say is in the log as far as it knows.
    pub fn is_done(&self) -> bool {
        self.joining == Joining::In
            && self.to_say.is_empty()
            && self.sent.is_empty()
            && self.doubtful.is_empty()
    }

    /// Whether it is in the room.
    pub fn is_in(&self) -> bool {
        self.joining == Joining::In
    }

    /// What it is doing, for a test that fails.
    pub fn state(&self, link: &Link) -> String {
        format!(
            "person {}: {:?}, live {}, cursor {:?} of {:?}, to say {}, sent {}, doubtful {}, last {:?}",
            self.number,
            self.joining,
            link.is_live(),
            link.cursor().map(|cursor| cursor.seq),
            self.known,
            self.to_say.len(),
            self.sent.len(),
            self.doubtful.len(),
            self.recent,
        )
    }

    fn say_on(&mut self, now: Instant, link: &mut Link, dice: &mut Dice) -> bool {
        let mut moved = false;
        self.not_before = self.not_before.filter(|at| *at > now);
        self.resolve(link);
        self.join_if_caught_up(link, dice);
        // Like an engine: encrypt only when live and caught up with what is known.
        while self.joining == Joining::In
            && link.is_live()
            && self.doubtful.is_empty()
            && self.not_before.is_none()
            && self.sent.len() < IN_FLIGHT
            && let Some(said) = self.to_say.pop_front()
        {
            moved = true;
            self.send(link, said, dice);
        }
        moved
    }

    fn send(&mut self, link: &mut Link, said: Said, dice: &mut Dice) {
        let cursor = *link.cursor().expect("who is in has a cursor");
        let id = EnvelopeId::from_bytes(dice.bytes());
        let blob = said.kind.is_commit().then(|| written(&cursor));
        let entry = NewEnvelope {
            id,
            kind: said.kind,
            body: body(&said),
            blob: blob.as_ref().map(|blob| Digest::of(blob)),
        };
        let append =
            Append { based_on: cursor.newest_commit, entries: vec![entry], changes: said.changes.clone() };
        match link.append(append, blob) {
            Ok(request) => drop(self.sent.insert(request, (said, id, Seq::ZERO))),
            Err(_) => self.to_say.push_front(said),
        }
    }

    fn event(&mut self, now: Instant, link: &mut Link, event: Event) {
        if matches!(event, Event::Refused { .. } | Event::Lost { .. } | Event::Turn { .. }) {
            self.recent.push_back(format!("{event:?}"));
            if self.recent.len() > 4 {
                self.recent.pop_front();
            }
        }
        match event {
            Event::Created { .. } => self.joining = Joining::In,
            Event::Appended { request, appended } => {
                if let Some((_, id, _)) = self.sent.remove(&request) {
                    self.acknowledged.push((id, appended));
                } else if self.joining == Joining::Appending(request) {
                    self.joining = Joining::In;
                }
            }
            Event::Refused { request, refusal } => {
                if refusal.code == Code::Stale {
                    self.known = self.known.max(Some(refusal.seq));
                }
                if let Some((said, id, _)) = self.sent.remove(&request) {
                    match refusal.code {
                        Code::Stale => self.doubtful.push((said, id, refusal.seq)),
                        // A newcomer's commit, before it was confirmed: not this time.
                        Code::Role => {}
                        _ => {
                            self.not_before = Some(now + RETRY);
                            self.to_say.push_front(said);
                        }
                    }
                } else if self.joining == Joining::Appending(request) {
                    self.joining =
                        if refusal.code == Code::Stale { Joining::Catching } else { Joining::Waiting };
                } else if self.joining == Joining::Reading(request) {
                    self.begin_again(link);
                }
            }
            Event::Envelope { envelope, .. } => {
                link.consumed(credit_cost(&envelope));
                self.log.push(envelope);
            }
            Event::Turn { turn, .. } => self.turn(link, &turn),
            Event::Blob { bytes, .. } => self.blob(link, &bytes),
            Event::BeginAgain => {
                self.log.clear();
                if self.joining == Joining::Catching {
                    self.joining = Joining::Waiting;
                }
            }
            Event::Subscribed { head } => self.known = Some(head),
            // What displaced an envelope may have been lost with a relay that was killed: its log may never get that far,
            // and the head of a later login is as good a place.
            Event::Welcome { welcome, .. } => {
                if let Some(head) = welcome.head {
                    self.doubtful.iter_mut().for_each(|(_, _, at)| *at = head.seq.min(*at));
                }
            }
            Event::Stopped(stop) => self.stopped = Some(stop),
            Event::Lost { why, .. } => {
                self.known = None;
                self.faults += usize::from(matches!(why, Lost::Fault(_)));
            }
            _ => {}
        }
    }

    fn turn(&mut self, link: &mut Link, turn: &Turn) {
        match turn {
            Turn::Waiting { .. } => {
                if matches!(self.joining, Joining::Outside) {
                    self.joining = Joining::Waiting;
                }
            }
            Turn::Now { blobs, .. } => {
                if link.cursor().is_some() {
                    if matches!(self.joining, Joining::Outside | Joining::Waiting) {
                        self.joining = Joining::Catching;
                    }
                } else if let Some(blob) = blobs.blobs.first()
                    && let Ok(request) = link.get_blob(*blob)
                {
                    self.joining = Joining::Reading(request);
                }
            }
        }
    }

    /// Asks for another turn: what it was told is no longer so.
    fn begin_again(&mut self, link: &mut Link) {
        self.joining = Joining::Outside;
        let _ = link.take_turn();
    }

    fn blob(&mut self, link: &mut Link, bytes: &Bytes) {
        if !matches!(self.joining, Joining::Reading(_)) {
            return;
        }
        let cursor = read(bytes).expect("blobs here are cursors");
        match link.subscribe(cursor) {
            Ok(()) => self.joining = Joining::Catching,
            Err(_) => self.begin_again(link),
        }
    }

    /// Joins when the log was read to its newest commit, as far as that can be known.
    fn join_if_caught_up(&mut self, link: &mut Link, dice: &mut Dice) {
        if self.joining != Joining::Catching || !link.is_live() {
            return;
        }
        let Some(cursor) = link.cursor().copied() else { return };
        if self.known.is_none_or(|known| cursor.seq < known) {
            return;
        }
        let id = EnvelopeId::from_bytes(dice.bytes());
        let said = Said {
            number: JOIN + self.number as u64,
            kind: Kind::Join,
            text: Bytes::from_static(&[7; 56]),
            changes: Vec::new(),
        };
        let blob = written(&cursor);
        let entry = NewEnvelope { id, kind: Kind::Join, body: body(&said), blob: Some(Digest::of(&blob)) };
        let append = Append { based_on: cursor.newest_commit, entries: vec![entry], changes: Vec::new() };
        if let Ok(request) = link.append(append, Some(blob)) {
            self.joining = Joining::Appending(request);
        }
    }

    /// Gives up what was refused as stale only when the log was read through what displaced it, and it is not there.
    fn resolve(&mut self, link: &Link) {
        let Some(cursor) = link.cursor() else { return };
        let seq = cursor.seq;
        let (ready, waiting) =
            std::mem::take(&mut self.doubtful).into_iter().partition(|(_, _, at)| *at <= seq);
        self.doubtful = waiting;
        let ready: Vec<(Said, EnvelopeId, Seq)> = ready;
        for (said, id, _) in ready.into_iter().rev() {
            if !self.log.iter().any(|envelope| envelope.header.envelope == id) {
                self.to_say.push_front(said);
            }
        }
    }

    /// What an admin does for those who have come in.
    pub fn confirm(&mut self, number: u64, pass: PassKey) {
        self.commit(number, vec![Change::Grant(pass, PassRole::Member)]);
    }
}

/// The number that a body carries.
pub fn number_of(body: &[u8]) -> Option<u64> {
    body.first_chunk().copied().map(u64::from_be_bytes)
}

fn body(said: &Said) -> Bytes {
    let mut body = BytesMut::with_capacity(8 + said.text.len());
    body.put_u64(said.number);
    body.put_slice(&said.text);
    body.freeze()
}

/// The blobs of these rooms hold no group: they hold the place and the chain where their author stood.
fn written(cursor: &Cursor) -> Bytes {
    let mut blob = BytesMut::new();
    blob.put_u64(cursor.seq.get());
    blob.put_slice(cursor.chain.as_bytes());
    blob.put_u64(cursor.time.as_millis());
    blob.put_u64(cursor.newest_commit.get());
    blob.freeze()
}

fn read(blob: &[u8]) -> Option<Cursor> {
    let (seq, rest) = blob.split_first_chunk::<8>()?;
    let (chain, rest) = rest.split_first_chunk::<32>()?;
    let (time, rest) = rest.split_first_chunk::<8>()?;
    let newest_commit = rest.first_chunk::<8>()?;
    Some(Cursor {
        seq: Seq::new(u64::from_be_bytes(*seq)),
        chain: Chain::from_bytes(*chain),
        time: Timestamp::from_millis(u64::from_be_bytes(*time)),
        newest_commit: Seq::new(u64::from_be_bytes(*newest_commit)),
    })
}

fn pass(number: usize) -> PassSecret {
    let mut bytes = [3; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    PassSecret::from_bytes(&bytes)
}

fn door() -> DoorSecret {
    DoorSecret::from_bytes(&[4; 32])
}

/// Numbers of joins begin here.
pub const JOIN: u64 = 1 << 32;

/// When to say again what was refused for now.
const RETRY: Duration = Duration::from_millis(500);

/// Appends of one person without an answer.
const IN_FLIGHT: usize = 8;

/// Credit of one person.
const WINDOW: u64 = 128 << 10;
