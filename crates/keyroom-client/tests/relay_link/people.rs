//! Real relays, and people in their rooms.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use keyroom_client::relay_link::{ConnectError, Driven, Told, Transport, Trust, binding, connect, drive};
use keyroom_link::{
    CommandError, Credential, Cursor, DoorSecret, Event, Link, LinkConfig, PassSecret, RequestId, Stop,
    credit_cost,
};
use keyroom_relay::{Config, Quotas, Relay};
use keyroom_types::{Address, DoorId, EnvelopeId, Kind, PassKey, RoomId};
use keyroom_wire::{Append, Binding, Content, Door, Envelope, NewEnvelope, Turn};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Far beyond what a busy machine needs: reached only by a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A relay for many rooms of one address, on loopback and in memory.
pub(crate) fn config() -> Config {
    let quotas = Quotas { rooms_per_address: 10_000, ..Quotas::default() };
    Config { listen: vec!["127.0.0.1:0".parse().unwrap()], memory: true, quotas, ..Config::default() }
}

pub(crate) async fn start() -> Relay {
    Relay::start(&config()).await.unwrap()
}

pub(crate) fn at(relay: &Relay) -> SocketAddr {
    relay.started().addresses[0]
}

pub(crate) fn pin(relay: &Relay) -> Trust {
    Trust::Pin(relay.started().pin)
}

/// Makes a connection and says what a login over it is bound to.
pub(crate) async fn dial(address: Address, trust: Trust) -> Result<(Transport, Binding), ConnectError> {
    let transport = connect(&address, &trust).await?;
    let binding = binding(&trust, &address, &transport).unwrap();
    Ok((transport, binding))
}

