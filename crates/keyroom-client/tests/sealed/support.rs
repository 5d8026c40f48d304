//! People in sealed rooms.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use keyroom_client::{
    Body, CloseReason, Command, Config, Cost, Engine, EnterBy, Event, Events, INVITE_FOR, Listen, Message,
    MessageState, Notice, Profile, RelayAt, RoomEvent, RoomId, SealedHostOptions, SealedJoinOptions, Sender,
    SharedProfile,
};
use keyroom_types::{Invite, Place, RelayReference, SealedInvite};
use tokio::sync::oneshot;

/// Far beyond what a busy machine needs: reached only by a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with an engine, in one sealed room.
pub(crate) struct Person {
    pub(crate) engine: Engine,
    pub(crate) events: Events,
    pub(crate) room: RoomId,
    pub(crate) profile: SharedProfile,
}

impl Person {
    /// Somebody whose profile is in memory.
    fn new(profile: SharedProfile) -> Self {
        let (engine, events) =
            Engine::start_with_events(Config::with_profile(profile.clone(), false)).unwrap();
        Self { engine, events, room: RoomId::fresh(), profile }
    }

    pub(crate) fn ephemeral() -> SharedProfile {
        SharedProfile::new(Profile::ephemeral().unwrap(), None)
    }

    /// Hosts a room on loopback, with everything in memory.
    pub(crate) fn host(name: &str) -> (Self, SealedInvite) {
        Self::host_with(name, Self::ephemeral(), None)
    }

    /// Hosts a room on loopback.
    pub(crate) fn host_with(
        name: &str,
        profile: SharedProfile,
        data: Option<PathBuf>,
    ) -> (Self, SealedInvite) {
        Self::found(name, profile, RelayAt::Here { listen: loopback(), data }, false)
    }

    /// Makes a room on another relay.
    pub(crate) fn found_at(name: &str, profile: SharedProfile, relay: &Standalone) -> (Self, SealedInvite) {
        Self::found(name, profile, RelayAt::There(relay.reference()), false)
    }

    /// Hosts a room on loopback that wants to be asked, with everything in memory.
    pub(crate) fn host_asking(name: &str) -> (Self, SealedInvite) {
        Self::found(name, Self::ephemeral(), RelayAt::Here { listen: loopback(), data: None }, true)
    }

    fn found(name: &str, profile: SharedProfile, at: RelayAt, approval: bool) -> (Self, SealedInvite) {
        let mut person = Self::new(profile);
        let here = matches!(at, RelayAt::Here { .. });
        let options = SealedHostOptions {
            name: "Blue kitchen".parse().unwrap(),
            me: name.parse().unwrap(),
            key: None,
            at,
            announce: false,
            max_members: 100,
            invite_for: INVITE_FOR,
            approval,
        };
        person.engine.send(Command::HostSealed { room: person.room, options: Box::new(options) });
        if !here {
            person.engine.send(Command::NewInvite { room: person.room });
        }
        let invite = person.invite();
        (person, invite)
    }

    /// Waits for an invite.
    pub(crate) fn invite(&mut self) -> SealedInvite {
        let invite = self.wait(|event| match event {
            RoomEvent::Opened(opened) => Some(opened.invite.clone()),
            RoomEvent::Invite(invite) => Some(invite.clone()),
            _ => None,
        });
        let Invite::Sealed(invite) = invite else { panic!("a sealed room has a sealed invite") };
        *invite
    }

    /// Goes on in the only room of a profile.
    pub(crate) fn reopen(profile: SharedProfile) -> Self {
        let person = Self::new(profile);
        let id = person.profile.rooms().unwrap()[0].room;
        person.engine.send(Command::OpenSealed { room: person.room, id, listen: loopback() });
        person
    }

    /// Leaves: the engine ends, and the profile can be opened again.
    pub(crate) fn leave(self) {
        self.engine.shutdown();
    }

    /// Enters by an invite, and waits until the room is open.
    pub(crate) fn join(name: &str, invite: &SealedInvite) -> Self {
        let mut person = Self::enter(name, EnterBy::Invite(invite.clone()), Self::ephemeral());
        person.wait(|event| matches!(event, RoomEvent::Entered { .. }).then_some(()));
        person
    }

