//! The window in this process, with a clock in its loop: how long each turn takes that the loop makes.
//!
//! Everything that the window does is done on one thread, turn by turn: input, what the engine says, rows, layout, drawing.
//! A timer asks to be called every 2 ms; the time from one call to the next is as long as the turn between them, and at
//! most 2 ms more. So no frame takes longer than the longest of them.

use std::cell::Cell;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use keyroom_client::{Profile, SharedProfile};
use keyroom_gui::{LocalTime, Opening, Options};
use slint::{Timer, TimerMode};

use crate::Outcome;
use crate::home::{PASSPHRASE, relay_of};

/// Opens the window on a profile. A line on standard input begins a new count; the old one is printed.
pub(crate) fn run(folder: &Path) -> Outcome<()> {
    let profile = SharedProfile::new(Profile::open(folder, PASSPHRASE)?, Some(relay_of(folder)));
    let options = Options {
        me: None,
        myself: None,
        kept: None,
        discovery: false,
        clock: Box::new(|_| LocalTime { year: 2026, month: 11, day: 26, hour: 10, minute: 44 }),
        version: "0.1.0".to_owned(),
    };
    let (ask, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || ask.send(()).is_err() {
                return;
            }
        }
        keyroom_gui::quit();
    });
    keyroom_gui::run(
        Opening::Open(profile),
        options,
        Box::new(move |_, _| {
            let count = Count { last: Cell::new(now()), turns: Cell::default() };
            let timer = Box::leak(Box::<Timer>::default());
            timer.start(TimerMode::Repeated, EVERY, move || count.beat(&asked));
            Vec::new()
        }),
    )?;
    Ok(())
}

/// What the loop did since the last count.
struct Count {
    last: Cell<(Instant, Duration)>,
    turns: Cell<Vec<(Duration, Duration)>>,
}

impl Count {
    fn beat(&self, asked: &mpsc::Receiver<()>) {
        let now = now();
        let before = self.last.replace(now);
        let mut turns = self.turns.take();
        turns.push((now.0 - before.0, now.1.saturating_sub(before.1)));
        if asked.try_recv().is_ok() {
            // Nobody reads: then nobody wants to know.
            let _ = writeln!(std::io::stdout(), "{}", line(&mut turns));
            turns.clear();
        }
        self.turns.set(turns);
    }
}

/// `turns longest p99 late processor`: how many, microseconds by the clock, how many took longer than a frame may, and the
/// most microseconds of processor that one took.
fn line(turns: &mut [(Duration, Duration)]) -> String {
    let processor = turns.iter().map(|turn| turn.1).max().unwrap_or_default();
    turns.sort_unstable();
    let at =
        |part: usize| turns.get((turns.len().max(1) - 1) * part / 1000).map_or(0, |turn| turn.0.as_micros());
    let late = turns.iter().filter(|turn| turn.0 > FRAME).count();
    format!("{} {} {} {late} {}", turns.len(), at(1000), at(990), processor.as_micros())
}

/// By the clock, and what this thread had of a processor.
fn now() -> (Instant, Duration) {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = schedule.split_ascii_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
    (Instant::now(), Duration::from_nanos(nanos))
}

const EVERY: Duration = Duration::from_millis(2);
/// The longest that a frame may take.
const FRAME: Duration = Duration::from_millis(33);
