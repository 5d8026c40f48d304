//! Prototypes of the relay's log on two embedded stores, beside the disk's own sync, in one run.
//! How to: `bench/README.md`; what came of it: `docs/adr/0004-embedded-store.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

mod disk;
mod fjall_log;
mod ours;
mod sqlite_log;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk::Disk;
use crate::fjall_log::FjallLog;
use crate::ours::Ours;
use crate::sqlite_log::SqliteLog;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An envelope as the log has it: what the header says, and 200 bytes.
struct Append {
    room: u32,
    seq: u64,
    /// Time, kind, `based_on`, pass number, checksum: what both prototypes keep before the body.
    fields: [u8; 24],
    envelope: [u8; 16],
    body: Vec<u8>,
}

/// What the relay asks of the store beneath its log.
trait Log: Sized {
    fn open(dir: &Path) -> Result<Self>;
    /// One transaction, durable on return: envelopes, their ids, the heads of their rooms.
    fn commit(&mut self, appends: &[Append]) -> Result<()>;
    /// Length of the room's log by its head, and the bytes of its first hundred envelopes.
    fn first_hundred(&mut self, room: u32) -> Result<(u64, usize)>;
    /// Brings files to their resting size.
    fn settle(&mut self) -> Result<()>;
}

/// Makes appends whose bytes do not compress, as ciphertext does not.
struct Source {
    state: u64,
    heads: Vec<u64>,
}

impl Source {
    fn new(rooms: usize) -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15, heads: vec![0; rooms] }
    }

    fn number(&mut self) -> u64 {
        // Steele, Lea, Flood: SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend(self.number().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    fn append(&mut self, room: usize) -> Append {
        self.heads[room] += 1;
        let (mut envelope, mut fields) = ([0; 16], [0; 24]);
        envelope.copy_from_slice(&self.bytes(16));
        fields.copy_from_slice(&self.bytes(24));
        let room_number = u32::try_from(room + 1).unwrap_or(u32::MAX);
        Append { room: room_number, seq: self.heads[room], fields, envelope, body: self.bytes(BODY) }
    }

    /// One append for each of `count` rooms drawn at random.
    fn batch(&mut self, count: usize) -> Vec<Append> {
        (0..count)
            .map(|_| {
                let room = usize::try_from(self.number()).unwrap_or(0) % self.heads.len();
                self.append(room)
            })
            .collect()
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("store"), PathBuf::from);
    let part = arguments.next().unwrap_or_default();
    if part == "full-disk" {
        full_disk::<SqliteLog>("SQLite", &dir.join("sqlite"))?;
        full_disk::<FjallLog>("fjall", &dir.join("fjall"))?;
        return full_disk::<Ours>("Keyroom", &dir.join("ours"));
    }
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir)?;
    println!("{BODY} B bodies, files in one directory");
    match &*part {
        "alone" => alone(&dir)?,
        "together" => all_together(&dir)?,
        "committer" => committer(&dir)?,
        "full" => all_full(&dir)?,
        "paced" => paced(&dir)?,
        "retention" => retention(&dir)?,
        "" => {
            alone(&dir)?;
            all_together(&dir)?;
            committer(&dir)?;
            paced(&dir)?;
            retention(&dir)?;
            all_full(&dir)?;
        }
        other => return Err(format!("there is no part named {other}").into()),
    }
    Ok(std::fs::remove_dir_all(&dir)?)
}

fn all_together(dir: &Path) -> Result<()> {
    println!("\n| store | batch | appends/s | commit p50 | p99 | longest |\n|---|---:|---:|---:|---:|---:|");
    for batch in [100, 1_000, 4_000] {
        together::<SqliteLog>("SQLite", &dir.join(format!("sqlite-{batch}")), batch)?;
        together::<FjallLog>("fjall", &dir.join(format!("fjall-{batch}")), batch)?;
        together::<Ours>("Keyroom", &dir.join(format!("ours-{batch}")), batch)?;
    }
    Ok(())
}

