//! The lab for sealed messages, and both kinds side by side.

use keyroom_client::inspect::{Attack, Phrase, SealedLab, divides, find, leaves, side_by_side};

fn random() -> impl FnMut(&mut [u8]) {
    let mut seed = 0_u8;
    move |bytes| {
        seed += 1;
        bytes.fill(seed);
    }
}

/// Attack matrix rows 9, 28, 30: really carried out, in both suites.
#[test]
fn each_attack_on_a_sealed_message_is_refused_by_the_check_that_is_named() {
    for hybrid in [false, true] {
        let lab = SealedLab::new("meet at nine", hybrid, &mut random()).unwrap();
        let by = |attack| lab.run(attack).refused_by.map(Phrase::english);
        assert_eq!(by(Attack::None), None);
        assert_eq!(by(Attack::WrongKey), Some("AEAD"));
        assert_eq!(by(Attack::Replay), Some("ratchet generation"));
        assert_eq!(by(Attack::Old), Some("group and epoch"));
        assert_eq!(by(Attack::RemovedMember), Some("group and epoch"));
        // Once more: a try on a copy changes nothing.
        assert!(lab.run(Attack::None).opened && !lab.run(Attack::Replay).opened);
    }
}

/// A bit in every field of the message, and a sample of all the others: none goes through.
#[test]
fn no_flipped_bit_of_a_sealed_message_goes_through() {
    let lab = SealedLab::new("meet at nine", false, &mut random()).unwrap();
    let layer = lab.layer();
    assert!(divides(&layer.fields, 0..layer.bytes.len()));
    for field in leaves(&layer.fields) {
        for bit in [field.range.start * 8, field.range.end * 8 - 1] {
            let trial = lab.run(Attack::FlipBit(bit));
            assert!(!trial.opened && trial.refused_by.is_some(), "{}: {trial:?}", field.name);
        }
    }
    for bit in (0..lab.bits()).step_by(61) {
        assert!(!lab.run(Attack::FlipBit(bit)).opened, "bit {bit}");
    }
    let in_field = |name: &str| {
        let field = find(&layer.fields, name).unwrap();
        lab.run(Attack::FlipBit(field.range.end * 8 - 1)).refused_by.map(Phrase::english)
    };
    assert_eq!(in_field("wire format"), Some("form"));
    assert_eq!(in_field("group id"), Some("group and epoch"));
    assert_eq!(in_field("epoch"), Some("group and epoch"));
    assert_eq!(in_field("chain there"), Some("AEAD"));
    assert_eq!(in_field("sender, generation, guard"), Some("AEAD"));
    assert_eq!(in_field("content's tag"), Some("AEAD"));
    assert_eq!(lab.run(Attack::FlipBit(lab.bits())).refused_by, None);
}

/// Attack matrix rows 5, 44.
#[test]
fn side_by_side_a_token_tells_more_of_its_text_than_an_envelope() {
    let lengths = |text: &str| {
        let sides = side_by_side(text, 1_700_000_000, false, &mut random()).unwrap();
        assert!(divides(&sides.sealed.fields, 0..sides.sealed.bytes.len()));
        assert!(sides.differences.iter().all(|one| !one.fernet.is_empty() && one.fernet != one.sealed));
        (sides.fernet[1].bytes.len(), sides.sealed.bytes.len())
    };
    let (short, long) = (lengths("a"), lengths(&"a".repeat(300)));
    assert_eq!(short.1, long.1, "padded to one size");
    assert_eq!(long.0 - short.0, 288, "to sixteen bytes");
}
