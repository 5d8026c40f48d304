//! From screen to screen.

use keyroom_client::{Nearby, RoomId};

use super::{App, Asked, Place, look, own_name};
use crate::effect::{Effect, Focus, ScrollTo};
use crate::forms::{HostForm, JoinState};
use crate::input::Field;
use crate::room::Draft;
use crate::timeline::Timeline;

impl App {
    pub(super) fn go(&mut self, place: Place) {
        if place == self.place {
            return;
        }
        self.leave_place();
        if !matches!(self.place, Place::About | Place::Preferences) {
            self.came_from = self.place;
        }
        self.place = place;
        self.effects.push(Effect::Focus(Focus::First));
        self.redraw();
    }

    /// Puts away what belongs to the room on the screen.
    fn leave_place(&mut self) {
        self.save_draft();
        self.save_my_name();
        if let Some(room) = self.shown_room_mut() {
            // What was being changed is as it was; the next time begins with what was being written.
            room.draft.stop_about();
        }
        self.mark_read();
        self.changes.search |= self.search.take().is_some();
        self.sheet = None;
        self.menu = None;
        self.over = None;
        self.changes.inspector |= self.inspector.take().is_some();
        self.rename = None;
        self.question = None;
        self.link = None;
        self.left_shown = false;
        if let Some(timeline) = self.timeline.take() {
            let anchor = timeline.anchor();
            if let Some(room) = self.shown_room_mut() {
                room.anchor = anchor;
            }
        }
    }

    pub(super) fn open_room(&mut self, id: RoomId) {
        if self.shown_id() == Some(id) && self.timeline.is_some() {
            self.effects.push(Effect::Focus(Focus::Composer));
            return;
        }
        if !self.room(id).is_some_and(|room| room.is_listed()) {
            return;
        }
        self.leave_place();
        self.place = Place::Room(id);
        self.untell(id);
        self.wake(id);
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        if !room.draft.unsaved {
            room.draft = Draft::load(self.history.draft(id).unwrap_or_default());
        }
        let divider = room.unread.first();
        let at = room.anchor.take().or(divider);
        let timeline =
            Timeline::open(&look(&*self.history, &self.options.clock, self.now, room), id, at, divider);
        let row = at.and_then(|at| timeline.row_of(at));
        self.timeline = Some(timeline);
        self.effects.push(Effect::Scroll(row.map_or(ScrollTo::Bottom, ScrollTo::Row)));
        self.effects.push(Effect::Focus(Focus::Composer));
        self.redraw();
    }

    /// Reads the timeline on the screen anew.
    pub(super) fn read_again(&mut self, id: RoomId) {
        let Some(room) = self.rooms.iter().find(|room| room.id == id) else { return };
        if self.shown_id() == Some(id) && self.timeline.is_some() {
            let look = look(&*self.history, &self.options.clock, self.now, room);
            self.timeline = Some(Timeline::open(&look, id, None, room.unread.first()));
            self.effects.push(Effect::Scroll(ScrollTo::Bottom));
        }
    }

    pub(super) fn open_host_setup(&mut self) {
        if self.host_form.opening.is_none() {
            let me = self.host_form.me();
            let me = me.as_ref().map_or_else(|| own_name(&self.options), |me| me.as_str()).to_owned();
            self.host_form = HostForm::new(&me);
        }
        self.engine_do(keyroom_client::Command::ListNetworks);
        self.go(Place::HostSetup);
        self.effects.push(Effect::Focus(Focus::Field(Field::RoomName)));
    }

