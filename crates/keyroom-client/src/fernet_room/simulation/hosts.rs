//! What a host does, fact by fact.

use std::time::Duration;

use keyroom_fernet::{JUNK_BYTES, JUNK_SILENCE};
use keyroom_types::limits::{PEER_QUEUE_TOKENS, REFUSALS, WAITING_MESSAGES};

use super::*;
use crate::event::SendRefusal;
use crate::history::{DropReason, MessageId, SendFailure};

#[test]
fn a_token_goes_byte_for_byte_to_all_others_and_never_to_its_author() {
    let mut room = Hosted::new();
    let [anna, berta, carla] = [0; 3].map(|_| room.come(Reads::AtOnce));
    let wire = token("hello", 1);
    room.hear(anna, &wire);
    room.pass(PACE);
    assert_eq!(room.pages.messages(), [(Sender::Peer(anna), "hello".to_owned())]);
    assert!(room.got(anna).is_empty());
    for other in [berta, carla] {
        assert_eq!(&*room.writes[&other][0].1, &wire[..]);
        assert_eq!(room.writes[&other].len(), 1);
    }
}

/// Design section 6: the inspector shows these.
#[test]
fn what_went_over_the_network_is_kept_byte_for_byte_with_its_line() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let wire = token("hello", 1);
    room.hear(anna, &wire);
    room.say("hello yourself");
    room.pass(PACE * 2);
    let kept = room.pages.wires();
    assert_eq!(kept.len(), 2, "messages have bytes, notices have none");
    assert_eq!(&*kept[0], &wire[..]);
    assert_eq!(kept[1], room.writes[&berta][1].1);
    assert_eq!(kept[1], room.writes[&anna][0].1);
}

/// Attack matrix row 44.
#[test]
fn a_replayed_token_is_flagged_with_its_place_and_not_forwarded() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let wire = token("pay 10", 1);
    room.hear(anna, &wire);
    room.pass(Duration::from_secs(1));
    room.hear(berta, &wire);
    room.pass(Duration::from_secs(3_600));
    room.hear(anna, &wire);
    let place = Some(Position(2));
    assert_eq!(
        room.pages.notices()[2..],
        [
            Notice::Repeated { peer: berta, of: place, times: 1 },
            Notice::Repeated { peer: anna, of: place, times: 1 }
        ]
    );
    assert_eq!(room.pages.messages().len(), 1);
    assert_eq!(room.got(berta), ["pay 10"]);
    assert!(room.got(anna).is_empty());
}

