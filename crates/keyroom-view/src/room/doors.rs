//! The doors of a sealed room, as they stand behind *Advanced* on its key sheet.

use std::time::{Duration, SystemTime};

use keyroom_client::{Change, RosterDoor};
use keyroom_types::DoorId;

use super::Room;
use crate::clock::LocalClock;
use crate::screen::{DoorForm, DoorList, DoorRow};
use crate::words;

/// What is chosen behind *Advanced*.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    pub(crate) open: bool,
    time: usize,
    uses: usize,
    /// The doors that there were when one more was asked for.
    before: Option<Vec<DoorId>>,
}

impl Doors {
    /// How long a new door is open, by its place among the choices.
    pub(crate) fn choose_time(&mut self, place: usize) {
        self.time = if place < TIMES.len() { place } else { self.time };
    }

    /// How many a new door lets in, by its place among the choices.
    pub(crate) fn choose_uses(&mut self, place: usize) {
        self.uses = if place < USES.len() { place } else { self.uses };
    }

    /// Asks for one more door, as it is chosen.
    pub(crate) fn make(&mut self, room: &Room) -> Change {
        self.before = Some(doors(room).map(|door| door.id).collect());
        Change::AddDoor {
            open_for: TIMES.get(self.time).copied().flatten(),
            uses: USES.get(self.uses).copied().flatten(),
        }
    }

    /// The door that was asked for, once it is there.
    pub(crate) fn made(&mut self, room: &Room) -> Option<DoorId> {
        let before = self.before.as_ref()?;
        let new = doors(room).find(|door| door.key.is_some() && !before.contains(&door.id))?.id;
        self.before = None;
        Some(new)
    }

    /// Nothing comes of what was asked for.
    pub(crate) fn refused(&mut self) {
        self.before = None;
    }

    /// What is shown; none for a room that has no doors of this kind. `shown` is the door whose key is on the sheet.
    pub(crate) fn show(
        &self,
        room: &Room,
        shown: Option<DoorId>,
        clock: &LocalClock,
        now: SystemTime,
    ) -> Option<DoorList> {
        room.roster.as_ref().filter(|_| room.is_sealed())?;
        let may = room.is_admin() && room.can_write();
        let rows: Vec<DoorRow> = doors(room).map(|door| row(door, shown, may, clock, now)).collect();
        let note = match (may, rows.is_empty()) {
            (_, true) => words::NO_DOORS.text(),
            (false, _) => words::DOORS_OF_ADMINS.text(),
            (true, _) => "",
        };
        Some(DoorList {
            fold: words::ADVANCED.to_owned(),
            open: self.open,
            heading: words::DOORS.to_owned(),
            lead: words::DOORS_LEAD.to_owned(),
            doors: rows,
            note: note.to_owned(),
            make: may.then(|| DoorForm {
                heading: words::ONE_MORE.to_owned(),
                time_label: words::OPEN_FOR.to_owned(),
                times: TIMES.into_iter().map(words::door_open_for).collect(),
                time: self.time,
                uses_label: words::LETS_IN.to_owned(),
                uses: USES.into_iter().map(words::door_lets_in).collect(),
                use_: self.uses,
                make: words::MAKE_DOOR.to_owned(),
            }),
        })
    }
}

/// The doors that are open, the room's own first.
pub(crate) fn doors(room: &Room) -> impl Iterator<Item = &RosterDoor> {
    let all = room.roster.iter().flat_map(|roster| &roster.doors);
    all.clone().filter(|door| door.main).chain(all.filter(|door| !door.main))
}

/// A door by its name for people.
pub(crate) fn name(door: &RosterDoor) -> String {
    if door.main {
        return words::MAIN_DOOR.to_owned();
    }
    let id = door.id.to_string();
    words::door_named(id.get(..NAME_CHARS).unwrap_or(&id))
}

fn row(door: &RosterDoor, shown: Option<DoorId>, may: bool, clock: &LocalClock, now: SystemTime) -> DoorRow {
    let until = door.expires.map(|at| {
        let local = clock(at);
        format!("{}, {}", local.day_words(&clock(now)), local.time())
    });
    let over = door.expires.is_some_and(|at| at <= now);
    let mut detail = words::door_state(door.used, door.uses, until.as_deref(), over);
    if door.key.is_none() {
        detail.push_str(&format!(" · {}", words::KEY_UNKNOWN.text()));
    }
    let is_shown = shown == Some(door.id) || shown.is_none() && door.main;
    DoorRow {
        title: name(door),
        detail,
        show: if door.key.is_some() && !is_shown { words::SHOW_DOOR.text() } else { "" }.to_owned(),
        close: if may { words::CLOSE_DOOR.text() } else { "" }.to_owned(),
    }
}

/// How long a new door can be open.
const TIMES: [Option<Duration>; 4] = [
    Some(Duration::from_secs(60 * 60)),
    Some(Duration::from_secs(24 * 60 * 60)),
    Some(Duration::from_secs(7 * 24 * 60 * 60)),
    None,
];
/// How many a new door can let in.
const USES: [Option<u32>; 4] = [Some(1), Some(5), Some(25), None];
/// Digits of a door's name that are shown.
const NAME_CHARS: usize = 8;
