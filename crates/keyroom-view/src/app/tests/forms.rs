//! *Host a room* and *Join a room*.

use keyroom_client::{CloseReason, HostOptions, JoinOptions, Listen, ListenFault};

use super::*;
use crate::input::ListenChoice;
use crate::{Focus, words};

fn hosted(desk: &Desk) -> HostOptions {
    match desk.commands()[..] {
        [Command::Host { options, .. }, ..] => options.clone(),
        ref other => panic!("{other:?}"),
    }
}

fn joined(desk: &Desk) -> JoinOptions {
    desk.commands()
        .into_iter()
        .find_map(
            |command| if let Command::Join { options, .. } = command { Some(options.clone()) } else { None },
        )
        .expect("a room was to be entered")
}

#[test]
fn a_room_is_hosted_with_nothing_to_fill_in_and_its_key_is_shown() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup).does(Input::ChooseKind(RoomKind::Fernet));
    assert!(desk.host_setup().can_submit);
    assert_eq!(desk.host_setup().lacks.len(), 2);
    desk.does(Input::SubmitHost);
    let options = hosted(&desk);
    assert_eq!((options.name.as_str(), options.me.as_str()), ("My room", "Anna"));
    assert_eq!(options.listen, Listen::Everywhere);
    assert!(options.announce && options.key.is_none());
    assert_eq!(desk.host_setup().submit, words::OPENING.text());
    assert!(!desk.host_setup().can_submit && desk.app.rail().is_empty());
    let room = desk.asked_room();
    desk.hears(room, RoomEvent::Opened(opened()));
    assert!(desk.room().sheet.is_some());
    assert_eq!(desk.app.rail().len(), 1);
}

#[test]
fn where_to_listen_and_the_port_are_taken_from_the_form() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .does(Input::ChooseListen(ListenChoice::ThisComputer));
    let form = desk.host_setup();
    assert!(!form.announce.on && !form.announce.enabled);
    desk.types(Field::Port, " 7000 ").does(Input::SubmitHost);
    let options = hosted(&desk);
    assert_eq!(options.listen, Listen::ThisComputerAt(7000));
    assert!(!options.announce);
}

#[test]
fn a_port_that_is_none_is_said_at_the_field_while_typing() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup).does(Input::ChooseKind(RoomKind::Fernet));
    for wrong in ["x", "0", "65536", "-1", "99 99", "+80"] {
        desk.types(Field::Port, wrong);
        assert_eq!(desk.host_setup().port.error, words::PORT_ERROR.text(), "{wrong}");
        assert!(!desk.host_setup().can_submit);
        desk.does(Input::SubmitHost);
        assert!(desk.commands().is_empty());
    }
    desk.types(Field::Port, "80");
    assert_eq!(
        (desk.host_setup().port.error.as_str(), &*desk.host_setup().port.hint),
        ("", words::PORT_LOW.text())
    );
}

#[test]
fn a_busy_port_is_said_at_the_field_with_what_was_entered_kept() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .types(Field::RoomName, "Garden")
        .types(Field::Port, "9999");
    desk.does(Input::SubmitHost);
    let room = desk.asked_room();
    let fault = CloseReason::CannotListen(ListenFault::PortTaken { port: 9999 });
    desk.hears(room, RoomEvent::Closed(fault));
    let form = desk.host_setup();
    assert!(form.port.error.contains("Another program already uses port 9999"), "{}", form.port.error);
    assert_eq!((&*form.name.text, &*form.port.text), ("Garden", "9999"));
    assert!(desk.effects.iter().any(|e| matches!(e, Effect::Focus(Focus::Field(Field::Port)))));
    desk.types(Field::Port, "9998");
    assert!(desk.host_setup().port.error.is_empty() && desk.host_setup().can_submit);
    assert!(desk.app.rail().is_empty());
}

/// Attack matrix rows 22 and 23: names with hidden characters.
#[test]
fn a_name_that_cannot_be_is_said_at_the_field() {
    let mut desk = Desk::new();
    desk.does(Input::OpenHostSetup)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .types(Field::RoomName, "Gar\u{202e}den");
    assert!(desk.host_setup().name.error.contains("⟨U+202E⟩"));
    desk.types(Field::RoomName, "  ");
    assert!(!desk.host_setup().can_submit);
    assert!(!desk.host_setup().name.error.is_empty());
}

#[test]
fn this_computer_is_the_prefilled_address_and_no_error_stands_before_typing() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet));
    let form = desk.join_form();
    assert_eq!((&*form.address.text, &*form.address.hint), ("127.0.0.1:9999", words::ADDRESS_HERE.text()));
    assert_eq!((form.address.error.as_str(), form.key.error.as_str()), ("", ""));
    assert!(!form.can_submit);
    desk.types(Field::Address, "");
    assert_eq!(desk.join_form().address.error, "");
}

