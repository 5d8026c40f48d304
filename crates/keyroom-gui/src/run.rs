//! Opening the window and closing it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use keyroom_client::{Config, Engine, Event, Profile, SharedProfile, StartError};
use keyroom_types::Label;
use keyroom_view::{App as View, Gate, GateInput, Input, Language, Options};
use slint::winit_030::winit::event::{ElementState, MouseButton, WindowEvent};
use slint::winit_030::{EventResult, WinitWindowAccessor};
use slint::{CloseRequestResponse, ComponentHandle, Global};

use crate::face::Face;
use crate::gate::{GateFace, Keeper, Vault};
use crate::notify::Notifier;
use crate::renderer::{Renderer, high_contrast, theme};
use crate::{fonts, ui};

/// Where the profile comes from.
pub enum Opening {
    /// It is open.
    Open(SharedProfile),
    /// The person is asked: for a passphrase, or, where there is no profile yet, what to keep.
    Ask(Vault),
}

/// What is handed to the view once a profile is open. It is told where a relay in this process keeps its rooms, and what this
/// person is called there.
pub type First = Box<dyn FnOnce(Option<PathBuf>, Option<Label>) -> Vec<Input>>;

/// Opens the window, starts an engine behind it, and returns when the window is closed and every room is left.
///
/// # Errors
///
/// [`RunError::NoWindow`] where there is no display or nothing can draw on it, [`RunError::NoEngine`] where the
/// engine does not start.
pub fn run(opening: Opening, options: Options, first: First) -> Result<(), RunError> {
    keyroom_view::words::speak(Language::of_environment(|name| std::env::var(name).ok()));
    let renderer = Renderer::choose();
    choose_backend(renderer)?;
    if renderer == Renderer::Software {
        fonts::use_outline_emoji();
    }
    // What a desktop groups windows and finds the icon by. Fails only where no window can open either.
    let _ = slint::set_xdg_app_id("keyroom");
    let app = ui::App::new()?;
    app.invoke_use_theme(theme());

    let me = options.me.clone();
    let session = Rc::new(Session {
        app: app.as_weak(),
        outlines: renderer == Renderer::Software,
        start: Cell::new(Some((options, first))),
        face: RefCell::default(),
        engine: RefCell::default(),
        failed: Cell::new(None),
    });
    let closing = session.clone();
    app.window().on_close_requested(move || {
        closing.close_window();
        CloseRequestResponse::KeepWindowShown
    });
    tell_when_active(&app, &session);

    let mut keeper = None;
    match opening {
        Opening::Open(profile) => {
            app.show()?;
            session.begin(profile);
        }
        Opening::Ask(vault) => {
            keeper = Some(ask(&app, &session, vault, me.as_ref()));
            app.show()?;
        }
    }
    let ran = slint::run_event_loop_until_quit();
    if let Some(keeper) = keeper {
        keeper.finish();
    }
    if let Some(face) = session.face.take() {
        face.take_secret_back();
    }
    // The window goes first: what is pending is sent without it, for a bounded time.
    let hidden = app.hide();
    if let Some(engine) = session.engine.take() {
        engine.shutdown();
    }
    ran?;
    hidden?;
    session.failed.take().map_or(Ok(()), |error| Err(error.into()))
}

/// Shows the gate; when a profile is open the rooms take its place.
fn ask(app: &ui::App, session: &Rc<Session>, vault: Vault, me: Option<&keyroom_types::Label>) -> Rc<Keeper> {
    let gate = if Profile::exists(&vault.folder) {
        Gate::locked(&vault.folder)
    } else {
        Gate::first(&vault.folder, me)
    };
    let keeper = Rc::new(Keeper::new(vault, app));
    let asked = keeper.clone();
    let face = GateFace::new(app, gate, Box::new(move |wanted| asked.obey(wanted)));
    let (session, keeps) = (session.clone(), keeper.clone());
    ui::Gate::get(app).on_answered(move || match keeps.take() {
        Some(Ok(profile)) => {
            face.close();
            session.begin(profile);
        }
        Some(Err(error)) => face.handle(GateInput::Failed(error)),
        None => {}
    });
    keeper
}

/// The rooms behind the window, once a profile is open.
struct Session {
    app: slint::Weak<ui::App>,
    /// Whether the renderer draws outlines only.
    outlines: bool,
    start: Cell<Option<(Options, First)>>,
    face: RefCell<Option<Rc<Face>>>,
    engine: RefCell<Option<Engine>>,
    failed: Cell<Option<StartError>>,
}

impl Session {
    fn begin(self: &Rc<Self>, profile: SharedProfile) {
        let (Some(app), Some((options, first))) = (self.app.upgrade(), self.start.take()) else { return };
        if let Err(error) = self.connect(&app, profile, options, first) {
            self.failed.set(Some(error));
            // Without a loop there is nothing to end.
            let _ = slint::quit_event_loop();
        }
    }

