//! A sealed room from one engine to another, and a member who comes back, beside the parts that this cannot do without, in
//! one run. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

mod passing;
mod person;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyroom_bench_load::{Samples, fdatasync};
use keyroom_bench_mls::bare::Bare;
use keyroom_bench_mls::ours::Ours;
use keyroom_bench_mls::{Cost, Suite, Way};
use keyroom_client::SharedProfile;

use crate::passing::passing;
use crate::person::{Person, Relay, profile};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let dir = PathBuf::from(words.next().ok_or("usage: keyroom-bench-sealed DIR [MESSAGES] [STORED]")?);
    let messages = words.next().map_or(Ok(MESSAGES), |word| word.parse())?;
    let stored = words.next().map_or(Ok(STORED), |word| word.parse())?;
    let files = dir.join(format!("keyroom-bench-sealed-{}", std::process::id()));
    fs::create_dir_all(&files)?;
    let done = run(&files, messages, stored);
    fs::remove_dir_all(&files)?;
    done
}

fn run(files: &Path, messages: usize, stored: u64) -> Result<()> {
    let (bare, envelope) = mls()?;
    let mut tls = passing(messages, envelope, PAUSE)?;
    let mut disk = fdatasync(files, Duration::from_secs(2))?;
    let mut memory = talk(None, messages)?;
    let mut durable = talk(Some(&files.join("talk")), messages)?;

    println!("| 200 B, one at a time, {messages} times, µs | p50 | p99 |");
    println!("|---|---:|---:|");
    row("bare OpenMLS, send and receive, 0x004F", micros(bare.make + bare.take), None);
    row(&format!("{envelope} B over TLS through a thread"), micros(tls.p50()), Some(micros(tls.p99())));
    row("`fdatasync`", micros(disk.p50()), Some(micros(disk.p99())));
    row("engine to engine, all in memory", micros(memory.p50()), Some(micros(memory.p99())));
    row("engine to engine, all on disk", micros(durable.p50()), Some(micros(durable.p99())));
    let parts = micros(bare.make + bare.take) + micros(tls.p50());
    println!("in memory / (TLS + MLS): {:.2}", micros(memory.p50()) / parts);
    println!(
        "on disk / (TLS + MLS + fdatasync): {:.2}",
        micros(durable.p50()) / (parts + micros(disk.p50()))
    );

    println!("\n| back to {stored} stored messages | messages/s |");
    println!("|---|---:|");
    println!("| bare OpenMLS, receive | {:.0} |", 1.0 / bare.take.as_secs_f64());
    println!("| all in memory | {:.0} |", return_to(None, stored)?);
    println!("| all on disk | {:.0} |", return_to(Some(&files.join("return")), stored)?);
    Ok(())
}

/// The bare library's best, and how long our envelope is.
fn mls() -> Result<(Cost, usize)> {
    let (mut bare, mut ours) = (Bare::found(Suite::Hybrid)?, Ours::found(Suite::Hybrid)?);
    bare.grow()?;
    ours.grow()?;
    let text = "x".repeat(TEXT);
    let mut best = bare.talk(100, &text)?;
    for _ in 0..20 {
        best = best.best(bare.talk(100, &text)?);
    }
    Ok((best, ours.talk(1, &text)?.wire))
}

struct Two {
    ada: Person,
    ben: Person,
    ben_keeps: SharedProfile,
    // Dropped last.
    _relay: Relay,
}

fn two(dir: Option<&Path>) -> Result<Two> {
    let part = |name: &str| dir.map(|dir| dir.join(name));
    if let Some(dir) = dir {
        fs::create_dir_all(dir)?;
    }
    let relay = Relay::start(part("relay").as_deref())?;
    let (ada, invite) = Person::found(profile(part("ada").as_deref())?, &relay)?;
    let ben_keeps = profile(part("ben").as_deref())?;
    let ben = Person::enter(ben_keeps.clone(), invite)?;
    Ok(Two { ada, ben, ben_keeps, _relay: relay })
}

/// From the call that sends to the event of the other engine, which has the message in its profile.
fn talk(dir: Option<&Path>, messages: usize) -> Result<Samples> {
    let Two { mut ada, mut ben, ben_keeps: _ben_keeps, _relay } = two(dir)?;
    let text = "x".repeat(TEXT);
    let mut samples = Samples::default();
    let mut place = ben.len()?;
    for round in 0..messages + WARM {
        ada.rest(PAUSE);
        let begun = Instant::now();
        ada.say(&text);
        let at = ben.has(place)?;
        place += 1;
        if round >= WARM {
            samples.push(at.saturating_duration_since(begun));
        }
    }
    let lines = ben.len()?;
    ada.leave();
    ben.leave();
    if lines == place { Ok(samples) } else { Err("the timeline has other lines".into()) }
}

/// Messages a second, from the command that opens the room to the last of those that were said meanwhile.
fn return_to(dir: Option<&Path>, stored: u64) -> Result<f64> {
    let Two { mut ada, ben, ben_keeps, _relay } = two(dir)?;
    let (before, here) = (ben.len()?, ada.len()?);
    ben.leave();
    let text = "x".repeat(TEXT);
    for said in 1..=stored {
        ada.say(&text);
        if said % AT_ONCE == 0 || said == stored {
            ada.flush(here + said - 1)?;
        }
    }
    let (mut ben, begun) = Person::reopen(&ben_keeps)?;
    let at = ben.has(before + stored - 1)?;
    ada.leave();
    ben.leave();
    Ok(stored as f64 / at.saturating_duration_since(begun).as_secs_f64())
}

fn row(what: &str, p50: f64, p99: Option<f64>) {
    let p99 = p99.map_or_else(|| "–".to_owned(), |p99| format!("{p99:.0}"));
    println!("| {what} | {p50:.0} | {p99} |");
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const MESSAGES: usize = 500;
const STORED: u64 = 20_000;
/// Bytes of a text.
const TEXT: usize = 200;
/// Said before what is measured.
const WARM: usize = 20;
/// Between one message and the next: what the first one left to do is done.
const PAUSE: Duration = Duration::from_millis(5);
/// Own messages that wait at most.
const AT_ONCE: u64 = 400;
