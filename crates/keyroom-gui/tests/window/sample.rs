//! Two rooms with people and things said in them, as an engine would tell.

use std::sync::Arc;

use keyroom_client::inspect::{
    Author, Connected, Entered, EpochChange, RoomReport, RoomState, Seat, who_sees,
};
use keyroom_client::testing::{StagedHistory, kept_room, session, staged_envelope, staged_token};
use keyroom_client::{
    Body, Code, Command, Connection, DEFAULT_PACE, Details, EarlierText, EnterBy, Event, Found, FoundIn,
    History, HostOptions, JoinOptions, Knock, KnockId, LastLine, Listen, Message, MessageId, MessageState,
    Nearby, NearbyRoom, Network, Notice, Opened, PeerId, Person, Position, Reaction, RoomEvent, RoomId,
    RoomSummary, Roster, RosterDoor, RosterMember, SealedJoinOptions, SendFailure, Sender, Stage as Far,
    member_code,
};
use keyroom_types::{
    Address, DoorSeeds, IdentityKey, Invite, Key, KeyPin, Label, LogKey, Place, SealedInvite, Timestamp,
};
use keyroom_view::Input;

use crate::stage::{MYSELF, Stage, at};

pub(crate) const KEY: &str = "rA1D7l8f6T6KzG9kJvQ1F8x6A0sKzvQfVJ1M_6Z3m8E=";

/// Opens *Garden project* with three guests and a conversation, and joins *Physics 9b* beside it.
pub(crate) fn rooms(stage: &Stage) -> RoomId {
    let physics = join(stage, "Physics 9b");
    say(stage, physics, 1, Sender::Peer(PeerId(900)), "exercise 4 is open", MessageState::Received);
    let garden = host(stage, "Garden project");
    for (peer, name) in [(1, "Anna"), (2, "Bo"), (3, "Cleo")] {
        come(stage, garden, peer, name);
    }
    say(
        stage,
        garden,
        31,
        Sender::Peer(PeerId(1)),
        "Shall we plant on Saturday? I can bring the tools and two more pairs of gloves.",
        MessageState::Received,
    );
    say(
        stage,
        garden,
        36,
        Sender::Peer(PeerId(3)),
        "Yes! At nine, before it gets hot.",
        MessageState::Received,
    );
    say(
        stage,
        garden,
        40,
        Sender::Me,
        "Nine is fine. Here is the plan of the beds:\nbeans at the wall, salad in front.",
        MessageState::Sent { to: 3 },
    );
    note(stage, garden, 41, Notice::NotOpened(PeerId(3), 2));
    say(stage, garden, 42, Sender::Peer(PeerId(2)), "the seeds came today 🌱", MessageState::Received);
    say(stage, garden, 43, Sender::Me, "Great, then nothing can go wrong.", MessageState::Sent { to: 3 });
    say(
        stage,
        garden,
        44,
        Sender::Me,
        "Are you still there?",
        MessageState::Failed(SendFailure::ConnectionLost),
    );
    stage.handle(Input::PickRoom(garden));
    garden
}

/// Hosts a room; it is on the screen then.
pub(crate) fn host(stage: &Stage, name: &str) -> RoomId {
    stage.face.handle(Input::Host(HostOptions {
        name: label(name),
        me: label("Djamila"),
        key: None,
        listen: Listen::Everywhere,
        announce: true,
        pace: DEFAULT_PACE,
    }));
    let room = stage
        .asked()
        .into_iter()
        .find_map(|command| if let Command::Host { room, .. } = command { Some(room) } else { None })
        .expect("the view asks the engine to host");
    let address: Address = "192.168.1.23:9999".parse().expect("an address");
    stage.room_event(
        room,
        RoomEvent::Opened(Opened {
            invite: Invite::fernet(vec![address.clone()], Key::parse(KEY).expect("a key"))
                .expect("an invite"),
            listening: vec!["0.0.0.0:9999".parse().expect("an address")],
            addresses: vec![address],
            taken_port: None,
            announced: true,
        }),
    );
    stage.room_event(room, RoomEvent::Connection(Connection::Hosting));
    stage.settle();
    room
}

