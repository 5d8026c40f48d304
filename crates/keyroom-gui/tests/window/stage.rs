//! A window without a display: the software renderer draws into memory, events come from the test, and the test
//! plays the engine. The only place that knows Slint's own testing backend, which is internal and pinned.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use i_slint_backend_testing::{TestingBackend, TestingBackendOptions, mock_elapsed_time};
use keyroom_client::testing::StagedHistory;
use keyroom_client::{Command, Event, PeerId, RoomEvent, RoomId};
use keyroom_gui::{Face, GateFace, ui};
use keyroom_view::{App as View, Gate, GateEffect, Input, LocalTime, Note, Options};
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, LogicalSize, PhysicalSize};

use crate::picture::Picture;

/// One window, its view, and everything that the view asked of the engine.
pub(crate) struct Stage {
    pub(crate) app: ui::App,
    pub(crate) face: Rc<Face>,
    pub(crate) history: Arc<StagedHistory>,
    asked: Rc<RefCell<Vec<Command>>>,
    told: Rc<RefCell<Told>>,
}

/// What the desktop was told of rooms; `None` takes it back.
pub(crate) type Told = Vec<(RoomId, Option<Note>)>;

/// A window with nothing in it yet.
fn window() -> ui::App {
    let options = TestingBackendOptions {
        mock_time: true,
        renderer_name: Some("software".into()),
        ..TestingBackendOptions::default()
    };
    // A second stage on the same thread finds the platform of the first.
    if slint::platform::set_platform(Box::new(TestingBackend::new(options))).is_ok() {
        keyroom_gui::use_outline_emoji();
    }
    ui::App::new().expect("the testing backend opens windows")
}

/// A window before its rooms.
pub(crate) struct AtGate {
    pub(crate) stage: Stage,
    pub(crate) gate: Rc<GateFace>,
    wanted: Rc<RefCell<Vec<GateEffect>>>,
}

impl AtGate {
    pub(crate) fn open(gate: Gate, width: u32, height: u32) -> Self {
        let stage = Stage::open(width, height);
        let wanted = Rc::new(RefCell::new(Vec::new()));
        let asking = wanted.clone();
        let gate = GateFace::new(&stage.app, gate, Box::new(move |effect| asking.borrow_mut().push(effect)));
        stage.settle();
        Self { stage, gate, wanted }
    }

    /// What the gate asked for since the last call.
    pub(crate) fn wanted(&self) -> Vec<GateEffect> {
        std::mem::take(&mut *self.wanted.borrow_mut())
    }
}

impl Stage {
    /// A window of this size on the start screen, in light colours.
    pub(crate) fn open(width: u32, height: u32) -> Self {
        Self::over(StagedHistory::new(), width, height)
    }

    /// A window over what a profile keeps.
    pub(crate) fn over(history: StagedHistory, width: u32, height: u32) -> Self {
        let app = window();
        let history = Arc::new(history);
        let options = Options {
            me: "Djamila".parse().ok(),
            myself: Some(MYSELF),
            kept: None,
            discovery: true,
            clock: Box::new(wall_clock),
            version: "0.1.0".to_owned(),
        };
        let asked = Rc::new(RefCell::new(Vec::new()));
        let asking = asked.clone();
        let told = Rc::new(RefCell::new(Vec::new()));
        let telling = told.clone();
        let face = Face::new(
            &app,
            View::new(history.clone(), options),
            Box::new(move |command| asking.borrow_mut().push(command)),
            Box::new(move |room, note| telling.borrow_mut().push((room, note))),
            Box::new(|| at(10, 44)),
            true,
        );
        face.work_here(std::env::temp_dir());
        app.invoke_use_theme(1);
        app.show().expect("the testing backend shows windows");
        let stage = Self { app, face, history, asked, told };
        stage.face.handle(Input::WindowOpened);
        stage.resize(width, height);
        stage
    }

    pub(crate) fn resize(&self, width: u32, height: u32) {
        self.app.window().set_size(PhysicalSize::new(width, height));
        #[allow(clippy::cast_precision_loss, reason = "a window's size is small")]
        let size = LogicalSize::new(width as f32, height as f32);
        self.app.window().dispatch_event(WindowEvent::Resized { size });
        self.settle();
    }

    pub(crate) fn dark(&self, dark: bool) {
        self.app.invoke_use_theme(if dark { 2 } else { 1 });
        self.settle();
    }

    pub(crate) fn handle(&self, input: Input) {
        self.face.handle(input);
        self.settle();
    }

    /// Something that the engine says of a room.
    pub(crate) fn room_event(&self, room: RoomId, event: RoomEvent) {
        self.face.handle(Input::Engine(Event::Room { room, event }));
    }

    /// What the view asked of the engine since the last call.
    pub(crate) fn asked(&self) -> Vec<Command> {
        std::mem::take(&mut *self.asked.borrow_mut())
    }

    /// What the desktop was told since the last call.
    pub(crate) fn told(&self) -> Told {
        std::mem::take(&mut *self.told.borrow_mut())
    }

