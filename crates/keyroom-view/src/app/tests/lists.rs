//! The start screen, rooms nearby, the list of rooms, columns, leaving and closing.

use keyroom_client::{DiscoveryFault, Nearby, NearbyRoom};

use super::*;
use crate::words;

fn found(address: &str, ours: bool) -> NearbyRoom {
    NearbyRoom { addresses: vec![address.parse().unwrap()], ours }
}

#[test]
fn rooms_nearby_are_looked_for_only_while_they_are_shown() {
    let mut desk = Desk::new();
    assert!(matches!(desk.commands()[..], [Command::LookNearby { on: true }]));
    desk.does(Input::OpenJoin);
    assert!(desk.commands().is_empty());
    desk.does(Input::OpenAbout);
    assert!(matches!(desk.commands()[..], [Command::LookNearby { on: false }]));
    let desk = Desk::with(false);
    assert!(desk.commands().is_empty());
    assert!(desk.start().nearby.note.contains("turned off"));
}

#[test]
fn a_room_nearby_asks_for_its_key_alone() {
    let mut desk = Desk::new();
    let rooms = vec![found("192.168.1.23:9999", false), found("192.168.1.30:10001", false)];
    desk.does(Input::Engine(Event::Nearby(Nearby::Looking(rooms))));
    let tiles = desk.start().nearby.rooms;
    assert_eq!((&*tiles[0].title, &*tiles[0].detail), ("A room at 192.168.1.23", "open now · needs its key"));
    assert_eq!(tiles[1].title, "A room at 192.168.1.30:10001");
    desk.does(Input::PickNearby(1));
    assert_eq!(&*desk.field(Field::Address).text, "192.168.1.30:10001");
    assert!(desk.effects.iter().any(|e| matches!(e, Effect::Focus(crate::Focus::Field(Field::Key)))));
    desk.does(Input::PickNearby(7));
    assert_eq!(&*desk.field(Field::Address).text, "192.168.1.30:10001");
}

#[test]
fn where_rooms_cannot_be_found_it_is_said_what_to_try() {
    let mut desk = Desk::new();
    assert_eq!(desk.start().nearby.note, words::LOOKING.text());
    assert!(desk.start().nearby.help.is_empty());
    let due = desk.app.next_tick().unwrap();
    assert_eq!(due, desk.now + Duration::from_secs(4));
    desk.waits(Duration::from_secs(4));
    assert!(desk.start().nearby.help.iter().any(|line| line.contains("Wi-Fi")));
    assert_eq!(desk.app.next_tick(), None);
    for fault in [DiscoveryFault::NoNetwork, DiscoveryFault::NotAllowed] {
        desk.does(Input::Engine(Event::Nearby(Nearby::Impossible(fault))));
        let nearby = desk.start().nearby;
        assert!(!nearby.note.is_empty());
        assert!(nearby.help.last().unwrap().contains("type the address that the host's window shows"));
    }
}

#[test]
fn the_list_names_the_last_message_the_unread_ones_and_the_kind() {
    let mut desk = Desk::new();
    let garden = desk.hosts();
    desk.comes(garden, 1, "guest 1");
    desk.joins();
    desk.is_told(garden, "the seeds\ncame");
    desk.is_told(garden, "today");
    let tile = desk.app.rail()[0].clone();
    assert_eq!((&*tile.name, &*tile.last, &*tile.time), ("Garden project", "guest 1: today", "12:00"));
    assert_eq!((&*tile.unread, &*tile.kind, &*tile.state), ("2", "Fernet", "open"));
    assert!(!tile.selected && desk.app.rail()[1].selected);
    assert_eq!(desk.app.shell().title, "(2) Room at this computer — Keyroom");
    desk.does(Input::PickRoom(garden));
    desk.looks_at(0, desk.mirror.len() - 1);
    assert_eq!(desk.app.shell().title, "Garden project — Keyroom");
    assert_eq!(desk.app.rail()[0].unread, "");
}

#[test]
fn the_list_says_the_last_message_in_plain_words() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "guest 1");
    let said = "**Seeds** for `bed 2`: *tomorrow*\n- beans";
    let position = desk.is_told(room, said);
    assert_eq!(desk.app.rail()[0].last, "guest 1: Seeds for bed 2: tomorrow…");
    desk.does(Input::OpenMenu(position));
    assert_eq!(desk.room().menu.unwrap().title, "guest 1: Seeds for bed 2: tomorrow…");
    // What is copied is what was written.
    desk.does(Input::CopyMessage(position));
    assert_eq!(desk.copied(), Some((said, None)));
    // A line that changed is read anew.
    let later = message(Sender::Peer(PeerId(1)), "**later**", MessageState::Received);
    desk.history.replace(room, position, later).unwrap();
    desk.hears(room, RoomEvent::Changed { position });
    assert_eq!(desk.app.rail()[0].last, "guest 1: later");
}

