//! What the engine says.

use std::time::SystemTime;

use keyroom_client::{
    Body, CloseReason, Connection, Event, MessageState, Notice, Person, Position, RoomEvent, RoomId, Sender,
};
use keyroom_types::Label;

use super::{App, Place};
use crate::effect::{Effect, ScrollTo};
use crate::room::{Role, Sheet};
use crate::timeline::{Timeline, shown};
use crate::words;

impl App {
    pub(super) fn engine(&mut self, event: Event) {
        match event {
            Event::Nearby(nearby) => {
                self.nearby = nearby;
                self.changes.screen |= matches!(self.place, Place::Start | Place::Join);
            }
            Event::Networks(networks) => {
                self.changes.screen |= self.networks != networks;
                self.networks = networks;
            }
            Event::Room { room, event } => self.room_event(room, event),
            _ => {}
        }
    }

    fn room_event(&mut self, id: RoomId, event: RoomEvent) {
        if self.room(id).is_none() {
            return;
        }
        match event {
            RoomEvent::Opened(opened) => self.opened(id, opened),
            RoomEvent::Connection(connection) => self.connection(id, connection),
            RoomEvent::Person(person) => self.person(id, person),
            RoomEvent::Appended { first, last } => self.appended(id, first, last),
            RoomEvent::Changed { position } => self.entry_changed(id, position),
            RoomEvent::SendRefused(refusal) => {
                if let Some(room) = self.room_mut(id) {
                    room.draft.send_refused(refusal);
                }
                self.changes.screen |= self.shown_id() == Some(id);
            }
            RoomEvent::ActRefused(refusal) => self.say(id, words::act_refused(refusal).to_owned()),
            RoomEvent::ActFailed { position, why } => {
                self.say(id, words::act_failed(why));
                self.entry_changed(id, position);
            }
            RoomEvent::Typing(peer) => self.somebody_types(id, peer),
            RoomEvent::RenameRefused { like } => self.rename_refused(id, &like),
            RoomEvent::Announced(on) => {
                if let Some(
                    Role::Host { opened: Some(opened), .. } | Role::Kept { opened: Some(opened), .. },
                ) = self.room_mut(id).map(|room| &mut room.role)
                {
                    opened.announced = on;
                }
                self.changes.screen |= self.shown_id() == Some(id);
            }
            RoomEvent::Entered { room, name } => self.entered(id, room, &name),
            RoomEvent::Invite(invite) => self.invited(id, invite),
            RoomEvent::Knocks(knocks) => {
                let more = self.room(id).is_some_and(|room| room.sealed.knocks.len() < knocks.len());
                if let Some(room) = self.room_mut(id) {
                    room.sealed.knocks = knocks;
                }
                if more {
                    self.tell_matter(id, words::SOMEBODY_ASKS.text());
                }
                self.changes.people |= self.shown_id() == Some(id);
                self.changes.screen |= self.shown_id() == Some(id);
            }
            RoomEvent::Alarm(alarm) => self.alarmed(id, alarm),
            RoomEvent::AlarmOver(alarm) => self.alarm_over(id, alarm),
            RoomEvent::WishRefused(refusal) => self.wish_refused(id, refusal),
            RoomEvent::NewKey => {
                if let Some(room) = self.room_mut(id) {
                    room.roster_is_old = true;
                }
            }
            RoomEvent::Closed(reason) => self.closed(id, reason),
            _ => {}
        }
    }

    fn opened(&mut self, id: RoomId, now_open: keyroom_client::Opened) {
        if let Some(Role::Host { opened, .. } | Role::Kept { opened, .. }) =
            self.room_mut(id).map(|room| &mut room.role)
        {
            *opened = Some(Box::new(now_open));
        }
        if self.host_form.opening == Some(id) {
            self.host_form.opening = None;
            self.open_room(id);
            // The first thing that a host needs is the key.
            self.sheet = self.shown_room().and_then(Sheet::open);
            self.engine_do(keyroom_client::Command::ListNetworks);
        }
        self.redraw();
    }

