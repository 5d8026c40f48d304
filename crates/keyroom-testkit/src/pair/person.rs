//! Somebody at the end of a simulated wire: a mind and its link.

use std::collections::HashSet;
use std::time::Instant;

use bytes::Bytes;
use keyroom_link::{ConnectionId, Cursor, Link};
use keyroom_relay::Now;
use keyroom_types::PassKey;

use super::mind::Mind;
use super::{Dice, ROOM};

/// Somebody with a link to the room.
pub struct Person {
    pub(super) number: usize,
    pub(super) link: Link,
    mind: Mind,
    newest: Option<ConnectionId>,
    hang_ups: HashSet<ConnectionId>,
}

impl Person {
    pub(super) fn founder(number: usize, now: Now, seed: u64) -> Self {
        Self::new(number, Mind::founder(ROOM, number, now.mono, seed))
    }

    pub(super) fn newcomer(number: usize, now: Now, seed: u64) -> Self {
        Self::new(number, Mind::newcomer(ROOM, number, now.mono, seed))
    }

    fn new(number: usize, (mind, link): (Mind, Link)) -> Self {
        Self { number, link, mind, newest: None, hang_ups: HashSet::new() }
    }

    /// What it wants and knows.
    pub fn mind(&self) -> &Mind {
        &self.mind
    }

    /// What it wants and knows, to be told more.
    pub fn tell(&mut self) -> &mut Mind {
        &mut self.mind
    }

    /// Its pass.
    pub fn pass(&self) -> PassKey {
        self.mind.pass()
    }

    /// Where it stands in the log.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.link.cursor()
    }

    /// What it is doing, for a test that fails.
    pub fn state(&self) -> String {
        self.mind.state(&self.link)
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
        let mut moved = false;
        while let Some(event) = self.link.poll_event() {
            moved = true;
            self.mind.event(now.mono, &mut self.link, event);
        }
        self.mind.act(now.mono, &mut self.link, dice) || moved
    }
}
