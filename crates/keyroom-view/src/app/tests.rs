//! The reducer as a person meets it: what was done, what is shown, what is asked of the engine.

mod doors;
mod entry;
mod forms;
mod inspector;
mod kept;
mod links;
mod lists;
mod looks;
mod messages;
mod people;
mod rooms;
mod sealed;
mod search;
mod tell;
mod timeline;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use keyroom_client::testing::StagedHistory;
use keyroom_client::{
    Body, Command, Connection, Event, History as _, Message, MessageId, MessageState, Opened, PeerId, Person,
    Position, RoomEvent, RoomId, Sender,
};
use keyroom_types::{Invite, Key};

use super::*;
use crate::screen::{HostSetup, JoinForm, RoomScreen, Screen, Start, TextField};
use crate::{FieldText, LocalTime};

fn options() -> Options {
    Options {
        me: Some("Anna".parse().unwrap()),
        myself: Some(MYSELF),
        kept: None,
        discovery: true,
        clock: Box::new(utc),
        version: "0.1.0".to_owned(),
    }
}

/// A window with a person before it and an engine that says what the test lets it say.
struct Desk {
    app: App,
    history: Arc<StagedHistory>,
    now: SystemTime,
    effects: Vec<Effect>,
    mirror: Vec<Row>,
}

impl Desk {
    fn new() -> Self {
        Self::with(true)
    }

    fn with(discovery: bool) -> Self {
        Self::over(StagedHistory::new(), discovery)
    }

    /// A window over what a profile keeps.
    fn over(history: StagedHistory, discovery: bool) -> Self {
        let history = Arc::new(history);
        let app = App::new(history.clone(), Options { discovery, ..options() });
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3_600);
        let mut desk = Self { app, history, now, effects: Vec::new(), mirror: Vec::new() };
        desk.does(Input::WindowOpened);
        desk
    }

    /// Hands in an input, keeps its effects, and draws the rows as a face would.
    fn does(&mut self, input: Input) -> &mut Self {
        self.effects = self.app.handle(self.now, input);
        for change in self.app.take_changes().rows {
            change.apply(&mut self.mirror);
        }
        if self.app.timeline.is_some() {
            assert_eq!(self.mirror, self.app.rows());
        }
        self
    }

    fn types(&mut self, field: Field, text: &str) -> &mut Self {
        self.does(Input::Edit { field, text: text.into() })
    }

    fn hears(&mut self, room: RoomId, event: RoomEvent) -> &mut Self {
        self.does(Input::Engine(Event::Room { room, event }))
    }

    fn waits(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.does(Input::Tick)
    }

    fn commands(&self) -> Vec<&Command> {
        self.effects
            .iter()
            .filter_map(|effect| if let Effect::Engine(command) = effect { Some(command) } else { None })
            .collect()
    }

    fn copied(&self) -> Option<(&str, Option<Duration>)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Copy { text, clear_after } => Some((&**text, *clear_after)),
            _ => None,
        })
    }

    /// A room that this computer hosts, open and on the screen, with its sheet put away.
    fn hosts(&mut self) -> RoomId {
        self.does(Input::OpenHostSetup).does(Input::ChooseKind(RoomKind::Fernet));
        self.types(Field::RoomName, "Garden project").does(Input::SubmitHost);
        let room = self.asked_room();
        self.hears(room, RoomEvent::Opened(opened())).does(Input::Back);
        self.hears(room, RoomEvent::Connection(Connection::Hosting));
        room
    }

    /// A room that somebody else hosts, connected and on the screen.
    fn joins(&mut self) -> RoomId {
        self.does(Input::OpenJoin).does(Input::ChooseKind(RoomKind::Fernet));
        self.types(Field::Key, KEY).does(Input::SubmitJoin);
        let room = self.asked_room();
        let address = keyroom_types::Address::this_computer();
        self.hears(room, RoomEvent::Connection(Connection::Connected { address }));
        self.comes(room, 1, "host");
        room
    }

    fn asked_room(&self) -> RoomId {
        self.commands()
            .into_iter()
            .find_map(|command| match command {
                Command::Host { room, .. }
                | Command::Join { room, .. }
                | Command::HostSealed { room, .. }
                | Command::JoinSealed { room, .. } => Some(*room),
                _ => None,
            })
            .expect("a room was asked for")
    }

    fn comes(&mut self, room: RoomId, peer: u64, label: &str) -> &mut Self {
        self.hears(room, RoomEvent::Person(person(peer, label, true)))
    }

    /// Adds an entry as the engine does, and says so.
    fn adds(&mut self, room: RoomId, body: Body) -> Position {
        let position = self.history.append(room, self.now, body).unwrap();
        self.hears(room, RoomEvent::Appended { first: position, last: position });
        position
    }

    fn is_told(&mut self, room: RoomId, text: &str) -> Position {
        self.adds(room, message(Sender::Peer(PeerId(1)), text, MessageState::Received))
    }

    /// The last rows are in sight, or those further up.
    fn looks_at(&mut self, first: usize, last: usize) -> &mut Self {
        self.does(Input::Visible { first, last })
    }

    fn room(&self) -> RoomScreen {
        match self.app.screen() {
            Screen::Room(room) => *room,
            other => panic!("not a room: {other:?}"),
        }
    }

    fn start(&self) -> Start {
        match self.app.screen() {
            Screen::Start(start) => start,
            other => panic!("not the start: {other:?}"),
        }
    }

    fn host_setup(&self) -> HostSetup {
        match self.app.screen() {
            Screen::HostSetup(form) => form,
            other => panic!("not the host's form: {other:?}"),
        }
    }

    fn join_form(&self) -> JoinForm {
        match self.app.screen() {
            Screen::Join(form) => form,
            other => panic!("not the join form: {other:?}"),
        }
    }

    fn field(&self, field: Field) -> TextField {
        self.app.screen().field(field).expect("the screen has this field").clone()
    }
}

fn utc(at: SystemTime) -> LocalTime {
    let minutes = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 60;
    let number = |value: u64| u8::try_from(value).unwrap();
    LocalTime {
        year: 2026,
        month: 11,
        day: number(23 + minutes / 1_440),
        hour: number(minutes / 60 % 24),
        minute: number(minutes % 60),
    }
}

fn message(from: Sender, text: &str, state: MessageState) -> Body {
    Body::Message(Message { id: MessageId::Token([0; 32]), from, text: text.into(), state })
}

fn person(peer: u64, label: &str, here: bool) -> Person {
    let address: SocketAddr = "192.168.1.40:50000".parse().unwrap();
    Person { peer: PeerId(peer), label: label.parse().unwrap(), here, address: Some(address) }
}

fn opened() -> Opened {
    let addresses = vec!["192.168.1.23:9999".parse().unwrap()];
    Opened {
        invite: Invite::fernet(addresses.clone(), Key::parse(KEY).unwrap()).unwrap(),
        listening: vec!["0.0.0.0:9999".parse().unwrap()],
        addresses,
        taken_port: None,
        announced: true,
    }
}

/// The person before the window, among the members of sealed rooms.
const MYSELF: PeerId = PeerId(5_000);
const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const LINK: &str =
    "keyroom://10.0.0.7:9998,[fe80::1%2]:9998/?kind=fernet#cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

fn text(text: &str) -> FieldText {
    text.into()
}
