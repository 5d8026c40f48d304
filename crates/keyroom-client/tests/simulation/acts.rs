//! What is done about messages. Attack matrix row 14.

use keyroom_client::{Act, Choices, Position};
use keyroom_history::{EntryBody, State};
use keyroom_mls::{Body, Content};
use keyroom_testkit::sealed::Sealed;

use crate::check::{Wrong, check};
use crate::races::{quiet, room_of, state_of, texts};

/// Where a message stands in somebody's timeline, and its text, if it has one.
fn find(room: &mut Sealed, who: usize, begins: &str) -> Position {
    let id = room.room();
    let tx = room.net.person(who).tell().profile().begin().unwrap();
    let page = tx.page(&id, 0, 1_000).unwrap();
    let found = page.into_iter().find(|entry| match &entry.body {
        EntryBody::Message { text: Some(text), .. } => text.starts_with(begins),
        _ => false,
    });
    Position(found.expect("it was said").position)
}

fn body(room: &mut Sealed, who: usize, at: Position) -> EntryBody {
    let id = room.room();
    let tx = room.net.person(who).tell().profile().begin().unwrap();
    tx.entry(&id, at.0).unwrap().unwrap().body
}

fn text(room: &mut Sealed, who: usize, at: Position) -> Option<String> {
    let EntryBody::Message { text, .. } = body(room, who, at) else { panic!("a message") };
    text
}

fn earlier(room: &mut Sealed, who: usize, at: Position) -> Vec<String> {
    let id = room.room();
    let tx = room.net.person(who).tell().profile().begin().unwrap();
    tx.earlier_texts(&id, at.0).unwrap().into_iter().map(|earlier| earlier.text).collect()
}

fn reactions(room: &mut Sealed, who: usize, at: Position) -> Vec<String> {
    let id = room.room();
    let tx = room.net.person(who).tell().profile().begin().unwrap();
    tx.reactions(&id, at.0).unwrap().into_iter().map(|(_, emoji)| emoji).collect()
}

fn found(room: &mut Sealed, who: usize, words: &str) -> usize {
    let tx = room.net.person(who).tell().profile().begin().unwrap();
    tx.search(words, None, 10).unwrap().len()
}

fn edit(of: Position, text: &str) -> Act {
    Act::Edit { of, text: text.to_owned() }
}

fn react(to: Position, emoji: &str, on: bool) -> Act {
    Act::React { to, emoji: emoji.to_owned(), on }
}

/// Puts a content into the outbox of somebody whose client does what it wants.
fn say_content(room: &mut Sealed, who: usize, body: Body) {
    let id = room.room();
    let member = room.net.person(who).tell();
    let mut drawn = [0; 16];
    drawn[..8].copy_from_slice(&(member.alarms().len() as u64 + 0x1234).to_be_bytes());
    drawn[8] = u8::try_from(member.refused().len()).unwrap();
    let content = Content::new(keyroom_types::MessageId::from_bytes(drawn), body);
    let tx = member.profile().begin().unwrap();
    tx.outbox_push(&id, &content.encode().unwrap(), None).unwrap();
    tx.commit().unwrap();
    // What a process finds in its outbox when it starts is sent.
    room.restart(who);
}

#[test]
fn an_edit_is_shown_at_once_here_and_soon_by_all_with_what_it_said_before() {
    let mut room = room_of(3);
    room.say(1, "frist");
    quiet(&mut room);
    let at = find(&mut room, 1, "frist");
    room.act(1, edit(at, "first"));
    assert_eq!(text(&mut room, 1, at).as_deref(), Some("first"));
    room.act(1, edit(at, "first!"));
    quiet(&mut room);
    for who in 0..3 {
        let at = find(&mut room, who, "first!");
        assert_eq!(earlier(&mut room, who, at), ["frist", "first"]);
        assert!(matches!(body(&mut room, who, at), EntryBody::Message { edited: true, .. }));
        assert_eq!((found(&mut room, who, "frist"), found(&mut room, who, "first")), (0, 1));
    }
    assert_eq!(state_of(&mut room, 1, "first!"), State::Delivered, "its own state is what it was");
    check(&mut room, &[(1, "first!".to_owned())], &Wrong::default());
}

