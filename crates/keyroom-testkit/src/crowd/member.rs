//! One member: a task that drives a link as an engine does, and writes down what happens.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_client::relay_link::{Driven, Told, Trust, binding, connect, drive};
use keyroom_link::{Credential, Cursor, Event, Link, LinkConfig, PassSecret, RequestId, credit_cost};
use keyroom_types::{Digest, EnvelopeId, FileId, Incarnation, RoomId, Seq};
use keyroom_wire::{Append, Code, FilePurpose, NewEnvelope, SignedHead};
use tokio::sync::{mpsc, watch};

use super::Board;
use super::history::{Say, Sent};
use crate::pair::Dice;
use crate::relay::Way;

/// What a test asks of a member.
pub(super) enum Order {
    Say(Vec<Say>),
    Ticket {
        file: FileId,
        purpose: FilePurpose,
        size: u64,
    },
    /// Begin anew, as a program that starts again from what it kept.
    Restart,
    /// Leave for good.
    Close,
}

pub(super) struct Member {
    pub(super) place: usize,
    pub(super) board: Arc<Board>,
    pub(super) way: Way,
    pub(super) room: RoomId,
    pub(super) pass: PassSecret,
    pub(super) founder: bool,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    /// Whether there is a relay to come back to.
    pub(super) up: watch::Receiver<bool>,
    pub(super) kept: Kept,
}

/// What outlives a link.
pub(super) struct Kept {
    dice: Dice,
    cursor: Cursor,
    incarnation: Option<Incarnation>,
    waiting: VecDeque<Say>,
    /// Requests of this link, and which of the sent appends they are.
    flying: BTreeMap<RequestId, usize>,
    /// Refused as stale, until the log was read to that place.
    doubtful: Vec<(usize, Seq)>,
    /// Own envelopes that were delivered.
    own: HashSet<EnvelopeId>,
}

impl Kept {
    pub(super) fn new(room: &RoomId, seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            cursor: Cursor::start(room),
            incarnation: None,
            waiting: VecDeque::new(),
            flying: BTreeMap::new(),
            doubtful: Vec::new(),
            own: HashSet::new(),
        }
    }

    fn open(&self) -> usize {
        self.waiting.len() + self.flying.len() + self.doubtful.len()
    }
}

enum Next {
    Go,
    Restart,
    End,
}

impl Member {
    pub(super) async fn run(mut self) {
        loop {
            let (driven, mut events) = self.begin();
            let next = loop {
                self.send(&driven);
                let next = tokio::select! {
                    told = events.recv() => match told {
                        Some(Told::Link(event)) => self.event(&driven, event),
                        // It will be tried again.
                        Some(Told::NotConnected(_)) => Next::Go,
                        None => Next::End,
                    },
                    order = self.orders.recv() => match order {
                        Some(Order::Say(says)) => {
                            let heard = says.len();
                            self.kept.waiting.extend(says);
                            let open = self.kept.open();
                            self.board.change(self.place, |history| {
                                history.heard += heard;
                                history.open = open;
                            });
                            Next::Go
                        }
                        Some(Order::Ticket { file, purpose, size }) => {
                            let asked = driven.with(|link| link.file_ticket(file, purpose, size));
                            asked.unwrap_or_else(|error| panic!("the link asks for a ticket: {error}"));
                            Next::Go
                        }
                        Some(Order::Restart) => Next::Restart,
                        Some(Order::Close) | None => Next::End,
                    },
                };
                match next {
                    Next::Go => {}
                    Next::Restart | Next::End => break next,
                }
            };
            drop(driven);
            let restarts = matches!(next, Next::Restart);
            self.board.change(self.place, |history| {
                history.live = false;
                history.restarts += usize::from(restarts);
            });
            if !restarts || self.up.wait_for(|up| *up).await.is_err() {
                return;
            }
        }
    }

    /// A new link, which sends again what has no answer.
    fn begin(&mut self) -> (Driven, mpsc::Receiver<Told>) {
        let pass = self.pass.clone();
        let credential = if self.founder { Credential::Founder(pass) } else { Credential::Pass(pass) };
        let config = LinkConfig {
            room: self.room,
            credential,
            log_key: self.board.read(self.place, |history| history.log_key),
            incarnation: self.kept.incarnation,
            cursor: Some(self.kept.cursor),
            window: WINDOW,
            seed: self.kept.dice.number(),
        };
        let mut link = Link::new(Instant::now(), config);
        if self.founder {
            link.create(Vec::new(), None).expect("a new link takes it");
        }
        let flying: Vec<usize> = std::mem::take(&mut self.kept.flying).into_values().collect();
        for place in flying {
            let append = self.board.read(self.place, |history| append(&history.sent[place]));
            let request = link.append(append, None).expect("a new link takes what an old one took");
            self.kept.flying.insert(request, place);
        }
        let (tell, events) = mpsc::channel(EVENTS);
        let way = self.way.clone();
        let dial = move || {
            let way = way.clone();
            async move {
                let trust = Trust::Pin(way.pin);
                let transport = connect(&way.address, &trust).await?;
                let bound =
                    binding(&trust, &way.address, &transport).expect("a pinned relay is reached by TLS");
                Ok((transport, bound))
            }
        };
        (drive(link, dial, tell), events)
    }

