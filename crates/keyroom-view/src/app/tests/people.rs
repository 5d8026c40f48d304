//! A sealed room's people, codes and settings, and its alarms.

use keyroom_client::{Alarm, Change, Choices, Knock, KnockId, Roster, RosterMember, SpokenCode, member_code};
use keyroom_types::{IdentityKey, Seq};

use super::*;
use crate::screen::{AlarmAction, CardAction, Tone};
use crate::words;

fn code(byte: u8) -> SpokenCode {
    member_code(&IdentityKey::from_bytes([byte; 32]))
}

fn member(peer: PeerId, name: &str, admin: bool) -> RosterMember {
    let byte = u8::try_from(peer.0 % 200).unwrap();
    RosterMember {
        peer,
        name: name.to_owned(),
        code: code(byte),
        admin,
        me: peer == MYSELF,
        unclear: false,
        verified: false,
    }
}

pub(super) fn roster(admin: bool) -> Roster {
    Roster {
        code: Some(code(99)),
        epoch: 12,
        name: "Blue kitchen".to_owned(),
        approval: false,
        open: true,
        lifetime: None,
        members: vec![member(MYSELF, "Anna", admin), member(PeerId(2), "Ben", !admin)],
        knocks: Vec::new(),
        doors: Vec::new(),
    }
}

impl Desk {
    /// Enters a sealed room with Ben in it, as one who looks after it, or as one who does not.
    fn enters_as(&mut self, admin: bool) -> RoomId {
        let room = self.enters();
        self.history.gather(room, roster(admin));
        self.hears(room, RoomEvent::NewKey);
        self.comes(room, 2, "Ben");
        room
    }

    fn changed(&self) -> Option<Change> {
        self.commands().into_iter().find_map(|command| match command {
            Command::Change { change, .. } => Some(change.clone()),
            _ => None,
        })
    }
}

#[test]
fn people_have_roles_and_codes_and_the_room_has_one() {
    let mut desk = Desk::new();
    desk.enters_as(true);
    let people = desk.app.people();
    let shown: Vec<_> = people.people.iter().map(|row| (&*row.name, &*row.detail, row.has_code)).collect();
    assert_eq!(shown, [("Anna (you)", words::ADMIN.text(), true), ("Ben", words::MEMBER.text(), true)]);
    assert_eq!((people.room_code.len(), people.room_code.join(" ")), (6, code(99).to_string()));
    desk.does(Input::OpenRoomCode);
    let card = desk.room().card.expect("the code is shown");
    assert_eq!((card.groups.len(), card.qr.is_some(), card.compared), (6, true, None));
    assert!(card.note.contains("12 times"));
    desk.does(Input::Back);
    assert!(desk.room().card.is_none());
}

#[test]
fn a_code_that_was_compared_is_marked_and_can_be_unmarked() {
    let mut desk = Desk::new();
    desk.enters_as(false);
    desk.does(Input::OpenPerson(Some(PeerId(2))));
    let card = desk.room().card.expect("the code is shown");
    assert_eq!(card.groups.join(" "), code(2).to_string());
    assert_eq!(card.actions, [CardAction::Mute], "only who looks after the room takes people out");
    desk.does(Input::ToggleCompared);
    assert!(desk.room().card.unwrap().compared.unwrap().on);
    let ben = desk.app.people().people[1].clone();
    assert!(ben.compared && ben.detail.ends_with(words::COMPARED.text()));
    desk.does(Input::ToggleCompared);
    assert!(!desk.app.people().people[1].compared);
    // Nobody compares their own code.
    desk.does(Input::OpenPerson(None));
    assert_eq!(desk.room().card.unwrap().compared, None);
}

#[test]
fn taking_somebody_out_asks_once_and_says_what_happens() {
    let mut desk = Desk::new();
    desk.enters_as(true);
    desk.does(Input::OpenPerson(Some(PeerId(2))));
    assert_eq!(
        desk.room().card.unwrap().actions,
        [CardAction::MakeAdmin, CardAction::Mute, CardAction::Remove]
    );
    desk.does(Input::CardDo(CardAction::Remove));
    assert_eq!(desk.changed(), None);
    let question = desk.app.shell().question.expect("it asks");
    assert!(question.title.contains("Ben") && question.text.contains("key is replaced"));
    desk.does(Input::Confirm);
    assert_eq!(desk.changed(), Some(Change::Remove(PeerId(2))));
    desk.does(Input::OpenPerson(Some(PeerId(2)))).does(Input::CardDo(CardAction::MakeAdmin));
    assert_eq!(desk.changed(), Some(Change::Admin(PeerId(2), true)));
}

/// Attack matrix row 22: who knocks chooses the name that is shown.
#[test]
fn who_asks_is_let_in_or_turned_away() {
    let mut desk = Desk::new();
    let room = desk.enters_as(true);
    let knock = Knock {
        id: KnockId(7),
        name: "Dan\u{202e}".parse().unwrap_or_else(|_| "Dan".parse().unwrap()),
        peer: PeerId(9),
        code: code(9),
        at: desk.now,
    };
    desk.hears(room, RoomEvent::Knocks(vec![knock]));
    let row = desk.app.people().knocks[0].clone();
    assert!(!row.name.contains('\u{202e}') && row.detail.contains(&code(9).to_string()));
    desk.does(Input::Admit(row.id));
    assert_eq!(desk.changed(), Some(Change::Admit(KnockId(7))));
    desk.does(Input::TurnAway(row.id));
    assert_eq!(desk.changed(), Some(Change::Decline(KnockId(7))));
}

