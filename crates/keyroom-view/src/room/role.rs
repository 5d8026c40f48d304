//! Which end of a room this is, and with what it was opened or entered.

use keyroom_client::{
    Command, EnterBy, HostOptions, JoinOptions, Opened, RoomId, SealedHostOptions, SealedJoinOptions,
};
use keyroom_types::{Address, Invite, Label};

use crate::input::RoomKind;
use crate::words;

/// Which end of the room this is.
#[derive(Debug)]
pub(crate) enum Role {
    /// This computer hosts it.
    Host {
        options: Hosting,
        /// Once it is open.
        opened: Option<Box<Opened>>,
    },
    /// Somebody else hosts it.
    Guest(Entering),
    /// A sealed room of the profile, which goes on where it was.
    Kept {
        /// Whether it is hosted here.
        hosted: bool,
        /// Once it is open, where it is hosted here.
        opened: Option<Box<Opened>>,
    },
}

impl Role {
    pub(crate) fn kind(&self) -> RoomKind {
        match self {
            Self::Host { options: Hosting::Sealed(_), .. }
            | Self::Guest(Entering::Sealed(_))
            | Self::Kept { .. } => RoomKind::Sealed,
            _ => RoomKind::Fernet,
        }
    }
}

/// How a room is opened on this computer.
#[derive(Clone, Debug)]
pub(crate) enum Hosting {
    Fernet(Box<HostOptions>),
    Sealed(Box<SealedHostOptions>),
}

impl Hosting {
    pub(crate) fn name(&self) -> &Label {
        match self {
            Self::Fernet(options) => &options.name,
            Self::Sealed(options) => &options.name,
        }
    }

    pub(crate) fn me(&self) -> &Label {
        match self {
            Self::Fernet(options) => &options.me,
            Self::Sealed(options) => &options.me,
        }
    }

    pub(crate) fn command(&self, room: RoomId) -> Command {
        match self.clone() {
            Self::Fernet(options) => Command::Host { room, options: *options },
            Self::Sealed(options) => Command::HostSealed { room, options },
        }
    }
}

/// How a room is entered.
#[derive(Clone, Debug)]
pub(crate) enum Entering {
    Fernet(Box<JoinOptions>),
    Sealed(Box<SealedJoinOptions>),
}

impl Entering {
    /// What the room is called until it says its name itself.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Fernet(options) => options.name.as_str().to_owned(),
            Self::Sealed(_) => match self.addresses().first() {
                Some(address) => words::room_at(address),
                None => words::ROOM_WITH_THIS_KEY.to_owned(),
            },
        }
    }

    pub(crate) fn me(&self) -> &Label {
        match self {
            Self::Fernet(options) => &options.me,
            Self::Sealed(options) => &options.me,
        }
    }

    /// Where it is tried, best first; nowhere for a room that is looked for by its key.
    pub(crate) fn addresses(&self) -> &[Address] {
        match self {
            Self::Fernet(options) => &options.addresses,
            Self::Sealed(options) => match &options.by {
                EnterBy::Invite(invite) => invite.place.addresses(),
                EnterBy::Key { addresses, .. } => addresses,
            },
        }
    }

    /// How others come in, where that is known.
    pub(crate) fn invite(&self) -> Option<Invite> {
        match self {
            Self::Fernet(options) => Invite::fernet(options.addresses.clone(), options.key.clone()),
            Self::Sealed(options) => match &options.by {
                EnterBy::Invite(invite) => Some(invite.clone().into()),
                EnterBy::Key { .. } => None,
            },
        }
    }

    /// Whether nothing but the key said that this is the room that was meant.
    pub(crate) fn by_bare_key(&self) -> bool {
        matches!(self, Self::Sealed(options) if matches!(options.by, EnterBy::Key { .. }))
    }

    pub(crate) fn command(&self, room: RoomId) -> Command {
        match self.clone() {
            Self::Fernet(options) => Command::Join { room, options: *options },
            Self::Sealed(options) => Command::JoinSealed { room, options },
        }
    }
}
