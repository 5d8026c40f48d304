//! A sealed room from one engine to another, and a member who comes back, beside the parts that this cannot do without, in
//! one run. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

mod effort;
mod many;
mod passing;
mod peer;
mod person;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyroom_bench_history::Source;
use keyroom_bench_load::{Samples, fdatasync};
use keyroom_bench_mls::bare::Bare;
use keyroom_bench_mls::ours::Ours;
use keyroom_bench_mls::{Cost, Suite, Way};
use keyroom_client::SharedProfile;

use crate::effort::{Effort, Shares};
use crate::passing::passing;
use crate::person::{Person, Relay, profile};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |place: usize, usual: u64| words.get(place).map_or(Ok(usual), |word| word.parse());
    match words[..] {
        // What `many` runs itself, so that the memory of a process that only opens can be measured.
        [profile, many::OPENS] => many::open(Path::new(profile)),
        [dir, "many", ..] => in_files(dir, |files| many::many(files, number(2, 100)?, number(3, 1_000_000)?)),
        [dir, ..] => {
            in_files(dir, |files| run(files, usize::try_from(number(1, MESSAGES)?)?, number(2, STORED)?))
        }
        [] => {
            Err("usage: keyroom-bench-sealed DIR [MESSAGES] [STORED], or DIR many [ROOMS] [MESSAGES]".into())
        }
    }
}

/// In a directory of its own, which is removed afterwards.
fn in_files(dir: &str, work: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let files = PathBuf::from(dir).join(format!("keyroom-bench-sealed-{}", std::process::id()));
    fs::create_dir_all(&files)?;
    let done = work(&files);
    fs::remove_dir_all(&files)?;
    done
}

fn run(files: &Path, messages: usize, stored: u64) -> Result<()> {
    let (bare, mut paced, envelope) = mls(messages)?;
    let mut tls = passing(messages, envelope, PAUSE)?;
    let nats = peer::nats(files, envelope)?;
    let mut disk = fdatasync(files, Duration::from_secs(2), Duration::ZERO)?;
    let (mut memory, memory_shares) = talk(None, messages)?;
    let (mut durable, disk_shares) = talk(Some(&files.join("talk")), messages)?;

    println!("| 200 B, one at a time, {messages} times, µs | p50 | p99 |");
    println!("|---|---:|---:|");
    row("bare OpenMLS, send and receive, 0x004F, at its best", micros(bare.make + bare.take), None);
    row("the same, one at a time", micros(paced.p50()), Some(micros(paced.p99())));
    row(&format!("{envelope} B over TLS through a thread"), micros(tls.p50()), Some(micros(tls.p99())));
    if let Some(mut nats) = nats.clone() {
        let (p50, p99) = (micros(nats.p50()), micros(nats.p99()));
        row(&format!("{envelope} B through `nats-server`, TLS"), p50, Some(p99));
    }
    row("`fdatasync`", micros(disk.p50()), Some(micros(disk.p99())));
    row("engine to engine, all in memory", micros(memory.p50()), Some(micros(memory.p99())));
    row("engine to engine, all on disk", micros(durable.p50()), Some(micros(durable.p99())));
    let (best, usual) = (micros(bare.make + bare.take), micros(paced.p50()));
    let ways = [("TLS", Some(tls)), ("nats-server", nats)];
    for (name, way) in ways.into_iter().filter_map(|(name, way)| Some((name, way?))) {
        let mut way = way;
        let way = micros(way.p50());
        for (how, mls) in [("one at a time", usual), ("at its best", best)] {
            println!("in memory / ({name} + MLS {how}): {:.2}", micros(memory.p50()) / (way + mls));
            let parts = way + mls + micros(disk.p50());
            println!("on disk / ({name} + MLS {how} + fdatasync): {:.2}", micros(durable.p50()) / parts);
        }
    }

    println!(
        "\n| processor time for a message, µs | sender's engine | receiver's | relay and syncs | bare OpenMLS |"
    );
    println!("|---|---:|---:|---:|---:|");
    for (name, shares) in [("in memory", memory_shares), ("on disk", disk_shares)] {
        println!("| one at a time, {name} | {} | {best:.0} |", shares_of(shares, messages as u64));
    }
    let mut rates = Vec::new();
    let (disk, words) = (Some(files.join("return")), Some(files.join("words")));
    let alike = || "x".repeat(TEXT);
    let mut source = Source::new(1);
    let mut ways: [(&str, Option<PathBuf>, Draw); 3] = [
        ("in memory", None, Box::new(alike)),
        ("on disk", disk, Box::new(alike)),
        ("on disk, 3 to 15 words", words, Box::new(move || source.text())),
    ];
    for (name, dir, text) in &mut ways {
        let (rate, told, shares) = return_to(dir.as_deref(), stored, text)?;
        println!("| coming back, {name} | {} | {:.0} |", shares_of(shares, stored), micros(bare.take));
        rates.push((*name, rate, told));
    }

    println!("\n| back to {stored} stored messages | messages/s | progress told |");
    println!("|---|---:|---:|");
    println!("| bare OpenMLS, receive | {:.0} | |", 1.0 / bare.take.as_secs_f64());
    for (name, rate, told) in rates {
        println!("| all {name} | {rate:.0} | {told} times |");
    }
    Ok(())
}