/// Joins a room; it is on the screen then.
pub(crate) fn join(stage: &Stage, name: &str) -> RoomId {
    let address: Address = "192.168.1.40:9999".parse().expect("an address");
    stage.face.handle(Input::Join(JoinOptions {
        name: label(name),
        me: label("Djamila"),
        addresses: vec![address.clone()],
        key: Key::parse(KEY).expect("a key"),
        pace: DEFAULT_PACE,
    }));
    let room = stage
        .asked()
        .into_iter()
        .find_map(|command| if let Command::Join { room, .. } = command { Some(room) } else { None })
        .expect("the view asks the engine to join");
    person(stage, room, 900, "host");
    stage.room_event(room, RoomEvent::Connection(Connection::Connected { address }));
    stage.settle();
    room
}

/// A link to a sealed room.
pub(crate) fn sealed_link() -> String {
    Invite::from(sealed_invite()).show().to_string()
}

fn sealed_invite() -> SealedInvite {
    let address = "192.168.1.23:9999".parse().expect("an address");
    SealedInvite {
        place: Place::pinned(vec![address], vec![KeyPin::from_bytes([1; 32])]).expect("a place"),
        room: keyroom_types::RoomId::from_bytes([7; 16]),
        log: Some(LogKey::from_bytes([2; 32])),
        by: Some(IdentityKey::from_bytes([3; 32])),
        until: Some(Timestamp::from_millis(1_796_000_000_000)),
        memory: true,
        key: Key::parse(KEY).expect("a key"),
    }
}

/// Enters *Blue kitchen*, a sealed room, with a conversation; it is on the screen then.
pub(crate) fn sealed(stage: &Stage) -> RoomId {
    let room = knock(stage);
    let id = keyroom_types::RoomId::from_bytes([7; 16]);
    stage.room_event(room, RoomEvent::Entered { room: id, name: label("Blue kitchen") });
    let myself = Person { peer: MYSELF, label: label("Djamila"), here: true, address: None };
    stage.room_event(room, RoomEvent::Person(myself));
    person(stage, room, 1, "Anna");
    person(stage, room, 2, "Bo");
    note(stage, room, 20, Notice::Joined(MYSELF));
    note(stage, room, 21, Notice::Confirmed(PeerId(1)));
    say(stage, room, 31, Sender::Peer(PeerId(1)), "Shall we cook on Saturday?", MessageState::Received);
    person(stage, room, 3, "Cleo");
    note(stage, room, 33, Notice::Joined(PeerId(3)));
    say(stage, room, 36, Sender::Peer(PeerId(3)), "Yes! I bring the bread.", MessageState::Received);
    say(stage, room, 40, Sender::Me, "Saturday is fine.", MessageState::Delivered);
    note(stage, room, 41, Notice::Removed { who: PeerId(2), by: PeerId(1) });
    let bo = Person { peer: PeerId(2), label: label("Bo"), here: false, address: None };
    stage.room_event(room, RoomEvent::Person(bo));
    say(stage, room, 43, Sender::Me, "Great, then nothing can go wrong.", MessageState::Stored);
    let full = MessageState::Failed(SendFailure::Relay(Code::DiskFull));
    say(stage, room, 44, Sender::Me, "Who has the key of the cellar?", full);
    stage.room_event(room, RoomEvent::Connection(Connection::Confirmed));
    stage.room_event(room, RoomEvent::Connection(Connection::Online));
    stage.settle();
    room
}

/// The same room as one who looks after it, with what people did about messages; gives where *Shall we cook* stands, an own
/// answer to it, and where that stands.
pub(crate) fn lively(stage: &Stage) -> (RoomId, Position, Position) {
    let room = sealed(stage);
    stage.history.gather(room, roster());
    let (asked, answer) = (Position(2), Position(5));
    let by = |peer, emoji: &str| Reaction { by: Sender::Peer(PeerId(peer)), emoji: emoji.into() };
    let mut details = Details::default();
    details.reactions = vec![by(3, "👍"), by(2, "👍"), Reaction { by: Sender::Me, emoji: "🎉".into() }];
    lay(stage, room, asked, details);
    let mut details = Details::default();
    details.reply = Some(Some(asked));
    details.edited = true;
    details.earlier = vec![EarlierText { text: "Sunday is fine.".into(), until: at(10, 41) }];
    details.seen_by = vec![PeerId(1), PeerId(3)];
    lay(stage, room, answer, details);
    let gone = say(stage, room, 44, Sender::Peer(PeerId(3)), "oops", MessageState::Received);
    let mut details = Details::default();
    details.gone = true;
    lay(stage, room, gone, details);
    // Whoever comes makes the window ask who is there.
    person(stage, room, 3, "Cleo");
    stage.settle();
    (room, asked, answer)
}