/// Attack matrix row 43: what does not open is never text, and only its number is shown.
#[test]
fn tokens_of_another_key_are_counted_and_never_shown() {
    let mut room = Hosted::new();
    let [stranger, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let other = Key::from_bytes([8; 32]);
    for number in 0..3 {
        room.hear(stranger, &sealed(&other, b"canary", number));
        room.pass(Duration::from_secs(1));
    }
    assert_eq!(room.pages.notices()[2..], [Notice::NotOpened(stranger, 3)]);
    assert!(room.pages.messages().is_empty());
    assert!(room.got(berta).is_empty());
    assert!(room.dropped.is_empty());
}

/// Attack matrix row 45.
#[test]
fn who_sends_nothing_but_garbage_is_dropped_with_a_line() {
    let mut room = Hosted::new();
    let [vandal, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let lines = b"GET / HTTP/1.1\r\n\r\n".repeat(JUNK_BYTES / 12);
    for _ in 0..REFUSALS + 5 {
        room.hear(vandal, &lines);
    }
    assert_eq!(room.dropped, [vandal]);
    let notices = room.pages.notices();
    assert!(matches!(notices[2], Notice::Junk(peer, bytes) if peer == vandal && bytes > 200), "{notices:?}");
    assert_eq!(notices[3..], [Notice::Dropped(vandal, DropReason::TooMuchRefused)]);
    room.hear(berta, &token("still here", 1));
    assert_eq!(room.pages.messages().len(), 1);
}

#[test]
fn a_stranger_at_a_keyboard_is_told_of_and_stays() {
    let mut room = Hosted::new();
    let stranger = room.come(Reads::AtOnce);
    for key in b"hello? is anybody here at all?\r\n" {
        room.hear(stranger, &[*key]);
        room.pass(Duration::from_millis(200));
    }
    room.pass(JUNK_SILENCE);
    assert_eq!(room.pages.notices()[1..], [Notice::Junk(stranger, 25)]);
    assert!(room.dropped.is_empty());
}

#[test]
fn an_endless_token_is_dropped_as_too_long() {
    let mut room = Hosted::new();
    let vandal = room.come(Reads::AtOnce);
    for _ in 0..200 {
        room.hear(vandal, &[b'g'; 8_192]);
    }
    let notices = room.pages.notices();
    assert!(
        matches!(notices.last(), Some(Notice::Dropped(_, DropReason::TooLong | DropReason::TooMuchRefused))),
        "{notices:?}"
    );
    assert_eq!(room.dropped, [vandal]);
}

#[test]
fn bytes_that_open_to_no_text_are_forwarded_and_flagged() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let wire = sealed(&key(), &[0xff, 0xfe], 1);
    room.hear(anna, &wire);
    room.pass(PACE);
    assert_eq!(room.pages.notices()[2..], [Notice::NotText(anna, 1)]);
    assert_eq!(&*room.writes[&berta][0].1, &wire[..]);
}

#[test]
fn two_hundred_tokens_at_once_are_written_at_least_the_pace_apart() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    for number in 0..200 {
        room.hear(anna, &token(&number.to_string(), number));
    }
    room.pass(PACE * 200);
    let times: Vec<Duration> = room.writes[&berta].iter().map(|(at, _)| *at).collect();
    assert_eq!(times.len(), 200);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= PACE));
    assert_eq!(room.got(berta), (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn lawful_senders_are_held_back_before_anybody_is_dropped() {
    let mut room = Hosted::new();
    let senders = [0; 20].map(|_| room.come(Reads::AtOnce));
    let mut sent = 0_u32;
    let mut held = false;
    for round in 0..3_000_u32 {
        let sender = senders[round as usize % senders.len()];
        if room.host.takes_bytes() {
            let iv = u128::from(round).to_be_bytes();
            let wire = Cipher::new(&key()).seal(b"x", 1, iv).unwrap();
            room.hear(sender, wire.as_bytes());
            sent += 1;
        } else {
            held = true;
            room.pass(PACE);
        }
    }
    assert!(held && sent > 500, "{sent}");
    room.pass(PACE * 2 * u32::try_from(PEER_QUEUE_TOKENS).unwrap());
    assert!(room.dropped.is_empty());
    assert_eq!(room.pages.messages().len(), sent as usize);
    let forwarded: usize = senders.iter().map(|peer| room.got(*peer).len()).sum();
    assert_eq!(forwarded, sent as usize * (senders.len() - 1));
}

/// Attack matrix row 45.
#[test]
fn who_does_not_read_is_dropped_and_others_do_not_wait() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    let dead = room.come(Reads::Never);
    let mut worst = Duration::ZERO;
    for number in 0..1_100_u128 {
        let begun = room.clock.passed;
        while !room.host.takes_bytes() {
            room.pass(Duration::from_millis(1));
        }
        worst = worst.max(room.clock.passed - begun);
        let wire = Cipher::new(&key()).seal(b"x", 1, number.to_be_bytes()).unwrap();
        room.hear(anna, wire.as_bytes());
        room.pass(PACE);
    }
    assert_eq!(room.dropped, [dead]);
    assert!(room.pages.notices().contains(&Notice::Dropped(dead, DropReason::DoesNotRead)));
    assert_eq!(room.got(berta).len(), 1_100);
    assert!(worst <= Duration::from_millis(500), "{worst:?}");
}

#[test]
fn one_write_that_takes_half_a_minute_ends_the_connection() {
    let mut room = Hosted::new();
    let dead = room.come(Reads::Never);
    room.say("anybody?");
    assert_eq!(room.pages.state(1), MessageState::Waiting);
    room.pass(Duration::from_secs(29));
    assert!(room.dropped.is_empty());
    room.pass(Duration::from_secs(2));
    assert_eq!(room.dropped, [dead]);
    assert_eq!(room.pages.state(1), MessageState::Failed(SendFailure::ConnectionLost));
}

#[test]
fn an_own_message_is_sent_when_it_is_written_to_everybody_who_was_there() {
    let mut room = Hosted::new();
    let [_, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    room.say("first");
    assert_eq!(room.pages.state(2), MessageState::Sent { to: 2 });
    room.say("second");
    assert_eq!(room.pages.state(3), MessageState::Waiting);
    let late = room.come(Reads::AtOnce);
    room.go(berta);
    room.pass(PACE);
    assert_eq!(room.pages.state(3), MessageState::Sent { to: 1 });
    assert!(room.got(late).is_empty());
}

#[test]
fn without_anybody_a_message_fails_and_a_retry_sends_the_same_token() {
    let mut room = Hosted::new();
    room.say("hello?");
    assert_eq!(room.pages.state(0), MessageState::Failed(SendFailure::NobodyHere));
    let id = match room.pages.entries().remove(0).body {
        Body::Message(message) => message.id,
        Body::Notice(_) => panic!("no message"),
    };
    let anna = room.come(Reads::AtOnce);
    let now = room.clock.now();
    room.host.retry(now, Position(0));
    room.turn();
    assert_eq!(room.pages.state(0), MessageState::Sent { to: 1 });
    let sent = keyroom_fernet::TokenId::of(&room.writes[&anna][0].1).unwrap();
    assert_eq!(MessageId::Token(*sent.as_bytes()), id);
    room.host.retry(now, Position(0));
    room.turn();
    assert_eq!(room.got(anna).len(), 1, "what is sent is not sent again");
}

#[test]
fn more_waiting_messages_than_the_limit_are_refused() {
    let mut room = Hosted::new();
    room.come(Reads::Never);
    for _ in 0..=WAITING_MESSAGES {
        room.say("x");
    }
    let refused = room.events.iter().filter(|event| matches!(event, RoomEvent::SendRefused(_))).count();
    assert_eq!(refused, 1);
    assert!(room.events.iter().any(|event| matches!(
        event,
        RoomEvent::SendRefused(SendRefusal::TooMany { waiting: WAITING_MESSAGES })
    )));
}

#[test]
fn an_own_message_that_comes_back_is_nobodys_message() {
    let mut room = Hosted::new();
    let parrot = room.come(Reads::AtOnce);
    room.say("hello");
    let wire = room.writes[&parrot][0].1.clone();
    room.hear(parrot, &wire);
    assert_eq!(room.pages.entries().len(), 2, "the first echo is ignored");
    room.hear(parrot, &wire);
    assert_eq!(
        room.pages.notices()[1..],
        [Notice::Repeated { peer: parrot, of: Some(Position(1)), times: 1 }]
    );
}

/// Attack matrix row 22.
#[test]
fn a_guest_cannot_be_renamed_to_look_like_another() {
    let mut room = Hosted::new();
    let [anna, berta] = [0; 2].map(|_| room.come(Reads::AtOnce));
    room.host.rename(anna, "Anna".parse().unwrap());
    room.host.rename(berta, "Аnna".parse().unwrap());
    room.turn();
    let people = room.pages.history.people(room.pages.room).unwrap();
    assert_eq!(people.iter().map(|person| person.label.as_str()).collect::<Vec<_>>(), ["Anna", "guest 2"]);
    let like =
        |event: &RoomEvent| matches!(event, RoomEvent::RenameRefused { like } if like.as_str() == "Anna");
    assert!(room.events.iter().any(like));
}

#[test]
fn leaving_sends_what_is_pending_and_waits_for_nobody_who_is_stuck() {
    let mut room = Hosted::new();
    let anna = room.come(Reads::AtOnce);
    for number in 0..100 {
        room.say(&number.to_string());
    }
    let now = room.clock.now();
    room.host.leave(now);
    assert!(!room.host.has_flushed(now));
    room.pass(PACE * 100);
    assert!(room.host.has_flushed(room.clock.now()));
    assert_eq!(room.got(anna).len(), 100);

    let mut stuck = Hosted::new();
    stuck.come(Reads::Never);
    stuck.say("x");
    stuck.host.leave(stuck.clock.now());
    stuck.pass(Duration::from_millis(1_999));
    assert!(!stuck.host.has_flushed(stuck.clock.now()));
    stuck.pass(Duration::from_millis(1));
    assert!(stuck.host.has_flushed(stuck.clock.now()));
    stuck.host.close(stuck.clock.now(), crate::event::CloseReason::Left);
    assert_eq!(stuck.pages.state(1), MessageState::Failed(SendFailure::Left));
}