    /// Lets layouts, timers and animations come to rest: the same time passes always, but a window that looks the same
    /// twice is not drawn a third time.
    pub(crate) fn settle(&self) {
        let mut before = None;
        let mut rests = false;
        for _ in 0..4 {
            for _ in 0..3 {
                mock_elapsed_time(Duration::from_millis(40));
            }
            if !rests {
                // Drawing lays out what the step before made.
                let now = self.drawn();
                rests = before.as_ref().is_some_and(|before: &Picture| before.as_bytes() == now.as_bytes());
                before = Some(now);
            }
        }
    }

    pub(crate) fn picture(&self) -> Picture {
        self.settle();
        self.drawn()
    }

    fn drawn(&self) -> Picture {
        self.app.window().take_snapshot().expect("the software renderer draws into memory")
    }

    /// Everything on the screen that has a role, from top to bottom of the markup, each thing once.
    pub(crate) fn things(&self) -> Vec<ElementHandle> {
        let mut seen = std::collections::HashSet::new();
        ElementQuery::from_root(&self.app)
            .match_descendants()
            .match_predicate(|element| {
                element.accessible_role().is_some_and(|role| role != AccessibleRole::None)
                    && element.size().width > 0.0
                    && element.computed_opacity() > 0.0
            })
            .find_all()
            .into_iter()
            // A component that inherits another is found once for each.
            .filter(|element| {
                let at = element.absolute_position();
                seen.insert((
                    element.accessible_role().map(|role| format!("{role:?}")),
                    element.accessible_label(),
                    (at.x.to_bits(), at.y.to_bits(), element.size().height.to_bits()),
                ))
            })
            .collect()
    }

    /// The thing with this accessible name: one that can be acted on before mere text.
    pub(crate) fn named(&self, name: &str) -> ElementHandle {
        self.find(name).unwrap_or_else(|| panic!("nothing on the screen is named {name:?}"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<ElementHandle> {
        let mut found: Vec<ElementHandle> = self
            .things()
            .into_iter()
            .filter(|thing| thing.accessible_label().is_some_and(|label| label == name))
            .collect();
        found.sort_by_key(|thing| thing.accessible_role() == Some(AccessibleRole::Text));
        found.into_iter().next()
    }

    /// Clicks into the middle of the thing with this accessible name, with the mouse.
    pub(crate) fn click(&self, name: &str) {
        self.press(name, PointerEventButton::Left);
    }

    /// Clicks there with the right button.
    pub(crate) fn right_click(&self, name: &str) {
        self.press(name, PointerEventButton::Right);
    }

    fn press(&self, name: &str, button: PointerEventButton) {
        let target = self.named(name);
        let (at, size) = (target.absolute_position(), target.size());
        let position = LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0);
        let window = self.app.window();
        window.dispatch_event(WindowEvent::PointerMoved { position });
        window.dispatch_event(WindowEvent::PointerPressed { position, button });
        window.dispatch_event(WindowEvent::PointerReleased { position, button });
        self.settle();
    }

    pub(crate) fn scroll(&self, distance: f32) {
        let size = self.app.window().size();
        #[allow(clippy::cast_precision_loss, reason = "a window's size is small")]
        let position = LogicalPosition::new(size.width as f32 / 2.0, size.height as f32 / 2.0);
        self.app.window().dispatch_event(WindowEvent::PointerScrolled {
            position,
            delta_x: 0.0,
            delta_y: distance,
        });
        self.settle();
    }

    /// Presses and releases a key.
    pub(crate) fn key(&self, key: impl Into<slint::SharedString>) {
        let text = key.into();
        self.app.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        self.app.window().dispatch_event(WindowEvent::KeyReleased { text });
        self.settle();
    }

    /// Presses a key while another is held.
    pub(crate) fn chord(&self, held: Key, key: impl Into<slint::SharedString>) {
        self.app.window().dispatch_event(WindowEvent::KeyPressed { text: held.into() });
        self.key(key);
        self.app.window().dispatch_event(WindowEvent::KeyReleased { text: held.into() });
        self.settle();
    }

    pub(crate) fn type_text(&self, text: &str) {
        for ch in text.chars() {
            let text = slint::SharedString::from(ch);
            self.app.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
            self.app.window().dispatch_event(WindowEvent::KeyReleased { text });
        }
        self.settle();
    }

    pub(crate) fn clipboard(&self) -> String {
        self.app.invoke_on_clipboard().into()
    }
}

/// The person before the window, among the members of sealed rooms.
pub(crate) const MYSELF: PeerId = PeerId(5_000);

/// A moment of 23 November 2026.
pub(crate) fn at(hour: u64, minute: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(DAY + hour * 3600 + minute * 60)
}

fn wall_clock(moment: SystemTime) -> LocalTime {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (day, second) = if seconds < DAY { (22, seconds + 86_400 - DAY) } else { (23, seconds - DAY) };
    let small = |number: u64| u8::try_from(number).unwrap_or(0);
    LocalTime { year: 2026, month: 11, day, hour: small(second / 3600 % 24), minute: small(second / 60 % 60) }
}

/// Midnight of 23 November 2026.
const DAY: u64 = 1_795_392_000;
