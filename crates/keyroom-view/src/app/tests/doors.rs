//! The key sheet: large for a projector, and the doors behind *Advanced*.

use keyroom_client::{Change, RosterDoor};
use keyroom_types::DoorSeeds;

use super::people::roster;
use super::*;
use crate::screen::DoorList;
use crate::words;

fn door(byte: u8, main: bool) -> RosterDoor {
    let key = Key::from_bytes([byte; 32]);
    RosterDoor { id: DoorSeeds::of(&key).id, expires: None, uses: None, used: 0, key: Some(key), main }
}

fn own() -> RosterDoor {
    let key = Key::parse(KEY).unwrap();
    RosterDoor { id: DoorSeeds::of(&key).id, key: Some(key), used: 2, ..door(0, true) }
}

impl Desk {
    /// A sealed room with these doors, its key sheet open and unfolded.
    fn shows_doors(&mut self, admin: bool, doors: Vec<RosterDoor>) -> RoomId {
        let room = self.enters();
        self.has_doors(room, admin, doors);
        self.does(Input::ShowKeySheet).does(Input::ToggleAdvanced);
        room
    }

    fn has_doors(&mut self, room: RoomId, admin: bool, doors: Vec<RosterDoor>) {
        self.history.gather(room, keyroom_client::Roster { doors, ..roster(admin) });
        self.hears(room, RoomEvent::NewKey);
    }

    fn doors(&self) -> DoorList {
        self.room().sheet.expect("the key is shown").doors.expect("a sealed room has doors")
    }

    fn change(&self) -> Option<Change> {
        self.commands().into_iter().find_map(|command| match command {
            Command::Change { change, .. } => Some(change.clone()),
            _ => None,
        })
    }
}

#[test]
fn doors_are_listed_behind_a_fold_with_their_use_and_their_end() {
    let mut desk = Desk::new();
    let later = desk.now + Duration::from_secs(3_600);
    let guests = RosterDoor { expires: Some(later), uses: Some(5), used: 1, ..door(1, false) };
    let strangers = RosterDoor { key: None, ..door(2, false) };
    desk.shows_doors(true, vec![guests.clone(), own(), strangers]);
    let list = desk.doors();
    assert!(list.open && list.fold == words::ADVANCED.text());
    let rows: Vec<_> =
        list.doors.iter().map(|row| (&*row.title, &*row.detail, &*row.show, &*row.close)).collect();
    let name = format!("Door {}", &guests.id.to_string()[..8]);
    assert_eq!(
        rows[0],
        (words::MAIN_DOOR.text(), "let in 2 people · open until somebody closes it", "", "Close")
    );
    assert_eq!(rows[1], (&*name, "let in 1 of 5 · open until Today, 13:00", "Show its key", "Close"));
    assert!(rows[2].1.ends_with(words::KEY_UNKNOWN.text()) && rows[2].2.is_empty());
    desk.does(Input::ToggleAdvanced);
    assert!(!desk.doors().open);
}

#[test]
fn a_door_is_made_as_chosen_and_its_key_is_shown_as_soon_as_it_is_there() {
    let mut desk = Desk::new();
    let room = desk.shows_doors(true, vec![own()]);
    let make = desk.doors().make.expect("an admin makes doors");
    assert_eq!(make.times, ["1 hour", "1 day", "7 days", "always"]);
    assert_eq!(make.uses[..2], ["1 person", "5 people"]);
    desk.does(Input::ChooseDoorTime(1)).does(Input::ChooseDoorUses(1)).does(Input::MakeDoor);
    let day = Duration::from_secs(86_400);
    assert_eq!(desk.change(), Some(Change::AddDoor { open_for: Some(day), uses: Some(5) }));
    let expires = Some(desk.now + day);
    let made = RosterDoor { expires, uses: Some(5), ..door(1, false) };
    desk.has_doors(room, true, vec![own(), made.clone()]);
    let sheet = desk.room().sheet.expect("still open");
    let key = Key::from_bytes([1; 32]).show();
    assert!(sheet.link.ends_with(&**key), "{}", &*sheet.link);
    assert!(sheet.notes.iter().any(|note| note.contains("1 day")), "{:?}", sheet.notes);
    desk.does(Input::CopyKey);
    assert_eq!(desk.copied().map(|(text, _)| text.to_owned()), Some(key.to_string()));
    // The first row is the room's own key again.
    assert_eq!(desk.doors().doors[0].show, words::SHOW_DOOR.text());
    desk.does(Input::ShowDoor(0));
    assert!(desk.room().sheet.expect("still open").link.ends_with(KEY));
    desk.does(Input::ShowDoor(1));
    // A door that was closed is not shown any more.
    desk.has_doors(room, true, vec![own()]);
    assert!(desk.room().sheet.expect("still open").link.ends_with(KEY));
}

#[test]
fn closing_a_door_asks_once() {
    let mut desk = Desk::new();
    desk.shows_doors(true, vec![own(), door(1, false)]);
    desk.does(Input::CloseDoor(1));
    assert_eq!(desk.change(), None);
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.title.starts_with("Close Door ") && question.text.contains("stays in"));
    desk.does(Input::Confirm);
    assert_eq!(desk.change(), Some(Change::CloseDoor(door(1, false).id)));
    assert!(desk.room().sheet.is_some(), "the sheet stays");
}

#[test]
fn who_does_not_look_after_the_room_sees_doors_and_changes_none() {
    let mut desk = Desk::new();
    desk.shows_doors(false, vec![own()]);
    let list = desk.doors();
    assert!(list.make.is_none() && list.doors[0].close.is_empty());
    assert_eq!(list.note, words::DOORS_OF_ADMINS.text());
    desk.does(Input::MakeDoor);
    assert_eq!(desk.change(), None);
}

#[test]
fn the_code_is_shown_large_and_escape_makes_it_small_again() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::ShowKeySheet).does(Input::ToggleLargeCode);
    let sheet = desk.room().sheet.expect("the key is shown");
    assert!(sheet.large && sheet.doors.is_none(), "a Fernet room has one key and no doors");
    desk.does(Input::Back);
    assert!(!desk.room().sheet.expect("still open").large);
    desk.does(Input::Back);
    assert!(desk.room().sheet.is_none());
}

/// What is behind *Advanced* is nowhere else.
#[test]
fn doors_are_named_only_behind_the_fold() {
    let mut desk = Desk::new();
    desk.shows_doors(true, vec![own()]);
    let mut room = desk.room();
    if let Some(sheet) = &mut room.sheet {
        sheet.doors = None;
    }
    assert!(!format!("{room:?}").to_lowercase().contains("\"door"));
}
