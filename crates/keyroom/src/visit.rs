//! Commands that go into a room of the profile for one thing, and leave.

use std::io::{self, Read as _, Write as _};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use keyroom_client::{
    Body, Change, Command, Connection, Engine, Event, History as _, Knock, Listen, MessageState, RoomEvent,
    RoomId, RoomRecord, RosterMember, Sender, SharedProfile, Stage, WishRefusal,
};
use keyroom_types::{Invite, text};

use crate::cli::{Global, KnockArgs, ListenArgs, RemoveArgs, RoomArgs, SendArgs};
use crate::failure::Failure;
use crate::plain::session::{Kind, Session, Setup};
use crate::plain::{self, Happening};
use crate::profile_rooms::find;
use crate::{ending, profile, sealed};

/// `keyroom invite`.
pub(crate) fn invite(global: &Global, args: &RoomArgs) -> Result<(), Failure> {
    let mut visit = Visit::begin(global, &args.room)?;
    let invite = visit.invite()?;
    print("", &invite)?;
    visit.leave();
    Ok(())
}

/// `keyroom remove`.
pub(crate) fn remove(global: &Global, args: &RemoveArgs) -> Result<(), Failure> {
    let mut visit = Visit::begin(global, &args.room.room)?;
    let roster = visit
        .profile
        .roster(&visit.record.room)
        .map_err(|error| Failure::failed(format!("The profile cannot be read: {error}. Try again.")))?;
    let member = member(&roster.map(|roster| roster.members).unwrap_or_default(), &args.member)?;
    let (room, gone) = (visit.room, member.peer);
    visit.engine.send(Command::Change { room, change: Change::Remove(gone) });
    visit.wait(|event, _| match event {
        RoomEvent::Person(person) if person.peer == gone && !person.here => Some(Ok(())),
        _ => None,
    })?;
    visit.invite = None;
    let invite = visit.invite()?;
    print(&format!("removed: {}\n", text::one_line(&member.name)), &invite)?;
    visit.leave();
    Ok(())
}

/// What an admin says to somebody who asks to be let in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Admit,
    Decline,
}

/// `keyroom admit` and `keyroom decline`.
pub(crate) fn answer(global: &Global, args: &KnockArgs, answer: Answer) -> Result<(), Failure> {
    let mut visit = Visit::begin(global, &args.room.room)?;
    if visit.knocks.is_none() {
        let admin = visit.profile.roster(&visit.record.room).ok().flatten();
        let admin = admin.is_some_and(|roster| roster.members.iter().any(|member| member.me && member.admin));
        if !admin {
            return Err(refused(&WishRefusal::NotAdmin));
        }
        visit.wait(|event, _| matches!(event, RoomEvent::Knocks(_)).then_some(Ok(())))?;
    }
    let knock = one_knock(visit.knocks.as_deref().unwrap_or_default(), &args.knock)?;
    let (room, id) = (visit.room, knock.id);
    let (change, done) = match answer {
        Answer::Admit => (Change::Admit(id), "admitted"),
        Answer::Decline => (Change::Decline(id), "declined"),
    };
    visit.engine.send(Command::Change { room, change });
    visit.wait(|event, _| match event {
        RoomEvent::Knocks(knocks) if knocks.iter().all(|knock| knock.id != id) => Some(Ok(())),
        _ => None,
    })?;
    print_line(&format!("{done}: {}\n", text::one_line(knock.name.as_str())))?;
    visit.leave();
    Ok(())
}

/// The one who asks by that name, or whose code or id begins so.
pub(crate) fn one_knock(knocks: &[Knock], wanted: &str) -> Result<Knock, Failure> {
    let digits = |text: &str| text.chars().filter(|ch| !ch.is_whitespace()).collect::<String>();
    let begins = |knock: &&Knock| {
        let wanted = digits(wanted);
        let tells = |text: String| digits(&text).starts_with(&wanted);
        !wanted.is_empty() && (tells(knock.code.to_string()) || tells(knock.id.to_string()))
    };
    let named: Vec<&Knock> = knocks.iter().filter(|knock| knock.name.as_str() == wanted).collect();
    let found = if named.is_empty() { knocks.iter().filter(begins).collect() } else { named };
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::failed(format!(
            "Nobody asks to be let in by the name or a code that begins with {}. keyroom members lists who asks.",
            text::one_line(wanted)
        ))),
        several => Err(Failure::failed(format!(
            "{} who ask could be meant by {}. Give the beginning of the code, or the id:{}",
            several.len(),
            text::one_line(wanted),
            several.iter().map(|knock| format!("\n  {}  {}", knock.code, knock.id)).collect::<String>()
        ))),
    }
}

