//! Names that are completed while one writes: `@An` becomes `@Anna `.

use super::App;
use crate::effect::{Effect, Focus};

impl App {
    /// The cursor of the composer stands there.
    pub(super) fn cursor(&mut self, at: usize) {
        let Some(id) = self.shown_id() else { return };
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        if room.draft.cursor(at, &room.people) {
            self.changes.screen = true;
        }
    }

    pub(super) fn next_name(&mut self, down: bool) {
        if self.shown_room_mut().is_some_and(|room| room.draft.next_name(down)) {
            self.changes.screen = true;
        }
    }

    /// Writes the name; one goes on behind it.
    pub(super) fn take_name(&mut self, place: usize) {
        let Some(room) = self.shown_room_mut() else { return };
        let Some(at) = room.draft.take_name(place) else { return };
        self.changes.screen = true;
        self.effects.push(Effect::Cursor(at));
        self.effects.push(Effect::Focus(Focus::Composer));
    }

    /// No names are offered until another is begun. Whether some were.
    pub(super) fn hide_names(&mut self) -> bool {
        self.shown_room_mut().is_some_and(|room| room.draft.hide_names())
    }
}
