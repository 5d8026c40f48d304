//! One room in the plain face, from its opening to its end.

use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::SystemTime;

use keyroom_client::{
    Body, CloseReason, Command, Connection, Engine, Entry, Event, LostReason, MessageState, Notice, Opened,
    Person, Position, RoomEvent, RoomId, SendFailure, SendRefusal, longest_text,
};
use keyroom_types::Label;
use keyroom_types::limits::{FERNET_TEXT_BYTES, SIMPLE_PEER_CHARS};

use super::{Happening, read_lines};
use crate::failure::Failure;
use crate::input::Line;

/// How a plain session shows what happens. Every call writes whole lines and flushes them.
pub(crate) trait Face {
    /// The room is open: its key, addresses and invite, before anything else.
    fn opened(&mut self, opened: &Opened) -> io::Result<()>;
    /// The host was reached for the first time.
    fn joined(&mut self, room: &Label) -> io::Result<()>;
    /// Somebody came, left, or was disconnected.
    fn member(&mut self, room: &Label, label: &str, change: &MemberChange) -> io::Result<()>;
    /// Somebody said something.
    fn message(&mut self, room: &Label, said: &Said<'_>) -> io::Result<()>;
    /// An own message was sent, to this many.
    fn sent(&mut self, room: &Label, said: &Said<'_>, to: usize) -> io::Result<()>;
    /// Something a person should know. `kind` is stable, `text` is a sentence.
    fn warning(&mut self, room: &Label, kind: &'static str, text: &str) -> io::Result<()>;
    /// The room was left.
    fn left(&mut self, room: &Label) -> io::Result<()>;
    /// The command ends without having done all it was asked.
    fn error(&mut self, failure: &Failure) -> io::Result<()>;
}

/// What was said, and by whom.
pub(crate) struct Said<'a> {
    pub(crate) id: String,
    pub(crate) from: &'a str,
    pub(crate) text: &'a str,
    pub(crate) at: SystemTime,
}

/// What became of somebody.
pub(crate) enum MemberChange {
    Joined,
    Left,
    Dropped(String),
}

/// One room in the plain face.
pub(crate) struct Session {
    engine: Engine,
    room: RoomId,
    name: Label,
    split: Option<usize>,
    verbose: bool,
    /// Own messages that are not settled yet.
    waiting: BTreeSet<Position>,
    unsent: usize,
    opened_any: bool,
    not_opened: bool,
    connected_once: bool,
    warned_of_length: bool,
    permits: Option<Sender<()>>,
    /// Lines read whose permit was not given back yet.
    owed: usize,
}

impl Session {
    pub(crate) fn new(
        engine: Engine,
        room: RoomId,
        name: Label,
        split: Option<usize>,
        verbose: bool,
    ) -> Self {
        Self {
            engine,
            room,
            name,
            split,
            verbose,
            waiting: BTreeSet::new(),
            unsent: 0,
            opened_any: false,
            not_opened: false,
            connected_once: false,
            warned_of_length: false,
            permits: None,
            owed: 0,
        }
    }

    /// Runs until the room is left. A standard output that nobody reads any more ends it like Ctrl-C.
    pub(crate) fn run(
        mut self,
        mut face: Box<dyn Face>,
        happenings: &Receiver<Happening>,
        happen: Sender<Happening>,
    ) -> Result<(), Failure> {
        let (permits, permitted) = mpsc::channel();
        for _ in 0..self.lines_ahead() {
            let _ = permits.send(());
        }
        self.permits = Some(permits);
        let mut start_reading = Some((happen, permitted));
        let mut outcome = Ok(());
        while let Ok(happening) = happenings.recv() {
            let step = match happening {
                Happening::Engine(Event::Room { room, event }) if room == self.room => {
                    // Nothing is read before the room is there, so that the first lines are not lost on it.
                    if matches!(
                        event,
                        RoomEvent::Opened(_) | RoomEvent::Connection(Connection::Connected { .. })
                    ) && let Some((happen, permitted)) = start_reading.take()
                    {
                        read_lines(happen, permitted)?;
                    }
                    self.on_event(event, face.as_mut())
                }
                Happening::Engine(_) => Ok(Step::Go),
                Happening::Line(line) => self.on_line(line, face.as_mut()),
                Happening::EndOfInput | Happening::Stop => {
                    self.engine.send(Command::Leave { room: self.room });
                    Ok(Step::Go)
                }
            };
            match step {
                Ok(Step::Go) => {}
                Ok(Step::End(result)) => {
                    outcome = result;
                    break;
                }
                Err(_) => {
                    self.engine.send(Command::Leave { room: self.room });
                    break;
                }
            }
        }
        self.engine.shutdown();
        if let Err(failure) = &outcome {
            // Where even this cannot be written, the exit code still tells.
            let _ = face.error(failure);
        }
        outcome
    }

    fn on_event(&mut self, event: RoomEvent, face: &mut dyn Face) -> io::Result<Step> {
        match event {
            RoomEvent::Opened(opened) => {
                face.opened(&opened)?;
                if let Some(port) = opened.taken_port {
                    let text =
                        format!("Another program uses port {port}, so this room has the next free one.");
                    face.warning(&self.name, "port_taken", &text)?;
                }
            }
            RoomEvent::Connection(connection) => return self.on_connection(connection, face),
            RoomEvent::Appended { first, last } => {
                let count = usize::try_from(last.0 - first.0 + 1).unwrap_or(usize::MAX);
                for entry in self.engine.history().page(self.room, first, count).unwrap_or_default() {
                    self.on_entry(&entry, face)?;
                }
            }
            RoomEvent::Changed { position } => {
                for entry in self.engine.history().page(self.room, position, 1).unwrap_or_default() {
                    self.on_change(&entry, face)?;
                }
            }
            RoomEvent::SendRefused(refusal) => {
                self.permit();
                self.unsent += usize::from(refusal != SendRefusal::Empty);
                face.warning(&self.name, "not_taken", &format!("Not sent: {refusal}."))?;
            }
            RoomEvent::Closed(CloseReason::Left) => {
                face.left(&self.name)?;
                return Ok(Step::End(self.verdict()));
            }
            RoomEvent::Closed(reason) => {
                let next = "Choose another with --listen, for example --listen :0 for any free port.";
                return Ok(Step::End(Err(Failure::failed(format!(
                    "The room cannot be opened: {reason}. {next}"
                )))));
            }
            _ => {}
        }
        Ok(Step::Go)
    }

    fn on_connection(&mut self, connection: Connection, face: &mut dyn Face) -> io::Result<Step> {
        match connection {
            Connection::Connected { .. } if !self.connected_once => {
                self.connected_once = true;
                face.joined(&self.name)?;
            }
            Connection::Connected { .. } => face.warning(&self.name, "connected", "Connected again.")?,
            Connection::Waiting { reason, .. } if !self.connected_once => {
                return Ok(Step::End(Err(Failure::failed(format!(
                    "The room at {} cannot be entered: {reason}. {}",
                    self.name,
                    next_step(reason)
                )))));
            }
            Connection::Waiting { reason, retry_in, .. } => {
                let seconds = retry_in.as_secs().max(1);
                let text = format!("The connection is gone: {reason}. Trying again in {seconds} s.");
                face.warning(&self.name, "connection_lost", &text)?;
            }
            Connection::Connecting { address, attempt } if self.verbose => {
                let text = format!("Trying {address}, attempt {attempt}.");
                face.warning(&self.name, "connecting", &text)?;
            }
            _ => {}
        }
        Ok(Step::Go)
    }

    fn on_entry(&mut self, entry: &Entry, face: &mut dyn Face) -> io::Result<()> {
        match &entry.body {
            Body::Message(message) => match message.state {
                MessageState::Received => {
                    self.opened_any = true;
                    let from = self.label(entry);
                    let id = message.id.to_string();
                    face.message(&self.name, &Said { id, from: &from, text: &message.text, at: entry.at })
                }
                _ => {
                    self.waiting.insert(entry.position);
                    self.on_change(entry, face)
                }
            },
            Body::Notice(notice) => self.on_notice(*notice, face),
            _ => Ok(()),
        }
    }

    fn on_change(&mut self, entry: &Entry, face: &mut dyn Face) -> io::Result<()> {
        let message = match &entry.body {
            Body::Message(message) => message,
            Body::Notice(notice) => return self.on_notice(*notice, face),
            _ => return Ok(()),
        };
        if matches!(message.state, MessageState::Waiting | MessageState::Received) {
            return Ok(());
        }
        if !self.waiting.remove(&entry.position) {
            return Ok(());
        }
        self.permit();
        match message.state {
            MessageState::Sent { to } => {
                let id = message.id.to_string();
                let from = self.label(entry);
                face.sent(&self.name, &Said { id, from: &from, text: &message.text, at: entry.at }, to)
            }
            MessageState::Failed(failure) => {
                self.unsent += 1;
                let kind = if failure == SendFailure::NobodyHere { "nobody_here" } else { "not_sent" };
                face.warning(&self.name, kind, &format!("Not sent: {failure}."))
            }
            _ => Ok(()),
        }
    }

    fn on_notice(&mut self, notice: Notice, face: &mut dyn Face) -> io::Result<()> {
        let label =
            |peer| self.person(peer).map_or_else(|| "somebody".into(), |person| person.label.to_string());
        let messages = |count| if count == 1 { "a message".into() } else { format!("{count} messages") };
        match notice {
            Notice::Joined(peer) => face.member(&self.name, &label(peer), &MemberChange::Joined),
            Notice::Left(peer) => face.member(&self.name, &label(peer), &MemberChange::Left),
            Notice::Dropped(peer, why) => {
                face.member(&self.name, &label(peer), &MemberChange::Dropped(why.to_string()))
            }
            Notice::NotOpened(peer, count) => {
                let text = format!(
                    "{} sent {} that this key does not open. If that goes on, one of you has a wrong key: compare them.",
                    label(peer),
                    messages(count)
                );
                self.not_opened = true;
                face.warning(&self.name, "not_opened", &text)
            }
            Notice::NotText(peer, count) => {
                let text = format!("{} sent {} that opened, but not to text.", label(peer), messages(count));
                face.warning(&self.name, "not_text", &text)
            }
            Notice::Junk(peer, bytes) => {
                let text = format!("{} sent {bytes} bytes that are no message.", label(peer));
                face.warning(&self.name, "junk", &text)
            }
            Notice::Repeated { peer, times, .. } => {
                let what = if times == 1 { "a message".into() } else { format!("messages, {times} times,") };
                let text = format!(
                    "{} sent {what} that came before: it may be a replay. It is not shown again.",
                    label(peer)
                );
                face.warning(&self.name, "repeated", &text)
            }
            _ => Ok(()),
        }
    }

    fn on_line(&mut self, line: Line, face: &mut dyn Face) -> io::Result<Step> {
        self.owed += 1;
        match line {
            Line::Text(text) if text.is_empty() => self.permit(),
            Line::Text(text) => {
                let simple = longest_text(SIMPLE_PEER_CHARS);
                let over = text.len() > simple && self.split.is_none();
                if over && !std::mem::replace(&mut self.warned_of_length, true) {
                    let hint = format!(
                        "Over {simple} bytes: a simple program that reads {SIMPLE_PEER_CHARS} characters at once \
                         cannot read this. --split {SIMPLE_PEER_CHARS} sends such texts in parts."
                    );
                    face.warning(&self.name, "long_text", &hint)?;
                }
                self.engine.send(Command::Send { room: self.room, text, split: self.split });
            }
            Line::TooLong(bytes) => {
                self.unsent += 1;
                self.permit();
                let text = format!(
                    "Not sent: the line is {bytes} bytes long, and a room takes {FERNET_TEXT_BYTES} at once."
                );
                face.warning(&self.name, "not_taken", &text)?;
            }
            Line::NotText => {
                self.unsent += 1;
                self.permit();
                face.warning(&self.name, "not_taken", "Not sent: the line is not UTF-8 text.")?;
            }
        }
        Ok(Step::Go)
    }

    /// Lets one more line be read.
    fn permit(&mut self) {
        // A line that goes in parts waits for most of them, or a fast writer would overrun the room.
        if self.owed > 0 && self.waiting.len() < LINES_AHEAD {
            self.owed -= 1;
            if let Some(permits) = &self.permits {
                // The reader is gone at the end of input: nothing is left to permit.
                let _ = permits.send(());
            }
        }
    }

    /// How many lines are read before the first of them is sent.
    fn lines_ahead(&self) -> usize {
        if self.split.is_some() { LINES_AHEAD_IN_PARTS } else { LINES_AHEAD }
    }

    fn verdict(&self) -> Result<(), Failure> {
        let unsent = self.unsent + self.waiting.len();
        if self.not_opened && !self.opened_any {
            return Err(Failure::refused(
                "No message could be opened with this key. Ask the host for the key and join again.",
            ));
        }
        match unsent {
            0 => Ok(()),
            1 => Err(Failure::failed("One message was not sent.")),
            more => Err(Failure::failed(format!("{more} messages were not sent."))),
        }
    }

    fn person(&self, peer: keyroom_client::PeerId) -> Option<Person> {
        self.engine.history().person(self.room, peer).ok().flatten()
    }

    fn label(&self, entry: &Entry) -> String {
        match &entry.body {
            Body::Message(message) => match message.from {
                keyroom_client::Sender::Me => "you".into(),
                keyroom_client::Sender::Peer(peer) => {
                    self.person(peer).map_or_else(|| "somebody".into(), |person| person.label.to_string())
                }
            },
            _ => String::new(),
        }
    }
}

enum Step {
    Go,
    End(Result<(), Failure>),
}

/// What to do about a room that cannot be reached.
fn next_step(reason: LostReason) -> &'static str {
    match reason {
        LostReason::Refused => "Check the address, and that the room is still open on the host's computer.",
        LostReason::TimedOut | LostReason::Unreachable => {
            "Check the address, and that both computers are on the same network; a firewall may be in the way."
        }
        LostReason::UnknownName => "Check the name, or use the numbers that the host's window shows.",
        _ => "Check the address with the host, and try again.",
    }
}

/// Lines read ahead of what was sent: enough to keep a connection busy, little enough to hold.
const LINES_AHEAD: usize = 64;
/// The same where one line can be some hundred messages.
const LINES_AHEAD_IN_PARTS: usize = 4;