/// *Reading group*, a room in which people format what they say; gives where a link stands whose host is not what it looks like.
pub(crate) fn formatted(stage: &Stage) -> Position {
    let room = sealed_room(stage, "Reading group");
    for (peer, name) in [(1, "Anna"), (2, "Bo"), (3, "Anton"), (4, "Zed")] {
        person(stage, room, peer, name);
    }
    let said = |minute, peer, text: &str| {
        say(stage, room, minute, Sender::Peer(PeerId(peer)), text, MessageState::Received)
    };
    said(
        31,
        1,
        "For **Saturday**, please:\n- read *chapter 3*, at least to `fn main`\n- bring ***one*** question\n  - or two\n1. nine o’clock sharp",
    );
    said(
        33,
        2,
        "> nine o’clock sharp\nGladly. This is the part I mean:\n```\nfn main() {\n    println!(\"hello\");\n}\n```",
    );
    let link = said(
        36,
        3,
        "@Djamila, is it https://аррӏе.com/books or https://doc.rust-lang.org/book/ch03-00.html?",
    );
    said(38, 2, "**שלום** לכולם, ראו https://example.org/דף");
    say(
        stage,
        room,
        40,
        Sender::Me,
        "The **second** one: see https://doc.rust-lang.org/book and\n- `cargo new`\n- @Anna has the *printed* one",
        MessageState::Delivered,
    );
    let spam = said(42, 4, "BUY NOW");
    stage.handle(Input::OpenMenu(spam));
    stage.handle(Input::MenuDo(keyroom_view::MenuAction::Mute));
    said(43, 1, "plain again, 2 * 3 * 4 = 24 and snake_case");
    stage.settle();
    link
}

/// A sealed room of this name, entered and on the screen.
fn sealed_room(stage: &Stage, name: &str) -> RoomId {
    let room = knock(stage);
    let id = keyroom_types::RoomId::from_bytes([7; 16]);
    stage.room_event(room, RoomEvent::Entered { room: id, name: label(name) });
    let myself = Person { peer: MYSELF, label: label("Djamila"), here: true, address: None };
    stage.room_event(room, RoomEvent::Person(myself));
    stage.room_event(room, RoomEvent::Connection(Connection::Confirmed));
    stage.room_event(room, RoomEvent::Connection(Connection::Online));
    room
}

fn lay(stage: &Stage, room: RoomId, position: Position, details: Details) {
    stage.history.lay(room, position, details);
    stage.room_event(room, RoomEvent::Changed { position });
}

fn roster() -> Roster {
    let code = |byte| member_code(&IdentityKey::from_bytes([byte; 32]));
    let member = |peer, name: &str, byte, verified| RosterMember {
        peer,
        name: name.to_owned(),
        code: code(byte),
        admin: peer == MYSELF,
        me: peer == MYSELF,
        unclear: false,
        verified,
    };
    Roster {
        code: Some(code(9)),
        epoch: 12,
        name: "Blue kitchen".to_owned(),
        approval: false,
        open: true,
        lifetime: None,
        members: vec![
            member(MYSELF, "Djamila", 4, false),
            member(PeerId(1), "Anna", 1, true),
            member(PeerId(3), "Cleo", 3, false),
        ],
        knocks: Vec::new(),
        doors: Vec::new(),
    }
}