    fn connection(&mut self, id: RoomId, connection: Connection) {
        let now = self.now;
        if let Some(room) = self.room_mut(id) {
            match &connection {
                Connection::Connecting { address, .. } => room.place = words::place(address),
                Connection::Connected { address } => {
                    room.place = words::place(address);
                    room.was_connected = true;
                }
                _ => {}
            }
            room.sealed.take(&connection);
            room.connection = Some((connection, now));
        }
        self.changes.rail = true;
        self.changes.screen |= self.shown_id() == Some(id);
        self.changes.people |= self.shown_id() == Some(id);
    }

    fn person(&mut self, id: RoomId, person: Person) {
        let (peer, label) = (person.peer, person.label.clone());
        let renamed = self.room_mut(id).is_some_and(|room| {
            room.roster_is_old = true;
            room.people.set(person)
        });
        if self.shown_id() != Some(id) {
            return;
        }
        if renamed {
            self.with_timeline(Timeline::refresh_all);
        }
        let done =
            self.rename.as_ref().is_some_and(|rename| rename.peer == peer && rename.asked == Some(label));
        if done {
            self.rename = None;
        }
        self.changes.people = true;
        self.changes.screen = true;
    }

    fn appended(&mut self, id: RoomId, first: Position, last: Position) {
        let in_sight = self.shown_id() == Some(id)
            && self.window.active
            && self.timeline.as_ref().is_some_and(Timeline::follows);
        let mut from = first.0;
        let (mut own, mut resolved, mut newest, mut last_said) = (false, false, None, None);
        while from <= last.0 {
            let at_most = usize::try_from(last.0 - from + 1).unwrap_or(PAGE).min(PAGE);
            let page = self.history.page(id, Position(from), at_most).unwrap_or_default();
            let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
            if page.is_empty() {
                break;
            }
            from += page.len() as u64;
            for entry in page {
                let position = entry.position.0;
                match entry.body {
                    Body::Message(message) => {
                        let own_message = message.from == Sender::Me;
                        let author = match message.from {
                            Sender::Me => words::YOU_SAID.to_owned(),
                            Sender::Peer(peer) => room.people.name(peer),
                        };
                        let muted = matches!(message.from, Sender::Peer(peer) if room.people.is_muted(peer));
                        if !muted {
                            last_said = Some((author.clone(), message.text.clone(), entry.at));
                        }
                        if own_message {
                            own = true;
                            room.draft.arrived();
                        } else if message.state == MessageState::Received {
                            room.key_check.opened();
                            resolved |= room.sealed.heard();
                            if let Sender::Peer(peer) = message.from {
                                room.typing.retain(|(who, _)| *who != peer);
                            }
                            if !in_sight && !muted {
                                room.unread.add(position, room.names_me(&message.text));
                            }
                            if !muted {
                                newest = Some((author, message.text));
                            }
                        }
                    }
                    Body::Notice(Notice::NotOpened(_, times)) => room.key_check.not_opened(position, times),
                    // Whatever happens in a sealed room may change who is in it, and by which rules.
                    Body::Notice(notice) => {
                        room.roster_is_old = true;
                        if let Notice::Removed { who, by } = notice
                            && room.people.is_me(who)
                        {
                            room.sealed.removed_by = Some(by);
                        }
                    }
                    _ => {}
                }
            }
        }
        if let (Some((author, text, at)), Some(room)) = (last_said, self.room_mut(id)) {
            room.last = Some((format!("{author}: {}", shown::line(&text, room.people.names())), at));
        }
        self.changes.rail = true;
        self.changes.shell = true;
        self.changes.screen |= self.shown_id() == Some(id);
        if let Some((who, text)) = newest {
            self.tell_message(id, &who, &text);
        }
        self.show_appended(id, last, own);
        if resolved && self.shown_id() == Some(id) {
            self.with_timeline(Timeline::refresh_all);
        }
    }

