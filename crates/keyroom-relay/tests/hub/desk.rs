//! A relay on a desk: its hub, a clock that only tests move, and people who speak to it frame by frame.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_link::relay::{Terms, UploadBudget};
use keyroom_link::{Credential, DoorSecret, LogSecret, PassSecret, sign_login};
use keyroom_relay::hub::{Hub, HubConfig, HubLink, Writer};
use keyroom_relay::{Now, Quotas};
use keyroom_store::{MemoryStore, Store};
use keyroom_types::{Digest, DoorId, EnvelopeId, KeyPin, Kind, PassKey, RoomId, Seq, Timestamp};
use keyroom_wire::{
    Answer, Append, Appended, Binding, Change, Code, Create, Door, Envelope, Hello, Login, NewEnvelope,
    Refusal, Request, ToClient, ToRelay, VERSION, Welcome,
};

/// The relay's pin.
pub(crate) const PIN: KeyPin = KeyPin::from_bytes([9; 32]);

/// The room of most tests.
pub(crate) const ROOM: RoomId = RoomId::from_bytes([1; 16]);

pub(crate) struct Desk {
    pub(crate) hub: Hub,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) now: Now,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Quotas::default(), None)
    }

    pub(crate) fn with(quotas: Quotas, writer: Option<Box<dyn Writer>>) -> Self {
        Self::over(Arc::new(MemoryStore::new().unwrap()), quotas, writer, None)
    }

    pub(crate) fn over(
        store: Arc<MemoryStore>,
        quotas: Quotas,
        writer: Option<Box<dyn Writer>>,
        retention: Option<Duration>,
    ) -> Self {
        let log_secret = LogSecret::from_bytes(&[7; 32]);
        let terms = Terms {
            log_key: log_secret.public(),
            pins: vec![PIN],
            names: vec!["relay.example".to_owned()],
            login_within: Duration::from_secs(10),
            silence: Duration::from_secs(90),
            uploads: UploadBudget::new(quotas.uploading_bytes),
        };
        let challenges = AtomicU8::new(0);
        let random = Box::new(move || [challenges.fetch_add(1, Ordering::Relaxed); 32]);
        let shared: Arc<dyn Store> = store.clone();
        let hub = Hub::new(HubConfig {
            store: shared,
            writer,
            terms,
            log_secret,
            quotas,
            random,
            tickets: None,
            retention,
        })
        .unwrap();
        let now = Now { mono: Instant::now(), wall: Timestamp::from_millis(1_800_000_000_000) };
        Self { hub, store, now }
    }

    pub(crate) fn pass_time(&mut self, time: Duration) {
        self.now.mono += time;
        self.now.wall = self.now.wall.plus_millis(u64::try_from(time.as_millis()).unwrap());
    }

    /// Lets time pass until no room is in memory that need not be.
    pub(crate) fn put_rooms_away(&mut self) {
        for _ in 0..4 {
            self.pass_time(Duration::from_secs(60));
            self.hub.tick(self.now);
        }
        assert_eq!(self.hub.counts().rooms_served.get(), 0, "rooms were put away");
    }

    /// A link that has not logged in.
    pub(crate) fn dial(&self) -> Person {
        self.dial_from(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap()
    }

    pub(crate) fn dial_from(&self, peer: IpAddr) -> Result<Person, Code> {
        let link = self.hub.open(self.now, peer, Waker::noop().clone()).map_err(|(code, _)| code)?;
        let mut person =
            Person { link, now: self.now, request: 0, hello: None, said: Vec::new(), bytes_read: 0 };
        let Some(ToClient { body: Answer::Hello(hello), .. }) = person.read().pop() else {
            panic!("a hello")
        };
        person.hello = Some(hello);
        Ok(person)
    }

    /// The founder of the room, who has made it with these doors, and subscribed.
    pub(crate) fn founder(&self, secret: u8, doors: Vec<Door>) -> Person {
        let mut founder = self.dial();
        founder.login(Role::Founder(secret)).unwrap();
        assert!(matches!(founder.ask(Request::Create(Create { doors, blob: None })), Answer::Created(_)));
        founder.subscribe(0);
        founder
    }

    /// A member, logged in and subscribed from the beginning. The pass must be known.
    pub(crate) fn member(&self, secret: u8) -> Person {
        let mut member = self.dial();
        member.login(Role::Pass(secret)).unwrap();
        member.subscribe(0);
        member
    }

    /// What the store has under this name in the room.
    pub(crate) fn store_blob(&self, name: &Digest) -> Option<Bytes> {
        self.store.blob(&ROOM, name).unwrap()
    }

    /// All that is in the room's log.
    pub(crate) fn log(&self) -> Vec<keyroom_store::Stored> {
        self.store.read(&ROOM, Seq::ZERO, usize::MAX, usize::MAX).unwrap()
    }
}

