//! The rooms of a profile as a list shows them.

use std::sync::Arc;
use std::time::SystemTime;

use keyroom_history::{Choices, DbError, Entry, EntryBody, RoomRecord, Stage, Tx};
use keyroom_types::{Address, IdentityKey, RoomId};

use super::details::time;
use super::{ProfileHistory, SharedProfile};
use crate::command::Listen;
use crate::history::{HistoryError, Notice, Position, Sender};
use crate::sealed_room::decode_notice;

/// A room of the profile, open or not.
#[derive(Clone, Debug)]
pub struct RoomSummary {
    /// Its name at the relay.
    pub room: RoomId,
    /// Its name for people; empty while somebody waits to be let in.
    pub name: String,
    /// What this person is called in it.
    pub me: String,
    /// How far in the profile is.
    pub stage: Stage,
    /// Whether it is hosted here.
    pub hosted: bool,
    /// Where its relay listens again, where it is hosted here: at the same port, and no more widely than it did.
    pub listen: Listen,
    /// Whether its relay keeps it in memory only: where that is hosted here, it ended with the process.
    pub volatile: bool,
    /// Whether nothing is sent until it is entered again.
    pub broken: bool,
    /// Its last line that is not of somebody who is muted.
    pub last: Option<LastLine>,
    /// Messages of others who are not muted, behind what was read; at most [`RoomSummary::MOST_UNREAD`] are counted.
    pub unread: u64,
    /// What was chosen for it.
    pub choices: Choices,
    /// What is written there and not sent.
    pub draft: String,
    /// How many ask to be let in, as far as is known.
    pub knocks: usize,
}

/// The last line of a room.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LastLine {
    /// A message.
    Message {
        /// When.
        at: SystemTime,
        /// Who wrote it.
        from: Sender,
        /// The name that was shown then: hostile, like the text.
        name: Arc<str>,
        /// What it says; `None` where that is gone.
        text: Option<Arc<str>>,
    },
    /// Something else.
    Notice {
        /// When.
        at: SystemTime,
        /// What.
        notice: Notice,
    },
}

impl LastLine {
    /// A message: for tests of faces.
    #[cfg(feature = "testing")]
    pub fn message(at: SystemTime, from: Sender, name: &str, text: Option<&str>) -> Self {
        Self::Message { at, from, name: name.into(), text: text.map(Into::into) }
    }

    /// When it happened.
    pub fn at(&self) -> SystemTime {
        match self {
            Self::Message { at, .. } | Self::Notice { at, .. } => *at,
        }
    }
}

impl RoomSummary {
    /// More are as good as so many.
    pub const MOST_UNREAD: usize = 1_000;
}

impl SharedProfile {
    /// The rooms in it, with what a list of them shows; the one with the newest line first.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn summaries(&self) -> Result<Vec<RoomSummary>, DbError> {
        let mut profile = self.lock();
        let me = keyroom_mls::Identity::from_seed(&profile.identity_seed()).key();
        let tx = profile.begin_at_once()?;
        let rooms = tx.rooms()?.into_iter().map(|record| summary(&tx, record, &me));
        let mut rooms = rooms.collect::<Result<Vec<_>, _>>()?;
        rooms.sort_by_key(|room| std::cmp::Reverse(room.last.as_ref().map(LastLine::at)));
        Ok(rooms)
    }

    /// Notes that a room was read up to there.
    ///
    /// # Errors
    /// The profile cannot be written, or does not have the room.
    pub fn mark_read(&self, room: &RoomId, through: Position) -> Result<(), DbError> {
        self.write(|tx| {
            // Nobody has read what is not there yet.
            let lines = through.0.saturating_add(1).min(tx.len(room)?);
            tx.set_read(room, lines)
        })
    }

    /// What was chosen for a room.
    ///
    /// # Errors
    /// The profile cannot be read, or does not have the room.
    pub fn choices(&self, room: &RoomId) -> Result<Choices, DbError> {
        self.lock().begin_at_once()?.choices(room)
    }

    /// Notes what is chosen for a room.
    ///
    /// # Errors
    /// The profile cannot be written, or does not have the room.
    pub fn choose(&self, room: &RoomId, choices: &Choices) -> Result<(), DbError> {
        self.write(|tx| tx.set_choices(room, choices))
    }

    fn write(&self, work: impl FnOnce(&Tx<'_>) -> Result<(), DbError>) -> Result<(), DbError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once()?;
        work(&tx)?;
        tx.commit()
    }
}

impl ProfileHistory {
    /// The same for a room that is open. Nothing for a Fernet room, which the profile does not have.
    ///
    /// # Errors
    /// The profile cannot be written.
    pub fn mark_read(&self, room: crate::RoomId, through: Position) -> Result<(), HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(()) };
        self.profile.mark_read(&id, through).map_err(|_| HistoryError::Store)
    }

    /// Notes what is chosen for a room that is open.
    ///
    /// # Errors
    /// The profile cannot be written.
    pub fn choose(&self, room: crate::RoomId, choices: Choices) -> Result<(), HistoryError> {
        let Some(id) = self.sealed(room) else { return Ok(()) };
        self.profile.choose(&id, &choices).map_err(|_| HistoryError::Store)
    }
}

fn listens_again(record: &RoomRecord) -> Listen {
    let local = |address: &Address| address.ip().is_some_and(|ip| ip.is_loopback());
    match record.addresses.first().map(Address::port) {
        Some(port) if record.addresses.iter().all(local) => Listen::ThisComputerAt(port),
        Some(port) => Listen::EverywhereAt(port),
        None => Listen::Everywhere,
    }
}

fn summary(tx: &Tx<'_>, record: RoomRecord, me: &IdentityKey) -> Result<RoomSummary, DbError> {
    let room = record.room;
    let muted = super::muted::muted(tx, &room)?;
    let counts = |author: &IdentityKey| !muted.contains(&crate::sealed_room::peer_of(author));
    let unread = if muted.is_empty() {
        tx.unread(&room, RoomSummary::MOST_UNREAD)?
    } else {
        tx.unread_of(&room, RoomSummary::MOST_UNREAD, counts)?
    };
    let shown = |entry: &Entry| match &entry.body {
        EntryBody::Message { author, .. } => author == me || counts(author),
        EntryBody::Notice { .. } => true,
    };
    let lines = tx.len(&room)?;
    let mut newest = (lines.saturating_sub(LOOKED_AT)..lines).rev();
    let last = newest.find_map(|place| tx.entry(&room, place).map(|entry| entry.filter(shown)).transpose());
    let last = last.transpose()?.map(|entry| match entry.body {
        EntryBody::Message { author, name, text, .. } => LastLine::Message {
            at: time(entry.at),
            from: if author == *me { Sender::Me } else { Sender::Peer(crate::sealed_room::peer_of(&author)) },
            name: name.into(),
            text: text.map(Into::into),
        },
        EntryBody::Notice { kind, data } => LastLine::Notice {
            at: time(entry.at),
            notice: decode_notice(kind, &data).unwrap_or(Notice::Unknown),
        },
    });
    let listen = listens_again(&record);
    Ok(RoomSummary {
        room,
        name: record.name,
        me: record.me,
        stage: record.stage,
        hosted: record.hosted,
        listen,
        volatile: record.volatile,
        broken: record.unsure.is_some(),
        last,
        unread,
        choices: tx.choices(&room)?,
        draft: tx.draft(&room)?,
        knocks: tx.knocks(&room)?.len(),
    })
}

/// Lines that are looked at for one that nobody who is muted wrote.
const LOOKED_AT: u64 = 50;
