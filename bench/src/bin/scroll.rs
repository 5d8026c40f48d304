//! A room of 100,000 messages in the real window, drawn by the software renderer without a display: from the input
//! of one scroll step until the whole frame is in memory.
//!
//! Usage: `cargo run --release -p keyroom-bench --bin scroll [-- --formatted]`. Needs no screen.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime};

use i_slint_backend_testing::{TestingBackend, TestingBackendOptions, mock_elapsed_time};
use keyroom_client::{
    Body, Command, Connection, DEFAULT_PACE, Event, History as _, JoinOptions, MemoryHistory, Message,
    MessageId, MessageState, PeerId, Person, Position, RoomEvent, RoomId, Sender,
};
use keyroom_gui::{Face, Input, LocalTime, Options, ui};
use keyroom_types::{Address, Key};
use keyroom_view::App as View;
use slint::platform::WindowEvent;
use slint::{ComponentHandle as _, LogicalPosition, LogicalSize, Model as _, PhysicalSize};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let stage = Stage::open()?;
    println!("open a room of {MESSAGES} messages at its end: {:.1} ms", ms(stage.open_room()?));
    let mut all = Vec::new();
    for (name, distance) in
        [("wheel up", WHEEL), ("page up", PAGE), ("page down", -PAGE), ("wheel down", -WHEEL)]
    {
        let mut times = (0..STEPS).map(|_| stage.step(distance)).collect::<Outcome<Vec<_>>>()?;
        println!("{}, oldest row held: {}", figures(name, &mut times), stage.oldest_row());
        all.append(&mut times);
    }
    println!("{} (goal: no frame over 33)", figures("all", &mut all));
    Ok(())
}

struct Stage {
    app: ui::App,
    face: Rc<Face>,
    history: Arc<MemoryHistory>,
    asked: mpsc::Receiver<Command>,
}

impl Stage {
    fn open() -> Outcome<Self> {
        let options = TestingBackendOptions {
            mock_time: true,
            renderer_name: Some("software".into()),
            ..TestingBackendOptions::default()
        };
        slint::platform::set_platform(Box::new(TestingBackend::new(options)))?;
        keyroom_gui::use_outline_emoji();
        let app = ui::App::new()?;
        let history = Arc::new(MemoryHistory::new());
        let options = Options {
            me: "Djamila".parse().ok(),
            myself: None,
            kept: None,
            discovery: false,
            clock: Box::new(|_| LocalTime { year: 2026, month: 11, day: 23, hour: 10, minute: 44 }),
            version: "0.1.0".to_owned(),
        };
        let view = View::new(history.clone(), options);
        let (ask, asked) = mpsc::channel();
        let engine = Box::new(move |command| drop(ask.send(command)));
        let nobody = Box::new(|_, _| {});
        let face = Face::new(&app, view, engine, nobody, Box::new(|| NOW), true);
        app.show()?;
        face.handle(Input::WindowOpened);
        app.window().set_size(PhysicalSize::new(1180, 760));
        app.window().dispatch_event(WindowEvent::Resized { size: LogicalSize::new(1180.0, 760.0) });
        let stage = Self { app, face, history, asked };
        stage.frame()?;
        Ok(stage)
    }

    /// Fills the room, leaves it for another and comes back: until its end is drawn.
    fn open_room(&self) -> Outcome<Duration> {
        let address: Address = "192.168.1.40:9999".parse()?;
        let join = |name: &str| -> Outcome<Input> {
            Ok(Input::Join(JoinOptions {
                name: name.parse()?,
                me: "Djamila".parse()?,
                addresses: vec![address.clone()],
                key: Key::parse(KEY)?,
                pace: DEFAULT_PACE,
            }))
        };
        self.face.handle(join("Long room")?);
        let joined = self.asked.try_iter().find_map(|command| match command {
            Command::Join { room, .. } => Some(room),
            _ => None,
        });
        let room = joined.ok_or("the view joins nothing")?;
        let anna = Person { peer: PeerId(900), label: "Anna".parse()?, here: true, address: None };
        self.history.set_person(room, anna.clone())?;
        self.tell(room, RoomEvent::Person(anna));
        self.tell(room, RoomEvent::Connection(Connection::Connected { address: address.clone() }));
        for number in 0..MESSAGES {
            self.history.append(room, NOW, Body::Message(message(number)))?;
        }
        self.tell(room, RoomEvent::Appended { first: Position(0), last: Position(MESSAGES - 1) });
        self.settle()?;
        self.face.handle(join("Another room")?);
        self.settle()?;

        let started = Instant::now();
        self.face.handle(Input::PickRoom(room));
        self.frame()?;
        let took = started.elapsed();
        self.settle()?;
        Ok(took)
    }

    fn tell(&self, room: RoomId, event: RoomEvent) {
        self.face.handle(Input::Engine(Event::Room { room, event }));
    }

    /// Input, view, rows and a whole frame.
    fn step(&self, delta_y: f32) -> Outcome<Duration> {
        let started = Instant::now();
        let position = LogicalPosition::new(590.0, 380.0);
        self.app.window().dispatch_event(WindowEvent::PointerScrolled { position, delta_x: 0.0, delta_y });
        self.frame()?;
        Ok(started.elapsed())
    }

    /// What a screen of 60 Hz does: timers run, then everything is drawn.
    fn frame(&self) -> Outcome<()> {
        mock_elapsed_time(Duration::from_millis(16));
        self.app.window().take_snapshot()?;
        Ok(())
    }

    /// Until layouts and timers are at rest.
    fn settle(&self) -> Outcome<()> {
        (0..20).try_for_each(|_| self.frame())
    }

    /// Shows that the steps did move through the history.
    fn oldest_row(&self) -> String {
        let rows = self.app.global::<ui::Room<'_>>().get_rows();
        rows.iter()
            .find(|row| row.text.starts_with("message "))
            .map_or_else(String::new, |row| row.text.split(',').next().unwrap_or_default().to_owned())
    }
}

/// Every seventh is long enough for two or three lines, every fifth is ours; with `--formatted` every second one has a list, code,
/// bold letters and a link.
fn message(number: u64) -> Message {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let more = if number.is_multiple_of(7) { "words and words ".repeat(12) } else { String::new() };
    let (from, state) = if number.is_multiple_of(5) {
        (Sender::Me, MessageState::Sent { to: 1 })
    } else {
        (Sender::Peer(PeerId(900)), MessageState::Received)
    };
    let formatted = std::env::args().any(|argument| argument == "--formatted") && number.is_multiple_of(2);
    let more = if formatted { FORMATTED } else { &more };
    Message { id: MessageId::Token(id), from, text: Arc::from(format!("message {number}, {more}")), state }
}

fn figures(name: &str, times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| ms(times[(times.len() - 1) * part / 100]);
    let (p50, p99, max) = (at(50), at(99), at(100));
    format!("{name}, {} steps: p50 {p50:.1}, p99 {p99:.1}, max {max:.1} ms", times.len())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

const FORMATTED: &str = "**bold** and *slanted*, see https://a.example/x:\n- `one` of\n- two, @Anna\n> quoted\n```\nfn main() {}\n```";
const MESSAGES: u64 = 100_000;
const STEPS: usize = 1_000;
/// Logical pixels of a fast turn of the wheel, and of a page.
const WHEEL: f32 = 120.0;
const PAGE: f32 = 600.0;
const NOW: SystemTime = SystemTime::UNIX_EPOCH;
const KEY: &str = "rA1D7l8f6T6KzG9kJvQ1F8x6A0sKzvQfVJ1M_6Z3m8E=";
