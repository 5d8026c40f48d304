//! A long timeline: it sticks to its end, stays where one reads, and leads back to the newest.

use std::sync::Arc;

use keyroom_client::{
    Body, History, Message, MessageId, MessageState, PeerId, Position, RoomEvent, RoomId, Sender,
};
use keyroom_gui::ui;
use slint::{ComponentHandle, Model};

use crate::sample;
use crate::stage::{AccessibleRole, Stage, at};

/// A room with so many messages, on the screen.
fn long_room(stage: &Stage, count: u64) -> RoomId {
    let room = sample::join(stage, "Long room");
    for number in 0..count {
        append(stage, room, number);
    }
    stage.room_event(room, RoomEvent::Appended { first: Position(0), last: Position(count - 1) });
    stage.settle();
    room
}

fn append(stage: &Stage, room: RoomId, number: u64) -> Position {
    let text = if number.is_multiple_of(7) {
        format!("message {number} is a long one: {}", "words and words ".repeat(12))
    } else {
        format!("message {number}")
    };
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let message = Message {
        id: MessageId::Token(id),
        from: Sender::Peer(PeerId(900)),
        text: Arc::from(text),
        state: MessageState::Received,
    };
    stage.history.append(room, at(10, 0), Body::Message(message)).expect("memory takes it")
}

/// The messages in sight: (number, place of the upper edge).
fn in_sight(stage: &Stage) -> Vec<(u64, f32)> {
    stage
        .things()
        .into_iter()
        .filter(|thing| thing.accessible_role() == Some(AccessibleRole::ListItem))
        .filter_map(|row| {
            let label = row.accessible_label()?;
            let number = label.split("message ").nth(1)?.split([' ', ',']).next()?.parse().ok()?;
            let top = row.absolute_position().y;
            (top + row.size().height > 70.0 && top < 690.0).then_some((number, top))
        })
        .collect()
}

#[test]
fn the_newest_of_a_hundred_thousand_is_in_sight_and_few_rows_are_held() {
    let stage = Stage::open(1180, 760);
    long_room(&stage, 100_000);
    assert!(in_sight(&stage).iter().any(|&(number, _)| number == 99_999), "{:?}", in_sight(&stage));
    let held = stage.app.global::<ui::Room<'_>>().get_rows().row_count();
    assert!(held < 5_000, "{held} rows are held");
}

#[test]
fn a_new_message_shows_at_once_while_the_end_is_in_sight() {
    let stage = Stage::open(1180, 760);
    let room = long_room(&stage, 300);
    for number in 300..310 {
        let position = append(&stage, room, number);
        stage.room_event(room, RoomEvent::Appended { first: position, last: position });
        stage.settle();
        assert!(in_sight(&stage).iter().any(|&(seen, _)| seen == number), "{number} {:?}", in_sight(&stage));
    }
}

#[test]
fn nothing_jumps_while_one_reads_up_and_the_button_leads_back() {
    let stage = Stage::open(1180, 760);
    let room = long_room(&stage, 5_000);
    for _ in 0..40 {
        stage.scroll(300.0);
    }
    let before = in_sight(&stage);
    assert!(before.iter().all(|&(number, _)| number < 4_900), "{before:?}");
    for number in 5_000..5_003 {
        let position = append(&stage, room, number);
        stage.room_event(room, RoomEvent::Appended { first: position, last: position });
        stage.settle();
    }
    assert_eq!(in_sight(&stage), before, "rows moved while somebody reads them");
    let jump = stage.app.global::<ui::Room<'_>>().get_jump();
    assert!(jump.contains('3'), "{jump}");
    stage.click(&jump);
    assert!(in_sight(&stage).iter().any(|&(number, _)| number == 5_002), "{:?}", in_sight(&stage));
}

#[test]
fn reading_up_goes_through_every_message_without_a_gap() {
    let stage = Stage::open(1180, 760);
    long_room(&stage, 1_100);
    let mut oldest = 1_100;
    for _ in 0..200 {
        let seen = in_sight(&stage);
        let numbers: Vec<u64> = seen.iter().map(|&(number, _)| number).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "a gap in {numbers:?}");
        let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
        assert!(last + 1 >= oldest, "skipped from {oldest} to {last}");
        oldest = first;
        if first == 0 {
            return;
        }
        stage.scroll(420.0);
    }
    panic!("the first message never came; at {oldest}");
}
