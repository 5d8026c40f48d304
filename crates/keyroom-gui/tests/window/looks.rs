//! Language, size of text and contrast as they are chosen in the window; and that the markup brings no words of its own.

use std::fs;
use std::path::{Path, PathBuf};

use keyroom_gui::ui;
use keyroom_view::Input;
use keyroom_view::words::{self, Language};
use slint::ComponentHandle;
use slint::platform::Key;

use crate::screens;
use crate::stage::{AccessibleRole, Stage};

#[test]
fn the_language_is_chosen_in_the_window_and_everything_on_it_changes_at_once() {
    let stage = screens::show("room", 1180, 1000);
    assert!(stage.has("Send again: Are you still there?") && stage.has("Key of this room"));
    stage.handle(Input::OpenPreferences);
    stage.click("Deutsch");
    assert!(stage.has("Einstellungen") && stage.has("Hoher Kontrast") && stage.has("Raum eröffnen"));
    stage.handle(Input::Back);
    for name in
        ["Noch einmal senden: Are you still there?", "Schlüssel dieses Raums", "Leute", "Raum schließen"]
    {
        assert!(stage.has(name), "{name}");
    }
    assert!(!stage.has("Key of this room"));
    stage.handle(Input::OpenPreferences);
    stage.click("English");
    assert!(stage.has("Preferences"));
}

#[test]
fn a_window_opens_in_the_language_that_is_spoken_and_names_all_one_can_act_on() {
    words::speak(Language::German);
    for name in screens::ALL {
        let stage = screens::show(name, 1180, 760);
        for thing in stage.things() {
            let (role, label) = (thing.accessible_role(), thing.accessible_label().unwrap_or_default());
            assert!(!ENGLISH.contains(&label.as_str()), "{name}: {role:?} {label:?}");
        }
    }
}

#[test]
fn text_size_and_contrast_are_chosen_by_mouse_or_keyboard() {
    let stage = Stage::open(1180, 1000);
    let theme = || stage.app.global::<ui::Theme<'_>>();
    stage.handle(Input::OpenPreferences);
    stage.click("150\u{a0}%");
    assert!((theme().get_scale() - 1.5).abs() < 0.001);
    stage.click("High contrast");
    assert!(theme().get_contrast());
    // Back to the top of the page, then by keyboard alone: the button that closes, the name, three choices about
    // notifications, two languages, three sizes, contrast.
    stage.handle(Input::Back);
    stage.handle(Input::OpenPreferences);
    for _ in 0..7 {
        stage.key(Key::Tab);
    }
    stage.key(" ");
    assert!((theme().get_scale() - 1.0).abs() < 0.001, "the seventh stop is 100 %");
    for _ in 0..3 {
        stage.key(Key::Tab);
    }
    stage.key(" ");
    assert!(!theme().get_contrast());
}

#[test]
fn a_screen_reader_finds_the_choices_in_named_groups_with_the_chosen_one_marked() {
    let stage = Stage::open(1180, 1000);
    stage.handle(Input::OpenPreferences);
    for (name, chosen) in [("English", true), ("Deutsch", false), ("100\u{a0}%", true), ("125\u{a0}%", false)]
    {
        let choice = stage.named(name);
        assert_eq!(choice.accessible_role(), Some(AccessibleRole::RadioButton), "{name}");
        assert_eq!(choice.accessible_checked(), Some(chosen), "{name}");
    }
    let groups: Vec<String> = stage
        .things()
        .iter()
        .filter(|thing| thing.accessible_role() == Some(AccessibleRole::RadioGroup))
        .filter_map(|thing| thing.accessible_label().map(Into::into))
        .collect();
    assert!(groups.ends_with(&["Language".to_owned(), "Text size".to_owned()]), "{groups:?}");
    assert_eq!(stage.named("High contrast").accessible_role(), Some(AccessibleRole::Switch));
}

#[test]
fn the_markup_brings_no_words_of_its_own() {
    let mut files = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ui")), &mut files);
    assert!(files.len() > 15);
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        for line in source.lines() {
            let code = line.split("//").next().unwrap_or_default();
            let code = if line.contains("://") { line } else { code };
            if code.trim_start().starts_with("import ")
                || code.contains("@image-url")
                || code.contains("event.text ==")
            {
                continue;
            }
            for text in code.split('"').skip(1).step_by(2) {
                let plain = text.split('\\').next().unwrap_or_default();
                let word = plain.split(|ch: char| !ch.is_alphabetic()).any(|word| word.chars().count() > 1);
                assert!(!word || NO_WORDS.contains(&text), "{}: {text:?}", file.display());
            }
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the markup is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "slint") {
            files.push(path);
        }
    }
}

/// Names of fonts and an address.
const NO_WORDS: [&str; 4] = ["Inter", "Inter Message", "JetBrains Mono", "https://slint.dev"];
/// Words that a German window must not show: each is in the markup of some screen.
const ENGLISH: [&str; 20] = [
    "Try again",
    "Close",
    "Back",
    "About Keyroom",
    "Host a room",
    "Join a room",
    "Rooms",
    "Your rooms",
    "People",
    "Hide people",
    "Show people",
    "People in this room",
    "Save",
    "Cancel",
    "Key",
    "Copy key",
    "Copy link",
    "Send",
    "Show all",
    "Messages",
];
