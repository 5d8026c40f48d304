//! Notifications and preferences.

use keyroom_client::Alarm;

use super::*;
use crate::MenuAction;
use crate::input::Notify;
use crate::{Note, words};

impl Desk {
    fn told(&self) -> Vec<&Note> {
        self.effects
            .iter()
            .filter_map(|effect| if let Effect::Tell(note) = effect { Some(note) } else { None })
            .collect()
    }

    fn untold(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Untell(_)))
    }

    /// A room with a guest, while the person looks elsewhere.
    fn looks_elsewhere(&mut self) -> RoomId {
        let room = self.hosts();
        self.comes(room, 1, "Ben").does(Input::WindowActive(false));
        room
    }
}

/// Attack matrix row 34: a notification shows nothing of what was said, unless the person wants that.
#[test]
fn a_message_is_told_without_names_and_words_while_the_person_looks_elsewhere() {
    let mut desk = Desk::new();
    let room = desk.looks_elsewhere();
    desk.is_told(room, "canary text");
    let [note] = desk.told()[..] else { panic!("{:?}", desk.effects) };
    assert_eq!((&*note.title, &*note.text, note.room), ("Keyroom", "1 new message", room));
    assert!(desk.app.shell().title.starts_with("(1)"));
    // A flood is one notification.
    desk.is_told(room, "more");
    assert!(desk.told().is_empty());
    desk.waits(Duration::from_secs(2)).is_told(room, "and more");
    assert_eq!(desk.told()[0].text, "3 new messages");
    // Who comes back needs it no more.
    desk.does(Input::WindowActive(true));
    assert!(desk.untold());
    desk.is_told(room, "seen");
    assert!(desk.told().is_empty());
}

#[test]
fn what_a_muted_person_says_is_not_told() {
    let mut desk = Desk::new();
    let room = desk.looks_elsewhere();
    let said = desk.is_told(room, "theirs");
    assert_eq!(desk.told().len(), 1);
    desk.does(Input::WindowActive(true)).does(Input::OpenMenu(said)).does(Input::MenuDo(MenuAction::Mute));
    desk.does(Input::WindowActive(false)).waits(Duration::from_secs(2)).is_told(room, "again");
    assert!(desk.told().is_empty(), "{:?}", desk.effects);
}

#[test]
fn own_words_notices_and_muted_rooms_are_not_told() {
    let mut desk = Desk::new();
    let room = desk.looks_elsewhere();
    desk.adds(room, message(Sender::Me, "mine", MessageState::Sent { to: 1 }));
    assert!(desk.told().is_empty());
    desk.does(Input::ToggleMute).is_told(room, "theirs");
    assert!(desk.told().is_empty());
    assert!(!desk.app.shell().title.starts_with('('), "a muted room is not counted");
    assert!(desk.app.rail()[0].muted && desk.room().mute == words::UNMUTE_WORD.text());
    desk.does(Input::ToggleMute).is_told(room, "theirs");
    assert_eq!(desk.told().len(), 1);
}

/// Attack matrix row 34: also who shows messages does not show keys and links outside of the window.
#[test]
fn who_wants_it_sees_who_and_what_but_no_key() {
    let mut desk = Desk::new();
    desk.does(Input::OpenPreferences).does(Input::ChooseNotify(Notify::Shown));
    let room = desk.looks_elsewhere();
    desk.is_told(room, "hello\nthere");
    assert_eq!((&*desk.told()[0].title, &*desk.told()[0].text), ("Ben in Garden project", "hello…"));
    desk.waits(Duration::from_secs(2)).is_told(room, &format!("come in: {LINK}"));
    assert_eq!(desk.told()[0].text, words::HIDDEN_SECRET.text());
    desk.waits(Duration::from_secs(2)).is_told(room, "**hello** `there`");
    assert_eq!(desk.told()[0].text, "hello there");
    // The signs that part a key are not shown, so it would be whole.
    let (start, end) = KEY.split_at(20);
    let far = "so ".repeat(30);
    for text in [format!("`{start}`{end}"), format!("{far}`{start}`{end}")] {
        desk.waits(Duration::from_secs(2)).is_told(room, &text);
        assert_eq!(desk.told()[0].text, words::HIDDEN_SECRET.text());
    }
    desk.does(Input::ChooseNotify(Notify::Off)).waits(Duration::from_secs(2)).is_told(room, "x");
    assert!(desk.told().is_empty());
}

#[test]
fn an_alarm_and_a_knock_are_told_too() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.does(Input::WindowActive(false)).hears(room, RoomEvent::Alarm(Alarm::Forked));
    assert_eq!(desk.told()[0].text, words::ROOM_NEEDS_YOU.text());
}

#[test]
fn preferences_are_kept_and_prefill_the_forms() {
    let history = StagedHistory::new();
    history.set_preference("notify", "off").unwrap();
    let mut desk = Desk::over(history, true);
    desk.does(Input::OpenPreferences);
    let Screen::Preferences(shown) = desk.app.screen() else { panic!("not the preferences") };
    assert_eq!(
        (shown.notify, &*shown.me.text, &*shown.kept),
        (Notify::Off, "Anna", words::NOTHING_KEPT.text())
    );
    desk.does(Input::ChooseNotify(Notify::Shown)).types(Field::MyName, "Annabel").does(Input::Back);
    assert_eq!(desk.history.preference("notify").unwrap().as_deref(), Some("shown"));
    assert_eq!(desk.history.preference("name").unwrap().as_deref(), Some("Annabel"));
    desk.does(Input::OpenPreferences).types(Field::MyName, "  ").does(Input::Back);
    assert_eq!(desk.history.preference("name").unwrap().as_deref(), Some("Annabel"), "that is no name");
}

#[test]
fn the_name_of_the_first_start_is_in_the_forms() {
    let history = StagedHistory::new();
    history.set_preference(App::NAME_PREFERENCE, "Djamila").unwrap();
    let options = Options {
        me: None,
        myself: None,
        kept: None,
        discovery: false,
        clock: Box::new(utc),
        version: String::new(),
    };
    let mut app = App::new(Arc::new(history), options);
    app.handle(SystemTime::UNIX_EPOCH, Input::OpenHostSetup);
    let Screen::HostSetup(form) = app.screen() else { panic!("not the host's form") };
    assert_eq!(&*form.me.text, "Djamila");
}