    /// Begins to enter.
    pub(crate) fn enter(name: &str, by: EnterBy, profile: SharedProfile) -> Self {
        let person = Self::new(profile);
        let options = SealedJoinOptions { me: name.parse().unwrap(), by };
        person.engine.send(Command::JoinSealed { room: person.room, options: Box::new(options) });
        person
    }

    /// Waits for an event of the room; a room that ends meanwhile fails the test.
    pub(crate) fn wait<T>(&mut self, mut pick: impl FnMut(&RoomEvent) -> Option<T>) -> T {
        let picked = self.events.wait_for(PATIENCE, |event| {
            let Event::Room { event, .. } = event else { return None };
            if let Some(picked) = pick(event) {
                return Some(Ok(picked));
            }
            match event {
                RoomEvent::Closed(why) => Some(Err(why.to_string())),
                RoomEvent::Alarm(alarm) if alarm.stops() => Some(Err(alarm.to_string())),
                _ => None,
            }
        });
        picked.expect("it happens in time").unwrap()
    }

    /// Why the room ended.
    pub(crate) fn closed(&mut self) -> CloseReason {
        self.wait(|event| match event {
            RoomEvent::Closed(why) => Some(why.clone()),
            _ => None,
        })
    }

    pub(crate) fn say(&self, text: &str) {
        self.engine.say(self.room, text);
    }

    /// All messages of the timeline: who, what, how far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let entries = self.engine.history().page(self.room, keyroom_client::Position(0), 100_000).unwrap();
        let messages = entries.into_iter().filter_map(|entry| match entry.body {
            Body::Message(message) => Some(message),
            _ => None,
        });
        messages.collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.messages().iter().map(|message| message.text.to_string()).collect()
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        let entries = self.engine.history().page(self.room, keyroom_client::Position(0), 100_000).unwrap();
        let notices = entries.into_iter().filter_map(|entry| match entry.body {
            Body::Notice(notice) => Some(notice),
            _ => None,
        });
        notices.collect()
    }

    /// Waits until the timeline has a message of that text.
    pub(crate) fn hear(&mut self, text: &str) -> Message {
        loop {
            if let Some(message) = self.messages().into_iter().find(|message| &*message.text == text) {
                return message;
            }
            self.wait(|event| matches!(event, RoomEvent::Appended { .. }).then_some(()));
        }
    }

    /// Waits until an own message came so far.
    pub(crate) fn reach(&mut self, text: &str, state: MessageState) {
        loop {
            let found = self.messages().into_iter().find(|message| &*message.text == text);
            if found.is_some_and(|message| message.state == state && message.from == Sender::Me) {
                return;
            }
            self.wait(|event| {
                matches!(event, RoomEvent::Changed { .. } | RoomEvent::Appended { .. }).then_some(())
            });
        }
    }
}

fn loopback() -> Listen {
    Listen::At(vec!["127.0.0.1:0".parse().unwrap()])
}

/// A profile on disk, cheap to open.
pub(crate) fn on_disk(dir: &Path) -> SharedProfile {
    let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    let profile = if Profile::exists(dir) {
        Profile::open(dir, PASSPHRASE)
    } else {
        Profile::create(dir, PASSPHRASE, cost)
    };
    SharedProfile::new(profile.unwrap(), Some(dir.join("relay")))
}

const PASSPHRASE: &str = "correct horse";

/// A relay that belongs to nobody in the room.
pub(crate) struct Standalone {
    started: keyroom_relay::Started,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Standalone {
    pub(crate) fn start() -> Self {
        let config = keyroom_relay::Config {
            listen: vec![keyroom_relay::ListenAt::One("127.0.0.1:0".parse().unwrap())],
            memory: true,
            ..keyroom_relay::Config::default()
        };
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
                let relay = keyroom_relay::Relay::start(&config).await.unwrap();
                tell.send(relay.started()).unwrap();
                // An error means that whoever would stop it is gone.
                let _ = stopped.await;
                relay.shutdown(Duration::from_secs(2)).await;
            });
        });
        Self { started: told.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn reference(&self) -> RelayReference {
        let addresses = self.started.addresses.iter().map(|at| at.to_string().parse().unwrap()).collect();
        RelayReference::new(Place::pinned(addresses, vec![self.started.pin]).unwrap())
    }
}

impl Drop for Standalone {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}
