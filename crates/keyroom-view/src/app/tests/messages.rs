//! What a person does about messages of a sealed room, and what is shown of what others did.

use keyroom_client::{Act, ActRefusal, Details, EarlierText, Reaction, SendFailure};

use super::*;
use crate::Focus;
use crate::screen::MenuAction;
use crate::words;

fn by(peer: u64, emoji: &str) -> Reaction {
    Reaction { by: Sender::Peer(PeerId(peer)), emoji: emoji.into() }
}

fn details(change: impl FnOnce(&mut Details)) -> Details {
    let mut details = Details::default();
    change(&mut details);
    details
}

impl Desk {
    fn says(&mut self, room: RoomId, peer: u64, text: &str) -> Position {
        self.adds(room, message(Sender::Peer(PeerId(peer)), text, MessageState::Received))
    }

    fn said(&mut self, room: RoomId, text: &str, state: MessageState) -> Position {
        self.adds(room, message(Sender::Me, text, state))
    }

    fn lays(&mut self, room: RoomId, position: Position, change: impl FnOnce(&mut Details)) -> &mut Self {
        self.history.lay(room, position, details(change));
        self.hears(room, RoomEvent::Changed { position })
    }

    fn row(&self, position: Position) -> crate::MessageRow {
        let row = self.mirror.iter().find_map(|row| match row {
            Row::Message(row) if row.position == position => Some((**row).clone()),
            _ => None,
        });
        row.expect("it is among the rows")
    }

    fn act(&self) -> Option<Act> {
        self.commands().into_iter().find_map(|command| match command {
            Command::Act { act, .. } => Some(act.clone()),
            _ => None,
        })
    }

    fn menu(&self) -> Vec<MenuAction> {
        self.room().menu.map(|menu| menu.actions).unwrap_or_default()
    }
}

#[test]
fn an_answer_shows_what_it_answers_and_leads_there() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let first = desk.says(room, 2, "Shall we plant on Saturday?");
    let answer = desk.said(room, "Yes", MessageState::Stored);
    desk.lays(room, answer, |details| details.reply = Some(Some(first)));
    let quote = desk.row(answer).quote.expect("it quotes");
    assert_eq!((&*quote.author, &*quote.text), ("Ben", "Shall we plant on Saturday?"));
    assert!(desk.row(answer).spoken().contains("answers Ben: Shall we plant"));
    desk.does(Input::JumpTo(first));
    let row = desk.mirror.iter().position(|row| matches!(row, Row::Message(row) if row.position == first));
    assert!(
        desk.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Scroll(crate::ScrollTo::Row(at)) if Some(*at) == row))
    );
}

#[test]
fn quotes_say_what_they_answer_in_plain_words() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let first = desk.says(room, 2, "**Shall** we `plant`?");
    let answer = desk.said(room, "Yes", MessageState::Stored);
    desk.lays(room, answer, |details| details.reply = Some(Some(first)));
    assert_eq!(desk.row(answer).quote.unwrap().text, "Shall we plant?");
    desk.does(Input::Reply(first));
    assert_eq!(desk.room().composer.about, "Answer to Ben: Shall we plant?");
}

#[test]
fn a_quoted_message_that_is_not_here_or_gone_says_so() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let (first, answer) = (desk.says(room, 2, "secret"), desk.says(room, 2, "re"));
    desk.lays(room, answer, |details| details.reply = Some(None));
    assert_eq!(desk.row(answer).quote.unwrap().text, words::NOT_KNOWN_HERE.text());
    desk.lays(room, first, |details| details.gone = true);
    desk.lays(room, answer, |details| details.reply = Some(Some(first)));
    assert_eq!(desk.row(answer).quote.unwrap().text, words::WITHDRAWN.text());
}

#[test]
fn the_composer_answers_what_was_chosen_and_escape_ends_that() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let first = desk.says(room, 2, "Shall we?");
    desk.does(Input::OpenMenu(first));
    assert_eq!(desk.menu(), [MenuAction::Reply, MenuAction::Copy, MenuAction::Inspect, MenuAction::Mute]);
    desk.does(Input::MenuDo(MenuAction::Reply));
    assert_eq!(desk.room().composer.about, "Answer to Ben: Shall we?");
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Focus(Focus::Composer))));
    desk.does(Input::ComposerChanged("Yes".into())).does(Input::Send);
    assert_eq!(desk.act(), Some(Act::Reply { to: first, text: "Yes".to_owned() }));
    assert_eq!(desk.room().composer.about, "");
    desk.does(Input::Reply(first)).does(Input::Back);
    desk.does(Input::ComposerChanged("alone".into())).does(Input::Send);
    assert!(desk.commands().iter().any(|command| matches!(command, Command::Send { .. })));
}

