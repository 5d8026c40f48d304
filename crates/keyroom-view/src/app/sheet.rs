//! The sheet with a room's key: large for a projector, and the doors behind *Advanced*.

use keyroom_client::{Change, RosterDoor};

use super::{App, Asked};
use crate::effect::{Effect, Focus};
use crate::input::Input;
use crate::room::{Sheet, doors};

impl App {
    /// What is done on the sheet besides copying.
    pub(super) fn on_sheet(&mut self, input: &Input) {
        let Some(id) = self.shown_id() else { return };
        // Both are looked at together: the sheet shows what the room has.
        let (Some(sheet), Some(room)) = (&mut self.sheet, self.rooms.iter().find(|room| room.id == id))
        else {
            return;
        };
        self.changes.screen = true;
        match input {
            Input::ToggleLargeCode => {
                sheet.large = !sheet.large;
                self.effects.push(Effect::Focus(Focus::First));
            }
            Input::ToggleAdvanced => sheet.doors.open = !sheet.doors.open,
            Input::ChooseDoorTime(place) => sheet.doors.choose_time(*place),
            Input::ChooseDoorUses(place) => sheet.doors.choose_uses(*place),
            Input::ShowDoor(place) => {
                if let Some(door) = doors::doors(room).nth(*place).map(|door| door.id) {
                    sheet.show_door(room, door);
                }
            }
            Input::MakeDoor if room.is_admin() && room.can_write() => {
                let change = sheet.doors.make(room);
                self.change(change);
            }
            Input::CloseDoor(place) => {
                if let Some(door) = doors::doors(room).nth(*place).map(|door| door.id) {
                    self.question = Some(Asked::CloseDoor(door));
                    self.changes.shell = true;
                    self.effects.push(Effect::Focus(Focus::First));
                }
            }
            _ => {}
        }
    }

    /// The doors of the room on the screen may be others now.
    pub(super) fn doors_changed(&mut self) {
        let Some(id) = self.shown_id() else { return };
        if let (Some(sheet), Some(room)) = (&mut self.sheet, self.rooms.iter().find(|room| room.id == id)) {
            sheet.doors_changed(room);
        }
    }

    /// The room on the screen has another key or another link, or shows the first one.
    pub(super) fn renew_sheet(&mut self) {
        let Some(id) = self.shown_id() else { return };
        let Some(room) = self.rooms.iter().find(|room| room.id == id) else { return };
        match &mut self.sheet {
            Some(sheet) => sheet.renew(room),
            None => self.sheet = Sheet::open(room),
        }
    }

    /// A door by its name, in the room on the screen.
    pub(super) fn door(&self, id: keyroom_types::DoorId) -> Option<&RosterDoor> {
        doors::doors(self.shown_room()?).find(|door| door.id == id)
    }

    pub(super) fn close_door(&mut self, id: keyroom_types::DoorId) {
        self.change(Change::CloseDoor(id));
    }
}
