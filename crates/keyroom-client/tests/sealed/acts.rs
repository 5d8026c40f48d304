//! Acts on messages and the list of rooms, through the engine.

use std::time::Duration;

use keyroom_client::{
    Act, ActRefusal, Change, Choices, Command, LastLine, Message, Position, RoomEvent, Sender, Stage,
};

use crate::support::Person;

fn place(person: &Person, text: &str) -> Position {
    let page = person.engine.history().page(person.room, Position(0), 1_000).unwrap();
    let found = page.into_iter().find(|entry| {
        matches!(&entry.body, keyroom_client::Body::Message(Message { text: said, .. }) if &**said == text)
    });
    found.expect("it was said").position
}

fn act(person: &Person, act: Act) {
    person.engine.send(Command::Act { room: person.room, act });
}

#[test]
fn what_is_done_about_a_message_is_told_with_its_details() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ada.say("frist");
    ben.hear("frist");
    act(&ben, Act::Reply { to: place(&ben, "frist"), text: "you mean first".to_owned() });
    ada.hear("you mean first");
    act(&ada, Act::Edit { of: place(&ada, "frist"), text: "first".to_owned() });
    while ben.texts()[0] != "first" {
        ben.wait(|event| matches!(event, RoomEvent::Changed { .. }).then_some(()));
    }
    let (first, answer) = (place(&ben, "first"), place(&ben, "you mean first"));
    act(&ben, Act::React { to: first, emoji: "🎉".to_owned(), on: true });
    let details = |person: &Person, at| person.engine.history().details(person.room, at).unwrap();
    let at = place(&ada, "first");
    while details(&ada, at).reactions.is_empty() {
        ada.wait(|event| matches!(event, RoomEvent::Changed { .. }).then_some(()));
    }
    let ours = details(&ada, at);
    assert!(ours.edited && !ours.gone && matches!(ours.reactions[0].by, Sender::Peer(_)));
    assert_eq!(&*ours.reactions[0].emoji, "🎉");
    assert_eq!(&*details(&ben, first).earlier[0].text, "frist");
    assert_eq!(details(&ben, first).reactions[0].by, Sender::Me);
    assert_eq!(details(&ben, answer).reply, Some(Some(first)));
    act(&ben, Act::Delete { of: first });
    let refusal = ben.wait(|event| match event {
        RoomEvent::ActRefused(refusal) => Some(*refusal),
        _ => None,
    });
    assert_eq!(refusal, ActRefusal::NotYours);
    act(&ada, Act::Typing);
    ben.wait(|event| matches!(event, RoomEvent::Typing(_)).then_some(()));
    act(&ada, Act::Delete { of: at });
    while !details(&ben, first).gone {
        ben.wait(|event| matches!(event, RoomEvent::Changed { .. }).then_some(()));
    }
    assert_eq!(details(&ben, first).earlier, []);
    assert!(ben.profile.search("first", 10).unwrap().iter().all(|hit| hit.text == "you mean first"));
}

#[test]
fn the_list_of_rooms_has_last_line_unread_draft_and_choices() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ben.say("one");
    ben.say("two");
    ada.hear("one");
    ada.hear("two");
    let summary = |person: &Person| person.profile.summaries().unwrap().remove(0);
    let seen = summary(&ada);
    assert_eq!(
        (seen.room, &*seen.name, seen.stage, seen.unread),
        (invite.room, "Blue kitchen", Stage::Member, 2)
    );
    assert!(seen.hosted && !seen.broken && seen.knocks == 0 && seen.choices == Choices::default());
    let Some(LastLine::Message { from, name, text, .. }) = &seen.last else { panic!("a message") };
    assert_eq!((&**name, text.as_deref()), ("Ben", Some("two")));
    assert!(matches!(from, Sender::Peer(_)));

    let muted = Choices { muted: true, ..Choices::default() };
    ada.engine.send(Command::MarkRead { room: ada.room, through: place(&ada, "one") });
    ada.engine.send(Command::Choose { room: ada.room, choices: muted });
    ada.engine.history().set_draft(ada.room, "three").unwrap();
    // Commands are done in their order.
    ada.say("hello");
    ben.hear("hello");
    let seen = summary(&ada);
    assert_eq!((seen.unread, seen.choices, &*seen.draft), (1, muted, "three"));
    assert!(matches!(seen.last, Some(LastLine::Message { from: Sender::Me, .. })));
    ada.profile.mark_read(&invite.room, Position(10_000)).unwrap();
    assert_eq!(summary(&ada).unread, 0);
    ben.say("three");
    ada.hear("three");
    assert_eq!(summary(&ada).unread, 1, "what is not there yet cannot have been read");
}

#[test]
fn what_muted_people_say_is_neither_counted_nor_the_last_line_of_a_room() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ben.say("one");
    ada.hear("one");
    ada.say("hello");
    ben.hear("hello");
    ben.say("two");
    ada.hear("two");
    let summary = |person: &Person| person.profile.summaries().unwrap().remove(0);
    let Some(LastLine::Message { from: Sender::Peer(peer), .. }) = summary(&ada).last else {
        panic!("a message of Ben")
    };
    ada.profile.set_muted(&invite.room, peer, true).unwrap();
    let seen = summary(&ada);
    assert_eq!(seen.unread, 0);
    assert!(matches!(seen.last, Some(LastLine::Message { from: Sender::Me, .. })), "{:?}", seen.last);
    ada.profile.set_muted(&invite.room, peer, false).unwrap();
    assert_eq!(summary(&ada).unread, 2);
}

#[test]
fn how_long_messages_are_kept_is_a_rule_that_everybody_sees() {
    let (ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    let day = Some(Duration::from_secs(86_400));
    let rules = |person: &Person| person.engine.history().roster(person.room).unwrap().unwrap();
    assert!(rules(&ben).open && !rules(&ben).approval && rules(&ben).lifetime.is_none());
    ada.engine.send(Command::Change { room: ada.room, change: Change::Lifetime(day) });
    while rules(&ben).lifetime != day {
        ben.wait(|event| matches!(event, RoomEvent::Appended { .. }).then_some(()));
    }
    assert_eq!(rules(&ben).code, rules(&ada).code);
}

/// Attack matrix row 22: the mark is of an identity, whatever it is called and wherever it is met.
#[test]
fn a_compared_code_is_kept_with_the_identity_and_a_room_can_be_erased() {
    let (ada, invite) = Person::host("Ada");
    let ben = Person::join("Ben", &invite);
    let marked = |person: &Person| -> Vec<bool> {
        let roster = person.profile.roster(&invite.room).unwrap().unwrap();
        roster.members.iter().filter(|member| !member.me).map(|member| member.verified).collect()
    };
    let peer = ben.profile.roster(&invite.room).unwrap().unwrap();
    let peer = peer.members.iter().find(|member| !member.me).unwrap().peer;
    assert_eq!(marked(&ben), [false]);
    ben.engine.history().set_verified(ben.room, peer, true).unwrap();
    assert_eq!(marked(&ben), [true]);
    assert_eq!(marked(&ada), [false], "nobody else is told");
    let profile = ben.profile.clone();
    ben.leave();
    profile.erase(&invite.room).unwrap();
    assert!(profile.summaries().unwrap().is_empty() && profile.roster(&invite.room).unwrap().is_none());
}
