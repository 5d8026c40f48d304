//! The search, in one room and over all, and the way to what was found.

use keyroom_client::testing::kept_room;
use keyroom_client::{Found, FoundIn, Stage};

use super::*;
use crate::screen::SearchPage;
use crate::{Focus, words};

fn id(byte: u8) -> keyroom_types::RoomId {
    keyroom_types::RoomId::from_bytes([byte; 16])
}

fn found(room: u8, position: u64, text: &str) -> Found {
    Found {
        room: FoundIn::Kept(id(room)),
        position: Position(position),
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(position),
        from: Sender::Peer(PeerId(2)),
        name: "Ben".into(),
        text: text.into(),
        marks: std::iter::once(0..5).collect(),
    }
}

impl Desk {
    fn search(&self) -> SearchPage {
        self.app.search().expect("the search is open")
    }

    /// Types into the search, and pauses.
    fn looks_for(&mut self, words: &str) -> &mut Self {
        self.types(Field::Search, words).waits(Duration::from_millis(150))
    }

    fn texts_found(&self) -> Vec<String> {
        let text = |row: &crate::FoundRow| row.parts.iter().map(|part| part.text.as_str()).collect();
        self.search().found.iter().map(text).collect()
    }
}

#[test]
fn a_room_in_memory_is_searched_and_a_message_is_gone_to() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    for number in 0..2_500 {
        desk.history
            .append(
                room,
                desk.now,
                message(Sender::Me, &format!("line {number}"), MessageState::Sent { to: 0 }),
            )
            .unwrap();
    }
    desk.hears(room, RoomEvent::Appended { first: Position(0), last: Position(2_499) });
    desk.does(Input::OpenSearch { everywhere: false });
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Focus(Focus::Field(Field::Search)))));
    let page = desk.search();
    assert_eq!(
        (page.everywhere, &page.scopes[..]),
        (false, &["In this room".to_owned(), "In all rooms".to_owned()][..])
    );
    // Nothing is searched at each key.
    desk.types(Field::Search, "line 17");
    assert!(desk.search().found.is_empty() && desk.search().note.is_empty());
    desk.waits(Duration::from_millis(150));
    assert_eq!(desk.search().found.len(), 100);
    assert!(desk.search().note.starts_with("The newest 100 messages"), "{}", desk.search().note);
    desk.looks_for("line 170");
    assert_eq!(desk.texts_found().last().map(String::as_str), Some("line 170"));
    let row = &desk.search().found[0];
    assert_eq!((&*row.room, &*row.who, &*row.when), ("Garden project", "you", "12:00"));
    assert!(row.parts.iter().any(|part| part.found && part.text == "line"));
    desk.looks_for("line 42 ");
    let place = desk.texts_found().iter().position(|text| text == "line 42").expect("it is found");
    desk.does(Input::PickFound(place));
    assert!(desk.app.search().is_none());
    let rows: Vec<usize> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Scroll(crate::ScrollTo::Row(row)) | Effect::Focus(Focus::Row(row)) => Some(*row),
            _ => None,
        })
        .collect();
    let [scroll, focus] = rows[..] else { panic!("{:?}", desk.effects) };
    assert_eq!(scroll, focus);
    assert!(matches!(&desk.mirror[scroll], Row::Message(row) if &*row.text == "line 42"));
}

#[test]
fn all_rooms_are_searched_and_the_way_leads_into_one_that_is_not_open() {
    let history = StagedHistory::new();
    history.keep(vec![kept_room(id(1), "Garden", Stage::Member), kept_room(id(2), "Kitchen", Stage::Member)]);
    history.finds(vec![found(1, 1, "seeds and more"), found(2, 9, "seeds for bread")]);
    let mut desk = Desk::over(history, true);
    desk.does(Input::OpenSearch { everywhere: false });
    assert!(desk.search().everywhere && desk.search().scopes.is_empty(), "no room is on the screen");
    desk.looks_for("seeds");
    let page = desk.search();
    let rows: Vec<_> = page.found.iter().map(|row| (&*row.room, &*row.who)).collect();
    assert_eq!(rows, [("Kitchen", "Ben"), ("Garden", "Ben")]);
    assert_eq!(page.note, "2 messages");
    let garden = desk.app.rail().into_iter().find(|tile| tile.name == "Garden").unwrap().room;
    for text in ["hello", "seeds and more"] {
        let body = message(Sender::Peer(PeerId(2)), text, MessageState::Received);
        desk.history.append(garden, desk.now, body).unwrap();
    }
    desk.does(Input::StepFound(1)).does(Input::SubmitSearch);
    assert!(desk.commands().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
    assert_eq!(desk.room().title, "Garden");
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Focus(Focus::Row(_)))));
}

#[test]
fn in_this_room_finds_only_what_was_said_there() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.is_told(garden, "seeds");
    let other = desk.joins();
    desk.is_told(other, "seeds too");
    desk.does(Input::OpenSearch { everywhere: false }).looks_for("seeds");
    assert_eq!(desk.texts_found(), ["seeds too"]);
    desk.does(Input::SearchEverywhere(true));
    assert_eq!(desk.search().found.len(), 2);
    // The same shortcut again looks here once more.
    desk.does(Input::OpenSearch { everywhere: false });
    assert_eq!(desk.texts_found(), ["seeds too"]);
}

#[test]
fn enter_searches_first_and_then_goes_and_escape_closes() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.is_told(room, "seeds");
    desk.does(Input::OpenSearch { everywhere: false }).types(Field::Search, "see").does(Input::SubmitSearch);
    assert_eq!(desk.texts_found(), ["seeds"]);
    desk.looks_for("nowhere");
    assert_eq!(desk.search().note, words::NOTHING_FOUND.text());
    desk.does(Input::SubmitSearch);
    assert!(desk.app.search().is_some(), "there is nowhere to go");
    desk.does(Input::Back);
    assert!(desk.app.search().is_none());
    assert_eq!(desk.room().title, "Garden project");
}

#[test]
fn what_is_found_is_shown_in_plain_words() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.is_told(garden, "**bring** the *seeds*");
    desk.does(Input::OpenSearch { everywhere: false }).looks_for("seeds");
    assert_eq!(desk.texts_found(), ["bring the seeds"]);
    let found = desk.search().found.remove(0);
    assert!(found.parts.iter().any(|part| part.found && part.text == "seeds"));
    assert!(found.spoken.ends_with("bring the seeds"), "{}", found.spoken);
}

/// Attack matrix rows 22 and 23.
#[test]
fn what_is_found_is_safe_to_show() {
    let history = StagedHistory::new();
    history.keep(vec![kept_room(id(1), "Bank\u{202e}", Stage::Member)]);
    history.finds(vec![Found { name: "Be\u{1b}n".into(), ..found(1, 0, "seeds\u{202e}cod") }]);
    let mut desk = Desk::over(history, true);
    desk.does(Input::OpenSearch { everywhere: true }).looks_for("seeds");
    let row = &desk.search().found[0];
    assert_eq!((&*row.room, &*row.who), ("Bank⟨U+202E⟩", "Be␛n"));
    assert_eq!(desk.texts_found(), ["seeds⟨U+202E⟩cod"]);
}
