//! The task that drives a link: back-pressure, both directions at once, ends and restarts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use keyroom_client::relay_link::{ConnectError, Trust};
use keyroom_link::{Credential, Stop};
use keyroom_relay::{Config, Relay};
use keyroom_types::{Address, KeyPin, limits};

use crate::people::{Person, Room, at, config, dial, eventually, pin, start, together, within};
use crate::support::Scratch;

/// With tokio's clock stopped it moves only when no task has anything left to do.
async fn nothing_moves_any_more() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn within_one_process_a_room_is_made_and_used_without_tls() {
    let relay = Arc::new(start().await);
    let dialled = Arc::clone(&relay);
    let mut founder = Person::founder(Room(1), move || within(Arc::clone(&dialled), 4 << 10));
    founder.until("the room is made", |founder| founder.is_made).await;
    let request = founder.say(Bytes::from_static(b"hello")).await;
    founder
        .until("the message is in the log", |founder| {
            founder.answered.contains(&request) && founder.log.len() == 1
        })
        .await;
    assert_eq!(founder.messages(), [b"hello".as_slice()]);
    assert_eq!((relay.counts().rooms.get(), relay.counts().appended.get()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn while_nobody_takes_what_is_told_nothing_more_is_read() {
    let relay = Arc::new(start().await);
    let dialled = Arc::clone(&relay);
    let (mut founder, mut idle) = together(Room(1), move || within(Arc::clone(&dialled), 16 << 10)).await;
    for number in 0..MESSAGES {
        founder.say(message(number)).await;
    }
    founder.until("all is said", |founder| founder.messages().len() == MESSAGES).await;
    nothing_moves_any_more().await;
    // Both saw the join, and the founder all messages.
    let behind = usize::try_from(relay.counts().delivered.get()).unwrap() - 2 - MESSAGES;
    // What is between the store and somebody who reads nothing: the relay's batch and frame, the stream, the reports, the
    // event in hand and the one that waits.
    let most = (2 * (64 << 10) + (16 << 10)) / MESSAGE_BYTES + 8;
    assert!((1..=most).contains(&behind), "{behind} of {MESSAGES} messages, at most {most}");
    idle.until("the rest is read", |idle| idle.messages().len() == MESSAGES).await;
    let right = idle.messages().iter().enumerate().all(|(number, said)| *said == message(number));
    assert!(right, "in order and whole");
    assert_eq!(idle.lost, 0);
}

#[tokio::test(start_paused = true)]
async fn both_directions_can_be_full_at_once_and_flow_again() {
    let relay = Arc::new(start().await);
    let dialled = Arc::clone(&relay);
    let (mut founder, mut newcomer) = together(Room(1), move || within(Arc::clone(&dialled), 1 << 10)).await;
    let newest = founder.log[0].header.seq;
    let upload =
        founder.driven.with(|link| link.republish(newest, vec![9; limits::BLOB_BYTES].into())).unwrap();
    let flood = tokio::spawn(async move {
        for number in 0..MESSAGES {
            newcomer.say(message(number)).await;
        }
        newcomer.until("all is said", |newcomer| newcomer.messages().len() == MESSAGES).await;
        newcomer
    });
    // The founder reads nothing: its deliveries fill the way to it, and the relay takes no more of its upload.
    let newcomer = flood.await.unwrap();
    nothing_moves_any_more().await;
    founder
        .until("the upload and all deliveries are through", |founder| {
            founder.answered.contains(&upload) && founder.messages().len() == MESSAGES
        })
        .await;
    assert_eq!(founder.messages(), newcomer.messages());
    assert_eq!((founder.lost, newcomer.lost), (0, 0));
}

/// The same over sockets and TLS, all reading.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_and_deliveries_pass_each_other_over_tls() {
    let relay = start().await;
    let (address, trust) = (Address::from(at(&relay)), pin(&relay));
    let (mut founder, mut newcomer) = together(Room(1), move || dial(address.clone(), trust.clone())).await;
    let newest = founder.log[0].header.seq;
    let upload =
        founder.driven.with(|link| link.republish(newest, vec![9; limits::BLOB_BYTES].into())).unwrap();
    let both = |person: &Person| person.messages().len() == 2 * MESSAGES;
    let talking = async |person: &mut Person| {
        for number in 0..MESSAGES {
            person.say(message(number)).await;
        }
        person.until("all is said and heard", both).await;
    };
    tokio::join!(talking(&mut founder), talking(&mut newcomer));
    founder.until("the upload is through", |founder| founder.answered.contains(&upload)).await;
    assert_eq!(founder.messages(), newcomer.messages());
    assert_eq!((founder.lost, newcomer.lost), (0, 0));
}

#[tokio::test]
async fn dropping_what_drives_a_link_ends_its_connection() {
    let relay = start().await;
    let (address, trust) = (Address::from(at(&relay)), pin(&relay));
    let mut founder = Person::founder(Room(1), move || dial(address.clone(), trust.clone()));
    founder.until("the room is made", |founder| founder.is_made).await;
    assert_eq!(relay.counts().links.get(), 1);
    // Somebody still listens: that is not what ends it.
    let Person { driven, told, .. } = founder;
    drop(driven);
    eventually("the relay notices", || relay.counts().links.get() == 0).await;
    drop(told);
}

#[tokio::test]
async fn a_link_that_nobody_listens_to_ends_its_connection() {
    let relay = start().await;
    let (address, trust) = (Address::from(at(&relay)), pin(&relay));
    let mut founder = Person::founder(Room(1), move || dial(address.clone(), trust.clone()));
    founder.until("the room is made", |founder| founder.is_made).await;
    founder.stop_listening();
    eventually("the relay notices", || relay.counts().links.get() == 0).await;
}

#[tokio::test]
async fn a_link_that_is_replaced_hears_it_and_does_not_come_back() {
    let relay = start().await;
    let (address, trust) = (Address::from(at(&relay)), pin(&relay));
    let dialled = move || dial(address.clone(), trust.clone());
    let mut first = Person::founder(Room(1), dialled.clone());
    first.until("the room is made", |first| first.is_made).await;
    let second = Person::with(Room(1), Credential::Pass(Room(1).founder()), dialled);
    first.until("it is told", |first| first.stopped.is_some()).await;
    assert_eq!(first.stopped, Some(Stop::Replaced));
    eventually("one link is left", || relay.counts().links.get() == 1).await;
    assert_eq!(relay.counts().links_opened.get(), 2);
    drop(second);
}

/// Attack matrix row 2: whoever shows the room's state can name a pin mismatch.
#[tokio::test]
async fn why_there_is_no_connection_is_told_and_the_next_try_may_succeed() {
    let relay = start().await;
    let (address, seen) = (Address::from(at(&relay)), relay.started().pin);
    let expected = KeyPin::from_bytes([9; 32]);
    let mut pins = [expected, expected].into_iter();
    let dialled = move || dial(address.clone(), Trust::Pin(pins.next().unwrap_or(seen)));
    let mut founder = Person::founder(Room(1), dialled);
    founder.until("the room is made", |founder| founder.is_made).await;
    let mismatch = ConnectError::PinMismatch { expected, seen };
    assert_eq!((founder.lost, &*founder.not_connected), (2, &[mismatch.clone(), mismatch][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_of_the_relay_at_its_port_what_was_said_meanwhile_arrives_once() {
    let scratch = Scratch::new("restart");
    let on_disk = Config { memory: false, data: Some(scratch.path()), ..config() };
    let relay = Relay::start(&on_disk).await.unwrap();
    let (relay_at, trust) = (at(&relay), pin(&relay));
    let dialled = move || dial(Address::from(relay_at), trust.clone());
    let (mut founder, mut newcomer) = together(Room(1), dialled).await;
    founder.say(message(0)).await;
    newcomer.until("the first is heard", |newcomer| newcomer.messages().len() == 1).await;
    relay.shutdown(Duration::ZERO).await;
    founder.until("the relay is gone", |founder| founder.lost > 0).await;
    founder.say(message(1)).await;
    newcomer.until("the relay is gone", |newcomer| newcomer.lost > 0).await;
    newcomer.say(message(2)).await;

    let again = Config { listen: vec![relay_at.to_string().parse().unwrap()], ..on_disk };
    let relay = Relay::start(&again).await.unwrap();
    assert_eq!(at(&relay), relay_at);
    // Both at once: who is told something and does not listen says nothing more, and each waits for what the other said.
    tokio::join!(
        founder.until("all is heard", |person| person.messages().len() == 3),
        newcomer.until("all is heard", |person| person.messages().len() == 3),
    );
    assert_eq!(founder.messages(), newcomer.messages());
    assert_eq!((relay.counts().appended.get(), founder.messages()[0].clone()), (2, message(0)));
}

fn message(number: usize) -> Bytes {
    let mut message = vec![7; MESSAGE_BYTES];
    message[..8].copy_from_slice(&number.to_be_bytes());
    message.into()
}

const MESSAGES: usize = 150;
const MESSAGE_BYTES: usize = 32 << 10;