#[test]
fn an_own_message_is_changed_in_the_composer_and_the_draft_comes_back() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let own = desk.said(room, "frist", MessageState::Stored);
    desk.does(Input::ComposerChanged("half".into())).does(Input::OpenMenu(own));
    assert_eq!(
        desk.menu(),
        [MenuAction::Reply, MenuAction::Copy, MenuAction::Edit, MenuAction::Inspect, MenuAction::Delete]
    );
    desk.does(Input::MenuDo(MenuAction::Edit));
    let composer = desk.room().composer;
    assert_eq!((&*composer.text, &*composer.about), ("frist", words::CHANGING.text()));
    // What is kept for the next start is what was being written.
    desk.waits(Duration::from_secs(1));
    assert_eq!(desk.history.draft(room).unwrap(), "half");
    desk.does(Input::ComposerChanged("first".into())).does(Input::Send);
    assert_eq!(desk.act(), Some(Act::Edit { of: own, text: "first".to_owned() }));
    assert_eq!(desk.room().composer.text, "half");
    desk.does(Input::OpenMenu(own)).does(Input::MenuDo(MenuAction::Edit)).does(Input::Back);
    assert_eq!(desk.room().composer.text, "half");
}

/// Attack matrix rows 22 and 23: what a message said before is others' text, too.
#[test]
fn a_changed_message_is_marked_and_shows_what_it_said_before() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let theirs = desk.says(room, 2, "first");
    let until = desk.now;
    desk.lays(room, theirs, |details| {
        details.edited = true;
        details.earlier = vec![EarlierText { text: "fr\u{202e}ist".into(), until }];
    });
    assert_eq!((&*desk.row(theirs).edited, desk.row(theirs).earlier.len()), (words::EDITED.text(), 0));
    desk.does(Input::OpenMenu(theirs)).does(Input::MenuDo(MenuAction::Earlier));
    assert_eq!(desk.row(theirs).earlier, ["until 12:00: fr⟨U+202E⟩ist"]);
    desk.does(Input::OpenMenu(theirs)).does(Input::MenuDo(MenuAction::Earlier));
    assert!(desk.row(theirs).earlier.is_empty());
}

#[test]
fn withdrawing_asks_once_and_the_line_says_it() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let own = desk.said(room, "oops", MessageState::Delivered);
    desk.does(Input::OpenMenu(own)).does(Input::MenuDo(MenuAction::Delete));
    assert_eq!(desk.act(), None);
    assert!(desk.app.shell().question.is_some());
    desk.does(Input::Confirm);
    assert_eq!(desk.act(), Some(Act::Delete { of: own }));
    desk.lays(room, own, |details| details.gone = true);
    let row = desk.row(own);
    assert!(row.gone && &*row.text == words::GONE_LINE.text());
    assert_eq!(desk.app.rail()[0].last, format!("you: {}", words::WITHDRAWN.text()));
    desk.does(Input::OpenMenu(own));
    assert_eq!(desk.menu(), []);
    assert!(desk.room().menu.unwrap().palette.is_empty());
}

#[test]
fn others_messages_cannot_be_changed_or_withdrawn() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let theirs = desk.says(room, 2, "mine");
    desk.does(Input::OpenMenu(theirs));
    assert!(!desk.menu().iter().any(|action| matches!(action, MenuAction::Edit | MenuAction::Delete)));
}

