//! Any bytes as a token: no panic, and one text has one verdict in every form. Attack matrix row 43.
#![no_main]

use keyroom_fernet::{Cipher, Policy, TokenId};
use keyroom_types::Key;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let cipher = Cipher::new(&Key::from_bytes([7; 32]));

    // As it came: nobody but us has the key, so it must not open.
    assert!(cipher.open(data, &Policy::lenient()).is_err());
    let _ = TokenId::of(data);

    // As the text, time and policy of a token of ours.
    let Some((times, text)) = data.split_first_chunk::<24>() else { return };
    let [time, now, ttl] = [0, 8, 16].map(|at| u64::from_be_bytes(std::array::from_fn(|byte| times[at + byte])));
    let token = cipher.seal(text, time, [1; 16]).expect("short enough");
    let opened = cipher.open(token.as_bytes(), &Policy::lenient()).expect("ours");
    assert_eq!((&opened.plaintext[..], opened.unix_s, opened.id), (text, time, token.id()));
    let _ = cipher.open(token.as_bytes(), &Policy::within(now, ttl, Policy::PYTHON_SKEW_S));

    // With its own text thrown in as junk: it opens to the same token, or not at all.
    let at = text.first().map_or(0, |&at| usize::from(at) % token.as_bytes().len());
    let form = [&token.as_bytes()[..at], text, &token.as_bytes()[at..]].concat();
    if let Ok(opened) = cipher.open(&form, &Policy::lenient()) {
        assert_eq!((&opened.plaintext[..], opened.id), (text, token.id()));
        assert_eq!(TokenId::of(&form), Ok(token.id()));
    }
});