fn committer(dir: &Path) -> Result<()> {
    println!("\n| Keyroom, 1,000 rooms | appends/s | ack p50 | p99 | longest |");
    println!("|---|---:|---:|---:|---:|");
    for in_flight in [500, 1_000] {
        let dir = dir.join(format!("committer-{in_flight}"));
        let (time, mut times) = ours::through_committer(&dir, TOGETHER, in_flight)?;
        let rate = per_second(TOGETHER, time);
        println!("| {in_flight} in flight | {rate:.0} | {} |", spread(&mut times));
    }
    Ok(())
}

fn paced(dir: &Path) -> Result<()> {
    println!("\n| Keyroom, at a pace | ack p50 | p99 | longest |\n|---|---:|---:|---:|");
    for (rooms, rate, time) in PACES {
        let dir = dir.join(format!("paced-{rooms}-{rate}"));
        let mut times = ours::at_a_pace(&dir, rooms, rate, time)?;
        println!("| {rooms} rooms, {rate} appends/s | {} |", spread(&mut times));
    }
    Ok(())
}

fn retention(dir: &Path) -> Result<()> {
    println!("\n| Keyroom, one room, one at a time | p50 | p99 | longest |\n|---|---:|---:|---:|");
    let times = ours::beside_retention(&dir.join("retention"))?;
    for (name, mut times) in ["alone", "while 100,000 bodies elsewhere are dropped"].into_iter().zip(times) {
        println!("| {name} | {} |", spread(&mut times));
    }
    Ok(())
}