#[test]
fn settings_change_the_room_for_who_looks_after_it() {
    let mut desk = Desk::new();
    desk.enters_as(true);
    assert!(desk.room().has_settings);
    desk.does(Input::OpenSettings);
    let settings = desk.room().settings.expect("they are shown");
    assert_eq!(
        (&*settings.name.text as &str, settings.admin, settings.can_save),
        ("Blue kitchen", true, false)
    );
    assert_eq!((&*settings.lifetimes[0], settings.lifetime), ("for good", Some(0)));
    desk.types(Field::NewRoomName, "Green kitchen").does(Input::SaveRoomName);
    assert_eq!(desk.changed(), Some(Change::Rename("Green kitchen".parse().unwrap())));
    desk.does(Input::ChooseLifetime(3));
    assert_eq!(desk.changed(), Some(Change::Lifetime(Some(Duration::from_secs(86_400)))));
    desk.does(Input::ChooseLifetime(0));
    assert_eq!(desk.changed(), None, "it is so already");
    for (input, change) in [
        (Input::ToggleApproval, Change::Approval(true)),
        (Input::ToggleKeyWorks, Change::CloseDoors),
        (Input::NewKey, Change::NewDoor),
    ] {
        desk.does(input);
        assert_eq!(desk.changed(), Some(change));
    }
}

#[test]
fn settings_that_are_only_for_this_person_need_no_rights() {
    let mut desk = Desk::new();
    desk.enters_as(false);
    desk.does(Input::OpenSettings);
    let settings = desk.room().settings.expect("they are shown");
    assert!(!settings.approval.enabled && !settings.can_save && settings.receipts.enabled);
    assert_eq!(settings.note, words::NOT_YOURS_TO_CHANGE.text());
    desk.does(Input::ToggleReceipts);
    let chosen = desk.commands().into_iter().find_map(|command| match command {
        Command::Choose { choices, .. } => Some(*choices),
        _ => None,
    });
    assert_eq!(chosen, Some(Choices { receipts: false, ..Choices::default() }));
}

#[test]
fn a_muted_room_does_not_count_in_the_title() {
    let mut desk = Desk::new();
    let room = desk.enters_as(false);
    desk.does(Input::OpenSettings).does(Input::ToggleMute).does(Input::OpenStart);
    desk.is_told(room, "psst");
    assert_eq!((&*desk.app.rail()[0].unread, &*desk.app.shell().title), ("1", words::KEYROOM));
}

#[test]
fn every_alarm_has_two_sentences_and_honest_options_only() {
    let alarms = [
        (Alarm::Forked, vec![AlarmAction::NewRoom, AlarmAction::LeaveForGood]),
        (Alarm::RolledBack, vec![AlarmAction::NewRoom, AlarmAction::LeaveForGood]),
        (Alarm::LogKey, vec![AlarmAction::NewRoom, AlarmAction::LeaveForGood]),
        (Alarm::Claim(PeerId(2)), vec![AlarmAction::LeaveForGood]),
        (Alarm::Copied, vec![AlarmAction::LeaveForGood]),
        (Alarm::Unsure, vec![AlarmAction::LeaveForGood]),
        (Alarm::Astray, vec![AlarmAction::LeaveForGood]),
        (Alarm::Missing(Seq::new(7)), vec![AlarmAction::AskAgain, AlarmAction::LeaveForGood]),
    ];
    for (alarm, actions) in alarms {
        let mut desk = Desk::new();
        let room = desk.enters();
        desk.hears(room, RoomEvent::Alarm(alarm));
        let banner = desk.room().banner.expect("it is said");
        assert_eq!((banner.tone, &banner.actions), (Tone::Alarm, &actions), "{alarm:?}");
        assert_eq!(banner.text.matches(". ").count() + 1, 2, "{}", banner.text);
        assert_eq!(desk.room().composer.enabled, !alarm.stops() && alarm != Alarm::Unsure);
    }
}

#[test]
fn who_leaves_a_room_that_lies_needs_no_answer_of_its_relay() {
    let mut desk = Desk::new();
    let room = desk.enters();
    desk.hears(room, RoomEvent::Alarm(Alarm::Forked)).does(Input::LeaveForGood).does(Input::Confirm);
    assert!(matches!(desk.commands()[..], [Command::Leave { .. }, ..]));
    desk.hears(room, RoomEvent::Closed(keyroom_client::CloseReason::Left));
    assert!(desk.app.rail().is_empty());
}

/// Attack matrix row 22: somebody comes under a name that looks like another's.
#[test]
fn names_that_do_not_tell_who_it_is_have_the_beginning_of_the_code_behind_them() {
    let mut desk = Desk::new();
    let room = desk.enters_as(false);
    desk.is_told(room, "hi");
    let mut unclear = roster(false);
    unclear.members[1].unclear = true;
    desk.history.gather(room, unclear);
    desk.comes(room, 2, "Ben");
    let code = code(2).to_string();
    assert_eq!(desk.app.people().people[1].name, format!("Ben ({})", &code[..5]));
}
