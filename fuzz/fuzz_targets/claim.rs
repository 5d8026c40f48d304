//! Any bytes as authenticated data: no panic.
#![no_main]

use keyroom_mls::Claim;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Claim::decode(data);
});
