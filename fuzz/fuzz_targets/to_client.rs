//! Any bytes as a frame from a relay: no panic, and what is accepted reads back. Attack matrix row 45.
#![no_main]

use bytes::Bytes;
use keyroom_wire::ToClient;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(message) = ToClient::decode(Bytes::copy_from_slice(data)) {
        assert_eq!(ToClient::decode(message.encode()), Ok(message));
    }
});