#[test]
fn reactions_are_counted_and_say_who_and_a_second_click_takes_one_back() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.comes(room, 3, "Cleo");
    let theirs = desk.says(room, 2, "cake?");
    desk.lays(room, theirs, |details| {
        details.reactions = vec![by(2, "👍"), by(3, "👍"), Reaction { by: Sender::Me, emoji: "🎉".into() }];
    });
    let chips = desk.row(theirs).reactions;
    assert_eq!((chips[0].count, chips[0].mine, &*chips[0].who), (2, false, "👍 by Ben and Cleo"));
    assert_eq!((chips[1].mine, &*chips[1].who), (true, "🎉 by you"));
    assert!(desk.row(theirs).spoken().ends_with("cake?. 👍 by Ben and Cleo. 🎉 by you"));
    desk.does(Input::React { to: theirs, emoji: "👍".to_owned() });
    assert_eq!(desk.act(), Some(Act::React { to: theirs, emoji: "👍".to_owned(), on: true }));
    desk.does(Input::React { to: theirs, emoji: "🎉".to_owned() });
    assert_eq!(desk.act(), Some(Act::React { to: theirs, emoji: "🎉".to_owned(), on: false }));
}

/// Attack matrix rows 22, 23 and 27: a reaction is whatever its author sent.
#[test]
fn hostile_reactions_are_short_safe_and_few() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let theirs = desk.says(room, 2, "x");
    desk.lays(room, theirs, |details| {
        details.reactions =
            (0..500).map(|at| by(at, &format!("{at}\u{202e}\u{1b}[2J{}", "x".repeat(60)))).collect();
    });
    let chips = desk.row(theirs).reactions;
    assert!(chips.len() <= 12);
    for chip in chips {
        assert!(chip.emoji.chars().count() <= 24, "{}", chip.emoji);
        assert!(!chip.emoji.chars().any(keyroom_types::text::is_hidden));
    }
}

#[test]
fn an_own_message_says_whose_devices_have_it() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.comes(room, 3, "Cleo");
    let own = desk.said(room, "hi", MessageState::Delivered);
    desk.lays(room, own, |details| details.seen_by = vec![PeerId(2), PeerId(3)]);
    let row = desk.row(own);
    assert_eq!((&*row.state, &*row.reached), ("delivered to 2 ✓✓", "delivered to Ben and Cleo"));
    desk.lays(room, own, |details| details.unsaid = true);
    assert_eq!(desk.row(own).state, words::CHANGE_UNSAID.text());
}

#[test]
fn a_failed_message_is_tried_again_from_its_menu() {
    let mut desk = Desk::new();
    let room = desk.enters();
    let own = desk.said(room, "hi", MessageState::Failed(SendFailure::Other));
    desk.does(Input::OpenMenu(own));
    assert_eq!(desk.menu()[0], MenuAction::Retry);
    desk.does(Input::MenuDo(MenuAction::Retry));
    assert!(
        desk.commands()
            .iter()
            .any(|command| matches!(command, Command::Retry { position, .. } if *position == own))
    );
}

#[test]
fn in_a_fernet_room_a_message_is_copied_looked_at_and_its_author_muted_and_nothing_else() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let theirs = desk.is_told(room, "hello");
    desk.does(Input::OpenMenu(theirs));
    assert_eq!(desk.menu(), [MenuAction::Copy, MenuAction::Inspect, MenuAction::Mute]);
    desk.does(Input::MenuDo(MenuAction::Copy));
    assert_eq!(desk.copied(), Some(("hello", None)));
}

#[test]
fn who_writes_is_said_for_a_while_and_others_are_told_now_and_then() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::Typing(PeerId(2)));
    assert_eq!(desk.room().typing, "Ben is writing …");
    // A hint in the name of nobody here says nothing.
    desk.hears(room, RoomEvent::Typing(PeerId(77)));
    assert_eq!(desk.room().typing, "Ben is writing …");
    assert!(desk.app.next_tick().unwrap() <= desk.now + Duration::from_secs(6));
    desk.waits(Duration::from_secs(6));
    assert_eq!(desk.room().typing, "");
    desk.hears(room, RoomEvent::Typing(PeerId(2)));
    desk.says(room, 2, "there");
    assert_eq!(desk.room().typing, "");
    desk.does(Input::ComposerChanged("h".into()));
    assert_eq!(desk.act(), Some(Act::Typing));
    desk.does(Input::ComposerChanged("hi".into()));
    assert_eq!(desk.act(), None);
    desk.waits(Duration::from_secs(3)).does(Input::ComposerChanged("hi!".into()));
    assert_eq!(desk.act(), Some(Act::Typing));
}

#[test]
fn what_was_not_done_is_said_where_one_writes() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::ActRefused(ActRefusal::Gone));
    assert_eq!(desk.room().composer.hint, words::act_refused(ActRefusal::Gone));
}
