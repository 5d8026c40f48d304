//! Who is in a sealed room, as the profile last knew it.

use keyroom_mls::{Code, Crypto, Provider, Room, member_code};
use keyroom_types::RoomId;

use super::SharedProfile;
use crate::event::Knock;
use crate::history::PeerId;
use crate::sealed_room::{peer_of, shown_knock};

/// Who is in a sealed room, with the codes that people compare aloud.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roster {
    /// Equal for all who have the same log, members and keys.
    pub code: Option<Code>,
    /// Everybody, in the order of the room's tree.
    pub members: Vec<RosterMember>,
    /// Who asked to be let in then; for admins.
    pub knocks: Vec<Knock>,
}

/// One member of a sealed room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RosterMember {
    /// Who it is to the engine.
    pub peer: PeerId,
    /// The name that it chose. Nothing says that it is unique or true.
    pub name: String,
    /// The code of its identity, which never changes.
    pub code: Code,
    /// Whether it is an admin.
    pub admin: bool,
    /// Whether it is this device.
    pub me: bool,
}

impl SharedProfile {
    /// Who was in a room when it was last open here. `None` for a room that is not in the profile.
    ///
    /// # Errors
    /// The profile cannot be read; with a sentence that says so.
    pub fn roster(&self, id: &RoomId) -> Result<Option<Roster>, String> {
        let mut profile = self.lock();
        let tx = profile.begin().map_err(|error| error.to_string())?;
        let Some(record) = tx.room(id).map_err(|error| error.to_string())? else { return Ok(None) };
        let (crypto, storage) = (Crypto::new(), tx.mls());
        let provider = Provider { crypto: &crypto, storage: &storage };
        let room = Room::load(&provider, id).map_err(|error| error.to_string())?;
        let code = room.as_ref().and_then(|room| Some(room.room_code(record.last_commit.as_ref()?)));
        let members = room.map(|room| room.members()).unwrap_or_default();
        let members = members.into_iter().map(|member| RosterMember {
            peer: peer_of(&member.identity),
            code: member_code(&member.identity),
            name: member.name,
            admin: member.admin,
            me: member.me,
        });
        let knocks = tx.knocks(id).map_err(|error| error.to_string())?;
        let knocks = knocks.iter().filter_map(shown_knock).collect();
        Ok(Some(Roster { code, members: members.collect(), knocks }))
    }
}
