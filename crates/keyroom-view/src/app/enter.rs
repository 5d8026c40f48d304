//! Rooms are opened and entered.

use keyroom_client::{CloseReason, Command, RoomId};

use super::{App, Place};
use crate::effect::{Effect, Focus};
use crate::forms::{HostForm, JoinState};
use crate::input::Field;
use crate::room::{Entering, Hosting, Role, Room};

impl App {
    pub(super) fn submit_host(&mut self) {
        if let Some(options) = self.host_form.options(self.setting()) {
            self.host(options);
        }
    }

    /// Opens a room. The form stays until the engine says that the room is open.
    pub(super) fn host(&mut self, options: Hosting) {
        let id = RoomId::fresh();
        let command = options.command(id);
        self.rooms.push(Room { since: self.now, ..Room::hosted(id, options, self.options.myself) });
        self.host_form.opening = Some(id);
        self.go(Place::HostSetup);
        self.changes.screen = true;
        self.engine_do(command);
    }

    /// A room could not be opened: the form says why, with what was entered.
    pub(super) fn host_failed(&mut self, id: RoomId, reason: CloseReason) {
        let Some(at) = self.rooms.iter().position(|room| room.id == id) else { return };
        let room = self.rooms.remove(at);
        if let Role::Host { options, .. } = &room.role {
            self.host_form = HostForm::after_failure(options, reason);
        }
        self.go(Place::HostSetup);
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Field(Field::Port)));
    }

    pub(super) fn submit_join(&mut self) {
        let Some(options) = self.join_form.options() else { return };
        let replaces = self.join_form.replaces.take();
        let me = options.me().as_str().to_owned();
        let draft = replaces.and_then(|old| self.room(old)).map(|old| old.draft.text().to_owned());
        if let Some(old) = replaces {
            self.leave(old);
        }
        self.join(options);
        // The key does not stay in the form's memory.
        self.join_form = JoinState::new(&me, self.options.discovery);
        if let (Some(draft), Some(room)) = (draft.filter(|draft| !draft.is_empty()), self.shown_room_mut()) {
            room.draft.set(draft);
        }
    }

    pub(super) fn join(&mut self, options: Entering) {
        let id = RoomId::fresh();
        let command = options.command(id);
        self.rooms.push(Room { since: self.now, ..Room::joined(id, options, self.options.myself) });
        self.engine_do(command);
        self.open_room(id);
    }

    /// Back to the form, with what the room was entered with.
    pub(super) fn enter_again(&mut self) {
        let Some(room) = self.shown_room() else { return };
        let field = if room.is_sealed() || room.key_check.is_wrong() { Field::Key } else { Field::Address };
        self.join_form = match &room.role {
            Role::Guest(options) => JoinState::again(room.id, options, self.options.discovery),
            Role::Kept { hosted: false, .. } => {
                JoinState::instead_of(room.id, &room.me, self.options.discovery)
            }
            _ => return,
        };
        self.go(Place::Join);
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Field(field)));
    }

    /// Leaves a room, or takes one that is over off the list.
    pub(super) fn leave(&mut self, id: RoomId) {
        let Some(room) = self.room_mut(id) else { return };
        let over = room.closed.is_some() || room.is_asleep();
        room.leaving = true;
        if self.shown_id() == Some(id) {
            self.go(Place::Start);
        }
        if over {
            self.forget(id);
        } else {
            self.engine_do(Command::Leave { room: id });
        }
        self.redraw();
    }

    /// The room is over and was left: nothing of it stays.
    pub(super) fn forget(&mut self, id: RoomId) {
        let gone = self.room(id).is_some_and(|room| room.gone);
        if gone {
            // Where it cannot be deleted now it is on the list again at the next start.
            let _ = self.history.erase(id);
        }
        self.rooms.retain(|room| room.id != id);
        self.untell(id);
        // A history that cannot forget now has nothing to show either: the room is on no list any more.
        let _ = self.history.forget(id);
        // What the profile still has of it stays on the list.
        self.list_kept(false);
    }
}
