//! Any bytes as a frame from a client: no panic, and what is accepted reads back. Attack matrix row 45.
#![no_main]

use bytes::Bytes;
use keyroom_wire::ToRelay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(message) = ToRelay::decode(Bytes::copy_from_slice(data)) {
        assert_eq!(ToRelay::decode(message.encode()), Ok(message));
    }
});
