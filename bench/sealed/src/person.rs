//! Somebody with an engine, in one sealed room on a relay of this process.

use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keyroom_client::{
    Body, Command, Config, Connection, Cost, Engine, EnterBy, Event, INVITE_FOR, Listen, MessageState,
    Position, Profile, RelayAt, RoomEvent, RoomId, SealedHostOptions, SealedJoinOptions, SharedProfile,
};
use keyroom_types::{Invite, Place, RelayReference, SealedInvite};
use tokio::sync::oneshot;

use crate::Result;
use crate::effort::engines;

/// A relay on a thread of its own.
pub(crate) struct Relay {
    started: keyroom_relay::Started,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Keeps its rooms in `data`, or in memory.
    pub(crate) fn start(data: Option<&Path>) -> Result<Self> {
        let config = keyroom_relay::Config {
            listen: vec![keyroom_relay::ListenAt::One("127.0.0.1:0".parse()?)],
            memory: data.is_none(),
            data: data.map(Path::to_owned),
            quotas: keyroom_relay::Quotas {
                appends_per_pass: 1_000_000_000,
                appends_per_pass_per_second: 1_000_000,
                rooms_per_address: 1_000_000,
                rooms_per_address_per_hour: 1_000_000,
                links_per_address: 10_000,
                logins_per_address: 1_000_000,
                logins_per_address_per_minute: 1_000_000,
                ..keyroom_relay::Quotas::default()
            },
            ..keyroom_relay::Config::default()
        };
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                // Where it does not start, nobody is told an address, and the run ends.
                let Ok(relay) = keyroom_relay::Relay::start(&config).await else { return };
                let _ = tell.send(relay.started());
                let _ = stopped.await;
                relay.shutdown(Duration::from_secs(2)).await;
            });
        });
        Ok(Self { started: told.recv()?, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn reference(&self) -> Result<RelayReference> {
        let addresses = self.started.addresses.iter().map(|at| at.to_string().parse());
        let addresses = addresses.collect::<std::result::Result<Vec<_>, _>>()?;
        let place = Place::pinned(addresses, vec![self.started.pin]).ok_or("the relay has no address")?;
        Ok(RelayReference::new(place))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// An engine and its events, each with the time at which the engine gave it.
pub(crate) struct Person {
    engine: Engine,
    events: mpsc::Receiver<(Instant, RoomEvent)>,
    room: RoomId,
    progress: usize,
    /// The thread of the engine.
    pub(crate) thread: u32,
}

impl Person {
    fn new(profile: SharedProfile) -> Result<Self> {
        let (tell, events) = mpsc::channel();
        let others = engines()?;
        let engine = Engine::start(Config::with_profile(profile, false), move |event| {
            if let Event::Room { event, .. } = event {
                // Who does not listen any more wants none.
                let _ = tell.send((Instant::now(), event));
            }
        })?;
        let thread = loop {
            // It names itself when it begins to run.
            if let Some(thread) = engines()?.difference(&others).next() {
                break *thread;
            }
            std::thread::yield_now();
        };
        Ok(Self { engine, events, room: RoomId::fresh(), progress: 0, thread })
    }

    /// Makes a room.
    pub(crate) fn found(profile: SharedProfile, relay: &Relay) -> Result<(Self, SealedInvite)> {
        let mut person = Self::new(profile)?;
        let options = room_on(relay)?;
        person.engine.send(Command::HostSealed { room: person.room, options: Box::new(options) });
        person.engine.send(Command::NewInvite { room: person.room });
        let (_, invite) = person.wait(|event| match event {
            RoomEvent::Invite(Invite::Sealed(invite)) => Some((**invite).clone()),
            _ => None,
        })?;
        Ok((person, invite))
    }

    /// Enters a room, and waits until a member confirmed it.
    pub(crate) fn enter(profile: SharedProfile, invite: SealedInvite) -> Result<Self> {
        let mut person = Self::new(profile)?;
        let options = SealedJoinOptions { me: "Ben".parse()?, by: EnterBy::Invite(invite) };
        person.engine.send(Command::JoinSealed { room: person.room, options: Box::new(options) });
        person.wait(|event| matches!(event, RoomEvent::Connection(Connection::Confirmed)).then_some(()))?;
        Ok(person)
    }

    /// Goes on in the only room of a profile: since when.
    pub(crate) fn reopen(profile: &SharedProfile) -> Result<(Self, Instant)> {
        let id = profile.rooms()?.first().ok_or("no room is stored")?.room;
        let person = Self::new(profile.clone())?;
        let begun = Instant::now();
        let listen = Listen::At(vec!["127.0.0.1:0".parse()?]);
        person.engine.send(Command::OpenSealed { room: person.room, id, listen });
        Ok((person, begun))
    }

    pub(crate) fn leave(self) {
        self.engine.shutdown();
    }

    /// Waits for an event, and when it was.
    fn wait<T>(&mut self, mut pick: impl FnMut(&RoomEvent) -> Option<T>) -> Result<(Instant, T)> {
        loop {
            let (at, event) = self.events.recv_timeout(PATIENCE)?;
            self.progress +=
                usize::from(matches!(event, RoomEvent::Connection(Connection::CatchingUp { .. })));
            if let Some(picked) = pick(&event) {
                return Ok((at, picked));
            }
            if let RoomEvent::Closed(why) = event {
                return Err(format!("a room ended: {why}").into());
            }
        }
    }

    /// How often it was told how far catching up is.
    pub(crate) fn progress(&self) -> usize {
        self.progress
    }

    pub(crate) fn say(&self, text: &str) {
        self.engine.say(self.room, text);
    }

    /// When the timeline had a line at this place.
    pub(crate) fn has(&mut self, place: u64) -> Result<Instant> {
        let there = |event: &RoomEvent| match event {
            RoomEvent::Appended { last, .. } if last.0 >= place => Some(()),
            _ => None,
        };
        Ok(self.wait(there)?.0)
    }

    /// Takes events until none comes for so long.
    pub(crate) fn rest(&mut self, quiet: Duration) {
        while self.events.recv_timeout(quiet).is_ok() {}
    }

    /// How many lines the timeline has.
    pub(crate) fn len(&self) -> Result<u64> {
        Ok(self.engine.history().len(self.room)?)
    }

    /// Waits until the line at this place, an own message, is in the log.
    pub(crate) fn flush(&mut self, place: u64) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let page = self.engine.history().page(self.room, Position(place), 1)?;
            let stored = page.iter().any(|entry| match &entry.body {
                Body::Message(message) => {
                    matches!(message.state, MessageState::Stored | MessageState::Delivered)
                }
                _ => false,
            });
            if stored {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
            while self.events.try_recv().is_ok() {}
        }
        Err("a message did not reach the log in time".into())
    }
}

/// A profile in `dir`, or in memory.
pub(crate) fn profile(dir: Option<&Path>) -> Result<SharedProfile> {
    let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let profile = match dir {
        Some(dir) => Profile::create(dir, "correct horse", cost)?,
        None => Profile::ephemeral()?,
    };
    Ok(SharedProfile::new(profile, None))
}

/// Far longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// A hybrid room on that relay.
pub(crate) fn room_on(relay: &Relay) -> Result<SealedHostOptions> {
    Ok(SealedHostOptions {
        name: "Blue kitchen".parse()?,
        me: "Ada".parse()?,
        key: None,
        at: RelayAt::There(relay.reference()?),
        announce: false,
        max_members: 100,
        invite_for: INVITE_FOR,
        approval: false,
    })
}