/// The same room, with a door beside its own key; its sheet can be shown.
pub(crate) fn doors(stage: &Stage) -> RoomId {
    let (room, ..) = lively(stage);
    let door = |byte: u8, key: Key, main: bool| RosterDoor {
        id: DoorSeeds::of(&key).id,
        expires: (!main).then(|| at(18, 0)),
        uses: (!main).then_some(5),
        used: u32::from(byte),
        key: Some(key),
        main,
    };
    let doors =
        vec![door(2, Key::parse(KEY).expect("a key"), true), door(1, Key::from_bytes([9; 32]), false)];
    stage.history.gather(room, Roster { doors, ..roster() });
    stage.room_event(room, RoomEvent::NewKey);
    stage.settle();
    room
}

/// A room of the profile with a message about seeds, which a search finds.
pub(crate) fn found(stage: &Stage) {
    let id = keyroom_types::RoomId::from_bytes([8; 16]);
    stage.history.keep(vec![kept_room(id, "Community garden", Far::Member)]);
    stage.handle(Input::WindowOpened);
    let text =
        "I ordered more seeds for the north bed: they come on Thursday, and we can sow them on the weekend";
    stage.history.finds(vec![Found {
        room: FoundIn::Kept(id),
        position: Position(3),
        at: at(9, 12),
        from: Sender::Peer(PeerId(4)),
        name: "Mira".into(),
        text: text.into(),
        marks: std::iter::once(15..20).collect(),
    }]);
}