/// Who logs in, by numbers that stand for secrets.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Pass(u8),
    Founder(u8),
    Door { door: u8, newcomer: u8 },
}

pub(crate) fn pass(secret: u8) -> PassSecret {
    PassSecret::from_bytes(&[secret; 32])
}

pub(crate) fn pass_key(secret: u8) -> PassKey {
    pass(secret).public()
}

pub(crate) fn door_secret(secret: u8) -> DoorSecret {
    DoorSecret::from_bytes(&[secret; 32])
}

/// A door without expiry and bound.
pub(crate) fn door(secret: u8) -> Door {
    let id = DoorId::from_bytes([secret; 16]);
    Door { id, key: door_secret(secret).public(), expires: None, uses: None }
}

/// Somebody at a link, who counts requests and keeps what comes.
pub(crate) struct Person {
    pub(crate) link: HubLink,
    pub(crate) now: Now,
    request: u64,
    hello: Option<Hello>,
    said: Vec<ToClient>,
    /// Bytes that came, over all.
    pub(crate) bytes_read: usize,
}

impl Person {
    /// Writes one frame.
    pub(crate) fn write(&mut self, request: u64, body: Request) {
        self.link.receive(self.now, ToRelay { request, body }.encode());
    }

    /// Writes a request and returns its number.
    pub(crate) fn begin(&mut self, body: Request) -> u64 {
        self.request += 1;
        self.write(self.request, body);
        self.request
    }

    /// Writes a request and takes its answer, which must be there at once.
    pub(crate) fn ask(&mut self, body: Request) -> Answer {
        let request = self.begin(body);
        self.answer(request).unwrap_or_else(|| panic!("no answer; said: {:?}", self.said))
    }

    /// The answer to a request, if it came.
    pub(crate) fn answer(&mut self, request: u64) -> Option<Answer> {
        self.pump();
        let at = self.said.iter().position(|said| said.request == request)?;
        Some(self.said.remove(at).body)
    }

    fn pump(&mut self) {
        let came = self.read();
        self.said.extend(came);
    }

    fn read(&mut self) -> Vec<ToClient> {
        let mut frames: Vec<Bytes> = Vec::new();
        loop {
            let before = frames.len();
            self.link.transmit(self.now, 1 << 20, &mut frames);
            if frames.len() == before {
                self.bytes_read += frames.iter().map(Bytes::len).sum::<usize>();
                return frames.into_iter().map(|frame| ToClient::decode(frame).unwrap()).collect();
            }
        }
    }

    /// What the relay said by itself since the last call.
    pub(crate) fn said(&mut self) -> Vec<Answer> {
        self.pump();
        let (own, rest) =
            std::mem::take(&mut self.said).into_iter().partition(|said: &ToClient| said.request == 0);
        self.said = rest;
        own.into_iter().map(|said| said.body).collect()
    }

    /// The envelopes that were delivered since the last call; what else was said by itself is lost.
    pub(crate) fn delivered(&mut self) -> Vec<Envelope> {
        let envelope = |answer| match answer {
            Answer::Deliver(envelope) => Some(envelope),
            _ => None,
        };
        self.said().into_iter().filter_map(envelope).collect()
    }

    /// Places of what was delivered since the last call.
    pub(crate) fn places(&mut self) -> Vec<u64> {
        self.delivered().iter().map(|envelope| envelope.header.seq.get()).collect()
    }

    /// Why the relay ended the link.
    pub(crate) fn goodbye(&mut self) -> Option<Code> {
        self.said().into_iter().find_map(|answer| match answer {
            Answer::Goodbye { code, .. } => Some(code),
            _ => None,
        })
    }

    /// A login, complete and signed, for tests that spoil it.
    pub(crate) fn login_for(&self, role: Role) -> Login {
        self.login_with(role, VERSION, ROOM, Binding::SeenKey(PIN))
    }

