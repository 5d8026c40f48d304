//! The history checker: what members recorded, against the log that the relay has in the end.

use std::collections::HashMap;

use keyroom_types::{Address, KeyPin, RoomId, Seq};
use keyroom_wire::{Content, Envelope};

use crate::member::Member;
use crate::mind::{JOIN, number_of};

/// Reads the room's whole log with a fresh client and checks it against what each member was told. `said` are the
/// numbers of all that was said, each of which must be in the log once. It takes the founder's pass, so the founder's own
/// link ends.
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
    // Before the reader comes, who ends the link of the pass that it takes.
    for (who, member) in members.iter().enumerate() {
        let end = member.look(|mind| (mind.stopped(), mind.faults()));
        assert_eq!(end, (None, 0), "member {who}");
    }
    // What was acknowledged last may not have been delivered to anybody yet.
    let acknowledged = |member: &Member| {
        member.look(|mind| mind.acknowledged().iter().map(|(_, appended)| appended.last).max())
    };
    let places = members.iter().map(Member::read_to);
    let end = places.chain(members.iter().filter_map(acknowledged)).max().expect("somebody is in the room");
    let reader = Member::again(address, pin, room, 0);
    reader.until("the log is read", |reader| reader.read_to() >= end).await;
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
