//! The reducer: what happened goes in, what to do comes out, what to show can be read at any time.

mod act;
mod enter;
mod events;
mod go;
mod inspector;
mod kept;
mod links;
mod looks;
mod message;
mod models;
mod naming;
mod over;
mod sealed;
mod search;
mod sheet;
mod tell;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use keyroom_client::{Command, History, Nearby, Network, PeerId, Position, RoomId};
use keyroom_types::{DoorId, Label};

use crate::clock::{LocalClock, LocalTime};
use crate::effect::Effect;
use crate::forms::{FieldState, HostForm, JoinState};
use crate::input::{Field, Input, RoomKind};
use crate::inspector::Inspector;
use crate::markup::Target;
use crate::room::{Entering, Hosting, Room, Sheet, next_second};
use crate::row::{Row, RowChange};
use crate::timeline::{Look, Timeline};
use crate::words;

/// What an [`App`] is made with.
pub struct Options {
    /// What this person is called, prefilled in the forms; `None`: as the history says that it is preferred.
    pub me: Option<Label>,
    /// This person among the members of sealed rooms, as the engine names it.
    pub myself: Option<PeerId>,
    /// Where a relay in this process keeps the sealed rooms that it hosts; `None`: nothing is kept on disk.
    pub kept: Option<PathBuf>,
    /// Whether rooms may be looked for and shown on this network.
    pub discovery: bool,
    /// The clock on the wall.
    pub clock: LocalClock,
    /// The program's version, for *About*.
    pub version: String,
}

/// What forms need to know of the program.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) discovery: bool,
    pub(crate) kept: Option<&'a Path>,
    pub(crate) now: SystemTime,
    pub(crate) clock: &'a LocalClock,
    /// The networks that this computer is on.
    pub(crate) networks: &'a [Network],
}

/// Everything that the window shows, as a state machine: no toolkit, no clock, no I/O but the [`History`].
///
/// Hand in each [`Input`] with the time, do each [`Effect`], then draw what [`App::take_changes`] names.
pub struct App {
    history: Arc<dyn History>,
    options: Options,
    now: SystemTime,
    place: Place,
    /// Where *back* leads from a form or from *About*.
    came_from: Place,
    rooms: Vec<Room>,
    timeline: Option<Timeline>,
    sheet: Option<Sheet>,
    /// What lies over the room besides its key.
    over: Option<Over>,
    /// The message whose menu is open.
    menu: Option<Position>,
    /// What is looked at, over the room or beside it.
    inspector: Option<Inspector>,
    question: Option<Asked>,
    /// Where the link leads that the question is about: what was shown is what is opened, even if the message changes meanwhile.
    link: Option<Target>,
    rename: Option<Rename>,
    host_form: HostForm,
    join_form: JoinState,
    nearby: Nearby,
    networks: Vec<Network>,
    search: Option<search::Search>,
    telling: tell::Telling,
    /// The name in the preferences.
    my_name: FieldState,
    /// Since when rooms are looked for.
    looking: Option<SystemTime>,
    people_wanted: Option<bool>,
    left_shown: bool,
    window: Window,
    looks: looks::Chosen,
    /// The day that day lines were last made for: after midnight *today* is another day.
    drawn_on: Option<LocalTime>,
    changes: Changes,
    effects: Vec<Effect>,
}

/// Which parts are to be drawn again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// [`App::shell`].
    pub shell: bool,
    /// [`App::screen`].
    pub screen: bool,
    /// [`App::rail`].
    pub rail: bool,
    /// [`App::people`].
    pub people: bool,
    /// [`App::search`].
    pub search: bool,
    /// [`App::inspector`].
    pub inspector: bool,
    /// Steps from the timeline's rows as they were to what they are, in order.
    pub rows: Vec<RowChange>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Start,
    HostSetup,
    Join,
    Room(RoomId),
    About,
    Preferences,
}

/// What lies over a room.
enum Over {
    /// A person's code; `None`: this person's.
    Person(Option<PeerId>),
    /// The room's code.
    RoomCode,
    /// Its settings, with the new name.
    Settings(FieldState),
}

/// A question that waits for *yes* or *no*.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asked {
    CloseRoom(RoomId),
    LeaveForGood(RoomId),
    /// What [`App::link`] holds.
    OpenLink,
    Withdraw(Position),
    Remove(PeerId),
    CloseDoor(DoorId),
    Quit,
}

/// Somebody who is being renamed.
struct Rename {
    peer: PeerId,
    field: FieldState,
    error: String,
    /// The name that the engine was asked for.
    asked: Option<Label>,
}

struct Window {
    open: bool,
    active: bool,
    width: u32,
}

