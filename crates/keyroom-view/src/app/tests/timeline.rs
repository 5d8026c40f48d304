//! The timeline on the screen: what is new, what was seen, where the reader stands.

use super::*;
use crate::ScrollTo;

fn scrolled(desk: &Desk) -> Option<ScrollTo> {
    desk.effects.iter().find_map(|effect| if let Effect::Scroll(to) = effect { Some(*to) } else { None })
}

#[test]
fn new_messages_at_the_end_are_seen_and_further_up_they_are_counted() {
    let mut desk = Desk::new();
    let room = desk.joins();
    for n in 0..100 {
        desk.is_told(room, &n.to_string());
    }
    assert_eq!(scrolled(&desk), Some(ScrollTo::Bottom));
    assert_eq!(desk.room().jump, "");
    desk.looks_at(80, 100).looks_at(40, 60);
    assert_eq!(desk.room().jump, "To the newest ↓");
    desk.is_told(room, "new");
    desk.is_told(room, "newer");
    assert_eq!(scrolled(&desk), None);
    assert_eq!(desk.room().jump, "2 new messages ↓");
    assert_eq!(desk.app.shell().title, "(2) Room at this computer — Keyroom");
    desk.looks_at(70, 101);
    assert_eq!(desk.room().jump, "1 new message ↓");
    desk.does(Input::JumpToNewest);
    assert_eq!(scrolled(&desk), Some(ScrollTo::Bottom));
    assert_eq!((desk.room().jump.as_str(), desk.app.rail()[0].unread.as_str()), ("", ""));
}

#[test]
fn an_own_message_leads_to_the_end() {
    let mut desk = Desk::new();
    let room = desk.joins();
    for n in 0..100 {
        desk.is_told(room, &n.to_string());
    }
    desk.looks_at(80, 100).looks_at(10, 30);
    desk.adds(room, message(Sender::Me, "mine", MessageState::Waiting));
    assert_eq!(scrolled(&desk), Some(ScrollTo::Bottom));
    assert_eq!(desk.room().jump, "");
}

#[test]
fn who_comes_back_finds_a_line_above_what_is_new_or_the_old_place() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.comes(garden, 1, "guest 1");
    for n in 0..50 {
        desk.is_told(garden, &n.to_string());
    }
    let other = desk.joins();
    desk.is_told(garden, "new");
    desk.does(Input::PickRoom(garden));
    let Some(ScrollTo::Row(row)) = scrolled(&desk) else { panic!("to the first new message") };
    assert!(matches!(desk.mirror[row], Row::Unread(_)));
    desk.looks_at(30, 52).looks_at(10, 30);
    desk.does(Input::PickRoom(other)).does(Input::PickRoom(garden));
    assert_eq!(scrolled(&desk), Some(ScrollTo::Row(10)));
}

#[test]
fn what_comes_while_the_window_is_behind_others_is_unread() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.is_told(room, "before");
    desk.does(Input::WindowActive(false));
    desk.is_told(room, "while away");
    assert_eq!(desk.app.shell().title, "(1) Room at this computer — Keyroom");
    assert!(desk.mirror.iter().any(|row| matches!(row, Row::Unread(_))));
    desk.does(Input::WindowActive(true));
    assert_eq!(desk.app.shell().title, "Room at this computer — Keyroom");
    desk.adds(room, message(Sender::Me, "back", MessageState::Waiting));
    assert!(!desk.mirror.iter().any(|row| matches!(row, Row::Unread(_))));
}

/// Attack matrix row 23: the copy is exact, the shown text is marked.
#[test]
fn a_copied_message_is_exactly_what_was_said() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let said = "a\u{202e}b\r\n\u{1b}[2J👩\u{200d}👩\u{200d}👧";
    let position = desk.is_told(room, said);
    desk.does(Input::CopyMessage(position));
    assert_eq!(desk.copied(), Some((said, None)));
    let Some(Row::Message(row)) = desk.mirror.last() else { panic!("a message") };
    assert!(row.text.contains("⟨U+202E⟩") && row.text.contains("␛[2J"));
    desk.does(Input::CopyMessage(Position(99)));
    assert_eq!(desk.copied(), None);
}

/// Attack matrix row 27: a very long message.
#[test]
fn a_long_message_shows_its_beginning_and_all_when_asked() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let position = desk.is_told(room, &"x".repeat(100_000));
    let shown = |desk: &Desk| match desk.mirror.last() {
        Some(Row::Message(row)) => (row.cut, row.text.len()),
        other => panic!("{other:?}"),
    };
    assert!(shown(&desk).0 && shown(&desk).1 < 5_000);
    desk.does(Input::ShowAll(position));
    assert_eq!(shown(&desk), (false, 100_000));
}

#[test]
fn a_failed_message_is_sent_again_on_request() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    let failed = MessageState::Failed(keyroom_client::SendFailure::NobodyHere);
    let position = desk.adds(room, message(Sender::Me, "anybody?", failed));
    assert!(matches!(desk.mirror.last(), Some(Row::Message(row)) if row.retry));
    desk.does(Input::Retry(position));
    assert!(matches!(desk.commands()[..], [Command::Retry { position: at, .. }] if *at == position));
    desk.history
        .replace(room, position, message(Sender::Me, "anybody?", MessageState::Sent { to: 2 }))
        .unwrap();
    desk.hears(room, RoomEvent::Changed { position });
    assert!(
        matches!(desk.mirror.last(), Some(Row::Message(row)) if row.state == "sent to 2 ✓" && !row.retry)
    );
}

#[test]
fn after_midnight_today_is_yesterday() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.is_told(room, "late");
    assert_eq!(desk.mirror[0], Row::Day("Today".into()));
    let due = desk.app.next_tick().unwrap();
    assert_eq!(due, desk.now + Duration::from_secs(12 * 3_600));
    desk.waits(Duration::from_secs(12 * 3_600));
    assert_eq!(desk.mirror[0], Row::Day("Yesterday".into()));
    assert_eq!(desk.app.rail()[0].time, "Mon");
}

/// Attack matrix row 27: a flood of messages into a room that nobody looks at.
#[test]
fn a_flood_changes_counts_and_nothing_else() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.joins();
    let rows = desk.mirror.len();
    let at = desk.now;
    for _ in 0..20_000 {
        let from = Sender::Peer(PeerId(1));
        desk.history.append(garden, at, message(from, "x", MessageState::Received)).unwrap();
    }
    desk.hears(garden, RoomEvent::Appended { first: Position(0), last: Position(19_999) });
    assert_eq!((desk.mirror.len(), &*desk.app.rail()[0].unread), (rows, "99+"));
    desk.does(Input::PickRoom(garden));
    assert!(desk.mirror.len() < 3_001);
}
