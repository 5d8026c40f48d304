//! A link that is logged in: what it says next, and what the relay's answers mean.

mod answers;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use keyroom_types::{LogKey, Seq};
use keyroom_wire::{Answer, Code, Envelope, Request, ToClient, ToRelay};

use super::fault::name;
use super::flow::Flow;
use super::login::answered_event;
use super::reader::Reader;
use super::requests::Requests;
use super::{Event, Link, Lost, RelayFault, State, Stop, Trouble};
use crate::credit_cost;

/// What belongs to one connection after its welcome.
pub(super) struct Live {
    /// The log key of this connection's hello; the pinned one, if there is one.
    offered: LogKey,
    /// The room is there: always, but for a founder who has to make it.
    made: bool,
    subscription: Subscription,
    silence: Duration,
    last_received: Instant,
    last_sent: Instant,
    last_ping: Instant,
    /// Pings so far; their numbers are 1 to this.
    pings: u64,
    ping_due: bool,
}

enum Subscription {
    None,
    /// With this number.
    Asked(u64),
    Stands,
}

impl Live {
    pub(super) fn new(now: Instant, silence: Duration, offered: LogKey, made: bool) -> Self {
        Self {
            offered,
            made,
            subscription: Subscription::None,
            // A relay can neither make us ping without end nor forget that it is gone.
            silence: silence.clamp(SHORTEST_SILENCE, LONGEST_SILENCE),
            last_received: now,
            last_sent: now,
            last_ping: now,
            pings: 0,
            ping_due: false,
        }
    }

    #[cfg(test)]
    pub(super) const fn pings(&self) -> u64 {
        self.pings
    }

    /// When nothing was heard for too long.
    pub(super) fn dead_at(&self) -> Instant {
        self.last_received + self.silence
    }

    /// When one side was silent for a third of what may be, and no ping was sent for as long.
    pub(super) fn ping_at(&self) -> Instant {
        self.last_ping.max(self.last_sent.min(self.last_received)) + self.silence / 3
    }

    pub(super) fn ping_if_due(&mut self, now: Instant) {
        if now >= self.ping_at() {
            self.last_ping = now;
            self.ping_due = true;
        }
    }

    pub(super) fn next_message(
        &mut self,
        now: Instant,
        reader: &Reader,
        requests: &mut Requests,
        flow: &mut Flow,
        ephemeral: &mut VecDeque<Bytes>,
    ) -> Option<ToRelay> {
        let message = self.message(reader, requests, flow, ephemeral)?;
        self.last_sent = now;
        Some(message)
    }

    fn message(
        &mut self,
        reader: &Reader,
        requests: &mut Requests,
        flow: &mut Flow,
        ephemeral: &mut VecDeque<Bytes>,
    ) -> Option<ToRelay> {
        let unanswered = |body| Some(ToRelay { request: 0, body });
        if std::mem::take(&mut self.ping_due) {
            self.pings += 1;
            return unanswered(Request::Ping(self.pings));
        }
        match (&self.subscription, reader.cursor()) {
            (Subscription::None, Some(cursor)) if self.made => {
                let request = requests.number();
                self.subscription = Subscription::Asked(request);
                let body = Request::Subscribe { after: cursor.seq, credit: flow.begin() };
                return Some(ToRelay { request, body });
            }
            (Subscription::Stands, _) => {
                if let Some(total) = flow.poll() {
                    return unanswered(Request::Credit(total));
                }
            }
            _ => {}
        }
        if let Some(bytes) = ephemeral.pop_front() {
            return unanswered(Request::Ephemeral(bytes));
        }
        let others = usize::from(matches!(self.subscription, Subscription::Asked(_)));
        requests.next(self.made, others)
    }
}