    fn connect(
        self: &Rc<Self>,
        app: &ui::App,
        profile: SharedProfile,
        options: Options,
        first: First,
    ) -> Result<(), StartError> {
        let spoken = Arc::new(Spoken::default());
        let relay = profile.relay_dir();
        let config = Config::with_profile(profile, options.discovery);
        let history = config.history.clone();
        let myself = config.profile.as_ref().map(|profile| profile.myself());
        let preferred = || history.preference(View::NAME_PREFERENCE).ok().flatten()?.parse().ok();
        let me = options.me.clone().or_else(preferred);
        let options = Options { me: me.clone(), myself, kept: relay.clone(), ..options };
        let (speaker, window) = (spoken.clone(), app.as_weak());
        *self.engine.borrow_mut() = Some(Engine::start(config, move |event| speaker.say(event, &window))?);
        let to_engine = Rc::downgrade(self);
        let clicked = spoken.clone();
        let window = app.as_weak();
        let notifier = Notifier::start(move |room| clicked.click(room, &window));
        let face = Face::new(
            app,
            View::new(history, options),
            Box::new(move |command| {
                if let Some(session) = to_engine.upgrade()
                    && let Some(engine) = &*session.engine.borrow()
                {
                    engine.send(command);
                }
            }),
            Box::new(move |room, note| notifier.tell(room, note)),
            Box::new(SystemTime::now),
            self.outlines,
        );
        let (listener, window) = (face.clone(), app.as_weak());
        ui::Ui::get(app).on_engine_spoke(move || {
            for said in spoken.take() {
                if let Said::Clicked(_) = &said
                    && let Some(app) = window.upgrade()
                {
                    bring_to_front(&app);
                }
                listener.handle(said.into());
            }
        });
        *self.face.borrow_mut() = Some(face.clone());
        face.handle(Input::WindowOpened);
        face.handle(Input::SystemContrast(high_contrast()));
        // Before there was a face nobody was told how large the window is. One that is just being opened has no size yet.
        let window = app.window();
        let size = window.size().to_logical(window.scale_factor());
        if size.width > 0.0 {
            face.handle(crate::wire::resized(size.width, size.height));
        }
        first(relay, me).into_iter().for_each(|input| face.handle(input));
        Ok(())
    }

    fn close_window(&self) {
        let face = self.face.borrow().clone();
        match face {
            Some(face) => face.handle(Input::CloseWindow),
            // At the gate nothing is lost.
            None => drop(slint::quit_event_loop()),
        }
    }
}

/// Ends [`run`] from any thread, as closing the window does, but without asking.
pub fn quit() {
    // Fails only when the window is not open yet or no more: then there is nothing to end.
    let _ = slint::invoke_from_event_loop(|| drop(slint::quit_event_loop()));
}

/// Why the window did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no display, or nothing can draw on it.
    #[error("the window cannot be opened: {0}")]
    NoWindow(#[from] slint::PlatformError),
    /// The engine behind it did not start.
    #[error(transparent)]
    NoEngine(#[from] StartError),
}

/// What was said on another thread.
enum Said {
    /// By the engine.
    Event(Event),
    /// A notification was clicked.
    Clicked(keyroom_client::RoomId),
}

impl From<Said> for Input {
    fn from(said: Said) -> Self {
        match said {
            Said::Event(event) => Self::Engine(event),
            Said::Clicked(room) => Self::PickRoom(room),
        }
    }
}

/// What was said on other threads, until the window's thread listens.
#[derive(Default)]
struct Spoken {
    said: Mutex<VecDeque<Said>>,
    /// Whether the window's thread was woken and has not looked yet: one wake-up serves a whole burst.
    woken: AtomicBool,
}

impl Spoken {
    fn say(&self, event: Event, app: &slint::Weak<ui::App>) {
        self.push(Said::Event(event), app);
    }

    fn click(&self, room: keyroom_client::RoomId, app: &slint::Weak<ui::App>) {
        self.push(Said::Clicked(room), app);
    }

    fn push(&self, said: Said, app: &slint::Weak<ui::App>) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push_back(said);
        if !self.woken.swap(true, Ordering::AcqRel) {
            // Fails only when the window is gone; then nobody listens.
            let _ = app.upgrade_in_event_loop(|app| ui::Ui::get(&app).invoke_engine_spoke());
        }
    }

    fn take(&self) -> VecDeque<Said> {
        self.woken.store(false, Ordering::Release);
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Somebody clicked on a notification.
fn bring_to_front(app: &ui::App) {
    app.window().set_minimized(false);
    app.window().with_winit_window(|window| window.focus_window());
}

/// The view counts what comes in while another window is in front; styled text must not take the mouse's other button.
fn tell_when_active(app: &ui::App, session: &Rc<Session>) {
    let session = Rc::downgrade(session);
    let window = app.as_weak();
    app.window().on_winit_window_event(move |_, event| {
        if let WindowEvent::MouseInput { state, button: MouseButton::Right, .. } = *event {
            let window = window.clone();
            let tell = move |down| {
                if let Some(app) = window.upgrade() {
                    ui::Ui::get(&app).set_right_button(down);
                }
            };
            match state {
                ElementState::Pressed => tell(true),
                // Later, when Slint has handed the release to whoever has the press.
                ElementState::Released => slint::Timer::single_shot(Duration::ZERO, move || tell(false)),
            }
        }
        if let WindowEvent::Focused(active) = *event {
            let session = session.clone();
            // Later, when Slint is done with the event.
            slint::Timer::single_shot(Duration::ZERO, move || {
                let face = session.upgrade().and_then(|session| session.face.borrow().clone());
                if let Some(face) = face {
                    face.handle(Input::WindowActive(active));
                }
            });
        }
        EventResult::Propagate
    });
}

fn choose_backend(renderer: Renderer) -> Result<(), slint::PlatformError> {
    let selector = slint::BackendSelector::new().backend_name("winit".into());
    match renderer {
        Renderer::Software => selector.renderer_name("software".into()).select(),
        // Unnamed, Slint tries OpenGL first and falls back to the software renderer where that fails.
        Renderer::OpenGl => selector.select(),
    }
}
