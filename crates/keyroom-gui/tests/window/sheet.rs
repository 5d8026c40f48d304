//! The key sheet, its doors and its large code; preferences, notifications and closing; without a display.

use std::time::Duration;

use keyroom_client::{Change, Command, MessageState, PeerId, Sender};
use keyroom_gui::ui;
use keyroom_view::Input;
use slint::ComponentHandle;
use slint::platform::Key;

use crate::sample;
use crate::stage::Stage;

fn changes(stage: &Stage) -> Vec<Change> {
    let change = |command| if let Command::Change { change, .. } = command { Some(change) } else { None };
    stage.asked().into_iter().filter_map(change).collect()
}

/// Attack matrix row 34: neither key nor link stays on the clipboard, and what the person put there since is left alone.
#[test]
fn a_copied_link_leaves_the_clipboard_after_a_minute_and_what_came_since_stays() {
    let stage = Stage::open(1180, 760);
    sample::host(&stage, "Garden project");
    stage.click("Copy link");
    assert!(stage.clipboard().ends_with(sample::KEY));
    i_slint_backend_testing::mock_elapsed_time(Duration::from_secs(61));
    stage.settle();
    assert_eq!(stage.clipboard(), " ");
    stage.click("Copy key");
    stage.app.invoke_put_on_clipboard("a shopping list".into());
    i_slint_backend_testing::mock_elapsed_time(Duration::from_secs(61));
    stage.settle();
    assert_eq!(stage.clipboard(), "a shopping list");
    // When the window closes, a minute may not have passed.
    stage.click("Copy key");
    stage.face.take_secret_back();
    assert_eq!(stage.clipboard(), " ");
}

#[test]
fn a_door_is_made_and_closed_behind_the_fold() {
    let stage = Stage::open(1180, 1400);
    sample::doors(&stage);
    stage.chord(Key::Control, "k");
    assert!(!stage.has("Make a door"), "it is folded");
    stage.click("Advanced");
    stage.asked();
    stage.click("1 day");
    stage.click("25 people");
    stage.click("Make a door");
    let day = Duration::from_secs(86_400);
    assert_eq!(changes(&stage), [Change::AddDoor { open_for: Some(day), uses: Some(25) }]);
    let name = keyroom_types::DoorSeeds::of(&keyroom_types::Key::from_bytes([9; 32])).id;
    stage.click(&format!("Close: Door {}", &name.to_string()[..8]));
    assert!(changes(&stage).is_empty(), "it asks first");
    stage.click("Close");
    assert_eq!(changes(&stage), [Change::CloseDoor(name)]);
}

#[test]
fn the_code_fills_the_window_and_escape_leads_back_to_the_sheet() {
    let stage = Stage::open(1180, 760);
    sample::host(&stage, "Garden project");
    stage.click("Show it large");
    assert!(!stage.has("Copy key"));
    let code = stage.named("QR code with the link to this room");
    assert!(code.size().width > 500.0, "{:?}", code.size());
    stage.key(Key::Escape);
    assert!(stage.has("Copy key"));
}

#[test]
fn preferences_say_what_the_desktop_is_told() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    stage.handle(Input::WindowActive(false));
    let says = |minute| {
        sample::say(&stage, room, minute, Sender::Peer(PeerId(900)), "exercise 4", MessageState::Received);
        stage.told().into_iter().filter_map(|(_, note)| note).map(|note| note.text).collect::<Vec<_>>()
    };
    assert_eq!(says(40), ["1 new message"]);
    stage.handle(Input::WindowActive(true));
    assert!(matches!(&stage.told()[..], [(about, None)] if *about == room), "it was read");
    stage.chord(Key::Control, ",");
    stage.click("Show who and what");
    stage.handle(Input::WindowActive(false));
    assert_eq!(says(41), ["exercise 4"]);
    stage.handle(Input::WindowActive(true));
    stage.click("Say nothing");
    stage.handle(Input::WindowActive(false));
    assert!(says(42).is_empty());
}

#[test]
fn a_fernet_room_is_muted_by_a_button_beside_its_people() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    stage.click("Mute");
    assert!(stage.has("Unmute"));
    stage.handle(Input::WindowActive(false));
    sample::say(&stage, room, 40, Sender::Peer(PeerId(900)), "hello", MessageState::Received);
    assert!(stage.told().is_empty());
}

#[test]
fn closing_while_hosting_asks_plainly_and_can_be_minimised_instead() {
    let stage = Stage::open(1180, 760);
    sample::host(&stage, "Garden project");
    stage.key(Key::Escape);
    stage.handle(Input::CloseWindow);
    let asked = stage.app.global::<ui::Ui<'_>>().get_question_text();
    assert!(asked.contains("hosts 1 room") && asked.contains("nobody can write there"), "{asked}");
    stage.click("Minimise instead");
    assert!(!stage.app.global::<ui::Ui<'_>>().get_asking());
    assert!(stage.has("Message to Garden project"));
}

#[test]
fn a_room_is_hosted_in_memory_only_where_a_profile_is_kept() {
    let stage = Stage::open(1180, 900);
    stage.click("Host a room");
    assert!(!stage.has("In memory only"), "nothing is kept in this window anyway");
}
