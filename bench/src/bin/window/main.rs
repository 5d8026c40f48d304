//! The desktop app under Xvfb with software rendering, with 20 rooms and 100,000 messages: start to first frame, memory, idle
//! processor time, and how long the window's loop takes while messages come and while it is scrolled.
//!
//! Usage: `cargo run --release -p keyroom-bench --bin window [-- path/to/keyroom]`. Needs `Xvfb` and `xdotool`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod home;
mod inside;
mod screen;

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use keyroom_client::Profile;

use crate::home::{BUSY, Host, MESSAGES, PASSPHRASE, ROOMS, furnish};
use crate::screen::{Killed, Screen};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if let [inside, folder] = &words[..]
        && inside == INSIDE
    {
        return inside::run(Path::new(folder));
    }
    let program = words.first().map_or_else(|| PathBuf::from("target/release/keyroom"), PathBuf::from);
    let folder = std::env::temp_dir().join(format!("keyroom-bench-window-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let done = measure(&program, &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn measure(program: &Path, folder: &Path) -> Outcome<()> {
    let passphrase = folder.join("passphrase");
    fs::write(&passphrase, PASSPHRASE)?;
    let profile = folder.join("profile");
    let host = Host::start()?;
    let begun = Instant::now();
    furnish(&profile, &host)?;
    println!("{ROOMS} rooms, {MESSAGES} messages: made in {:.0} s", begun.elapsed().as_secs_f64());
    let screen = Screen::start()?;
    let desk = Desk { screen: &screen, program, profile: &profile, passphrase: &passphrase };
    desk.first_frames()?;
    desk.rest(&host)?;
    desk.turns(&host)
}

/// The window's program, and where it runs.
struct Desk<'a> {
    screen: &'a Screen,
    program: &'a Path,
    profile: &'a Path,
    passphrase: &'a Path,
}

impl Desk<'_> {
    fn keyroom<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut keyroom = Command::new(self.program);
        keyroom.args(["--no-discovery", "--profile"]).arg(self.profile).args(words);
        keyroom
    }

    /// From the start of the process to the first frame with content, and from *Enter* to the rooms.
    fn first_frames(&self) -> Outcome<()> {
        let [mut locked, mut unlocked, mut at_once, mut cost] = [const { Vec::new() }; 4];
        for run in 0..=RUNS {
            let started = Instant::now();
            let app = self.screen.open(&mut self.keyroom([""; 0]))?;
            let window = self.screen.mapped()?;
            let shown = self.screen.has_content(window)?.duration_since(started);
            self.screen.hand(&["windowfocus", "--sync", &window.to_string()])?;
            self.screen.hand(&["type", "--delay", "1", PASSPHRASE])?;
            let asked = Instant::now();
            self.screen.hand(&["key", "Return"])?;
            let rooms = self.screen.has_corner(window, RAIL)?.duration_since(asked);
            drop(app);

            let begun = Instant::now();
            drop(Profile::open(self.profile, PASSPHRASE)?);
            let opened = begun.elapsed();

            let started = Instant::now();
            let words = [OsStr::new("--passphrase-file"), self.passphrase.as_os_str()];
            let app = self.screen.open(&mut self.keyroom(words))?;
            let window = self.screen.mapped()?;
            let all = self.screen.has_corner(window, RAIL)?.duration_since(started);
            drop(app);

            // The first start reads the program from disk: it is shown, but not counted.
            if run == 0 {
                println!("first start, cold: {:.0} ms", millis(shown));
                continue;
            }
            locked.push(shown);
            unlocked.push(rooms);
            at_once.push(all);
            cost.push(opened);
        }
        row("start to the first frame, which asks for the passphrase (reach: 350)", &mut locked);
        row("Enter to the first frame with the rooms, the passphrase's cost in it", &mut unlocked);
        row("start to the first frame with the rooms, --passphrase-file, its cost in it", &mut at_once);
        row("the passphrase's cost alone: a profile is opened", &mut cost);
        Ok(())
    }

    /// Memory and processor time of a window that is left alone.
    fn rest(&self, host: &Host) -> Outcome<()> {
        let words = [OsStr::new("--passphrase-file"), self.passphrase.as_os_str()];
        let app = self.screen.open(&mut self.keyroom(words))?;
        let window = self.screen.mapped()?;
        self.screen.has_corner(window, RAIL)?;
        println!("resident memory, the rooms on the screen: {:.1} MB (reach: 80)", resident_mb(app.0.id())?);
        self.enter_busy_room(window)?;
        host.talk(1, Duration::from_secs(1));
        host.is_heard()?;
        println!("resident memory, in a room, online: {:.1} MB (reach: 80)", resident_mb(app.0.id())?);
        let before = processor_ticks(app.0.id())?;
        thread::sleep(IDLE);
        let used = (processor_ticks(app.0.id())? - before) * 10;
        let share = used as f64 / IDLE.as_millis() as f64 * 100.0;
        println!(
            "left alone in a room, online, for {} s: {used} ms of processor time, {share:.2} % (reach: 1 %)",
            IDLE.as_secs()
        );
        Ok(())
    }

    /// How long the window's loop takes for a turn.
    fn turns(&self, host: &Host) -> Outcome<()> {
        let mut inside = Command::new(std::env::current_exe()?);
        inside.arg(INSIDE).arg(self.profile).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut app = self.screen.open(&mut inside)?;
        let window = self.screen.mapped()?;
        self.screen.has_corner(window, RAIL)?;
        let mut clock = Clock {
            ask: app.0.stdin.take().ok_or("no way to ask")?,
            answers: BufReader::new(app.0.stdout.take().ok_or("no answers")?),
        };
        clock.count()?;
        self.enter_busy_room(window)?;
        host.talk(1, Duration::from_secs(1));
        host.is_heard()?;
        clock.tell("opening the room (one turn draws it all)")?;
        host.talk(A_SECOND, LONG);
        host.is_heard()?;
        clock.tell(&format!("{A_SECOND} messages/s come in"))?;
        let wheel = |button| self.screen.begin(&["click", "--repeat", "600", "--delay", "16", button]);
        finish(wheel("4")?)?;
        clock.tell("the wheel is turned up, 60 times a second")?;
        finish(wheel("5")?)?;
        clock.tell("the wheel is turned down")?;
        let key = |key| self.screen.begin(&["key", "--repeat", "300", "--delay", "33", key]);
        finish(key("Prior")?)?;
        clock.tell("the key for a page up, 30 times a second")?;
        finish(key("Next")?)?;
        clock.tell("the key for a page down")?;
        let turned = wheel("4")?;
        host.talk(A_SECOND, LONG / 2);
        finish(turned)?;
        clock.tell(&format!("the wheel is turned up while {A_SECOND} messages/s come in"))?;
        println!("resident memory after all that: {:.1} MB (reach: 80)", resident_mb(app.0.id())?);
        Ok(())
    }

    /// A click on the first room of the list: the one with the newest line.
    fn enter_busy_room(&self, window: u32) -> Outcome<()> {
        let id = window.to_string();
        self.screen.hand(&["windowfocus", "--sync", &id])?;
        let [x, y] = FIRST_ROOM;
        self.screen.hand(&["mousemove", "--sync", "--window", &id, x, y, "click", "1"])?;
        self.screen.is_called(window, &format!("{BUSY} — Keyroom"))?;
        let [x, y] = TIMELINE;
        self.screen.hand(&["mousemove", "--sync", "--window", &id, x, y])?;
        Ok(())
    }
}

