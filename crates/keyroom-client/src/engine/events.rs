//! Events that wait until they are asked for: for bots, scripts and tests.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::command::RoomId;
use crate::event::{Event, RoomEvent};
use crate::history::{Body, Entry, History, Message, MessageState};

/// The engine's events in order. As an iterator it ends when the engine has ended.
pub struct Events {
    events: Receiver<Event>,
    history: Arc<dyn History>,
    messages: VecDeque<(RoomId, Message)>,
}

impl Events {
    pub(super) fn new(events: Receiver<Event>, history: Arc<dyn History>) -> Self {
        Self { events, history, messages: VecDeque::new() }
    }

    /// The next event, where one comes in time.
    pub fn next_within(&mut self, patience: Duration) -> Option<Event> {
        self.events.recv_timeout(patience).ok()
    }

    /// Takes events until `pick` answers one, and gives its answer. `None` after `patience`, or when the engine
    /// has ended.
    pub fn wait_for<T>(
        &mut self,
        patience: Duration,
        mut pick: impl FnMut(&Event) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => {
                    if let Some(answer) = pick(&event) {
                        return Some(answer);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Waits for the next thing that somebody else says in any room; other events are dropped. `None` when the
    /// engine has ended.
    pub fn next_message(&mut self) -> Option<(RoomId, Message)> {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return Some(message);
            }
            let event = self.events.recv().ok()?;
            self.take_messages(&event);
        }
    }

    fn take_messages(&mut self, event: &Event) {
        let Event::Room { room, event: RoomEvent::Appended { first, last } } = event else { return };
        let count = usize::try_from(last.0 - first.0).unwrap_or(usize::MAX).saturating_add(1);
        let entries = self.history.page(*room, *first, count).unwrap_or_default();
        let received = entries.into_iter().filter_map(|Entry { body, .. }| match body {
            Body::Message(message) if message.state == MessageState::Received => Some((*room, message)),
            _ => None,
        });
        self.messages.extend(received);
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.events.recv().ok()
    }
}
