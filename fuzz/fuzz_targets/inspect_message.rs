//! Any bytes as an MLS message, as a newcomer's entry and as authenticated data, in the inspector: no panic, and each byte
//! belongs to exactly one named field, in a stretch inside of other bytes, too.
#![no_main]

use std::ops::Range;

use keyroom_client::inspect::decode::{authenticated_data, message, sealed_join};
use keyroom_client::inspect::{Field, divides, leaves};
use libfuzzer_sys::fuzz_target;

const DECODERS: [fn(&[u8], Range<usize>) -> Vec<Field>; 3] = [message, sealed_join, authenticated_data];

fuzz_target!(|data: &[u8]| {
    let third = data.len() / 3;
    for decode in DECODERS {
        for range in [0..data.len(), third..2 * third, third..data.len() + 9] {
            let fields = decode(data, range.clone());
            assert!(divides(&fields, range.start..range.end.min(data.len())));
            assert!(leaves(&fields).iter().all(|leaf| !leaf.name.is_empty() && !leaf.meaning.is_empty()));
        }
    }
});
