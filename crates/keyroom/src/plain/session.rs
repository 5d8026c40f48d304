//! One room in the plain face, from its opening to its end.

mod connection;
mod entries;
mod knocks;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use keyroom_client::{
    Body, CloseReason, Command, Engine, Event, Knock, Opened, Position, RoomEvent, RoomId, SendRefusal,
    longest_text,
};
use keyroom_types::limits::{FERNET_TEXT_BYTES, SIMPLE_PEER_CHARS};
use keyroom_types::{Address, Invite, Label};

use super::face::Face;
use super::{Happening, read_lines};
use crate::ending;
use crate::failure::Failure;
use crate::input::Line;

pub(crate) use entries::{said, tell_notice};

/// What kind of room it is, and what this program is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A Fernet room, as host or guest.
    Fernet,
    /// A sealed room of which others are to be told how to come in. With `ask`, the engine does not tell that by itself.
    SealedHost { ask: bool },
    /// A sealed room.
    SealedGuest,
    /// A sealed room that is only listened to. Where `since` is given, what the profile has from behind there comes first:
    /// entries below `known`.
    Listen { since: Option<u64>, known: u64 },
}

/// What a session begins with.
pub(crate) struct Setup {
    pub(crate) name: Label,
    /// What this person is called in what is shown of its own.
    pub(crate) me: String,
    pub(crate) kind: Kind,
    pub(crate) split: Option<usize>,
    pub(crate) verbose: bool,
    /// What is to be said once the room is open: kind and sentence.
    pub(crate) remarks: Vec<(&'static str, String)>,
}

/// One room in the plain face.
pub(crate) struct Session {
    engine: Engine,
    room: RoomId,
    name: Label,
    me: String,
    kind: Kind,
    split: Option<usize>,
    verbose: bool,
    remarks: Vec<(&'static str, String)>,
    /// Own messages that are not settled yet.
    waiting: BTreeSet<Position>,
    unsent: usize,
    opened_any: bool,
    not_opened: bool,
    /// Whether the line was written from which on messages come.
    greeted: bool,
    /// Events of the timeline that came before that.
    held: Vec<RoomEvent>,
    /// Whether the sealed room is entered for the first time.
    newcomer: bool,
    /// Who asks to be let in.
    knocks: Vec<Knock>,
    /// What was shown of others' messages that were changed, or that they were taken back.
    changed: BTreeMap<Position, Option<Arc<str>>>,
    /// The last line that was shown.
    shown: Option<Position>,
    /// Whether this person waits to be let in.
    knocking: bool,
    online: bool,
    was_online: bool,
    catching_up: bool,
    /// Whether it was said that the relay is another one, since the last time that it was the right one.
    distrusted: bool,
    warned_of_length: bool,
    permits: Option<Sender<()>>,
    /// Lines read whose permit was not given back yet.
    owed: usize,
}

impl Session {
    pub(crate) fn new(engine: Engine, room: RoomId, setup: Setup) -> Self {
        let Setup { name, me, kind, split, verbose, remarks } = setup;
        Self {
            engine,
            room,
            name,
            me,
            kind,
            split,
            verbose,
            remarks,
            waiting: BTreeSet::new(),
            unsent: 0,
            opened_any: false,
            not_opened: false,
            greeted: false,
            held: Vec::new(),
            newcomer: false,
            knocks: Vec::new(),
            changed: BTreeMap::new(),
            shown: None,
            knocking: false,
            online: false,
            was_online: false,
            catching_up: false,
            distrusted: false,
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
                    let step = self.on_event(event, face.as_mut());
                    // Nothing is read before the room is there, so that the first lines are not lost on it.
                    if self.greeted
                        && !matches!(self.kind, Kind::Listen { .. })
                        && let Some((happen, permitted)) = start_reading.take()
                    {
                        read_lines(happen, permitted)?;
                    }
                    step
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
        if let (true, Some(through)) = (self.is_sealed(), self.shown) {
            self.engine.send(Command::MarkRead { room: self.room, through });
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
            RoomEvent::Opened(opened) => self.on_opened(&opened, face)?,
            RoomEvent::Invite(invite) => self.on_invite(&invite, face)?,
            RoomEvent::Entered { name, .. } => {
                self.name = name;
                if self.newcomer && !self.greeted && self.kind == Kind::SealedGuest {
                    self.is_in(face)?;
                }
            }
            RoomEvent::Connection(connection) => return self.on_connection(connection, face),
            RoomEvent::Appended { .. } | RoomEvent::Changed { .. } if !self.greeted => self.held.push(event),
            RoomEvent::Appended { first, last } => {
                let count = usize::try_from(last.0 - first.0 + 1).unwrap_or(usize::MAX);
                for entry in self.engine.history().page(self.room, first, count).unwrap_or_default() {
                    self.on_entry(&entry, face)?;
                }
                self.shown = self.shown.max(Some(last));
            }
            RoomEvent::Changed { position } => {
                for entry in self.engine.history().page(self.room, position, 1).unwrap_or_default() {
                    self.on_change(&entry, face)?;
                }
            }
            RoomEvent::Knocks(_) if !self.greeted => self.held.push(event),
            RoomEvent::Knocks(knocks) => self.on_knocks(knocks, face)?,
            RoomEvent::WishRefused(refusal) => {
                face.warning(&self.name, "not_changed", &format!("The room was not changed: {refusal}."))?;
            }
            RoomEvent::Alarm(alarm) => {
                face.warning(&self.name, "alarm", &format!("Something is wrong: {alarm}."))?;
            }
            RoomEvent::AlarmOver(_) => {
                let text = "The relay shows this room's log again as it must be: nothing is missing.";
                face.warning(&self.name, "alarm_over", text)?;
            }
            RoomEvent::SendRefused(refusal) => {
                self.permit();
                self.unsent += usize::from(refusal != SendRefusal::Empty);
                face.warning(&self.name, "not_taken", &format!("Not sent: {refusal}."))?;
            }
            RoomEvent::Closed(reason) => {
                // What came before the end is shown, also where the room was never reached again.
                self.release(face)?;
                if reason != CloseReason::Left {
                    return Ok(Step::End(Err(ending::of(&reason))));
                }
                face.left(&self.name)?;
                return Ok(Step::End(self.verdict()));
            }
            _ => {}
        }
        Ok(Step::Go)
    }

    fn on_opened(&mut self, opened: &Opened, face: &mut dyn Face) -> io::Result<()> {
        if matches!(self.kind, Kind::Listen { .. }) {
            return Ok(());
        }
        self.greet_guests(&opened.invite, &opened.addresses, face)?;
        match opened.taken_port {
            Some(port) => {
                let text = format!("Another program uses port {port}, so this room has the next free one.");
                face.warning(&self.name, "port_taken", &text)
            }
            None => Ok(()),
        }
    }

    fn on_invite(&mut self, invite: &Invite, face: &mut dyn Face) -> io::Result<()> {
        match self.kind {
            Kind::SealedHost { .. } if !self.greeted => self.greet_guests(invite, invite.addresses(), face),
            Kind::SealedHost { .. } => face.invite(invite),
            _ => {
                let text = "The room has a new key: invites from before open nothing any more.";
                face.warning(&self.name, "new_key", text)
            }
        }
    }

    fn greet_guests(
        &mut self,
        invite: &Invite,
        addresses: &[Address],
        face: &mut dyn Face,
    ) -> io::Result<()> {
        face.opened(invite, addresses)?;
        self.greeted(face)
    }

    /// The room was reached: who is only in it says so, who hosts it asks for what others need to come in.
    fn is_in(&mut self, face: &mut dyn Face) -> io::Result<()> {
        if let Kind::SealedHost { ask } = self.kind {
            if ask {
                self.engine.send(Command::NewInvite { room: self.room });
            }
            return Ok(());
        }
        face.joined(&self.name)?;
        self.greeted(face)
    }

    fn greeted(&mut self, face: &mut dyn Face) -> io::Result<()> {
        self.greeted = true;
        for (kind, text) in std::mem::take(&mut self.remarks) {
            face.warning(&self.name, kind, &text)?;
        }
        if let Kind::Listen { since: Some(since), known } = self.kind {
            self.past(since, known, face)?;
        }
        self.release(face)
    }

    /// Shows what came before it could be shown.
    fn release(&mut self, face: &mut dyn Face) -> io::Result<()> {
        self.greeted = true;
        for event in std::mem::take(&mut self.held) {
            self.on_event(event, face)?;
        }
        Ok(())
    }

    /// Shows messages that the profile has from behind a place in the log.
    fn past(&self, since: u64, known: u64, face: &mut dyn Face) -> io::Result<()> {
        let history = self.engine.history();
        let mut at = 0;
        while at < known {
            let page = history.page(self.room, Position(at), PAGE).unwrap_or_default();
            let Some(last) = page.last() else { break };
            let next = last.position.0 + 1;
            for entry in page.iter().filter(|entry| entry.position.0 < known) {
                if let (Body::Message(message), true) =
                    (&entry.body, entry.seq.is_some_and(|seq| seq > since))
                {
                    face.message(&self.name, &said(entry, message, &self.label(entry)))?;
                }
            }
            at = next;
        }
        Ok(())
    }

    fn is_sealed(&self) -> bool {
        self.kind != Kind::Fernet
    }

    fn on_line(&mut self, line: Line, face: &mut dyn Face) -> io::Result<Step> {
        self.owed += 1;
        match line {
            Line::Text(text) if text.is_empty() || self.answers_knock(&text, face)? => self.permit(),
            Line::Text(text) => {
                let simple = longest_text(SIMPLE_PEER_CHARS);
                let over = text.len() > simple && self.split.is_none() && !self.is_sealed();
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
            _ if self.is_sealed() && self.unsent == 0 => Err(Failure::failed(
                "Not everything was sent in time. It is kept in the profile, if there is one, and sent when the room is \
                 open again.",
            )),
            1 => Err(Failure::failed("One message was not sent.")),
            more => Err(Failure::failed(format!("{more} messages were not sent."))),
        }
    }
}

enum Step {
    Go,
    End(Result<(), Failure>),
}

/// Lines of the timeline that are read at once.
const PAGE: usize = 256;
/// Lines read ahead of what was sent: enough to keep a connection busy, little enough to hold.
const LINES_AHEAD: usize = 64;
/// The same where one line can be some hundred messages.
const LINES_AHEAD_IN_PARTS: usize = 4;
