//! No key, nonce or generation twice, by what the cryptography did. Attack matrix row 38.

use std::collections::{HashMap, HashSet};

use keyroom_mls::Seen;
use keyroom_testkit::sealed::Sealed;
use keyroom_types::Kind;

use crate::check::{Wrong, check};
use crate::races::{quiet, room_of};

/// Attack matrix row 38: nobody sealed two messages with one key and nonce, whatever was killed, cut or restored; no two messages
/// that members opened had one key; and in a room that is one, none the same epoch, sender and generation.
pub(crate) fn no_key_was_used_twice(room: &Sealed, out: &HashSet<usize>) {
    let mut keys: HashMap<[u8; 32], [u8; 32]> = HashMap::new();
    let mut generations: HashMap<(u64, u8, u32, u32), [u8; 32]> = HashMap::new();
    let mut twice = 0;
    for who in (0..room.count()).filter(|who| !out.contains(who)) {
        let (mut sealed, mut nonces) = (HashSet::new(), HashSet::new());
        for seen in room.member(who).keys_used() {
            match seen {
                Seen::Sealed { key, nonce } => {
                    assert!(nonces.insert(nonce), "{who} sealed twice with one key and nonce");
                    // A copy that was restored begins at an old ratchet. What it seals before it is found out differs in the
                    // nonce's random part, and never gets into the log.
                    twice += usize::from(!sealed.insert(key) && room.member(who).restored() == 0);
                }
                Seen::Opened { key, message } => {
                    let known = keys.entry(key).or_insert(message);
                    assert_eq!(*known, message, "two messages of one key");
                }
                Seen::Sender { epoch, content, leaf, generation, message } => {
                    let known = generations.entry((epoch, content, leaf, generation)).or_insert(message);
                    // Who goes on in an epoch of its own has the same numbers there.
                    assert!(
                        *known == message || !out.is_empty(),
                        "{leaf} sent two messages of generation {generation} in epoch {epoch}"
                    );
                }
            }
        }
    }
    // The key of a follower, which was made ahead on a copy, is used up once more, for a message that goes nowhere.
    let ahead = room.log().iter().filter(|(header, _)| header.kind == Kind::Follower).count();
    assert!(twice <= ahead, "{twice} keys were used twice, and {ahead} were used ahead");
}

/// Attack matrix row 38: that no generation comes twice is seen at what members opened, message by message.
#[test]
fn each_message_has_a_generation_of_its_own_through_cuts_and_kills() {
    let mut room = room_of(3);
    for number in 0..8 {
        for who in 0..3 {
            room.say(who, &format!("{number} by {who}"));
        }
        room.run(200);
        room.net.cut(number % 3);
        room.restart((number + 1) % 3);
    }
    quiet(&mut room);
    for who in 0..3 {
        let opened: HashSet<(u64, u32, u32)> = room
            .member(who)
            .keys_used()
            .into_iter()
            .filter_map(|seen| match seen {
                Seen::Sender { epoch, content: 1, leaf, generation, .. } => Some((epoch, leaf, generation)),
                _ => None,
            })
            .collect();
        assert!(opened.len() >= 16, "{who} opened the others' messages: {}", opened.len());
    }
    check(&mut room, &[], &Wrong::default());
}