impl App {
    /// A window that is not open yet, on the start screen.
    pub fn new(history: Arc<dyn History>, mut options: Options) -> Self {
        if options.me.is_none() {
            let preferred = history.preference(Self::NAME_PREFERENCE).ok().flatten();
            options.me = preferred.and_then(|name| name.parse().ok());
        }
        let looks = looks::Chosen::of(&*history);
        words::speak(looks.language);
        let telling = tell::Telling::of(&*history);
        let me = own_name(&options).to_owned();
        let join_form = JoinState::new(&me, options.discovery);
        Self {
            history,
            options,
            now: SystemTime::UNIX_EPOCH,
            place: Place::Start,
            came_from: Place::Start,
            rooms: Vec::new(),
            timeline: None,
            sheet: None,
            over: None,
            menu: None,
            inspector: None,
            question: None,
            link: None,
            rename: None,
            host_form: HostForm::new(&me),
            join_form,
            nearby: Nearby::Off,
            networks: Vec::new(),
            search: None,
            telling,
            my_name: FieldState::with(me.as_str()),
            looking: None,
            people_wanted: None,
            left_shown: false,
            window: Window { open: false, active: true, width: 1180 },
            looks,
            drawn_on: None,
            changes: Changes::default(),
            effects: Vec::new(),
        }
    }

    /// Takes something that happened at `now`; gives what is to be done, in order.
    pub fn handle(&mut self, now: SystemTime, input: Input) -> Vec<Effect> {
        self.now = now;
        self.speak();
        self.dispatch(input);
        self.look_nearby();
        self.read_roster();
        std::mem::take(&mut self.effects)
    }

    /// Which parts changed since the last call.
    pub fn take_changes(&mut self) -> Changes {
        self.speak();
        if let Some(timeline) = &mut self.timeline {
            self.changes.rows.extend(timeline.take_changes());
        }
        std::mem::take(&mut self.changes)
    }

    /// The rows of the timeline on the screen, all of them. A face applies [`Changes::rows`] instead.
    pub fn rows(&self) -> Vec<Row> {
        self.speak();
        self.timeline.as_ref().map(Timeline::rows).unwrap_or_default()
    }

    /// When [`Input::Tick`] is due; `None` while nothing on the screen depends on time. Ask again after every input.
    pub fn next_tick(&self) -> Option<SystemTime> {
        let room = self.shown_room();
        let countdown = room.and_then(|room| next_second(room, self.now));
        let unsaved = |room: &&Room| {
            room.draft.unsaved || room.kept.as_ref().is_some_and(|kept| kept.to_mark.is_some())
        };
        let draft = room.filter(unsaved).map(|_| self.now + DRAFT_PAUSE);
        let copied = self.sheet.as_ref().and_then(Sheet::copied_until);
        let midnight = self.timeline.as_ref().map(|_| {
            let local = (self.options.clock)(self.now);
            let minutes = u64::from(local.hour) * 60 + u64::from(local.minute);
            self.now + Duration::from_secs(60 * (24 * 60_u64).saturating_sub(minutes).max(1))
        });
        let help =
            self.looking.filter(|&since| self.now < since + LOOK_PATIENCE).map(|since| since + LOOK_PATIENCE);
        let typing = room.and_then(|room| room.typing.iter().map(|(_, until)| *until).min());
        let search = self.search.as_ref().and_then(search::Search::due);
        [countdown, draft, copied, midnight, help, typing, search].into_iter().flatten().min()
    }

    fn dispatch(&mut self, input: Input) {
        match input {
            Input::Engine(event) => {
                self.engine(event);
                self.inspect_again();
            }
            Input::WindowOpened => {
                self.window.open = true;
                self.list_kept(true);
            }
            Input::Resized { width, .. } => self.resized(width),
            Input::WindowActive(active) => self.activated(active),
            Input::CloseWindow => self.close_window(),
            Input::Tick => self.tick(),
            Input::TextScale(step) => self.scale(step),
            Input::ChooseTextSize(place) => self.choose_scale(place),
            Input::ChooseLanguage(place) => self.choose_language(place),
            Input::ToggleContrast => self.toggle_contrast(),
            Input::SystemContrast(high) => self.system_contrast(high),
            Input::OpenStart => self.go(Place::Start),
            Input::OpenHostSetup => self.open_host_setup(),
            Input::OpenJoin => self.open_join(),
            Input::OpenAbout => self.go(Place::About),
            Input::OpenPreferences => self.open_preferences(),
            Input::ChooseNotify(notify) => self.choose_notify(notify),
            Input::OpenSearch { everywhere } => self.open_search(everywhere),
            Input::SearchEverywhere(everywhere) => self.search_everywhere(everywhere),
            Input::StepFound(by) => self.step_found(by),
            Input::SubmitSearch => self.submit_search(),
            Input::PickFound(place) => self.pick_found(place),
            Input::Back => self.back(),
            Input::PickRoom(room) => self.open_room(room),
            Input::PickNearby(place) => self.pick_nearby(place),
            Input::Edit { field, text } => self.edit(field, text),
            Input::ChooseKind(kind) => self.choose_kind(kind),
            Input::ChooseOnDisk(on) => {
                self.host_form.on_disk(on);
                self.changes.screen = true;
            }
            Input::ChooseListen(choice) => {
                self.host_form.listen(choice);
                self.changes.screen = true;
            }
            Input::ChooseAnnounce(on) => {
                self.host_form.announce(on);
                self.changes.screen = true;
            }
            Input::SubmitHost => self.submit_host(),
            Input::SubmitJoin => self.submit_join(),
            Input::Host(options) => self.host(Hosting::Fernet(Box::new(options))),
            Input::Join(options) => self.join(Entering::Fernet(Box::new(options))),
            Input::HostSealed(options) => self.host(Hosting::Sealed(options)),
            Input::JoinSealed(options) => self.join(Entering::Sealed(options)),
            Input::Confirm => self.confirm(),
            Input::Other => self.other(),
            in_room => self.act(in_room),
        }
    }

