//! A room: its state, its key, its people, its composer.

use keyroom_client::{LostReason, Notice, SendRefusal};
use keyroom_types::Address;

use super::*;
use crate::screen::{StateAction, Tone};
use crate::words;

fn waiting(reason: LostReason) -> RoomEvent {
    RoomEvent::Connection(Connection::Waiting { reason, retry_in: Duration::from_secs(3), attempt: 2 })
}

#[test]
fn no_server_is_said_with_the_next_step_and_the_seconds_count_down() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .types(Field::Address, "10.0.0.7")
        .types(Field::Key, KEY)
        .does(Input::SubmitJoin);
    let room = desk.asked_room();
    desk.hears(room, waiting(LostReason::Refused));
    let state = desk.room().state;
    assert_eq!(state.text, "No room is open at 10.0.0.7:9999. Trying again in 3 s.");
    assert!(state.next.contains("Compare the address"));
    assert_eq!(state.actions, [StateAction::TryNow, StateAction::EnterAgain]);
    let due = desk.app.next_tick().unwrap();
    assert_eq!(due, desk.now + Duration::from_secs(1));
    desk.waits(Duration::from_secs(1));
    assert!(desk.room().state.text.ends_with("Trying again in 2 s."));
    desk.does(Input::TryNow);
    assert!(matches!(desk.commands()[..], [Command::Reconnect { room: asked }] if *asked == room));
}

#[test]
fn every_reason_for_a_lost_connection_has_a_sentence_and_a_next_step() {
    let mut desk = Desk::new();
    let room = desk.joins();
    for reason in [
        LostReason::Refused,
        LostReason::TimedOut,
        LostReason::UnknownName,
        LostReason::Unreachable,
        LostReason::Closed,
        LostReason::Broken,
        LostReason::NotARoom,
    ] {
        desk.hears(room, waiting(reason));
        let state = desk.room().state;
        assert!(state.text.ends_with("Trying again in 3 s.") && !state.next.is_empty());
        assert_eq!(state.tone, Tone::Warning);
        assert_eq!(desk.app.rail()[0].state, "reconnecting");
    }
}

#[test]
fn a_connected_room_says_no_more_than_its_chips() {
    let mut desk = Desk::new();
    desk.joins();
    let room = desk.room();
    assert_eq!((room.state.text.as_str(), room.state.tone), ("", Tone::Good));
    let chips: Vec<&str> = room.chips.iter().map(|chip| &*chip.text).collect();
    assert_eq!(chips, ["Fernet", "connected"]);
    assert_eq!(room.empty, words::EMPTY_GUEST.text());
    let host = desk.hosts();
    desk.comes(host, 1, "guest 1").comes(host, 2, "guest 2");
    assert_eq!(desk.room().chips[1].text, "3 people · open");
}

#[test]
fn a_key_that_opens_nothing_is_said_once_several_messages_did_not_open() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let line = desk.adds(room, Body::Notice(Notice::NotOpened(PeerId(1), 1)));
    assert_eq!(desk.room().banner, None);
    desk.history.replace(room, line, Body::Notice(Notice::NotOpened(PeerId(1), 3))).unwrap();
    desk.hears(room, RoomEvent::Changed { position: line });
    let banner = desk.room().banner.unwrap();
    assert_eq!((&*banner.text, &*banner.button), (words::WRONG_KEY.text(), "Enter the key again"));
    desk.does(Input::EnterAgain);
    assert_eq!(&*desk.field(Field::Address).text, "127.0.0.1:9999");
    let other = Key::from_bytes([7; 32]).show();
    desk.types(Field::Key, &other).does(Input::SubmitJoin);
    assert!(matches!(desk.commands()[0], Command::Leave { room: left } if *left == room));
    assert_ne!(desk.asked_room(), room);
    assert_eq!(desk.app.rail().len(), 1);
    assert_eq!(desk.room().banner, None);
}

#[test]
fn one_message_that_opens_proves_the_key() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.is_told(room, "hi");
    desk.adds(room, Body::Notice(Notice::NotOpened(PeerId(1), 30)));
    assert_eq!(desk.room().banner, None);
}

#[test]
fn a_guest_with_another_key_is_a_warning_in_the_hosts_room() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "guest 1").adds(room, Body::Notice(Notice::NotOpened(PeerId(1), 5)));
    assert!(
        matches!(desk.mirror.last(), Some(Row::Warning(line)) if line.text.starts_with("5 messages from guest 1"))
    );
    assert_eq!(desk.room().banner, None);
}