#[test]
fn a_narrow_window_shows_one_column_at_a_time() {
    let mut desk = Desk::new();
    desk.hosts();
    let shell = desk.app.shell();
    assert!(shell.rail && shell.main && shell.people && !shell.back);
    desk.does(Input::Resized { width: 360, height: 640 });
    let shell = desk.app.shell();
    assert!(!shell.rail && shell.main && !shell.people && shell.back);
    desk.does(Input::TogglePeople);
    assert!(desk.app.shell().people && !desk.app.shell().main);
    desk.does(Input::Back);
    assert!(desk.app.shell().main);
    desk.does(Input::Back);
    let shell = desk.app.shell();
    assert!(shell.rail && !shell.main);
    assert!(matches!(desk.app.screen(), Screen::Start(_)));
}

#[test]
fn larger_text_needs_more_width() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::Resized { width: 1_000, height: 700 });
    assert!(desk.app.shell().people);
    for _ in 0..20 {
        desk.does(Input::TextScale(crate::ScaleStep::Larger));
    }
    assert_eq!(desk.app.shell().text_scale, 200);
    assert!(!desk.app.shell().people && desk.app.shell().back);
    desk.does(Input::TextScale(crate::ScaleStep::Reset));
    assert_eq!(desk.app.shell().text_scale, 100);
}

#[test]
fn a_hosted_room_asks_once_before_it_ends_for_everybody() {
    let mut desk = Desk::new();
    let room = desk.hosts();
    desk.comes(room, 1, "guest 1").does(Input::LeaveRoom);
    let question = desk.app.shell().question.unwrap();
    assert_eq!(question.title, "Close Garden project?");
    assert!(question.text.contains("ends for everybody") && question.text.contains("1 guest"));
    assert!(desk.commands().is_empty());
    desk.does(Input::Back);
    assert!(desk.app.shell().question.is_none());
    desk.does(Input::LeaveRoom).does(Input::Confirm);
    assert!(matches!(desk.commands()[..], [Command::Leave { .. }, Command::LookNearby { on: true }]));
    assert!(desk.app.rail().is_empty());
    desk.hears(room, RoomEvent::Closed(keyroom_client::CloseReason::Left));
    assert!(desk.app.rooms.is_empty());
    assert_eq!(desk.history.len(room).unwrap(), 0);
}

#[test]
fn a_joined_room_is_left_without_a_question() {
    let mut desk = Desk::new();
    desk.joins();
    desk.does(Input::LeaveRoom);
    assert!(matches!(desk.commands()[0], Command::Leave { .. }));
    assert!(matches!(desk.app.screen(), Screen::Start(_)));
}

#[test]
fn closing_the_window_asks_while_it_hosts_and_quits_otherwise() {
    let mut desk = Desk::new();
    desk.joins();
    desk.does(Input::CloseWindow);
    assert!(matches!(desk.effects[..], [Effect::Quit]));
    let room = desk.hosts();
    desk.does(Input::CloseWindow);
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.text.contains("hosts 1 room") && question.text.contains("Nobody else"), "{question:?}");
    desk.does(Input::Back).comes(room, 1, "guest 1").does(Input::CloseWindow);
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.text.contains("1 person will be disconnected"), "{question:?}");
    assert_eq!((&*question.confirm, &*question.other), ("Close Keyroom", "Minimise instead"));
    desk.does(Input::CloseWindow);
    assert!(matches!(desk.effects[..], [Effect::Quit]));
}

#[test]
fn minimised_instead_of_closed_it_goes_on_hosting() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::CloseWindow).does(Input::Other);
    assert!(matches!(desk.effects[..], [Effect::Minimise]));
    assert!(desk.app.shell().question.is_none() && desk.app.rail()[0].state == "open");
    // No other question has a third answer.
    desk.does(Input::LeaveRoom).does(Input::Other);
    assert!(desk.app.shell().question.is_some_and(|question| question.other.is_empty()));
}

#[test]
fn escape_leads_back_step_by_step_and_never_out_of_a_room() {
    let mut desk = Desk::new();
    desk.hosts();
    desk.does(Input::ShowKeySheet);
    assert!(desk.room().sheet.is_some());
    desk.does(Input::Back);
    assert!(desk.room().sheet.is_none());
    desk.does(Input::Back);
    assert_eq!(desk.room().title, "Garden project");
    desk.does(Input::OpenAbout);
    assert!(matches!(desk.app.screen(), Screen::About(about) if about.version == "Version 0.1.0"));
    desk.does(Input::Back);
    assert_eq!(desk.room().title, "Garden project");
}
