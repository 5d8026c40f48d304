//! Seal and open beside the `fernet` crate and Python's `cryptography`, in one run. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use keyroom_fernet::{Cipher, Policy};
use keyroom_testkit::python::Lines;
use keyroom_types::Key;

fn main() -> Result<(), Box<dyn Error>> {
    let key = Key::from_bytes(std::array::from_fn(|place| u8::try_from(place).unwrap_or_default()));
    let peers = Peers {
        ours: Cipher::new(&key),
        theirs: fernet::Fernet::new(&key.show()).ok_or("the crate refuses the key")?,
    };
    let mut python = Lines::start(SCRIPT)?;
    let backend = if cfg!(feature = "peer-rustcrypto") { "RustCrypto" } else { "OpenSSL" };
    println!("best of {ROUNDS} interleaved rounds, µs per call; fernet 0.2.2 with {backend}\n");
    println!("| bytes | call | Keyroom | fernet crate | Python | crate / Keyroom | Python / Keyroom |");
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for bytes in SIZES {
        let seal = peers.measure("seal", bytes, &mut python)?;
        let parts = peers.measure("seal-parts", bytes, &mut python)?;
        let open = peers.measure("open", bytes, &mut python)?;
        let both = [seal.and(&open), parts.and(&open)];
        let calls = ["seal", "seal-parts", "open", "seal + open", "seal-parts + open"];
        for (call, row) in calls.into_iter().zip([seal, parts, open].into_iter().chain(both)) {
            row.print(bytes, call);
        }
    }
    Ok(())
}

struct Peers {
    ours: Cipher,
    theirs: fernet::Fernet,
}

/// Seconds per call.
struct Row {
    ours: f64,
    theirs: Option<f64>,
    python: f64,
}

impl Row {
    fn and(&self, other: &Self) -> Self {
        Self {
            ours: self.ours + other.ours,
            theirs: self.theirs.zip(other.theirs).map(|(one, other)| one + other),
            python: self.python + other.python,
        }
    }

    fn print(&self, bytes: usize, call: &str) {
        let us = |s: Option<f64>| s.map_or("–".to_owned(), |s| format!("{:.2}", s * 1e6));
        let ratio = |s: Option<f64>| s.map_or("–".to_owned(), |s| format!("{:.2}", s / self.ours));
        let (ours, theirs, python) = (us(Some(self.ours)), us(self.theirs), us(Some(self.python)));
        let (by_crate, by_python) = (ratio(self.theirs), ratio(Some(self.python)));
        println!("| {bytes} | {call} | {ours} | {theirs} | {python} | {by_crate} | {by_python} |");
    }
}

impl Peers {
    fn measure(&self, call: &str, bytes: usize, python: &mut Lines) -> Result<Row, Box<dyn Error>> {
        let text = vec![b'x'; bytes];
        let token = self.ours.seal(&text, NOW_S, [0; 16])?.into_string();
        // About 20 ms a round for Python, whose calls take 8 µs and 3.5 ns a byte.
        let count = 20_000_000 / (8_000 + bytes * 7 / 2);
        let calls = u32::try_from(count).map(f64::from)?;
        let mut row = Row { ours: f64::MAX, theirs: None, python: f64::MAX };
        for _ in 0..ROUNDS {
            let ours = match call {
                "seal" => timed(count, || self.seal(&text)),
                "seal-parts" => timed(count, || self.ours.seal(&text, NOW_S, [0; 16])),
                _ => timed(count, || self.ours.open(token.as_bytes(), &Policy::lenient())),
            };
            row.ours = row.ours.min(ours / calls);
            let theirs = match call {
                "seal" => Some(timed(count, || self.theirs.encrypt(&text))),
                // The crate takes no IV.
                "seal-parts" => None,
                _ => Some(timed(count, || self.theirs.decrypt(&token))),
            };
            row.theirs = theirs.map(|s| row.theirs.unwrap_or(f64::MAX).min(s / calls));
            let theirs: f64 = python.ask(&format!("{call} {bytes} {count}"))?.parse()?;
            row.python = row.python.min(theirs / calls);
        }
        Ok(row)
    }

    /// What `encrypt` does in the other two: time and IV come from the system.
    fn seal(&self, text: &[u8]) -> Option<keyroom_fernet::Token> {
        let mut iv = [0; 16];
        getrandom::fill(&mut iv).ok()?;
        let unix_s = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        self.ours.seal(text, unix_s, iv).ok()
    }
}

fn timed<T>(count: usize, mut call: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        black_box(call());
    }
    start.elapsed().as_secs_f64()
}

const SIZES: [usize; 3] = [100, 4 << 10, 64 << 10];
const ROUNDS: usize = 15;
const NOW_S: u64 = 1_795_467_600;
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/fernet.py");
