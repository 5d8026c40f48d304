//! Any bytes as the text of a message: no panic, no end of memory, and what can be opened is a web address of printable ASCII
//! that reads as itself again.
#![no_main]

use keyroom_view::markup::{Formed, Names, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let names =
        Names::of([("Anna", true), ("Anna Maria", false), ("Юля", false)].map(|(n, me)| (n.to_owned(), me)));
    let formed = Formed::read(&text, &names, data.len() % 2 == 0);
    assert!(formed.blocks.len() <= 121 && formed.links.len() <= 50);
    for link in &formed.links {
        if let Target::Web(address) = &link.target {
            assert!(address.as_str().starts_with("http://") || address.as_str().starts_with("https://"));
            assert!(address.as_str().bytes().all(|byte| (0x21..0x7f).contains(&byte)));
            let again = Formed::read(address.as_str(), &Names::default(), false);
            // What ends a sentence may stand at the end of an address that was written with something behind it.
            if let Some(Target::Web(again)) = again.links.first().map(|link| &link.target) {
                assert_eq!(again.host(), address.host());
            }
        }
    }
});