#[test]
fn half_a_key_says_how_much_there_is() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet)).types(Field::Key, &KEY[..12]);
    let key = desk.field(Field::Key);
    assert_eq!((key.hint.as_str(), key.error.as_str()), ("12 of 43 characters so far", ""));
    assert!(!desk.join_form().can_submit);
    desk.does(Input::SubmitJoin);
    assert!(desk.commands().is_empty());
}

#[test]
fn stray_spaces_and_line_breaks_are_understood_in_both_fields() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .types(Field::Address, " 192.168.1.23 :\n9999 ");
    desk.types(Field::Key, &format!("key: {}\r\n  {}\n", &KEY[..20], &KEY[20..]));
    assert!(desk.join_form().can_submit);
    desk.does(Input::SubmitJoin);
    let options = joined(&desk);
    assert_eq!(options.addresses[0].to_string(), "192.168.1.23:9999");
    assert_eq!(options.key, Key::parse(KEY).unwrap());
    assert_eq!(options.name.as_str(), "Room at 192.168.1.23");
}

#[test]
fn a_whole_link_in_either_field_fills_both() {
    for field in [Field::Address, Field::Key] {
        let mut desk = Desk::new();
        desk.does(Input::OpenJoin);
        let before = desk.field(field).revision;
        desk.types(field, &format!("  invite: {}\n{}", &LINK[..30], &LINK[30..]));
        let form = desk.join_form();
        assert_eq!((&*form.address.text, &*form.key.text), ("10.0.0.7:9998", KEY));
        assert_eq!(form.key.hint, words::LINK_READ.text());
        assert!(desk.field(field).revision > before);
        desk.does(Input::SubmitJoin);
        assert_eq!(joined(&desk).addresses.len(), 2);
    }
}

#[test]
fn another_address_leaves_those_of_the_link_behind() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin)
        .does(Input::ChooseKind(RoomKind::Fernet))
        .types(Field::Key, LINK)
        .types(Field::Address, "10.0.0.8")
        .does(Input::SubmitJoin);
    let addresses: Vec<String> = joined(&desk).addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["10.0.0.8:9999"]);
}

#[test]
fn what_is_wrong_with_a_link_an_address_or_a_key_is_said_at_its_field() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet));
    for (field, text, part) in [
        (Field::Key, &LINK[..70], "cut short"),
        (Field::Address, "keyroom://10.0.0.7/?kind=fernet", "has no key"),
        (Field::Address, "https://example.org", "link of another kind"),
        (Field::Address, "192.168.1", "not an address"),
        (Field::Address, "laptop:99999", "between 1 and 65,535"),
        (Field::Key, "cw_0x6:", "‘:’ cannot be part of a key"),
        (Field::Key, &format!("{KEY}{KEY}"), "a key has 44"),
    ] {
        desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet)).types(field, text);
        let error = desk.field(field).error;
        assert!(error.contains(part), "{text}: {error}");
        assert!(!desk.join_form().can_submit);
    }
}

/// Attack matrix row 27: a megabyte on the clipboard.
#[test]
fn a_megabyte_pasted_into_a_field_is_refused_with_a_sentence() {
    let mut desk = Desk::new();
    desk.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet)).types(Field::Key, &KEY[..12]);
    let before = desk.field(Field::Key).revision;
    desk.types(Field::Key, &"x".repeat(1 << 20));
    let key = desk.field(Field::Key);
    assert_eq!(&*key.text, &KEY[..12]);
    assert!(key.revision > before && key.error.contains("1.0 MB"), "{}", key.error);
    desk.types(Field::Key, &KEY[..12]);
    assert!(desk.field(Field::Key).error.contains("1.0 MB"));
    desk.types(Field::Key, KEY);
    assert_eq!(desk.field(Field::Key).error, "");
    assert!(desk.join_form().can_submit);
}

#[test]
fn the_key_does_not_stay_in_the_form() {
    let mut desk = Desk::new();
    desk.joins();
    desk.does(Input::OpenJoin);
    assert_eq!(&*desk.field(Field::Key).text, "");
    assert!(!format!("{:?}", Input::Edit { field: Field::Key, text: text(KEY) }).contains("cw_0"));
}

#[test]
fn options_of_a_command_line_open_a_room_without_a_form() {
    let mut desk = Desk::new();
    let key = Key::parse(KEY).unwrap();
    let options = JoinOptions {
        name: "Garden".parse().unwrap(),
        me: "Bo".parse().unwrap(),
        addresses: vec!["10.0.0.7:1".parse().unwrap()],
        key,
        pace: keyroom_client::DEFAULT_PACE,
    };
    desk.does(Input::Join(options));
    assert_eq!(desk.room().title, "Garden");
    assert_eq!(desk.room().state.text, "Connecting to 10.0.0.7:1 …");
}
