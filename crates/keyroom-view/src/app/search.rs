//! The search: in the room on the screen or in all, and the way to what was found.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use keyroom_client::{Found, FoundIn, RoomId, Sender};
use keyroom_types::text;

use super::{App, Place};
use crate::effect::{Effect, Focus, ScrollTo};
use crate::forms::FieldState;
use crate::input::Field;
use crate::screen::{FoundPart, FoundRow, SearchPage};
use crate::secret::FieldText;
use crate::timeline::shown;
use crate::words;

/// A search that is open.
pub(super) struct Search {
    field: FieldState,
    /// Over all rooms, not only the one on the screen.
    everywhere: bool,
    /// When it is searched for what was typed.
    due: Option<SystemTime>,
    found: Vec<Found>,
    selected: usize,
    failed: bool,
}

impl Search {
    /// When it is searched for what was typed.
    pub(super) fn due(&self) -> Option<SystemTime> {
        self.due
    }
}

impl App {
    pub(super) fn open_search(&mut self, everywhere: bool) {
        let everywhere = everywhere || self.shown_id().is_none();
        match &mut self.search {
            // Asked for again, it looks elsewhere.
            Some(search) if search.everywhere != everywhere => self.search_everywhere(everywhere),
            Some(_) => {}
            None => {
                let field = FieldState::with("");
                self.search = Some(Search {
                    field,
                    everywhere,
                    due: None,
                    found: Vec::new(),
                    selected: 0,
                    failed: false,
                });
                self.menu = None;
                self.changes.screen = true;
            }
        }
        self.changes.search = true;
        self.effects.push(Effect::Focus(Focus::Field(Field::Search)));
    }

    pub(super) fn search_everywhere(&mut self, everywhere: bool) {
        let in_room = self.shown_id().is_some();
        if let Some(search) = &mut self.search {
            search.everywhere = everywhere || !in_room;
        }
        self.search_now();
    }

    pub(super) fn edit_search(&mut self, text: FieldText) {
        let now = self.now;
        let Some(search) = &mut self.search else { return };
        let before = search.field.text().clone();
        search.field.edit(text);
        if before != *search.field.text() {
            // Not at each key: a person types faster than a million messages are looked through.
            search.due = Some(now + PAUSE);
        }
        self.changes.search = true;
    }

    /// Searches when the person paused.
    pub(super) fn search_if_due(&mut self) {
        let now = self.now;
        if self.search.as_ref().is_some_and(|search| search.due.is_some_and(|due| due <= now)) {
            self.search_now();
        }
    }

    fn search_now(&mut self) {
        let room = self.shown_id();
        let Some(search) = &mut self.search else { return };
        search.due = None;
        search.selected = 0;
        let only = room.filter(|_| !search.everywhere);
        // One more than is shown: then it is known whether there are more.
        let found = self.history.search(search.field.text(), only, MOST + 1);
        search.failed = found.is_err();
        search.found = found.unwrap_or_default();
        self.changes.search = true;
    }

    pub(super) fn step_found(&mut self, by: i32) {
        let Some(search) = &mut self.search else { return };
        let last = search.found.len().min(MOST).saturating_sub(1);
        let step = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        search.selected = if by < 0 {
            search.selected.saturating_sub(step)
        } else {
            search.selected.saturating_add(step).min(last)
        };
        self.changes.search = true;
    }

    /// The Enter key: searches what is not searched for yet, else goes to the selected message.
    pub(super) fn submit_search(&mut self) {
        let Some(search) = &self.search else { return };
        if search.due.is_some() {
            self.search_now();
        } else {
            self.pick_found(search.selected);
        }
    }

    /// Goes to a message that was found, in its room.
    pub(super) fn pick_found(&mut self, place: usize) {
        let Some(found) = self.search.as_ref().and_then(|search| search.found.get(place)) else { return };
        let (at, position) = (found.room, found.position);
        let Some(room) = self.room_of(at) else { return };
        self.search = None;
        self.changes.search = true;
        self.open_room(room);
        let row = self.with_timeline(|timeline, look| timeline.go_to(look, position.0)).flatten();
        // Opening the room wanted to go elsewhere in it.
        self.effects.retain(|effect| !matches!(effect, Effect::Scroll(_) | Effect::Focus(_)));
        if let Some(row) = row {
            self.effects.push(Effect::Scroll(ScrollTo::Row(row)));
            self.effects.push(Effect::Focus(Focus::Row(row)));
        }
        self.redraw();
    }

    pub(super) fn close_search(&mut self) {
        self.search = None;
        self.changes.search = true;
        self.redraw();
        let focus = if matches!(self.place, Place::Room(_)) { Focus::Composer } else { Focus::First };
        self.effects.push(Effect::Focus(focus));
    }

