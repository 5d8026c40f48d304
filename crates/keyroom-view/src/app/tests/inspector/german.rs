//! The inspector of a German window, page by page: nothing on it is English.

use std::fmt::Debug;

use super::*;
use crate::inspector::{Bytes, MessagePage};
use crate::words::Language;

/// All texts of a thing that is shown.
fn texts(shown: &dyn Debug) -> Vec<String> {
    format!("{shown:?}").split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The fields of these bytes, as they are listed.
fn fields(bytes: Option<&Bytes>) -> Vec<String> {
    let rows = bytes.into_iter().flat_map(|bytes| (0..bytes.parts()).filter_map(|at| bytes.part(at)));
    rows.flat_map(|row| texts(&row)).collect()
}

impl Desk {
    /// What the message's page says at the level that is shown, and in its lab.
    fn reads_page(&mut self) -> Vec<String> {
        let mut page = self.page();
        let mut said = fields(page.bytes.take().as_ref());
        said.extend(fields(page.lab.bytes.take().as_ref()));
        said.extend(texts(&page));
        said
    }

    /// Looks at everything that there is to see of a line, and tries everything on it.
    fn reads(&mut self, position: Position) -> Vec<String> {
        self.inspects(Inspect::Line(position));
        let mut said = Vec::new();
        for level in 0..self.page().levels.len() {
            self.inspects(Inspect::Level(level));
            said.extend(self.reads_page());
        }
        self.inspects(Inspect::Tab(TabName::Lab)).inspects(Inspect::Byte(3));
        for attack in Attack::NAMED.into_iter().chain([Attack::FlipBit(3), Attack::FlipBit(usize::MAX)]) {
            self.inspects(Inspect::Try(attack));
        }
        said.extend(self.reads_page());
        self.effects.clear();
        self.inspects(Inspect::Save(SaveAs::Text));
        let Export::Text(text) = &self.saving().unwrap().what else { panic!("not a text") };
        said.extend(text.lines().map(str::to_owned));
        self.effects.clear();
        self.inspects(Inspect::Save(SaveAs::Picture));
        let Export::Picture(picture) = &mut self.saving().unwrap().clone().what else { panic!("no picture") };
        said.extend(fields(picture.bytes.take().as_ref()));
        said.extend(texts(picture));
        self.inspects(Inspect::Page(PageName::Compare));
        let PageView::Compare(mut compare) = self.inspector().content else { panic!("not the comparison") };
        said.extend(fields(compare.fernet.take().as_ref()));
        said.extend(fields(compare.sealed.take().as_ref()));
        said.extend(texts(&compare));
        self.inspects(Inspect::Page(PageName::Keeping));
        said.extend(texts(&self.inspector()));
        self.inspects(Inspect::Room);
        said.extend(texts(&self.room_page()));
        said
    }
}

/// Lines with a word that is English and not German, whatever else stands in them.
fn english(said: &[String]) -> Vec<&String> {
    let is_english = |line: &&String| {
        // What is cited has its own name.
        line.replace("Keyroom protocol, The log", "")
            .split(|ch: char| !ch.is_alphanumeric() && ch != '_')
            .any(|word| ENGLISH.contains(&word))
    };
    said.iter().filter(is_english).collect()
}

#[test]
fn a_german_window_says_nothing_in_the_inspector_in_english() {
    let mut desk = Desk::new();
    desk.does(Input::ChooseLanguage(1));
    assert_eq!(words::language(), Language::German);
    let room = desk.joins();
    let position = desk.captures(room, "Die Samen sind da");
    let mut said = desk.reads(position);
    let room = desk.enters();
    desk.history.report(room, report());
    for records in [false, true] {
        let position = desk.captures_sealed(room, "Treffen um neun", 596, records);
        said.extend(desk.reads(position));
    }
    assert!(said.len() > 1_000, "{}", said.len());
    let found = english(&said);
    assert!(found.is_empty(), "{found:#?}");
    for wanted in [
        "Geheimtext",
        "Umschlag",
        "DAS NETZ SIEHT",
        "5. HMAC",
        "Abgelehnt bei Schritt 5: HMAC.",
        "Das Relay",
        "kam durch eine Tür",
        "RFC 9420, 6.3 und 8",
        "Wer hat später den Schlüssel?",
    ] {
        assert!(said.iter().any(|line| line.contains(wanted)), "{wanted}");
    }
}

#[test]
fn english_would_be_found() {
    let page: MessagePage = {
        let mut desk = Desk::new();
        let room = desk.joins();
        let position = desk.captures(room, "hello");
        desk.inspects(Inspect::Line(position)).page()
    };
    for step in &page.steps {
        assert!(!english(&texts(step)).is_empty(), "{step:?}");
    }
    assert!(english(&["Die Nachricht, das Relay und alle Mitglieder.".to_owned()]).is_empty());
}

#[test]
fn an_inspection_in_one_language_is_put_away_when_another_is_chosen() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.captures(room, "hello");
    desk.inspects(Inspect::Line(position)).does(Input::ChooseLanguage(1));
    assert!(desk.app.inspector().is_none());
    assert_eq!(
        desk.inspects(Inspect::Line(position)).page().levels,
        ["Fernet-Token als Text", "Fernet-Token"]
    );
}

/// Words that a German sentence has not, as they are written; of each English sentence one at least stands here.
const ENGLISH: [&str; 62] = [
    "the",
    "The",
    "and",
    "with",
    "that",
    "from",
    "not",
    "this",
    "are",
    "has",
    "which",
    "Which",
    "who",
    "Who",
    "what",
    "What",
    "its",
    "Its",
    "for",
    "bytes",
    "key",
    "keys",
    "room",
    "message",
    "place",
    "time",
    "refused",
    "opened",
    "right",
    "wrong",
    "nobody",
    "somebody",
    "yes",
    "author",
    "sender",
    "when",
    "When",
    "length",
    "field",
    "value",
    "content",
    "log",
    "head",
    "based",
    "step",
    "envelope",
    "proof",
    "random",
    "encrypted",
    "filler",
    "letters",
    "members",
    "member",
    "network",
    "relay",
    "removed",
    "padding",
    "ciphertext",
    "unchanged",
    "replay",
    "Legend",
    "Envelope",
];
