//! What must stop a room, or be told to its members loudly.

use keyroom_types::Seq;

use super::SealedRoom;
use crate::event::RoomEvent;
use crate::history::PeerId;

/// Something is wrong, and a person must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Alarm {
    /// Two heads that the relay signed contradict each other, or the log: it shows different logs to different people.
    /// Nothing is sent any more.
    #[error(
        "the relay showed different people different logs of this room, and signed both: nothing is sent any more"
    )]
    Forked,
    /// The log is shorter than it was.
    #[error(
        "the relay's log was rolled back: messages that were acknowledged are gone there. Nothing is sent any more"
    )]
    RolledBack,
    /// The relay has another log key than the one that was pinned.
    #[error("the relay signs with another key than the one of the invite: nothing is sent any more")]
    LogKey,
    /// A member says that the log was another one, without proof.
    #[error("a member claims another log than the relay showed here; it may be lying, or the relay")]
    Claim(PeerId),
    /// This profile was restored or copied: somebody sent with our pass.
    #[error(
        "somebody used this room with this profile's pass: the profile was restored from a copy, or is used twice. \
         Nothing is sent until you enter the room again"
    )]
    Copied,
    /// A commit that we could not follow.
    #[error(
        "a change of the room's keys could not be followed here: nothing is sent until you enter the room again"
    )]
    Unsure,
    /// A blob led us into an epoch where only its author is.
    #[error(
        "a member led you into a room of its own: what the others send cannot be opened. Nothing is sent until you \
         enter the room again"
    )]
    Astray,
}

impl Alarm {
    /// Whether nothing is sent from now on. What is unsure may be resolved by what others send.
    pub fn stops(self) -> bool {
        !matches!(self, Self::Claim(_) | Self::Unsure)
    }
}

/// Why a room must be entered again before anything is sent in it, as the profile keeps it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broken {
    /// A commit at this place could not be followed. What others send in the old epoch shows that they skipped it.
    Unsure(Seq),
    /// The profile was restored or copied.
    Copied,
    /// We entered where nobody is but who led us there.
    Astray,
}

impl Broken {
    pub(super) fn encode(self) -> Vec<u8> {
        match self {
            Self::Unsure(seq) => seq.get().to_be_bytes().to_vec(),
            Self::Copied => vec![COPIED],
            Self::Astray => vec![ASTRAY],
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        match bytes {
            [ASTRAY] => Self::Astray,
            _ => bytes.try_into().map_or(Self::Copied, |seq| Self::Unsure(Seq::new(u64::from_be_bytes(seq)))),
        }
    }
}

const COPIED: u8 = 1;
const ASTRAY: u8 = 2;

impl SealedRoom {
    /// Tells the face, and stops sending where that must be.
    pub(super) fn alarm(&mut self, alarm: Alarm) {
        if alarm.stops() {
            self.outgoing.stop();
        }
        self.events.push_back(RoomEvent::Alarm(alarm));
    }
}
