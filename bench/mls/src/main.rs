//! Sealed rooms of 2 to 1,000 members beside bare OpenMLS in one run. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::time::Duration;

use keyroom_bench_mls::bare::Bare;
use keyroom_bench_mls::ours::Ours;
use keyroom_bench_mls::{Cost, Result, Suite, Way};

fn main() -> Result<()> {
    let largest = std::env::args().nth(1).map_or(Ok(1_000), |word| word.parse())?;
    println!(
        "| suite | members | operation | Keyroom | bare | ratio | Keyroom, bytes | bare, bytes | blob | GroupInfo |"
    );
    println!("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|");
    run(Suite::Classical, &[2, 10, 100, 1_000], largest)?;
    run(Suite::Hybrid, &[2, 10, 100], largest)
}

fn run(suite: Suite, sizes: &[u32], largest: u32) -> Result<()> {
    let (mut ours, mut bare) = (Ours::found(suite)?, Bare::found(suite)?);
    let mut members = 1;
    for &size in sizes.iter().filter(|size| **size <= largest) {
        while members + 1 < size {
            ours.grow()?;
            bare.grow()?;
            members += 1;
        }
        let rounds = if size > 100 { 5 } else { 20 };
        let join = both(rounds, || Ok((ours.join()?, bare.join()?)))?;
        ours.grow()?;
        bare.grow()?;
        members += 1;
        let text = "x".repeat(TEXT);
        let talk = both(20, || Ok((ours.talk(MESSAGES, &text)?, bare.talk(MESSAGES, &text)?)))?;
        let heal = both(rounds, || Ok((ours.heal()?, bare.heal()?)))?;
        let row = |what, make, costs| show(suite, size, what, make, costs);
        row("send", true, talk);
        row("receive", false, talk);
        row("join, make", true, join);
        row("join, process", false, join);
        row("self-update, make", true, heal);
        row("self-update, process", false, heal);
        // A third one has to be there who processes it.
        if size > 2 {
            let remove = both(rounds, || Ok((ours.remove(size / 2)?, bare.remove(size / 2)?)))?;
            row("removal, make", true, remove);
            row("removal, process", false, remove);
        }
        let rate = |cost: Cost| 1.0 / (cost.make + cost.take).as_secs_f64();
        println!(
            "| {} | {size} | send + receive, a second and core | {:.0} | {:.0} | {:.2} | | | | |",
            name(suite),
            rate(talk.0),
            rate(talk.1),
            rate(talk.1) / rate(talk.0),
        );
    }
    Ok(())
}

/// The best of so many rounds, in which both take turns.
fn both(rounds: usize, mut one: impl FnMut() -> Result<(Cost, Cost)>) -> Result<(Cost, Cost)> {
    let mut best = one()?;
    for _ in 1..rounds {
        let (ours, bare) = one()?;
        best = (best.0.best(ours), best.1.best(bare));
    }
    Ok(best)
}

fn show(suite: Suite, size: u32, what: &str, make: bool, (ours, bare): (Cost, Cost)) {
    let time = |cost: Cost| if make { cost.make } else { cost.take };
    let bytes = |bytes: usize| if make && bytes > 0 { bytes.to_string() } else { String::new() };
    println!(
        "| {} | {size} | {what} | {} | {} | {:.2} | {} | {} | {} | {} |",
        name(suite),
        shown(time(ours)),
        shown(time(bare)),
        time(ours).as_secs_f64() / time(bare).as_secs_f64(),
        bytes(ours.wire),
        bytes(bare.wire),
        bytes(ours.blob),
        bytes(bare.blob),
    );
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1_000.0 { format!("{micros:.1} µs") } else { format!("{:.2} ms", micros / 1e3) }
}

fn name(suite: Suite) -> &'static str {
    match suite {
        Suite::Classical => "0x0003",
        Suite::Hybrid => "0x004F",
    }
}

/// Bytes of a text.
const TEXT: usize = 200;
/// Texts of one round, a tenth of how far a receiver's ratchet may jump.
const MESSAGES: u32 = 100;