#[test]
fn what_is_withdrawn_is_gone_with_all_and_with_what_it_said_before() {
    let mut room = room_of(3);
    room.say(1, "secretly wrong");
    quiet(&mut room);
    let at = find(&mut room, 1, "secretly");
    room.act(1, edit(at, "secretly right"));
    room.act(0, react(Position(0), "👍", true));
    quiet(&mut room);
    let others: Vec<Position> = (0..3).map(|who| find(&mut room, who, "secretly")).collect();
    assert_eq!(found(&mut room, 0, "secretly"), 1);
    room.act(1, Act::Delete { of: at });
    assert_eq!(text(&mut room, 1, at), None);
    quiet(&mut room);
    for (who, at) in others.into_iter().enumerate() {
        assert_eq!(text(&mut room, who, at), None);
        assert_eq!(earlier(&mut room, who, at), [""; 0]);
        assert_eq!(reactions(&mut room, who, at), [""; 0]);
        assert_eq!(found(&mut room, who, "secretly"), 0);
    }
    // What is gone stays gone.
    room.act(1, edit(at, "back again"));
    assert!(room.member(1).refused().last().unwrap().contains("the message is gone"));
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn only_its_author_changes_or_withdraws_a_message() {
    let mut room = room_of(3);
    room.say(1, "by Ben");
    quiet(&mut room);
    let at = find(&mut room, 2, "by Ben");
    room.act(2, edit(at, "by Cleo"));
    room.act(2, Act::Delete { of: at });
    assert!(room.member(2).refused().iter().all(|text| text.contains("only the author")));
    assert_eq!(room.member(2).refused().len(), 2);
    // A client that asks nobody is not heard by others: row 14.
    let EntryBody::Message { id, .. } = body(&mut room, 2, at) else { panic!("a message") };
    say_content(&mut room, 2, Body::Edit { target: id, text: "by Cleo".to_owned() });
    quiet(&mut room);
    say_content(&mut room, 2, Body::Delete { target: id });
    quiet(&mut room);
    for who in 0..3 {
        let at = find(&mut room, who, "by Ben");
        assert!(matches!(body(&mut room, who, at), EntryBody::Message { edited: false, .. }));
    }
}

#[test]
fn a_message_that_is_gone_is_not_brought_back_by_its_author() {
    let mut room = room_of(2);
    room.say(1, "now you see me");
    quiet(&mut room);
    let (here, there) = (find(&mut room, 1, "now"), find(&mut room, 0, "now"));
    let EntryBody::Message { id, .. } = body(&mut room, 1, here) else { panic!("a message") };
    room.act(1, Act::Delete { of: here });
    quiet(&mut room);
    say_content(&mut room, 1, Body::Edit { target: id, text: "and again".to_owned() });
    quiet(&mut room);
    say_content(&mut room, 1, Body::Reaction { target: id, emoji: "👀".to_owned(), on: true });
    quiet(&mut room);
    assert_eq!(text(&mut room, 0, there), None);
    assert_eq!(reactions(&mut room, 0, there), [""; 0]);
}

#[test]
fn reactions_come_and_go_and_are_few() {
    let mut room = room_of(2);
    room.say(1, "look");
    quiet(&mut room);
    let (here, there) = (find(&mut room, 0, "look"), find(&mut room, 1, "look"));
    room.act(0, react(here, "👍", true));
    room.act(0, react(here, "👍", true));
    room.act(0, react(here, "🎉", true));
    assert_eq!(reactions(&mut room, 0, here), ["🎉", "👍"]);
    quiet(&mut room);
    assert_eq!(reactions(&mut room, 1, there), ["🎉", "👍"]);
    room.act(0, react(here, "👍", false));
    quiet(&mut room);
    assert_eq!(reactions(&mut room, 1, there), ["🎉"]);
    for not in ["", " ", "a\u{202e}b", &"x".repeat(65)] {
        room.act(0, react(here, not, true));
    }
    assert_eq!(room.member(0).refused().len(), 4);
    for number in 0..20 {
        room.act(0, react(here, &format!("{number}"), true));
    }
    quiet(&mut room);
    assert_eq!(reactions(&mut room, 1, there).len(), 16);
}

#[test]
fn an_answer_names_what_it_answers() {
    let mut room = room_of(2);
    room.say(0, "a question");
    quiet(&mut room);
    let to = find(&mut room, 1, "a question");
    let EntryBody::Message { id, .. } = body(&mut room, 1, to) else { panic!("a message") };
    room.act(1, Act::Reply { to, text: "an answer".to_owned() });
    quiet(&mut room);
    for who in 0..2 {
        let at = find(&mut room, who, "an answer");
        assert!(matches!(body(&mut room, who, at), EntryBody::Message { reply: Some(of), .. } if of == id));
    }
}

#[test]
fn what_was_done_offline_is_said_once_after_crashes_and_a_withdrawn_message_is_never_said() {
    let mut room = room_of(2);
    room.say(1, "kept");
    quiet(&mut room);
    let kept = find(&mut room, 1, "kept");
    room.net.kill_relay();
    while room.net.link(1).is_live() {
        room.run(1_000);
    }
    room.say(1, "never to be said");
    let never = find(&mut room, 1, "never");
    room.act(1, edit(never, "never to be said, still"));
    room.act(1, Act::Delete { of: never });
    room.act(1, edit(kept, "kept and changed"));
    room.act(1, react(kept, "🎉", true));
    room.restart(1);
    room.run(1_000);
    room.net.start_relay();
    quiet(&mut room);
    assert_eq!(texts(&mut room, 0), ["kept and changed"]);
    let there = find(&mut room, 0, "kept");
    assert_eq!(reactions(&mut room, 0, there), ["🎉"]);
    assert_eq!(earlier(&mut room, 0, there), ["kept"]);
    assert_eq!(text(&mut room, 1, never), None);
    check(&mut room, &[], &Wrong::default());
}

#[test]
fn that_somebody_writes_is_told_now_and_then_to_those_who_want_it() {
    let mut room = room_of(3);
    for _ in 0..20 {
        room.act(1, Act::Typing);
        room.run(500);
    }
    let told = room.member(0).typing().len();
    assert!((3..=4).contains(&told), "{told} times in ten seconds");
    assert_eq!(room.member(1).typing(), []);
    let before = room.log().len();
    let id = room.room();
    let choose = |room: &mut Sealed, who: usize, choices: &Choices| {
        let tx = room.net.person(who).tell().profile().begin().unwrap();
        tx.set_choices(&id, choices).unwrap();
        tx.commit().unwrap();
    };
    let quietly = Choices { typing: false, ..Choices::default() };
    choose(&mut room, 0, &quietly);
    room.run(5_000);
    room.act(1, Act::Typing);
    room.run(1_000);
    assert_eq!((room.member(0).typing().len(), room.member(2).typing().len()), (told, told + 1));
    choose(&mut room, 1, &quietly);
    room.run(5_000);
    room.act(1, Act::Typing);
    room.run(1_000);
    assert_eq!(room.member(2).typing().len(), told + 1);
    assert_eq!(room.log().len(), before, "nothing of it is kept");
}

#[test]
fn who_wants_no_receipts_sends_none_and_still_gets_them() {
    let mut room = room_of(2);
    let id = room.room();
    let tx = room.net.person(1).tell().profile().begin().unwrap();
    tx.set_choices(&id, &Choices { receipts: false, ..Choices::default() }).unwrap();
    tx.commit().unwrap();
    room.say(0, "seen?");
    room.say(1, "and this?");
    quiet(&mut room);
    room.run(20_000);
    assert_eq!(state_of(&mut room, 0, "seen?"), State::Stored);
    assert_eq!(state_of(&mut room, 1, "and this?"), State::Delivered);
}