/// `keyroom send`.
pub(crate) fn send(global: &Global, args: &SendArgs) -> Result<(), Failure> {
    let said = match args.text.as_deref() {
        Some(text) if text != "-" => text.to_owned(),
        _ => from_stdin()?,
    };
    let mut visit = Visit::begin(global, &args.room.room)?;
    let room = visit.room;
    visit.engine.send(Command::Send { room, text: said.clone(), split: None });
    let mut place = None;
    visit.wait(|event, engine| {
        let page = |from, count| engine.history().page(room, from, count).unwrap_or_default();
        match event {
            RoomEvent::SendRefused(refusal) => {
                return Some(Err(Failure::failed(format!("Not sent: {refusal}."))));
            }
            RoomEvent::Appended { first, last } if place.is_none() => {
                let count = usize::try_from(last.0 - first.0 + 1).unwrap_or(usize::MAX);
                place = page(*first, count).into_iter().find_map(|entry| match entry.body {
                    Body::Message(message) if message.from == Sender::Me && *message.text == *said => {
                        Some(entry.position)
                    }
                    _ => None,
                });
            }
            _ => {}
        }
        let entry = page(place?, 1).into_iter().next()?;
        let Body::Message(message) = entry.body else { return None };
        match message.state {
            MessageState::Stored | MessageState::Delivered => Some(Ok(())),
            MessageState::Failed(why) => Some(Err(Failure::failed(format!("Not sent: {why}.")))),
            _ => None,
        }
    })?;
    visit.leave();
    Ok(())
}

/// `keyroom listen`.
pub(crate) fn listen(global: &Global, args: &ListenArgs) -> Result<(), Failure> {
    let profile = profile::open(global)?;
    let record = open_room(&profile, &args.room.room)?;
    let history = keyroom_client::ProfileHistory::new(profile.clone());
    let (engine, happenings, happen) = plain::start(global, Some(profile))?;
    plain::leave_on_signal(&happen)?;
    let room = RoomId::fresh();
    history.is_sealed(room, record.room);
    let known = history.len(room).unwrap_or_default();
    let name = record.name.parse().unwrap_or_else(|_| crate::room::label("Room"));
    let kind = Kind::Listen { since: args.since, known };
    let setup = Setup {
        name,
        me: record.me.clone(),
        kind,
        split: None,
        verbose: global.verbose,
        remarks: Vec::new(),
    };
    engine.send(Command::OpenSealed { room, id: record.room, listen: place(&record) });
    Session::new(engine, room, setup).run(plain::face(args.json), &happenings, happen)
}

/// One room, open for a moment.
struct Visit {
    engine: Engine,
    happenings: Receiver<Happening>,
    profile: SharedProfile,
    record: RoomRecord,
    room: RoomId,
    online: bool,
    /// The newest invite that was told.
    invite: Option<Invite>,
    /// Who asks to be let in, once that was told.
    knocks: Option<Vec<Knock>>,
}

impl Visit {
    /// Opens the room and waits until nothing of it is missing.
    fn begin(global: &Global, wanted: &str) -> Result<Self, Failure> {
        let profile = profile::open(global)?;
        let record = open_room(&profile, wanted)?;
        let (engine, happenings, happen) = plain::start(global, Some(profile.clone()))?;
        plain::leave_on_signal(&happen)?;
        let room = RoomId::fresh();
        engine.send(Command::OpenSealed { room, id: record.room, listen: place(&record) });
        let mut visit =
            Self { engine, happenings, profile, record, room, online: false, invite: None, knocks: None };
        visit
            .wait(|event, _| matches!(event, RoomEvent::Connection(Connection::Online)).then_some(Ok(())))?;
        visit.online = true;
        Ok(visit)
    }

