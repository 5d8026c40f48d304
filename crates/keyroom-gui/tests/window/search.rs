//! The search, without a display.

use keyroom_client::{Command, MessageState, PeerId, RoomEvent, Sender};
use keyroom_gui::ui;
use keyroom_view::Row;
use slint::platform::Key;
use slint::{ComponentHandle, Model};

use crate::sample;
use crate::stage::Stage;

fn shown(stage: &Stage) -> bool {
    stage.app.global::<ui::Search<'_>>().get_shown()
}

#[test]
fn ctrl_f_finds_a_message_and_enter_goes_to_it() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    for number in 0..400 {
        let from = Sender::Peer(PeerId(900));
        sample::say(&stage, room, 1, from, &format!("message {number}"), MessageState::Received);
    }
    stage.settle();
    stage.chord(Key::Control, "f");
    assert!(shown(&stage));
    // The field has the keyboard.
    stage.type_text("message 17");
    stage.key(Key::Return);
    let found = stage.app.global::<ui::Search<'_>>().get_found();
    assert_eq!(found.row_count(), 11, "17 and 170 to 179");
    for _ in 0..10 {
        stage.key(Key::DownArrow);
    }
    assert_eq!(stage.app.global::<ui::Search<'_>>().get_selected(), 10);
    stage.key(Key::Return);
    assert!(!shown(&stage));
    let current = stage.app.global::<ui::Room<'_>>().get_current();
    assert!(matches!(stage.face.rows().row(current), Some(Row::Message(row)) if &*row.text == "message 17"));
    let in_sight = stage.things().into_iter().any(|thing| {
        thing.accessible_label().is_some_and(|label| label.ends_with(": message 17"))
            && (60.0..700.0).contains(&thing.absolute_position().y)
    });
    assert!(in_sight, "the message is on the screen");
    // The keyboard is on it: the arrows go on from there.
    stage.key(Key::DownArrow);
    let next = stage.app.global::<ui::Room<'_>>().get_current();
    assert!(matches!(stage.face.rows().row(next), Some(Row::Message(row)) if &*row.text == "message 18"));
}

#[test]
fn a_click_on_what_was_found_opens_its_room() {
    let stage = Stage::open(1180, 760);
    sample::rooms(&stage);
    stage.key(Key::Escape);
    sample::found(&stage);
    stage.click("Search");
    stage.type_text("seeds");
    stage.key(Key::Return);
    stage.asked();
    let name = "Mira in Community garden, 09:12: I ordered more seeds for the north bed: they come on Thursday, and we can sow them on the weekend";
    assert!(stage.has(name), "{:?}", stage.app.global::<ui::Search<'_>>().get_note());
    stage.click(name);
    assert!(stage.asked().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
    assert!(!shown(&stage));
}

#[test]
fn escape_leads_back_to_what_was_being_written() {
    let stage = Stage::open(1180, 760);
    sample::join(&stage, "Physics 9b");
    stage.type_text("half a ");
    stage.chord(Key::Control, "f");
    stage.type_text("words");
    stage.key(Key::Escape);
    assert!(!shown(&stage));
    stage.type_text("sentence");
    assert_eq!(stage.app.global::<ui::Room<'_>>().get_draft(), "half a sentence");
}

#[test]
fn what_comes_in_while_somebody_searches_does_not_close_the_search() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    stage.chord(Key::Control, "f");
    stage.type_text("words");
    sample::say(&stage, room, 41, Sender::Peer(PeerId(900)), "hello", MessageState::Received);
    stage.room_event(room, RoomEvent::Announced(true));
    stage.settle();
    assert!(shown(&stage));
    assert_eq!(stage.app.global::<ui::Search<'_>>().get_text(), "words");
}
