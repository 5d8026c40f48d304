//! What the profile has for the inspector.

use keyroom_history::{DbError, Trust};
use keyroom_mls::{Crypto, Entrance, Provider, Room, member_code};
use keyroom_types::{RoomId, Seq};

use super::capture::Session;
use super::epochs::EpochChange;
use super::room::{Connected, Entered, RoomReport, Seat};
use super::sealed::{InspectedEnvelope, inspect_envelope, suite};
use super::sight::{RoomState, who_sees};
use super::step::hex;
use crate::profile::SharedProfile;
use crate::sealed_room::peer_of;

impl SharedProfile {
    /// The envelope at this place of a sealed room's log, from its captured bytes. `None`: they are not there (any more).
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn inspect(&self, room: &RoomId, seq: u64) -> Result<Option<InspectedEnvelope>, DbError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once()?;
        let capture = tx.captured(room, Seq::new(seq))?;
        Ok(capture.map(|capture| inspect_envelope(room, &capture)))
    }

    /// A sealed room, as it was when it was last open here. `None`: the profile does not have it.
    ///
    /// # Errors
    /// The profile cannot be read; with a sentence that says so.
    pub fn inspect_room(&self, id: &RoomId) -> Result<Option<RoomReport>, String> {
        let words = |error: DbError| error.to_string();
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(words)?;
        let Some(record) = tx.room(id).map_err(words)? else { return Ok(None) };
        let session = tx.session(id).map_err(words)?.as_deref().and_then(Session::decode);
        let epochs = tx.epochs(id).map_err(words)?.iter().map(EpochChange::of).collect();
        let (crypto, storage) = (Crypto::new(), tx.mls());
        let provider = Provider { crypto: &crypto, storage: &storage };
        let room = Room::load(&provider, id).map_err(|error| error.to_string())?;
        let room = room.as_ref();
        let doors = room.map_or(0, |room| room.policy().doors.len());
        let approval = room.is_some_and(|room| room.policy().approval);
        let hybrid = room.is_some_and(Room::is_hybrid);
        let pins = match &record.trust {
            Trust::Pins(pins) => pins.iter().map(|pin| hex(pin.as_bytes())).collect(),
            Trust::Name => Vec::new(),
        };
        let seats = room.map(Room::members).unwrap_or_default().into_iter().map(|member| Seat {
            leaf: member.leaf,
            peer: peer_of(&member.identity),
            code: member_code(&member.identity),
            name: member.name,
            entrance: match member.entrance {
                Entrance::Founder => Entered::Founded,
                Entrance::Door(_) => Entered::ByDoor,
                Entrance::Added => Entered::LetIn,
            },
            admin: member.admin,
            me: member.me,
        });
        Ok(Some(RoomReport {
            // Who is still entering stands at a door, and knows of no other.
            who: who_sees(&RoomState::Sealed {
                session: session.clone(),
                hybrid,
                approval,
                doors: if room.is_some() { doors } else { 1 },
            }),
            seats: seats.collect(),
            tree: room.map(Room::tree).unwrap_or_default(),
            epochs,
            connected: Connected {
                session,
                pins,
                suite: room.map(|_| suite(hybrid)),
                epoch: room.map(Room::epoch),
                healed_ms: record.healed.as_millis(),
                doors,
                approval,
                code: room.and_then(|room| Some(room.room_code(record.last_commit.as_ref()?))),
            },
        }))
    }
}