/// A connection within this process, on whose way at most so many bytes are in each direction.
pub(crate) async fn within(relay: Arc<Relay>, bytes: usize) -> Result<(Transport, Binding), ConnectError> {
    let (ours, theirs) = tokio::io::duplex(bytes);
    relay.attach(theirs, IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    Ok((Transport::over(ours).await?, Binding::SeenKey(relay.started().pin)))
}

/// A room, and the secrets of those who are in it.
#[derive(Clone, Copy)]
pub(crate) struct Room(pub(crate) u8);

impl Room {
    pub(crate) fn id(self) -> RoomId {
        RoomId::from_bytes([self.0; 16])
    }

    pub(crate) fn founder(self) -> PassSecret {
        PassSecret::from_bytes(&[0x40, self.0].repeat(16).try_into().unwrap())
    }

    pub(crate) fn newcomer(self) -> PassSecret {
        PassSecret::from_bytes(&[0x50, self.0].repeat(16).try_into().unwrap())
    }

    pub(crate) fn door(self) -> DoorSecret {
        DoorSecret::from_bytes(&[0x60, self.0].repeat(16).try_into().unwrap())
    }
}

/// Somebody in a room, whose link is driven.
pub(crate) struct Person {
    pub(crate) driven: Driven,
    pub(crate) told: mpsc::Receiver<Told>,
    pass: PassKey,
    said: u64,
    joining: Option<RequestId>,
    /// Requests that have their answer.
    pub(crate) answered: Vec<RequestId>,
    /// The room was made.
    pub(crate) is_made: bool,
    pub(crate) log: Vec<Envelope>,
    pub(crate) not_connected: Vec<ConnectError>,
    /// How often the link was lost.
    pub(crate) lost: usize,
    pub(crate) stopped: Option<Stop>,
}

impl Person {
    /// Makes the room.
    pub(crate) fn founder<D, F>(room: Room, dial: D) -> Self
    where
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
    {
        let person = Self::with(room, Credential::Founder(room.founder()), dial);
        let door =
            Door { id: DoorId::from_bytes([5; 16]), key: room.door().public(), expires: None, uses: None };
        person.driven.with(|link| link.create(vec![door], None)).unwrap();
        person
    }

    /// Comes in through the room's door.
    pub(crate) fn newcomer<D, F>(room: Room, dial: D) -> Self
    where
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
    {
        let door = Credential::Door { door: room.door(), newcomer: room.newcomer() };
        let person = Self::with(room, door, dial);
        person.driven.with(Link::take_turn).unwrap();
        person
    }

    /// Somebody who asks for nothing but to be let in.
    pub(crate) fn with<D, F>(room: Room, credential: Credential, dial: D) -> Self
    where
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
    {
        let pass = match &credential {
            Credential::Pass(pass) | Credential::Founder(pass) => pass.public(),
            Credential::Door { newcomer, .. } => newcomer.public(),
        };
        let config = LinkConfig {
            room: room.id(),
            credential,
            log_key: None,
            incarnation: None,
            cursor: Some(Cursor::start(&room.id())),
            window: WINDOW,
            seed: u64::from(room.0),
        };
        let (tell, told) = mpsc::channel(1);
        let driven = drive(Link::new(Instant::now().into_std(), config), dial, tell);
        Self {
            driven,
            told,
            pass,
            said: 0,
            joining: None,
            answered: Vec::new(),
            is_made: false,
            log: Vec::new(),
            not_connected: Vec::new(),
            lost: 0,
            stopped: None,
        }
    }

    /// Says something; where too much waits, not until some of that was said.
    pub(crate) async fn say(&mut self, body: Bytes) -> RequestId {
        self.said += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.said.to_be_bytes());
        id[8..].copy_from_slice(&self.pass.as_bytes()[..8]);
        loop {
            let entry = NewEnvelope {
                id: EnvelopeId::from_bytes(id),
                kind: Kind::Application,
                body: body.clone(),
                blob: None,
            };
            match self.append(entry) {
                Ok(request) => return request,
                Err(CommandError::Full) => self.step().await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn append(&self, entry: NewEnvelope) -> Result<RequestId, CommandError> {
        self.driven.with(|link| {
            let based_on = link.cursor().unwrap().newest_commit;
            link.append(Append { based_on, entries: vec![entry], changes: Vec::new() }, None)
        })
    }

    /// Takes what is told until `done`.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let all = async {
            while !done(self) {
                self.step().await;
            }
        };
        let in_time = timeout(PATIENCE, all).await.is_ok();
        let (told, stopped) = (&self.not_connected, self.stopped);
        assert!(in_time, "{what}: {} in the log, lost {}, {stopped:?}, {told:?}", self.log.len(), self.lost);
    }

    /// Takes nothing any more.
    pub(crate) fn stop_listening(&mut self) {
        self.told.close();
        while self.told.try_recv().is_ok() {}
    }

    /// Takes one thing that is told.
    async fn step(&mut self) {
        let Some(told) = self.told.recv().await else { panic!("nothing more is told: {:?}", self.stopped) };
        match told {
            Told::NotConnected(error) => self.not_connected.push(error),
            Told::Link(event) => self.take(event),
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Created { request, .. } => {
                self.is_made = true;
                self.answered.push(request);
            }
            Event::Appended { request, .. } | Event::Done { request } => self.answered.push(request),
            Event::Envelope { envelope, .. } => {
                self.driven.with(|link| link.consumed(credit_cost(&envelope)));
                self.log.push(envelope);
            }
            Event::Turn { turn: Turn::Now { .. }, .. } if self.joining.is_none() => self.join(),
            // A turn that went round; there will be another.
            Event::Refused { request, .. } if self.joining == Some(request) => self.joining = None,
            Event::Refused { refusal, .. } => panic!("{refusal:?}"),
            Event::Lost { .. } => self.lost += 1,
            Event::Stopped(stop) => self.stopped = Some(stop),
            _ => {}
        }
    }

    fn join(&mut self) {
        let id = EnvelopeId::from_bytes(self.pass.as_bytes()[16..].try_into().unwrap());
        let entry = NewEnvelope { id, kind: Kind::Join, body: Bytes::from_static(b"join"), blob: None };
        self.joining = Some(self.append(entry).unwrap());
    }

    /// Whether the newcomer's join is in the log, as far as this person knows it.
    pub(crate) fn is_joined(&self) -> bool {
        self.log.iter().any(|envelope| envelope.header.kind == Kind::Join)
    }

    /// What was said, in the log's order.
    pub(crate) fn messages(&self) -> Vec<Bytes> {
        let messages = self.log.iter().filter(|envelope| envelope.header.kind == Kind::Application);
        let body = |envelope: &Envelope| match &envelope.content {
            Content::Body(body) => body.clone(),
            Content::Dropped(_) => panic!("nothing was dropped"),
        };
        messages.map(body).collect()
    }
}

/// Both in one room, and both know it.
pub(crate) async fn together<D, F>(room: Room, dial: D) -> (Person, Person)
where
    D: FnMut() -> F + Clone + Send + 'static,
    F: Future<Output = Result<(Transport, Binding), ConnectError>> + Send + 'static,
{
    let mut founder = Person::founder(room, dial.clone());
    founder.until("the room is made", |founder| founder.is_made).await;
    let mut newcomer = Person::newcomer(room, dial);
    tokio::join!(
        founder.until("the founder sees the join", Person::is_joined),
        newcomer.until("the newcomer joins", Person::is_joined),
    );
    (founder, newcomer)
}

/// Waits until `done`, which nobody tells.
pub(crate) async fn eventually(what: &str, done: impl Fn() -> bool) {
    let all = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, all).await.is_ok(), "{what}");
}

/// Credit of one person: more than any of these rooms holds.
const WINDOW: u64 = 64 << 20;
