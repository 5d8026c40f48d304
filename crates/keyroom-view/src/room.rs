//! What is known of one room.

mod composer;
pub(crate) mod doors;
mod kept;
mod key_sheet;
pub(crate) mod people;
mod progress;
mod role;
mod sealed;
mod state;
mod unread;

use std::collections::BTreeMap;
use std::time::SystemTime;

use keyroom_client::{Choices, CloseReason, Connection, Opened, PeerId, RoomId, Roster, RosterMember};
use keyroom_types::{Invite, text};

use crate::input::RoomKind;
use crate::markup::Formed;

pub(crate) use composer::{Draft, Written};
pub(crate) use kept::Kept;
pub(crate) use key_sheet::{Copied, Sheet, plain_qr};
pub(crate) use people::People;
pub(crate) use progress::{Progress, steps};
pub(crate) use role::{Entering, Hosting, Role};
pub(crate) use sealed::Sealed;
pub(crate) use state::{next_second, state_line, state_word};
pub(crate) use unread::Unread;

/// One room of this process.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) role: Role,
    /// The room's name, safe to show.
    pub(crate) name: String,
    /// This person's name, safe to show.
    pub(crate) me: String,
    /// The state of the connection, and since when.
    pub(crate) connection: Option<(Connection, SystemTime)>,
    /// Where the last try went, safe to show.
    pub(crate) place: String,
    pub(crate) was_connected: bool,
    pub(crate) closed: Option<CloseReason>,
    /// The person left it; it only waits for the engine to say so.
    pub(crate) leaving: bool,
    /// It was left for good: nothing of it stays.
    pub(crate) gone: bool,
    pub(crate) people: People,
    pub(crate) last: Option<(String, SystemTime)>,
    pub(crate) unread: Unread,
    pub(crate) key_check: KeyCheck,
    pub(crate) draft: Draft,
    /// Where the reader was, unless at the end.
    pub(crate) anchor: Option<u64>,
    /// The newest invite that the engine made.
    pub(crate) invite: Option<Box<Invite>>,
    /// What only a sealed room has.
    pub(crate) sealed: Sealed,
    /// What the profile has of it, where it is kept there.
    pub(crate) kept: Option<Kept>,
    /// Who seems to be writing, and until when that is said.
    pub(crate) typing: Vec<(PeerId, SystemTime)>,
    /// When the others were last told that this person writes.
    pub(crate) hinted: Option<SystemTime>,
    /// Who is in it and by which rules, as the history last said.
    pub(crate) roster: Option<Roster>,
    /// Whether that may be another now.
    pub(crate) roster_is_old: bool,
    /// What was chosen for it.
    pub(crate) choices: Choices,
    /// When it came to the list.
    pub(crate) since: SystemTime,
}

impl Room {
    /// A room of this computer. `myself` is this person among the members of sealed rooms.
    pub(crate) fn hosted(id: RoomId, options: Hosting, myself: Option<PeerId>) -> Self {
        let (name, me) = (options.name().as_str().to_owned(), options.me().as_str().to_owned());
        Self::new(id, &name, &me, Role::Host { options, opened: None }, myself)
    }

    /// A room elsewhere. `myself` is this person among the members of sealed rooms.
    pub(crate) fn joined(id: RoomId, options: Entering, myself: Option<PeerId>) -> Self {
        let (name, me) = (options.name(), options.me().as_str().to_owned());
        let place = options.addresses().first().map(crate::words::place).unwrap_or_default();
        let room = Self::new(id, &name, &me, Role::Guest(options), myself);
        Self { place, ..room }
    }

    fn new(id: RoomId, name: &str, me: &str, role: Role, myself: Option<PeerId>) -> Self {
        let myself = myself.filter(|_| role.kind() == RoomKind::Sealed);
        Self {
            id,
            role,
            name: text::one_line(name).into_owned(),
            me: text::one_line(me).into_owned(),
            connection: None,
            place: String::new(),
            was_connected: false,
            closed: None,
            leaving: false,
            gone: false,
            people: People::with(myself, &text::one_line(me)),
            last: None,
            unread: Unread::default(),
            key_check: KeyCheck::default(),
            draft: Draft::default(),
            anchor: None,
            invite: None,
            sealed: Sealed::default(),
            kept: None,
            typing: Vec::new(),
            hinted: None,
            roster: None,
            roster_is_old: true,
            choices: Choices::default(),
            since: SystemTime::UNIX_EPOCH,
        }
    }

