//! 10 MiB of each kind of hostile junk through the stream splitter. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use keyroom_fernet::{Cipher, Splitter};
use keyroom_types::Key;
use keyroom_types::limits::STREAM_BUFFER_BYTES;

fn main() -> Result<(), Box<dyn Error>> {
    let cipher = Arc::new(Cipher::new(&Key::from_bytes([7; 32])));
    let other = Cipher::new(&Key::from_bytes([8; 32]));
    println!("10 MiB each, best of {ROUNDS}; a stream that overflows begins anew\n");
    println!("| junk | bytes a read | seconds | refusals | overflows |");
    println!("|---|---:|---:|---:|---:|");
    for (name, bytes) in kinds(&other)? {
        for read in [64 << 10, 1_000, 1] {
            let rounds = (0..ROUNDS).map(|_| run(&cipher, &bytes, read));
            let best = rounds.min_by(|a, b| a.seconds.total_cmp(&b.seconds)).ok_or("no round")?;
            let Outcome { seconds, refusals, overflows } = best;
            println!("| {name} | {read} | {seconds:.3} | {refusals} | {overflows} |");
        }
    }
    Ok(())
}

/// A name, and 10 MiB.
type Kind = (&'static str, Vec<u8>);

struct Outcome {
    seconds: f64,
    refusals: usize,
    overflows: usize,
}

fn run(cipher: &Arc<Cipher>, bytes: &[u8], read: usize) -> Outcome {
    let start = Instant::now();
    let mut splitter = Splitter::new(Arc::clone(cipher), STREAM_BUFFER_BYTES);
    let (mut refusals, mut overflows) = (0, 0);
    for read in bytes.chunks(read) {
        // One clock reading for all: a flood leaves no silence.
        if splitter.push(start, read).is_err() {
            overflows += 1;
            splitter = Splitter::new(Arc::clone(cipher), STREAM_BUFFER_BYTES);
        }
        while splitter.poll().is_some() {
            refusals += 1;
        }
    }
    Outcome { seconds: start.elapsed().as_secs_f64(), refusals, overflows }
}

/// What an attacker without the key may send, each kind aimed at one rule of the splitter.
fn kinds(other: &Cipher) -> Result<Vec<Kind>, Box<dyn Error>> {
    let wrong =
        |len: usize| other.seal(&vec![b'x'; len], 1_795_467_600, [9; 16]).map(|token| token.into_bytes());
    let starts = b"gAAAAA".repeat(64);
    Ok(vec![
        ("random bytes", filled(&mut Random(1), |random| vec![random.byte()])),
        ("digits without a start", vec![b'B'; SIZE]),
        ("one endless token", [b"gAAAAA".to_vec(), vec![b'A'; SIZE - 6]].concat()),
        ("every character a separator", vec![b'\n'; SIZE]),
        ("every character padding", vec![b'='; SIZE]),
        ("g without end", vec![b'g'; SIZE]),
        ("gA without end", b"gA".repeat(SIZE / 2)),
        ("starts without end", b"gAAAAA".repeat(SIZE / 6)),
        ("64 starts, then a mebibyte of lawful length, then a line end", long_runs(12, b"\n")),
        ("64 starts, then a mebibyte of lawful length, then padding", long_runs(34, b"==")),
        ("64 starts and padding, again and again", [&starts[..], b"=="].concat().repeat(SIZE / 386)),
        ("starts a lawful length apart", lawful_starts().repeat(SIZE / lawful_starts().len())),
        ("tokens of another key, joined", wrong(40)?.repeat(SIZE / 140)),
        ("tokens of another key, padded", wrong(1)?.repeat(SIZE / 100)),
        ("tokens of another key, 64 KiB of text", wrong(64 << 10)?.repeat(SIZE / wrong(64 << 10)?.len())),
        (
            "tokens of another key with spaces inside",
            filled(&mut Random(2), |_| {
                wrong(40).unwrap_or_default().iter().flat_map(|&byte| [byte, b' ']).collect()
            }),
        ),
    ])
}

/// Runs just under the buffer's limit: starts 64 apart, each of which has a token's length at the end: `rest` more
/// digits than a multiple of 64.
fn long_runs(rest: usize, end: &[u8]) -> Vec<u8> {
    let start = [&b"gAAAAA"[..], &[b'B'; 58]].concat();
    let mut run = start.repeat(64);
    run.resize(STREAM_BUFFER_BYTES - 128 + rest, b'A');
    run.extend_from_slice(end);
    run.repeat(SIZE / run.len())
}

/// Starts at 0, 12, 24, 36 and 48 of each 64 characters, 64 of them, so that as many pairs as can be are 76 + 64j
/// apart and each is tried; then a line end.
fn lawful_starts() -> Vec<u8> {
    let mut run = Vec::new();
    for _ in 0..13 {
        for _ in 0..5 {
            run.extend_from_slice(b"gAAAAABBBBBB");
        }
        run.extend_from_slice(b"BBBB");
    }
    // The last start would be the 65th.
    run.truncate(12 * 64 + 4 * 12);
    run.push(b'\n');
    run
}

fn filled(random: &mut Random, mut next: impl FnMut(&mut Random) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIZE);
    while bytes.len() < SIZE {
        bytes.extend(next(random));
    }
    bytes.truncate(SIZE);
    bytes
}

/// Marsaglia's xorshift: the same junk in every run.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_be_bytes()[0]
    }
}

const SIZE: usize = 10 << 20;
const ROUNDS: usize = 3;