#[test]
fn the_key_sheet_shows_key_link_code_and_addresses_and_what_they_give_away() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::ShowKeySheet);
    let sheet = desk.room().sheet.unwrap();
    assert_eq!(sheet.title, "Invite people to Garden project");
    assert!(
        sheet.warning.starts_with("Who has this key can read everything that was ever sent in this room")
    );
    assert_eq!(&*sheet.key_lines[0], "cw_0 x689 RpI- jtRR 7oE8");
    assert_eq!(&*sheet.key_lines[1], "h_eQ sKIm vJap LeSb XpwF 4e4=");
    assert!(sheet.link.starts_with("keyroom://192.168.1.23:9999/?kind=fernet#cw_0"));
    let qr = sheet.qr.unwrap();
    assert_eq!(qr.dark.len(), qr.width * qr.width);
    // The finder pattern of the upper left corner (ISO/IEC 18004, 6.3.3).
    assert!(qr.dark[..7].iter().all(|&dark| dark) && !qr.dark[7] && !qr.dark[qr.width + 1]);
    assert_eq!(sheet.addresses[0].address, "192.168.1.23:9999");
    assert_eq!(sheet.addresses[0].hint, words::FOR_THIS_NETWORK.text());
    assert!(sheet.notes.contains(&words::CLOSING_ENDS.to_owned()));
    assert_eq!(sheet.lacks.len(), 2);
    assert!(sheet.announce.unwrap().on);
}

#[test]
fn copied_secrets_leave_the_clipboard_after_a_minute_and_addresses_stay() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::CopyKey);
    assert_eq!(desk.copied(), None);
    desk.does(Input::ShowKeySheet).does(Input::CopyKey);
    assert_eq!(desk.copied(), Some((KEY, Some(Duration::from_secs(60)))));
    assert_eq!(desk.room().sheet.unwrap().copied, words::COPIED_KEY.text());
    desk.does(Input::CopyLink);
    assert!(desk.copied().is_some_and(|(link, clear)| link.ends_with(KEY) && clear.is_some()));
    desk.does(Input::CopyAddress(0));
    assert_eq!(desk.copied(), Some(("192.168.1.23:9999", None)));
    let due = desk.app.next_tick().unwrap();
    desk.waits(due.duration_since(desk.now).unwrap());
    assert_eq!(desk.room().sheet.unwrap().copied, "");
}

#[test]
fn a_port_that_had_to_be_another_and_the_switch_for_people_nearby_are_on_the_sheet() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup).does(Input::ChooseKind(RoomKind::Fernet)).does(Input::SubmitHost);
    let room = desk.asked_room();
    let listening = vec!["0.0.0.0:10000".parse().unwrap()];
    desk.hears(room, RoomEvent::Opened(Opened { taken_port: Some(9999), listening, ..opened() }));
    let notes = desk.room().sheet.unwrap().notes;
    assert_eq!(notes[0], "Port 9999 was taken by another program, so the room is at port 10000.");
    desk.does(Input::ToggleAnnounce);
    assert!(matches!(desk.commands()[..], [Command::Announce { on: false, .. }]));
    assert!(desk.room().sheet.unwrap().announce.unwrap().on);
    desk.hears(room, RoomEvent::Announced(false));
    assert!(!desk.room().sheet.unwrap().announce.unwrap().on);
}

#[test]
fn people_are_you_first_then_who_is_here_and_who_left_is_folded() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "guest 1").comes(room, 2, "Bo");
    desk.hears(room, RoomEvent::Person(person(1, "guest 1", false)));
    let people = desk.app.people();
    let shown: Vec<(&str, &str)> = people.people.iter().map(|p| (&*p.name, &*p.detail)).collect();
    assert_eq!(shown, [("Anna (you)", "host"), ("Bo", "guest · here")]);
    assert_eq!((&*people.left, &*people.people[1].address), ("1 left", "192.168.1.40:50000"));
    desk.does(Input::ToggleLeft);
    let people = desk.app.people().people;
    assert_eq!((&*people[2].name, &*people[2].detail, people[2].here), ("guest 1", "left", false));
    assert_eq!(people[2].avatar.initial, "1");
    desk.joins();
    assert!(desk.app.people().note.contains("through the host"));
}