fn all_full(dir: &Path) -> Result<()> {
    println!(
        "\n| store | fill, appends/s | B per envelope | open | open after a kill | first hundred of a room |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    full::<SqliteLog>("SQLite", &dir.join("sqlite-full"))?;
    full::<FjallLog>("fjall", &dir.join("fjall-full"))?;
    full::<Ours>("Keyroom", &dir.join("ours-full"))
}

/// One room, one append at a time; the disk's own sync in between.
fn alone(dir: &Path) -> Result<()> {
    let mut disk = Disk::open(dir)?;
    let mut sqlite = SqliteLog::open(&dir.join("sqlite-alone"))?;
    let mut fjall = FjallLog::open(&dir.join("fjall-alone"))?;
    let mut ours = Ours::open(&dir.join("ours-alone"))?;
    let mut reused = Ours::open(&dir.join("ours-reused"))?;
    reused.reuse_log()?;
    let mut times = [const { Vec::new() }; 5];
    let mut source = Source::new(1);
    for _ in 0..ALONE {
        let append = [source.append(0)];
        times[0].push(timed(|| disk.write(&append[0].body))?);
        times[1].push(timed(|| sqlite.commit(&append))?);
        times[2].push(timed(|| fjall.commit(&append))?);
        times[3].push(timed(|| ours.commit(&append))?);
        times[4].push(timed(|| reused.commit(&append))?);
    }
    println!("\n| one at a time | p50 | p99 | p50 / fdatasync |\n|---|---:|---:|---:|");
    let base = percent(&mut times[0], 50).as_secs_f64();
    let names =
        ["fdatasync, a growing file", "SQLite", "fjall", "Keyroom, a growing log", "Keyroom, its log reused"];
    for (name, times) in names.into_iter().zip(&mut times) {
        let (p50, p99) = (percent(times, 50), percent(times, 99));
        println!("| {name} | {} | {} | {:.2} |", ms(p50), ms(p99), p50.as_secs_f64() / base);
    }
    Ok(())
}

/// A thousand rooms, commits of `batch` appends.
fn together<L: Log>(name: &str, dir: &Path, batch: usize) -> Result<()> {
    let (mut log, mut source) = (L::open(dir)?, Source::new(1_000));
    let mut times = Vec::new();
    let mut made = Duration::ZERO;
    let start = Instant::now();
    for _ in 0..TOGETHER / batch {
        let before = Instant::now();
        let appends = source.batch(batch);
        made += before.elapsed();
        times.push(timed(|| log.commit(&appends))?);
    }
    let rate = per_second(TOGETHER, start.elapsed().saturating_sub(made));
    println!("| {name} | {batch} | {rate:.0} | {} |", spread(&mut times));
    Ok(())
}

/// A million envelopes in ten thousand rooms.
fn full<L: Log>(name: &str, dir: &Path) -> Result<()> {
    let (mut log, mut source) = (L::open(dir)?, Source::new(10_000));
    let start = Instant::now();
    for _ in 0..FULL / 4_000 {
        log.commit(&source.batch(4_000))?;
    }
    let rate = per_second(FULL, start.elapsed());
    // As a killed process leaves it.
    let killed = dir.with_extension("killed");
    copy(dir, &killed)?;
    let start = Instant::now();
    let mut again = L::open(&killed)?;
    again.first_hundred(5_000)?;
    let recover = start.elapsed();
    drop(again);
    std::fs::remove_dir_all(killed)?;
    log.settle()?;
    drop(log);
    let size = per_envelope(dir)?;
    let start = Instant::now();
    let mut log = L::open(dir)?;
    let open = start.elapsed();
    let start = Instant::now();
    let (head, bytes) = log.first_hundred(5_000)?;
    let read = start.elapsed();
    if head != source.heads[4_999] || bytes == 0 {
        return Err("the log lost something".into());
    }
    println!("| {name} | {rate:.0} | {size:.0} | {} | {} | {} |", ms(open), ms(recover), ms(read));
    Ok(())
}

/// On a small file system: fills it, frees space, and tells whether the same handle goes on.
fn full_disk<L: Log>(name: &str, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let ballast = dir.with_extension("ballast");
    std::fs::write(&ballast, vec![0; 8 << 20])?;
    let (mut log, mut source) = (L::open(dir)?, Source::new(100));
    let mut commit = |log: &mut L| {
        let before = source.heads.clone();
        let result = log.commit(&source.batch(100));
        if result.is_err() {
            source.heads = before;
        }
        result
    };
    let refused = (0..10_000).find_map(|_| commit(&mut log).err());
    println!("{name}: {}", refused.map_or("never full".to_owned(), |error| format!("refuses: {error:?}")));
    println!("{name}: reads while full: {:?}", log.first_hundred(1).map_err(|error| error.to_string()));
    std::fs::remove_file(&ballast)?;
    for wait_s in [0, 2] {
        std::thread::sleep(Duration::from_secs(wait_s));
        let again = commit(&mut log).map_err(|error| error.to_string());
        println!("{name}: with 8 MiB free again: {again:?}");
    }
    drop(log);
    let again = L::open(dir).and_then(|mut log| commit(&mut log));
    println!("{name}: opened again: {:?}", again.map_err(|error| error.to_string()));
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

/// Copies all files, durably: whoever syncs next would wait for them.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.metadata()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), &to)?;
            std::fs::File::open(to)?.sync_all()?;
        }
    }
    Ok(())
}

fn timed(mut call: impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    call()?;
    Ok(start.elapsed())
}

/// Columns of a table: p50, p99 and the longest.
fn spread(times: &mut [Duration]) -> String {
    [50, 99, 100].map(|part| ms(percent(times, part))).join(" | ")
}

/// The value that so many percent of the others do not exceed.
fn percent(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) * percent) / 100]
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

fn per_envelope(dir: &Path) -> Result<f64> {
    fn bytes(dir: &Path) -> Result<u64> {
        let mut sum = 0;
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let meta = entry.metadata()?;
            sum += if meta.is_dir() { bytes(&entry.path())? } else { meta.len() };
        }
        Ok(sum)
    }
    Ok(f64::from(u32::try_from(bytes(dir)?).unwrap_or(u32::MAX)) / f64::from(u32::try_from(FULL)?))
}

const BODY: usize = 200;
const ALONE: usize = 1_000;
const TOGETHER: usize = 200_000;
const FULL: usize = 1_000_000;
/// Rooms, appends a second and how long.
const PACES: [(usize, u32, Duration); 3] = [
    (100, 5_000, Duration::from_secs(20)),
    (10_000, 5_000, Duration::from_secs(20)),
    (1_000, 50_000, Duration::from_secs(10)),
];
