//! From the connection to the welcome.

use std::time::{Duration, Instant};

use keyroom_types::LogKey;
use keyroom_wire::{Answer, Answered, Binding, Code, Hello, Request, ToClient, ToRelay, VERSION, Welcome};

use super::fault::name;
use super::{Event, Link, Live, Lost, RelayFault, State, Stop, Trouble};
use crate::sign_login;

/// A connection without a login.
pub(super) struct Greeting {
    until: Instant,
    binding: Binding,
    login: Option<ToRelay>,
    /// The log key that the relay's hello offered.
    offered: Option<LogKey>,
}

impl Greeting {
    pub(super) const fn new(until: Instant, binding: Binding) -> Self {
        Self { until, binding, login: None, offered: None }
    }

    /// When it has taken too long.
    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    pub(super) const fn poll_login(&mut self) -> Option<ToRelay> {
        self.login.take()
    }
}

impl Link {
    /// A message before the welcome.
    pub(super) fn greeted(&mut self, now: Instant, message: ToClient) -> Result<(), Trouble> {
        let State::Greeting(greeting) = &self.state else { return Ok(()) };
        match (message.body, greeting.offered) {
            (Answer::Hello(hello), None) => self.hello(&hello),
            (Answer::Welcome(welcome), Some(offered)) if message.request == LOGIN => {
                self.welcome(now, welcome, offered)
            }
            (Answer::Refused(refusal), Some(_)) if message.request == LOGIN => {
                self.turned_away(now, refusal.code, refusal.retry_ms)
            }
            (Answer::Goodbye { code, retry_ms }, _) => self.turned_away(now, code, retry_ms),
            (body, None) => Err(RelayFault::OutOfTurn { got: name(&body), state: "awaiting a hello" }.into()),
            (body, Some(_)) => {
                Err(RelayFault::OutOfTurn { got: name(&body), state: "awaiting a welcome" }.into())
            }
        }
    }

    fn hello(&mut self, hello: &Hello) -> Result<(), Trouble> {
        if !(hello.min_version..=hello.max_version).contains(&VERSION) {
            let theirs = (hello.min_version, hello.max_version);
            return Err(Stop::NoCommonVersion { ours: (VERSION, VERSION), theirs }.into());
        }
        if self.reader.log_key().is_some_and(|pinned| pinned != hello.log_key) {
            return Err(Stop::LogKey.into());
        }
        let request = self.requests.number();
        let State::Greeting(greeting) = &mut self.state else { return Ok(()) };
        let binding = greeting.binding.clone();
        let login = sign_login(&hello.challenge, VERSION, self.reader.room(), &self.entry.login(), binding);
        greeting.login = Some(ToRelay { request, body: Request::Login(Box::new(login)) });
        greeting.offered = Some(hello.log_key);
        Ok(())
    }

    fn welcome(&mut self, now: Instant, welcome: Box<Welcome>, offered: LogKey) -> Result<(), Trouble> {
        let head_seq = welcome.head.map(|head| head.seq);
        let head = match &welcome.head {
            Some(head) => {
                let last = welcome.last.is_some_and(|(_, seq)| seq > head.seq);
                if last || welcome.newest_commit > head.seq {
                    return Err(RelayFault::Welcome.into());
                }
                self.reader.login_head(head, offered)?.then_some(*head)
            }
            None if self.entry.is_founder() && self.reader.cursor().is_none_or(|c| c.seq.get() == 0) => None,
            // Only a room that is not made yet has no head.
            None => return Err(RelayFault::Welcome.into()),
        };
        let answered = welcome.answered;
        if answered.is_some_and(|answered| head_seq.is_none_or(|seq| answered.cursor.seq > seq)) {
            return Err(RelayFault::Welcome.into());
        }
        if self.entry.asks_as_member() && answered.is_none() && self.entry.is_unanswered() {
            // The answer to its knock is not on the relay's disk yet.
            self.lose(now, Lost::Disconnected, Duration::ZERO);
            return Ok(());
        }
        if self.entry.asks_as_member() {
            self.entered();
        }
        if self.entry.is_door() && self.entry.has_knocked() && answered.is_some() {
            // It was let in between the two logins: again as its pass, to which the relay gives the welcome.
            self.entered();
            self.wait(now, Lost::Disconnected, Duration::ZERO);
            return Ok(());
        }
        self.entry.at_the_door();
        let declined = self.entry.is_door()
            && self.entry.has_knocked()
            && !welcome.knocked
            && !self.requests.has_knock();
        let silence = Duration::from_millis(welcome.silence_ms.into());
        let made = welcome.head.is_some();
        self.state = State::Live(Box::new(Live::new(now, silence, offered, made)));
        self.back_off.live(now);
        self.events.push_back(Event::Welcome { welcome, log_key: offered });
        self.events.extend(head.map(Event::Head));
        if declined {
            self.entry.declined();
            self.events.push_back(Event::Declined);
        }
        if let (Some(answered), None) = (answered, self.reader.cursor()) {
            self.events.push_back(answered_event(&answered));
        }
        Ok(())
    }

    /// The newcomer is in, and waits for nothing at the door any more.
    pub(super) fn entered(&mut self) {
        self.entry.joined();
        self.requests.remove_turn();
        self.requests.remove_unsent_knocks();
    }

    /// The relay does not let us in, or ends the link.
    pub(super) fn turned_away(&mut self, now: Instant, code: Code, retry_ms: u32) -> Result<(), Trouble> {
        let greeting = matches!(self.state, State::Greeting(_));
        match code {
            // The join is not in the log, nor was the knock answered: through the door again, at once.
            Code::NoPass if greeting && self.entry.asks_as_member() => {
                self.entry.not_a_member();
                self.wait(now, Lost::Relay(code), Duration::ZERO);
                Ok(())
            }
            // The door closed while the join was on its way or the knock waited: its pass tells whether it is in.
            Code::NoDoor | Code::DoorExpired | Code::DoorUsedUp if self.entry.asks_as_member() => {
                Err(Trouble::Lost(Lost::Relay(code), Duration::ZERO))
            }
            Code::NoRoom => Err(Stop::RoomEnded.into()),
            Code::Replaced => Err(Stop::Replaced.into()),
            Code::Version
            | Code::Signature
            | Code::Binding
            | Code::NoPass
            | Code::NoDoor
            | Code::DoorExpired
            | Code::DoorUsedUp
            | Code::RoomExists
            | Code::Closed
            | Code::Rooms => Err(Stop::Refused(code).into()),
            _ => Err(Trouble::Lost(Lost::Relay(code), Duration::from_millis(retry_ms.into()))),
        }
    }
}

/// What the application is told of an answered knock.
pub(super) const fn answered_event(answered: &Answered) -> Event {
    Event::Answered { cursor: answered.cursor, welcome: answered.welcome }
}

/// The login is the first request of every connection.
const LOGIN: u64 = 1;
