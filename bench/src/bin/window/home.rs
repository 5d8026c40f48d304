//! A profile with 20 rooms and 100,000 messages, and somebody who talks in one of them.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use keyroom_bench_history::Source;
use keyroom_client::{
    Body, Command, Config, Connection, Cost, Engine, EnterBy, Event, INVITE_FOR, Listen, MessageState,
    Position, Profile, RelayAt, RoomEvent, RoomId, SealedHostOptions, SealedJoinOptions, Sender,
    SharedProfile,
};
use keyroom_types::{Invite, Timestamp};

use crate::Outcome;

/// Who hosts the room that is looked at, in this process and in memory.
pub(crate) struct Host {
    engine: Engine,
    room: RoomId,
    invite: Invite,
}

impl Host {
    pub(crate) fn start() -> Outcome<Self> {
        let room = RoomId::fresh();
        let (engine, events) = engine(SharedProfile::new(Profile::ephemeral()?, None))?;
        engine.send(host(room, BUSY, "Ben", None)?);
        let invite = wait(&events, |_, event| match event {
            RoomEvent::Opened(opened) => Some(opened.invite.clone()),
            _ => None,
        })?;
        Ok(Self { engine, room, invite })
    }

    /// Says something so many times a second, for so long.
    pub(crate) fn talk(&self, a_second: u32, long: Duration) {
        let (begun, mut source) = (Instant::now(), Source::new(1));
        let pause = Duration::from_secs(1) / a_second;
        for number in 0.. {
            let due = pause * number;
            if due >= long {
                return;
            }
            thread::sleep(due.saturating_sub(begun.elapsed()));
            self.engine.say(self.room, source.text());
        }
    }

    /// Waits until the other side says that the newest message reached it.
    pub(crate) fn is_heard(&self) -> Outcome<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let history = self.engine.history();
            let lines = history.len(self.room)?;
            let page = history.page(self.room, Position(lines.saturating_sub(20)), 20)?;
            let own = page.iter().rev().find_map(|entry| match &entry.body {
                Body::Message(message) if message.from == Sender::Me => Some(message.state),
                _ => None,
            });
            if own == Some(MessageState::Delivered) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("the window did not get what was said: {own:?}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Makes the profile in `folder`: a member of the host's room, and its own host of the others.
pub(crate) fn furnish(folder: &Path, host_of_busy: &Host) -> Outcome<()> {
    let Invite::Sealed(invite) = &host_of_busy.invite else {
        return Err("no invite to a sealed room".into());
    };
    let profile = Profile::create(folder, PASSPHRASE, Cost::default())?;
    let shared = SharedProfile::new(profile, Some(relay_of(folder)));
    let (engine, events) = engine(shared.clone())?;
    for number in 1..ROOMS {
        let room = RoomId::fresh();
        engine.send(host(room, &format!("Room {number}"), "Ada", Some(relay_of(folder)))?);
        wait(&events, |told, event| {
            (told == room && matches!(event, RoomEvent::Entered { .. })).then_some(())
        })?;
    }
    let room = RoomId::fresh();
    let by = EnterBy::Invite((**invite).clone());
    let options = Box::new(SealedJoinOptions { me: "Ada".parse()?, by });
    engine.send(Command::JoinSealed { room, options });
    wait(&events, |told, event| {
        (told == room && matches!(event, RoomEvent::Connection(Connection::Online))).then_some(())
    })?;
    engine.shutdown();
    fill(&shared)?;
    shared.lock().checkpoint()?;
    Ok(())
}

/// Messages of a made-up language, read: most of them in the room that is looked at, which has the newest, too.
fn fill(shared: &SharedProfile) -> Outcome<()> {
    let now = Timestamp::from(SystemTime::now()).as_millis();
    let (busy, others): (Vec<_>, Vec<_>) =
        shared.rooms()?.into_iter().partition(|record| record.name == BUSY);
    let mut source = Source::new(1);
    let mut said = 0;
    for (rooms, each) in [(others, OTHERS), (busy, MESSAGES - u64::from(ROOMS - 1) * OTHERS)] {
        for record in rooms {
            let mut profile = shared.lock();
            let tx = profile.begin()?;
            for _ in 0..each {
                said += 1;
                let (_, mut entry) = source.message();
                // No places in a log: what comes later has those.
                entry.seq = None;
                entry.at = Timestamp::from_millis(now - (MESSAGES - said) * 700);
                tx.append(&record.room, &entry)?;
            }
            let lines = tx.len(&record.room)?;
            tx.set_read(&record.room, lines)?;
            tx.commit()?;
        }
    }
    if said == MESSAGES { Ok(()) } else { Err(format!("{said} messages were made").into()) }
}

/// Where a relay in this process keeps rooms.
pub(crate) fn relay_of(folder: &Path) -> PathBuf {
    folder.join("relay")
}

type Told = mpsc::Receiver<(RoomId, RoomEvent)>;

fn engine(profile: SharedProfile) -> Outcome<(Engine, Told)> {
    let (tell, told) = mpsc::channel();
    let engine = Engine::start(Config::with_profile(profile, false), move |event| {
        if let Event::Room { room, event } = event {
            // Who does not listen any more wants none.
            let _ = tell.send((room, event));
        }
    })?;
    Ok((engine, told))
}

fn wait<T>(told: &Told, mut pick: impl FnMut(RoomId, &RoomEvent) -> Option<T>) -> Outcome<T> {
    loop {
        let (room, event) = told.recv_timeout(PATIENCE)?;
        if let Some(picked) = pick(room, &event) {
            return Ok(picked);
        }
        if let RoomEvent::Closed(why) = event {
            return Err(format!("a room ended: {why}").into());
        }
    }
}

fn host(room: RoomId, name: &str, me: &str, data: Option<PathBuf>) -> Outcome<Command> {
    let options = SealedHostOptions {
        name: name.parse()?,
        me: me.parse()?,
        key: None,
        at: RelayAt::Here { listen: Listen::ThisComputerAt(0), data },
        announce: false,
        max_members: 100,
        invite_for: INVITE_FOR,
        approval: false,
    };
    Ok(Command::HostSealed { room, options: Box::new(options) })
}

pub(crate) const ROOMS: u16 = 20;
pub(crate) const MESSAGES: u64 = 100_000;
/// Messages of each room that is not looked at.
const OTHERS: u64 = 2_000;
/// The room that is looked at.
pub(crate) const BUSY: &str = "Busy room";
pub(crate) const PASSPHRASE: &str = "correct horse";
const PATIENCE: Duration = Duration::from_secs(60);
