//! What clicks and keys do in the inspector, what a screen reader finds there, and what is saved.

use keyroom_client::History;
use keyroom_client::inspect::FieldKind;
use keyroom_client::testing::StagedHistory;
use keyroom_gui::ui;
use keyroom_view::words::{self, Language};
use keyroom_view::{Input, Inspect};
use slint::platform::Key;
use slint::{ComponentHandle, Model, Rgba8Pixel, SharedPixelBuffer};

use crate::stage::{AccessibleRole, Stage};
use crate::{sample, screens};

fn inspector(stage: &Stage) -> ui::Inspector<'_> {
    stage.app.global::<ui::Inspector<'_>>()
}

fn labels(stage: &Stage, role: AccessibleRole) -> Vec<String> {
    let things = stage.things().into_iter().filter(|thing| thing.accessible_role() == Some(role));
    things.filter_map(|thing| thing.accessible_label().map(String::from)).collect()
}

const SAID: &str = "Bo, 10:44: the seeds came today 🌱";

#[test]
fn the_menu_of_a_message_shows_what_the_network_saw_and_escape_closes_it() {
    let stage = Stage::open(1180, 760);
    sample::captured(&stage);
    stage.right_click(SAID);
    stage.click("What the network saw");
    assert!(inspector(&stage).get_shown() && !inspector(&stage).get_beside());
    let rows = labels(&stage, AccessibleRole::ListItem);
    assert!(rows.iter().any(|row| row.starts_with("0000: version 80, time 00 00 00 00")), "{rows:?}");
    stage.key(Key::Escape);
    assert!(!inspector(&stage).get_shown());
}

#[test]
fn a_shortcut_opens_the_panel_beside_the_room_and_it_follows_the_selection() {
    let stage = Stage::open(1180, 760);
    sample::captured(&stage);
    stage.chord(Key::Control, "i");
    assert!(inspector(&stage).get_shown() && inspector(&stage).get_beside());
    assert_eq!(inspector(&stage).get_see_text(), "the seeds came today 🌱");
    // The messages are one stop before the composer; the arrows move in them.
    stage.app.invoke_focus_composer();
    stage.settle();
    stage.chord(Key::Shift, Key::Backtab);
    stage.key(Key::UpArrow);
    assert_eq!(inspector(&stage).get_see_text(), "Are you still there?");
    stage.key(Key::DownArrow);
    assert_eq!(inspector(&stage).get_see_text(), "the seeds came today 🌱");
    stage.chord(Key::Control, "i");
    assert!(!inspector(&stage).get_shown());
}

#[test]
fn a_narrow_window_has_the_inspector_as_a_column_of_its_own() {
    let stage = Stage::open(700, 760);
    sample::captured(&stage);
    stage.chord(Key::Control, "i");
    assert!(inspector(&stage).get_shown() && !inspector(&stage).get_beside());
    assert!(!stage.has("Send") && stage.has("Close the inspector"));
    stage.click("Close the inspector");
    assert!(stage.has("Send"));
}

#[test]
fn a_click_on_a_byte_says_what_it_is_and_the_arrows_go_through_the_fields() {
    let stage = screens::show("inspector", 1180, 760);
    let row = stage.named(
        &labels(&stage, AccessibleRole::ListItem)
            .into_iter()
            .find(|row| row.starts_with("0000:"))
            .unwrap_or_default(),
    );
    let (at, size) = (row.absolute_position(), row.size());
    // Two digits of the first byte stand behind six digits of the offset.
    let position = slint::LogicalPosition::new(at.x + 52.0, at.y + size.height / 2.0);
    let window = stage.app.window();
    window.dispatch_event(slint::platform::WindowEvent::PointerMoved { position });
    let button = slint::platform::PointerEventButton::Left;
    window.dispatch_event(slint::platform::WindowEvent::PointerPressed { position, button });
    window.dispatch_event(slint::platform::WindowEvent::PointerReleased { position, button });
    stage.settle();
    assert_eq!(inspector(&stage).get_pointed(), 0);
    let part = inspector(&stage).invoke_part_of(0);
    assert_eq!(
        (part.name.as_str(), part.letter.as_str(), part.value.as_str()),
        ("version", "F", "0x80: Fernet")
    );
    assert!(part.spoken.contains("framing: version, type, length"), "{}", part.spoken);
    inspector(&stage).invoke_point_next(1);
    stage.settle();
    assert_eq!(inspector(&stage).get_pointed(), 1);
    inspector(&stage).invoke_point_next(-9);
    assert_eq!(inspector(&stage).get_pointed(), 0);
}

