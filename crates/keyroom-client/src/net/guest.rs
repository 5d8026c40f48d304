//! Drives a joined room.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::connection::{Connection, Inbound, Progress, Report};
use super::dial::dial;
use super::{Context, RoomCommand, draw_iv, moment, until};
use crate::command::JoinOptions;
use crate::event::LostReason;
use crate::fernet_room::{Guest, GuestSetup};

/// Enters a room and stays in it until it is left.
pub(crate) async fn join(
    context: Context,
    options: JoinOptions,
    mut commands: mpsc::UnboundedReceiver<RoomCommand>,
) {
    let mut seed = [0; 8];
    // Without random bytes the jitter is the same as another guest's: harmless.
    let _ = getrandom::fill(&mut seed);
    let machine = Guest::new(GuestSetup {
        room: context.room,
        me: options.me,
        addresses: options.addresses,
        key: &options.key,
        pace: options.pace,
        history: context.history.clone(),
        seed: u64::from_ne_bytes(seed),
    });
    let (reports_to, mut reports) = mpsc::unbounded_channel();
    let (inbound_to, mut inbound) = mpsc::channel(INBOUND);
    let mut room = Room {
        context,
        machine,
        dialling: None,
        link: None,
        serial: 0,
        inbound: inbound_to,
        reports: reports_to,
    };
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
                    room.machine.leave(moment());
                }
                Some(command) => room.obey(command),
            },
            Some(report) = reports.recv() => room.take_report(report),
            dialled = dialled(&mut room.dialling) => room.take_dialled(dialled),
            Some(message) = inbound.recv() => room.take_inbound(message),
            () = until(room.machine.poll_timeout()) => {}
        }
    }
    room.close().await;
}

type Dialled = Result<(TcpStream, SocketAddr), LostReason>;
type Dialling = Pin<Box<dyn Future<Output = Dialled> + Send>>;

struct Room {
    context: Context,
    machine: Guest,
    dialling: Option<Dialling>,
    link: Option<Connection<u64>>,
    /// Marks the newest connection: what still comes from an older one is not meant.
    serial: u64,
    inbound: mpsc::Sender<Inbound<u64>>,
    reports: mpsc::UnboundedSender<Report<u64>>,
}

impl Room {
    /// Does all that the machine wants done now.
    fn turn(&mut self) {
        let now = moment();
        if self.machine.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.machine.handle_timeout(now);
        }
        if self.machine.poll_disconnect() {
            self.link = None;
        }
        loop {
            let now = moment();
            let Some(token) = self.machine.poll_write(now.instant) else { break };
            match self.link.as_mut().map(|link| link.write(token)) {
                Some(Progress::Done) => self.machine.handle_written(now),
                // The host takes less for now, and the report tells when it took this. Or the other end is gone:
                // then the reader gives what came before, and the end.
                Some(Progress::Blocked | Progress::Broken) => {}
                None => self.lose(LostReason::Broken),
            }
        }
        if let Some(address) = self.machine.poll_connect() {
            self.dialling = Some(Box::pin(dial(address)));
        }
        while let Some(event) = self.machine.poll_event() {
            self.context.tell(event);
        }
    }

    fn obey(&mut self, command: RoomCommand) {
        match command {
            RoomCommand::Say { text, split } => self.machine.say(moment(), &text, split, &mut draw_iv),
            RoomCommand::Retry(position) => self.machine.retry(position),
            RoomCommand::Rename(peer, label) => self.machine.rename(peer, label),
            RoomCommand::Reconnect => self.machine.reconnect(),
            RoomCommand::Announce(_)
            | RoomCommand::Act(_)
            | RoomCommand::Change(_)
            | RoomCommand::NewInvite
            | RoomCommand::Leave => {}
        }
    }

    fn take_dialled(&mut self, dialled: Dialled) {
        self.dialling = None;
        match dialled {
            Ok((stream, address)) => {
                self.serial += 1;
                let (inbound, reports) = (self.inbound.clone(), self.reports.clone());
                self.link = Some(Connection::start(stream, self.serial, inbound, reports));
                self.machine.handle_connected(moment(), address);
            }
            Err(reason) => self.machine.handle_connect_failed(moment(), reason),
        }
    }

    fn take_inbound(&mut self, message: Inbound<u64>) {
        match message {
            Inbound::Bytes(serial, read) if self.is_current(serial) => {
                self.machine.handle_bytes(moment(), &read);
            }
            Inbound::Closed(serial, reason) if self.is_current(serial) => self.lose(reason),
            _ => {}
        }
    }

    fn take_report(&mut self, report: Report<u64>) {
        match report {
            Report::Written(serial) if self.is_current(serial) => self.machine.handle_written(moment()),
            Report::Written(_) | Report::Broken(_) => {}
        }
    }

    fn is_current(&self, serial: u64) -> bool {
        self.link.is_some() && serial == self.serial
    }

    fn lose(&mut self, reason: LostReason) {
        self.link = None;
        self.machine.handle_lost(moment(), reason);
    }

    async fn close(mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
        self.machine.close(moment());
        self.turn();
    }
}

/// The end of dialling, where somebody is being dialled.
async fn dialled(dialling: &mut Option<Dialling>) -> Dialled {
    match dialling {
        Some(dialling) => dialling.await,
        None => std::future::pending().await,
    }
}

/// Reads that wait to be judged.
const INBOUND: usize = 8;
