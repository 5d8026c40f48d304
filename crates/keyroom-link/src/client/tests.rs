//! A link against a relay that is a script: it says what the test tells it to, true or not.

mod blobs;
mod connections;
mod hostile;
mod knocks;
mod logins;
mod logs;
mod sending;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::{
    Chain, Digest, EnvelopeId, Header, Incarnation, KeyPin, Kind, PassKey, RoomId, Seq, Timestamp,
};
use keyroom_wire::{
    Answer, Append, Appended, Binding, Code, Content, Envelope, Hello, Login, NewEnvelope, PassRole, Request,
    SignedHead, ToClient, ToRelay, VERSION, Welcome,
};

use super::{ConnectionId, Cursor, Event, Link, LinkConfig, Lost, Stop};
use crate::{Credential, DoorSecret, LogSecret, PassSecret, sign_head};

const CHALLENGE: [u8; 32] = [0xC4; 32];
const SILENCE_MS: u32 = 60_000;
const WINDOW: u64 = 256 << 10;

fn room() -> RoomId {
    RoomId::from_bytes([1; 16])
}

fn incarnation() -> Incarnation {
    Incarnation::from_bytes([2; 16])
}

fn log_secret() -> LogSecret {
    LogSecret::from_bytes(&[3; 32])
}

fn pass() -> PassSecret {
    PassSecret::from_bytes(&[4; 32])
}

fn door() -> DoorSecret {
    DoorSecret::from_bytes(&[5; 32])
}

fn binding() -> Binding {
    Binding::SeenKey(KeyPin::from_bytes([6; 32]))
}

fn id(number: u8) -> EnvelopeId {
    EnvelopeId::from_bytes([number; 16])
}

fn config(credential: Credential, cursor: Option<Cursor>) -> LinkConfig {
    LinkConfig {
        room: room(),
        credential,
        log_key: Some(log_secret().public()),
        incarnation: Some(incarnation()),
        cursor,
        window: WINDOW,
        seed: 1,
    }
}

/// A room's log, as a relay keeps it.
#[derive(Clone)]
struct Log {
    envelopes: Vec<Envelope>,
    cursors: Vec<Cursor>,
    incarnation: Incarnation,
}

impl Log {
    fn new() -> Self {
        Self { envelopes: Vec::new(), cursors: vec![Cursor::start(&room())], incarnation: incarnation() }
    }

    /// A log of so many messages.
    fn of(count: u8) -> Self {
        let mut log = Self::new();
        (1..=count).for_each(|number| log.push(Kind::Application, number));
        log
    }

    /// The log as it was when it went as far as this.
    fn cut(&self, seq: usize) -> Self {
        let mut log = self.clone();
        log.envelopes.truncate(seq);
        log.cursors.truncate(seq + 1);
        log
    }

    fn push(&mut self, kind: Kind, number: u8) {
        let last = *self.cursor();
        let header = Header {
            seq: last.seq.next(),
            time: Timestamp::from_millis(last.time.as_millis() + 10),
            kind,
            based_on: last.newest_commit,
            envelope: id(number),
            pass: PassKey::from_bytes([number; 32]),
        };
        self.put(Envelope { header, content: Content::Body(vec![number; 10].into()), blob: None });
    }

    fn put(&mut self, envelope: Envelope) {
        let last = *self.cursor();
        let Content::Body(body) = &envelope.content else { panic!("a body") };
        let header = envelope.header;
        self.cursors.push(Cursor {
            seq: header.seq,
            chain: last.chain.then(&header, &Digest::of(body), envelope.blob.as_ref()),
            time: header.time,
            newest_commit: if header.kind.is_commit() { header.seq } else { last.newest_commit },
        });
        self.envelopes.push(envelope);
    }

    fn cursor(&self) -> &Cursor {
        self.cursors.last().unwrap()
    }

    fn at(&self, seq: usize) -> Cursor {
        self.cursors[seq]
    }

    fn head_at(&self, seq: usize) -> SignedHead {
        let Cursor { seq, time, chain, .. } = self.at(seq);
        sign_head(&log_secret(), &room(), self.incarnation, seq, time, chain)
    }

    fn head(&self) -> SignedHead {
        self.head_at(self.envelopes.len())
    }

    fn deliver(&self, seq: usize) -> Answer {
        Answer::Deliver(self.envelopes[seq - 1].clone())
    }
}

/// A link, driven as a driver does it, and all that it did.
struct Script {
    now: Instant,
    link: Link,
    connection: ConnectionId,
    sent: VecDeque<ToRelay>,
    events: VecDeque<Event>,
    hung_up: Vec<ConnectionId>,
}

impl Script {
    fn new(config: LinkConfig) -> Self {
        let now = Instant::now();
        let mut script = Self {
            now,
            link: Link::new(now, config),
            connection: ConnectionId(0),
            sent: VecDeque::new(),
            events: VecDeque::new(),
            hung_up: Vec::new(),
        };
        script.turn();
        script
    }

    /// A member who has the log up to `cursor`.
    fn member(cursor: Cursor) -> Self {
        Self::new(config(Credential::Pass(pass()), Some(cursor)))
    }

    /// A newcomer.
    fn newcomer() -> Self {
        Self::new(config(Credential::Door { door: door(), newcomer: pass() }, None))
    }

