//! Any bytes as a policy: no panic, and one policy has one form.
#![no_main]

use keyroom_mls::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(policy) = Policy::decode(data) {
        assert_eq!(policy.encode().expect("lawful"), data);
    }
});