    /// Like an engine: nothing new while there is doubt, and a few appends at a time.
    fn send(&mut self, driven: &Driven) {
        self.resolve();
        while self.kept.doubtful.is_empty()
            && self.kept.flying.len() < IN_FLIGHT
            && self.board.read(self.place, |history| history.live)
            && let Some(say) = self.kept.waiting.pop_front()
        {
            let mut ids = say.ids.clone();
            ids.resize_with(say.bodies.len(), || EnvelopeId::from_bytes(self.kept.dice.bytes()));
            let sent =
                Sent { ids, based_on: self.kept.cursor.newest_commit, at: Instant::now(), answer: None, say };
            let append = append(&sent);
            let request = driven.with(|link| link.append(append, None));
            let place = self.board.change(self.place, |history| {
                history.sent.push(sent);
                history.sent.len() - 1
            });
            match request {
                Ok(request) => drop(self.kept.flying.insert(request, place)),
                Err(error) => panic!("the link takes an append: {error}"),
            }
        }
        let open = self.kept.open();
        self.board.change(self.place, |history| history.open = open);
    }

    /// Gives up what was refused as stale only when the log was read through what displaced it, and it is not there.
    fn resolve(&mut self) {
        let seq = self.kept.cursor.seq;
        let (ready, doubtful) =
            std::mem::take(&mut self.kept.doubtful).into_iter().partition::<Vec<_>, _>(|(_, at)| *at <= seq);
        self.kept.doubtful = doubtful;
        for (place, _) in ready.into_iter().rev() {
            let sent = self.board.read(self.place, |history| history.sent[place].clone());
            if !sent.ids.iter().any(|id| self.kept.own.contains(id)) {
                self.kept.waiting.push_front(Say { ids: Vec::new(), ..sent.say });
            }
        }
    }

    /// A relay that was killed, or whose disk was full, may have lost what displaced an envelope, and then its log may
    /// never get that far: a head that is signed later is as good a place.
    fn cap_doubt(&mut self, head: Option<&SignedHead>) {
        if let Some(head) = head {
            self.kept.doubtful.iter_mut().for_each(|(_, at)| *at = head.seq.min(*at));
        }
    }

    fn event(&mut self, driven: &Driven, event: Event) -> Next {
        match event {
            Event::Welcome { welcome, log_key } => {
                self.cap_doubt(welcome.head.as_ref());
                self.kept.incarnation = welcome.head.map(|head| head.incarnation).or(self.kept.incarnation);
                self.board.change(self.place, |history| {
                    history.log_key = Some(log_key);
                    history.live = true;
                    history.logins += 1;
                    history.heads.extend(welcome.head);
                    if let Some((last, at)) = welcome.last
                        && !history.sent.is_empty()
                    {
                        let known = history.sent.iter().rev().any(|sent| sent.ids.contains(&last));
                        assert!(known, "the relay says that we appended {last} at {at}");
                    }
                });
            }
            Event::Created { head, .. } => {
                self.founder = false;
                self.kept.incarnation = Some(head.incarnation);
                self.board.change(self.place, |history| history.heads.push(head));
            }
            Event::Appended { request, appended } => {
                if let Some(place) = self.kept.flying.remove(&request) {
                    self.board.change(self.place, |history| {
                        history.acknowledged += 1;
                        history.sent[place].answer = Some(Ok(appended));
                    });
                }
            }
            Event::Refused { request, refusal } => {
                if let Some(place) = self.kept.flying.remove(&request) {
                    let stale = refusal.code == Code::Stale;
                    if stale {
                        self.kept.doubtful.push((place, refusal.seq));
                    }
                    self.board.change(self.place, |history| {
                        history.sent[place].answer = Some(Err(refusal.code));
                        history.refused.extend((!stale).then_some(refusal.code));
                    });
                }
            }
            Event::Envelope { envelope, cursor } => {
                driven.with(|link| link.consumed(credit_cost(&envelope)));
                self.kept.cursor = cursor;
                if envelope.header.pass == self.pass.public() {
                    self.kept.own.insert(envelope.header.envelope);
                }
                self.board.change(self.place, |history| {
                    history.log.push(envelope);
                    history.came.push(Instant::now());
                });
            }
            Event::Head(head) => {
                self.cap_doubt(Some(&head));
                self.board.change(self.place, |history| history.heads.push(head));
            }
            Event::Ticket { token, .. } => {
                self.board.change(self.place, |history| history.tickets.push(token));
            }
            Event::Lost { why, wait } => {
                self.board.change(self.place, |history| {
                    history.live = false;
                    history.lost.push(why);
                });
                // A test does not wait for minutes: somebody who is impatient starts the program again.
                if wait > IMPATIENT {
                    return Next::Restart;
                }
            }
            Event::Stopped(stop) => {
                self.board.change(self.place, |history| {
                    history.live = false;
                    history.stopped = Some(stop);
                });
                return Next::End;
            }
            _ => {}
        }
        Next::Go
    }
}

fn append(sent: &Sent) -> Append {
    let entries = sent.ids.iter().zip(&sent.say.bodies).enumerate().map(|(place, (id, body))| NewEnvelope {
        id: *id,
        kind: sent.say.kind(place),
        body: body.clone(),
        blob: None::<Digest>,
    });
    Append { based_on: sent.based_on, entries: entries.collect(), changes: sent.say.changes.clone() }
}

/// Appends of one member without an answer.
const IN_FLIGHT: usize = 8;

/// Credit of one member.
const WINDOW: u64 = 128 << 10;

/// Events that wait for a member.
const EVENTS: usize = 64;

/// A link that wants to wait for longer is given up for a new one.
const IMPATIENT: Duration = Duration::from_millis(300);
