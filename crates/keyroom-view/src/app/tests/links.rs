//! Links, names and muted people, as a person meets them.

use super::*;
use crate::markup::Target;
use crate::screen::MenuAction;
use crate::words;

impl Desk {
    fn message_row(&self, position: Position) -> crate::MessageRow {
        let row = self.mirror.iter().find_map(|row| match row {
            Row::Message(row) if row.position == position => Some((**row).clone()),
            _ => None,
        });
        row.expect("it is among the rows")
    }

    fn opened(&self) -> Option<String> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::OpenLink(address) => Some(address.as_str().to_owned()),
            _ => None,
        })
    }

    fn writes(&mut self, text: &str) -> &mut Self {
        self.does(Input::ComposerChanged(text.to_owned())).does(Input::Cursor(text.len()))
    }

    fn offered(&self) -> Vec<String> {
        self.room().composer.names
    }
}

/// Attack matrix rows 25 and 26: a link is shown with its host, asked about, and opened only then.
#[test]
fn a_link_is_opened_only_after_a_click_and_a_question_that_shows_all_of_it() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let said = desk.is_told(room, "look: https://bank.example@EVIL.example/ü?x=1.");
    assert!(desk.effects.iter().all(|effect| !matches!(effect, Effect::OpenLink(_))));
    assert!(desk.message_row(said).spoken().contains("⟨evil.example⟩"));
    desk.does(Input::OpenLink { of: said, link: 0 });
    assert_eq!(desk.opened(), None);
    let question = desk.app.shell().question.expect("it asks");
    assert_eq!(question.title, "Open evil.example?");
    assert!(question.text.starts_with("https://evil.example/%C3%BC?x=1\n"), "{}", question.text);
    desk.does(Input::Back);
    assert_eq!((desk.opened(), desk.app.shell().question), (None, None));
    desk.does(Input::OpenLink { of: said, link: 0 }).does(Input::Other);
    assert_eq!(desk.copied(), Some(("https://evil.example/%C3%BC?x=1", None)));
    assert_eq!(desk.app.shell().question, None);
    desk.does(Input::OpenLink { of: said, link: 0 }).does(Input::Confirm);
    assert_eq!(desk.opened().as_deref(), Some("https://evil.example/%C3%BC?x=1"));
    desk.does(Input::LinkNotOpened);
    assert_eq!(desk.room().composer.hint, words::LINK_NOT_OPENED.text());
    // What is no link of that message does nothing.
    desk.does(Input::OpenLink { of: said, link: 1 }).does(Input::Confirm);
    assert_eq!((desk.opened(), desk.app.shell().question), (None, None));
}

/// Attack matrix row 25: the message may be changed between the question and the answer.
#[test]
fn what_was_asked_about_is_what_is_opened() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let said =
        desk.adds(room, message(Sender::Peer(PeerId(2)), "https://good.example", MessageState::Received));
    desk.does(Input::OpenLink { of: said, link: 0 });
    let evil = message(Sender::Peer(PeerId(2)), "https://evil.example", MessageState::Received);
    desk.history.replace(room, said, evil).unwrap();
    desk.hears(room, RoomEvent::Changed { position: said });
    assert!(desk.app.shell().question.unwrap().text.starts_with("https://good.example"));
    desk.does(Input::Confirm);
    assert_eq!(desk.opened().as_deref(), Some("https://good.example"));
}

#[test]
fn the_menu_of_a_message_offers_its_links() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let said = desk.is_told(room, "https://a.example and https://b.example/x");
    desk.does(Input::OpenMenu(said));
    assert_eq!(desk.room().menu.unwrap().links, ["Open a.example …", "Open b.example …"]);
    desk.does(Input::MenuLink(1)).does(Input::Confirm);
    assert_eq!(desk.opened().as_deref(), Some("https://b.example/x"));
}

/// Attack matrix row 34: an invite holds a key.
#[test]
fn an_invite_in_a_message_is_copied_or_fills_the_form_and_is_never_followed_by_itself() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let said = desk.is_told(room, &format!("come: {LINK}"));
    assert!(matches!(desk.message_row(said).formed.unwrap().links[0].target, Target::Invite(_)));
    desk.does(Input::OpenLink { of: said, link: 0 });
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.text.contains("10.0.0.7:9998") && !question.text.contains("cw_0x"), "{}", question.text);
    desk.does(Input::Other);
    assert_eq!(desk.copied(), Some((LINK, Some(Duration::from_secs(60)))));
    desk.does(Input::OpenLink { of: said, link: 0 }).does(Input::Confirm);
    assert!(!desk.commands().iter().any(|command| matches!(command, Command::Join { .. })));
    assert_eq!(&*desk.field(Field::Address).text, "10.0.0.7:9998");
    assert_eq!(desk.opened(), None);
}

#[test]
fn a_formatted_message_is_copied_whole_as_it_was_written() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let source = "**Plan**\n- `a*b`\n- https://a.example/\u{202e}\n```\ncode\n```";
    let said = desk.is_told(room, source);
    let formed = desk.message_row(said).formed.expect("it is formatted");
    assert_eq!(formed.blocks.len(), 4);
    desk.does(Input::CopyMessage(said));
    assert_eq!(desk.copied(), Some((source, None)));
    // What is sent is what was written.
    desk.writes("**x**").does(Input::Send);
    assert!(
        desk.commands()
            .iter()
            .any(|command| matches!(command, Command::Send { text, .. } if text == "**x**"))
    );
}

