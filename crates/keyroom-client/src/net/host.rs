//! Drives a hosted room.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use keyroom_types::{Invite, Key};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::addresses::reachable;
use super::connection::{Connection, Inbound, Progress, Report};
use super::listen::{Listening, NOWHERE, listen};
use super::{Context, RoomCommand, draw_iv, moment, until};
use crate::command::HostOptions;
use crate::discovery::{Announcement, Discovery};
use crate::event::{CloseReason, Connection as State, ListenFault, Opened, RoomEvent};
use crate::fernet_room::{Host, HostSetup};
use crate::history::PeerId;

/// Opens a room and serves it until it is left.
pub(crate) async fn host(
    context: Context,
    options: HostOptions,
    discovery: Discovery,
    mut commands: mpsc::UnboundedReceiver<RoomCommand>,
) {
    let opening = match Opening::new(&options) {
        Ok(opening) => opening,
        Err(reason) => return context.tell(RoomEvent::Closed(reason)),
    };
    let machine = Host::new(HostSetup {
        room: context.room,
        me: options.me.clone(),
        key: &opening.key,
        pace: options.pace,
        history: context.history.clone(),
    });
    let (inbound_to, mut inbound) = mpsc::channel(INBOUND);
    // At most one report for each connection is under way.
    let (reports_to, mut reports) = mpsc::unbounded_channel();
    let (accepted_to, mut accepted) = mpsc::channel(ACCEPTED);
    let mut room = Room {
        context,
        machine,
        connections: HashMap::new(),
        inbound: inbound_to,
        reports: reports_to,
        listening: opening.listening.at.clone(),
        discovery,
        announcement: None,
    };
    // Aborted with the set, which drops the sockets.
    let mut doors = JoinSet::new();
    for socket in opening.listening.sockets.iter().filter_map(|socket| socket.try_clone().ok()) {
        match TcpListener::from_std(socket) {
            Ok(listener) => drop(doors.spawn(accept(listener, accepted_to.clone()))),
            Err(_) => {
                let at = opening.listening.at.first().copied().unwrap_or(NOWHERE);
                let fault = CloseReason::CannotListen(ListenFault::Other(at));
                return room.context.tell(RoomEvent::Closed(fault));
            }
        }
    }
    room.open(opening, options.announce);
    let mut leaving = false;
    loop {
        room.turn();
        if leaving && room.machine.has_flushed(moment()) {
            break;
        }
        tokio::select! {
            biased;
            command = commands.recv(), if !leaving => match command {
                None | Some(RoomCommand::Leave) => {
                    leaving = true;
                    doors.abort_all();
                    room.announcement = None;
                    room.machine.leave(moment());
                }
                Some(command) => room.obey(command),
            },
            Some(report) = reports.recv() => room.take_report(report),
            Some((stream, address)) = accepted.recv(), if !leaving => room.admit(stream, address),
            Some(message) = inbound.recv(), if room.machine.takes_bytes() => room.take_inbound(message),
            () = until(room.machine.poll_timeout()) => {}
        }
    }
    drop(doors);
    room.close().await;
}

/// A room whose sockets and key are ready.
struct Opening {
    key: Key,
    listening: Listening,
}

impl Opening {
    fn new(options: &HostOptions) -> Result<Self, CloseReason> {
        let listening = listen(&options.listen)?;
        let key = match &options.key {
            Some(key) => key.clone(),
            None => draw_key().ok_or(CloseReason::NoRandomness)?,
        };
        Ok(Self { key, listening })
    }
}

struct Room {
    context: Context,
    machine: Host,
    connections: HashMap<PeerId, Connection<PeerId>>,
    inbound: mpsc::Sender<Inbound<PeerId>>,
    reports: mpsc::UnboundedSender<Report<PeerId>>,
    listening: Vec<SocketAddr>,
    discovery: Discovery,
    announcement: Option<Announcement>,
}

