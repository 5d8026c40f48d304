//! What clicks and keys do, without a display.

use std::time::Duration;

use keyroom_client::{
    Alarm, Command, EnterBy, Listen, MessageState, PeerId, RelayAt, RoomEvent, SendFailure, Sender,
};
use keyroom_gui::ui;
use keyroom_types::{Invite, Key as RoomKey};
use slint::platform::Key;
use slint::{ComponentHandle, Model};

use crate::sample;
use crate::stage::Stage;

#[test]
fn a_room_is_hosted_with_two_clicks() {
    let stage = Stage::open(1180, 760);
    stage.click("Host a room");
    stage.click("Open the room");
    let asked = stage.asked();
    let options = asked
        .iter()
        .find_map(
            |command| if let Command::HostSealed { options, .. } = command { Some(options) } else { None },
        )
        .expect("the engine is asked to host, and a room is sealed unless told otherwise");
    assert!(matches!(options.at, RelayAt::Here { listen: Listen::Everywhere, data: None }));
    assert!(options.announce);
}

#[test]
fn the_kind_of_room_is_chosen_in_both_forms() {
    let stage = Stage::open(1180, 900);
    let host = || stage.app.global::<ui::HostForm<'_>>();
    stage.click("Host a room");
    assert_eq!(
        (host().get_kind(), host().get_lacks().row_count()),
        (0, 0),
        "sealed, without Fernet's warnings"
    );
    stage.click("Fernet");
    assert_eq!((host().get_kind(), host().get_lacks().row_count()), (1, 2));
    stage.click("Sealed");
    assert_eq!(host().get_kind(), 0);
    stage.chord(Key::Control, "j");
    let join = || stage.app.global::<ui::JoinForm<'_>>();
    assert_eq!((join().get_kind(), join().get_kind_asked()), (0, true));
    stage.click("Fernet");
    assert_eq!((join().get_kind(), &*join().get_address_text()), (1, "127.0.0.1:9999"));
    stage.click("Sealed");
    assert_eq!((join().get_kind(), &*join().get_address_text()), (0, ""));
}

#[test]
fn a_pasted_link_to_a_sealed_room_needs_no_kind_and_joins() {
    let stage = Stage::open(1180, 760);
    let link = sample::sealed_link();
    stage.app.invoke_put_on_clipboard(link.as_str().into());
    stage.click("Join a room");
    stage.chord(Key::Control, "v");
    assert!(!stage.has("Fernet"), "the link says the kind");
    stage.key(Key::Return);
    let joined = stage.asked().into_iter().any(|command| {
        matches!(command, Command::JoinSealed { options, .. } if matches!(&options.by, EnterBy::Invite(invite)
            if *Invite::from(invite.clone()).show() == link))
    });
    assert!(joined);
}

#[test]
fn a_key_alone_joins_a_sealed_room_that_is_nearby() {
    let stage = Stage::open(1180, 760);
    stage.click("Join a room");
    stage.type_text(sample::KEY);
    stage.key(Key::Return);
    let joined = stage.asked().into_iter().any(|command| {
        matches!(command, Command::JoinSealed { options, .. }
            if matches!(&options.by, EnterBy::Key { addresses, .. } if addresses.is_empty()))
    });
    assert!(joined);
}

#[test]
fn an_alarm_stops_the_composer_and_stays_in_sight() {
    let stage = Stage::open(1180, 760);
    let room = sample::sealed(&stage);
    assert!(stage.has("Message to Blue kitchen"));
    stage.room_event(room, RoomEvent::Alarm(Alarm::Forked));
    stage.settle();
    let shown = stage.app.global::<ui::Room<'_>>();
    assert_eq!((shown.get_banner_tone(), shown.get_can_write()), (ui::Tone::Alarm, false));
    assert!(stage.things().iter().any(|thing| {
        thing
            .accessible_label()
            .is_some_and(|label| label.contains("showed different people different things"))
    }));
}

#[test]
fn host_options_follow_the_form() {
    let stage = Stage::open(1180, 900);
    stage.click("Host a room");
    stage.click("Fernet");
    stage.app.invoke_focus_field(ui::Box::RoomName);
    stage.settle();
    // The name's field has the keyboard.
    stage.chord(Key::Control, "a");
    stage.type_text("Kitchen");
    stage.click("This computer only");
    stage.click("Open the room");
    let asked = stage.asked();
    let options = asked
        .iter()
        .find_map(|command| if let Command::Host { options, .. } = command { Some(options) } else { None })
        .expect("the engine is asked to host");
    assert_eq!(options.name.as_str(), "Kitchen");
    assert_eq!(options.listen, Listen::ThisComputer);
}

