//! The search: in the room on the screen or in all, and the way to what was found.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use keyroom_client::{Found, FoundIn, RoomId, Sender};
use keyroom_types::text;

use super::{App, Place};
use crate::effect::{Effect, Focus, ScrollTo};
use crate::forms::FieldState;
use crate::input::Field;
use crate::markup::{self, Names};
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
        let parts = parts(&found.text, &found.marks, room.people.names());
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

/// The part of a text where the first mark stands, in pieces: plain words without the signs that format them, safe to show
/// and bounded (attack matrix rows 23, 27).
fn parts(text: &str, marks: &[Range<usize>], names: &Names) -> Vec<FoundPart> {
    let first = marks.first().map_or(0, |mark| mark.start).min(text.len());
    // Signs belong to a line, blocks of code to all that stands before: it is read from the beginning, unless that is far.
    let from = if first <= READ { 0 } else { before(text, first, READ) };
    let to = after(text, first, READ);
    let safe = Safe::copy(text, marks, from..to);
    let plain = safe.plain(names, to < text.len());
    // What was found stands in a sign: then the signs are shown.
    let line = if plain.found.is_empty() && !safe.found.is_empty() { safe } else { plain };
    window(&line, from > 0, to < text.len())
}

/// A safe copy of a text, and what was found in it.
struct Safe {
    text: String,
    found: Vec<Range<usize>>,
}

impl Safe {
    /// A copy of this part of a text.
    fn copy(text: &str, marks: &[Range<usize>], part: Range<usize>) -> Self {
        let mut copy = Self { text: String::new(), found: Vec::new() };
        let mut at = part.start;
        for mark in marks.iter().filter(|mark| mark.end <= part.end) {
            if mark.start >= at {
                copy.text.push_str(&shown::part(&text[at..mark.start]));
                let start = copy.text.len();
                copy.text.push_str(&shown::part(&text[mark.clone()]));
                copy.found.push(start..copy.text.len());
                at = mark.end;
            }
        }
        copy.text.push_str(&shown::part(&text[at..part.end]));
        copy
    }

    /// The words of it.
    fn plain(&self, names: &Names, cut: bool) -> Self {
        let mut plain = Self { text: String::new(), found: Vec::new() };
        for said in markup::said(&self.text, names, cut) {
            let start = plain.text.len();
            let first = self.found.partition_point(|mark| mark.end <= said.at.start);
            for mark in self.found.iter().skip(first).take_while(|mark| mark.start < said.at.end) {
                let (from, to) = (mark.start.max(said.at.start), mark.end.min(said.at.end));
                let found = start + from - said.at.start..start + to - said.at.start;
                match plain.found.last_mut() {
                    Some(last) if last.end == found.start => last.end = found.end,
                    _ => plain.found.push(found),
                }
            }
            plain.text.push_str(&said.text);
        }
        plain
    }
}

/// What is shown of a line; whether there is more at its ends.
fn window(line: &Safe, more_before: bool, more_behind: bool) -> Vec<FoundPart> {
    let (text, marks) = (&*line.text, &line.found);
    let first = marks.first().map_or(0, |mark| mark.start);
    let ahead = before(text, first, AHEAD);
    // At the beginning of a word, where there is one.
    let start = match text[ahead..first].find(char::is_whitespace) {
        Some(space) if ahead > 0 => ahead + space + 1,
        _ => ahead,
    };
    let end = after(text, start, LONGEST);
    let mut parts = Vec::new();
    let mut push = |piece: &str, found| {
        if !piece.is_empty() {
            parts.push(FoundPart { text: shown::piece(piece), found });
        }
    };
    if start > 0 || more_before {
        push("…", false);
    }
    let mut at = start;
    for mark in marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        push(&text[at..mark.start], false);
        push(&text[mark.clone()], true);
        at = mark.end;
    }
    push(&text[at..end], false);
    if end < text.len() || more_behind {
        push("…", false);
    }
    parts
}

/// So many characters before a place, or the beginning.
fn before(text: &str, at: usize, chars: usize) -> usize {
    text[..at].char_indices().rev().nth(chars).map_or(0, |(at, _)| at)
}

/// So many characters behind a place, or the end.
fn after(text: &str, at: usize, chars: usize) -> usize {
    text[at..].char_indices().nth(chars).map_or(text.len(), |(more, _)| at + more)
}

/// How long a person pauses before it is searched.
const PAUSE: Duration = Duration::from_millis(150);
/// Messages that are shown.
const MOST: usize = 100;
/// Characters before the first word that was found.
const AHEAD: usize = 28;
/// Characters of a message that are shown.
const LONGEST: usize = 160;
/// Characters before and behind the first word that was found, which are read for what is formatted.
const READ: usize = 2_000;

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn shown(text: &str, marks: &[Range<usize>]) -> String {
        let bold = |part: FoundPart| if part.found { format!("[{}]", part.text) } else { part.text };
        parts(text, marks, &Names::default()).into_iter().map(bold).collect()
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

    #[test]
    fn what_was_found_is_shown_without_the_signs_that_format_it() {
        let marked = |text: &str, word: &str| {
            let at: Vec<Range<usize>> =
                text.match_indices(word).map(|(at, found)| at..at + found.len()).collect();
            shown(text, &at)
        };
        assert_eq!(marked("bring **the seeds** and `seeds`", "seeds"), "bring the [seeds] and [seeds]");
        assert_eq!(marked("*the* see**ds**", "see**ds"), "the [see**ds]**");
        assert_eq!(marked("these *are the*_se eds_", "the*_se"), "these are [these] eds");
        assert_eq!(marked("- one\n- two\n> three\n\nfour", "three"), "• one • two [three] four");
        assert_eq!(
            marked("https://аррӏе.com/x and", "com"),
            "https://аррӏе.[com]/x ⟨xn--80ak6aa92e.com⟩ and"
        );
        assert_eq!(marked("```\n*a* seeds\n```", "seeds"), "*a* [seeds]");
        // A word that is no word of the text is shown where it stands.
        assert_eq!(marked("```rust\n**x**\n```", "rust"), "```[rust] **x** ```");
        assert_eq!(marked("snake_case 2 * 3", "case"), "snake_[case] 2 * 3");
        let far = format!("{}**the seeds**{}", "hay ".repeat(1_000), " straw".repeat(1_000));
        let line = marked(&far, "seeds");
        assert!(line.starts_with("…hay") && line.contains("hay the [seeds] straw") && line.ends_with('…'));
    }

    /// Attack matrix rows 23 and 27.
    #[test]
    fn hostile_text_is_safe_and_bounded_in_the_list() {
        assert_eq!(shown("a\u{202e}b \u{1b}[2J", from_ref(&(0..1))), "[a]⟨U+202E⟩b ␛[2J");
        assert_eq!(shown("*a\u{202e}* `b\u{1b}`", from_ref(&(1..2))), "[a]⟨U+202E⟩ b␛");
        assert!(shown(&"x".repeat(1 << 20), from_ref(&(0..1 << 20))).chars().count() < 200);
    }
}