/// *Garden project* with the bytes of *the seeds came today*, which is the newest message; gives where that stands.
pub(crate) fn captured(stage: &Stage) -> (RoomId, Position) {
    let room = rooms(stage);
    stage.handle(Input::Back);
    let text = "the seeds came today 🌱";
    let said = say(stage, room, 44, Sender::Peer(PeerId(2)), text, MessageState::Received);
    let key = Key::parse(KEY).expect("a key");
    let made =
        at(10, 44).duration_since(std::time::SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    stage.history.keep_wire(room, said, at(10, 44), &staged_token(&key, text, made + 9));
    (room, said)
}

/// *Blue kitchen* with the bytes of *Shall we cook*, a ciphertext of that many, and what the inspector says of the room.
pub(crate) fn captured_sealed(stage: &Stage, bytes: usize) -> (RoomId, Position) {
    let (room, asked, _) = lively(stage);
    let made =
        at(10, 31).duration_since(std::time::SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let id = keyroom_types::RoomId::from_bytes([7; 16]);
    stage.history.capture(room, asked, staged_envelope(&id, made * 1_000, bytes, true));
    stage.history.report(room, report(made * 1_000));
    (room, asked)
}

fn report(now_ms: u64) -> RoomReport {
    let identity = |byte| IdentityKey::from_bytes([byte; 32]);
    let seat = |leaf: u32, name: &str, entrance| Seat {
        leaf,
        peer: PeerId(leaf.into()),
        name: name.to_owned(),
        code: member_code(&identity(1)),
        entrance,
        admin: leaf == 0,
        me: leaf == 2,
    };
    let author = |name: &str| Author { identity: identity(1), leaf: 1, name: name.to_owned() };
    let change = |epoch, minutes: u64, by, removed: Option<&str>, is_entry| EpochChange {
        seq: epoch,
        at_ms: now_ms - minutes * 60_000,
        epoch,
        by: Some(author(by)),
        is_entry,
        joined: Vec::new(),
        removed: removed.map(author).into_iter().collect(),
        rules: false,
    };
    let state = RoomState::Sealed { session: Some(session()), hybrid: true, approval: false, doors: 1 };
    RoomReport {
        who: who_sees(&state),
        connected: Connected {
            session: Some(session()),
            pins: vec!["5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".to_owned()],
            suite: Some("MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519"),
            epoch: Some(12),
            healed_ms: now_ms,
            doors: 1,
            approval: false,
            code: Some(member_code(&identity(9))),
        },
        seats: vec![
            seat(0, "Anna", Entered::Founded),
            seat(2, "Djamila", Entered::ByDoor),
            seat(3, "Cleo", Entered::ByDoor),
        ],
        tree: vec![true, true, false, true, true, true, true],
        epochs: vec![
            change(9, 30, "Djamila", None, true),
            change(10, 20, "Cleo", None, true),
            change(11, 10, "Anna", Some("Bo"), false),
            change(12, 1, "Djamila", None, false),
        ],
    }
}

/// Somebody asks to be let in.
pub(crate) fn knocks(stage: &Stage, room: RoomId) -> KnockId {
    let id = KnockId(7);
    let code = member_code(&IdentityKey::from_bytes([5; 32]));
    let knock = Knock { id, name: label("Dan"), peer: PeerId(5), code, at: at(10, 43) };
    stage.room_event(room, RoomEvent::Knocks(vec![knock]));
    stage.settle();
    id
}

/// A profile with three rooms.
pub(crate) fn profile() -> StagedHistory {
    let history = StagedHistory::new();
    let room =
        |byte: u8, name: &str, stage| kept_room(keyroom_types::RoomId::from_bytes([byte; 16]), name, stage);
    let said = |minute, name: &str, text: &str| {
        Some(LastLine::message(at(10, minute), Sender::Peer(PeerId(1)), name, Some(text)))
    };
    history.keep(vec![
        RoomSummary {
            hosted: true,
            last: said(42, "Bo", "the seeds came today 🌱"),
            ..room(1, "Garden project", Far::Member)
        },
        RoomSummary {
            unread: 3,
            last: said(31, "Ms Ito", "exercise 4 is open"),
            ..room(2, "Physics 9b", Far::Member)
        },
        RoomSummary { last: said(5, "Cleo", "bye"), ..room(3, "Choir", Far::Removed) },
    ]);
    history
}

/// Begins to enter a sealed room by its link.
pub(crate) fn knock(stage: &Stage) -> RoomId {
    let options = SealedJoinOptions { me: label("Djamila"), by: EnterBy::Invite(sealed_invite()) };
    stage.face.handle(Input::JoinSealed(Box::new(options)));
    let asked = stage.asked().into_iter().find_map(|command| match command {
        Command::JoinSealed { room, .. } => Some(room),
        _ => None,
    });
    asked.expect("the view asks the engine to join")
}

/// This computer is on a Wi-Fi and in a private network.
pub(crate) fn networks(stage: &Stage) {
    let network = |address: &str, interface: &str| Network {
        address: address.parse().expect("an address"),
        interface: interface.to_owned(),
    };
    let networks = vec![network("192.168.1.23", "wlp3s0"), network("10.8.0.2", "tun0")];
    stage.handle(Input::Engine(Event::Networks(networks)));
}

/// A room that shows itself on the network.
pub(crate) fn nearby(stage: &Stage) {
    let addresses = vec!["192.168.1.23:9999".parse().expect("an address")];
    stage.handle(Input::Engine(Event::Nearby(Nearby::Looking(vec![NearbyRoom { addresses, ours: false }]))));
}

pub(crate) fn come(stage: &Stage, room: RoomId, peer: u64, name: &str) {
    person(stage, room, peer, name);
    note(stage, room, 30, Notice::Joined(PeerId(peer)));
}

pub(crate) fn say(
    stage: &Stage,
    room: RoomId,
    minute: u64,
    from: Sender,
    text: &str,
    state: MessageState,
) -> Position {
    let id = MessageId::Token([u8::try_from(minute % 256).unwrap_or(0); 32]);
    append(stage, room, minute, Body::Message(Message { id, from, text: Arc::from(text), state }))
}

fn note(stage: &Stage, room: RoomId, minute: u64, notice: Notice) {
    append(stage, room, minute, Body::Notice(notice));
}

fn append(stage: &Stage, room: RoomId, minute: u64, body: Body) -> Position {
    let position = stage.history.append(room, at(10, minute), body).expect("memory takes it");
    stage.room_event(room, RoomEvent::Appended { first: position, last: position });
    position
}

fn person(stage: &Stage, room: RoomId, peer: u64, name: &str) {
    let port = u16::try_from(50_000 + peer).unwrap_or(50_000);
    let address = Some((std::net::Ipv4Addr::new(192, 168, 1, 30), port).into());
    let person = Person { peer: PeerId(peer), label: label(name), here: true, address };
    stage.history.set_person(room, person.clone()).expect("memory takes it");
    stage.room_event(room, RoomEvent::Person(person));
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}