#[test]
fn a_pasted_link_fills_address_and_key_and_joins() {
    let stage = Stage::open(1180, 760);
    let invite = Invite::fernet(
        vec!["192.168.1.23:9999".parse().expect("an address")],
        RoomKey::parse(sample::KEY).expect("a key"),
    );
    let link = invite.expect("an invite").show();
    stage.app.invoke_put_on_clipboard(format!("  {}\n", *link).into());
    stage.click("Join a room");
    stage.chord(Key::Control, "a");
    stage.chord(Key::Control, "v");
    assert_eq!(stage.app.global::<ui::JoinForm<'_>>().get_address_text(), "192.168.1.23:9999");
    stage.click("Join");
    let joined = stage.asked().into_iter().any(|command| {
        matches!(command, Command::Join { options, .. } if options.addresses[0].to_string() == "192.168.1.23:9999"
            && *options.key.show() == sample::KEY)
    });
    assert!(joined);
}

#[test]
fn what_is_wrong_with_a_key_is_said_at_its_field_while_typing() {
    let stage = Stage::open(1180, 760);
    stage.click("Join a room");
    stage.click("Key or link");
    stage.type_text("rA1D!");
    let field = stage.named("Key or link");
    let said = field.accessible_description().expect("a field with an error describes it");
    assert!(said.contains('!'), "{said}");
}

#[test]
fn enter_sends_and_shift_enter_begins_a_line() {
    let stage = Stage::open(1180, 760);
    sample::join(&stage, "Physics 9b");
    stage.asked();
    stage.type_text("one");
    stage.chord(Key::Shift, Key::Return);
    stage.type_text("two");
    assert!(stage.asked().is_empty(), "nothing is sent before Enter");
    stage.key(Key::Return);
    let sent: Vec<String> = stage
        .asked()
        .into_iter()
        .filter_map(|command| if let Command::Send { text, .. } = command { Some(text) } else { None })
        .collect();
    assert_eq!(sent, ["one\ntwo"]);
    assert_eq!(stage.app.global::<ui::Room<'_>>().get_draft(), "", "the composer is empty again");
}

#[test]
fn each_room_keeps_its_own_draft() {
    let stage = Stage::open(1180, 760);
    sample::join(&stage, "Physics 9b");
    stage.type_text("for physics");
    sample::join(&stage, "Chess");
    stage.type_text("for chess");
    let draft = || stage.app.global::<ui::Room<'_>>().get_draft();
    stage.click("Physics 9b, Fernet, connected");
    assert_eq!(draft(), "for physics");
    stage.click("Chess, Fernet, connected");
    assert_eq!(draft(), "for chess");
}

/// Attack matrix row 27: a text bomb from the clipboard.
#[test]
fn a_megabyte_pasted_into_the_composer_is_refused_with_a_sentence() {
    let stage = Stage::open(1180, 760);
    sample::join(&stage, "Physics 9b");
    stage.type_text("before ");
    stage.app.invoke_put_on_clipboard("word ".repeat(210_000).into());
    stage.app.invoke_focus_composer();
    stage.settle();
    stage.chord(Key::Control, "v");
    let room = stage.app.global::<ui::Room<'_>>();
    assert_eq!(room.get_draft(), "before ");
    assert!(room.get_hint().contains("1.0 MB"), "{}", room.get_hint());
}

#[test]
fn a_failed_message_is_sent_again_by_click_and_by_keyboard() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    let failed = MessageState::Failed(SendFailure::ConnectionLost);
    let position = sample::say(&stage, room, 44, Sender::Me, "hello?", failed);
    stage.settle();
    stage.asked();
    let retried = |stage: &Stage| {
        stage
            .asked()
            .into_iter()
            .any(|command| matches!(command, Command::Retry { position: at, .. } if at == position))
    };
    stage.click("Send again: hello?");
    assert!(retried(&stage));
    stage.app.invoke_focus_composer();
    stage.settle();
    stage.chord(Key::Shift, Key::Backtab);
    stage.key(Key::UpArrow);
    stage.key(Key::DownArrow);
    stage.key(Key::Return);
    assert!(retried(&stage));
}

/// Attack matrix row 34.
#[test]
fn copied_keys_leave_the_clipboard_after_a_minute() {
    let stage = Stage::open(1180, 760);
    sample::host(&stage, "Garden project");
    stage.click("Copy key");
    assert_eq!(stage.clipboard(), sample::KEY);
    i_slint_backend_testing::mock_elapsed_time(Duration::from_secs(61));
    stage.settle();
    assert_eq!(stage.clipboard(), " ");
}

#[test]
fn part_of_a_message_is_copied_as_it_was_said() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    sample::say(&stage, room, 40, Sender::Peer(PeerId(900)), "so 🫠👋🏽 and on", MessageState::Received);
    stage.settle();
    let at = stage.face.rows().selected(1, 3, 3 + ":melting_face:👋".len());
    assert_eq!(at.as_deref(), Some("🫠👋🏽"));
}

