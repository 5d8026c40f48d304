//! Relay end of one link: greet, check the login, bound what a client may send, deliver within its credit.
//! Spec: `docs/protocol.md`, "The link".
//!
//! Sans-IO: no socket, clock or randomness in here. The driver gives whole frames to [`Session::receive`] and writes
//! what [`Session::transmit`] gives; what only the room can answer comes out as an [`Ask`].

mod ask;
mod delivery;
mod terms;
mod upload;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use keyroom_types::{Digest, PassKey, Seq, limits};
use keyroom_wire::{
    Answer, Binding, Code, FilePurpose, Hello, Login, Refusal, Request, ToClient, ToRelay, VERSION, Welcome,
    Who,
};

pub use self::ask::{Ask, Asked, Blob};
use self::delivery::Delivery;
pub use self::terms::{Terms, UploadBudget};
use self::upload::Uploads;
use crate::sign::check_login;

/// Relay end of one link.
///
/// It holds no buffer while nothing is under way: an idle link is this struct and nothing else.
#[derive(Debug)]
pub struct Session {
    state: State,
    out: VecDeque<Bytes>,
    out_bytes: usize,
    heard: Instant,
    /// Number of the newest request.
    newest: u64,
    unanswered: usize,
    delivery: Option<Delivery>,
    uploads: Option<Box<Uploads>>,
    /// The last refusal or end, until it was counted.
    noted: Option<Code>,
}

#[derive(Debug)]
enum State {
    /// The greeting is out; the login is due.
    Greeted { challenge: Box<[u8; 32]>, since: Instant },
    /// The room is asked whether it knows who logs in.
    Asked,
    /// Logged in.
    Ready(Who),
    /// The goodbye is queued: nothing is read any more.
    Over,
}

impl Session {
    /// A link that has just opened; `challenge` is 32 fresh random bytes.
    pub fn new(now: Instant, terms: &Terms, challenge: [u8; 32]) -> Self {
        let mut session = Self {
            state: State::Greeted { challenge: Box::new(challenge), since: now },
            out: VecDeque::new(),
            out_bytes: 0,
            heard: now,
            newest: 0,
            unanswered: 0,
            delivery: None,
            uploads: None,
            noted: None,
        };
        session.say(Answer::Hello(Hello {
            min_version: VERSION,
            max_version: VERSION,
            challenge,
            log_key: terms.log_key,
        }));
        session
    }

    /// Longest frame that is taken now, in bytes: to be checked before one is allocated.
    pub fn frame_limit(&self) -> usize {
        match self.state {
            State::Ready(_) => limits::FRAME_BYTES,
            _ => limits::LOGIN_FRAME_BYTES,
        }
    }

    /// Takes one whole frame. What it asks of the room comes back; all else is seen to here.
    pub fn receive(&mut self, now: Instant, terms: &Terms, frame: Bytes) -> Option<Asked> {
        if matches!(self.state, State::Over) {
            return None;
        }
        self.heard = now;
        if frame.len() > self.frame_limit() {
            self.end(Code::Malformed, 0);
            return None;
        }
        let Ok(ToRelay { request, body }) = ToRelay::decode(frame) else {
            self.end(Code::Malformed, 0);
            return None;
        };
        let numbered = !matches!(body, Request::Credit(_) | Request::Ephemeral(_) | Request::Ping(_));
        if numbered {
            if request != self.newest.saturating_add(1) {
                self.end(Code::Malformed, 0);
                return None;
            }
            self.newest = request;
            self.unanswered += 1;
            if self.unanswered > limits::LINK_REQUESTS {
                self.refuse(request, Refusal::later(Code::Requests, RETRY_MS));
                return None;
            }
        } else if request != 0 {
            self.end(Code::Malformed, 0);
            return None;
        }
        let ask = match (&self.state, body) {
            (State::Greeted { challenge, .. }, Request::Login(login)) => {
                let challenge = **challenge;
                return self.login(terms, request, &challenge, &login);
            }
            (State::Ready(_), body) => self.ready(now, terms, request, body)?,
            _ => {
                self.end(Code::OutOfTurn, 0);
                return None;
            }
        };
        Some(Asked { request, ask })
    }

    fn login(&mut self, terms: &Terms, request: u64, challenge: &[u8; 32], login: &Login) -> Option<Asked> {
        if login.version != VERSION {
            self.end(Code::Version, 0);
            return None;
        }
        let ours = match &login.binding {
            Binding::SeenKey(pin) => terms.pins.contains(pin),
            Binding::DialledName(name) => terms.names.iter().any(|ours| ours == name),
        };
        if !ours {
            self.end(Code::Binding, 0);
            return None;
        }
        if check_login(challenge, login).is_err() {
            self.end(Code::Signature, 0);
            return None;
        }
        self.state = State::Asked;
        Some(Asked { request, ask: Ask::Login { room: login.room, who: login.who } })
    }

