//! Clients that say anything. Attack matrix row 45.

use bytes::Bytes;
use keyroom_types::limits;
use keyroom_wire::{ToClient, ToRelay, testing};
use proptest::prelude::*;

use crate::desk::{Desk, Role, door};

/// What a strange client may send.
#[derive(Clone, Debug)]
enum Sent {
    /// A lawful message, with the number that is due.
    Message(ToRelay),
    /// Any bytes.
    Junk(Vec<u8>),
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        20 => testing::to_relay().prop_map(Sent::Message),
        1 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(Sent::Junk),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_client_says_the_relay_keeps_to_the_protocol_and_serves_the_others(
        all in proptest::collection::vec(sent(), 1..60),
        through_door in any::<bool>(),
    ) {
        let desk = Desk::new();
        let mut founder = desk.founder(1, vec![door(50)]);
        founder.say(0, 1).unwrap();
        let mut strange = desk.dial();
        let role = if through_door { Role::Door { door: 50, newcomer: 2 } } else { Role::Pass(1) };
        strange.login(role).unwrap();
        let mut number = 1;
        for sent in all {
            match sent {
                Sent::Message(mut message) => {
                    if message.request != 0 {
                        number += 1;
                        message.request = number;
                    }
                    strange.link.receive(desk.now, message.encode());
                }
                Sent::Junk(bytes) => strange.link.receive(desk.now, Bytes::from(bytes)),
            }
            let mut out = Vec::new();
            strange.link.transmit(desk.now, limits::FRAME_BYTES, &mut out);
            for frame in out {
                prop_assert!(ToClient::decode(frame).is_ok());
            }
            prop_assert!(strange.link.backlog() < 1 << 20);
        }
        drop(strange);
        let mut other = desk.member(1);
        prop_assert!(!other.places().is_empty(), "the room is served");
        let log = desk.log();
        prop_assert!(log.iter().zip(1..).all(|(stored, seq)| stored.header.seq.get() == seq), "the log is dense");
        let welcome = desk.dial().login(Role::Pass(1));
        prop_assert!(welcome.is_ok_and(|welcome| welcome.head.is_some()));
    }
}
