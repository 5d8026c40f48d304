//! One room's part of the history, and the events that its changes make.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use crate::command::RoomId;
use crate::event::RoomEvent;
use crate::history::{Body, History, Message, MessageState, Notice, PeerId, Person, Position};

/// Writes to one room's history and queues the event for each change.
///
/// A store that fails loses the line, not the room: what cannot be written is not shown.
pub(super) struct Timeline {
    room: RoomId,
    history: Arc<dyn History>,
    events: VecDeque<RoomEvent>,
}

impl Timeline {
    pub(super) fn new(room: RoomId, history: Arc<dyn History>) -> Self {
        Self { room, history, events: VecDeque::new() }
    }

    /// Queues an event that is no change of the history.
    pub(super) fn tell(&mut self, event: RoomEvent) {
        self.events.push_back(event);
    }

    /// Next event, oldest first.
    pub(super) fn poll_event(&mut self) -> Option<RoomEvent> {
        self.events.pop_front()
    }

    pub(super) fn notice(&mut self, at: SystemTime, notice: Notice) -> Option<Position> {
        self.append(at, Body::Notice(notice))
    }

    /// Adds a message, with its bytes as they go over the network.
    pub(super) fn message(&mut self, at: SystemTime, message: Message, wire: &[u8]) -> Option<Position> {
        let position = self.append(at, Body::Message(message))?;
        self.history.keep_wire(self.room, position, at, wire);
        Some(position)
    }

    /// Changes a notice where it stands.
    pub(super) fn replace_notice(&mut self, position: Position, notice: Notice) {
        if self.history.replace(self.room, position, Body::Notice(notice)).is_ok() {
            self.events.push_back(RoomEvent::Changed { position });
        }
    }

    /// The message at a place, where there is one.
    pub(super) fn message_at(&self, position: Position) -> Option<Message> {
        let page = self.history.page(self.room, position, 1).ok()?;
        match page.into_iter().next()?.body {
            Body::Message(message) => Some(message),
            Body::Notice(_) => None,
        }
    }

    /// Says how far an own message came.
    pub(super) fn set_state(&mut self, position: Position, state: MessageState) {
        let Some(message) = self.message_at(position).filter(|message| message.state != state) else {
            return;
        };
        if self.history.replace(self.room, position, Body::Message(Message { state, ..message })).is_ok() {
            self.events.push_back(RoomEvent::Changed { position });
        }
    }

    pub(super) fn set_person(&mut self, person: Person) {
        if self.history.set_person(self.room, person.clone()).is_ok() {
            self.events.push_back(RoomEvent::Person(person));
        }
    }

    pub(super) fn person(&self, peer: PeerId) -> Option<Person> {
        self.history.person(self.room, peer).ok().flatten()
    }

    pub(super) fn people(&self) -> Vec<Person> {
        self.history.people(self.room).unwrap_or_default()
    }

    /// Appends; a run of appended entries that nobody has polled yet stays one event.
    fn append(&mut self, at: SystemTime, body: Body) -> Option<Position> {
        let position = self.history.append(self.room, at, body).ok()?;
        match self.events.back_mut() {
            Some(RoomEvent::Appended { last, .. }) if last.0 + 1 == position.0 => *last = position,
            _ => self.events.push_back(RoomEvent::Appended { first: position, last: position }),
        }
        Some(position)
    }
}
