//! Rooms of the profile: on the list from the start, opened by a click, and kept when they are closed.

use keyroom_client::{Body, Change, Command, MessageState, Position, RoomId, Sender, Stage};

use super::App;
use crate::room::{Kept, Room, Unread};

impl App {
    /// Puts the profile's rooms on the list.
    pub(super) fn list_kept(&mut self, at_start: bool) {
        for summary in self.history.kept().unwrap_or_default() {
            // What was begun and did not lead into a room is none; what is being begun is on the list already.
            let begun = match summary.stage {
                Stage::Joining => false,
                Stage::Knocking | Stage::Founding => at_start,
                _ => true,
            };
            if begun && self.of_kept(&summary.room).is_none() {
                let id = RoomId::fresh();
                self.history.bind(id, summary.room);
                self.rooms.push(Room::kept(id, &summary, self.options.myself));
            }
        }
        self.redraw();
    }

    /// The room of this process that is that one of the profile.
    pub(super) fn of_kept(&self, kept: &keyroom_types::RoomId) -> Option<RoomId> {
        let is_it = |room: &&Room| room.kept.as_ref().is_some_and(|known| known.id == *kept) && !room.leaving;
        self.rooms.iter().find(is_it).map(|room| room.id)
    }

    /// Asks the engine to go on in a room of the profile that is not open, and counts what was not read in it.
    pub(super) fn wake(&mut self, id: RoomId) {
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        let over = room.closed.is_some();
        let Some(kept) = room.kept.as_mut().filter(|kept| kept.asleep) else { return };
        let lines = self.history.lines_read(id).unwrap_or(0);
        kept.asleep = false;
        kept.read = lines.checked_sub(1);
        let command = Command::OpenSealed { room: id, id: kept.id, listen: kept.listen.clone() };
        room.people.mute_all(self.history.muted(id).unwrap_or_default());
        room.unread = unread(&*self.history, room, lines);
        if !over {
            self.engine_do(command);
        }
        self.redraw();
    }

    /// A room was made or entered that the profile keeps from now on. What stood on the list for it goes.
    pub(super) fn is_kept(&mut self, id: RoomId, kept: keyroom_types::RoomId) {
        let same = |room: &Room| room.kept.as_ref().is_some_and(|known| known.id == kept);
        self.rooms.retain(|room| room.id == id || !same(room) || room.is_open());
        self.history.bind(id, kept);
        if let Some(room) = self.room_mut(id).filter(|room| room.kept.is_none()) {
            room.kept = Some(Kept::open(kept));
        }
    }

    /// A room was closed and stays in the profile: it is on the list as at the start. Gives its new id, since the engine uses
    /// none twice.
    pub(super) fn put_to_sleep(&mut self, id: RoomId) -> Option<RoomId> {
        let at = self.rooms.iter().position(|room| room.id == id)?;
        let kept = self.rooms.get(at)?.kept.as_ref()?.id;
        let summary = self.history.kept().ok()?.into_iter().find(|summary| summary.room == kept)?;
        if summary.hosted && summary.volatile || summary.stage == Stage::Left {
            // It was in memory, and is gone with its relay.
            let _ = self.history.erase(id);
            return None;
        }
        let fresh = RoomId::fresh();
        self.history.bind(fresh, kept);
        if let Some(room) = self.rooms.get_mut(at) {
            *room = Room::kept(fresh, &summary, self.options.myself);
        }
        // A history that cannot forget has nothing to show of it either: that id is on no list any more.
        let _ = self.history.forget(id);
        self.redraw();
        Some(fresh)
    }

    /// A room of the profile goes on after it was closed.
    pub(super) fn open_again(&mut self) {
        if let Some(fresh) = self.shown_id().and_then(|id| self.put_to_sleep(id)) {
            self.timeline = None;
            self.open_room(fresh);
        }
    }

    /// Leaves a room for good, or deletes what the profile has of one that is not open.
    pub(super) fn leave_for_good(&mut self, id: RoomId) {
        let Some(room) = self.room_mut(id) else { return };
        room.gone = true;
        let (open, mute) = (room.is_open(), room.sealed.stands_still() || !room.sealed.entered);
        if !open || mute {
            return self.leave(id);
        }
        room.leaving = true;
        self.engine_do(Command::Change { room: id, change: Change::LeaveForGood });
        self.go(super::Place::Start);
        self.redraw();
    }

    /// Everything through this line of the room on the screen was in sight.
    pub(super) fn read_through(&mut self, line: u64) {
        if let Some(kept) = self.shown_room_mut().and_then(|room| room.kept.as_mut()) {
            kept.mark(line);
        }
    }

    /// Looks for more that was not read, where the reader has come to the end of what was known.
    pub(super) fn look_on(&mut self) {
        let Some(id) = self.shown_id() else { return };
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        if let Some(line) = room.unread.look_on() {
            let more = unread(&*self.history, room, line);
            room.unread.extend(more);
        }
    }

    /// Tells the profile how far the room on the screen was read.
    pub(super) fn mark_read(&mut self) {
        let Some(room) = self.shown_room_mut() else { return };
        let id = room.id;
        if let Some(line) = room.kept.as_mut().and_then(|kept| kept.to_mark.take()) {
            self.engine_do(Command::MarkRead { room: id, through: Position(line) });
        }
    }
}

/// Messages of others from this line on. So many lines are looked at behind the first of them, however far that is; what comes
/// later is looked at when the reader is there.
pub(super) fn unread(history: &dyn keyroom_client::History, room: &Room, lines: u64) -> Unread {
    let mut unread = Unread::default();
    let (mut from, mut pages) = (lines, 0);
    while pages < MOST_PAGES {
        let entries = history.page(room.id, Position(from), PAGE).unwrap_or_default();
        if entries.is_empty() {
            return unread;
        }
        from += entries.len() as u64;
        for entry in entries {
            let Body::Message(message) = entry.body else { continue };
            let muted = matches!(message.from, Sender::Peer(peer) if room.people.is_muted(peer));
            if message.state == MessageState::Received && !muted {
                unread.add(entry.position.0, room.names_me(&message.text));
            }
        }
        pages += u64::from(unread.count() > 0);
    }
    unread.leave(from);
    unread
}

/// Entries that are read at once.
const PAGE: usize = 250;
/// Pages of them that are looked at, once there is something.
const MOST_PAGES: u64 = 8;
