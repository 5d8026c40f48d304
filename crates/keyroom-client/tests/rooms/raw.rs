//! Peers that are nothing but sockets.

use std::time::Duration;

use keyroom_client::{DropReason, MessageState, Notice, Sender};
use keyroom_fernet::Cipher;
use keyroom_types::Key;

use crate::support::{Person, Raw, guest, opened, token};

#[test]
fn a_token_is_forwarded_byte_for_byte_and_never_to_its_author() {
    let (mut host, room) = Person::host();
    let [mut anna, mut berta] = [0; 2].map(|_| Raw::connect(room.listening[0]));
    host.guests(2);
    // Not canonical: the last character before the padding carries spare bits that Python ignores.
    let wire = token(b"hello", 1);
    anna.send(&wire);
    assert_eq!(berta.read(wire.len()), wire);
    host.until(|host| host.texts() == ["hello"]);
    host.say("welcome");
    for peer in [&mut anna, &mut berta] {
        assert_eq!(opened(&peer.read(100)), "welcome");
    }
    host.until(|host| host.states() == [MessageState::Sent { to: 2 }]);
}

#[test]
fn split_and_joined_tokens_are_understood() {
    let (mut host, room) = Person::host();
    let mut anna = Raw::connect(room.listening[0]);
    let wire = (0..10_u8).flat_map(|number| token(&[b'a' + number], number.into())).collect::<Vec<_>>();
    anna.send(&wire[..333]);
    anna.send(&wire[333..]);
    host.until(|host| host.texts().concat() == "abcdefghij");
}

/// Attack matrix rows 43 and 45.
#[test]
fn a_peer_that_sends_garbage_is_dropped_with_a_line_and_others_stay() {
    let (mut host, room) = Person::host();
    let [mut vandal, mut berta] = [0; 2].map(|_| Raw::connect(room.listening[0]));
    host.guests(2);
    let junk = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".repeat(64);
    while std::io::Write::write_all(&mut vandal.stream, &junk).is_ok() {}
    host.until(|host| {
        let dropped = |notice: &Notice| matches!(notice, Notice::Dropped(_, DropReason::TooMuchRefused));
        host.notices().iter().any(dropped)
    });
    assert!(host.notices().iter().any(|notice| matches!(notice, Notice::Junk(_, bytes) if *bytes > 100)));
    berta.send(&token(b"still here", 1));
    host.until(|host| host.texts() == ["still here"]);
}

/// Attack matrix row 43.
#[test]
fn a_guest_with_another_key_is_a_line_and_no_text() {
    let (mut host, room) = Person::host();
    let mut stranger = Raw::connect(room.listening[0]);
    let other = Cipher::new(&Key::from_bytes([8; 32]));
    stranger.send(other.seal(b"canary", 1, [1; 16]).unwrap().as_bytes());
    host.until(|host| host.notices().contains(&Notice::NotOpened(guest(1), 1)));
    assert!(host.heard().is_empty());
}

/// Attack matrix row 44.
#[test]
fn a_captured_token_that_is_played_again_is_flagged_and_goes_nowhere() {
    let (mut host, room) = Person::host();
    let [mut anna, mut berta, mut thief] = [0; 3].map(|_| Raw::connect(room.listening[0]));
    host.guests(3);
    let wire = token(b"pay 10", 1);
    anna.send(&wire);
    let captured = berta.read(wire.len());
    assert_eq!(thief.read(wire.len()), wire);
    thief.send(&captured);
    host.until(|host| {
        host.notices().iter().any(|notice| matches!(notice, Notice::Repeated { of: Some(_), times: 1, .. }))
    });
    // The next thing that the others get is the next thing said.
    host.say("after");
    assert_eq!(opened(&anna.read(100)), "after");
    assert_eq!(opened(&berta.read(100)), "after");
    assert_eq!(host.texts(), ["pay 10"]);
}

/// Attack matrix row 45: its memory is bounded, and nobody waits for it.
#[test]
fn a_peer_that_does_not_read_is_dropped_and_others_do_not_wait() {
    let (mut host, room) = Person::host();
    let mut berta = Raw::connect(room.listening[0]);
    let _dead = Raw::connect(room.listening[0]);
    host.guests(2);
    let text = "x".repeat(90_000);
    let chars = token(text.as_bytes(), 1).len();
    // More than the queue and both kernels' buffers hold for one peer.
    for round in 0..300 {
        host.say(&text);
        assert_eq!(berta.read(chars).len(), chars, "{round}");
        if host.notices().iter().any(|notice| matches!(notice, Notice::Dropped(_, DropReason::DoesNotRead))) {
            break;
        }
    }
    host.until(|host| {
        host.notices().iter().any(|notice| matches!(notice, Notice::Dropped(_, DropReason::DoesNotRead)))
    });
    host.say("still here");
    let mut behind = berta.read(100);
    while opened(&behind) != "still here" {
        behind.extend(berta.read(chars - 100));
        assert_eq!(opened(&behind).len(), text.len());
        behind = berta.read(100);
    }
}

#[test]
fn who_leaves_right_after_speaking_is_heard() {
    let (mut host, room) = Person::host();
    for number in 0..50 {
        let mut brief = Raw::connect(room.listening[0]);
        brief.send(&token(format!("{number}").as_bytes(), number));
    }
    host.until(|host| host.heard().len() == 50);
    host.until(|host| host.notices().iter().filter(|notice| matches!(notice, Notice::Left(_))).count() == 50);
    let heard = host.heard();
    assert!(heard.iter().all(|(from, _)| matches!(from, Sender::Peer(_))));
}

/// A sender without any pace is held back in its own socket; nobody is dropped and nothing is lost.
#[test]
fn three_thousand_tokens_in_a_row_reach_everybody_who_reads() {
    let (mut host, room) = Person::host_with("127.0.0.1:0".parse().unwrap(), Duration::from_millis(1));
    let [mut author, anna, berta] = [0; 3].map(|_| Raw::connect(room.listening[0]));
    host.guests(3);
    let tokens = (0..3_000).map(|number| token(b"flood", number)).collect::<Vec<_>>();
    let all = tokens.concat();
    let readers = [anna, berta].map(|mut reader| {
        let bytes = all.len();
        std::thread::spawn(move || reader.read(bytes))
    });
    author.send(&all);
    for reader in readers {
        assert!(reader.join().unwrap() == all, "every token, in order, byte for byte");
    }
    host.until(|host| host.heard().len() == tokens.len());
    assert!(!host.notices().iter().any(|notice| matches!(notice, Notice::Dropped(..))));
}

#[test]
fn a_host_that_leaves_sends_what_is_pending_and_closes() {
    let (mut host, room) = Person::host();
    let mut anna = Raw::connect(room.listening[0]);
    host.guests(1);
    for number in 0..50 {
        host.say(&format!("{number:02}"));
    }
    host.leave();
    let all = anna.read_to_end();
    let texts = all.chunks(100).map(opened).collect::<Vec<_>>();
    assert_eq!(texts, (0..50).map(|number| format!("{number:02}")).collect::<Vec<_>>());
}
