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
            let count = Count { last: Cell::new(Moment::now()), turns: Cell::default() };
            let timer = Box::leak(Box::<Timer>::default());
            timer.start(TimerMode::Repeated, EVERY, move || count.beat(&asked));
            Vec::new()
        }),
    )?;
    Ok(())
}

/// What the loop did since the last count.
struct Count {
    last: Cell<Moment>,
    turns: Cell<Vec<Turn>>,
}

impl Count {
    fn beat(&self, asked: &mpsc::Receiver<()>) {
        let now = Moment::now();
        let before = self.last.replace(now);
        let mut turns = self.turns.take();
        turns.push(Turn {
            clock: now.clock - before.clock,
            processor: now.processor.saturating_sub(before.processor),
            stolen: now.stolen > before.stolen,
        });
        if asked.try_recv().is_ok() {
            // Nobody reads: then nobody wants to know.
            let _ = writeln!(std::io::stdout(), "{}", line(&mut turns));
            turns.clear();
        }
        self.turns.set(turns);
    }
}

/// One turn of the loop.
#[derive(Clone, Copy)]
struct Turn {
    clock: Duration,
    processor: Duration,
    /// Whether the machine below this one gave a processor to somebody else meanwhile: then nobody knows what is ours.
    stolen: bool,
}

/// `turns longest p99 late undisturbed late-undisturbed longest-undisturbed processor-undisturbed`: how many, and in
/// microseconds by the clock, the longest, that of one in a hundred, and how many took longer than a frame may; then the same
/// of those in which no processor was stolen, and the most that one of these had of a processor.
fn line(turns: &mut [Turn]) -> String {
    turns.sort_unstable_by_key(|turn| turn.clock);
    let longest = |turns: &[Turn]| turns.last().map_or(0, |turn| turn.clock.as_micros());
    let late = |turns: &[Turn]| turns.iter().filter(|turn| turn.clock > FRAME).count();
    let p99 = turns.get(turns.len().saturating_sub(1) * 99 / 100).map_or(0, |turn| turn.clock.as_micros());
    let ours: Vec<Turn> = turns.iter().filter(|turn| !turn.stolen).copied().collect();
    let processor = ours.iter().map(|turn| turn.processor.as_micros()).max().unwrap_or(0);
    format!(
        "{} {} {p99} {} {} {} {} {processor}",
        turns.len(),
        longest(turns),
        late(turns),
        ours.len(),
        late(&ours),
        longest(&ours)
    )
}

/// By the clock, what this thread had of a processor, and what others had of ours.
#[derive(Clone, Copy)]
struct Moment {
    clock: Instant,
    processor: Duration,
    /// Ticks of all processors (`proc(5)`, the eighth number of `stat`).
    stolen: u64,
}

impl Moment {
    fn now() -> Self {
        let number = |file: &str, word: usize| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            text.split_ascii_whitespace().nth(word).and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        Self {
            clock: Instant::now(),
            processor: Duration::from_nanos(number("/proc/thread-self/schedstat", 0)),
            stolen: number("/proc/stat", 8),
        }
    }
}

const EVERY: Duration = Duration::from_millis(2);
/// The longest that a frame may take.
const FRAME: Duration = Duration::from_millis(33);