    fn tick(&mut self) {
        self.save_draft();
        self.mark_read();
        self.stop_typing();
        self.search_if_due();
        if self.sheet.as_mut().is_some_and(|sheet| sheet.tick(self.now)) {
            self.changes.screen = true;
        }
        if self.shown_room().is_some_and(|room| next_second(room, self.now).is_some())
            || self.looking.is_some()
        {
            self.changes.screen = true;
        }
        let today = self.local(self.now);
        if !self.drawn_on.is_some_and(|day| day.same_day(&today)) {
            self.drawn_on = Some(today);
            self.with_timeline(Timeline::refresh_all);
            self.changes.rail = true;
        }
    }

    /// Looks for rooms nearby only while they are shown: nobody else needs to hear that this computer looks.
    fn look_nearby(&mut self) {
        let wanted =
            self.options.discovery && self.window.open && matches!(self.place, Place::Start | Place::Join);
        if wanted != self.looking.is_some() {
            self.looking = wanted.then_some(self.now);
            self.engine_do(Command::LookNearby { on: wanted });
        }
    }

    fn choose_kind(&mut self, kind: RoomKind) {
        match self.place {
            Place::HostSetup => self.host_form.kind(kind),
            Place::Join => self.join_form.kind(kind),
            _ => return,
        }
        self.changes.screen = true;
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            discovery: self.options.discovery,
            kept: self.options.kept.as_deref(),
            now: self.now,
            clock: &self.options.clock,
            networks: &self.networks,
        }
    }

    fn engine_do(&mut self, command: Command) {
        self.effects.push(Effect::Engine(command));
    }

    fn redraw(&mut self) {
        self.changes.shell = true;
        self.changes.screen = true;
        self.changes.rail = true;
        self.changes.people = true;
    }

    fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    fn room_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.id == id)
    }

    fn shown_id(&self) -> Option<RoomId> {
        match self.place {
            Place::Room(id) => Some(id),
            _ => None,
        }
    }

    fn shown_room(&self) -> Option<&Room> {
        self.room(self.shown_id()?)
    }

    fn shown_room_mut(&mut self) -> Option<&mut Room> {
        self.room_mut(self.shown_id()?)
    }

    /// Does something with the timeline on the screen.
    fn with_timeline<T>(&mut self, change: impl FnOnce(&mut Timeline, &Look<'_>) -> T) -> Option<T> {
        let id = self.shown_id()?;
        let room = self.rooms.iter().find(|room| room.id == id)?;
        let timeline = self.timeline.as_mut()?;
        Some(change(timeline, &look(&*self.history, &self.options.clock, self.now, room)))
    }

    /// Hands what is written to the history, so that it is there when the room is opened again.
    fn save_draft(&mut self) {
        let Some(id) = self.shown_id() else { return };
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return };
        if room.draft.unsaved {
            // Where it cannot be kept it stays in memory, and the next change tries again.
            room.draft.unsaved = self.history.set_draft(id, room.draft.to_keep()).is_err() && room.is_open();
        }
    }

    fn edit(&mut self, field: Field, text: crate::FieldText) {
        match field {
            Field::RoomName | Field::HostMyName | Field::Port => self.host_form.edit(field, text),
            Field::Address | Field::Key | Field::JoinMyName => self.join_form.edit(field, text),
            Field::Search => return self.edit_search(text),
            Field::MyName => self.my_name.edit(text),
            Field::NewRoomName => {
                if let Some(Over::Settings(name)) = &mut self.over {
                    name.edit(text);
                }
            }
            Field::Rename => {
                if let Some(rename) = &mut self.rename {
                    rename.error.clear();
                    rename.field.edit(text);
                }
                self.changes.people = true;
                return;
            }
        }
        self.changes.screen = true;
    }
}

fn look<'a>(history: &'a dyn History, clock: &'a LocalClock, now: SystemTime, room: &'a Room) -> Look<'a> {
    Look {
        history,
        clock,
        today: clock(now),
        people: &room.people,
        me: &room.me,
        kind: room.kind(),
        held: room.sealed.stands_still(),
    }
}

fn own_name(options: &Options) -> &str {
    options.me.as_ref().map_or(words::YOUR_NAME_DEFAULT.text(), Label::as_str)
}

/// How long nothing may be found before it is said what to try.
const LOOK_PATIENCE: Duration = Duration::from_secs(4);
/// How long a person writes before the draft is kept.
const DRAFT_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