    /// A signed login that says what it is told.
    pub(crate) fn login_with(&self, role: Role, version: u32, room: RoomId, binding: Binding) -> Login {
        let credential = match role {
            Role::Pass(secret) => Credential::Pass(pass(secret)),
            Role::Founder(secret) => Credential::Founder(pass(secret)),
            Role::Door { door, newcomer } => {
                Credential::Door { door: door_secret(door), newcomer: pass(newcomer) }
            }
        };
        sign_login(&self.hello.as_ref().unwrap().challenge, version, room, &credential, binding)
    }

    /// Logs in through a door with any pass.
    pub(crate) fn login_as_newcomer(&mut self, door: u8, newcomer: PassSecret) {
        let credential = Credential::Door { door: door_secret(door), newcomer };
        let challenge = self.hello.as_ref().unwrap().challenge;
        let login = sign_login(&challenge, VERSION, ROOM, &credential, Binding::SeenKey(PIN));
        self.try_login(login).unwrap();
    }

    pub(crate) fn login(&mut self, role: Role) -> Result<Welcome, Code> {
        let login = self.login_for(role);
        self.try_login(login)
    }

    pub(crate) fn try_login(&mut self, login: Login) -> Result<Welcome, Code> {
        let request = self.begin(Request::Login(Box::new(login)));
        match self.answer(request) {
            Some(Answer::Welcome(welcome)) => Ok(*welcome),
            _ => Err(self.goodbye().unwrap()),
        }
    }

    pub(crate) fn subscribe(&mut self, after: u64) {
        let subscribe = Request::Subscribe { after: Seq::new(after), credit: 1 << 40 };
        assert!(matches!(self.ask(subscribe), Answer::Subscribed(_)));
    }

    /// Appends and takes the answer.
    pub(crate) fn append(&mut self, append: Append) -> Result<Appended, Refusal> {
        let request = self.begin(Request::Append(append));
        self.appended(request)
    }

    /// The answer to an append.
    pub(crate) fn appended(&mut self, request: u64) -> Result<Appended, Refusal> {
        match self.answer(request) {
            Some(Answer::Appended(appended)) => Ok(appended),
            Some(Answer::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    /// Says something: `id` names the envelope.
    pub(crate) fn say(&mut self, based_on: u64, id: u8) -> Result<Appended, Refusal> {
        self.append(message(based_on, id))
    }

    /// Commits: `id` names the envelope.
    pub(crate) fn commit(
        &mut self,
        based_on: u64,
        id: u8,
        changes: Vec<Change>,
    ) -> Result<Appended, Refusal> {
        self.append(commit(based_on, id, changes))
    }

    /// Uploads a blob.
    pub(crate) fn upload(&mut self, bytes: &'static [u8]) -> Digest {
        let blob = Digest::of(bytes);
        let size = u32::try_from(bytes.len()).unwrap();
        let part = Bytes::from_static(bytes);
        assert_eq!(self.ask(Request::PutBlob { blob, size, offset: 0, part }), Answer::BlobProgress(size));
        blob
    }
}

/// A message of some bytes.
pub(crate) fn message(based_on: u64, id: u8) -> Append {
    of(based_on, vec![(Kind::Application, id)])
}

pub(crate) fn commit(based_on: u64, id: u8, changes: Vec<Change>) -> Append {
    Append { changes, ..of(based_on, vec![(Kind::Commit, id)]) }
}

pub(crate) fn of(based_on: u64, entries: Vec<(Kind, u8)>) -> Append {
    let entries = entries
        .into_iter()
        .map(|(kind, id)| NewEnvelope {
            id: envelope(id),
            kind,
            body: Bytes::from(vec![id; 100]),
            blob: None,
        })
        .collect();
    Append { based_on: Seq::new(based_on), entries, changes: Vec::new() }
}

pub(crate) fn envelope(id: u8) -> EnvelopeId {
    EnvelopeId::from_bytes([id; 16])
}

/// One of many passes.
pub(crate) fn wide_pass(number: usize) -> PassSecret {
    let mut bytes = [200; 32];
    bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    PassSecret::from_bytes(&bytes)
}

/// One of many envelope ids.
pub(crate) fn wide_envelope(number: usize) -> EnvelopeId {
    let mut bytes = [200; 16];
    bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    EnvelopeId::from_bytes(bytes)
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.unwrap_err().code
}