    fn turn(&mut self) {
        while let Some(connection) = self.link.poll_connect() {
            assert!(connection > self.connection, "numbers of connections rise");
            self.connection = connection;
        }
        while let Some(frame) = self.link.poll_transmit(self.now) {
            self.sent.push_back(ToRelay::decode(frame).unwrap());
        }
        self.events.extend(std::iter::from_fn(|| self.link.poll_event()));
        self.hung_up.extend(std::iter::from_fn(|| self.link.poll_disconnect()));
    }

    fn say(&mut self, request: u64, body: Answer) {
        let frame = ToClient { request, body }.encode();
        self.link.handle_frame(self.now, self.connection, frame);
        self.turn();
    }

    fn connect(&mut self) {
        self.link.handle_connected(self.connection, binding());
        self.turn();
    }

    fn cut(&mut self) {
        self.link.handle_disconnected(self.now, self.connection);
        self.turn();
    }

    /// Lets time pass, stopping wherever the link wants to.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.link.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.link.handle_timeout(self.now);
            self.turn();
            assert!(self.link.poll_timeout().is_none_or(|next| next > self.now), "the link is not stuck");
        }
        self.now = end;
    }

    fn hello(&mut self) {
        self.say(0, Answer::Hello(hello()));
    }

    /// Connects and greets; returns the login.
    fn login(&mut self) -> Login {
        self.connect();
        self.hello();
        let (request, body) = self.request();
        assert_eq!(request, 1);
        let Request::Login(login) = body else { panic!("{body:?} is no login") };
        *login
    }

    fn welcome(&mut self, head: Option<SignedHead>) {
        self.say(1, Answer::Welcome(Box::new(welcome(head))));
    }

    /// Logged in and subscribed to `log`; what happened so far is forgotten.
    fn live(&mut self, log: &Log) {
        self.login();
        self.welcome(Some(log.head()));
        let (request, body) = self.request();
        assert!(matches!(body, Request::Subscribe { .. }), "{body:?}");
        self.say(request, Answer::Subscribed(log.cursor().seq));
        self.events.clear();
    }

    /// Waits until the link dials anew.
    fn redial(&mut self) {
        let old = self.connection;
        while self.connection == old {
            self.now = self.link.poll_timeout().expect("the link comes again");
            self.link.handle_timeout(self.now);
            self.turn();
        }
    }

    /// Lost, waited, and dialled anew.
    fn reconnect(&mut self) {
        self.cut();
        self.redial();
    }

    /// The oldest frame that the link sent and the test has not looked at.
    fn request(&mut self) -> (u64, Request) {
        let message = self.sent.pop_front().expect("the link said something");
        (message.request, message.body)
    }

    fn all_sent(&mut self) -> Vec<Request> {
        self.sent.drain(..).map(|message| message.body).collect()
    }

    fn event(&mut self) -> Event {
        self.events.pop_front().expect("something happened")
    }

    fn stopped(&mut self) -> Option<Stop> {
        self.events.iter().find_map(|event| match event {
            Event::Stopped(stop) => Some(*stop),
            _ => None,
        })
    }

    /// Why the link was lost, the last time.
    fn lost(&self) -> Option<Lost> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Lost { why, .. } => Some(*why),
            _ => None,
        })
    }

    /// Places of the envelopes that came.
    fn delivered(&self) -> Vec<u64> {
        let seq = |event: &Event| match event {
            Event::Envelope { envelope, .. } => Some(envelope.header.seq.get()),
            _ => None,
        };
        self.events.iter().filter_map(seq).collect()
    }
}

fn hello() -> Hello {
    Hello { min_version: VERSION, max_version: VERSION, challenge: CHALLENGE, log_key: log_secret().public() }
}

fn welcome(head: Option<SignedHead>) -> Welcome {
    Welcome {
        head,
        newest_commit: Seq::ZERO,
        role: Some(PassRole::Member),
        last: None,
        silence_ms: SILENCE_MS,
        retention_ms: 0,
        volatile: false,
        answered: None,
        knocked: false,
    }
}

fn message(number: u8) -> Append {
    entries(vec![entry(Kind::Application, number, None)])
}

fn entries(entries: Vec<NewEnvelope>) -> Append {
    Append { based_on: Seq::ZERO, entries, changes: Vec::new() }
}

fn entry(kind: Kind, number: u8, blob: Option<Digest>) -> NewEnvelope {
    NewEnvelope { id: id(number), kind, body: vec![number; 10].into(), blob }
}

fn appended(first: u64, repeated: bool) -> Answer {
    let first = Seq::new(first);
    Answer::Appended(Appended { first, last: first, time: Timestamp::from_millis(10), repeated })
}

fn blob(bytes: usize, fill: u8) -> Bytes {
    vec![fill; bytes].into()
}

/// The ids of the appends among `requests`.
fn append_ids(requests: &[Request]) -> Vec<EnvelopeId> {
    let ids = |request: &Request| match request {
        Request::Append(append) => append.entries.iter().map(|entry| entry.id).collect(),
        _ => Vec::new(),
    };
    requests.iter().flat_map(ids).collect()
}

fn other_chain() -> Chain {
    Chain::from_bytes([0xEE; 32])
}

const GONE: Answer = Answer::Goodbye { code: Code::Shutdown, retry_ms: 5_000 };
