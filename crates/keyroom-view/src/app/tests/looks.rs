//! Language, size of text, contrast.

use super::*;
use crate::words;
use crate::{Looks, ScaleStep};

fn looks(desk: &Desk) -> Looks {
    desk.app.looks()
}

#[test]
fn the_language_of_the_thread_is_the_first_and_a_chosen_one_is_kept() {
    words::speak(words::Language::German);
    let mut desk = Desk::new();
    assert_eq!(looks(&desk).languages, ["English", "Deutsch"]);
    assert_eq!(looks(&desk).language, 1);
    assert!(matches!(desk.app.screen(), Screen::Start(start) if start.host.title == "Raum eröffnen"));
    desk.does(Input::ChooseLanguage(0));
    assert!(matches!(desk.app.screen(), Screen::Start(start) if start.host.title == "Host a room"));
    assert_eq!(desk.history.preference("language").unwrap().as_deref(), Some("en"));

    words::speak(words::Language::German);
    let again = App::new(desk.history.clone(), options());
    assert_eq!(again.looks().language, 0, "what was chosen is stronger than what the system says");
}

#[test]
fn two_windows_on_one_thread_speak_their_own_languages() {
    let mut german = Desk::new();
    german.does(Input::ChooseLanguage(1));
    let mut english = Desk::new();
    english.does(Input::ChooseLanguage(0));
    german.does(Input::OpenAbout);
    english.does(Input::OpenAbout);
    assert!(
        matches!(german.app.screen(), Screen::About(about) if about.text[0].starts_with("Private Gespräche"))
    );
    assert!(
        matches!(english.app.screen(), Screen::About(about) if about.text[0].starts_with("Private chat"))
    );
    assert_eq!(german.app.looks().scale_label, "Schriftgröße");
}

#[test]
fn another_language_changes_the_rows_that_are_shown() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "Ben");
    desk.adds(room, Body::Notice(keyroom_client::Notice::Joined(PeerId(1))));
    let text = |desk: &Desk| -> Vec<String> {
        let notice = |row: &Row| if let Row::Notice(notice) = row { Some(notice.text.clone()) } else { None };
        desk.mirror.iter().filter_map(notice).collect()
    };
    assert_eq!(text(&desk), ["Ben came in"]);
    desk.does(Input::ChooseLanguage(1));
    assert_eq!(text(&desk), ["Ben kam herein"]);
    assert!(matches!(&desk.mirror[0], Row::Day(day) if day == "Heute"));
}

#[test]
fn the_size_of_text_is_offered_in_three_steps_and_kept() {
    let mut desk = Desk::new();
    assert_eq!(
        (looks(&desk).scales, looks(&desk).scale),
        (vec!["100\u{a0}%".into(), "125\u{a0}%".into(), "150\u{a0}%".into()], 0)
    );
    desk.does(Input::ChooseTextSize(2));
    assert_eq!(desk.app.shell().text_scale, 150);
    desk.does(Input::TextScale(ScaleStep::Larger));
    assert_eq!(desk.app.shell().text_scale, 175);
    assert!(looks(&desk).scale > 2, "none of those that are offered");
    let again = App::new(desk.history.clone(), options());
    assert_eq!(again.shell().text_scale, 175);
    desk.history.set_preference("text size", "12").unwrap();
    assert_eq!(App::new(desk.history.clone(), options()).shell().text_scale, 100);
}

#[test]
fn the_system_asks_for_contrast_until_the_person_chooses() {
    let mut desk = Desk::new();
    desk.does(Input::SystemContrast(true));
    assert!(desk.app.shell().high_contrast);
    desk.does(Input::ToggleContrast);
    desk.does(Input::SystemContrast(true));
    assert!(!desk.app.shell().high_contrast);
    let mut again = App::new(desk.history.clone(), options());
    again.handle(desk.now, Input::SystemContrast(true));
    assert!(!again.shell().high_contrast);
    desk.does(Input::ToggleContrast);
    assert!(App::new(desk.history.clone(), options()).shell().high_contrast);
}

#[test]
fn guests_are_called_in_the_language_and_members_as_they_chose() {
    let mut desk = Desk::new();
    desk.does(Input::ChooseLanguage(1));
    let room = desk.hosts();
    desk.comes(room, 1, "guest 2");
    let names: Vec<String> = desk.app.people().people.into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["Anna (du)", "Gast 2"]);
    assert_eq!(words::name_by_engine("host").as_deref(), Some("Host"));
    assert_eq!(words::name_by_engine("guest 2b"), None);
    let mut chosen = crate::room::People::with(Some(MYSELF), "Anna");
    chosen.set(Person { peer: PeerId(1), label: "guest 2".parse().unwrap(), here: true, address: None });
    assert_eq!(chosen.name(PeerId(1)), "guest 2");
}
