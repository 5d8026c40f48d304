//! Somebody at the end of a simulated wire: a mind and its link.

use std::collections::HashSet;
use std::time::Instant;

use bytes::Bytes;
use keyroom_link::{ConnectionId, Cursor, Event, Link};
use keyroom_relay::Now;

use super::{Dice, Mind};

/// What somebody with a link wants and knows.
pub trait Who {
    /// Takes what the link said, in order.
    fn take(&mut self, now: Now, link: &mut Link, told: Vec<Event>);

    /// Does what can be done now. Returns whether that was anything.
    fn act(&mut self, now: Now, link: &mut Link, dice: &mut Dice) -> bool;

    /// When it wants to act again, whatever happens.
    fn next_event(&self) -> Option<Instant>;
}

/// Somebody with a link to the room.
pub struct Person<W = Mind> {
    pub(super) number: usize,
    pub(super) link: Link,
    pub(super) mind: W,
    newest: Option<ConnectionId>,
    hang_ups: HashSet<ConnectionId>,
}

impl Person<Mind> {
    /// Its pass.
    pub fn pass(&self) -> keyroom_types::PassKey {
        self.mind.pass()
    }

    /// What it is doing, for a test that fails.
    pub fn state(&self) -> String {
        self.mind.state(&self.link)
    }
}

impl<W: Who> Person<W> {
    pub(super) fn new(number: usize, mind: W, link: Link) -> Self {
        Self { number, link, mind, newest: None, hang_ups: HashSet::new() }
    }

    /// Goes on with another link.
    pub(super) fn begin_again(&mut self, link: Link) {
        self.link = link;
        self.newest = None;
        self.hang_ups.clear();
    }

    /// What it wants and knows.
    pub fn mind(&self) -> &W {
        &self.mind
    }

    /// What it wants and knows, to be told more.
    pub fn tell(&mut self) -> &mut W {
        &mut self.mind
    }

    /// What it wants and knows, and its link.
    pub fn both(&mut self) -> (&mut W, &mut Link) {
        (&mut self.mind, &mut self.link)
    }

    /// Its link.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Where it stands in the log.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.link.cursor()
    }

    pub(super) fn dialled(&mut self, connection: ConnectionId) {
        self.newest = Some(connection);
    }

    pub(super) fn poll_transmit_on(&mut self, connection: ConnectionId, now: Instant) -> Option<Bytes> {
        if self.newest == Some(connection) { self.link.poll_transmit(now) } else { None }
    }

    pub(super) fn poll_disconnect_of(&mut self, connection: ConnectionId) -> bool {
        while let Some(other) = self.link.poll_disconnect() {
            self.hang_ups.insert(other);
        }
        self.hang_ups.remove(&connection)
    }

    pub(super) fn next_event(&self) -> Option<Instant> {
        self.link.poll_timeout().into_iter().chain(self.mind.next_event()).min()
    }

    /// Does what can be done now. Returns whether that was anything.
    pub(super) fn act(&mut self, now: Now, dice: &mut Dice) -> bool {
        self.link.handle_timeout(now.mono);
        let told: Vec<Event> = std::iter::from_fn(|| self.link.poll_event()).collect();
        let moved = !told.is_empty();
        if moved {
            self.mind.take(now, &mut self.link, told);
        }
        self.mind.act(now, &mut self.link, dice) || moved
    }
}
