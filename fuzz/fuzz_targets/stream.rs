//! Any stream in any reads with any pauses: no panic, bounded memory, and only tokens that we sealed come out.
//! Attack matrix rows 43 and 45.
#![no_main]

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_fernet::{Cipher, Found, STALE, Splitter};
use keyroom_types::Key;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 4_096;

fuzz_target!(|data: &[u8]| {
    let cipher = Arc::new(Cipher::new(&Key::from_bytes([7; 32])));
    let mut splitter = Splitter::new(Arc::clone(&cipher), LIMIT);
    let mut now = Instant::now();
    let mut rest = data;
    // Each step is a command, its argument, and for the first command that many bytes.
    while let Some((&[command, argument], behind)) = rest.split_first_chunk() {
        rest = behind;
        let count = usize::from(argument);
        let mut read = match command % 6 {
            0 => {
                let (read, behind) = rest.split_at(count.min(rest.len()));
                rest = behind;
                read.to_vec()
            }
            1 => cipher.seal(&vec![b'x'; count], 1 << 30, [3; 16]).expect("short enough").into_bytes(),
            2 => b"gAAAAA".repeat(count % 80),
            3 => vec![b'A'; count],
            4 => vec![b'='; count % 4],
            _ => {
                now += Duration::from_millis(u64::from(argument));
                splitter.handle_timeout(now);
                Vec::new()
            }
        };
        // A token may also come in two reads.
        let tail = read.split_off(read.len() * usize::from(command / 6) / 42);
        for part in [read, tail] {
            if splitter.push(now, &part).is_err() {
                assert_eq!(splitter.pending(), 0);
            }
            assert!(splitter.pending() <= LIMIT);
        }
        while let Some(found) = splitter.poll() {
            if let Found::Token { opened, .. } = found {
                assert!(opened.plaintext.iter().all(|&byte| byte == b'x'));
            }
        }
    }
    splitter.handle_timeout(now + STALE);
    assert_eq!(splitter.poll_timeout(), None);
});
