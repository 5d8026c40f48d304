//! What the tests put into profiles.

use keyroom_history::{Cost, EntryBody, NewEntry, Profile, RoomRecord, Secret32, State, Trust, Tx};
use keyroom_testkit::scratch::Scratch;
use keyroom_types::{IdentityKey, MessageId, RoomId, Seq, Timestamp};

/// Costs next to nothing: the tests of costs are elsewhere.
pub(crate) const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

pub(crate) const PASSPHRASE: &str = "correct horse";

/// A profile on disk, made and closed.
pub(crate) fn made(label: &str) -> Scratch {
    let scratch = Scratch::new(label);
    Profile::create(&scratch.path().join("profile"), PASSPHRASE, CHEAP).unwrap();
    scratch
}

pub(crate) fn open(scratch: &Scratch) -> Profile {
    Profile::open(&scratch.path().join("profile"), PASSPHRASE).unwrap()
}

/// Does something in a transaction of its own.
pub(crate) fn within<T>(profile: &mut Profile, work: impl FnOnce(&Tx<'_>) -> T) -> T {
    let tx = profile.begin().unwrap();
    let answer = work(&tx);
    tx.commit().unwrap();
    answer
}

pub(crate) fn room(number: u8) -> RoomId {
    RoomId::from_bytes([number; 16])
}

pub(crate) fn person(number: u8) -> IdentityKey {
    IdentityKey::from_bytes([number; 32])
}

pub(crate) fn message_id(number: u32) -> MessageId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    MessageId::from_bytes(bytes)
}

/// A room of which little is known yet.
pub(crate) fn record(number: u8) -> RoomRecord {
    RoomRecord {
        name: format!("room {number}"),
        healed: Timestamp::default(),
        me: "me".into(),
        ..RoomRecord::new(
            room(number),
            Secret32::from_bytes([number; 32]),
            Trust::Name,
            Timestamp::from_millis(1),
        )
    }
}

/// A message from person 1, received at `at`.
pub(crate) fn message(id: u32, at: u64, text: &str) -> NewEntry {
    message_of(person(1), id, at, State::Received, text)
}

pub(crate) fn message_of(author: IdentityKey, id: u32, at: u64, state: State, text: &str) -> NewEntry {
    NewEntry {
        at: Timestamp::from_millis(at),
        seq: (state != State::Waiting).then(|| Seq::new(u64::from(id))),
        body: EntryBody::Message {
            author,
            name: "ann".into(),
            id: message_id(id),
            text: Some(text.into()),
            reply: None,
            edited: false,
            state,
        },
    }
}

/// A message's text, where it has one.
pub(crate) fn text(tx: &Tx<'_>, room: &RoomId, position: u64) -> Option<String> {
    match tx.entry(room, position).unwrap().unwrap().body {
        EntryBody::Message { text, .. } => text,
        EntryBody::Notice { .. } => panic!("a message is at {position}"),
    }
}