/// The bare library at its best, and as it is when it has one message at a time; and how long our envelope is.
fn mls(messages: usize) -> Result<(Cost, Samples, usize)> {
    let (mut bare, mut ours) = (Bare::found(Suite::Hybrid)?, Ours::found(Suite::Hybrid)?);
    bare.grow()?;
    ours.grow()?;
    let text = "x".repeat(TEXT);
    let mut best = bare.talk(100, &text)?;
    for _ in 0..20 {
        best = best.best(bare.talk(100, &text)?);
    }
    let mut paced = Samples::default();
    bare.one_by_one(messages + WARM, &text, PAUSE)?.into_iter().skip(WARM).for_each(|time| paced.push(time));
    Ok((best, paced, ours.talk(1, &text)?.wire))
}

/// What is said next.
type Draw = Box<dyn FnMut() -> String>;

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
fn talk(dir: Option<&Path>, messages: usize) -> Result<(Samples, Shares)> {
    let Two { mut ada, mut ben, ben_keeps: _ben_keeps, _relay } = two(dir)?;
    let text = "x".repeat(TEXT);
    let mut samples = Samples::default();
    let mut place = ben.len()?;
    let mut before = Effort::now()?;
    for round in 0..messages + WARM {
        ada.rest(PAUSE);
        if round == WARM {
            before = Effort::now()?;
        }
        let begun = Instant::now();
        ada.say(&text);
        let at = ben.has(place)?;
        place += 1;
        if round >= WARM {
            samples.push(at.saturating_duration_since(begun));
        }
    }
    ada.rest(PAUSE);
    let shares = Effort::now()?.since(&before, (ada.thread, ben.thread));
    let lines = ben.len()?;
    ada.leave();
    ben.leave();
    if lines == place { Ok((samples, shares)) } else { Err("the timeline has other lines".into()) }
}

/// Messages a second, from the command that opens the room to the last of those that were said meanwhile; and how often it
/// was told how far it is; and what that took of a processor.
fn return_to(
    dir: Option<&Path>,
    stored: u64,
    text: &mut dyn FnMut() -> String,
) -> Result<(f64, usize, Shares)> {
    let Two { mut ada, ben, ben_keeps, _relay } = two(dir)?;
    let (before, here) = (ben.len()?, ada.len()?);
    ben.leave();
    for said in 1..=stored {
        ada.say(&text());
        if said % AT_ONCE == 0 || said == stored {
            ada.flush(here + said - 1)?;
        }
    }
    let effort = Effort::now()?;
    let (mut ben, begun) = Person::reopen(&ben_keeps)?;
    let at = ben.has(before + stored - 1)?;
    let shares = Effort::now()?.since(&effort, (ada.thread, ben.thread));
    let told = ben.progress();
    ada.leave();
    ben.leave();
    Ok((stored as f64 / at.saturating_duration_since(begun).as_secs_f64(), told, shares))
}

fn shares_of(shares: Shares, messages: u64) -> String {
    let each = |time: Duration| micros(time) / messages as f64;
    format!("{:.0} | {:.0} | {:.0}", each(shares.ada), each(shares.ben), each(shares.relay))
}

fn row(what: &str, p50: f64, p99: Option<f64>) {
    let p99 = p99.map_or_else(|| "–".to_owned(), |p99| format!("{p99:.0}"));
    println!("| {what} | {p50:.0} | {p99} |");
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const MESSAGES: u64 = 500;
const STORED: u64 = 100_000;
/// Bytes of a text.
const TEXT: usize = 200;
/// Said before what is measured.
const WARM: usize = 20;
/// Between one message and the next: what the first one left to do is done.
const PAUSE: Duration = Duration::from_millis(5);
/// Own messages that wait at most.
const AT_ONCE: u64 = 400;
