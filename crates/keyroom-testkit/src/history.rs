//! The history checker: what members recorded, against the log that the relay has in the end.

use std::collections::HashMap;

use keyroom_types::{Address, KeyPin, RoomId, Seq};
use keyroom_wire::{Content, Envelope};

use crate::member::Member;
use crate::mind::{JOIN, number_of};

/// Reads the room's whole log with a fresh client and checks it against what each member was told. `said` are the
/// numbers of all that was said, each of which must be in the log once. The members' links must be gone, but for what
/// they remember.
///
/// # Panics
/// It finds something that must not be.
pub async fn check(
    address: &Address,
    pin: KeyPin,
    room: RoomId,
    members: &[Member],
    said: &[u64],
) -> Vec<Envelope> {
    let end = members.iter().map(Member::place).max().expect("somebody is in the room");
    let reader = Member::again(address, pin, room, 0);
    reader.until("the log is read", |reader| reader.place() >= end).await;
    let log: Vec<Envelope> = reader.look(|mind| mind.log().to_vec());

    let mut times: HashMap<u64, usize> = HashMap::new();
    for (place, envelope) in log.iter().enumerate() {
        assert_eq!(envelope.header.seq.get(), place as u64 + 1, "the log is dense");
        let Content::Body(body) = &envelope.content else { panic!("nothing was dropped") };
        *times.entry(number_of(body).expect("every body has a number")).or_default() += 1;
    }
    for number in said {
        assert_eq!(times.remove(number), Some(1), "message {number}");
    }
    assert!(times.iter().all(|(number, times)| *number >= JOIN && *times == 1), "{times:?}");

    for (who, member) in members.iter().enumerate() {
        member.look(|mind| {
            assert_eq!((mind.stopped(), mind.faults()), (None, 0), "member {who}");
            for (id, appended) in mind.acknowledged() {
                let envelope = &log[place_of(appended.first) - 1];
                assert_eq!(
                    (envelope.header.envelope, envelope.header.time),
                    (*id, appended.time),
                    "what was acknowledged to member {who} is where it was said to be"
                );
            }
            let delivered = mind.log();
            let first = place_of(delivered[0].header.seq) - 1;
            assert_eq!(delivered, &log[first..first + delivered.len()], "member {who} was shown the log");
        });
    }
    log
}

fn place_of(seq: Seq) -> usize {
    usize::try_from(seq.get()).expect("a test's log is short")
}