    pub(super) fn open_join(&mut self) {
        let me = self.join_form.me();
        let me = me.as_ref().map_or_else(|| own_name(&self.options), |me| me.as_str()).to_owned();
        self.join_form = JoinState::new(&me, self.options.discovery);
        self.go(Place::Join);
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Field(Field::Key)));
    }

    pub(super) fn pick_nearby(&mut self, place: usize) {
        let Nearby::Looking(found) = &self.nearby else { return };
        let Some(found) = found.get(place).cloned() else { return };
        if found.ours {
            let ours = self.rooms.iter().find(|room| {
                room.opened()
                    .is_some_and(|opened| found.addresses.iter().any(|at| opened.addresses.contains(at)))
            });
            if let Some(id) = ours.map(|room| room.id) {
                self.open_room(id);
            }
            return;
        }
        if self.place != Place::Join {
            self.open_join();
        }
        self.join_form.nearby(&found.addresses);
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::Field(Field::Key)));
    }

    /// One step back: a question, a sheet, a renaming, the people of a narrow window, the screen.
    pub(super) fn back(&mut self) {
        if self.question.is_none() && self.menu.is_none() && self.hide_names() {
            self.changes.screen = true;
            return;
        }
        if self.question.is_none()
            && self.search.is_none()
            && (self.menu.take().is_some()
                || self.sheet.is_none()
                    && self.over.is_none()
                    && self.rename.is_none()
                    && self.shown_room_mut().is_some_and(|room| room.draft.stop_about()))
        {
            self.changes.screen = true;
            return self.effects.push(Effect::Focus(Focus::Composer));
        }
        if self.question.is_none() && self.search.is_some() {
            return self.close_search();
        }
        if self.question.is_none()
            && let Some(sheet) = self.sheet.as_mut().filter(|sheet| sheet.large)
        {
            sheet.large = false;
            self.changes.screen = true;
            return self.effects.push(Effect::Focus(Focus::First));
        }
        if self.question.take().is_some()
            || self.over.take().is_some()
            || self.sheet.take().is_some()
            || self.rename.take().is_some()
        {
            self.link = None;
            self.redraw();
            if self.shown_id().is_some() {
                self.effects.push(Effect::Focus(Focus::Composer));
            }
            return;
        }
        if self.close_inspector() {
            return self.effects.push(Effect::Focus(Focus::Composer));
        }
        if self.is_narrow() && self.shown_id().is_some() && self.people_wanted == Some(true) {
            self.people_wanted = None;
            return self.redraw();
        }
        match self.place {
            Place::Start => {}
            Place::Room(_) if self.is_narrow() => self.go(Place::Start),
            // The Escape key in a wide window does not throw anybody out of a room.
            Place::Room(_) => self.effects.push(Effect::Focus(Focus::Composer)),
            Place::HostSetup | Place::Join | Place::About | Place::Preferences => match self.came_from {
                Place::Room(id) if self.room(id).is_some_and(|room| room.is_listed()) => self.open_room(id),
                _ => self.go(Place::Start),
            },
        }
    }

    pub(super) fn resized(&mut self, width: u32) {
        let before = (self.is_narrow(), self.is_roomy());
        self.window.width = width;
        if before != (self.is_narrow(), self.is_roomy()) {
            self.changes.inspector = true;
            self.redraw();
        }
    }

    pub(super) fn activated(&mut self, active: bool) {
        self.window.active = active;
        if active {
            if let Some(id) = self.shown_id() {
                self.untell(id);
            }
            if self.timeline.as_ref().is_some_and(Timeline::follows) {
                self.all_seen();
            }
        }
    }

    pub(super) fn close_window(&mut self) {
        self.mark_read();
        let hosts = self.rooms.iter().any(|room| room.is_hosted() && room.is_open());
        if hosts && self.question != Some(Asked::Quit) {
            self.question = Some(Asked::Quit);
            self.changes.shell = true;
            self.effects.push(Effect::Focus(Focus::First));
        } else {
            self.save_draft();
            self.save_my_name();
            self.effects.push(Effect::Quit);
        }
    }

    /// The third button of a question.
    pub(super) fn other(&mut self) {
        match self.question {
            Some(Asked::OpenLink) => self.copy_link_instead(),
            Some(Asked::Quit) => {
                // Goes on hosting instead of closing.
                self.question = None;
                self.changes.shell = true;
                self.effects.push(Effect::Minimise);
            }
            _ => {}
        }
    }

    /// One column at a time.
    pub(super) fn is_narrow(&self) -> bool {
        self.column_width() < NARROW
    }

    /// Wide enough for the column of people without being asked.
    pub(super) fn is_roomy(&self) -> bool {
        self.column_width() >= ROOMY
    }

    /// The width as the columns feel it: larger text needs more.
    fn column_width(&self) -> u32 {
        self.window.width.saturating_mul(100) / u32::from(self.looks.scale.max(1))
    }
}

/// Below this width, in logical pixels, the window shows one column at a time.
const NARROW: u32 = 720;
/// From this width on the people have a column.
const ROOMY: u32 = 1_000;
