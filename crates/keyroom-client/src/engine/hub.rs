//! The engine's own task: hands commands to rooms, and looks for rooms nearby.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mdns_sd::{Receiver, ServiceEvent};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::command::{Command, RoomId};
use crate::discovery::{Discovery, Found};
use crate::event::{ActRefusal, CloseReason, Event, Nearby, RoomEvent, SendRefusal};
use crate::history::History;
use crate::net::addresses::networks;
use crate::net::{Context, Relays, RoomCommand, SealedStart, Sink, host, join, sealed};
use crate::profile::ProfileHistory;

pub(super) struct Hub {
    history: Arc<dyn History>,
    profile: Option<Arc<ProfileHistory>>,
    sink: Sink,
    discovery: Discovery,
    relays: Relays,
    rooms: HashMap<RoomId, mpsc::UnboundedSender<RoomCommand>>,
    tasks: JoinSet<()>,
    names: HashMap<Id, RoomId>,
    looking: Option<Looking>,
}

struct Looking {
    heard: Receiver<ServiceEvent>,
    found: Found,
    /// When the list is told next: strangers decide how often it changes.
    tell_at: Option<Instant>,
}

impl Hub {
    pub(super) fn new(
        history: Arc<dyn History>,
        profile: Option<Arc<ProfileHistory>>,
        sink: Sink,
        discovery: bool,
    ) -> Self {
        Self {
            history,
            profile,
            sink,
            discovery: Discovery::new(discovery),
            relays: Relays::default(),
            rooms: HashMap::new(),
            tasks: JoinSet::new(),
            names: HashMap::new(),
            looking: None,
        }
    }

    /// Runs until the engine is dropped and every room is left.
    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                Some(ended) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    if let Some(room) = self.names.remove(&id) {
                        self.rooms.remove(&room);
                    }
                }
                heard = heard(&mut self.looking) => self.take_heard(heard),
            }
        }
        // Every room leaves when nobody can command it any more.
        self.rooms.clear();
        while self.tasks.join_next().await.is_some() {}
        self.discovery.end();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Host { room, options } => {
                let (context, commands) = self.enter(room);
                let task = self.tasks.spawn(host(context, options, self.discovery.clone(), commands));
                self.names.insert(task.id(), room);
            }
            Command::Join { room, options } => {
                let (context, commands) = self.enter(room);
                let task = self.tasks.spawn(join(context, options, commands));
                self.names.insert(task.id(), room);
            }
            Command::HostSealed { room, options } => self.sealed(room, SealedStart::Host(options)),
            Command::JoinSealed { room, options } => self.sealed(room, SealedStart::Join(options)),
            Command::OpenSealed { room, id, listen } => self.sealed(room, SealedStart::Open(id, listen)),
            Command::Change { room, change } => drop(self.pass(room, RoomCommand::Change(change))),
            Command::NewInvite { room } => drop(self.pass(room, RoomCommand::NewInvite)),
            Command::Send { room, text, split } => {
                if !self.pass(room, RoomCommand::Say { text, split }) {
                    let event = RoomEvent::SendRefused(SendRefusal::NoRoom);
                    self.sink.tell(Event::Room { room, event });
                }
            }
            Command::Act { room, act } => {
                if !self.pass(room, RoomCommand::Act(act)) {
                    let event = RoomEvent::ActRefused(ActRefusal::NotIn);
                    self.sink.tell(Event::Room { room, event });
                }
            }
            Command::MarkRead { room, through } => {
                // Where the profile cannot be written, the room says so itself.
                let _ = self.profile.as_ref().map(|profile| profile.mark_read(room, through));
            }
            Command::Choose { room, choices } => {
                let _ = self.profile.as_ref().map(|profile| profile.choose(room, choices));
            }
            Command::Retry { room, position } => drop(self.pass(room, RoomCommand::Retry(position))),
            Command::Rename { room, peer, label } => drop(self.pass(room, RoomCommand::Rename(peer, label))),
            Command::Announce { room, on } => drop(self.pass(room, RoomCommand::Announce(on))),
            Command::Reconnect { room } => drop(self.pass(room, RoomCommand::Reconnect)),
            Command::Leave { room } => drop(self.pass(room, RoomCommand::Leave)),
            Command::ListNetworks => self.sink.tell(Event::Networks(networks())),
            Command::LookNearby { on } => self.look(on),
        }
    }

    fn sealed(&mut self, room: RoomId, start: SealedStart) {
        let (context, commands) = self.enter(room);
        let Some(history) = self.profile.clone() else {
            let event =
                RoomEvent::Closed(CloseReason::Profile("there is no profile to keep it in".to_owned()));
            return self.sink.tell(Event::Room { room, event });
        };
        let shared = (self.discovery.clone(), self.relays.clone());
        let task = self.tasks.spawn(sealed(context, start, history, shared, commands));
        self.names.insert(task.id(), room);
    }

    fn enter(&mut self, room: RoomId) -> (Context, mpsc::UnboundedReceiver<RoomCommand>) {
        let (to, commands) = mpsc::unbounded_channel();
        self.rooms.insert(room, to);
        (Context { room, history: self.history.clone(), sink: self.sink.clone() }, commands)
    }

    /// Hands a command to a room; `false` when there is no such room.
    fn pass(&self, room: RoomId, command: RoomCommand) -> bool {
        self.rooms.get(&room).is_some_and(|to| to.send(command).is_ok())
    }

    fn look(&mut self, on: bool) {
        if on == self.looking.is_some() {
            return self.tell_nearby();
        }
        if !on {
            self.discovery.stop_looking();
            self.looking = None;
            return self.tell_nearby();
        }
        match self.discovery.look() {
            Ok(heard) => {
                self.looking = Some(Looking { heard, found: Found::default(), tell_at: None });
                self.tell_nearby();
            }
            Err(fault) => self.sink.tell(Event::Nearby(Nearby::Impossible(fault))),
        }
    }

    fn take_heard(&mut self, heard: Heard) {
        let Some(looking) = &mut self.looking else { return };
        match heard {
            Heard::Event(event) => {
                if looking.found.take(event, &self.discovery) {
                    looking.tell_at.get_or_insert_with(|| Instant::now() + TELL_AFTER);
                }
            }
            Heard::TimeToTell => {
                looking.tell_at = None;
                self.tell_nearby();
            }
            // So much was heard at once that the subscription ended: begin again.
            Heard::End => {
                self.looking = None;
                self.look(true);
            }
        }
    }

    fn tell_nearby(&self) {
        let nearby = match &self.looking {
            Some(looking) => Nearby::Looking(looking.found.rooms()),
            None => Nearby::Off,
        };
        self.sink.tell(Event::Nearby(nearby));
    }
}

enum Heard {
    Event(ServiceEvent),
    TimeToTell,
    End,
}

/// What comes next from the network, where somebody looks.
async fn heard(looking: &mut Option<Looking>) -> Heard {
    let Some(looking) = looking else { return std::future::pending().await };
    let due = looking.tell_at;
    let time = async {
        match due {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = time => Heard::TimeToTell,
        event = looking.heard.recv_async() => event.map_or(Heard::End, Heard::Event),
    }
}

/// How long changes of the list are gathered.
const TELL_AFTER: Duration = Duration::from_millis(100);