    /// A request of a link that is logged in.
    fn ready(&mut self, now: Instant, terms: &Terms, request: u64, body: Request) -> Option<Ask> {
        match body {
            Request::Login(_) => {
                self.end(Code::OutOfTurn, 0);
                None
            }
            Request::Ping(number) => {
                self.say(Answer::Pong(number));
                None
            }
            Request::Credit(total) => {
                match &mut self.delivery {
                    Some(delivery) => delivery.grant(total),
                    None => self.end(Code::OutOfTurn, 0),
                }
                None
            }
            Request::Ephemeral(bytes) => Some(Ask::Ephemeral(bytes)),
            Request::PutBlob { blob, size, offset, part } => {
                match Uploads::part(&mut self.uploads, now, &terms.uploads, blob, size, offset, &part) {
                    Ok(so_far) => self.answer(request, Answer::BlobProgress(so_far)),
                    Err(refusal) => self.refuse(request, refusal),
                }
                None
            }
            Request::Create(create) => {
                let blob = self.named(request, create.blob)?;
                Some(Ask::Create { doors: create.doors, blob })
            }
            Request::Append(append) => {
                let name = append.entries.iter().find_map(|entry| entry.blob);
                let blob = self.named(request, name)?;
                let mut names: Vec<Digest> = append.welcomes().collect();
                names.sort_unstable();
                names.dedup();
                let mut welcomes = Vec::with_capacity(names.len().min(limits::LINK_BLOBS));
                for name in names {
                    welcomes.extend(self.named(request, Some(name))?);
                }
                Some(Ask::Append { append, blob, welcomes })
            }
            Request::Republish { based_on, blob } => {
                let blob = self.named(request, Some(blob))??;
                Some(Ask::Republish { based_on, blob })
            }
            Request::Subscribe { after, credit } => {
                if self.delivery.is_some() {
                    self.end(Code::OutOfTurn, 0);
                    return None;
                }
                Some(Ask::Subscribe { after, credit })
            }
            Request::Fetch { after, through } => Some(Ask::Fetch { after, through }),
            Request::GetBlob { blob, offset } => Some(Ask::GetBlob { blob, offset }),
            Request::ListBlobs => Some(Ask::ListBlobs),
            Request::TakeTurn => Some(Ask::TakeTurn),
            Request::Knock(bytes) => Some(Ask::Knock(bytes)),
            Request::ListKnocks { after } => Some(Ask::ListKnocks { after }),
            Request::DropKnock(pass) => Some(Ask::DropKnock(pass)),
            Request::FileTicket { file, purpose, size } => {
                let size = if purpose == FilePurpose::Put { size } else { 0 };
                Some(Ask::FileTicket { file, purpose, size })
            }
        }
    }

