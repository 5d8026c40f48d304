//! A client with many rooms and many messages: how long until it is open, what it takes of memory, how fast it finds.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command as Process;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use keyroom_bench_history::{QUERIES, Source};
use keyroom_client::{
    Command, Config, Connection, Cost, Engine, Event, Listen, Position, Profile, RoomEvent, RoomId,
    SharedProfile,
};

use crate::person::{PATIENCE, Relay, room_on};
use crate::{Result, micros};

/// Makes rooms on a relay, fills their timelines, and has another process open them.
pub(crate) fn many(files: &Path, rooms: u64, messages: u64) -> Result<()> {
    let relay = Relay::start(None)?;
    let path = files.join("many");
    let begun = Instant::now();
    let profile = SharedProfile::new(Profile::create(&path, PASSPHRASE, Cost::default())?, None);
    let mut people = Face::new(profile)?;
    for _ in 0..rooms {
        let room = RoomId::fresh();
        let options = room_on(&relay)?;
        people.engine.send(Command::HostSealed { room, options: Box::new(options) });
        people.until(1, |event| matches!(event, RoomEvent::Entered { .. }))?;
    }
    people.engine.shutdown();
    let mut profile = Profile::open(&path, PASSPHRASE)?;
    fill(&mut profile, rooms, messages)?;
    drop(profile);
    let bytes: u64 = fs::metadata(path.join("profile.db"))?.len();
    println!(
        "{rooms} rooms and {messages} messages made in {:.0} s, {} MiB\n",
        begun.elapsed().as_secs_f64(),
        bytes >> 20
    );
    let status = Process::new(std::env::current_exe()?).arg(&path).arg(OPENS).status()?;
    if status.success() { Ok(()) } else { Err("the process that opens them failed".into()) }
}

fn fill(profile: &mut Profile, rooms: u64, messages: u64) -> Result<()> {
    let tx = profile.begin()?;
    let ids: Vec<_> = tx.rooms()?.into_iter().map(|record| record.room).collect();
    drop(tx);
    let mut source = Source::new(u8::try_from(rooms)?);
    for _ in 0..messages / BATCH {
        let tx = profile.begin()?;
        for _ in 0..BATCH {
            let (number, entry) = source.message();
            tx.append(&ids[usize::from(number)], &entry)?;
        }
        tx.commit()?;
    }
    Ok(profile.checkpoint()?)
}

/// Opens a profile as a face does, and looks for things in it.
pub(crate) fn open(path: &Path) -> Result<()> {
    println!("| open | time | memory, MiB |");
    println!("|---|---:|---:|");
    let begun = Instant::now();
    let row = |what: &str| -> Result<()> {
        println!("| {what} | {:.0} ms | {:.0} |", micros(begun.elapsed()) / 1e3, memory()?);
        Ok(())
    };
    row("a process that has begun")?;
    let profile = SharedProfile::new(Profile::open(path, PASSPHRASE)?, None);
    row("profile, with the passphrase's cost")?;
    let ids: Vec<_> = profile.rooms()?.into_iter().map(|record| record.room).collect();
    let mut face = Face::new(profile.clone())?;
    let listen = Listen::At(vec!["127.0.0.1:0".parse()?]);
    let rooms: Vec<RoomId> = ids.iter().map(|_| RoomId::fresh()).collect();
    for (room, id) in rooms.iter().zip(&ids) {
        face.engine.send(Command::OpenSealed { room: *room, id: *id, listen: listen.clone() });
    }
    face.until(rooms.len(), |event| matches!(event, RoomEvent::Entered { .. }))?;
    let history = face.engine.history().clone();
    let mut shown = 0;
    for room in &rooms {
        let lines = history.len(*room)?;
        shown += history.page(*room, Position(lines.saturating_sub(SCREEN)), usize::try_from(SCREEN)?)?.len();
    }
    row(&format!("all {} rooms, the newest {SCREEN} lines of each ({shown})", rooms.len()))?;
    face.until(rooms.len(), |event| matches!(event, RoomEvent::Connection(Connection::Online)))?;
    row("all of them online")?;
    println!("\n| search, the newest 50 | hits, median | p50 | p99 | longest |\n|---|---:|---:|---:|---:|");
    let mut source = Source::new(1);
    for (name, query) in QUERIES {
        for (place, only) in [("all rooms", None), ("one room", ids.first())] {
            let (mut times, mut hits) = (Vec::new(), Vec::new());
            for _ in 0..SEARCHES {
                let text = query(&mut source);
                let begun = Instant::now();
                let mut profile = profile.lock();
                let tx = profile.begin()?;
                hits.push(tx.search(&text, only, 50)?.len());
                tx.commit()?;
                times.push(begun.elapsed());
            }
            times.sort_unstable();
            hits.sort_unstable();
            let [p50, p99, longest] =
                [SEARCHES / 2, SEARCHES * 99 / 100, SEARCHES - 1].map(|place| millis(times[place]));
            println!(
                "| {name}, {place} | {} | {p50:.2} ms | {p99:.2} ms | {longest:.2} ms |",
                hits[SEARCHES / 2]
            );
        }
    }
    println!("\nafter that: {:.0} MiB", memory()?);
    face.engine.shutdown();
    Ok(())
}

/// An engine, and what it says of all its rooms.
struct Face {
    engine: Engine,
    events: mpsc::Receiver<(RoomId, RoomEvent)>,
    /// What came while something else was waited for.
    passed: Vec<(RoomId, RoomEvent)>,
}

impl Face {
    fn new(profile: SharedProfile) -> Result<Self> {
        let (tell, events) = mpsc::channel();
        let engine = Engine::start(Config::with_profile(profile, false), move |event| {
            if let Event::Room { room, event } = event {
                // Who does not listen any more wants none.
                let _ = tell.send((room, event));
            }
        })?;
        Ok(Self { engine, events, passed: Vec::new() })
    }

    /// Waits until so many rooms have said it.
    fn until(&mut self, rooms: usize, said: impl Fn(&RoomEvent) -> bool) -> Result<()> {
        let mut have: HashSet<RoomId> = HashSet::new();
        have.extend(self.passed.iter().filter(|(_, event)| said(event)).map(|(room, _)| *room));
        self.passed.retain(|(_, event)| !said(event));
        while have.len() < rooms {
            let (room, event) = self.events.recv_timeout(PATIENCE)?;
            if let RoomEvent::Closed(why) = event {
                return Err(format!("a room ended: {why}").into());
            }
            if said(&event) {
                have.insert(room);
            } else if matches!(event, RoomEvent::Connection(_)) {
                self.passed.push((room, event));
            }
        }
        Ok(())
    }
}

/// What this process has in memory, in MiB.
fn memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

fn millis(time: Duration) -> f64 {
    micros(time) / 1e3
}

/// What the process that opens is told to do.
pub(crate) const OPENS: &str = "opens";
const PASSPHRASE: &str = "correct horse";
const BATCH: u64 = 1_000;
/// Lines that a window shows of a room.
const SCREEN: u64 = 50;
const SEARCHES: usize = 200;