impl Room {
    fn open(&mut self, opening: Opening, announce: bool) {
        let addresses = reachable(&self.listening);
        self.announcement = if announce { self.discovery.announce(&self.listening) } else { None };
        // `reachable` gives an address for every socket, and `listen` gives a socket or an error.
        let Some(invite) = Invite::fernet(addresses.clone(), opening.key) else { return };
        self.machine.tell(RoomEvent::Opened(Opened {
            invite,
            listening: self.listening.clone(),
            addresses,
            taken_port: opening.listening.taken_port,
            announced: self.announcement.is_some(),
        }));
        self.machine.tell(RoomEvent::Connection(State::Hosting));
    }

    /// Does all that the machine wants done now.
    fn turn(&mut self) {
        let now = moment();
        if self.machine.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.machine.handle_timeout(now);
        }
        loop {
            let now = moment();
            let Some((peer, token)) = self.machine.poll_write(now.instant) else { break };
            match self.connections.get_mut(&peer).map(|connection| connection.write(token)) {
                Some(Progress::Done) => self.machine.handle_written(now, peer),
                Some(Progress::Blocked) => self.machine.handle_blocked(now, peer),
                // Its reader gives what came before, and then the end.
                Some(Progress::Broken) | None => self.machine.handle_write_failed(now, peer),
            }
        }
        while let Some(peer) = self.machine.poll_drop() {
            self.connections.remove(&peer);
        }
        while let Some(event) = self.machine.poll_event() {
            self.context.tell(event);
        }
    }

    fn obey(&mut self, command: RoomCommand) {
        match command {
            RoomCommand::Say { text, split } => self.machine.say(moment(), &text, split, &mut draw_iv),
            RoomCommand::Retry(position) => self.machine.retry(moment(), position),
            RoomCommand::Rename(peer, label) => self.machine.rename(peer, label),
            RoomCommand::Announce(on) => {
                // Dropping an announcement takes it back, so the old one goes before a new one comes.
                self.announcement = self.announcement.take().filter(|_| on);
                if on && self.announcement.is_none() {
                    self.announcement = self.discovery.announce(&self.listening);
                }
                self.machine.tell(RoomEvent::Announced(self.announcement.is_some()));
            }
            RoomCommand::Reconnect
            | RoomCommand::Act(_)
            | RoomCommand::Change(_)
            | RoomCommand::NewInvite
            | RoomCommand::Leave => {}
        }
    }

    fn admit(&mut self, stream: TcpStream, address: SocketAddr) {
        let Some(peer) = self.machine.handle_connected(moment(), address) else { return };
        let connection = Connection::start(stream, peer, self.inbound.clone(), self.reports.clone());
        self.connections.insert(peer, connection);
    }

    fn take_inbound(&mut self, message: Inbound<PeerId>) {
        match message {
            Inbound::Bytes(peer, read) => self.machine.handle_bytes(moment(), peer, &read),
            Inbound::Closed(peer, _) => {
                self.connections.remove(&peer);
                self.machine.handle_closed(moment(), peer);
            }
        }
    }

    fn take_report(&mut self, report: Report<PeerId>) {
        match report {
            Report::Written(peer) => self.machine.handle_written(moment(), peer),
            Report::Broken(peer) => self.machine.handle_write_failed(moment(), peer),
        }
    }

    async fn close(mut self) {
        let closing = self.connections.drain().map(|(_, connection)| connection.close());
        let mut closing = closing.collect::<JoinSet<()>>();
        while closing.join_next().await.is_some() {}
        self.machine.close(moment(), CloseReason::Left);
        self.turn();
    }
}

/// Accepts connections; one failure is no reason to stop.
async fn accept(listener: TcpListener, to: mpsc::Sender<(TcpStream, SocketAddr)>) {
    loop {
        match listener.accept().await {
            Ok(accepted) => {
                if to.send(accepted).await.is_err() {
                    return;
                }
            }
            // Out of file descriptors, most often: without a pause this would be a busy loop.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

fn draw_key() -> Option<Key> {
    let mut bytes = zeroize::Zeroizing::new([0; Key::BYTES]);
    getrandom::fill(bytes.as_mut()).ok()?;
    Some(Key::from_bytes(*bytes))
}

/// Reads that wait to be judged, of all peers.
const INBOUND: usize = 64;
/// Connections that wait to be admitted.
const ACCEPTED: usize = 16;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
