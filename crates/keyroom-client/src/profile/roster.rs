//! Who is in a sealed room, as the profile last knew it.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use keyroom_mls::{Code, Crypto, Entrance, Provider, Room, member_code};
use keyroom_types::{DoorId, DoorSeeds, IdentityKey, Key, RoomId};
use unicode_security::MixedScript as _;

use super::details::time;
use super::{SharedProfile, other_keys};
use crate::event::Knock;
use crate::fernet_room::people::look;
use crate::history::{HistoryError, PeerId};
use crate::inspect::hex;
use crate::sealed_room::{peer_of, shown_knock};

/// Who is in a sealed room, with the codes that people compare aloud.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roster {
    /// Equal for all who have the same log, members and keys.
    pub code: Option<Code>,
    /// Which change of the room's keys that code is of.
    pub epoch: u64,
    /// What the room is called.
    pub name: String,
    /// Whether newcomers ask and wait.
    pub approval: bool,
    /// Whether anybody can come in by a key at all.
    pub open: bool,
    /// How long messages are kept.
    pub lifetime: Option<Duration>,
    /// Everybody, in the order of the room's tree.
    pub members: Vec<RosterMember>,
    /// Who asked to be let in then; for admins.
    pub knocks: Vec<Knock>,
    /// The doors that are open.
    pub doors: Vec<RosterDoor>,
}

/// One open door of a sealed room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RosterDoor {
    /// Names it.
    pub id: DoorId,
    /// From then on, by the relay's time, nobody comes in through it.
    pub expires: Option<SystemTime>,
    /// How many may come in through it.
    pub uses: Option<u32>,
    /// How many came in through it.
    pub used: u32,
    /// Its key, where this profile knows it.
    pub key: Option<Key>,
    /// Whether it is the one of the room's own key, which all who are in the room know.
    pub main: bool,
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
    /// Whether the name alone does not tell who it is: another member's looks like it, or it mixes scripts (attack matrix
    /// row 22).
    pub unclear: bool,
    /// Whether its code was compared here, in whatever room.
    pub verified: bool,
}

impl SharedProfile {
    /// Who was in a room when it was last open here. `None` for a room that is not in the profile.
    ///
    /// # Errors
    /// The profile cannot be read; with a sentence that says so.
    pub fn roster(&self, id: &RoomId) -> Result<Option<Roster>, String> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(|error| error.to_string())?;
        let Some(record) = tx.room(id).map_err(|error| error.to_string())? else { return Ok(None) };
        let (crypto, storage) = (Crypto::new(), tx.mls());
        let provider = Provider { crypto: &crypto, storage: &storage };
        let room = Room::load(&provider, id).map_err(|error| error.to_string())?;
        let code = room.as_ref().and_then(|room| Some(room.room_code(record.last_commit.as_ref()?)));
        let members = room.as_ref().map(Room::members).unwrap_or_default();
        let members = members.into_iter().map(|member| {
            let verified = tx.setting(&compared(&member.identity)).map_err(|error| error.to_string())?;
            Ok(RosterMember {
                peer: peer_of(&member.identity),
                code: member_code(&member.identity),
                name: member.name,
                admin: member.admin,
                me: member.me,
                unclear: false,
                verified: verified.is_some_and(|value| !value.is_empty()),
            })
        });
        let mut members = members.collect::<Result<Vec<_>, String>>()?;
        mark_unclear(&mut members);
        let knocks = tx.knocks(id).map_err(|error| error.to_string())?;
        let knocks = knocks.iter().filter_map(shown_knock).collect();
        let others = other_keys(&tx, id).map_err(|error| error.to_string())?;
        let doors = room.as_ref().map(|room| doors(room, record.key.as_ref(), &others)).unwrap_or_default();
        let policy = room.as_ref().map(Room::policy);
        Ok(Some(Roster {
            code,
            epoch: room.as_ref().map_or(0, Room::epoch),
            name: policy.map_or(record.name, |policy| policy.name.clone()),
            approval: policy.is_some_and(|policy| policy.approval),
            open: policy.is_some_and(|policy| !policy.doors.is_empty()),
            lifetime: policy.and_then(|policy| policy.lifetime),
            members,
            knocks,
            doors,
        }))
    }

    /// Notes that the code of a member's identity was compared, or not.
    ///
    /// # Errors
    /// There is no such member, or the profile cannot be written.
    pub fn set_verified(&self, id: &RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
        let (crypto, storage) = (Crypto::new(), tx.mls());
        let provider = Provider { crypto: &crypto, storage: &storage };
        let room = Room::load(&provider, id).map_err(|_| HistoryError::Store)?;
        let members = room.map(|room| room.members()).unwrap_or_default();
        let member = members.into_iter().find(|member| peer_of(&member.identity) == peer);
        let name = compared(&member.ok_or(HistoryError::NoEntry)?.identity);
        let set = tx.set_setting(&name, if on { "yes" } else { "" }).and_then(|()| tx.commit());
        set.map_err(|_| HistoryError::Store)
    }

    /// Deletes all that the profile has of a room that is not open.
    ///
    /// # Errors
    /// The profile cannot be written; with a sentence that says so.
    pub fn erase(&self, id: &RoomId) -> Result<(), String> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(|error| error.to_string())?;
        if tx.room(id).map_err(|error| error.to_string())?.is_none() {
            return Ok(());
        }
        let (crypto, storage) = (Crypto::new(), tx.mls());
        let provider = Provider { crypto: &crypto, storage: &storage };
        if let Some(room) = Room::load(&provider, id).map_err(|error| error.to_string())? {
            room.delete(&provider).map_err(|error| error.to_string())?;
        }
        tx.forget_room(id).and_then(|()| tx.commit()).map_err(|error| error.to_string())?;
        // What was deleted leaves the write-ahead log, too; where that fails it does so the next time.
        let _ = profile.checkpoint();
        Ok(())
    }
}

