//! Formatted messages in the window: links are asked about, names are completed, whole rows are copied.

use std::cell::RefCell;
use std::rc::Rc;

use keyroom_client::{Command, MessageState, PeerId, RoomId, Sender};
use keyroom_gui::ui;
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, Model};

use crate::sample;
use crate::stage::Stage;

/// A stage whose addresses go to a list in place of a browser.
fn stage() -> (Stage, Rc<RefCell<Vec<String>>>) {
    let stage = Stage::open(1180, 1100);
    let opened = Rc::new(RefCell::new(Vec::new()));
    let opener = opened.clone();
    stage.face.open_links_with(Box::new(move |address| {
        opener.borrow_mut().push(address.as_str().to_owned());
        true
    }));
    (stage, opened)
}

/// Clicks so far from the left upper corner of the row whose name begins like this.
fn click_in(stage: &Stage, row: &str, x: f32, y: f32, button: PointerEventButton) {
    let thing = stage
        .things()
        .into_iter()
        .find(|thing| thing.accessible_label().is_some_and(|label| label.starts_with(row)))
        .unwrap_or_else(|| panic!("no row begins with {row}"));
    let at = thing.absolute_position();
    let position = LogicalPosition::new(at.x + x, at.y + y);
    stage.app.window().dispatch_event(WindowEvent::PointerMoved { position });
    stage.app.window().dispatch_event(WindowEvent::PointerPressed { position, button });
    stage.app.window().dispatch_event(WindowEvent::PointerReleased { position, button });
    stage.settle();
}

/// A room in which somebody said a link, at 10:31.
fn with_link(stage: &Stage) -> RoomId {
    let room = sample::join(stage, "Links");
    let text = "https://a.example/x is it";
    sample::say(stage, room, 31, Sender::Peer(PeerId(900)), text, MessageState::Received);
    room
}

/// Attack matrix rows 25 and 26.
#[test]
fn a_click_on_a_link_asks_and_only_yes_opens_it() {
    let (stage, opened) = stage();
    with_link(&stage);
    stage.settle();
    let asking = || stage.app.global::<ui::Ui<'_>>().get_asking();
    // Beside the link nothing happens; in it the window asks.
    click_in(&stage, "host, 10:31", 44.0 + 24.0 + 300.0, 38.0, PointerEventButton::Left);
    assert!(!asking());
    click_in(&stage, "host, 10:31", 44.0 + 24.0 + 40.0, 38.0, PointerEventButton::Left);
    assert!(asking(), "the link was clicked");
    assert!(stage.app.global::<ui::Ui<'_>>().get_question_text().starts_with("https://a.example/x\n"));
    assert!(opened.borrow().is_empty());
    stage.key(Key::Escape);
    assert!(!asking() && opened.borrow().is_empty());
    click_in(&stage, "host, 10:31", 44.0 + 24.0 + 40.0, 38.0, PointerEventButton::Left);
    stage.click("Open");
    assert_eq!(*opened.borrow(), ["https://a.example/x"]);
}

/// Attack matrix row 25.
#[test]
fn the_tab_key_leads_through_the_links_of_a_message_and_enter_asks_about_one() {
    let (stage, opened) = stage();
    let room = sample::join(&stage, "Links");
    let text = "https://a.example/x or https://b.example/y";
    sample::say(&stage, room, 31, Sender::Peer(PeerId(900)), text, MessageState::Received);
    stage.app.invoke_focus_composer();
    stage.settle();
    let asking = || stage.app.global::<ui::Ui<'_>>().get_asking();
    stage.key(Key::Backtab);
    assert!(!stage.has("Open a.example …"), "the row comes first");
    stage.key(Key::Tab);
    assert!(stage.has("Open a.example …"));
    stage.key(Key::Tab);
    assert!(stage.has("Open b.example …") && !stage.has("Open a.example …"));
    stage.key(Key::Backtab);
    stage.key(Key::Return);
    assert!(asking() && opened.borrow().is_empty());
    assert!(stage.app.global::<ui::Ui<'_>>().get_question_text().starts_with("https://a.example/x\n"));
    stage.click("Open");
    assert_eq!(*opened.borrow(), ["https://a.example/x"]);

    // Behind the last link is the place where one writes.
    stage.key(Key::Backtab);
    (0..3).for_each(|_| stage.key(Key::Tab));
    assert!(!stage.has("Open b.example …"));
    stage.type_text("ok");
    assert_eq!(stage.app.global::<ui::Room<'_>>().get_draft(), "ok");
}

#[test]
fn the_other_button_opens_the_menu_on_styled_text_too() {
    let (stage, opened) = stage();
    let room = with_link(&stage);
    sample::say(&stage, room, 32, Sender::Peer(PeerId(900)), "**bold** and no link", MessageState::Received);
    stage.settle();
    let shown = || stage.app.global::<ui::MessageMenu<'_>>().get_shown();
    click_in(&stage, "host, 10:32", 44.0 + 24.0 + 40.0, 12.0, PointerEventButton::Right);
    assert!(shown());
    stage.key(Key::Escape);
    // What a real window says before Slint hears of the button.
    stage.app.global::<ui::Ui<'_>>().set_right_button(true);
    click_in(&stage, "host, 10:31", 44.0 + 24.0 + 40.0, 38.0, PointerEventButton::Right);
    stage.app.global::<ui::Ui<'_>>().set_right_button(false);
    assert!(shown() && opened.borrow().is_empty());
    stage.click("Open a.example …");
    stage.click("Copy address");
    assert_eq!(stage.clipboard(), "https://a.example/x");
}

#[test]
fn a_name_is_completed_with_the_keyboard() {
    let (stage, _) = stage();
    sample::formatted(&stage);
    let room = || stage.app.global::<ui::Room<'_>>();
    stage.app.invoke_focus_composer();
    stage.settle();
    stage.type_text("hi @an");
    let names: Vec<String> = room().get_names().iter().map(Into::into).collect();
    assert_eq!(names, ["Anna", "Anton"]);
    assert!(stage.has("Anton"));
    stage.key(Key::DownArrow);
    stage.key(Key::Return);
    assert_eq!(room().get_draft(), "hi @Anton ");
    stage.asked();
    stage.type_text("ok");
    stage.key(Key::Return);
    let sent = stage.asked().into_iter().find_map(|command| match command {
        Command::Send { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(sent.as_deref(), Some("hi @Anton ok"), "the cursor stands behind the name");
    stage.type_text("@an");
    stage.key(Key::Escape);
    assert_eq!(room().get_names().row_count(), 0);
    stage.type_text(" @an");
    stage.click("Anna");
    assert_eq!(room().get_draft(), "@an @Anna ");
}

#[test]
fn a_formatted_row_is_copied_whole_and_read_without_its_signs() {
    let (stage, _) = stage();
    sample::formatted(&stage);
    let row = "Anna, 10:31: For Saturday, please:\n• read chapter 3, at least to fn main\n• bring one question\n• or two\n1. nine o’clock sharp";
    assert!(stage.has(row));
    stage.right_click(row);
    stage.click("Copy message");
    assert!(
        stage.clipboard().starts_with("For **Saturday**, please:\n- read *chapter 3*"),
        "{}",
        stage.clipboard()
    );
}

#[test]
fn a_hidden_message_of_somebody_muted_is_shown_by_its_button() {
    let (stage, _) = stage();
    sample::formatted(&stage);
    assert!(stage.has("Zed, 10:42: Hidden here: you muted this person."));
    stage.click("Show the message by Zed");
    assert!(stage.has("Zed, 10:42: BUY NOW"));
}
