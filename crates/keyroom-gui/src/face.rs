//! The window's one loop: what a person does and what the engine says goes into the view, and what the view
//! wants goes to Slint, the engine and the clipboard.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use keyroom_client::{Command, KnockId, PeerId, Position, RoomId};
use keyroom_view::markup::WebAddress;
use keyroom_view::{
    App as View, Changes, Effect, FieldText, Focus, Input, InspectorView, Language, Note, PageView,
    RoomScreen, Row, RowChange, Screen, ScrollTo, words,
};
use slint::{ComponentHandle, Global, ModelRc, Timer};

use crate::fields::Fields;
use crate::inspector::{Look, Workshop};
use crate::opener::{self, Opener};
use crate::present::Drawn;
use crate::rows::Rows;
use crate::turns::Turns;
use crate::{present, ui};

/// Where the face's commands go.
pub type ToEngine = Box<dyn Fn(Command)>;

/// Where what the desktop is told goes; `None` takes back what it was told of a room.
pub type ToDesktop = Box<dyn Fn(RoomId, Option<Note>)>;

/// The time, for the view.
pub type Clock = Box<dyn Fn() -> SystemTime>;

/// A window and the view behind it.
pub struct Face {
    ui: slint::Weak<ui::App>,
    view: RefCell<View>,
    engine: ToEngine,
    desktop: ToDesktop,
    now: Clock,
    rows: Rc<Rows>,
    drawn: Drawn,
    fields: RefCell<Fields>,
    rooms: RefCell<Vec<RoomId>>,
    peers: RefCell<Vec<Option<PeerId>>>,
    form: Cell<Option<std::mem::Discriminant<Screen>>>,
    turns: Turns<Input>,
    /// The language that the markup's own words are in.
    spoken: Cell<Option<Language>>,
    /// Place of the first row in sight.
    top: Cell<Option<i32>>,
    tick: Timer,
    clear: Timer,
    /// What is on the clipboard and must not stay there.
    secret: RefCell<Option<FieldText>>,
    look: Look,
    workshop: Workshop,
    opener: RefCell<Opener>,
}

impl Face {
    /// Connects a window to its view. Nothing is drawn before the first [`handle`](Self::handle).
    ///
    /// `map_emoji` says that the renderer draws outlines only.
    pub fn new(
        ui: &ui::App,
        view: View,
        engine: ToEngine,
        desktop: ToDesktop,
        now: Clock,
        map_emoji: bool,
    ) -> Rc<Self> {
        let rows = Rc::new(Rows::new(map_emoji));
        ui::Room::get(ui).set_rows(ModelRc::from(rows.clone()));
        let face = Rc::new(Self {
            ui: ui.as_weak(),
            view: RefCell::new(view),
            engine,
            desktop,
            now,
            rows,
            drawn: Drawn { outlines: map_emoji },
            fields: RefCell::default(),
            rooms: RefCell::default(),
            peers: RefCell::default(),
            form: Cell::new(None),
            turns: Turns::default(),
            spoken: Cell::new(None),
            top: Cell::new(None),
            tick: Timer::default(),
            clear: Timer::default(),
            secret: RefCell::default(),
            look: Look::default(),
            workshop: Workshop::default(),
            opener: RefCell::new(Box::new(opener::open)),
        });
        crate::fonts::use_code_font();
        crate::wire::connect(ui, &face);
        face
    }

    /// Takes something that happened, draws what follows and does what is asked.
    pub fn handle(self: &Rc<Self>, input: Input) {
        let done = self.turns.take(input, |input| {
            let (effects, changes) = {
                let mut view = self.view.borrow_mut();
                (view.handle((self.now)(), input), view.take_changes())
            };
            self.draw(changes);
            effects.into_iter().for_each(|effect| self.perform(effect));
        });
        if done {
            self.wait_for_tick();
        }
    }

    /// Gives web addresses to this in place of the system's program: for tests. It tells whether that took it.
    pub fn open_links_with(&self, opener: Opener) {
        *self.opener.borrow_mut() = opener;
    }

    /// The rows of the timeline, as Slint has them.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// For tests: what other threads do is done on this one, at once, and files go into that folder.
    pub fn work_here(&self, folder: std::path::PathBuf) {
        self.workshop.work_here(folder);
    }

    /// What the inspector shows row by row.
    pub(crate) fn look(&self) -> &Look {
        &self.look
    }

    /// What the inspector shows.
    pub(crate) fn inspector(&self) -> Option<InspectorView> {
        self.view.borrow().inspector()
    }

