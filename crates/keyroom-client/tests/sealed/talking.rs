//! From key to stored message.

use keyroom_client::{MessageState, Sender};

use crate::support::Person;

#[test]
fn a_host_and_a_joiner_talk_both_ways() {
    let (mut ada, invite) = Person::host("Ada");
    let mut ben = Person::join("Ben", &invite);
    ben.say("hello from Ben");
    let heard = ada.hear("hello from Ben");
    assert!(matches!(heard.from, Sender::Peer(_)));
    ada.say("hello from Ada");
    ben.hear("hello from Ada");
    ada.reach("hello from Ada", MessageState::Delivered);
    assert_eq!(ada.texts(), ben.texts());
}