#[test]
fn escape_goes_one_step_back_and_shortcuts_lead_everywhere() {
    let stage = Stage::open(1180, 760);
    let screen = || stage.app.global::<ui::Ui<'_>>().get_screen();
    stage.chord(Key::Control, "h");
    assert_eq!(screen(), ui::Screen::Host);
    stage.key(Key::Escape);
    assert_eq!(screen(), ui::Screen::Start);
    stage.chord(Key::Control, "j");
    assert_eq!(screen(), ui::Screen::Join);
    stage.key(Key::F1);
    assert_eq!(screen(), ui::Screen::About);
    sample::host(&stage, "Garden project");
    let key_shown = || stage.app.global::<ui::KeySheet<'_>>().get_shown();
    assert!(key_shown(), "a new room shows its key");
    stage.key(Key::Escape);
    assert!(!key_shown());
    stage.chord(Key::Control, "k");
    assert!(key_shown());
}

#[test]
fn text_grows_and_shrinks_with_the_keyboard() {
    let stage = Stage::open(1180, 760);
    let scale = || stage.app.global::<ui::Theme<'_>>().get_scale();
    stage.chord(Key::Control, "+");
    assert!(scale() > 1.0);
    stage.chord(Key::Control, "0");
    assert!((scale() - 1.0).abs() < f32::EPSILON);
    stage.chord(Key::Control, "-");
    assert!(scale() < 1.0);
}

#[test]
fn a_guest_is_renamed_in_place() {
    let stage = Stage::open(1180, 760);
    let room = sample::host(&stage, "Garden project");
    sample::come(&stage, room, 7, "guest 7");
    stage.key(Key::Escape);
    stage.asked();
    stage.click("Rename guest 7");
    stage.chord(Key::Control, "a");
    stage.type_text("Anna");
    stage.click("Save");
    let renamed = stage.asked().into_iter().any(
        |command| matches!(command, Command::Rename { peer: PeerId(7), label, .. } if label.as_str() == "Anna"),
    );
    assert!(renamed);
}

#[test]
fn a_narrow_window_shows_one_column_at_a_time() {
    let stage = Stage::open(360, 740);
    sample::rooms(&stage);
    stage.key(Key::Escape);
    assert!(stage.has("Message to Garden project"));
    assert!(!stage.has("Your rooms"));
    stage.click("Back to your rooms");
    assert!(stage.has("Your rooms"));
    stage.click("Garden project, Fernet, open");
    stage.click("Show people");
    assert!(stage.has("People in this room"));
}

/// Attack matrix rows 23 and 25.
#[test]
fn markup_links_and_bidi_controls_of_others_stay_visible_text() {
    let stage = Stage::open(1180, 760);
    let room = sample::join(&stage, "Physics 9b");
    let hostile = "<b>bold</b> [bank](https://example.org) \u{202e}fdp.exe";
    sample::say(&stage, room, 40, Sender::Peer(PeerId(900)), hostile, MessageState::Received);
    stage.settle();
    let rows = stage.app.global::<ui::Room<'_>>().get_rows();
    let shown = rows.iter().last().expect("the message is there").text;
    assert_eq!(shown, "<b>bold</b> [bank](https://example.org) ⟨U+202E⟩fdp.exe");
    let links = stage.things().into_iter().filter_map(|thing| thing.accessible_label());
    assert!(!links.into_iter().any(|label| label == "bank"));
}
