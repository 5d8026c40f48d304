//! The outbox, and what was sent.

use keyroom_history::{Outgoing, Profile};
use keyroom_types::EnvelopeId;
use zeroize::Zeroizing;

use crate::make::{record, room, within};

fn envelope(number: u32) -> EnvelopeId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    EnvelopeId::from_bytes(bytes)
}

#[test]
fn what_waits_keeps_its_order_and_its_envelope() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        let first = tx.outbox_push(&room(1), b"first", Some(7)).unwrap();
        let other = tx.outbox_push(&room(2), b"other", None).unwrap();
        let second = tx.outbox_push(&room(1), b"second", None).unwrap();
        assert!(first < other && other < second);
        tx.outbox_sealed(first, &envelope(1), b"body").unwrap();
        let waiting = tx.outbox(&room(1), 10).unwrap();
        let expected = |id, content: &[u8], position, sealed| Outgoing {
            id,
            content: Zeroizing::new(content.into()),
            position,
            sealed,
        };
        assert_eq!(waiting[0], expected(first, b"first", Some(7), Some((envelope(1), b"body".to_vec()))));
        assert_eq!(waiting[1], expected(second, b"second", None, None));
        assert!(!format!("{waiting:?}").contains("102"), "the content is hidden");
        assert_eq!(tx.outbox_len(&room(1)), Ok((2, 11)));
        tx.outbox_unseal(first).unwrap();
        assert_eq!(tx.outbox(&room(1), 1).unwrap()[0].sealed, None);
        tx.outbox_done(second).unwrap();
        let third = tx.outbox_push(&room(1), b"third", None).unwrap();
        assert!(third > second, "an id is not used again");
        let fourth = tx.outbox_push_sealed(&room(2), b"fourth", Some(8), &envelope(2)).unwrap();
        let sealed = Some((envelope(2), Vec::new()));
        assert_eq!(tx.outbox(&room(2), 10).unwrap()[1], expected(fourth, b"fourth", Some(8), sealed));
    });
}

#[test]
fn the_last_thousand_envelopes_of_a_room_are_known() {
    within(&mut Profile::ephemeral().unwrap(), |tx| {
        tx.put_room(&record(1)).unwrap();
        tx.put_room(&record(2)).unwrap();
        tx.sent(&room(2), &envelope(1)).unwrap();
        for number in 1..=1_500 {
            tx.sent(&room(1), &envelope(number)).unwrap();
            tx.sent(&room(1), &envelope(number)).unwrap();
        }
        assert_eq!(tx.was_sent(&room(1), &envelope(1)), Ok(false));
        for number in 501..=1_500 {
            assert_eq!(tx.was_sent(&room(1), &envelope(number)), Ok(true));
        }
        assert_eq!(tx.was_sent(&room(2), &envelope(1)), Ok(true));
        assert_eq!(tx.was_sent(&room(2), &envelope(2)), Ok(false));
    });
}