    fn show_appended(&mut self, id: RoomId, last: Position, own: bool) {
        if self.shown_id() != Some(id) {
            return;
        }
        // The line marks what came while nobody looked, not what came while the reader was further up.
        let away = if self.window.active { None } else { self.room(id).and_then(|room| room.unread.first()) };
        self.with_timeline(|timeline, look| {
            if own {
                timeline.set_divider(look, None);
            } else if away.is_some() {
                timeline.set_divider(look, away);
            }
            timeline.grown(look, last.0.saturating_add(1));
            if own {
                timeline.jump_to_newest(look);
            }
        });
        if self.timeline.as_ref().is_some_and(Timeline::follows) {
            self.effects.push(Effect::Scroll(ScrollTo::Bottom));
        }
        if own {
            self.all_seen();
        }
    }

    fn entry_changed(&mut self, id: RoomId, position: Position) {
        let entry = self.history.page(id, position, 1).ok().and_then(|page| page.into_iter().next());
        if let (Some(entry), Some(room)) = (entry, self.room_mut(id))
            && let Body::Notice(Notice::NotOpened(_, times)) = entry.body
        {
            room.key_check.not_opened(position.0, times);
            self.changes.screen |= self.shown_id() == Some(id);
        }
        self.last_changed(id, position);
        if self.shown_id() == Some(id) {
            self.with_timeline(|timeline, look| timeline.changed(look, position.0));
        }
    }

    /// The last line may say something else now, or nothing: the list of rooms must not keep what was withdrawn.
    fn last_changed(&mut self, id: RoomId, position: Position) {
        let is_last = self.history.len(id).is_ok_and(|len| len == position.0 + 1);
        let entry = self.history.page(id, position, 1).ok().and_then(|page| page.into_iter().next());
        let (true, Some(entry)) = (is_last, entry) else { return };
        let gone = self.history.details(id, position).is_ok_and(|details| details.gone);
        if let (Body::Message(message), Some(room)) = (entry.body, self.room_mut(id)) {
            let author = match message.from {
                Sender::Me => words::YOU_SAID.to_owned(),
                Sender::Peer(peer) => room.people.name(peer),
            };
            let text = if gone {
                words::WITHDRAWN.to_owned()
            } else {
                shown::line(&message.text, room.people.names())
            };
            room.last = Some((format!("{author}: {text}"), entry.at));
            self.changes.rail = true;
        }
    }

    fn rename_refused(&mut self, id: RoomId, like: &Label) {
        if self.shown_id() == Some(id)
            && let Some(rename) = &mut self.rename
        {
            rename.asked = None;
            rename.error = words::look_alike(like);
            self.changes.people = true;
        }
    }

    fn closed(&mut self, id: RoomId, reason: CloseReason) {
        let Some(room) = self.room_mut(id) else { return };
        if room.leaving {
            if room.gone || room.kept.is_none() || self.put_to_sleep(id).is_none() {
                self.forget(id);
            }
            return;
        }
        if matches!(room.role, Role::Host { opened: None, .. }) {
            return self.host_failed(id, reason);
        }
        room.closed = Some(reason);
        self.redraw();
    }

    /// Everything in the room on the screen was seen.
    pub(super) fn all_seen(&mut self) {
        if let Some(last) = self.timeline.as_ref().and_then(Timeline::last) {
            self.read_through(last);
        }
        if let Some(id) = self.shown_id() {
            self.untell(id);
        }
        if self.shown_room_mut().is_some_and(|room| room.unread.clear()) {
            self.unread_changed();
        }
    }

    pub(super) fn unread_changed(&mut self) {
        self.changes.shell = true;
        self.changes.rail = true;
        self.changes.screen = true;
    }

    /// The clock on the wall, for the models.
    pub(super) fn local(&self, at: SystemTime) -> crate::LocalTime {
        (self.options.clock)(at)
    }
}

/// Entries that are read at once.
const PAGE: usize = 250;