impl Link {
    /// A message of a relay that let us in.
    pub(super) fn answered(&mut self, now: Instant, message: ToClient) -> Result<(), Trouble> {
        let State::Live(live) = &mut self.state else { return Ok(()) };
        live.last_received = now;
        let offered = live.offered;
        match message.body {
            Answer::Deliver(envelope) => self.delivered(envelope),
            Answer::Head(head) => {
                if self.reader.head(&head, offered)? {
                    self.events.push_back(Event::Head(head));
                }
                Ok(())
            }
            Answer::Ephemeral(bytes) => {
                self.events.push_back(Event::Ephemeral(bytes));
                Ok(())
            }
            Answer::Knocked(knocked) if self.entry.is_pass() => {
                self.events.push_back(Event::Knocked(knocked));
                Ok(())
            }
            Answer::Answered(answered) if self.entry.is_door() && self.entry.has_knocked() => {
                self.entered();
                self.events.push_back(answered_event(&answered));
                Ok(())
            }
            Answer::Declined if self.entry.is_door() && self.entry.has_knocked() => {
                // A newer knock may be on its way.
                if !self.requests.has_knock() {
                    self.entry.declined();
                }
                self.events.push_back(Event::Declined);
                Ok(())
            }
            Answer::Pong(number) if (1..=live.pings).contains(&number) => Ok(()),
            Answer::Goodbye { code, retry_ms } => self.turned_away(now, code, retry_ms),
            body @ (Answer::Hello(_)
            | Answer::Welcome(_)
            | Answer::Pong(_)
            | Answer::Knocked(_)
            | Answer::Answered(_)
            | Answer::Declined) => Err(RelayFault::OutOfTurn { got: name(&body), state: "live" }.into()),
            body => match live.subscription {
                Subscription::Asked(number) if number == message.request => self.subscribed(body, number),
                _ => self.answer(message.request, body, offered),
            },
        }
    }

    fn delivered(&mut self, envelope: Envelope) -> Result<(), Trouble> {
        let State::Live(live) = &self.state else { return Ok(()) };
        if !matches!(live.subscription, Subscription::Stands) {
            return Err(RelayFault::OutOfTurn { got: "deliver", state: "not subscribed" }.into());
        }
        let cost = credit_cost(&envelope);
        self.flow.spend(cost)?;
        let taken = self.reader.deliver(&envelope);
        if !matches!(taken, Ok(Some(_))) {
            // The application never gets it, and cannot say that it took it.
            self.flow.consumed(cost);
        }
        if let Some((cursor, head)) = taken? {
            self.events.push_back(Event::Envelope { envelope, cursor });
            self.events.extend(head.map(Event::Head));
        }
        Ok(())
    }

    fn subscribed(&mut self, body: Answer, request: u64) -> Result<(), Trouble> {
        let State::Live(live) = &mut self.state else { return Ok(()) };
        let ours = self.reader.cursor().map_or(Seq::ZERO, |cursor| cursor.seq);
        match body {
            Answer::Subscribed(head) if head < ours => Err(Stop::RolledBack { ours, theirs: head }.into()),
            Answer::Subscribed(head) => {
                live.subscription = Subscription::Stands;
                self.events.push_back(Event::Subscribed { head });
                Ok(())
            }
            Answer::Refused(refusal) if refusal.code == Code::CursorAhead => {
                Err(Stop::RolledBack { ours, theirs: refusal.seq }.into())
            }
            // A door may read back to the commit before the newest, and no further.
            Answer::Refused(refusal) if refusal.code == Code::Role && self.entry.is_door() => {
                live.subscription = Subscription::None;
                self.reader.begin_again();
                self.events.push_back(Event::BeginAgain);
                Ok(())
            }
            Answer::Refused(refusal) => {
                let hint = Duration::from_millis(refusal.retry_ms.into());
                Err(Trouble::Lost(Lost::Relay(refusal.code), hint))
            }
            body => Err(RelayFault::Unasked { got: name(&body), request }.into()),
        }
    }
}

const SHORTEST_SILENCE: Duration = Duration::from_secs(3);
const LONGEST_SILENCE: Duration = Duration::from_secs(600);