/// Asks the window in our own program what its loop did.
struct Clock {
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Clock {
    /// What the loop did, as it says it (`inside.rs`). Begins anew.
    fn count(&mut self) -> Outcome<[u64; 8]> {
        writeln!(self.ask)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let mut numbers = [0; 8];
        let mut words = answer.split_whitespace();
        for number in &mut numbers {
            *number = words.next().ok_or("the window ended")?.parse()?;
        }
        Ok(numbers)
    }

    fn tell(&mut self, what: &str) -> Outcome<()> {
        let [turns, longest, p99, late, ours, late_ours, longest_ours, processor] = self.count()?;
        let ms = |micros: u64| micros as f64 / 1e3;
        println!(
            "{what}: {turns} turns, longest {:.1} ms, p99 {:.1}, over 33 ms: {late}; of {ours} in which no processor was stolen \
             from this machine: longest {:.1} ms ({:.1} of processor), over 33 ms: {late_ours} (reach: 0)",
            ms(longest),
            ms(p99),
            ms(longest_ours),
            ms(processor)
        );
        Ok(())
    }
}

fn finish(mut hands: Killed) -> Outcome<()> {
    if hands.0.wait()?.success() { Ok(()) } else { Err("xdotool failed".into()) }
}

fn row(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let [median, worst] = [times[times.len() / 2], times[times.len() - 1]].map(millis);
    println!("{what}: {} runs, median {median:.0} ms, worst {worst:.0} ms", times.len());
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn resident_mb(pid: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// User and system time in ticks of 10 ms (`proc(5)`, fields 14 and 15 of `stat`).
fn processor_ticks(pid: u32) -> Outcome<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().ok_or("no stat")?.split_whitespace().collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}

/// What the program is told that shows the window whose loop is measured.
const INSIDE: &str = "inside";
/// The ground of the list of rooms in the light colours, blue, green, red: the gate has another.
const RAIL: [u8; 3] = [0xEE, 0xF2, 0xF3];
/// Where the first room of the list is, and where a message of the room.
const FIRST_ROOM: [&str; 2] = ["120", "145"];
const TIMELINE: [&str; 2] = ["700", "400"];
const RUNS: usize = 9;
const IDLE: Duration = Duration::from_secs(20);
const A_SECOND: u32 = 50;
const LONG: Duration = Duration::from_secs(20);
