//! Rooms of the profile: on the list from the start, opened by a click, deleted on a word.

use keyroom_client::testing::kept_room;
use keyroom_client::{Change, CloseReason, LastLine, Listen, RoomSummary, Stage};

use super::*;
use crate::screen::StateAction;
use crate::words;

fn id(byte: u8) -> keyroom_types::RoomId {
    keyroom_types::RoomId::from_bytes([byte; 16])
}

fn said(hour: u64, text: &str) -> Option<LastLine> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(hour * 3_600);
    Some(LastLine::message(at, Sender::Peer(PeerId(2)), "Ben", Some(text)))
}

fn garden() -> RoomSummary {
    RoomSummary { last: said(9, "seeds?"), unread: 2, ..kept_room(id(1), "Garden", Stage::Member) }
}

fn kitchen() -> RoomSummary {
    let listen = Listen::EverywhereAt(9_998);
    RoomSummary {
        last: said(10, "bread"),
        hosted: true,
        listen,
        ..kept_room(id(2), "Kitchen", Stage::Member)
    }
}

/// A window over these rooms.
fn desk(rooms: Vec<RoomSummary>) -> Desk {
    let history = StagedHistory::new();
    history.keep(rooms);
    Desk::over(history, true)
}

impl Desk {
    fn tile(&self, name: &str) -> crate::RoomTile {
        self.app.rail().into_iter().find(|tile| tile.name == name).expect("it is on the list")
    }

    fn picks(&mut self, name: &str) -> RoomId {
        let room = self.tile(name).room;
        self.does(Input::PickRoom(room));
        room
    }
}

#[test]
fn rooms_of_the_profile_are_listed_with_line_time_count_and_state_newest_first() {
    let desk = desk(vec![garden(), kitchen()]);
    let rail = desk.app.rail();
    let shown: Vec<_> = rail
        .iter()
        .map(|tile| (&*tile.name, &*tile.last, &*tile.time, &*tile.unread, &*tile.state, &*tile.kind))
        .collect();
    assert_eq!(
        shown,
        [
            ("Kitchen", "Ben: bread", "10:00", "", words::NOT_OPEN_HERE.text(), "sealed"),
            ("Garden", "Ben: seeds?", "09:00", "2", words::NOT_OPEN.text(), "sealed"),
        ]
    );
    assert!(desk.app.shell().rail && desk.app.shell().title.starts_with("(2)"));
}

/// Attack matrix rows 22 and 23: names and lines of the profile came from others, too.
#[test]
fn names_and_lines_of_kept_rooms_are_safe_to_show() {
    let hostile = kept_room(id(3), "Bank\u{202e}", Stage::Member);
    let desk = desk(vec![RoomSummary { last: said(9, "a\u{1b}[2J **b**"), ..hostile }]);
    let tile = &desk.app.rail()[0];
    assert_eq!((&*tile.name, &*tile.last), ("Bank⟨U+202E⟩", "Ben: a␛[2J b"));
}

