//! Any bytes as a Fernet token in the inspector, without a key, with one, and in the lab: no panic, each byte of each layer
//! belongs to exactly one named field, and what the codec refuses the steps refuse.
#![no_main]

use keyroom_client::inspect::{Attack, FernetLab, Outcome, divides, inspect_token};
use keyroom_fernet::{Cipher, Policy};
use keyroom_types::Key;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (key, wrong) = (Key::from_bytes([7; 32]), Key::from_bytes([8; 32]));
    for key in [None, Some(&key)] {
        let inspected = inspect_token(data, key, 1_700_000_000, Some(60));
        assert!(inspected.layers.iter().all(|layer| divides(&layer.fields, 0..layer.bytes.len())));
    }
    let steps = inspect_token(data, Some(&key), 1_700_000_000, None).steps;
    let refused = steps.iter().any(|step| matches!(step.outcome, Outcome::Refused(_)));
    assert_eq!(refused, Cipher::new(&key).open(data, &Policy::lenient()).is_err());
    if let Some(lab) = FernetLab::new(key, wrong, data, 1_700_000_000) {
        for attack in Attack::NAMED.into_iter().chain([Attack::FlipBit(0), Attack::FlipBit(lab.bits())]) {
            let trial = lab.run(attack);
            // Nobody but us has the key.
            assert!(!trial.opened, "{trial:?}");
        }
    }
});
