//! What clicks and keys do in sealed rooms and with the rooms of a profile, without a display.

use keyroom_client::{Act, Alarm, Change, Command, RoomEvent};
use keyroom_gui::ui;
use slint::ComponentHandle;
use slint::platform::Key;

use crate::sample;
use crate::stage::Stage;

const ASKED: &str = "Anna, 10:31: Shall we cook on Saturday?. 👍 by Cleo and Bo. 🎉 by you";

fn acts(stage: &Stage) -> Vec<Act> {
    let act = |command| if let Command::Act { act, .. } = command { Some(act) } else { None };
    stage.asked().into_iter().filter_map(act).filter(|act| *act != Act::Typing).collect()
}

fn changes(stage: &Stage) -> Vec<Change> {
    let change = |command| if let Command::Change { change, .. } = command { Some(change) } else { None };
    stage.asked().into_iter().filter_map(change).collect()
}

#[test]
fn a_click_on_a_room_of_the_profile_goes_on_in_it() {
    let stage = Stage::over(sample::profile(), 1180, 760);
    assert!(stage.has("Choir, sealed, closed"));
    stage.click("Physics 9b, sealed, not open, 3 unread");
    assert!(stage.asked().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
    stage.click("Choir, sealed, closed");
    assert!(stage.has("Change address or key") && stage.has("Take off the list"));
    assert!(!stage.asked().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
}

#[test]
fn a_right_click_answers_a_message() {
    let stage = Stage::open(1180, 760);
    let (_, asked, _) = sample::lively(&stage);
    stage.right_click(ASKED);
    stage.click("Reply");
    assert_eq!(stage.app.global::<ui::Room<'_>>().get_about(), "Answer to Anna: Shall we cook on Saturday?");
    stage.asked();
    stage.type_text("Gladly");
    stage.key(Key::Return);
    assert_eq!(acts(&stage), [Act::Reply { to: asked, text: "Gladly".to_owned() }]);
}

#[test]
fn the_menu_key_opens_the_menu_and_escape_closes_it() {
    let stage = Stage::open(1180, 760);
    sample::lively(&stage);
    let shown = || stage.app.global::<ui::MessageMenu<'_>>().get_shown();
    stage.app.invoke_focus_composer();
    stage.settle();
    stage.chord(Key::Shift, Key::Backtab);
    stage.key(Key::UpArrow);
    stage.key(Key::Menu);
    assert!(shown());
    stage.key(Key::Escape);
    assert!(!shown());
    stage.chord(Key::Shift, Key::Backtab);
    stage.chord(Key::Shift, Key::F10);
    assert!(shown());
}

#[test]
fn an_emoji_of_the_menu_stands_beside_the_message_or_is_taken_back() {
    let stage = Stage::open(1180, 760);
    let (_, asked, _) = sample::lively(&stage);
    stage.right_click(ASKED);
    stage.click("React 👍");
    assert_eq!(acts(&stage), [Act::React { to: asked, emoji: "👍".to_owned(), on: true }]);
    assert!(!stage.app.global::<ui::MessageMenu<'_>>().get_shown());
}

#[test]
fn an_own_message_is_changed_and_withdrawn_from_its_menu() {
    let stage = Stage::open(1180, 760);
    let (_, _, answer) = sample::lively(&stage);
    let name = "Djamila, 10:40, delivered to Anna and Cleo, edited, answers Anna: Shall we cook on Saturday?: Saturday is fine.";
    stage.right_click(name);
    stage.click("Change");
    assert_eq!(stage.app.global::<ui::Room<'_>>().get_draft(), "Saturday is fine.");
    stage.chord(Key::Control, "a");
    stage.type_text("At six");
    stage.asked();
    stage.key(Key::Return);
    assert_eq!(acts(&stage), [Act::Edit { of: answer, text: "At six".to_owned() }]);
    stage.right_click(name);
    stage.click("Withdraw");
    assert!(acts(&stage).is_empty(), "it asks first");
    stage.click("Withdraw");
    assert_eq!(acts(&stage), [Act::Delete { of: answer }]);
}

#[test]
fn a_code_is_compared_and_marked() {
    let stage = Stage::open(1180, 900);
    sample::lively(&stage);
    stage.click("Code of Cleo");
    stage.click("I compared this code");
    stage.key(Key::Escape);
    assert!(stage.has("Cleo, code compared ✓"));
}

#[test]
fn who_knocks_is_let_in_by_a_click() {
    let stage = Stage::open(1180, 900);
    let (room, ..) = sample::lively(&stage);
    let id = sample::knocks(&stage, room);
    stage.asked();
    stage.click("Let in: Dan");
    assert_eq!(changes(&stage), [Change::Admit(id)]);
    stage.click("Turn away: Dan");
    assert_eq!(changes(&stage), [Change::Decline(id)]);
}

#[test]
fn somebody_is_taken_out_after_one_question() {
    let stage = Stage::open(1180, 900);
    sample::lively(&stage);
    stage.click("Code of Cleo");
    stage.click("Take out of the room");
    assert!(changes(&stage).is_empty());
    stage.click("Take out of the room");
    assert_eq!(changes(&stage), [Change::Remove(keyroom_client::PeerId(3))]);
}

#[test]
fn settings_ask_the_engine_for_what_they_say() {
    let stage = Stage::open(1180, 1200);
    sample::lively(&stage);
    stage.click("Room settings");
    stage.asked();
    stage.click("Newcomers ask first");
    stage.click("The key lets people in");
    stage.click("1 day");
    let day = std::time::Duration::from_secs(86_400);
    assert_eq!(changes(&stage), [Change::Approval(true), Change::CloseDoors, Change::Lifetime(Some(day))]);
    stage.click("Mute this room");
    assert!(
        stage
            .asked()
            .iter()
            .any(|command| matches!(command, Command::Choose { choices, .. } if choices.muted))
    );
}

#[test]
fn an_alarm_offers_another_room_and_leaving_and_nothing_else() {
    let stage = Stage::open(1180, 760);
    let (room, ..) = sample::lively(&stage);
    stage.room_event(room, RoomEvent::Alarm(Alarm::Forked));
    stage.settle();
    assert!(stage.has("Open a new room") && stage.has("Leave for good") && !stage.has("Enter again"));
    stage.click("Open a new room");
    assert_eq!(stage.app.global::<ui::Ui<'_>>().get_screen(), ui::Screen::Host);
}