    /// The field that the inspector points at.
    pub(crate) fn pointed(&self) -> Option<usize> {
        match self.inspector()?.content {
            PageView::Message(page) => page.pointed,
            _ => None,
        }
    }

    /// The line at this place of the timeline, if it is one that can be looked at.
    pub(crate) fn position_at(&self, place: i32) -> Option<Position> {
        match self.rows.row(place)? {
            Row::Message(message) => Some(message.position),
            Row::Notice(notice) | Row::Warning(notice) => Some(notice.position),
            Row::Day(_) | Row::Unread(_) => None,
        }
    }

    /// Other threads are done with something.
    pub(crate) fn take_work(self: &Rc<Self>) {
        self.workshop.take().into_iter().for_each(|done| self.handle(Input::Inspect(done)));
    }

    /// The room at this place of the list at the left.
    pub(crate) fn room_at(&self, place: i32) -> Option<RoomId> {
        self.rooms.borrow().get(usize::try_from(place).ok()?).copied()
    }

    /// The person at this place of the list at the right; none for you.
    pub(crate) fn peer_at(&self, place: i32) -> Option<PeerId> {
        self.peers.borrow().get(usize::try_from(place).ok()?).copied().flatten()
    }

    /// What the screen shows of the room on it.
    pub(crate) fn room(&self) -> Option<RoomScreen> {
        match self.view.borrow().screen() {
            Screen::Room(room) => Some(*room),
            _ => None,
        }
    }

    /// Who asks at this place of the list.
    pub(crate) fn knock_at(&self, place: i32) -> Option<KnockId> {
        self.view.borrow().people().knocks.get(usize::try_from(place).ok()?).map(|knock| knock.id)
    }

    /// Whether this place of the list of people is one of theirs, and whose; `None` inside is you.
    pub(crate) fn person_at(&self, place: i32) -> Option<Option<PeerId>> {
        self.peers.borrow().get(usize::try_from(place).ok()?).copied()
    }

    /// Puts a text on the clipboard, and takes it off again after a time if it is still there.
    pub(crate) fn copy(self: &Rc<Self>, text: &FieldText, clear_after: Option<Duration>) {
        let Some(ui) = self.ui.upgrade() else { return };
        ui.invoke_put_on_clipboard((&**text).into());
        self.clear.stop();
        *self.secret.borrow_mut() = clear_after.map(|_| text.clone());
        let Some(after) = clear_after else { return };
        let face = Rc::downgrade(self);
        self.clear.start(slint::TimerMode::SingleShot, after, move || {
            if let Some(face) = face.upgrade() {
                face.take_secret_back();
            }
        });
    }

    /// Takes a copied secret off the clipboard, if it is still there: when its time is over, and when the window closes.
    pub fn take_secret_back(&self) {
        let (Some(secret), Some(ui)) = (self.secret.take(), self.ui.upgrade()) else { return };
        if ui.invoke_on_clipboard().as_str() == &*secret {
            // An empty text would leave the clipboard as it is.
            ui.invoke_put_on_clipboard(" ".into());
        }
        ui.invoke_empty_carrier();
    }

    /// The rows between these places are in sight.
    pub(crate) fn saw(self: &Rc<Self>, first: i32, last: i32) {
        self.top.set(Some(first));
        if let (Some(first), Some(last)) = (self.rows.index(first), self.rows.index(last)) {
            self.handle(Input::Visible { first, last });
        }
    }

    fn draw(&self, changes: Changes) {
        let Some(ui) = self.ui.upgrade() else { return };
        let view = self.view.borrow();
        if changes.shell {
            present::shell(&ui, &view.shell());
            present::looks(&ui, &view.looks());
            if self.spoken.replace(Some(words::language())) != Some(words::language()) {
                present::fill_words(&ui);
            }
        }
        if changes.rail {
            let tiles = view.rail();
            present::rail(&ui, &tiles, self.drawn);
            *self.rooms.borrow_mut() = tiles.iter().map(|tile| tile.room).collect();
        }
        if changes.screen {
            self.draw_screen(&ui, &view.screen());
        }
        if changes.search {
            present::search(&ui, view.search().as_ref(), &mut self.fields.borrow_mut(), self.drawn);
        }
        if changes.inspector {
            present::inspector(&ui, view.inspector().as_ref(), &self.look, self.drawn);
        }
        if changes.people {
            let people = view.people();
            present::people(&ui, &people, &mut self.fields.borrow_mut(), self.drawn);
            *self.peers.borrow_mut() = people.people.iter().map(|person| person.peer).collect();
        }
        if changes.rows.is_empty() {
            return;
        }
        let top = self.top.get().and_then(|place| self.rows.index(place));
        let comes_above = changes.rows.iter().any(|change| matches!(change, RowChange::Prepend(_)));
        changes.rows.into_iter().for_each(|change| self.rows.apply(change));
        if let (Some(0), true, Some(place)) = (top, comes_above, self.top.get()) {
            // Slint keeps its place for what comes above its first row in sight, but not where that is the very first.
            ui.invoke_timeline_to_row(place);
        }
        ui.invoke_timeline_report();
    }

