//! Opening the window and closing it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use keyroom_client::{Config, Engine, Event, StartError};
use keyroom_view::{App as View, Input, Language, Options};
use slint::winit_030::winit::event::WindowEvent;
use slint::winit_030::{EventResult, WinitWindowAccessor};
use slint::{CloseRequestResponse, ComponentHandle, Global};

use crate::face::Face;
use crate::renderer::{Renderer, high_contrast, theme};
use crate::{fonts, ui};

/// Opens the window, starts an engine behind it, and returns when the window is closed and every room is left.
///
/// `first` is handed to the view once the window is open: a room from the command line, for instance.
///
/// # Errors
///
/// [`RunError::NoWindow`] where there is no display or nothing can draw on it, [`RunError::NoEngine`] where the
/// engine does not start.
pub fn run(config: Config, options: Options, first: Vec<Input>) -> Result<(), RunError> {
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

    let spoken = Arc::new(Spoken::default());
    let history = config.history.clone();
    let myself = config.profile.as_ref().map(|profile| profile.myself());
    let options = Options { myself, ..options };
    let (speaker, window) = (spoken.clone(), app.as_weak());
    let engine = Engine::start(config, move |event| speaker.say(event, &window))?;
    let engine = Rc::new(RefCell::new(Some(engine)));
    let to_engine = engine.clone();
    let face = Face::new(
        &app,
        View::new(history, options),
        Box::new(move |command| {
            if let Some(engine) = &*to_engine.borrow() {
                engine.send(command);
            }
        }),
        Box::new(SystemTime::now),
        renderer == Renderer::Software,
    );
    let listener = face.clone();
    ui::Ui::get(&app).on_engine_spoke(move || {
        spoken.take().into_iter().for_each(|event| listener.handle(Input::Engine(event)));
    });
    let closing = face.clone();
    app.window().on_close_requested(move || {
        closing.handle(Input::CloseWindow);
        CloseRequestResponse::KeepWindowShown
    });

    tell_when_active(&app, &face);

    app.show()?;
    face.handle(Input::WindowOpened);
    face.handle(Input::SystemContrast(high_contrast()));
    first.into_iter().for_each(|input| face.handle(input));
    let ran = slint::run_event_loop_until_quit();
    face.take_secret_back();
    // The window goes first: what is pending is sent without it, for a bounded time.
    let hidden = app.hide();
    if let Some(engine) = engine.borrow_mut().take() {
        engine.shutdown();
    }
    ran?;
    hidden?;
    Ok(())
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

/// What the engine said on its own thread, until the window's thread listens.
#[derive(Default)]
struct Spoken {
    events: Mutex<VecDeque<Event>>,
    /// Whether the window's thread was woken and has not looked yet: one wake-up serves a whole burst.
    woken: AtomicBool,
}

impl Spoken {
    fn say(&self, event: Event, app: &slint::Weak<ui::App>) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
        if !self.woken.swap(true, Ordering::AcqRel) {
            // Fails only when the window is gone; then nobody listens.
            let _ = app.upgrade_in_event_loop(|app| ui::Ui::get(&app).invoke_engine_spoke());
        }
    }

    fn take(&self) -> VecDeque<Event> {
        self.woken.store(false, Ordering::Release);
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The view counts what comes in while another window is in front.
fn tell_when_active(app: &ui::App, face: &Rc<Face>) {
    let face = Rc::downgrade(face);
    app.window().on_winit_window_event(move |_, event| {
        if let WindowEvent::Focused(active) = *event {
            let face = face.clone();
            // Later, when Slint is done with the event.
            slint::Timer::single_shot(Duration::ZERO, move || {
                if let Some(face) = face.upgrade() {
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
