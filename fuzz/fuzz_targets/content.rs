//! Any bytes as a message's content: no panic, and what is read is written again as the same.
#![no_main]

use keyroom_mls::Content;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(content) = Content::decode(data) {
        let again = content.encode().expect("what was read within the bounds is within them");
        assert_eq!(Content::decode(&again).expect("ours"), content);
    }
});