/// The doors of a room, with the keys that are known.
fn doors(room: &Room, own: Option<&Key>, others: &[Key]) -> Vec<RosterDoor> {
    let keys: Vec<(DoorId, &Key)> =
        own.into_iter().chain(others).map(|key| (DoorSeeds::of(key).id, key)).collect();
    let main = own.map(|key| DoorSeeds::of(key).id);
    let members = room.members();
    let door = |open: &keyroom_mls::OpenDoor| {
        let id = open.door.id;
        let through = members.iter().filter(|member| member.entrance == Entrance::Door(id)).count();
        RosterDoor {
            id,
            expires: open.expires.map(time),
            uses: open.uses,
            used: u32::try_from(through).unwrap_or(u32::MAX).saturating_add(open.spent),
            key: keys.iter().find(|(door, _)| *door == id).map(|(_, key)| (*key).clone()),
            main: main == Some(id),
        }
    };
    room.policy().doors.iter().map(door).collect()
}

/// Finds names that look like another member's, and names that mix scripts. Attack matrix row 22.
fn mark_unclear(members: &mut [RosterMember]) {
    let mut wearers = HashMap::<String, usize>::new();
    members.iter().for_each(|member| *wearers.entry(look(&member.name)).or_default() += 1);
    for member in members {
        let shared = wearers.get(&look(&member.name)).is_some_and(|&wearers| wearers > 1);
        member.unclear = shared || !member.name.is_single_script();
    }
}

/// The setting that says that an identity's code was compared.
fn compared(identity: &IdentityKey) -> String {
    format!("compared {}", hex(identity.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack matrix row 22: homoglyphs, the same name twice, scripts that are mixed.
    #[test]
    fn names_that_do_not_tell_who_it_is_are_found() {
        let member = |byte: u8, name: &str| RosterMember {
            peer: PeerId(byte.into()),
            name: name.to_owned(),
            code: member_code(&IdentityKey::from_bytes([byte; 32])),
            admin: false,
            me: false,
            unclear: false,
            verified: false,
        };
        let names = ["Anna", "Аnnа", "Ben", "Ben", "Cleo", "Pаul", "Юля", "山田 太郎"];
        let mut members: Vec<_> = (0_u8..).zip(names).map(|(byte, name)| member(byte, name)).collect();
        mark_unclear(&mut members);
        let unclear: Vec<bool> = members.iter().map(|member| member.unclear).collect();
        assert_eq!(unclear, [true, true, true, true, false, true, false, false]);
    }
}