/// Attack matrix row 22: two people never have names that can be mistaken.
#[test]
fn a_new_name_is_asked_for_and_a_look_alike_is_refused_at_the_field() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "guest 1").comes(room, 2, "Bo").is_told(room, "hi");
    desk.does(Input::RenameStart(PeerId(1)));
    let field = |desk: &Desk| desk.app.people().people[1].rename.clone();
    assert_eq!(&*field(&desk).unwrap().text, "guest 1");
    desk.types(Field::Rename, "\u{200b}Bo").does(Input::RenameCommit);
    assert!(desk.commands().is_empty() && field(&desk).unwrap().error.contains("cannot be seen"));
    desk.types(Field::Rename, "Βo").does(Input::RenameCommit);
    assert!(matches!(desk.commands()[..], [Command::Rename { .. }]));
    desk.hears(room, RoomEvent::RenameRefused { like: "Bo".parse().unwrap() });
    assert!(field(&desk).unwrap().error.contains("This looks like “Bo”"));
    desk.types(Field::Rename, "Cleo").does(Input::RenameCommit);
    desk.comes(room, 1, "Cleo");
    assert!(field(&desk).is_none());
    assert!(matches!(desk.mirror.last(), Some(Row::Message(row)) if row.author == "Cleo"));
}

#[test]
fn a_message_is_sent_whole_or_in_parts_and_the_composer_is_empty_then() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.does(Input::Send);
    assert!(desk.commands().is_empty() && !desk.room().composer.can_send);
    desk.does(Input::ComposerChanged("hello\n".to_owned())).does(Input::Send);
    assert!(matches!(desk.commands()[..], [Command::Send { text, split: None, .. }] if text == "hello"));
    assert_eq!(desk.room().composer.text, "");
    desk.does(Input::ComposerChanged("x".repeat(2_000)));
    assert_eq!(desk.room().composer.parts, "Send in parts");
    desk.does(Input::SendInParts);
    assert!(matches!(desk.commands()[..], [Command::Send { split: Some(1_024), .. }]));
    desk.hears(room, RoomEvent::SendRefused(SendRefusal::TooMany { waiting: 1_000 }));
    assert_eq!(desk.room().composer.text.len(), 2_000);
    assert!(desk.room().composer.hint.contains("still waiting"));
}

#[test]
fn every_room_keeps_its_own_draft() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.does(Input::ComposerChanged("for the garden".to_owned()));
    let other = desk.joins();
    assert_eq!(desk.history.draft(garden).unwrap(), "for the garden");
    assert_eq!(desk.room().composer.text, "");
    desk.does(Input::ComposerChanged("for the other".to_owned()));
    desk.waits(Duration::from_secs(1));
    assert_eq!(desk.history.draft(other).unwrap(), "for the other");
    let before = desk.room().composer.revision;
    desk.does(Input::PickRoom(garden));
    assert_eq!(desk.room().composer.text, "for the garden");
    assert_ne!(desk.room().composer.revision, before);
}

#[test]
fn a_room_that_is_over_says_so_and_takes_no_text() {
    let mut desk = Desk::new();
    let room = desk.joins();
    desk.hears(room, RoomEvent::Closed(keyroom_client::CloseReason::Left));
    let screen = desk.room();
    assert!(!screen.composer.enabled && !screen.composer.can_send);
    assert_eq!(screen.state.actions, [StateAction::Remove]);
    desk.does(Input::LeaveRoom);
    assert!(
        desk.app.rail().is_empty() && desk.commands().iter().all(|c| !matches!(c, Command::Leave { .. }))
    );
}

#[test]
fn an_address_of_a_room_is_tried_from_its_form_again() {
    let mut desk = Desk::new();
    let room = desk.joins();
    let address: Address = "10.0.0.9:7".parse().unwrap();
    desk.hears(room, RoomEvent::Connection(Connection::Connecting { address, attempt: 3 }));
    assert_eq!(desk.room().state.text, "Connecting to 10.0.0.9:7, try 3 …");
    desk.does(Input::ComposerChanged("kept".to_owned())).does(Input::EnterAgain);
    assert_eq!(&*desk.field(Field::Key).text, KEY);
    desk.does(Input::Back);
    assert_eq!(desk.room().composer.text, "kept");
    desk.does(Input::EnterAgain).types(Field::Address, "10.0.0.10").does(Input::SubmitJoin);
    assert_eq!(desk.room().composer.text, "kept");
}
