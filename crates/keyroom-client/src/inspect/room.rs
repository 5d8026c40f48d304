//! A room, looked at: who could see what, the session, the members' tree, and when its keys changed.

use keyroom_mls::Code;

use super::capture::Session;
use super::epochs::EpochChange;
use super::phrase::{Phrase, phrases};
use super::sight::Sight;
use crate::history::PeerId;

/// A room, looked at.
#[derive(Clone, Debug)]
pub struct RoomReport {
    /// Who could see what.
    pub who: Vec<Sight>,
    /// The connection and the keys.
    pub connected: Connected,
    /// The members.
    pub seats: Vec<Seat>,
    /// Whether each node of the tree has a key, in the order of RFC 9420's appendix C: leaves at even places.
    pub tree: Vec<bool>,
    /// When the keys changed, oldest first, as far as this profile was there.
    pub epochs: Vec<EpochChange>,
}

/// How the room is reached, and which keys it has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connected {
    /// What the last connection had agreed on.
    pub session: Option<Session>,
    /// SHA-256 of the keys that are taken for the relay's, in hexadecimal; none where a certificate's name is.
    pub pins: Vec<String>,
    /// The MLS suite.
    pub suite: Option<&'static str>,
    /// How often the keys have changed.
    pub epoch: Option<u64>,
    /// When our own keys were last renewed, in milliseconds since 1970.
    pub healed_ms: u64,
    /// Doors that are open.
    pub doors: usize,
    /// Whether newcomers need an admin.
    pub approval: bool,
    /// The code that members compare.
    pub code: Option<Code>,
}

/// A member at its place in the tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seat {
    /// Its leaf.
    pub leaf: u32,
    /// Who it is to the engine.
    pub peer: PeerId,
    /// The name that it chose. Hostile until it is made safe to show.
    pub name: String,
    /// The code of its identity.
    pub code: Code,
    /// How it came in.
    pub entrance: Entered,
    /// Whether it is an admin.
    pub admin: bool,
    /// Whether it is this device.
    pub me: bool,
}

/// How a member came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entered {
    /// It made the room.
    Founded,
    /// By itself, with a door's key.
    ByDoor,
    /// Through an admin.
    LetIn,
}

impl Entered {
    /// The same in words.
    pub fn words(self) -> Phrase {
        match self {
            Self::Founded => FOUNDED,
            Self::ByDoor => BY_DOOR,
            Self::LetIn => LET_IN,
        }
    }
}

phrases! {
    FOUNDED = "founded the room";
    BY_DOOR = "came through a door";
    LET_IN = "was let in by an admin";
}
