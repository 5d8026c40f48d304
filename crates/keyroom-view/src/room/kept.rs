//! A sealed room of the profile: on the list before it is opened, and again when it was closed.

use std::time::SystemTime;

use keyroom_client::{
    Alarm, CloseReason, LastLine, Listen, PeerId, RelayAt, RoomId, RoomSummary, Sender, Stage,
};
use keyroom_types::text;

use super::{Hosting, Role, Room};
use crate::markup::Names;
use crate::timeline::shown;
use crate::words;

/// What the profile has of a room.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Its name there.
    pub(crate) id: keyroom_types::RoomId,
    /// Where its relay listens again, where it is hosted here.
    pub(crate) listen: Listen,
    /// Whether it is not open now.
    pub(crate) asleep: bool,
    /// Unread messages, while it is not open.
    pub(crate) unread: u64,
    /// The last line through which the profile knows that the room was read.
    pub(crate) read: Option<u64>,
    /// The same, which the profile is not told yet.
    pub(crate) to_mark: Option<u64>,
}

impl Kept {
    /// A room that was just made or entered.
    pub(crate) fn open(id: keyroom_types::RoomId) -> Self {
        Self { id, listen: Listen::Everywhere, asleep: false, unread: 0, read: None, to_mark: None }
    }

    /// It was read through this line.
    pub(crate) fn mark(&mut self, line: u64) {
        if self.read.is_none_or(|read| read < line) {
            self.read = Some(line);
            self.to_mark = Some(line);
        }
    }
}

impl Room {
    /// A room that the profile keeps, not open.
    pub(crate) fn kept(id: RoomId, summary: &RoomSummary, myself: Option<PeerId>) -> Self {
        let name = if summary.name.is_empty() { words::ROOM_ASKED_FOR.text() } else { &summary.name };
        let role = Role::Kept { hosted: summary.hosted, opened: None };
        let mut room = Self::new(id, name, &summary.me, role, myself);
        room.sealed.entered = matches!(summary.stage, Stage::Member | Stage::Waiting);
        room.kept = Some(Kept {
            id: summary.room,
            listen: summary.listen.clone(),
            asleep: true,
            unread: summary.unread,
            read: None,
            to_mark: None,
        });
        room.closed = over(summary);
        room.choices = summary.choices;
        room.last = summary.last.as_ref().map(|last| line(last, room.people.names()));
        room
    }

    /// Whether it is on the list only because the profile keeps it.
    pub(crate) fn is_asleep(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.asleep)
    }

    /// Its unread messages, open or not.
    pub(crate) fn unread_count(&self) -> u64 {
        match &self.kept {
            Some(kept) if kept.asleep => kept.unread,
            _ => self.unread.count(),
        }
    }

    /// Whether it is hosted here by a relay that keeps nothing on disk: when it is closed, it is gone.
    pub(crate) fn is_in_memory(&self) -> bool {
        let Role::Host { options: Hosting::Sealed(options), .. } = &self.role else { return false };
        matches!(options.at, RelayAt::Here { data: None, .. })
    }

    /// What the list is sorted by.
    pub(crate) fn newest(&self) -> SystemTime {
        self.last.as_ref().map_or(self.since, |(_, at)| (*at).max(self.since))
    }
}

/// Why nobody can go on in a room where the profile left it.
fn over(summary: &RoomSummary) -> Option<CloseReason> {
    match summary.stage {
        Stage::Removed => Some(CloseReason::Removed),
        Stage::Ended => Some(CloseReason::Ended),
        Stage::Left => Some(CloseReason::Left),
        Stage::Forked => Some(CloseReason::Alarm(Alarm::Forked)),
        // It was in the memory of a relay that is gone.
        _ if summary.hosted && summary.volatile => Some(CloseReason::Ended),
        _ => None,
    }
}

/// The last line as a list shows it, and when it was.
fn line(last: &LastLine, names: &Names) -> (String, SystemTime) {
    let said = match last {
        LastLine::Message { from, name, text, .. } => {
            let author = match from {
                Sender::Me => words::YOU_SAID.text().into(),
                Sender::Peer(_) => text::one_line(name),
            };
            let text =
                text.as_ref().map_or_else(|| words::WITHDRAWN.to_owned(), |text| shown::line(text, names));
            format!("{author}: {text}")
        }
        _ => String::new(),
    };
    (said, last.at())
}