    /// The uploaded blob of that name; `None` where it is missing, which is then refused.
    #[allow(
        clippy::option_option,
        reason = "no blob was named, and the named blob is not there, are two things"
    )]
    fn named(&mut self, request: u64, name: Option<Digest>) -> Option<Option<Blob>> {
        let Some(name) = name else { return Some(None) };
        let found = self.uploads.as_ref().and_then(|uploads| uploads.finished(&name));
        if found.is_none() {
            self.refuse(request, Refusal::new(Code::NoBlob));
        }
        found.map(Some)
    }

    /// The room knows who logged in.
    pub fn welcome(&mut self, request: u64, who: Who, welcome: Welcome) {
        if matches!(self.state, State::Asked) {
            self.state = State::Ready(who);
            self.answer(request, Answer::Welcome(Box::new(welcome)));
        }
    }

    /// The newcomer's join, or the answer to its knock, is in the log: the link goes on as its pass.
    pub fn promote(&mut self, pass: PassKey) {
        if let State::Ready(who) = &mut self.state {
            *who = Who::Pass(pass);
        }
    }

    /// Who is logged in.
    pub fn who(&self) -> Option<Who> {
        match self.state {
            State::Ready(who) => Some(who),
            _ => None,
        }
    }

    /// The append or offer that named these uploaded blobs was taken: they are the room's now.
    pub fn release_blobs(&mut self, names: &[Digest]) {
        if let Some(uploads) = &mut self.uploads {
            uploads.release(names);
        }
        self.uploads.take_if(|uploads| uploads.is_empty());
    }

    /// Begins the subscription that was asked for.
    pub fn subscribe(&mut self, request: u64, after: Seq, credit: u64, head: Seq) {
        self.delivery = Some(Delivery::new(after, credit));
        self.answer(request, Answer::Subscribed(head));
    }

    /// Answers a request.
    pub fn answer(&mut self, request: u64, answer: Answer) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.queue(ToClient { request, body: answer }.encode());
    }

    /// The request is answered by what [`Session::add`] says of it.
    pub fn settle(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
    }

    /// Says one thing more about a request that was answered, such as a newcomer's place in the queue.
    pub fn add(&mut self, request: u64, answer: Answer) {
        self.queue(ToClient { request, body: answer }.encode());
    }

    /// Refuses a request. A refused login ends the link.
    pub fn refuse(&mut self, request: u64, refusal: Refusal) {
        self.noted = Some(refusal.code);
        if matches!(self.state, State::Asked) {
            self.end(refusal.code, refusal.retry_ms);
        } else {
            self.answer(request, Answer::Refused(refusal));
        }
    }

    /// Says something that nobody asked for.
    pub fn say(&mut self, answer: Answer) {
        self.queue(ToClient { request: 0, body: answer }.encode());
    }

    /// Says something that may be lost, unless so much waits already that it had better be.
    pub fn hint(&mut self, frame: &Bytes) {
        if self.out_bytes < HINT_BYTES && matches!(self.state, State::Ready(_)) {
            self.queue(frame.clone());
        }
    }

    /// Says something that nobody asked for and that was encoded before.
    pub fn tell(&mut self, frame: &Bytes) {
        self.queue(frame.clone());
    }

    /// Ends the link with a reason, after what is queued.
    pub fn end(&mut self, code: Code, retry_ms: u32) {
        if !matches!(self.state, State::Over) {
            self.noted = Some(code);
            self.say(Answer::Goodbye { code, retry_ms });
            self.state = State::Over;
            self.uploads = None;
            self.delivery = None;
        }
    }

    /// Whether so little waits to be written that more may be said that nobody asked for.
    pub fn has_room(&self) -> bool {
        self.out_bytes < DELIVERY_BYTES && matches!(self.state, State::Ready(_))
    }

    /// The place that a delivery must follow, if there is credit for one and little waits to be written.
    pub fn wants(&self) -> Option<Seq> {
        let delivery = self.delivery.as_ref()?;
        (delivery.has_credit() && self.out_bytes < DELIVERY_BYTES).then_some(delivery.cursor())
    }

    /// The last place that was delivered, where there is a subscription.
    pub fn cursor(&self) -> Option<Seq> {
        self.delivery.as_ref().map(Delivery::cursor)
    }

    /// Delivers the encoded envelope at `seq`, whose body has so many bytes. Returns whether it was wanted: the next
    /// one, within the credit.
    pub fn deliver(&mut self, seq: Seq, body_bytes: usize, frame: &Bytes) -> bool {
        if self.wants().map(Seq::next) != Some(seq) {
            return false;
        }
        if let Some(delivery) = &mut self.delivery {
            delivery.spend(body_bytes);
        }
        self.queue(frame.clone());
        true
    }

    fn queue(&mut self, frame: Bytes) {
        if !matches!(self.state, State::Over) {
            self.out_bytes += frame.len();
            self.out.push_back(frame);
        }
    }

    /// Frames to write now, oldest first: about `budget` bytes at most, but one at least where there is one.
    pub fn transmit(&mut self, mut budget: usize, out: &mut Vec<Bytes>) {
        while budget > 0
            && let Some(frame) = self.out.pop_front()
        {
            budget = budget.saturating_sub(frame.len());
            self.out_bytes -= frame.len();
            out.push(frame);
        }
        if self.out.is_empty() && self.out.capacity() > KEPT_FRAMES {
            self.out = VecDeque::new();
        }
    }

    /// Why something was last refused or the link ended, once: for counting.
    pub fn take_noted(&mut self) -> Option<Code> {
        self.noted.take()
    }

    /// Bytes that wait to be written.
    pub fn backlog(&self) -> usize {
        self.out_bytes
    }

    /// When [`Session::handle_timeout`] is due; ask again after every other call.
    pub fn timeout(&self, terms: &Terms) -> Option<Instant> {
        let own = match self.state {
            State::Greeted { since, .. } => since + terms.login_within,
            State::Over => return None,
            _ => self.heard + terms.silence,
        };
        Some(self.uploads.as_ref().map_or(own, |uploads| own.min(uploads.expires())))
    }

    /// Ends a link that is late or silent, and lets go of blobs that nobody used.
    pub fn handle_timeout(&mut self, now: Instant, terms: &Terms) {
        self.uploads.take_if(|uploads| uploads.expires() <= now);
        let late = match self.state {
            State::Greeted { since, .. } => since + terms.login_within <= now,
            State::Over => false,
            _ => self.heard + terms.silence <= now,
        };
        if late {
            self.end(Code::Silent, 0);
        }
    }

    /// Whether the link is to be closed once all that is queued was written.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }
}

/// When to try again what was refused because too much waits, in milliseconds.
const RETRY_MS: u32 = 1_000;

/// So much may wait to be written before deliveries stop, in bytes.
const DELIVERY_BYTES: usize = 64 << 10;

/// So much may wait to be written before hints are dropped, in bytes.
const HINT_BYTES: usize = 32 << 10;

/// Places for frames that an idle link keeps.
const KEPT_FRAMES: usize = 4;
