//! What the desktop is told while the person looks elsewhere, and what the person prefers.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use keyroom_client::RoomId;
use keyroom_types::{Key, Label};

use super::{App, Place};
use crate::effect::{Effect, Note};
use crate::forms::FieldState;
use crate::input::Notify;
use crate::screen::{Choice, Preferences};
use crate::timeline::shown;
use crate::words;

/// What the desktop was told.
pub(super) struct Telling {
    notify: Notify,
    /// When it was last told of a room, as long as that was not taken back.
    told: HashMap<RoomId, SystemTime>,
}

impl Telling {
    /// As the history says that the person prefers it.
    pub(super) fn of(history: &dyn keyroom_client::History) -> Self {
        let preferred = history.preference(NOTIFY).ok().flatten();
        let notify = preferred.and_then(|name| CHOICES.into_iter().find(|choice| name_of(*choice) == name));
        Self { notify: notify.unwrap_or_default(), told: HashMap::new() }
    }
}

impl App {
    /// Somebody said something in a room. `who` is safe to show; `text` is as it came.
    pub(super) fn tell_message(&mut self, id: RoomId, who: &str, text: &str) {
        let Some(room) = self.room(id) else { return };
        let (title, said) = match self.telling.notify {
            Notify::Shown => {
                let names = room.people.names();
                // A sign in the middle of a key parts it in the text, not in what is shown.
                let secret = has_secret(text) || has_secret(&shown::words(text, names));
                let said = if secret { words::HIDDEN_SECRET.to_owned() } else { shown::line(text, names) };
                (words::said_in(who, &room.name), said)
            }
            _ => (words::SOMETHING_SAID.to_owned(), words::new_unread(room.unread.count().max(1))),
        };
        self.tell(id, title, said);
    }

    /// A room needs its person for another reason.
    pub(super) fn tell_matter(&mut self, id: RoomId, what: &str) {
        let Some(room) = self.room(id) else { return };
        let title = match self.telling.notify {
            Notify::Shown => room.name.clone(),
            _ => words::SOMETHING_SAID.to_owned(),
        };
        self.tell(id, title, what.to_owned());
    }

    fn tell(&mut self, id: RoomId, title: String, text: String) {
        let muted = self.room(id).is_none_or(|room| room.choices.muted);
        let soon = self.telling.told.get(&id).is_some_and(|last| self.now < *last + AT_MOST_EVERY);
        if self.window.active || muted || soon || self.telling.notify == Notify::Off {
            return;
        }
        self.telling.told.insert(id, self.now);
        self.effects.push(Effect::Tell(Note { room: id, title, text }));
    }

    /// A room was read or left: what the desktop was told of it is no news.
    pub(super) fn untell(&mut self, id: RoomId) {
        if self.telling.told.remove(&id).is_some() {
            self.effects.push(Effect::Untell(id));
        }
    }

    pub(super) fn choose_notify(&mut self, notify: Notify) {
        self.telling.notify = notify;
        // Where it cannot be kept it holds until the window is closed.
        let _ = self.history.set_preference(NOTIFY, name_of(notify));
        self.changes.screen = true;
    }

    pub(super) fn open_preferences(&mut self) {
        let me = super::own_name(&self.options).to_owned();
        self.my_name = FieldState::with(me);
        self.go(Place::Preferences);
    }

    /// Takes the name of the preferences, where it is one.
    pub(super) fn save_my_name(&mut self) {
        let Ok(name) = self.my_name.text().parse::<Label>() else { return };
        if self.place == Place::Preferences
            && self.my_name.is_bounded()
            && self.options.me.as_ref() != Some(&name)
        {
            // Where it cannot be kept it holds until the window is closed.
            let _ = self.history.set_preference(App::NAME_PREFERENCE, name.as_str());
            self.options.me = Some(name);
        }
    }

    pub(super) fn preferences(&self) -> Preferences {
        let kept = self.options.kept.is_some();
        Preferences {
            title: words::PREFERENCES.to_owned(),
            me: self.my_name.show_name(words::PREFERRED_NAME.text(), words::PREFERRED_NAME_HINT.text()),
            notify_label: words::NOTIFY.to_owned(),
            notify: self.telling.notify,
            notify_choices: CHOICES
                .map(words::notify_choice)
                .map(|(title, text)| Choice { title: title.to_owned(), text: text.to_owned() }),
            kept: if kept { words::KEPT_HERE.text() } else { words::NOTHING_KEPT.text() }.to_owned(),
        }
    }

    /// The preference that says what this person is called, for who makes a profile.
    pub const NAME_PREFERENCE: &'static str = "name";
}

/// Whether there is a key or a link in a text: it stays in the window (attack matrix row 34).
fn has_secret(text: &str) -> bool {
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_' | '=');
    let mut words = text.split(|ch: char| ch.is_whitespace()).flat_map(|word| word.split('#'));
    text.contains("keyroom:")
        || words.any(|word| {
            let run = word.trim_matches(|ch| !is_part(ch));
            (KEY_CHARS..=KEY_CHARS + 1).contains(&run.len()) && Key::parse(run).is_ok()
        })
        || grouped_key(text)
}

/// A key as it is shown in groups, which somebody typed or pasted.
fn grouped_key(text: &str) -> bool {
    let groups: Vec<&str> = text.split_whitespace().collect();
    groups
        .windows(KEY_GROUPS)
        .any(|groups| groups.iter().all(|group| group.len() <= 4) && Key::parse(&groups.concat()).is_ok())
}

fn name_of(notify: Notify) -> &'static str {
    match notify {
        Notify::Off => "off",
        Notify::Hidden => "hidden",
        Notify::Shown => "shown",
    }
}

const CHOICES: [Notify; 3] = [Notify::Off, Notify::Hidden, Notify::Shown];
/// Name of the preference.
const NOTIFY: &str = "notify";
/// A room is not told of again sooner: a flood is one notification.
const AT_MOST_EVERY: Duration = Duration::from_secs(2);
/// Characters of a key without its padding.
const KEY_CHARS: usize = 43;
/// Groups of four that a key is shown in.
const KEY_GROUPS: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack matrix row 34.
    #[test]
    fn keys_and_links_are_seen_in_whatever_is_said() {
        let key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
        let grouped = Key::parse(key).unwrap().show_grouped().to_string();
        for text in [
            key.to_owned(),
            format!("the key is {key}!"),
            format!("key: {}", key.trim_end_matches('=')),
            format!("see keyroom://10.0.0.7:9998/?kind=fernet#{key} now"),
            format!("https://rooms.example/abc#{key}"),
            format!("it is {grouped} as shown"),
        ] {
            assert!(has_secret(&text), "{text}");
        }
        for text in ["see you at nine", "aaaa bbbb cccc", "https://example.org/page#part", ""] {
            assert!(!has_secret(text), "{text}");
        }
    }
}