#[test]
fn levels_and_fields_are_gone_into_and_out_of_by_clicks() {
    let stage = screens::show("inspector-sealed", 1180, 1200);
    assert_eq!(inspector(&stage).get_level(), 3);
    stage.click("TLS record");
    assert_eq!((inspector(&stage).get_level(), inspector(&stage).get_parts().row_count()), (0, 5));
    stage.click("MLS message");
    stage.click("authenticated data");
    assert_eq!(inspector(&stage).get_way().row_count(), 1);
    stage.click("All of it");
    assert_eq!(inspector(&stage).get_way().row_count(), 0);
}

#[test]
fn a_bit_is_flipped_by_clicking_it_and_the_check_that_refuses_is_named() {
    let stage = screens::show("inspector", 1180, 760);
    stage.click("Try it");
    stage.click("Flip a bit");
    assert!(
        stage.has("Flip bit 7 of byte 56: Refused at step 5: HMAC."),
        "{:?}",
        labels(&stage, AccessibleRole::ListItem)
    );
    stage.handle(Input::Inspect(Inspect::Byte(0)));
    stage.click("Bit 0, now 1");
    assert!(stage.has("Flip bit 0 of byte 0: Refused at step 2: version."));
    stage.click("Send it again");
    assert!(stage.has("Send it again: It opens all the same."));
}

/// Attack matrix rows 9, 28, 30.
#[test]
fn the_lab_of_a_sealed_room_refuses_what_is_tried() {
    let stage = screens::show("inspector-sealed", 1180, 900);
    stage.click("Try it");
    for attack in ["Wrong key", "Send it again", "Old message", "Ex-member"] {
        stage.click(attack);
        let trials = inspector(&stage).get_trials();
        let newest = trials.row_data(0).expect("something was tried");
        assert!(newest.came.starts_with("Refused"), "{attack}: {}", newest.came);
    }
}

#[test]
fn steps_open_to_what_a_wrong_one_would_have_meant_and_say_all_to_a_screen_reader() {
    let stage = screens::show("inspector-steps", 1180, 760);
    let step = stage.named("5. HMAC, right ✓");
    let described = step.accessible_description().map(String::from).unwrap_or_default();
    assert!(described.contains("If this had been wrong") && described.contains("RFC 2104"), "{described}");
    let high = step.size().height;
    stage.click("5. HMAC, right ✓");
    assert!(stage.named("5. HMAC, right ✓").size().height > high);
}

#[test]
fn why_a_room_is_private_is_asked_from_its_header_and_from_its_people() {
    let stage = Stage::open(1180, 2_400);
    sample::captured_sealed(&stage, 596);
    stage.click("Why is this private?");
    assert!(inspector(&stage).get_shown());
    let rows = labels(&stage, AccessibleRole::ListItem);
    assert!(rows.iter().any(|row| row.starts_with("the relay. Texts of before: no")), "{rows:?}");
    assert!(
        rows.iter().any(|row| row == "epoch 11, 23 November 2026, 10:21:00: Anna removed Bo"),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row == "root: the whole room: has a key"), "{rows:?}");
    let stage = Stage::open(360, 740);
    sample::captured_sealed(&stage, 596);
    stage.click("Show people");
    stage.click("Why is this private?");
    assert!(inspector(&stage).get_shown() && stage.has("Close the inspector"));
}

#[test]
fn both_kinds_are_compared_by_a_click() {
    let stage = screens::show("inspector", 1180, 760);
    stage.click("Compare");
    assert_eq!(inspector(&stage).get_content(), ui::InspectorPage::Compare);
    assert!(inspector(&stage).get_compare().row_count() >= 7);
    assert!(
        inspector(&stage).get_fernet_lines().row_count() > 0
            && inspector(&stage).get_sealed_lines().row_count() > 0
    );
}