    /// What lies over everything while somebody searches.
    pub fn search(&self) -> Option<SearchPage> {
        let search = self.search.as_ref()?;
        let shown = search.found.len().min(MOST);
        let rows = search.found.iter().take(MOST).filter_map(|found| self.found_row(found));
        let note = match (search.failed, shown, search.field.text().trim()) {
            (true, ..) => words::SEARCH_FAILED.to_owned(),
            (_, 0, "") => String::new(),
            // It is said only when it is certain.
            (_, 0, _) if search.due.is_some() => String::new(),
            (_, 0, _) => words::NOTHING_FOUND.to_owned(),
            (_, shown, _) => words::found(shown as u64, search.found.len() > MOST),
        };
        Some(SearchPage {
            title: words::SEARCH.to_owned(),
            field: search.field.show(
                words::SEARCH_FIELD.text(),
                "",
                words::SEARCH_HINT.to_owned(),
                String::new(),
            ),
            everywhere: search.everywhere,
            scopes: if self.shown_id().is_some() {
                [words::IN_THIS_ROOM.text(), words::IN_ALL_ROOMS.text()].map(str::to_owned).to_vec()
            } else {
                Vec::new()
            },
            found: rows.collect(),
            selected: search.selected,
            note,
        })
    }

    fn found_row(&self, found: &Found) -> Option<FoundRow> {
        let room = self.room(self.room_of(found.room)?)?;
        let who = match found.from {
            Sender::Me => words::YOU_SAID.to_owned(),
            // The name that it has now where it is known, else the one that it had then.
            Sender::Peer(peer) if room.people.get(peer).is_some() => room.people.name(peer),
            Sender::Peer(_) if found.name.is_empty() => words::SOMEBODY.to_owned(),
            Sender::Peer(_) => text::one_line(&found.name).into_owned(),
        };
        let when = self.local(found.at).short(&self.local(self.now));
        let parts = parts(&found.text, &found.marks);
        let text: String = parts.iter().map(|part| part.text.as_str()).collect();
        Some(FoundRow {
            spoken: words::found_spoken(&room.name, &who, &when, &text),
            rtl: shown::is_rtl(&found.text),
            room: room.name.clone(),
            who,
            when,
            parts,
        })
    }

    /// The room of this process in which a message was found.
    fn room_of(&self, at: FoundIn) -> Option<RoomId> {
        match at {
            FoundIn::Kept(id) => self.of_kept(&id),
            FoundIn::Open(id) => self.room(id).filter(|room| room.is_listed()).map(|room| room.id),
        }
    }
}

/// The part of a text where the first mark stands, in pieces, safe to show and bounded (attack matrix rows 23, 27).
fn parts(text: &str, marks: &[Range<usize>]) -> Vec<FoundPart> {
    let first = marks.first().map_or(0, |mark| mark.start).min(text.len());
    let ahead = text[..first].char_indices().rev().nth(AHEAD).map_or(0, |(at, _)| at);
    // At the beginning of a word, where there is one.
    let start = match text[ahead..first].find(char::is_whitespace) {
        Some(space) if ahead > 0 => ahead + space + 1,
        _ => ahead,
    };
    let end = text[start..].char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| start + at);
    let mut parts = Vec::new();
    let mut push = |piece: &str, found| {
        if !piece.is_empty() {
            parts.push(FoundPart { text: shown::piece(piece), found });
        }
    };
    if start > 0 {
        push("…", false);
    }
    let mut at = start;
    for mark in marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        if mark.start >= at {
            push(&text[at..mark.start], false);
            push(&text[mark.clone()], true);
            at = mark.end;
        }
    }
    push(&text[at..end], false);
    if end < text.len() {
        push("…", false);
    }
    parts
}

/// How long a person pauses before it is searched.
const PAUSE: Duration = Duration::from_millis(150);
/// Messages that are shown.
const MOST: usize = 100;
/// Characters before the first word that was found.
const AHEAD: usize = 28;
/// Characters of a message that are shown.
const LONGEST: usize = 160;

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn shown(text: &str, marks: &[Range<usize>]) -> String {
        let bold = |part: FoundPart| if part.found { format!("[{}]", part.text) } else { part.text };
        parts(text, marks).into_iter().map(bold).collect()
    }

    #[test]
    fn the_found_words_are_shown_with_what_stands_around_them() {
        assert_eq!(shown("bring the seeds", from_ref(&(10..15))), "bring the [seeds]");
        assert_eq!(shown("seeds and\nseeds", &[0..5, 10..15]), "[seeds] and [seeds]");
        let long = format!("{} needle {}", "hay ".repeat(40), "straw ".repeat(60));
        let at = long.find("needle").unwrap();
        let line = shown(&long, from_ref(&(at..at + 6)));
        assert!(
            line.starts_with("…hay hay") && line.contains(" [needle] straw") && line.ends_with('…'),
            "{line}"
        );
        assert!(line.chars().count() < 200);
        assert_eq!(shown("no marks", &[]), "no marks");
    }

    /// Attack matrix rows 23 and 27.
    #[test]
    fn hostile_text_is_safe_and_bounded_in_the_list() {
        assert_eq!(shown("a\u{202e}b \u{1b}[2J", from_ref(&(0..1))), "[a]⟨U+202E⟩b ␛[2J");
        assert!(shown(&"x".repeat(1 << 20), from_ref(&(0..1 << 20))).chars().count() < 200);
    }
}