    pub(crate) fn kind(&self) -> RoomKind {
        self.role.kind()
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.kind() == RoomKind::Sealed
    }

    pub(crate) fn is_hosted(&self) -> bool {
        matches!(self.role, Role::Host { .. } | Role::Kept { hosted: true, .. })
    }

    /// Whether it belongs on the list of rooms: not before it is open, not after it was left.
    pub(crate) fn is_listed(&self) -> bool {
        !self.leaving && !matches!(self.role, Role::Host { opened: None, .. })
    }

    /// What the room opened with, where this computer hosts it.
    pub(crate) fn opened(&self) -> Option<&Opened> {
        match &self.role {
            Role::Host { opened, .. } | Role::Kept { opened, .. } => opened.as_deref(),
            Role::Guest(_) => None,
        }
    }

    /// How others come in: as this room was opened, or as this person came in.
    pub(crate) fn invite(&self) -> Option<Invite> {
        if let Some(invite) = &self.invite {
            return Some((**invite).clone());
        }
        match &self.role {
            Role::Host { opened, .. } | Role::Kept { opened, .. } => {
                opened.as_ref().map(|opened| opened.invite.clone())
            }
            Role::Guest(options) => options.invite(),
        }
    }

    /// Guests that leave with the room when this computer closes it.
    pub(crate) fn guests(&self) -> u64 {
        if self.is_hosted() && self.is_open() { self.people.here() } else { 0 }
    }

    /// What is known of a member; `None`: of this person.
    pub(crate) fn member(&self, peer: Option<PeerId>) -> Option<&RosterMember> {
        let members = &self.roster.as_ref()?.members;
        members.iter().find(|member| peer.map_or(member.me, |peer| member.peer == peer))
    }

    /// Whether a text names this person.
    pub(crate) fn names_me(&self, text: &str) -> bool {
        // As it is shown: what is cut off there names nobody.
        let shown = crate::timeline::shown::message(text, false);
        shown.text.contains('@') && Formed::read(&shown.text, self.people.names(), shown.cut).names_me
    }

    /// Who took this person out of it, where that was seen here.
    pub(crate) fn removed_by(&self) -> Option<String> {
        let by = self.sealed.removed_by?;
        self.people.get(by).map(|_| self.people.name(by))
    }

    /// Whether this person may change the room.
    pub(crate) fn is_admin(&self) -> bool {
        self.member(None).is_some_and(|me| me.admin)
    }

    /// Whether it goes on.
    pub(crate) fn is_open(&self) -> bool {
        self.closed.is_none() && !self.leaving && !self.is_asleep()
    }

    /// Whether something can be said in it.
    pub(crate) fn can_write(&self) -> bool {
        self.is_open() && (!self.is_sealed() || self.sealed.entered && !self.sealed.stands_still())
    }
}

/// Whether the key of a joined room fits. The wire does not tell at the start: only messages do.
#[derive(Debug, Default)]
pub(crate) struct KeyCheck {
    opened_any: bool,
    /// Lines about messages that did not open, with their counts.
    not_opened: BTreeMap<u64, u64>,
}

impl KeyCheck {
    /// A message opened: the key is the room's.
    pub(crate) fn opened(&mut self) {
        self.opened_any = true;
        self.not_opened.clear();
    }

    /// A line says that this many did not open.
    pub(crate) fn not_opened(&mut self, position: u64, times: u64) {
        if !self.opened_any && (self.not_opened.len() < SEVERAL || self.not_opened.contains_key(&position)) {
            self.not_opened.insert(position, times);
        }
    }

    /// Whether several messages did not open and none did.
    pub(crate) fn is_wrong(&self) -> bool {
        !self.opened_any
            && self.not_opened.values().fold(0_u64, |sum, &times| sum.saturating_add(times)) >= SEVERAL as u64
    }
}

/// One or two messages may be somebody else's slip; three that do not open, with none that does, are not.
const SEVERAL: usize = 3;