#[test]
fn one_click_goes_on_in_a_room_where_it_is_hosted_at_the_same_port() {
    let mut desk = desk(vec![garden(), kitchen()]);
    let room = desk.picks("Kitchen");
    let asked = desk.commands().into_iter().find_map(|command| match command {
        Command::OpenSealed { room, id, listen } => Some((*room, *id, listen.clone())),
        _ => None,
    });
    assert_eq!(asked, Some((room, id(2), Listen::EverywhereAt(9_998))));
    assert_eq!(desk.history.bound(room), Some(id(2)));
    desk.hears(room, RoomEvent::Entered { room: id(2), name: "Kitchen".parse().unwrap() });
    desk.hears(room, RoomEvent::Opened(opened())).hears(room, RoomEvent::Connection(Connection::Online));
    let shown = desk.room();
    assert!(shown.has_key && shown.composer.enabled && shown.sheet.is_none());
    // A second click asks for nothing.
    desk.does(Input::OpenStart).picks("Kitchen");
    assert!(!desk.commands().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
}

#[test]
fn drafts_and_the_unread_line_come_back() {
    let mut desk = desk(vec![RoomSummary { unread: 1, ..garden() }]);
    let room = desk.tile("Garden").room;
    for text in ["old", "new"] {
        let body = message(Sender::Peer(PeerId(2)), text, MessageState::Received);
        desk.history.append(room, desk.now, body).unwrap();
    }
    desk.history.was_read(room, 1);
    desk.history.set_draft(room, "half a sen").unwrap();
    desk.does(Input::PickRoom(room));
    assert_eq!(desk.room().composer.text, "half a sen");
    assert_eq!(desk.tile("Garden").unread, "1");
    let line = desk.mirror.iter().position(|row| matches!(row, Row::Unread(_))).expect("there is a line");
    assert!(matches!(&desk.mirror[line + 1], Row::Message(row) if &*row.text == "new"));
    // What was in sight is told to the profile, a moment later.
    desk.looks_at(0, 3).waits(Duration::from_secs(1));
    assert_eq!(desk.tile("Garden").unread, "");
    let marked = desk.commands().into_iter().find_map(|command| match command {
        Command::MarkRead { through, .. } => Some(*through),
        _ => None,
    });
    assert_eq!(marked, Some(Position(1)));
}

#[test]
fn a_room_that_is_over_says_so_and_offers_to_enter_again() {
    let mut desk = desk(vec![kept_room(id(4), "Old", Stage::Removed)]);
    assert!(
        desk.tile("Old").last.starts_with(words::NOTHING_YET.text())
            || desk.tile("Old").state == words::CLOSED.text()
    );
    desk.picks("Old");
    assert!(!desk.commands().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
    let state = desk.room().state;
    assert!(state.text.contains("taken out"), "{}", state.text);
    assert_eq!(state.actions, [StateAction::EnterAgain, StateAction::Remove]);
    desk.does(Input::EnterAgain);
    assert_eq!(desk.join_form().kind, RoomKind::Sealed);
    // A try that fails leaves it on the list.
    desk.types(Field::Key, KEY).does(Input::SubmitJoin);
    assert_eq!(desk.app.rail().iter().filter(|tile| tile.name == "Old").count(), 1);
}

#[test]
fn what_is_kept_of_a_room_that_is_over_is_deleted_after_a_question() {
    let mut desk = desk(vec![kept_room(id(4), "Old", Stage::Ended)]);
    desk.picks("Old");
    desk.does(Input::LeaveRoom);
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.text.contains("nothing brings it back"));
    desk.does(Input::Confirm);
    assert!(desk.app.rail().is_empty() && desk.history.kept().unwrap().is_empty());
}

#[test]
fn a_room_that_was_closed_for_now_stays_on_the_list_and_opens_again() {
    let mut desk = desk(vec![garden()]);
    let room = desk.picks("Garden");
    desk.hears(room, RoomEvent::Entered { room: id(1), name: "Garden".parse().unwrap() });
    assert_eq!(
        (&*desk.room().leave, &*desk.room().leave_for_good),
        (words::CLOSE_FOR_NOW.text(), words::LEAVE_FOR_GOOD.text())
    );
    desk.does(Input::LeaveRoom);
    assert!(matches!(desk.commands()[..], [Command::Leave { .. }, ..]));
    desk.hears(room, RoomEvent::Closed(CloseReason::Left));
    let again = desk.picks("Garden");
    // The engine uses no id twice.
    assert_ne!(room, again);
    assert!(desk.commands().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
}

#[test]
fn who_leaves_for_good_is_asked_once_and_nothing_stays() {
    let mut desk = desk(vec![garden()]);
    let room = desk.picks("Garden");
    desk.hears(room, RoomEvent::Entered { room: id(1), name: "Garden".parse().unwrap() });
    desk.does(Input::LeaveForGood);
    assert!(desk.app.shell().question.is_some());
    desk.does(Input::Confirm);
    assert!(matches!(desk.commands()[..], [Command::Change { change: Change::LeaveForGood, .. }, ..]));
    desk.hears(room, RoomEvent::Closed(CloseReason::Left));
    assert!(desk.app.rail().is_empty());
}

#[test]
fn a_port_that_is_taken_is_said_and_the_room_can_be_tried_again() {
    let mut desk = desk(vec![kitchen()]);
    let room = desk.picks("Kitchen");
    let fault = keyroom_client::ListenFault::PortTaken { port: 9_998 };
    desk.hears(room, RoomEvent::Closed(CloseReason::CannotListen(fault)));
    assert_eq!(desk.room().state.actions, [StateAction::OpenAgain]);
    desk.does(Input::OpenAgain);
    assert!(desk.commands().iter().any(|command| matches!(command, Command::OpenSealed { .. })));
}

#[test]
fn a_room_that_is_entered_by_its_link_takes_the_place_of_the_one_on_the_list() {
    let mut desk = desk(vec![garden()]);
    desk.does(Input::OpenJoin).types(Field::Key, KEY).does(Input::SubmitJoin);
    let room = desk.asked_room();
    desk.hears(room, RoomEvent::Entered { room: id(1), name: "Garden".parse().unwrap() });
    assert_eq!(desk.app.rail().len(), 1);
    assert_eq!(desk.app.rail()[0].room, room);
}

#[test]
fn who_left_before_the_start_still_has_a_name() {
    let mut desk = desk(vec![kept_room(id(4), "Old", Stage::Removed)]);
    let room = desk.tile("Old").room;
    desk.history.set_person(room, person(2, "Ben", false)).unwrap();
    let body = message(Sender::Peer(PeerId(2)), "bye", MessageState::Received);
    desk.history.append(room, desk.now, body).unwrap();
    desk.does(Input::PickRoom(room));
    assert!(matches!(desk.mirror.last(), Some(Row::Message(row)) if row.author == "Ben"));
}