    fn draw_screen(&self, ui: &ui::App, screen: &Screen) {
        let mut fields = self.fields.borrow_mut();
        let kind = std::mem::discriminant(screen);
        if self.form.replace(Some(kind)) != Some(kind) {
            fields.forget_all();
        }
        let shown = match screen {
            Screen::Start(start) => {
                present::start(ui, start);
                ui::Screen::Start
            }
            Screen::HostSetup(form) => {
                present::host(ui, form, &mut fields);
                ui::Screen::Host
            }
            Screen::Join(form) => {
                present::join(ui, form, &mut fields);
                ui::Screen::Join
            }
            Screen::Room(room) => {
                present::room(ui, room, &mut fields, self.drawn);
                ui::Screen::Room
            }
            Screen::Preferences(shown) => {
                present::preferences(ui, shown, &mut fields);
                ui::Screen::Preferences
            }
            Screen::About(about) => {
                present::about(ui, about);
                ui::Screen::About
            }
        };
        let sheet = if let Screen::Room(room) = screen { room.sheet.as_ref() } else { None };
        present::sheet(ui, sheet);
        let room = if let Screen::Room(room) = screen { Some(room) } else { None };
        present::menu(ui, room.and_then(|room| room.menu.as_ref()), self.drawn);
        present::card(ui, room.and_then(|room| room.card.as_ref()), self.drawn);
        present::settings(ui, room.and_then(|room| room.settings.as_ref()), &mut fields);
        ui::Ui::get(ui).set_screen(shown);
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        let Some(ui) = self.ui.upgrade() else { return };
        match effect {
            Effect::Engine(command) => (self.engine)(command),
            Effect::Copy { text, clear_after } => self.copy(&text, clear_after),
            Effect::Aside(job) => {
                let done = self.workshop.job(job, &self.ui);
                done.into_iter().for_each(|done| self.handle(Input::Inspect(done)));
            }
            Effect::Save(saving) => {
                let done = self.workshop.save(saving, &self.ui);
                done.into_iter().for_each(|done| self.handle(Input::Inspect(done)));
            }
            Effect::OpenLink(address) => self.open_link(&address),
            Effect::Cursor(at) => ui.invoke_place_cursor(i32::try_from(at).unwrap_or(0)),
            Effect::Focus(Focus::Field(field)) => ui.invoke_focus_field(crate::wire::field_box(field)),
            Effect::Focus(Focus::Row(row)) => ui.invoke_focus_row(self.rows.place(row)),
            Effect::Focus(Focus::Composer) => ui.invoke_focus_composer(),
            Effect::Scroll(ScrollTo::Bottom) => ui.invoke_timeline_to_end(),
            Effect::Scroll(ScrollTo::Row(row)) => {
                ui.invoke_timeline_to_row(self.rows.place(row));
            }
            Effect::Tell(note) => (self.desktop)(note.room, Some(note)),
            Effect::Untell(room) => (self.desktop)(room, None),
            Effect::Minimise => ui.window().set_minimized(true),
            Effect::Quit => {
                // Without a loop there is nothing to end.
                let _ = slint::quit_event_loop();
            }
            // Sheets and questions put the keyboard on their own first button.
            _ => {}
        }
    }

    fn open_link(&self, address: &WebAddress) {
        if !(self.opener.borrow())(address) {
            self.turns.add(Input::LinkNotOpened);
        }
    }

    fn wait_for_tick(self: &Rc<Self>) {
        let Some(due) = self.view.borrow().next_tick() else {
            self.tick.stop();
            return;
        };
        let wait = due.duration_since((self.now)()).unwrap_or(Duration::ZERO);
        let face = Rc::downgrade(self);
        // A millisecond later, so that the clock has surely reached it.
        self.tick.start(slint::TimerMode::SingleShot, wait + Duration::from_millis(1), move || {
            if let Some(face) = face.upgrade() {
                face.handle(Input::Tick);
            }
        });
    }
}
