//! A profile's database: what a message costs, and a million of them to open and search.
//! How to: `bench/README.md`; what came of it: `docs/adr/0008-profile.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyroom_bench_history::{QUERIES, Source, room};
use keyroom_history::{Cost, Profile};
use keyroom_types::{Chain, Cursor, Seq, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let dir = PathBuf::from(words.next().ok_or("usage: keyroom-bench-history DIR [MESSAGES]")?);
    let messages: u64 = words.next().map_or(Ok(1_000_000), |number| number.parse())?;
    let dir = dir.join(format!("keyroom-bench-history-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let answer = alone(&dir).and_then(|()| many(&dir, messages));
    fs::remove_dir_all(&dir)?;
    answer
}

/// One message a transaction: what the engine does for each that it receives.
fn alone(dir: &Path) -> Result<()> {
    println!("| one message a transaction | p50 | p99 | longest |\n|---|---:|---:|---:|");
    let mut file = fs::File::create(dir.join("sync"))?;
    show(
        "fdatasync, a growing file",
        (0..300).map(|_| {
            timed(|| {
                file.write_all(&[0; 256])?;
                Ok(file.sync_data()?)
            })
        }),
    )?;
    let mut on_disk = Profile::create(&dir.join("alone"), "", CHEAP)?;
    let mut in_memory = Profile::ephemeral()?;
    for (name, profile) in [("in memory", &mut in_memory), ("on disk", &mut on_disk)] {
        let mut source = Source::new(8);
        let tx = profile.begin()?;
        source.enter_rooms(&tx)?;
        tx.commit()?;
        // 10,000 that are not measured: an index that is empty costs nothing.
        for _ in 0..10_000 {
            message(profile, &mut source)?;
        }
        profile.checkpoint()?;
        show(
            &format!("{name}: nothing but begin and commit"),
            (0..2_000).map(|_| timed(|| Ok(profile.begin()?.commit()?))),
        )?;
        show(
            &format!("{name}: cursor"),
            (0..2_000).map(|_| {
                timed(|| {
                    let tx = profile.begin()?;
                    tx.set_cursor(&room(1), &cursor(1), &Chain::from_bytes([1; 32]))?;
                    Ok(tx.commit()?)
                })
            }),
        )?;
        show(
            &format!("{name}: cursor and message"),
            (0..5_000).map(|_| timed(|| message(profile, &mut source))),
        )?;
        show(
            &format!("{name}: the same, and a sync"),
            (0..300).map(|_| {
                timed(|| {
                    message(profile, &mut source)?;
                    Ok(profile.sync()?)
                })
            }),
        )?;
        show(&format!("{name}: checkpoint"), (0..1).map(|_| timed(|| Ok(profile.checkpoint()?))))?;
    }
    Ok(())
}

fn message(profile: &mut Profile, source: &mut Source) -> Result<()> {
    let (number, entry) = source.message();
    let room = room(number);
    let tx = profile.begin()?;
    tx.set_cursor(&room, &cursor(1), &Chain::from_bytes([1; 32]))?;
    tx.append(&room, &entry)?;
    Ok(tx.commit()?)
}

/// Many messages in 40 rooms, opened and searched.
fn many(dir: &Path, messages: u64) -> Result<()> {
    let path = dir.join("many");
    let mut profile = Profile::create(&path, "", CHEAP)?;
    let mut source = Source::new(40);
    let filling = Instant::now();
    let tx = profile.begin()?;
    source.enter_rooms(&tx)?;
    tx.commit()?;
    for _ in 0..messages / BATCH {
        let tx = profile.begin()?;
        for _ in 0..BATCH {
            let (number, entry) = source.message();
            tx.append(&room(number), &entry)?;
        }
        tx.commit()?;
    }
    profile.checkpoint()?;
    println!("\n{messages} messages in batches of {BATCH}: {:.0} s", filling.elapsed().as_secs_f64());
    println!("{} bytes a message", fs::metadata(path.join("profile.db"))?.len() / messages);
    drop(profile);
    let opening = Instant::now();
    let mut profile = Profile::open(&path, "")?;
    let tx = profile.begin()?;
    println!(
        "open, without the passphrase's cost: {:.1} ms; {} rooms",
        millis(opening.elapsed()),
        tx.rooms()?.len()
    );
    println!("\n| search, the newest 50 | hits, median | p50 | p99 | longest |\n|---|---:|---:|---:|---:|");
    for (name, query) in QUERIES {
        for (place, only) in [("all rooms", None), ("one room", Some(room(7)))] {
            let (mut times, mut hits) = (Vec::new(), Vec::new());
            for _ in 0..SEARCHES {
                let text = query(&mut source);
                let start = Instant::now();
                hits.push(tx.search(&text, only.as_ref(), 50)?.len());
                times.push(start.elapsed());
            }
            times.sort();
            hits.sort_unstable();
            let [p50, p99, longest] = summary(&times);
            println!(
                "| {name}, {place} | {} | {p50:.2} ms | {p99:.2} ms | {longest:.2} ms |",
                hits[hits.len() / 2]
            );
        }
    }
    drop(tx);
    let path = path.join("..").join("costs");
    for (name, cost) in
        [("a profile made, with the cost of a guess", Cost::default()), ("the same without", CHEAP)]
    {
        let start = Instant::now();
        drop(Profile::create(&path, "", cost)?);
        println!("\n{name}: {:.0} ms", millis(start.elapsed()));
        fs::remove_dir_all(&path)?;
    }
    let checking = Instant::now();
    profile.check()?;
    println!("check: {:.1} s", checking.elapsed().as_secs_f64());
    Ok(())
}

fn cursor(seq: u64) -> Cursor {
    let chain = Chain::from_bytes([2; 32]);
    Cursor { seq: Seq::new(seq), chain, time: Timestamp::from_millis(1), newest_commit: Seq::new(1) }
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn show(name: &str, times: impl Iterator<Item = Result<Duration>>) -> Result<()> {
    let mut times = times.collect::<Result<Vec<_>>>()?;
    times.sort();
    let [p50, p99, longest] = summary(&times);
    println!("| {name} | {p50:.3} ms | {p99:.3} ms | {longest:.3} ms |");
    Ok(())
}

fn summary(sorted: &[Duration]) -> [f64; 3] {
    let last = sorted.len() - 1;
    [last / 2, last * 99 / 100, last].map(|place| millis(sorted[place]))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The passphrase's cost is measured by itself.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

const BATCH: u64 = 1_000;

const SEARCHES: usize = 200;
