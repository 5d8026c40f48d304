//! Any bytes as a frame of the link, in a WebSocket frame, and as a TLS record, in the inspector: no panic, and each byte
//! belongs to exactly one named field.
#![no_main]

use keyroom_client::inspect::decode::{Payload, frame, record, to_client, to_relay};
use keyroom_client::inspect::{Field, divides, leaves};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let all = 0..data.len();
    for fields in [
        to_client(data, all.clone()),
        to_relay(data, all.clone()),
        frame(data, all.clone(), Payload::ToClient),
        frame(data, all.clone(), Payload::ToRelay),
        record(data, all.clone()),
    ] {
        check(&fields, data.len());
    }
});

fn check(fields: &[Field], len: usize) {
    assert!(divides(fields, 0..len));
    assert!(leaves(fields).iter().all(|leaf| !leaf.name.is_empty() && !leaf.meaning.is_empty()));
}
