//! What the engine says of sealed rooms only.

use keyroom_client::{Alarm, Command, RoomId, WishRefusal};
use keyroom_types::{Invite, Label, text};

use super::App;
use crate::effect::{Effect, Focus};
use crate::room::{Role, Sheet};
use crate::timeline::Timeline;
use crate::words;

impl App {
    /// The room is made or entered, and says its name.
    pub(super) fn entered(&mut self, id: RoomId, kept: keyroom_types::RoomId, name: &Label) {
        let known = self.room(id).is_some_and(|room| room.kept.is_some());
        self.is_kept(id, kept);
        if let Some(room) = self.room_mut(id) {
            room.name = text::one_line(name.as_str()).into_owned();
            room.sealed.entered = true;
            room.roster_is_old = true;
            room.was_connected = true;
        }
        if !known {
            // What the profile keeps of it can be read from now on.
            self.read_again(id);
        }
        self.redraw();
    }

    /// Where and with which key others come in now.
    pub(super) fn invited(&mut self, id: RoomId, invite: Invite) {
        let shown = self.shown_id() == Some(id);
        let Some(room) = self.room_mut(id) else { return };
        if let Role::Host { opened: Some(opened), .. } | Role::Kept { opened: Some(opened), .. } =
            &mut room.role
        {
            opened.invite = invite.clone();
        }
        room.invite = Some(Box::new(invite));
        room.roster_is_old = true;
        let wanted = std::mem::take(&mut room.sealed.wants_sheet);
        if shown && (wanted || self.sheet.is_some()) {
            self.renew_sheet();
        }
        self.changes.screen |= shown;
    }

    /// Shows the key of the room, or asks for it where the person came in with a bare key.
    pub(super) fn show_key(&mut self, id: RoomId) {
        self.sheet = self.shown_room().and_then(Sheet::open);
        self.engine_do(Command::ListNetworks);
        if self.sheet.is_none()
            && let Some(room) = self.shown_room_mut().filter(|room| room.is_sealed() && room.sealed.entered)
        {
            room.sealed.wants_sheet = true;
            self.engine_do(Command::NewInvite { room: id });
        }
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::First));
    }

    /// Something is wrong: it is said for as long as the room is on the list.
    pub(super) fn alarmed(&mut self, id: RoomId, alarm: Alarm) {
        if let Some(room) = self.room_mut(id) {
            room.sealed.alarmed(alarm);
        }
        if self.shown_id() == Some(id) {
            self.with_timeline(Timeline::refresh_all);
        }
        self.tell_matter(id, words::ROOM_NEEDS_YOU.text());
        self.redraw();
    }

    /// What was wrong with the relay is over: the room goes on.
    pub(super) fn alarm_over(&mut self, id: RoomId, alarm: Alarm) {
        if let Some(room) = self.room_mut(id) {
            room.sealed.alarm_over(alarm);
        }
        self.redraw();
    }

    /// What was asked of the room was not done.
    pub(super) fn wish_refused(&mut self, id: RoomId, refusal: WishRefusal) {
        if let Some(room) = self.room_mut(id) {
            room.sealed.wants_sheet = false;
            room.sealed.refused = Some(refusal);
        }
        if let Some(sheet) = self.sheet.as_mut().filter(|_| self.place == super::Place::Room(id)) {
            sheet.doors.refused();
        }
        self.changes.screen |= self.shown_id() == Some(id);
    }
}