    /// Waits until `pick` answers; what ends the room, or takes too long, is a failure.
    fn wait<T>(
        &mut self,
        mut pick: impl FnMut(&RoomEvent, &Engine) -> Option<Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = match self.happenings.recv_timeout(left) {
                Ok(Happening::Engine(Event::Room { room, event })) if room == self.room => event,
                Ok(Happening::Stop) => return Err(Failure::failed("It was ended before it was done.")),
                Ok(_) => continue,
                Err(_) => {
                    return Err(Failure::failed(
                        "The room's relay did not settle it in time. It goes on when the room is open again.",
                    ));
                }
            };
            match &event {
                RoomEvent::Opened(opened) => self.invite = Some(opened.invite.clone()),
                RoomEvent::Invite(invite) => self.invite = Some(invite.clone()),
                RoomEvent::Knocks(knocks) => self.knocks = Some(knocks.clone()),
                RoomEvent::Closed(reason) => return Err(ending::of(reason)),
                RoomEvent::WishRefused(refusal) => return Err(refused(refusal)),
                RoomEvent::Connection(Connection::NotConnected(error)) if !self.online => {
                    return Err(ending::not_connected(error));
                }
                _ => {}
            }
            if let Some(picked) = pick(&event, &self.engine) {
                return picked;
            }
        }
    }

    /// An invite; with a new door, if the key of none is known.
    fn invite(&mut self) -> Result<Invite, Failure> {
        if let Some(invite) = self.invite.take() {
            return Ok(invite);
        }
        self.engine.send(Command::NewInvite { room: self.room });
        self.wait(|event, _| match event {
            RoomEvent::Invite(invite) => Some(Ok(invite.clone())),
            RoomEvent::Opened(opened) => Some(Ok(opened.invite.clone())),
            _ => None,
        })
    }

    fn leave(self) {
        self.engine.shutdown();
    }
}

/// The room that is meant, if it can be gone on with.
fn open_room(profile: &SharedProfile, wanted: &str) -> Result<RoomRecord, Failure> {
    let record = find(&sealed::rooms(profile)?, wanted)?;
    let name = text::one_line(&record.name);
    match record.stage {
        _ if sealed::is_open(&record) => Ok(record),
        Stage::Removed => Err(Failure::refused(format!(
            "You were removed from the room {name}. What was said until then is here: keyroom export. To come back, ask for \
             a new invite."
        ))),
        Stage::Forked => Err(Failure::refused(format!(
            "The room {name} was stopped, because its relay contradicted itself. Tell the others, and open a new room \
             elsewhere."
        ))),
        Stage::Knocking => Err(Failure::failed(
            "You asked to be let in, and nobody has answered yet. keyroom join with the same invite goes on waiting.",
        )),
        stage => Err(Failure::failed(format!(
            "The room {name} is not open ({}). What was said is here: keyroom export. Enter it again with an invite.",
            crate::profile_rooms::stage(stage)
        ))),
    }
}

fn place(record: &RoomRecord) -> Listen {
    if record.hosted { sealed::listen_again(record) } else { Listen::ThisComputerAt(0) }
}

/// The member of that name, or whose code begins so.
fn member(members: &[RosterMember], wanted: &str) -> Result<RosterMember, Failure> {
    let digits = |code: &str| code.chars().filter(|ch| !ch.is_whitespace()).collect::<String>();
    let begins = |member: &&RosterMember| {
        let wanted = digits(wanted);
        !wanted.is_empty() && digits(&member.code.to_string()).starts_with(&wanted)
    };
    let named: Vec<&RosterMember> = members.iter().filter(|member| member.name == wanted).collect();
    let found = if named.is_empty() { members.iter().filter(begins).collect() } else { named };
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::failed(format!(
            "No member of the room has the name or a code that begins with {}. keyroom members lists them.",
            text::one_line(wanted)
        ))),
        several => Err(Failure::failed(format!(
            "{} members could be meant by {}. Give the beginning of the code:{}",
            several.len(),
            text::one_line(wanted),
            several.iter().map(|member| format!("\n  {}", member.code)).collect::<String>()
        ))),
    }
}

fn refused(refusal: &WishRefusal) -> Failure {
    let text = format!("The room was not changed: {refusal}.");
    match refusal {
        WishRefusal::NotAdmin => Failure::refused(format!("{text} keyroom members shows who is one.")),
        _ => Failure::failed(text),
    }
}

/// All of standard input, without the line break at its end.
fn from_stdin() -> Result<String, Failure> {
    let mut said = Vec::new();
    io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut said)
        .map_err(|error| Failure::failed(format!("Standard input cannot be read: {error}.")))?;
    let mut said = String::from_utf8(said)
        .map_err(|_| Failure::failed("Not sent: what came on standard input is not UTF-8 text."))?;
    if said.ends_with('\n') {
        said.truncate(said.trim_end_matches('\n').trim_end_matches('\r').len());
    }
    Ok(said)
}

fn print(before: &str, invite: &Invite) -> Result<(), Failure> {
    print_line(&zeroize::Zeroizing::new(format!("{before}invite: {}\n", invite.show().as_str())))
}

fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("Standard output cannot be written: {error}.")))
}

/// How long a relay may take to settle what was asked.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than a message can be: the room itself refuses it, with its length.
const MOST_BYTES: u64 = 1 << 20;