#[test]
fn a_withdrawn_message_has_no_links() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let said =
        desk.adds(room, message(Sender::Peer(PeerId(2)), "**https://a.example**", MessageState::Received));
    let mut details = keyroom_client::Details::default();
    details.gone = true;
    desk.history.lay(room, said, details);
    desk.hears(room, RoomEvent::Changed { position: said });
    assert_eq!(desk.message_row(said).formed, None);
    desk.does(Input::OpenLink { of: said, link: 0 });
    assert_eq!(desk.app.shell().question, None);
}

#[test]
fn a_message_that_names_this_person_marks_its_line_and_the_list() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.does(Input::OpenStart);
    desk.is_told(room, "hello");
    assert!(!desk.app.rail()[0].names_me);
    let said = desk.is_told(room, "so, @anna?");
    assert!(desk.app.rail()[0].names_me && desk.app.rail()[0].unread == "2");
    desk.does(Input::PickRoom(room));
    let row = desk.message_row(said);
    assert!(row.names_me && row.spoken().contains(words::NAMES_YOU.text()));
    desk.looks_at(0, desk.mirror.len() - 1);
    assert!(!desk.app.rail()[0].names_me);
    // Naming oneself, and a name in code or inside a word, mark nothing.
    let own = desk.adds(room, message(Sender::Me, "I am @Anna", MessageState::Waiting));
    assert!(!desk.message_row(own).names_me);
    let code = desk.is_told(room, "`@Anna` a@anna @Annabel");
    assert!(!desk.message_row(code).names_me);
}

#[test]
fn a_name_is_completed_from_who_is_here() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.comes(room, 3, "Bea").comes(room, 4, "Cleo");
    desk.hears(room, RoomEvent::Person(person(4, "Cleo", false)));
    desk.writes("hi @");
    assert_eq!(desk.offered(), ["Ben", "Bea"]);
    desk.writes("hi @b");
    desk.does(Input::NextName(true));
    assert_eq!(desk.room().composer.name, 1);
    desk.does(Input::NextName(true));
    assert_eq!(desk.room().composer.name, 0);
    desk.does(Input::NextName(false)).does(Input::TakeName(1));
    assert_eq!(desk.room().composer.text, "hi @Bea ");
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Cursor(8))));
    assert!(desk.offered().is_empty());
    // In the middle of a text, too.
    desk.does(Input::ComposerChanged("@be, come".into())).does(Input::Cursor(3));
    desk.does(Input::TakeName(0));
    assert_eq!(desk.room().composer.text, "@Ben , come");
    for none in ["mail@b", "@nobody", "@", "no"] {
        desk.writes(none);
        assert_eq!(desk.offered().is_empty(), none != "@", "{none}");
    }
    // Away from the sign nothing is offered, and what is not a place of the text is none.
    desk.does(Input::Cursor(0)).does(Input::Cursor(99));
    assert!(desk.offered().is_empty());
}

#[test]
fn escape_hides_the_names_until_another_is_begun() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let first = desk.adds(room, message(Sender::Peer(PeerId(2)), "x", MessageState::Received));
    desk.does(Input::Reply(first)).writes("@B");
    assert_eq!(desk.offered(), ["Ben"]);
    desk.does(Input::Back);
    assert!(desk.offered().is_empty() && !desk.room().composer.about.is_empty());
    desk.writes("@Be");
    assert!(desk.offered().is_empty());
    desk.writes("@Be @");
    assert_eq!(desk.offered(), ["Ben"]);
}

#[test]
fn what_is_written_stays_with_its_room() {
    let mut desk = Desk::new();
    let (garden, other) = (desk.hosts(), desk.joins());
    desk.writes("half");
    desk.does(Input::PickRoom(garden));
    assert_eq!(desk.room().composer.text, "");
    desk.writes("other half").does(Input::PickRoom(other));
    assert_eq!(desk.room().composer.text, "half");
    desk.does(Input::PickRoom(garden));
    assert_eq!(desk.room().composer.text, "other half");
}

/// Attack matrix row 27: who floods a room is muted.
#[test]
fn the_messages_of_somebody_muted_are_folded_and_count_for_nothing() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let said = desk
        .adds(room, message(Sender::Peer(PeerId(2)), "**@Anna** https://a.example", MessageState::Received));
    desk.does(Input::OpenMenu(said)).does(Input::MenuDo(MenuAction::Mute));
    let row = desk.message_row(said);
    assert_eq!((&*row.text, row.folded, row.names_me, row.formed), (words::FOLDED.text(), true, false, None));
    assert_eq!(desk.app.people().people[1].detail, words::MUTED.text());
    assert!(desk.app.people().people[1].muted);
    desk.does(Input::ShowAll(said));
    assert!(!desk.message_row(said).folded && desk.message_row(said).formed.is_some());
    desk.does(Input::OpenStart);
    desk.adds(room, message(Sender::Peer(PeerId(2)), "flood @Anna", MessageState::Received));
    let tile = desk.app.rail()[0].clone();
    assert_eq!((&*tile.unread, tile.names_me, tile.last.contains("flood")), ("", false, false));
    desk.hears(room, RoomEvent::Typing(PeerId(2))).does(Input::PickRoom(room));
    assert_eq!(desk.room().typing, "");
    assert_eq!(desk.history.muted(room).unwrap(), [PeerId(2)]);
    desk.does(Input::OpenMenu(said)).does(Input::MenuDo(MenuAction::Unmute));
    assert!(!desk.app.people().people[1].muted);
    assert!(desk.history.muted(room).unwrap().is_empty());
}