#[test]
fn how_long_bytes_are_kept_is_chosen_by_a_click() {
    let stage = screens::show("inspector-keeping", 1180, 900);
    stage.click("Off: nothing is kept");
    assert!(!stage.history.capture_limits().expect("memory answers").is_on());
    stage.click("30 days");
    assert!(stage.history.capture_limits().expect("memory answers").is_on());
}

#[test]
fn an_inspection_is_saved_as_text_and_as_a_picture() {
    let folder = std::env::temp_dir().join(format!("keyroom-inspections-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let stage = screens::show("inspector", 1180, 760);
    stage.face.work_here(folder.clone());
    stage.click("Save as text");
    let saved = inspector(&stage).get_saved();
    let path = saved.strip_prefix("Saved: ").expect("it is saved");
    let text = std::fs::read_to_string(path).expect("it is there");
    assert!(text.contains("THE NETWORK SEES") && text.contains("the seeds came today 🌱"));
    stage.click("Save as picture");
    let saved = inspector(&stage).get_saved();
    let path = std::path::PathBuf::from(saved.strip_prefix("Saved: ").expect("it is saved"));
    assert_eq!(path.extension().and_then(|ending| ending.to_str()), Some("png"));
    let (width, height, bytes) = crate::picture::read(&path).expect("a picture");
    assert!(width == 1180 && height > 600, "{width} × {height}");
    // Light, whatever the window is, and not empty.
    assert_eq!(&bytes[..3], [0xfa, 0xfa, 0xf8]);
    assert!(bytes.chunks(3).filter(|pixel| *pixel != &bytes[..3]).count() > 100_000);
    std::fs::remove_dir_all(&folder).expect("it goes");
}

/// The picture is drawn on a thread of its own, which speaks as the window does.
#[test]
fn an_inspection_of_a_german_window_is_saved_in_german() {
    words::speak(Language::German);
    let folder = std::env::temp_dir().join(format!("keyroom-inspections-german-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let stage = screens::show("inspector", 1180, 760);
    stage.face.work_here(folder.clone());
    stage.click("Als Text sichern");
    let saved = inspector(&stage).get_saved();
    let text = std::fs::read_to_string(saved.strip_prefix("Gesichert: ").expect("it is saved"));
    assert!(text.expect("it is there").contains("DAS NETZ SIEHT"));
    stage.click("Als Bild sichern");
    let saved = inspector(&stage).get_saved();
    let path = std::path::PathBuf::from(saved.strip_prefix("Gesichert: ").expect("it is saved"));
    let (width, height, bytes) = crate::picture::read(&path).expect("a picture");
    let pixels: Vec<u8> = bytes.chunks(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 0xff]).collect();
    let picture = SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(&pixels, width, height);
    crate::snapshots::compare("inspector-picture-german", &picture);
    std::fs::remove_dir_all(&folder).expect("it goes");
}

/// Rows are made when they come into sight: a megabyte opens and scrolls like a line.
#[test]
fn a_commit_of_a_megabyte_makes_only_the_rows_in_sight() {
    let stage = Stage::open(1180, 760);
    let (_, said) = sample::captured_sealed(&stage, 1 << 20);
    stage.handle(Input::Inspect(Inspect::Line(said)));
    assert!(inspector(&stage).get_lines().row_count() > 65_000);
    let rows = || {
        labels(&stage, AccessibleRole::ListItem).into_iter().filter(|row| row.contains(": content")).count()
    };
    assert!(rows() < 80, "{} rows are there", rows());
    // To the end, by the keyboard: the bytes are reached by Tab.
    let last = (0..30).any(|_| {
        stage.key(Key::Tab);
        stage.key(Key::End);
        labels(&stage, AccessibleRole::ListItem).iter().any(|row| row.contains("content's tag"))
    });
    assert!(last && rows() < 80);
}

#[test]
fn every_kind_of_field_has_a_colour_and_a_ground() {
    let stage = Stage::over(StagedHistory::new(), 400, 400);
    let theme = stage.app.global::<ui::Theme<'_>>();
    for colours in [theme.get_fields(), theme.get_fields_soft()] {
        assert_eq!(colours.row_count(), FieldKind::ALL.len());
        let all: std::collections::BTreeSet<String> =
            colours.iter().map(|colour| format!("{colour:?}")).collect();
        assert_eq!(all.len(), FieldKind::ALL.len());
    }
}
